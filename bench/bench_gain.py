#!/usr/bin/env python3
"""bench_gain.py - does search help, at equal cost?

Question   What share of Game of 24 puzzles is solved by `mcts` and by `sample`
           (independent answers), when both may ask the policy equally often and neither
           is guided by the exact execution critic?
Workload   Every solvable puzzle over 1..13, or --puzzles of them, evenly spread;
           --calls policy calls per puzzle, for each number given.
Clock      None: the measure is answers, not seconds.
Check      Each answer that is called right is computed again here, with fractions;
           no puzzle may have used more calls than it was given; exit 1 otherwise.
Output     A row per strategy and budget: share solved with its 95 % interval (Wilson 1927),
           calls really made; and whether the intervals are apart. --json for machines.

    bench/bench_gain.py build/release/crux --calls 50 100 200
"""
import argparse
import json
import math
import re
import subprocess
import sys
from fractions import Fraction

STEP = re.compile(r"^(\S+) ([-+*/]) (\S+) = (\S+) \(left: ([^)]*)\)$")


def wilson(hits, total):
    """95 % interval of a share."""
    z = 1.959964
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(
        share * (1 - share) / total + z * z / (4 * total * total))
    return middle - half, middle + half


def really_right(numbers, target, steps):
    """Do the steps make the target, using each number once?"""
    left = sorted(Fraction(n) for n in numbers)
    for step in steps:
        match = STEP.match(step)
        if not match:
            return False
        a, sign, b, result = match.group(1), match.group(2), match.group(3), match.group(4)
        a, b, result = Fraction(a), Fraction(b), Fraction(result)
        for used in (a, b):
            if used not in left:
                return False
            left.remove(used)
        if sign == "/" and b == 0:
            return False
        made = {"+": a + b, "-": a - b, "*": a * b}[sign] if sign != "/" else a / b
        if made != result:
            return False
        left = sorted(left + [result])
    return left == [Fraction(target)]


def solve(crux, puzzles, options):
    """One run over all puzzles: its rows by id."""
    run = subprocess.run([crux, "solve", "-", "--json", *options], input=puzzles, text=True,
                         capture_output=True, check=False)
    if run.returncode not in (0, 6):
        sys.exit(f"{crux} solve {' '.join(options)} failed: {run.stderr}")
    return [json.loads(line) for line in run.stdout.splitlines()]


def measure(crux, lines, strategy, calls, arguments):
    """Share solved, calls made, faults found, of one strategy at one budget."""
    problems = {row["id"]: row for row in map(json.loads, lines)}
    rows = solve(crux, "\n".join(lines) + "\n",
                 ["--strategy", strategy, "--calls", str(calls),
                  "--simulations", str(calls * 20), "--seed", str(arguments.seed),
                  "--critic", "outcome=numbers", "--stop", "right=1,wrong=0"])
    faults = [row["id"] for row in rows
              if row["calls"] > calls or (row["verdict"] == "right") != really_right(
                  problems[row["id"]]["numbers"], problems[row["id"]]["target"], row["steps"])]
    hits = sum(row["verdict"] == "right" for row in rows)
    low, high = wilson(hits, len(rows))
    return {"strategy": strategy, "calls": calls, "puzzles": len(rows), "solved": hits,
            "share": hits / len(rows), "low": low, "high": high,
            "calls_made": sum(row["calls"] for row in rows) / len(rows), "faults": len(faults)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("crux")
    parser.add_argument("--calls", type=int, nargs="+", default=[50, 100, 200])
    parser.add_argument("--puzzles", type=int, default=1362)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    lines = subprocess.run([arguments.crux, "problems", "game24"], text=True, check=True,
                           capture_output=True).stdout.splitlines()
    lines = lines[::max(1, len(lines) // arguments.puzzles)][:arguments.puzzles]
    rows = []
    for calls in arguments.calls:
        pair = [measure(arguments.crux, lines, strategy, calls, arguments)
                for strategy in ("mcts", "sample")]
        pair[0]["apart"] = pair[1]["apart"] = pair[0]["low"] > pair[1]["high"]
        rows += pair
    faults = sum(row["faults"] for row in rows)
    if arguments.json:
        print(json.dumps({"rows": rows, "selfcheck": faults == 0}, indent=2))
    else:
        print("calls  strategy  solved        share   95 % interval   calls made  intervals apart")
        for row in rows:
            print(f"{row['calls']:5}  {row['strategy']:8}  {row['solved']:5}/{row['puzzles']:<5}"
                  f"  {row['share']:6.1%}  {row['low']:6.1%} .. {row['high']:6.1%}"
                  f"  {row['calls_made']:10.1f}  {'yes' if row['apart'] else 'no'}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
