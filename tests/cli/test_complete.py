#!/usr/bin/env python3
"""test_complete.py PROGRAM - an export of a set of stores is complete, or says which shards and problems it lacks."""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, main, puzzles

QUICK = ["--simulations", "20", "--quiet"]


def export(program, folder, *stores, more=()):
    words = [program, "export", "--to", str(folder), "--view", "trees", *more]
    for store in stores:
        words += ["--store", str(store)]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def shards(program, work):
    """A part alone names the others; with all of them nothing is lacking, and the input's number is there."""
    problems = puzzles(program, work / "thirty.jsonl", 30)
    stores = [work / f"{i}.db" for i in (1, 2, 3)]
    for i, store in enumerate(stores, 1):
        crux(program, "generate", problems, "--store", store, "--shard", f"{i}/3", *QUICK)
    done = export(program, work / "one", stores[1])
    insist(done.returncode == 6 and "lacks shards 1/3, 3/3" in done.stderr, f"{done.returncode} {done.stderr}")
    done = export(program, work / "one", stores[1], more=["--partial", "--force"])
    insist(done.returncode == 0 and "1/3" in done.stderr, f"--partial: {done.stderr}")
    done = export(program, work / "all", *stores)
    insist(done.returncode == 0 and "lacks" not in done.stderr, f"{done.returncode} {done.stderr}")
    for folder, finished in (("one", None), ("all", 30)):
        manifest = json.loads((work / folder / "manifest.json").read_text(encoding="utf-8"))
        insist(manifest["input"]["problems"] == 30, f"{folder}: {manifest['input']}")
        insist(finished in (None, manifest["problems"]["finished"]), f"{folder}: {manifest['problems']}")


def problems_without_a_tree(program, work):
    """Problems that wait are named, some of them; when all are there, none is."""
    problems, store = puzzles(program, work / "twenty.jsonl", 20), work / "cut.db"
    crux(program, "generate", problems, "--store", store, *QUICK, "--estimate", 4)
    done = export(program, work / "cut", store)
    insist(done.returncode == 6 and "lacks problems game24-" in done.stderr and "6 more" in done.stderr, done.stderr)
    crux(program, "generate", problems, "--store", store, *QUICK)
    done = export(program, work / "cut", store, more=["--force"])
    insist(done.returncode == 0 and "lacks" not in done.stderr, done.stderr)


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-complete-") as folder:
        shards(program, pathlib.Path(folder))
        problems_without_a_tree(program, pathlib.Path(folder))


main(test)
