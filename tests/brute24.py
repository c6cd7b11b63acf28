#!/usr/bin/env python3
"""brute24.py - the list of solvable puzzles, found a second time in another way.

Of every four numbers 1 .. 13 all orders, all operators and all five ways to set
parentheses are written out and computed in Fractions. The program's list must be
these puzzles and no others, in order, each with an id of its own that a second call
repeats.

    brute24.py CRUX
"""
import itertools
import json
import multiprocessing
import operator
import subprocess
import sys
from fractions import Fraction

TARGET = 24
HIGHEST = 13
OPERATORS = (operator.add, operator.sub, operator.mul, operator.truediv)
SHAPES = (
    lambda a, f, b, g, c, h, d: h(g(f(a, b), c), d),  # ((a f b) g c) h d
    lambda a, f, b, g, c, h, d: h(f(a, g(b, c)), d),  # (a f (b g c)) h d
    lambda a, f, b, g, c, h, d: g(f(a, b), h(c, d)),  # (a f b) g (c h d)
    lambda a, f, b, g, c, h, d: f(a, h(g(b, c), d)),  # a f ((b g c) h d)
    lambda a, f, b, g, c, h, d: f(a, g(b, h(c, d))),  # a f (b g (c h d))
)


def solvable(numbers):
    orders = sorted(set(itertools.permutations(map(Fraction, numbers))))
    signs = list(itertools.product(OPERATORS, repeat=3))
    for (a, b, c, d), (f, g, h) in itertools.product(orders, signs):
        for shape in SHAPES:
            try:
                if shape(a, f, b, g, c, h, d) == TARGET:
                    return True
            except ZeroDivisionError:
                pass
    return False


def brute_force():
    every = list(itertools.combinations_with_replacement(range(1, HIGHEST + 1), 4))
    with multiprocessing.Pool(2) as pool:
        return [numbers for numbers, found in zip(every, pool.map(solvable, every, 16)) if found]


def listed(program):
    run = subprocess.run([program, "problems", "game24"], check=True, capture_output=True)
    return [json.loads(line) for line in run.stdout.decode("utf-8").splitlines()]


def faults(puzzles, again):
    """Sentences about what is wrong with the program's list by itself."""
    for puzzle in puzzles:
        if set(puzzle) != {"id", "problem", "numbers", "target"}:
            yield f"{puzzle}: other members than it must have"
        elif puzzle["numbers"] != sorted(puzzle["numbers"]) or puzzle["target"] != TARGET:
            yield f"{puzzle['id']}: not four sorted numbers and {TARGET}"
        elif puzzle["id"] != "game24-" + "-".join(map(str, puzzle["numbers"])):
            yield f"{puzzle['id']}: an id that does not say its numbers"
    if len({puzzle["id"] for puzzle in puzzles}) != len(puzzles):
        yield "an id is there twice"
    if puzzles != again:
        yield "a second call lists something else"


def main():
    if len(sys.argv) != 2:
        print("usage: brute24.py CRUX", file=sys.stderr)
        return 2
    puzzles = listed(sys.argv[1])
    found = list(faults(puzzles, listed(sys.argv[1])))
    theirs = [tuple(puzzle["numbers"]) for puzzle in puzzles]
    ours = brute_force()
    found += [f"{numbers}: listed, but nothing makes {TARGET}" for numbers in set(theirs) - set(ours)]
    found += [f"{numbers}: solvable, but not listed" for numbers in set(ours) - set(theirs)]
    if not found and theirs != ours:
        found.append("the puzzles are not in order")
    for sentence in found[:20]:
        print(f"brute24: {sentence}", file=sys.stderr)
    print(f"listed: {len(theirs)}, by brute force: {len(ours)}, faults: {len(found)}")
    return 1 if found or len(ours) != 1362 else 0


if __name__ == "__main__":
    sys.exit(main())
