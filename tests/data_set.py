#!/usr/bin/env python3
"""data_set.py PROGRAM FOLDER - what a newcomer makes: puzzles searched with default
options, exported to FOLDER/set in the views that are checked; and all views of a few of them,
split, to FOLDER/split.

Nearly every puzzle must have a right path.
"""

import json
import pathlib
import shutil
import sys

from support import DEEP, Failed, crux, main, puzzles

VIEWS = ("critique", "processbench", "trees")
FEW = 24
PUZZLES = 1362 if DEEP else 300
SOLVED = 1300 / 1362


def test(program):
    work = pathlib.Path(sys.argv[2])
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    store = work / "run.db"
    crux(program, "generate", puzzles(program, work / "puzzles.jsonl", PUZZLES), "--store", store)
    crux(program, "export", "--store", store, "--to", work / "set",
         *(word for view in VIEWS for word in ("--view", view)))
    problems = json.loads(crux(program, "status", "--store", store, "--json"))["problems"]
    print(problems)
    if problems["finished"] != PUZZLES:
        raise Failed(f"{problems['finished']} of {PUZZLES} puzzles are finished")
    if problems["with_right"] < SOLVED * PUZZLES:
        raise Failed(f"{problems['with_right']} of {PUZZLES} puzzles have a right path")
    few = work / "few.db"
    crux(program, "generate", puzzles(program, work / "few.jsonl", FEW), "--store", few, "--calls", 100)
    crux(program, "export", "--store", few, "--to", work / "split", "--split", "train=0.8,test=0.199,dev=0.001")


if __name__ == "__main__":
    main(test)
