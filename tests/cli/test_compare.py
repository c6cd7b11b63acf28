#!/usr/bin/env python3
"""test_compare.py PROGRAM MODEL_SERVER - strategies side by side: figures that are those of crux solve and of
the trees, pictures that are XML, one ledger for all of it, kills, limits, and input that is not as it must be."""

import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kill_served import insist_once, ledger_keys
from support import contents, crux, insist, log_rows, main, model_server, paid, puzzles, replies_kept

SERVER = sys.argv[2]
OLD = pathlib.Path(__file__).resolve().parent.parent / "stores"
ROW = {"strategy": str, "pick": str, "unit": str, "budget": int, "solved": int, "of": int, "accuracy": float, "low": float,
       "high": float, "oracle": dict, "failed": int, "calls": int, "prompt_tokens": int, "completion_tokens": int,
       "price": int, "seconds": float}
SHARE = {"solved": int, "of": int, "accuracy": float, "low": float, "high": float}
PICKS = ["first", "best", "majority", "weighted", "bom"]
OPTIONS, INPUT, STORE, LIMIT = 2, 3, 4, 5


def compare(program, problems, folder, strategies, *words, status=0):
    done = subprocess.run([program, "compare", problems, "--strategies", strategies, "--out", folder, "--quiet",
                           *map(str, words)], capture_output=True, text=True, check=False)
    insist(done.returncode == status, f"{strategies} {words}: {done.returncode}, not {status}: {done.stderr}")
    return done


def result(folder):
    return json.loads((folder / "compare.json").read_text(encoding="utf-8"))


def row(folder, strategy, pick, budget):
    found = [one for one in result(folder)["results"]
             if (one["strategy"], one["pick"], one["budget"]) == (strategy, pick, budget)]
    insist(len(found) == 1, f"{len(found)} rows of {strategy}:{pick} at {budget}")
    return found[0]


def insist_members(one, members, what):
    """These members in this order, each of its type."""
    insist(list(one) == list(members), f"{what} has {list(one)}")
    for name, kind in members.items():
        insist(isinstance(one[name], kind), f"{what}: {name} is {one[name]!r}")


def insist_schema(folder):
    whole = result(folder)
    insist(list(whole) == ["problems", "alpha", "results", "differences", "gaps"], str(list(whole)))
    for one in whole["results"]:
        insist_members(one, ROW, "a result")
        insist_members(one["oracle"], SHARE, "an oracle")
        insist(one["solved"] <= one["oracle"]["solved"] <= one["of"], f"more than the oracle: {one}")
        insist(0 <= one["low"] <= one["accuracy"] <= one["high"] <= 1, f"no interval: {one}")
    for one in whole["differences"]:
        insist(one["low"] <= one["high"] and isinstance(one["apart"], bool), str(one))
    for one in whole["gaps"]:
        for pick in [*PICKS, "oracle"]:
            insist_members(one[pick], SHARE, f"a gap's {pick}")
            insist(one[pick]["solved"] <= one["oracle"]["solved"], f"{pick} is above the oracle: {one}")


def insist_pictures(folder, lines, texts):
    """Well formed, with so many lines, and the names as they are."""
    for name, count in lines.items():
        root = xml.etree.ElementTree.parse(folder / name).getroot()
        found = root.findall(".//{http://www.w3.org/2000/svg}polyline")
        insist(len(found) == count, f"{name}: {len(found)} lines")
    said = {text.text for text in xml.etree.ElementTree.parse(folder / "compare.svg").iter("{http://www.w3.org/2000/svg}text")}
    insist(texts <= said, f"{texts - said} are not in the picture")


def graded(program, problems, *words):
    lines = crux(program, "solve", problems, "--json", "--quiet", "--order", "issued", *words).splitlines()
    return sum(json.loads(line)["verdict"] == "right" for line in lines)


