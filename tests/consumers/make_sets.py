#!/usr/bin/env python3
"""make_sets.py PROGRAM MODEL_SERVER FOLDER - data sets for their consumers: every view of a run on puzzles,
FOLDER/puzzles/set, and of one on the fake server's word problems, FOLDER/words/set, whose wrong paths were
located, annotated and verified. Both are split into train and test.
"""

import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import DEEP, crux, insist, main, model_server, puzzles

SERVER, WORK = sys.argv[2], pathlib.Path(sys.argv[3])
PUZZLES = 1362 if DEEP else 5
WORDS = 200 if DEEP else 16


def fresh(name):
    work = WORK / name
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    return work


def export(program, work):
    crux(program, "export", "--store", work / "run.db", "--to", work / "set", "--split", "train=0.75,test=0.25")
    rows = json.loads((work / "set" / "manifest.json").read_text("utf-8"))["rows"]
    print(work.name, rows)
    return rows


def of_puzzles(program):
    work = fresh("puzzles")
    problems = puzzles(program, work / "problems.jsonl", PUZZLES)
    budget = [] if DEEP else ["--simulations", 100]
    crux(program, "generate", problems, "--store", work / "run.db", *budget)
    export(program, work)


def of_words(program):
    work = fresh("words")
    store = work / "run.db"
    problems = work / "problems.jsonl"
    with problems.open("w", encoding="utf-8") as out:
        subprocess.run([SERVER, "--problems", str(WORDS), "--operations", "2:4"], stdout=out, check=True)
    with model_server(SERVER) as url:
        at = ["--endpoint", url]
        crux(program, "generate", problems, "--store", store, *at, "--simulations", 24, "--children", 3)
        crux(program, "locate", "--store", store, *at)
        crux(program, "annotate", "--store", store, *at, "--annotator", "critique:style=blind,tries=6", "--rights")
        crux(program, "verify", "--store", store, *at)
    rows = export(program, work)
    insist(rows["verifier-rl"] > 0 and rows["critique-sft"] > 0, f"nothing is known of wrong paths: {rows}")


def test(program):
    of_puzzles(program)
    of_words(program)


if __name__ == "__main__":
    main(test)
