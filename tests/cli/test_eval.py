#!/usr/bin/env python3
"""test_eval.py PROGRAM - crux eval critic as people use it: an exact critic and one that knows
nothing on solutions from finished trees, a run that is killed, limited, replayed, and bad input."""

import json
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import DEEP, QUICK, crux, insist, main, puzzles

TESTS = pathlib.Path(__file__).resolve().parent.parent
RANDOM = TESTS / "world" / "random_critic.py"
PUZZLES = 200 if DEEP else 12
ROWS = 3000 if DEEP else 150
TRAINING = 600 if DEEP else 60


def labelled(program, work):
    """Solutions of number puzzles as the view processbench has them, and some of them."""
    crux(program, "generate", puzzles(program, work / "puzzles.jsonl", PUZZLES), "--store", work / "run.db",
         "--simulations", 200, "--quiet")
    crux(program, "export", "--store", work / "run.db", "--to", work / "data", "--view", "processbench")
    whole = work / "data" / "data" / "processbench" / "train-00000-of-00001.jsonl"
    lines = whole.read_text(encoding="utf-8").splitlines(keepends=True)
    some = work / "some.jsonl"
    right = [line for line in lines if '"label": -1' in line]
    wrong = [line for line in lines if '"label": -1' not in line]
    chosen = wrong[:: max(1, len(wrong) // ROWS)] + right[:: max(1, len(right) // (ROWS // 2))]
    some.write_text("".join(chosen), encoding="utf-8")
    return whole, some


def evaluated(program, *words, status=0):
    return json.loads(crux(program, "eval", "critic", *words, "--json", status=status))


def insist_share(share, least, most, what):
    insist(share["low"] <= share["share"] <= share["high"], f"{what}: {share} is not in its interval")
    insist(least <= share["share"] <= most, f"{what}: {share['share']} is not in {least} .. {most}")


def critics(program, whole, some):
    """The exact critic names every first wrong step and no other; chance does not."""
    exact = evaluated(program, whole, "--critic", "execution=numbers")
    insist(exact["rows"] == len(whole.read_text(encoding="utf-8").splitlines()), "it lacks rows")
    for of in ("wrong", "right", "f1"):
        insist_share(exact[of], 1, 1, f"the exact critic, {of}")
    insist(exact["calibration"]["steps"] == 0 and exact["unknown"] == exact["failed"] == 0, f"{exact['calibration']}")
    verdicts = evaluated(program, whole, "--critic", "numbers")
    insist_share(verdicts["answers"]["wrong"], 1, 1, "exact verdicts")
    insist(verdicts["f1"] is None and not verdicts["sees_reference"], "verdicts name no step")
    insist(evaluated(program, some, "--critic", "match")["sees_reference"], "match looks at the reference")
    chance = evaluated(program, some, "--critic", f"execution=process:{RANDOM}")
    insist_share(chance["wrong"], 0.15, 0.6, "chance")
    insist_share(chance["right"], 0, 0.5, "chance")
    insist_share(chance["f1"], 0, 0.4, "chance")
    insist(chance["calibration"]["steps"] > 0.1, "chance is not calibrated")
    print({of: (round(chance[of]["low"], 3), round(chance[of]["high"], 3)) for of in ("wrong", "right", "f1")})
    table = crux(program, "eval", "critic", whole, "--critic", "execution=numbers")
    insist(re.search(r"F1: their harmonic mean +100\.0 % +100\.0 \.\. 100\.0\n", table), table)


def trained(program, work, some):
    """A critic that was trained on other puzzles is better than chance and no oracle: its interval of
    F1 lies between."""
    lines = crux(program, "problems", "game24").splitlines(keepends=True)
    seen = (work / "puzzles.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    others = [line for line in lines if line not in seen]
    (work / "others.jsonl").write_text("".join(others[:: len(others) // TRAINING]), encoding="utf-8")
    crux(program, "generate", work / "others.jsonl", "--store", work / "others.db", "--critic", "numbers", "--critic",
         "execution=numbers", "--quiet")
    crux(program, "train", "--store", work / "others.db", "--critic", "execution", "--label", "score", "--out", work / "linear")
    linear = evaluated(program, some, "--critic", f"execution=linear:{work / 'linear'}")
    chance = evaluated(program, some, "--critic", f"execution=process:{RANDOM}")
    for of in ("wrong", "right", "f1"):
        insist(linear[of]["low"] <= linear[of]["share"] <= linear[of]["high"], f"{of}: {linear[of]}")
    print("linear:", {of: [round(linear[of][end], 3) for end in ("low", "share", "high")] for of in ("wrong", "right", "f1")})
    insist(chance["f1"]["high"] < linear["f1"]["low"], f"no better than chance: {linear['f1']}, {chance['f1']}")


def logged(work, name):
    """A critic whose questions go to a file on their way to it, slowly enough to be killed."""
    return f"execution=process:tee -a {work}/{name} | exec python3 {RANDOM}"


def asked(work, name):
    path = work / name
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [json.dumps({**json.loads(line), "id": 0}) for line in lines if line.endswith("}")]


def ended(program, work, some, number):
    """Ended in the middle by a signal, the same command goes on, asks for nothing that the ledger
    had, and says what an undisturbed run says; so does a replay, which asks nobody."""
    name, store, out = f"asked-{number}", work / f"ended-{number}.db", work / f"ended-{number}.json"
    words = ["eval", "critic", some, "--critic", logged(work, name), "--in-flight", 4, "--store", store, "--out", out]
    command = [program, *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    while len(asked(work, name)) < 100 and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(number)
    said = process.communicate()[1]
    insist(process.returncode in (-number, 130), f"signal {number}: exit status {process.returncode}: {said}")
    if number == signal.SIGINT:
        insist("the same command goes on" in said, said)
    insist(not out.exists(), "a part of a result was written")
    base = sqlite3.connect(store)
    known = base.execute("SELECT count(*) FROM replies").fetchone()[0]
    base.close()
    insist(known > 0, "nothing was kept")
    time.sleep(0.3)  # what a killed run has left behind reads on
    before = asked(work, name)
    crux(*command)
    after = asked(work, name)[len(before):]
    whole = json.loads(out.read_text(encoding="utf-8"))
    insist(len(set(after)) == len(after), "a question was put twice")
    insist(len(set(before) & set(after)) <= len(before) - known, "what was known was asked again")
    again = asked(work, name)
    insist(whole == evaluated(program, *words[2:7], "--store", store), "another result from the ledger")
    insist(whole == evaluated(program, *words[2:5], "--replay", store), "another result from a replay")
    lower = evaluated(program, *words[2:5], "--store", store, "--threshold", 0.25)
    insist(lower["wrong"] != whole["wrong"] and lower["calibration"] == whole["calibration"], "the threshold changes nothing")
    insist(asked(work, name) == again, "what was known was asked")
    undisturbed = evaluated(program, some, "--critic", f"execution=process:{RANDOM}")
    insist({**whole, "critic": ""} == {**undisturbed, "critic": ""}, "another result than undisturbed")


def limited(program, work, some):
    """A limit ends it with 5 and no result; another set or another critic is another run."""
    store, out = work / "limited.db", work / "limited.json"
    words = ["eval", "critic", some, "--critic", f"execution=process:{RANDOM}", "--store", store, "--out", out]
    crux(program, *words, "--limit-calls", 50, status=5)
    insist(not out.exists(), "a part of a result was written")
    crux(program, *words)
    insist(json.loads(crux(program, "cost", "--store", store, "--json"))["paid"]["calls"] ==
           json.loads(out.read_text(encoding="utf-8"))["cost"]["questions"], "calls were paid twice")
    shorter = work / "shorter.jsonl"
    shorter.write_text("".join(some.read_text(encoding="utf-8").splitlines(keepends=True)[:-1]), encoding="utf-8")
    for other in (["eval", "critic", shorter, *words[3:6], store], ["eval", "critic", some, "--critic", "match", "--store", store],
                  ["eval", "critic", some, "--critic", "match", "--store", work / "run.db"]):
        crux(program, *other, status=2)


def failing(program, work, some):
    """Calls that fail leave their rows out of the figures, and end with 6."""
    critic = work / "failing.py"
    critic.write_text("import json, sys\nfor line in sys.stdin:\n    call = json.loads(line)\n"
                      "    bad = call['steps'] == []\n    print(json.dumps({'id': call['id'], **"
                      "({'error': 'no'} if bad and call['seed'] % 2 else {'scores': [1]})}), flush=True)\n", encoding="utf-8")
    result = evaluated(program, some, "--critic", f"execution=process:python3 {critic}", status=6)
    insist(0 < result["failed"] < result["rows"], f"{result['failed']} rows failed")
    insist(result["wrong"]["of"] + result["right"]["of"] + result["failed"] == result["rows"], "rows are lost")
    insist("no" in [item for item in result["items"] if "failure" in item][0]["failure"], "nobody says why")
    refused(program, work, ["critic", some, "--critic", f"execution=process:{work}/nowhere", "--out", work / "refused.json"],
            6, "no figures", "nowhere")


def preferences(program, work):
    """Pairs are asked in both orders; the three answers of a prompt make a ranking, or do not."""
    pairs = work / "pairs.jsonl"
    pairs.write_text("".join(json.dumps({"prompt": "P", "chosen": a, "rejected": b}) + "\n"
                             for a, b in (("aaa", "bb"), ("bb", "c"), ("aaa", "c"))), encoding="utf-8")
    longest = work / "longest.py"
    longest.write_text("import json, sys\nfor line in sys.stdin:\n    call = json.loads(line)\n    print(json.dumps("
                       "{'id': call['id'], 'scores': [len(c) / 9 for c in call['candidates']]}), flush=True)\n", encoding="utf-8")
    ranked = evaluated(program, pairs, "--critic", f"execution=process:python3 {longest}")
    insist(ranked["accuracy"]["share"] == ranked["agreement"]["share"] == 1, f"{ranked}")
    insist(ranked["ipi"] == ranked["tov"] == 0 and ranked["questions"] == 1 and ranked["cost"]["questions"] == 6, f"{ranked}")
    first = work / "first.py"
    first.write_text(longest.read_text(encoding="utf-8").replace("[len(c) / 9 for c in call['candidates']]", "[1, 0]"), encoding="utf-8")
    biased = evaluated(program, pairs, "--critic", f"execution=process:python3 {first}")
    insist(biased["accuracy"]["share"] == 0 and biased["orders"]["chosen_first"]["share"] == 1, f"{biased}")
    insist(biased["ipi"] == 1 and biased["tov"] == 3, f"{biased}")


def refused(program, work, words, status, *sentences):
    done = subprocess.run([program, "eval", *map(str, words)], capture_output=True, text=True, check=False)
    insist(done.returncode == status, f"{words}: exit status {done.returncode}, not {status}: {done.stderr}")
    for sentence in sentences:
        insist(sentence in done.stderr, f"{words}: does not say `{sentence}`: {done.stderr}")
    insist(done.stdout == "" and not (work / "refused.json").exists(), f"{words}: something was written")


def bad_input(program, work, some):
    """File, line, field and expectation; nothing is written."""
    good = some.read_text(encoding="utf-8").splitlines(keepends=True)
    numbers = ["--critic", "execution=numbers", "--out", work / "refused.json"]
    files = {
        "empty": ("", "has no problems"),
        "foreign": ((work / "puzzles.jsonl").read_text(encoding="utf-8"), ":1: expected fields `steps`, `label`"),
        "truncated": ("".join(good)[: len(good[0]) + 40], ":2: expected a JSON object"),
        "label": (good[0] + re.sub(r'"label": -?\d+', '"label": 99', good[1]), ":2: field `label`: expected -1 to"),
        "mixed": (good[0] + '{"id": "p", "prompt": "P", "chosen": "a", "rejected": "b"}\n', ":2: field `steps`: expected"),
    }
    for name, (text, sentence) in files.items():
        path = work / f"{name}.jsonl"
        path.write_text(text, encoding="utf-8")
        refused(program, work, ["critic", path, *numbers], 3, sentence, name + ".jsonl")
    refused(program, work, ["critic", work / "nothing.jsonl", *numbers], 3, "nothing.jsonl")
    refused(program, work, ["critic", work / "run.db", *numbers], 3, "SQLite")
    refused(program, work, ["critic", some, "--out", work / "refused.json"], 2, "--critic")
    refused(program, work, ["judge", some, *numbers], 2, "crux eval critic")
    refused(program, work, ["critic", some, "--critic", "annotate=numbers"], 2, "annotate")
    refused(program, work, ["critic", some, "--critic", "match", *numbers], 2, "names 2")
    refused(program, work, ["critic", some, *numbers, "--threshold", "1.5"], 2, "--threshold")
    refused(program, work, ["critic", some, *numbers[:2], "--out", work / "none" / "x.json"], 4, "none")
    refused(program, work, ["critic", some, *numbers[:2], "--out", work], 4, "is no file")
    refused(program, work, ["critic", some, *numbers, "--store", some], 4, some.name)


def outputs(program, work, some):
    """A result appears whole, is the same each time, and replaces nothing unless it may."""
    out = work / "result.json"
    words = ["eval", "critic", some, "--critic", "execution=numbers", "--out", out]
    crux(program, *words)
    first = out.read_bytes()
    crux(program, *words, status=4)
    crux(program, *words, "--force")
    insist(out.read_bytes() == first, "the same command gave other bytes")
    insist(json.loads(first) == evaluated(program, *words[2:5]), "--out and --json differ")
    insist(not list(work.glob(".result*")), "something was left beside it")
    (work / "same").symlink_to(some)
    whole = some.read_bytes()
    for name in (some, work / "same"):
        refused(program, work, ["critic", work / "same", *words[3:5], "--out", name, "--force"], 2, "is the set")
    insist(some.read_bytes() == whole, "the set was written over")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-eval-", dir=QUICK) as folder:
        work = pathlib.Path(folder)
        whole, some = labelled(program, work)
        critics(program, whole, some)
        trained(program, work, some)
        ended(program, work, some, signal.SIGKILL)
        ended(program, work, some, signal.SIGINT)
        limited(program, work, some)
        failing(program, work, some)
        preferences(program, work)
        bad_input(program, work, some)
        outputs(program, work, some)


if __name__ == "__main__":
    main(test)
