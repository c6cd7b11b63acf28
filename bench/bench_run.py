#!/usr/bin/env python3
"""bench_run.py TRIALS [FILE] - how many verdicts a second do jails give?

Question  What does a verdict on a program with its tests cost, beside the bare start of a jail? Each of
          ours is a bubblewrap with all walls and a Python, a filter, a second process for the program, its
          calls carried between two jails, and the end of all of it.
Workload  The functions of FILE, as HumanEval publishes them, with their own solutions and all their tests
          (without FILE those of tests/humaneval.py, many times), all of them four times, through `sandbox_trials`; and as many starts of
          `bwrap ... python3 -c pass` by as many threads. Both in turn, five times, on the same machine.
Clock     From the first start to the last end. The probe before the first verdict is in it.
Check     Every verdict must be `ok`, every bare start must end with status 0, and the best of ours must be
          at least half of the best bare starts a second; else the exit status is 1.
Output    Both rates, best and median of the five, and their ratio.
"""

import concurrent.futures
import os
import pathlib
import statistics
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests"))
import humaneval  # noqa: E402

BARE = ["bwrap", "--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib", "--symlink", "usr/lib64", "/lib64",
        "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "--unshare-all", "--as-pid-1", "--die-with-parent",
        "--new-session", "--clearenv", "python3", "-c", "pass"]
ROUNDS, TIMES = 5, 4


def ours(trials, questions):
    start = time.monotonic()
    answers = humaneval.tried(trials, questions)
    seconds = time.monotonic() - start
    bad = [answer for answer in answers if answer["status"] != "ok"]
    if bad:
        sys.exit(f"bench_run: a right program was found {bad[0]}")
    return len(questions) / seconds


def bare(count):
    def one(_):
        return subprocess.run(BARE, check=False).returncode

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as threads:
        start = time.monotonic()
        ends = list(threads.map(one, range(count)))
        seconds = time.monotonic() - start
    if any(ends):
        sys.exit("bench_run: bwrap does not start")
    return count / seconds


def main():
    problems = humaneval.read(sys.argv[2]) if len(sys.argv) > 2 else humaneval.OWN * 16
    questions = [humaneval.question(p, p["canonical_solution"]) for p in problems * TIMES]
    rates = [(ours(sys.argv[1], questions), bare(len(questions))) for _ in range(ROUNDS)]
    verdicts, starts = zip(*rates)
    ratio = max(verdicts) / max(starts)
    print(f"verdicts a second     best {max(verdicts):5.1f}, median {statistics.median(verdicts):5.1f}")
    print(f"bare starts a second  best {max(starts):5.1f}, median {statistics.median(starts):5.1f}")
    print(f"ratio                 {ratio:.2f}")
    return 0 if ratio >= 0.5 else 1


if __name__ == "__main__":
    sys.exit(main())
