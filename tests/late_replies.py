#!/usr/bin/env python3
"""late_replies.py PROGRAM MODEL_SERVER [RUNS] - what came too late is part of a run, also when it is done again.

Runs with a deadline that many calls miss, under both orders, each done again from its ledger alone,
in trees of other workers, with and without the deadline: same bytes. And a policy that is late on
purpose (--delay) has its simulations withdrawn as a slow server has.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

from kill_served import Server, export
from support import DEEP, Failed, crux, insist_same, main, puzzles

SETTINGS = "--policy chat --calls 60 --children 4 --in-flight 24 --per-tree 6 --workers 2 --quiet".split()


def run_one(program, work, problems, url, order, seed):
    name = f"{order}{seed}"
    words = ["generate", problems, "--endpoint", url, "--order", order, "--seed", seed, *SETTINGS]
    store = work / f"{name}.db"
    done = subprocess.run(
        [program, *map(str, words), "--store", str(store), "--deadline", "0.05"],
        capture_output=True, text=True, check=False,
    )
    if done.returncode not in (0, 6):
        raise Failed(f"{name}: status {done.returncode}: {done.stderr[-500:]}")
    if "ended without a reply" not in done.stderr:
        raise Failed(f"{name}: nothing was late: {done.stderr}")
    left = export(program, store, work / f"{name}.one")
    words[3] = "http://127.0.0.1:1/v1"
    for deadline in ([], ["--deadline", "0.05"]):
        again = work / f"{name}.again{len(deadline)}.db"
        # 6: a problem none of whose calls came in time has failed, here as there.
        crux(program, *words, *deadline, "--replay", store, "--store", again, "--workers", 5,
             status=done.returncode)
        insist_same(left, export(program, again, work / f"{name}.two{len(deadline)}"), f"{name}, replayed")
    late = next(line for line in done.stderr.splitlines() if "ended without a reply" in line)
    print(f"{name}: {late.split()[1]} late, replayed twice: same bytes", flush=True)


def rehearse(program, work):
    """No reply comes before its deadline, so every problem fails for that."""
    problems = puzzles(program, work / "puzzles.jsonl", 2)
    text = crux(program, "solve", problems, "--delay", "constant:700", "--deadline", "0.1", "--simulations", 4,
                "--json", "--quiet", status=6)
    for row in map(json.loads, text.splitlines()):
        if row["status"] != "failed" or "before its deadline" not in row["error"]:
            raise Failed(f"--delay with --deadline: {row}")


def test(program):
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 40 if DEEP else 4
    with tempfile.TemporaryDirectory(prefix="crux-late-") as folder:
        work = pathlib.Path(folder)
        rehearse(program, work)
        problems = work / "problems.jsonl"
        lines = subprocess.run([sys.argv[2], "--problems", "8"], capture_output=True, check=True)
        problems.write_bytes(lines.stdout)
        server = Server(sys.argv[2], work)
        url = server.start()
        try:
            for k in range(runs):
                run_one(program, work, problems, url, ("arrival", "issued")[k % 2], k)
        finally:
            server.stop()


if __name__ == "__main__":
    main(test)
