#!/usr/bin/env python3
"""bench_linear.py - what is a critic worth that was trained here, in seconds?

Question   Game of 24. A critic `linear` is trained on the trees of two thirds of some puzzles and
           measured by crux train on the last third. How often does it rank a step from which the
           target can still be made above a sibling from which it cannot; per depth; for states
           that were in no training pair; and what does search gain by it at equal policy calls?
Workload   Three equal parts of puzzles train and hold out, a fourth one is in no store: on that
           one the critic is measured again, by the scores that it gave in a search, against a
           solver of this script's own; and it is solved with and without the critic.
           900 and 300 puzzles with --full or CRUX_DEEP=1, else 180 and 60.
Clock      The wall's, for the whole of crux train: it must be below 60 seconds.
Check      Each score that the training was labelled by is solved again here, with fractions; so
           is every answer that is called right. No puzzle may have used more calls than it was
           given. The critic must rank at least 85 % of all pairs right, by crux train's measure
           and by this script's, and search with it must solve more, intervals apart. Exit 1 else.
Output     crux train's own table; this script's, with 95 % intervals (Wilson 1927; those of crux
           train are a bootstrap over problems); a row per budget and critic. --json for machines.

    bench/bench_linear.py build/release/crux --full
"""
import argparse
import functools
import itertools
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
from fractions import Fraction

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bench_gain import really_right, solve, wilson

TARGET = 24
LIMIT_SECONDS, LEAST_SHARE = 60, 0.85


def run(crux, *words):
    """Its standard output; anything but success ends the bench."""
    done = subprocess.run([crux, *map(str, words)], text=True, capture_output=True, check=False)
    if done.returncode != 0:
        sys.exit(f"crux {' '.join(map(str, words))} failed: {done.stderr}")
    return done.stdout


# --- the truth -------------------------------------------------------------------------------


@functools.lru_cache(None)
def reachable(left):
    """Can the target be made of these numbers, each used once?"""
    if len(left) == 1:
        return left[0] == TARGET
    for i, j in itertools.combinations(range(len(left)), 2):
        a, b = left[i], left[j]
        rest = left[:i] + left[i + 1:j] + left[j + 1:]
        made = {a + b, a - b, b - a, a * b}
        made |= {a / b} if b else set()
        made |= {b / a} if a else set()
        if any(reachable(tuple(sorted((*rest, one)))) for one in made):
            return True
    return False


def left_of(text):
    """The numbers that a step says are left."""
    return tuple(sorted(Fraction(word) for word in text.split("(left: ")[1].rstrip(")").split()))


def families(crux, store, work):
    """Every family of scored siblings of a store's trees: depth, and (left, score) of each."""
    folder = work / f"{store.name}.trees"
    run(crux, "export", "--store", store, "--to", folder, "--view", "trees")
    with (folder / "data/trees/train-00000-of-00001.jsonl").open(encoding="utf-8") as rows:
        for tree in map(json.loads, rows):
            below = {}
            for node in tree["nodes"][1:]:
                below.setdefault(node["parent"], []).append((left_of(node["text"]), node["score"]))
            for family in below.values():
                yield 4 - len(family[0][0]), family


# --- measuring ----------------------------------------------------------------------------------


def count_pairs(crux, store, work, seen):
    """[right, pairs] of every reachable step against every unreachable sibling, by group."""
    counts = {}
    for depth, family in families(crux, store, work):
        good = [child for child in family if reachable(child[0])]
        bad = [child for child in family if not reachable(child[0])]
        for (a, high), (b, low) in itertools.product(good, bad):
            unseen = (a not in seen) + (b not in seen)
            hit = 1.0 if high > low else 0.5 if high == low else 0.0
            for group in ("all", f"depth {depth}", ("all seen", "one unseen", "none seen")[unseen]):
                count = counts.setdefault(group, [0.0, 0])
                count[0] += hit
                count[1] += 1
    return counts


def wrong_labels(crux, store, work):
    """Scores of the exact critic that this script's solver does not confirm; states of pairs."""
    wrong, seen = 0, set()
    for _, family in families(crux, store, work):
        wrong += sum((score == 1.0) != reachable(left) for left, score in family)
        if len({score for _, score in family}) > 1:
            seen |= {left for left, _ in family}
    return wrong, seen


def measure_search(crux, lines, critic, calls, seed):
    """Share of puzzles solved with a critic at a budget of policy calls, and what was wrong."""
    problems = {row["id"]: row for row in map(json.loads, lines)}
    rows = solve(crux, "".join(lines),
                 ["--no-store", "--calls", str(calls), "--simulations", str(calls * 20),
                  "--seed", str(seed), "--critic", "outcome=numbers",
                  "--critic", f"execution={critic}", "--stop", "right=1,wrong=0"])
    faults = sum(row["calls"] > calls or (row["verdict"] == "right") != really_right(
        problems[row["id"]]["numbers"], TARGET, row["steps"]) for row in rows)
    hits = sum(row["verdict"] == "right" for row in rows)
    low, high = wilson(hits, len(rows))
    return {"critic": "linear" if critic != "none" else critic, "calls": calls, "solved": hits,
            "puzzles": len(rows), "low": low, "high": high, "faults": faults,
            "calls_made": sum(row["calls"] for row in rows) / len(rows)}


