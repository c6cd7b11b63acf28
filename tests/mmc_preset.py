#!/usr/bin/env python3
"""mmc_preset.py PROGRAM MODEL_SERVER - MMC's two halves on the fake server, whose word problems know
where they went wrong.

    --preset mmc   twelve problems with a picture each are searched as the paper does: every request
                   shows its picture, steps are cut at 30 tokens, all pairs of a problem have one
                   right path, and problems without pairs are counted by why
    a split        of that run has no problem on both sides, and one of its problems that a benchmark
                   has in other letters is found
    refine         against sample, at equal policy calls, with one critic: a program that tells the
                   truth about the first wrong step, one that says right or wrong and nothing else,
                   and the model as a judge. Printed are the shares solved, graded by the reference
                   answers, with Wilson's intervals of 95 %; only what the truth is worth is insisted on
    a judge's why  reaches the next request of a chain
    a run          of chains that was cut short goes on without asking for anything twice, with any
                   order of replies; a replay asks nobody and gives the same bytes

With --truth it is that first program, with --silent the second.
"""

import json
import math
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from support import DEEP, crux, insist, insist_same, log_rows, main, model_server, picture
from word_world import first_wrong, numbers_left

PROBLEMS = 400 if DEEP else 120


# --- a program that judges ----------------------------------------------------------------

def verdict(problem, solution, silent):
    lines, right = [line for line in solution.split("\n") if re.search(r"= -?\d", line)], numbers_left(problem)
    boxed = re.findall(r"boxed\{(-?\d+)\}", solution)
    slip = first_wrong(problem, lines)
    if boxed and int(boxed[-1]) == right[-1]:
        return {"reward": 1, "verdict": "right"}
    if silent or not 0 <= slip < len(right):
        return {"reward": 0, "verdict": "wrong"}
    return {"reward": 0, "verdict": "wrong", "why": f"In `{lines[slip]}` the result must be {right[slip]}."}


def judge(silent):
    for line in sys.stdin:
        call = json.loads(line)
        outcomes = [verdict(call["problem"]["problem"], text, silent) for text in call["candidates"]]
        print(json.dumps({"id": call["id"], "outcomes": outcomes}), flush=True)


# --- the preset, with pictures --------------------------------------------------------------

