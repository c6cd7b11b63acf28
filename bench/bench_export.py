#!/usr/bin/env python3
"""bench_export.py PROGRAM [--trees N] - how fast does a store become a data set, and in how much memory?

Question   How many megabytes of rows come out of a second of processor time, and how much memory does it
           take, however many trees there are?
Workload   N puzzles of four numbers whose target random operations reach, a tree of each by the embedded
           policy, with --calls CALLS a tree. Their store is kept with --keep FILE, and used if it is there.
           Then `crux export` of the views (--view, default critique and trees).
Clock      Processor time, user and system, of the exporting process as wait4() tells it, the best of --runs.
           Writing to the disk is in it, waiting for it is not.
Memory     The largest resident set of that process, likewise.
Check      Every file has as many lines as the manifest says, and its hash; two exports have the same.
Output     A table, or with --json one object. The exit status is 1 when the check fails, or when a --least
           (MB a second) or --most (MB of memory) is not kept.

    bench/bench_export.py build/release/crux --trees 100000 --least 50 --most 200
"""
import argparse
import hashlib
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile

MB = 1e6


def puzzle(index):
    """Four numbers and what random operations make of them."""
    draw = random.Random(index)
    while True:
        numbers = [draw.randint(1, 13) for _ in range(4)]
        left = list(numbers)
        while len(left) > 1:
            a, b = left.pop(draw.randrange(len(left))), left.pop(draw.randrange(len(left)))
            left.append(draw.choice((a + b, a * b, abs(a - b))))
        if left[0] > 0:
            return {"id": f"made-{index:06}", "numbers": numbers, "target": left[0]}


def run(words):
    """Its exit status, processor seconds and largest resident set in bytes."""
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        process = subprocess.Popen([*map(str, words)], stderr=nowhere)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{words}: exit status {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss * 1024


def read(path):
    """Its SHA-256, bytes and lines."""
    hashed, size, lines = hashlib.sha256(), 0, 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            hashed.update(piece)
            size += len(piece)
            lines += piece.count(b"\n")
    return hashed.hexdigest(), size, lines


class Bench:
    def __init__(self, arguments, folder):
        self.arguments, self.folder = arguments, folder
        self.store = arguments.keep or folder / "run.db"

    def search(self):
        if self.store.exists():
            return
        problems = self.folder / "puzzles.jsonl"
        with problems.open("w", encoding="utf-8") as out:
            for index in range(self.arguments.trees):
                print(json.dumps(puzzle(index)), file=out)
        run([self.arguments.program, "generate", problems, "--store", self.store, "--quiet", "--calls",
             self.arguments.calls])

    def export(self):
        """One export: seconds, memory, bytes of rows, and hashes of all files by name."""
        to = self.folder / "out"
        views = [word for view in self.arguments.view for word in ("--view", view)]
        seconds, memory = run([self.arguments.program, "export", "--store", self.store, "--to", to, *views,
                               *self.arguments.options])
        manifest = json.loads((to / "manifest.json").read_text(encoding="utf-8"))
        size, lines, hashes = 0, 0, {}
        for entry in manifest["files"]:
            found, length, count = read(to / entry["path"])
            if found != entry["sha256"] or length != entry["bytes"]:
                sys.exit(f"{entry['path']}: its hash or size is not that of the manifest")
            hashes[entry["path"]] = found
            size += length if entry["path"].endswith(".jsonl") else 0
            lines += count if entry["path"].endswith(".jsonl") else 0
        rows = sum(manifest["rows"].values())
        if lines != rows:
            sys.exit(f"{lines} lines, and the manifest says {rows} rows")
        shutil.rmtree(to)
        return {"seconds": seconds, "memory": memory, "bytes": size, "rows": rows, "hashes": hashes}

    def measure(self):
        runs = [self.export() for _ in range(max(2, self.arguments.runs))]
        if any(one["hashes"] != runs[0]["hashes"] for one in runs):
            sys.exit("two exports of one store differ")
        best = min(runs, key=lambda one: one["seconds"])
        return {
            "trees": self.arguments.trees,
            "rows": best["rows"],
            "megabytes": best["bytes"] / MB,
            "seconds": best["seconds"],
            "megabytes_per_s": best["bytes"] / MB / best["seconds"],
            "memory_megabytes": max(one["memory"] for one in runs) / MB,
        }


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("--trees", type=int, default=200)
    parser.add_argument("--calls", type=int, default=64)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--view", action="append", help="may be repeated")
    parser.add_argument("--keep", type=pathlib.Path, help="the store's file")
    parser.add_argument("--work", type=pathlib.Path, help="where the folder is written")
    parser.add_argument("--least", type=float, default=0.0)
    parser.add_argument("--most", type=float, default=float("inf"))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("options", nargs="*", help="of crux export, behind --")
    arguments = parser.parse_args()
    arguments.view = arguments.view or ["critique", "trees"]
    with tempfile.TemporaryDirectory(prefix="crux-export-", dir=arguments.work) as folder:
        bench = Bench(arguments, pathlib.Path(folder))
        bench.search()
        found = bench.measure()
    if arguments.json:
        print(json.dumps(found))
    else:
        for name, value in found.items():
            print(f"{name:18} {value:12,.1f}" if isinstance(value, float) else f"{name:18} {value:12,}")
    return 0 if found["megabytes_per_s"] >= arguments.least and found["memory_megabytes"] <= arguments.most else 1


if __name__ == "__main__":
    sys.exit(main())