# --- the bench ----------------------------------------------------------------------------------


def bench(crux, work, size, arguments):
    lines = run(crux, "problems", "game24").splitlines(keepends=True)
    random.Random(arguments.seed).shuffle(lines)
    train, others = lines[:3 * size], lines[3 * size:4 * size]
    (work / "train.jsonl").write_text("".join(train), encoding="utf-8")
    (work / "others.jsonl").write_text("".join(others), encoding="utf-8")
    grow = ["--simulations", 200, "--children", 40, "--quiet"]
    run(crux, "generate", work / "train.jsonl", "--store", work / "train.db",
        "--critic", "execution=numbers", *grow)
    began = time.monotonic()
    table = json.loads(run(crux, "train", "--store", work / "train.db", "--critic", "execution",
                           "--label", "score", "--hold-out", 1 / 3, "--out",
                           work / "steps.linear", "--json"))
    seconds = time.monotonic() - began
    critic = f"linear:{work / 'steps.linear'}"
    run(crux, "generate", work / "others.jsonl", "--store", work / "others.db",
        "--critic", f"execution={critic}", *grow)
    wrong, seen = wrong_labels(crux, work / "train.db", work)
    pairs = count_pairs(crux, work / "others.db", work, seen)
    search = [measure_search(crux, others, one, calls, arguments.seed)
              for calls in arguments.calls for one in ("none", critic)]
    return {"trained": table, "seconds": seconds, "wrong_labels": wrong, "pairs": pairs,
            "search": search}


def failures(result):
    """Every check that did not hold, as a sentence."""
    every = result["trained"]["held_out"][0]
    hits, total = result["pairs"]["all"]
    plain, guided = result["search"][::2], result["search"][1::2]
    if result["seconds"] >= LIMIT_SECONDS:
        yield f"crux train took {result['seconds']:.0f} seconds"
    if result["wrong_labels"]:
        yield f"{result['wrong_labels']} labels are not what this script's solver says"
    if every["accuracy"] < LEAST_SHARE or hits < LEAST_SHARE * total:
        yield f"accuracy {every['accuracy']:.3f} and {hits / total:.3f}: not {LEAST_SHARE}"
    if any(row["faults"] for row in result["search"]):
        yield "an answer is not what it is called, or took more calls than it was given"
    if not any(one["high"] < two["low"] for one, two in zip(plain, guided)):
        yield "search with the critic does not solve more, intervals apart"


def print_text(result):
    trained = result["trained"]
    print(f"crux train: {trained['rows']} pairs of {trained['problems']} puzzles in "
          f"{result['seconds']:.1f} s; measured on {trained['held_out'][0]['problems']} others\n")
    print("by crux train       pairs  accuracy  95 % interval   calibration error")
    for row in trained["held_out"]:
        print(f"  {row['group']:14}  {row['rows']:7}  {row['accuracy']:7.1%}  "
              f"{row['accuracy_low']:6.1%} .. {row['accuracy_high']:6.1%}  "
              f"{row['calibration_error']:6.1%} ({row['calibration_error_low']:.1%} .. "
              f"{row['calibration_error_high']:.1%})")
    print("\nby this script      pairs  accuracy  95 % interval")
    for group, (hits, total) in sorted(result["pairs"].items()):
        low, high = wilson(hits, total)
        print(f"  {group:14}  {total:7}  {hits / total:7.1%}  {low:6.1%} .. {high:6.1%}")
    print("\ncalls  critic  solved         share  95 % interval   calls made  intervals apart")
    for plain, guided in zip(result["search"][::2], result["search"][1::2]):
        for row in (plain, guided):
            print(f"{row['calls']:5}  {row['critic']:6}  {row['solved']:5}/{row['puzzles']:<5}  "
                  f"{row['solved'] / row['puzzles']:6.1%}  {row['low']:6.1%} .. {row['high']:6.1%}"
                  f"  {row['calls_made']:10.1f}  "
                  f"{'yes' if plain['high'] < guided['low'] else 'no'}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("crux")
    parser.add_argument("--full", action="store_true", default=os.environ.get("CRUX_DEEP") == "1")
    parser.add_argument("--calls", type=int, nargs="+", default=[8, 16, 32])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="crux-linear-") as folder:
        result = bench(arguments.crux, pathlib.Path(folder), 300 if arguments.full else 60,
                       arguments)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        print_text(result)
    wrong = list(failures(result))
    for sentence in wrong:
        print(f"bench_linear: {sentence}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
