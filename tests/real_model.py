#!/usr/bin/env python3
"""real_model.py PROGRAM - a real model, from doctor to data set, and again from the ledger.

The python that runs this must have the packages of examples/serve_model.py. Nothing is
expected of the model but that it is sometimes right and sometimes wrong; what crux says
of it must agree with itself: trees, pairs, the account, and the replay's bytes. CRUX_DEEP=1 takes all 48
problems, not 8.
"""

import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

from support import DEEP, crux, insist, insist_same, main, served_by

HERE = pathlib.Path(__file__).resolve().parent.parent
PROBLEMS = HERE / "examples" / "word-problems.jsonl"
ASKING = ["--policy", "chat", "--prompt", HERE / "examples" / "small-model.prompt", "--max-tokens", 60,
          "--children", 4, "--in-flight", 8, "--per-tree", 2, "--seed", 5]


def examine(program, url):
    """doctor knows the server, and all of it works."""
    found = json.loads(crux(program, "doctor", "--endpoint", url, "--json"))
    facts = found["looked_at"][0]["facts"]
    insist(facts["profile"] == "llamacpp" and "SmolLM2" in facts["model"], f"{facts}")
    insist(facts["route"] == "completions" and all(facts["routes"].values()), f"{facts}")
    insist(facts["context"] > 0 and facts["slots"] > 0 and all(facts["logprobs"].values()), f"{facts}")


def solve(program, url, work):
    """Real text comes out, and is graded."""
    few = work / "few.jsonl"
    few.write_text("".join(PROBLEMS.read_text(encoding="utf-8").splitlines(True)[:4]), encoding="utf-8")
    rows = [json.loads(line) for line in crux(program, "solve", few, *ASKING, "--endpoint", url, "--calls", 6,
                                              "--quiet", "--json").splitlines()]
    insist(len(rows) == 4 and all(row["status"] == "done" and row["tokens"] > 0 for row in rows), f"{rows}")
    insist(all(row["graded"] in ("right", "wrong", "unknown") for row in rows), f"{rows}")
    insist(any(row["answer"] for row in rows), f"no answer at all: {rows}")


def account(program, store):
    """The account is the sum of the ledger, and of what no reply tells; there are tokens in it."""
    cost = json.loads(crux(program, "cost", "--store", store, "--json"))
    paid, unsettled = cost["paid"], cost["unsettled"]
    base = sqlite3.connect(store)
    sums = base.execute("SELECT sum(first), count(*), sum(prompt), sum(completion) FROM replies").fetchone()
    base.close()
    told = [paid[name] - unsettled[name] for name in ("calls", "samples", "prompt_tokens", "completion_tokens")]
    insist(told == list(sums), f"the account {cost} is not the ledger's {sums}")
    insist(unsettled["prompt_tokens"] == 0 or unsettled["calls"] > 0, f"a prompt that was told is counted twice: {cost}")
    insist(paid["samples"] > paid["calls"] > 0, f"{paid}: no call had several samples")
    words = told[3] / paid["samples"]
    insist(1 <= words <= 61, f"{words} tokens a sample where at most 60 were asked for")
    return paid


def verdicts(folder):
    """Of all complete answers of the trees."""
    said = set()
    for path in (folder / "data" / "trees").glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            for rollout in json.loads(line)["rollouts"]:
                said.add(rollout["verdict"])
    return said


def judge(program, url, work):
    """The same model judges steps, its own, by the probability of Yes; a replay asks nobody."""
    few, store, again = work / "judged.jsonl", work / "judged.db", work / "judged-again.db"
    few.write_text("".join(PROBLEMS.read_text(encoding="utf-8").splitlines(True)[:2]), encoding="utf-8")
    asking = [few, *ASKING, "--calls", 3, "--critic", "execution=judge:judge"]
    crux(program, "generate", *asking, "--store", store, "--endpoint", url, "--backend", f"judge.endpoint={url}")
    crux(program, "generate", *asking, "--store", again, "--replay", store, "--backend", "judge.endpoint=http://127.0.0.1:9/v1")
    crux(program, "export", "--store", store, "--to", work / "judged")
    scores = [node["score"] for path in (work / "judged" / "data" / "trees").glob("*.jsonl")
              for line in path.read_text(encoding="utf-8").splitlines() for node in json.loads(line)["nodes"][1:]]
    base = sqlite3.connect(store)
    kept = base.execute("SELECT count(*) FROM replies WHERE backend = 'judge'").fetchone()[0]
    base.close()
    insist(0 < kept <= len(scores) and all(0 <= score <= 1 for score in scores), f"{kept} replies, {scores}")
    insist(json.loads(crux(program, "cost", "--store", again, "--json"))["paid"]["calls"] == 0, "a judge's replay paid")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-real-") as folder:
        work = pathlib.Path(folder)
        store, again, problems = work / "run.db", work / "again.db", work / "problems.jsonl"
        lines = PROBLEMS.read_text(encoding="utf-8").splitlines(True)[: None if DEEP else 8]
        problems.write_text("".join(lines), encoding="utf-8")
        with served_by("nice", sys.executable, HERE / "examples" / "serve_model.py", errors=subprocess.DEVNULL) as url:
            examine(program, url)
            solve(program, url, work)
            judge(program, url, work)
            crux(program, "generate", problems, "--store", store, *ASKING, "--endpoint", url, "--calls", 6)
        status = json.loads(crux(program, "status", "--store", store, "--json"))
        insist(status["problems"]["finished"] >= len(lines) * 5 // 6 and status["pairs"] > 0, f"{status['problems']}, {status['pairs']}")
        paid = account(program, store)
        crux(program, "export", "--store", store, "--to", work / "one")
        insist(len(verdicts(work / "one")) >= 2, "the model was always right, or always wrong")
        crux(program, "generate", problems, "--store", again, *ASKING, "--calls", 6, "--replay", store)
        insist(json.loads(crux(program, "cost", "--store", again, "--json"))["paid"]["calls"] == 0, "a replay paid")
        crux(program, "export", "--store", again, "--to", work / "two")
        insist_same(work / "one", work / "two", "the run and its replay, without a server")
        print(f"{status['problems']['finished']} problems, {status['problems']['with_right']} with a right path, "
              f"{status['pairs']} pairs; {paid['calls']} calls, {paid['prompt_tokens']} + "
              f"{paid['completion_tokens']} tokens; the replay made no call and gave the same bytes")


if __name__ == "__main__":
    main(test)
