#!/usr/bin/env python3
"""test_run_kill.py PROGRAM - a run that is killed while jails start and run leaves no process behind,
and goes on.

Orphans become this script's children, so that it sees each of them.
"""

import ctypes
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

PROBLEMS = 24
SUBREAPER = 36


def children():
    """Is there any? Those that have ended are reaped."""
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                return True
        except ChildProcessError:
            return False


def write(folder):
    problems, answers = folder / "problems.jsonl", folder / "answers.jsonl"
    with open(problems, "w", encoding="utf-8") as file:
        for i in range(PROBLEMS):
            file.write(json.dumps({"id": f"p{i}", "problem": "?", "tests": [["", "1"]]}) + "\n")
    with open(answers, "w", encoding="utf-8") as file:
        for i in range(PROBLEMS):
            file.write(json.dumps({"problem_id": f"p{i}",
                                   "text": f"import time # {i}\ntime.sleep(0.3)\nprint(1)"}) + "\n")
    return ["generate", problems, "--store", folder / "run.db", "--policy", f"recorded:{answers}",
            "--critic", "run:at-once=8", "--simulations", "2", "--quiet"]


def main():
    ctypes.CDLL(None).prctl(SUBREAPER, 1)
    with tempfile.TemporaryDirectory(prefix="crux-run-") as name:
        command = [sys.argv[1], *write(pathlib.Path(name))]
        for after in (0.2, 0.35, 0.5, 0.7):
            run = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(after)
            os.kill(run.pid, signal.SIGKILL)
            run.wait()
            end = time.monotonic() + 30
            while children():
                if time.monotonic() > end:
                    sys.exit(f"test_run_kill: a process is left, half a minute after a kill at {after} s")
                time.sleep(0.05)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        cost = subprocess.run([sys.argv[1], "cost", "--store", str(pathlib.Path(name) / "run.db")],
                              capture_output=True, text=True, check=True).stdout
        samples = int(cost.splitlines()[1].split()[1])
        assert samples == PROBLEMS, f"{samples} verdicts are kept of {PROBLEMS} programs"
    print("test_run_kill: four kills, nothing left")
    return 0


if __name__ == "__main__":
    sys.exit(main())