def numbers(program, work):
    """Rows are what crux solve says of the same search and pick; a finished comparison is printed again."""
    problems, folder = puzzles(program, work / "puzzles.jsonl", 24), work / "numbers"
    listed = "mcts,sample:best,sample:majority,sample:greedy,mcts+root=gumbel+root-children=4"
    done = compare(program, problems, folder, listed, "--calls", "8,40")
    insist_schema(folder)
    insist_pictures(folder, {"compare.svg": 5, "compare-gap.svg": 5},
                    {"mcts: best", "sample: first", "mcts+root=gumbel+root-children=4: best"})
    for pick in ("best", "majority", "first"):
        insist(row(folder, "sample", pick, 40)["solved"]
               == graded(program, problems, "--strategy", "sample", "--calls", 40, "--pick", pick), f"sample:{pick}")
    insist(row(folder, "mcts", "best", 8)["solved"] == graded(program, problems, "--calls", 8), "mcts")
    insist(row(folder, "mcts+root=gumbel+root-children=4", "best", 40)["solved"]
           == graded(program, problems, "--calls", 40, "--root", "gumbel", "--root-children", 4), "gumbel")
    gaps = result(folder)["gaps"]
    insist([one["answers"] for one in gaps] == [1, 2, 4, 8, 16, 32, 40], str([one["answers"] for one in gaps]))
    for pick in ("best", "majority", "first"):
        insist(gaps[3][pick]["solved"] == row(folder, "sample", pick, 8)["solved"], f"a budget of 8, {pick}")
        insist(gaps[-1][pick]["solved"] == row(folder, "sample", pick, 40)["solved"], f"all answers, {pick}")
    one = next(one for one in result(folder)["differences"] if one["pick"] == "majority" and one["budget"] == 40)
    right = [row(folder, *which, 40)["solved"] for which in (("sample", "majority"), ("mcts", "best"))]
    insist(abs(one["difference"] - (right[0] - right[1]) / 24) < 1e-12, f"{one} of {right}")
    before = contents(folder)
    again = compare(program, problems, folder, listed, "--calls", "8,40")
    insist(again.stdout == done.stdout, "another table")
    insist({name: data for name, data in contents(folder).items() if name.endswith((".json", ".svg"))}
           == {name: data for name, data in before.items() if name.endswith((".json", ".svg"))}, "other files")
    added = compare(program, problems, folder, "sample:weighted,mcts", "--calls", "8,20", "--json")
    insist(json.loads(added.stdout) == result(folder), "--json is another result")
    crux(program, "show", "--store", folder / "mcts-20-calls.db", json.loads(problems.read_text().splitlines()[0])["id"])


def values(program, work):
    """Values may have what parts items; what differs in it has a store of its own."""
    problems, folder = puzzles(program, work / "few.jsonl", 3), work / "values"
    listed = "mcts+widen=2,0.5,mcts+critic=outcome=ensemble:mean[numbers][numbers]:first,mcts+critic=outcome=none:best"
    refused = compare(program, problems, folder, listed, "--calls", 6, status=OPTIONS)
    insist("mcts+critic=outcome=none, 6 calls:" in refused.stderr, refused.stderr)
    insist(not folder.exists(), "the last one cannot be, and something was written")
    compare(program, problems, folder, listed.rsplit(",", 1)[0] + ",mcts+transpositions", "--calls", 6)
    names = [one["strategy"] for one in result(folder)["results"]]
    insist(names == ["mcts+widen=2,0.5", "mcts+critic=outcome=ensemble:mean[numbers][numbers]", "mcts+transpositions"],
           str(names))
    insist(len({path.name for path in folder.glob("mcts*.db")}) == 3, str(list(folder.iterdir())))


def asked(log):
    return log_rows(log)


SERVED = "sample:majority,sample:best,mcts,mcts+root=gumbel"


