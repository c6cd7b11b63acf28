#!/usr/bin/env python3
"""eval_slots.py PROGRAM MODEL_SERVER - does crux eval keep the slots of a model server full?

Question   Of the slot-seconds that a server has, how many are filled with questions whose answers
           are kept?
Workload   Solutions of the fake server's word problems (2,000 with CRUX_DEEP=1) to critic judge on
           that server, with latencies as long tails have them; a quarter more in flight than there
           are slots, so that one that falls free is taken at once.
Clock      The server's log: from the first moment when all slots were taken until the last question
           came in. Then slots run empty for want of questions.
Check      No key came twice, each question was answered once, the same command asks for nothing
           more and says the same, and the figures are of all solutions.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from support import DEEP, QUICK, crux, insist, log_rows, main, model_server

SERVER = sys.argv[2]
SOLUTIONS, SLOTS, MEAN_MS = (2000, 64, 500) if DEEP else (600, 32, 200)
LEAST = 0.95


def write_solutions(path):
    """A solution of two steps for each problem, right and wrong ones in turn."""
    made = subprocess.run([SERVER, "--problems", str(SOLUTIONS)], capture_output=True, text=True, check=True).stdout
    with path.open("w", encoding="utf-8") as out:
        for number, line in enumerate(made.splitlines()):
            problem, right = json.loads(line), number % 2 == 0
            answer = problem["answer"] if right else f"{problem['answer']}1"
            out.write(json.dumps({"id": problem["id"], "problem": problem["problem"],
                                  "steps": ["We add up.", f"The answer is {answer}."],
                                  "final_answer_correct": right, "label": -1 if right else 1}) + "\n")


def fill(rows):
    """The share of slot-seconds that were taken, in the window."""
    events = sorted([(row["start"], row["n"]) for row in rows] + [(row["end"], -row["n"]) for row in rows])
    until = max(row["in"] for row in rows)
    taken = area = 0
    begun = last = None
    for at, change in events:
        if begun is not None and last < until:
            area += taken * (min(at, until) - last)
        taken, last = taken + change, at
        if begun is None and taken >= SLOTS:
            begun = at
    insist(begun is not None, "not all slots were ever taken")
    return area / (SLOTS * (until - begun)), (until - begun) / 1e9


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-slots-", dir=QUICK) as folder:
        work = pathlib.Path(folder)
        log, solutions = work / "log", work / "solutions.jsonl"
        write_solutions(solutions)
        with model_server(SERVER, "--slots", SLOTS, "--latency", f"lognormal:{MEAN_MS}", "--stragglers", "0.01:5",
                          log=log) as url:
            words = ["eval", "critic", solutions, "--critic", "judge", "--endpoint", url, "--in-flight",
                     SLOTS * 5 // 4, "--store", work / "eval.db", "--json", "--quiet"]
            result = json.loads(crux(program, *words))
            found_out = log_rows(log)
            rows = [row for row in found_out if row["key"] != ""]
            again = json.loads(crux(program, *words))
            insist(result == again, "the same command says something else")
            insist(len(log_rows(log)) == len(found_out), "it asked again")
        insist(len(rows) == len({row["key"] for row in rows}) == SOLUTIONS, f"{len(rows)} questions for {SOLUTIONS} solutions")
        insist(result["failed"] == 0 and result["cost"]["questions"] == SOLUTIONS, f"{result['cost']}")
        share, seconds = fill(rows)
        print(f"{SOLUTIONS} solutions, {SLOTS} slots: {share:.1%} full for {seconds:.1f} s")
        insist(share >= LEAST, f"slots are {share:.1%} full, and should be {LEAST:.0%}")


if __name__ == "__main__":
    main(test)