def written(server, path, count, *words):
    """Word problems of the fake server, as rows."""
    text = subprocess.run([server, "--problems", str(count), *words], capture_output=True, text=True,
                          check=True).stdout
    path.write_text(text, encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def asked(log):
    return log_rows(log)


def exported(program, store, folder, view):
    """Rows of a view."""
    crux(program, "export", "--store", store, "--to", folder / view, "--view", view)
    return [json.loads(line) for path in sorted((folder / view).rglob("data/**/*.jsonl"))
            for line in path.read_text(encoding="utf-8").splitlines()]


def insist_one_reference(records, looks):
    """All pairs of a problem have one right path, and its picture. How many problems have pairs."""
    references = {}
    for record in records:
        insist(record["images"] == looks[record["problem_id"]], f"{record['id']} shows {record['images']}")
        path = tuple(record["prefix_steps"] + record["right_steps"])
        references.setdefault(record["problem_id"], set()).add(path)
    insist(all(len(paths) == 1 for paths in references.values()), "a problem has two references")
    return len(references)


def preset(program, server, work):
    album, log, store = work / "album", work / "log", work / "mmc.db"
    album.mkdir()
    rows = written(server, album / "problems.jsonl", 12, "--operations", "4:6")
    for i, row in enumerate(rows):
        row["images"] = [f"figure{i}.png"]
        (album / row["images"][0]).write_bytes(picture(i))
    (album / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    marks = [{"fault": "close", "text": "data:image/png;base64,"},  # in the log: a request with a picture,
             {"fault": "late", "ms": 0, "text": " starts with "}]  # and one about a problem without
    with model_server(server, "--skill", "0.6", "--faults", json.dumps(marks), log=log) as url:
        crux(program, "generate", album / "problems.jsonl", "--store", store, "--preset", "mmc",
             "--endpoint", url)
    faults = [row["fault"] for row in asked(log)]
    shown, bare = faults.count("close"), faults.count("late")
    status = json.loads(crux(program, "status", "--store", store, "--json"))
    records = [row for row in exported(program, store, work, "critique") if "/w" in row["id"]]
    print(f"--preset mmc on {len(rows)} problems with a picture each")
    print(f"  {shown} requests with a picture, {bare} without")
    print(f"  {status['problems']['finished']} finished, {status['problems']['with_right']} with a right path, "
          f"{status['rights']} right paths, {status['pairs']} pairs")
    print("  without pairs: " + (", ".join(f"{count} {why.replace('_', ' ')}" for why, count
                                           in status["unpaired"].items() if count) or "none"))
    insist(shown > 0 and bare == 0, f"{bare} of {shown + bare} requests are without their picture")
    insist(status["problems"]["finished"] == 12, f"{status['problems']}")
    insist(status["pairs"] > 0 and len(records) == status["pairs"], f"{status['pairs']} pairs, {len(records)} rows")
    unpaired = 12 - insist_one_reference(records, {row["id"]: row["images"] for row in rows})
    insist(sum(status["unpaired"].values()) == unpaired, f"{status['unpaired']} of {unpaired} without pairs")
    sent = json.loads(crux(program, "prompt", album / "problems.jsonl", "--preset", "mmc", "--profile", "vllm",
                           "--json"))
    insist(30 in (sent.get("max_tokens"), sent.get("max_completion_tokens")) and sent["temperature"] == 0.7 and "stop" not in sent, f"{sent}")
    recorded = status["configuration"]
    insist(recorded["step-tokens"] == 30 and recorded["selection"] == "greedy" and "preset" not in recorded,
           f"recorded: {recorded}")


def parted(program, work, planted):
    """No problem is on both sides of a split, nor is one that a benchmark has overlooked: one of ours stands in
    it, in other letters and with more blanks. The same pictures, the same numbers."""
    bench, folder = work / "album" / "benchmark.jsonl", work / "parted"
    rows = [json.loads(line) for line in (work / "album" / "problems.jsonl").read_text(encoding="utf-8").splitlines()]
    copy = dict(rows[planted], id="bench-1", problem=rows[planted]["problem"].upper().replace(" ", "  "))
    other = {"id": "bench-2", "problem": "How many legs have 17 spiders and 4 dogs together?", "answer": "152"}
    bench.write_text("".join(json.dumps(row) + "\n" for row in (copy, other)), encoding="utf-8")
    crux(program, "export", "--store", work / "mmc.db", "--to", folder, "--split", "train=0.7,test=0.3", "--against", bench)
    sides = {}
    for path in sorted(folder.rglob("data/*/*-of-*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            sides.setdefault(json.loads(line)["problem_id"], set()).add(path.name.split("-")[0])
    counts = {side: sum(side in there for there in sides.values()) for side in ("train", "test")}
    both = sum(len(there) > 1 for there in sides.values())
    found = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["contamination"]["first"]
    print(f"split train=0.7,test=0.3: {counts['train']} problems in train, {counts['test']} in test, {both} in both")
    print(f"against a benchmark with one of ours in other letters: {json.dumps(found)}")
    insist(both == 0 and min(counts.values()) > 0, f"{sides}")
    insist([row["id"] for row in found] == [rows[planted]["id"]], f"{found}")


# --- refine against sample --------------------------------------------------------------------

def wilson(hits, total, z=1.959964):
    """95 % interval of a share."""
    share, scale = hits / total, 1 + z * z / total
    half = z / scale * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    middle = (share + z * z / (2 * total)) / scale
    return middle - half, middle + half


def solved(program, url, problems, strategy, calls, critic):
    """How many, and the calls made."""
    rows = [json.loads(line) for line in crux(
        program, "solve", problems, "--endpoint", url, "--strategy", strategy, "--calls", calls,
        "--critic", critic, "--order", "issued", "--no-store", "--json").splitlines()]
    insist(all(row["calls"] == calls for row in rows), f"{strategy} with {calls} calls made others")
    return sum(row["graded"] == "right" for row in rows)


def compare(program, server, work):
    problems = work / "hard.jsonl"
    written(server, problems, PROBLEMS, "--operations", "4:6")
    mine = f"process:exec {sys.executable} {pathlib.Path(__file__).resolve()}"
    critics = {"a program that tells the first wrong step": f"{mine} --truth",
               "a program that says right or wrong": f"{mine} --silent",
               "the model as a judge": "judge:by=score"}
    found = {}
    with model_server(server, "--skill", "0.65") as url:
        for name, critic in critics.items():
            print(f"refine against sample, {PROBLEMS} problems, {name}")
            for calls in (1, 2, 4, 6):
                hits = [solved(program, url, problems, strategy, calls, critic) for strategy in ("sample", "refine")]
                found[critic, calls] = hits
                for strategy, hit in zip(("sample", "refine"), hits):
                    low, high = wilson(hit, PROBLEMS)
                    print(f"  {calls} calls  {strategy}  {hit / PROBLEMS:6.1%}  ({low:.1%} .. {high:.1%})", flush=True)
    told = f"{mine} --truth"
    insist(found[told, 1][0] == found[told, 1][1], "one call is one answer, whatever the strategy")
    low = wilson(found[told, 4][1], PROBLEMS)[0]
    high = wilson(found[told, 4][0], PROBLEMS)[1]
    insist(low > high, f"a true critique is worth nothing at four calls: {found[told, 4]}")


# --- what the judge writes -----------------------------------------------------------------------

def why(program, server, work):
    """A sentence of the judge stands in the next request, in each mode that writes one."""
    log, problems = work / "log", work / "few.jsonl"
    written(server, problems, 4, "--operations", "4:6")
    marks = [{"fault": "close", "text": "A critic says of it:\\n\\nI worked it out, and it is wrong."}]
    for mode in ("by=score", "mode=steps", "mode=first", "mode=criteria"):
        with model_server(server, "--skill", "0.5", "--faults", json.dumps(marks), log=log) as url:
            crux(program, "solve", problems, "--endpoint", url, "--strategy", "refine", "--calls", 6,
                 "--critic", f"judge:{mode}", "--no-store")
        insist(any(row["fault"] == "close" for row in asked(log)), f"no critique was sent on with {mode}")


# --- a run of chains --------------------------------------------------------------------------------

def run(program, server, work, order):
    log, problems, store = work / "log", work / "chains.jsonl", work / f"{order}.db"
    written(server, problems, 10, "--operations", "4:6")
    words = ["generate", problems, "--strategy", "refine", "--calls", 12, "--refine-rounds", 2, "--order", order,
             "--critic", "judge:mode=first", "--policy", "chat"]
    with model_server(server, "--skill", "0.5", "--latency", "lognormal:3", log=log) as url:
        for limit in (30, 70, 0):  # the last one takes it to its end
            crux(program, *words, "--endpoint", url, "--store", store, "--limit-calls", limit,
                 status=5 if limit else 0)
        keys = [row["key"] for row in asked(log) if row["key"]]
    crux(program, *words, "--endpoint", "http://127.0.0.1:9/v1", "--store", work / "replay.db", "--replay", store)
    for name in (order, "replay"):
        crux(program, "export", "--store", work / f"{name}.db", "--to", work / f"out-{name}")
    insist(len(keys) == len(set(keys)), f"{order}: {len(keys) - len(set(keys))} of {len(keys)} were asked twice")
    insist_same(work / f"out-{order}", work / "out-replay", f"{order}, and its replay")
    print(f"chains, {order}: {len(keys)} requests over three sessions, none asked twice; the replay is the same")
    shutil.rmtree(work / "out-replay")
    (work / "replay.db").unlink()


def test(program):
    server = str(pathlib.Path(sys.argv[2]).resolve())
    with tempfile.TemporaryDirectory(prefix="crux-mmc-") as folder:
        preset(program, server, pathlib.Path(folder))
        parted(program, pathlib.Path(folder), 5)
        why(program, server, pathlib.Path(folder))
        for order in ("arrival", "issued"):
            run(program, server, pathlib.Path(folder), order)
        compare(program, server, pathlib.Path(folder))


if __name__ == "__main__":
    if sys.argv[1] in ("--truth", "--silent"):
        judge(sys.argv[1] == "--silent")
    else:
        main(test)
