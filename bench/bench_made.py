#!/usr/bin/env python3
"""bench_made.py BEFORE NOW - does a data set cost more processor time than with the program before?

Question   By what factor do two builds of crux differ in the processor time of the whole way from puzzles
           to critiques, exact annotator and export included?
Workload   --puzzles of game24, spread evenly, 200 calls each, generate and then export of views critique
           and trees. --pairs times each, alternating, each pair in the other order than the one before it.
Clock      User and system time of the two commands, as the kernel tells it of children.
Check      In what NOW has made every wrong path has a proved first wrong step.
Output     Each pair, then the median of before / now (above 1: less time now) with its 95 % interval by
           ranks. Exit 1 when the check fails, or when --at-least X is given and the interval ends below X.

    bench/bench_made.py old/crux build/release/crux --at-least 0.97
"""
import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile

from bench_pair import rank_interval


def spent():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def made(program, puzzles, work):
    """Processor time in seconds, and the folder."""
    before = spent()
    for words in (["generate", puzzles, "--store", work / "run.db", "--calls", "200", "--quiet"],
                  ["export", "--store", work / "run.db", "--to", work / "set", "--view", "critique", "--view", "trees"]):
        subprocess.run([program, *map(str, words)], check=True, stderr=subprocess.DEVNULL)
    return spent() - before, work / "set"


def all_proved(folder):
    """How many wrong paths there are; False where one is not proved."""
    count = 0
    for path in (folder / "data" / "critique").iterdir():
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["wrong_steps"]:
                count += 1
                if row["location"]["how"] != "proved" or row["first_error_index"] < 0:
                    return False
    return count


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before")
    parser.add_argument("now")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--puzzles", type=int, default=150)
    parser.add_argument("--at-least", type=float)
    asked = parser.parse_args()
    programs = {name: pathlib.Path(getattr(asked, name)).resolve() for name in ("before", "now")}
    ratios, proved = [], 0
    with tempfile.TemporaryDirectory(prefix="crux-made-") as folder:
        lines = subprocess.run([programs["now"], "problems", "game24"], capture_output=True, text=True,
                               check=True).stdout.splitlines(keepends=True)
        puzzles = pathlib.Path(folder) / "puzzles.jsonl"
        puzzles.write_text("".join(lines[i * len(lines) // asked.puzzles] for i in range(asked.puzzles)), encoding="utf-8")
        for pair in range(asked.pairs):
            took = {}
            for name in sorted(programs, reverse=pair % 2 == 1):
                with tempfile.TemporaryDirectory(dir=folder) as work:
                    took[name], made_set = made(programs[name], puzzles, pathlib.Path(work))
                    if name == "now":
                        proved = all_proved(made_set)
            if not proved:
                sys.exit("bench_made: a wrong path is not proved, or there is none")
            ratios.append(took["before"] / took["now"])
            print(f"{took['before']:.3f} s before, {took['now']:.3f} s now: {ratios[-1]:.3f}")
    low, high = rank_interval(ratios)
    print(f"{statistics.median(ratios):.3f} ({low:.3f} .. {high:.3f}), {proved} wrong paths, all proved")
    sys.exit(asked.at_least is not None and low < asked.at_least)


if __name__ == "__main__":
    main()
