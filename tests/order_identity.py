#!/usr/bin/env python3
"""order_identity.py PROGRAM - same seed, same bytes, whatever the speed.

With --order issued the export is the same for 1, 2 and 8 workers and for 1, 7 and 64
calls in flight, though replies arrive late and out of order. With one simulation in
flight a run repeats itself. Three shards exported together are the unsharded export.
Another seed gives another export: the comparison can fail.
"""

import itertools
import pathlib
import tempfile

from support import DEEP, Failed, contents, crux, insist_same, main, puzzles

SIMULATIONS = 200 if DEEP else 64


class Bench:
    """A folder of problems, stores and exports."""

    def __init__(self, program, work):
        self.program, self.work = program, work
        self.problems = puzzles(program, work / "problems.jsonl", 48 if DEEP else 12)

    def generate(self, name, *words):
        store = self.work / f"{name}.db"
        crux(self.program, "generate", self.problems, "--store", store,
             "--simulations", SIMULATIONS, *words)
        return store

    def export(self, name, *stores):
        folder = self.work / name
        sources = itertools.chain.from_iterable(("--store", store) for store in stores)
        crux(self.program, "export", *sources, "--to", folder, "--view", "critique", "--view", "trees")
        return folder

    def run(self, name, *words):
        return self.export(name, self.generate(name, *words))


def any_speed(bench):
    late = "--order issued --delay lognormal:5 --per-tree 16 --seed 3".split()
    first = None
    for workers, window in itertools.product((1, 2, 8), (64, 7, 1)):
        name = f"w{workers}-f{window}"
        folder = bench.run(name, *late, "--workers", workers, "--in-flight", window)
        first = first or folder
        insist_same(first, folder, f"{workers} workers, {window} in flight")
        print(f"{workers} workers, {window} in flight: same", flush=True)
    other = bench.run("seed4", *late[:-1], 4, "--workers", 2, "--in-flight", 64)
    if contents(other) == contents(first):
        raise Failed("another seed gave the same export")


def one_in_flight(bench):
    alone = "--per-tree 1 --workers 2 --seed 3".split()
    insist_same(bench.run("once", *alone), bench.run("twice", *alone), "one simulation in flight")
    print("one simulation in flight, twice: same", flush=True)


def shards(bench):
    issued = "--order issued --per-tree 16 --seed 3".split()
    whole = bench.run("whole", *issued)
    stores = [bench.generate(f"shard{i}", *issued, "--shard", f"{i}/3") for i in (1, 2, 3)]
    insist_same(whole, bench.export("merged", *stores), "three shards")
    insist_same(whole, bench.export("merged-back", *reversed(stores)), "three shards, backwards")
    print("three shards exported together: same", flush=True)


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-order-") as folder:
        bench = Bench(program, pathlib.Path(folder))
        any_speed(bench)
        one_in_flight(bench)
        shards(bench)


if __name__ == "__main__":
    main(test)