def served(program, work, problems):
    """No strategy asks for what another one has paid for, nor a larger budget for what a smaller one has."""
    log, folder = work / "served.log", work / "served"
    words = ["--calls", "4,8", "--children", 3]
    with model_server(SERVER, log=log) as url:
        compare(program, problems, folder, SERVED, *words, "--endpoint", url)
        rows = asked(log)
        insist_once(set(), rows, "several strategies")
        calls = sum(one["calls"] for one in result(folder)["results"] if one["pick"] != "best" or one["strategy"] != "sample")
        insist(0 < len(rows) < calls, f"{len(rows)} requests of {calls} calls: nothing is shared")
        compare(program, problems, folder, SERVED, *words, "--endpoint", url)
        insist(len(asked(log)) == len(rows), "what is finished asks again")
    bill = paid(program, folder / "ledger.db")["chat"]
    insist(bill["samples"] == len(ledger_keys(folder / "ledger.db")), str(bill))
    insist_schema(folder)
    insist(all(one["prompt_tokens"] > 0 for one in result(folder)["results"]), "no tokens")
    sample = row(folder, "sample", "majority", 8)
    with model_server(SERVER) as url:
        alone = [json.loads(line) for line in
                 crux(program, "solve", problems, "--json", "--quiet", "--endpoint", url, "--strategy", "sample", "--calls", 8,
                      "--children", 3, "--order", "issued", "--no-store").splitlines()]
    insist(sample["solved"] == sum(one["graded"] == "right" for one in alone), "another number than crux solve")
    insist(sample["prompt_tokens"] + sample["completion_tokens"] == sum(one["tokens"] for one in alone), "other tokens")
    replayed = work / "replayed"
    compare(program, problems, replayed, SERVED, *words, "--policy", "chat", "--replay", folder / "ledger.db")
    insist(timeless(replayed) == timeless(folder), "a replay says something else")
    return folder, len(rows)


def timeless(folder):
    whole = result(folder)
    for one in whole["results"]:
        del one["seconds"]
    return whole


