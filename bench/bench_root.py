#!/usr/bin/env python3
"""bench_root.py - from which budget on is --root gumbel better than --root rule?

Question   Game of 24, strategy mcts, an imperfect critic: a `linear` one, trained here on other puzzles
           (bench_linear.py). At equal policy calls, is a puzzle solved more often when the children of
           the root share the simulations by sequential halving (Danihelka et al. 2022) than when the
           selection rule chooses there, too? And selection budget (BG-MCTS) beside both.
Workload   The critic learns from --trained puzzles; --puzzles others are searched by every way, at each of
           --calls, with each of --seeds seeds. The search knows no verdict before it ends: no --stop. 600
           puzzles with --full or CRUX_DEEP=1, else 60.
Clock      None: the measure is answers, not seconds.
Check      Each answer that is called right is computed again here, with fractions; no puzzle may have used
           more calls than it was given. Exit 1 else.
Output     A row per budget and way: share solved with its 95 % interval (Wilson 1927), calls made. Then the
           difference to `rule` at the same budget, paired by puzzle: mean over the puzzles and its 95 %
           interval by bootstrap over puzzles (2,000 resamples); "better" and "worse" where that is on one
           side of zero. --json for machines.

    bench/bench_root.py build/release/crux --full
"""
import argparse
import json
import os
import pathlib
import random
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bench_gain import really_right, solve, wilson
from bench_linear import run

RESAMPLES = 2000
WAYS = {"rule": [], "gumbel": ["--root", "gumbel"], "budget": ["--selection", "budget"]}


def train(crux, work, lines):
    """The critic, as --critic takes it."""
    (work / "train.jsonl").write_text("".join(lines), encoding="utf-8")
    run(crux, "generate", work / "train.jsonl", "--store", work / "train.db", "--critic", "execution=numbers",
        "--simulations", 200, "--children", 40, "--quiet")
    run(crux, "train", "--store", work / "train.db", "--critic", "execution", "--label", "score",
        "--out", work / "steps.linear", "--json")
    return f"linear:{work / 'steps.linear'}"


def measure(crux, lines, way, critic, calls, seeds):
    """How often each puzzle was solved, of so many seeds; calls made; faults."""
    problems = {row["id"]: row for row in map(json.loads, lines)}
    solved, made, faults = dict.fromkeys(problems, 0), 0, 0
    for seed in seeds:
        for row in solve(crux, "".join(lines),
                         ["--no-store", "--calls", str(calls), "--simulations", str(calls * 20), "--seed", str(seed),
                          "--critic", "outcome=numbers", "--critic", f"execution={critic}", *WAYS[way]]):
            problem, right = problems[row["id"]], row["verdict"] == "right"
            solved[row["id"]] += right
            made += row["calls"]
            faults += row["calls"] > calls or right != really_right(
                problem["numbers"], problem["target"], row["steps"])
    return {"way": way, "calls": calls, "solved": solved, "made": made, "faults": faults}


def difference(one, other, seeds):
    """Of shares solved, paired by puzzle: mean, and its interval by bootstrap over puzzles."""
    every = [(one["solved"][key] - other["solved"][key]) / seeds for key in one["solved"]]
    draw = random.Random(1)
    means = sorted(sum(draw.choices(every, k=len(every))) / len(every) for _ in range(RESAMPLES))
    return sum(every) / len(every), means[RESAMPLES // 40], means[-RESAMPLES // 40 - 1]


def row_of(found, base, seeds):
    hits, total = sum(found["solved"].values()), len(found["solved"]) * seeds
    low, high = wilson(hits, total)
    more, least, most = difference(found, base, seeds)
    return {"calls": found["calls"], "way": found["way"], "solved": hits, "searches": total, "low": low,
            "high": high, "calls_made": found["made"] / total, "more": more, "more_low": least, "more_high": most,
            "verdict": "better" if least > 0 else "worse" if most < 0 else "no difference shown",
            "faults": found["faults"]}


def print_text(rows):
    print("calls  way     solved        share   95 % interval   calls made  more than rule, paired")
    for row in rows:
        more = "" if row["way"] == "rule" else (f"{row['more']:+6.1%} ({row['more_low']:+.1%} .. "
                                                f"{row['more_high']:+.1%}): {row['verdict']}")
        print(f"{row['calls']:5}  {row['way']:6}  {row['solved']:5}/{row['searches']:<5}  "
              f"{row['solved'] / row['searches']:6.1%}  {row['low']:6.1%} .. {row['high']:6.1%}"
              f"  {row['calls_made']:10.1f}  {more}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("crux")
    parser.add_argument("--full", action="store_true", default=os.environ.get("CRUX_DEEP") == "1")
    parser.add_argument("--calls", type=int, nargs="+", default=[10, 30, 100, 300])
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--trained", type=int, default=30)
    parser.add_argument("--puzzles", type=int)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--critic", help="in place of the one that is trained")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    count = arguments.puzzles or (600 if arguments.full else 60)
    lines = run(arguments.crux, "problems", "game24").splitlines(keepends=True)
    random.Random(1).shuffle(lines)
    rows = []
    with tempfile.TemporaryDirectory(prefix="crux-root-") as folder:
        critic = arguments.critic or train(arguments.crux, pathlib.Path(folder), lines[:arguments.trained])
        tried = lines[arguments.trained:arguments.trained + count]
        for calls in arguments.calls:
            found = {way: measure(arguments.crux, tried, way, critic, calls, range(1, arguments.seeds + 1))
                     for way in dict.fromkeys(["rule", *arguments.ways])}
            rows += [row_of(one, found["rule"], arguments.seeds) for one in found.values()]
    faults = sum(row["faults"] for row in rows)
    if arguments.json:
        print(json.dumps({"rows": rows, "selfcheck": faults == 0}, indent=2))
    else:
        print_text(rows)
    if faults:
        print(f"bench_root: {faults} answers are not what they are called, or took too many calls", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