def killed(program, work, problems, whole, requests):
    """Killed again and again it goes on, asks for nothing that the ledger had, and ends as one that nobody killed."""
    log, folder = work / "killed.log", work / "killed"
    ledger = folder / "ledger.db"
    words = [program, "compare", problems, "--strategies", SERVED, "--out", folder, "--quiet", "--calls", "4,8", "--children", 3]
    with model_server(SERVER, "--latency", "constant:30", log=log) as url:
        for enough in (requests // 8, requests // 3, requests * 3 // 5):
            known, since = ledger_keys(ledger), time.monotonic_ns()
            with subprocess.Popen([*map(str, words), "--endpoint", url], stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as process:
                while (len(asked(log)) < enough or replies_kept(ledger) <= len(known)) and process.poll() is None:
                    time.sleep(0.005)
                process.send_signal(signal.SIGKILL)
            time.sleep(0.1)  # what was in flight has arrived at the server
            insist_once(known, [one for one in asked(log) if one["in"] > since], f"after a kill at {enough}")
            insist(not (folder / "compare.json").exists(), "figures before all is finished")
        known, since = ledger_keys(folder / "ledger.db"), time.monotonic_ns()
        insist(known, "nothing was kept")
        compare(program, problems, folder, SERVED, "--calls", "4,8", "--children", 3, "--endpoint", url)
        insist_once(known, [one for one in asked(log) if one["in"] > since], "to the end")
    insist(timeless(folder) == timeless(whole), "the kills have left something")


def limited(program, work, problems):
    """Limits count over all strategies; after one the same command goes on."""
    log, folder = work / "limited.log", work / "limited"
    words = ["--calls", 4, "--children", 3]
    with model_server(SERVER, log=log) as url:
        done = compare(program, problems, folder, SERVED, *words, "--endpoint", url, "--limit-calls", 30, status=LIMIT)
        insist("no figures" in done.stderr and done.stdout == "", done.stderr)
        insist(len(asked(log)) <= 30 and not (folder / "compare.json").exists(), f"{len(asked(log))} of 30 calls")
        compare(program, problems, folder, SERVED, *words, "--endpoint", url)
        insist_once(set(), asked(log), "after a limit")


def in_tokens(program, work, problems):
    """A budget in tokens is one for all strategies; beside one in calls it is another."""
    folder = work / "tokens"
    with model_server(SERVER) as url:
        compare(program, problems, folder, "mcts,sample", "--tokens", "400,1200", "--calls", 3, "--per-tree", 1, "--children", 3,
                "--endpoint", url)
    insist_schema(folder)
    found = [(one["unit"], one["budget"]) for one in result(folder)["results"] if one["strategy"] == "mcts"]
    insist(found == [("calls", 3), ("tokens", 400), ("tokens", 1200)], str(found))
    for one in result(folder)["results"]:
        spent = (one["prompt_tokens"] + one["completion_tokens"]) / 6
        insist(one["unit"] == "calls" or one["budget"] <= spent < one["budget"] + 600, f"{spent} a problem: {one}")
    insist({one["budget"] for one in result(folder)["gaps"]} == {3, 1200}, "gaps are of the largest budgets")


def without_tokens(program, work):
    """Whose policy and critics name no tokens is told that a budget in tokens makes nothing equal."""
    problems = puzzles(program, work / "nameless.jsonl", 2)
    for unit, said in (("--tokens", True), ("--calls", False)):
        told = compare(program, problems, work / f"nameless{unit}", "mcts,sample", unit, 5, "--simulations", 20).stdout
        insist(("nobody names tokens here" in told) == said, f"{unit}: {told}")


def bad_words(program, problems, work):
    folder = work / "never"
    for words, said in (
        (["bast", "--calls", 4], r"a strategy is mcts, .*, not 'bast'"),
        (["mcts,bast", "--calls", 4], "not 'bast'"),
        (["mcts,", "--calls", 4], "not ''"),
        (["sample:worst", "--calls", 4], "first .or greedy., best, majority, weighted or bom, not by 'worst'"),
        (["mcts+rooot=gumbel", "--calls", 4], "'rooot=gumbel' is no OPTION=VALUE"),
        (["mcts+root", "--calls", 4], "'root' is no OPTION=VALUE"),
        (["mcts+root=gumbol", "--calls", 4], "mcts.root=gumbol, 4 calls: --root must be rule or gumbel"),
        (["sample+root=gumbel", "--calls", 4], "sample.root=gumbel, 4 calls: --strategy sample excludes"),
        (["mcts+workers=1", "--calls", 4], "--workers is the same for all"),
        (["mcts+strategy=sample", "--calls", 4], "--strategy is the same for all"),
        (["mcts,sample,mcts", "--calls", 4], "mcts stands there twice"),
        (["mcts"], "needs --calls"),
        (["mcts", "--calls", "0"], "--calls must be whole numbers from 1 "),
        (["mcts", "--calls", "8,4"], "each above the one before"),
        (["mcts", "--calls", "8,"], "--calls must be"),
        (["mcts", "--calls", "8;9"], "--calls must be"),
        (["mcts\x01", "--calls", "8"], "no control characters"),
        ([",".join(f"mcts+seed={i}" for i in range(65)), "--calls", "8"], "at most 64"),
        (["mcts" + "".join(f"+depth={i}" for i in range(1, 17)), "--calls", "8"], "at most 15 options"),
        (["mcts", "--calls", ",".join(map(str, range(1, 18)))], "at most 16"),
        (["mcts", "--calls", 4, "--strategy", "mcts"], "no option --strategy"),
        (["mcts", "--calls", 4, "--critic", "match"], "may not guide"),
    ):
        done = compare(program, problems, folder, *words, status=OPTIONS)
        insist(re.search(said, done.stderr), f"{words}: {done.stderr}")
        insist(not folder.exists() and done.stdout == "", f"{words}: something was written")


def bad_files(program, problems, work):
    folder, bad = work / "never", work / "bad.jsonl"
    lines = problems.read_text(encoding="utf-8")
    for text, said in (
        ("", "bad.jsonl"),
        ("no JSON\n", "bad.jsonl:1"),
        (lines[: len(lines) - 20], "bad.jsonl:"),
        ('{"id": "a", "problem": "Why?"}\n', "no problem can be graded"),
    ):
        bad.write_text(text, encoding="utf-8")
        done = compare(program, bad, folder, "mcts", "--calls", 4, "--strict", "--policy", "synthetic:2,2", status=INPUT)
        insist(said in done.stderr, f"{text[:20]!r}: {done.stderr}")
        insist(not folder.exists(), f"{text[:20]!r}: something was written")
    compare(program, work / "gone.jsonl", folder, "mcts", "--calls", 4, status=INPUT)


def bad_folders(program, problems, work):
    """What is there already is somebody's: it stays as it is, byte for byte."""
    folder, other = work / "folder", work / "other.jsonl"
    compare(program, problems, folder, "mcts", "--calls", 4)
    other.write_text(problems.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    whole = (folder / "ledger.db").read_bytes()
    for spoil, problem_file, words, status, said in (
        (None, other, [], OPTIONS, "was begun with input"),
        (None, problems, ["--seed", 2], OPTIONS, "was begun with seed="),
        (("ledger.db", b"no store"), problems, [], STORE, "ledger.db"),
        (("ledger.db", whole[: len(whole) // 2]), problems, [], STORE, "ledger.db"),
        (("ledger.db", (OLD / "store1-tree2-2a97603-puzzles.db").read_bytes()), problems, [], OPTIONS, "was begun with"),
        (("mcts-4-calls.db", b"no store"), problems, [], STORE, "mcts-4-calls.db"),
        (("mcts-4-calls.db", whole), problems, [], OPTIONS, "mcts-4-calls.db was begun with"),
    ):
        place = work / "spoiled"
        shutil.rmtree(place, ignore_errors=True)
        shutil.copytree(folder, place)
        if spoil is not None:
            for ending in ("", "-wal", "-shm", "-count"):
                (place / f"{spoil[0]}{ending}").unlink(missing_ok=True)
            (place / spoil[0]).write_bytes(spoil[1])
        before = {name: data for name, data in contents(place).items() if not name.endswith(("-wal", "-shm", "-count"))}
        done = compare(program, problem_file, place, "mcts", "--calls", 4, *words, status=status)
        insist(said in done.stderr, f"{spoil and spoil[0]} {words}: {done.stderr}")
        after = contents(place)
        changed = [name for name in before if before[name] != after.get(name)]
        insist(set(changed) <= ({"ledger.db"} if spoil and spoil[0] != "ledger.db" else set()), f"{changed} after: {done.stderr}")
    place = work / "home"
    place.mkdir()
    (place / "letter.txt").write_text("dear", encoding="utf-8")
    done = compare(program, problems, place, "mcts", "--calls", 4, status=STORE)
    insist("no comparison" in done.stderr and len(contents(place)) == 1, done.stderr)
    done = compare(program, problems, place / "letter.txt", "mcts", "--calls", 4, status=STORE)
    insist("letter.txt" in done.stderr, done.stderr)


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-compare-") as folder:
        work = pathlib.Path(folder)
        numbers(program, work)
        values(program, work)
        few = puzzles(program, work / "two.jsonl", 2)
        bad_words(program, few, work)
        bad_files(program, few, work)
        bad_folders(program, few, work)
        problems = work / "problems.jsonl"
        problems.write_text(subprocess.run([SERVER, "--problems", "6"], capture_output=True, text=True, check=True).stdout,
                            encoding="utf-8")
        whole, requests = served(program, work, problems)
        killed(program, work, problems, whole, requests)
        limited(program, work, problems)
        in_tokens(program, work, problems)
        without_tokens(program, work)


main(test)
