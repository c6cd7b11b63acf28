#!/usr/bin/env python3
"""datasets_load.py PROGRAM - Hugging Face `datasets` loads an exported folder as it
stands: every view by its name, offline, with the declared features and every row.

Runs in build/venv, which tests/run.sh fills.
"""

import json
import os
import pathlib
import tempfile

from support import Failed, crux, main, puzzles

VIEWS = ("critique", "trees")


def load(folder, view, cache):
    os.environ.update(HF_HOME=str(cache), HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")
    import datasets  # reads the environment when it is imported

    return datasets.load_dataset(str(folder), view, split="train")


def insist_all_rows(rows, folder, view):
    lines = (folder / "data" / view / "train-00000-of-00001.jsonl").read_text("utf-8").splitlines()
    if not lines or len(rows) != len(lines):
        raise Failed(f"view {view}: {len(rows)} rows loaded of {len(lines)} lines")
    if rows.info.features is None or set(rows.features) != set(json.loads(lines[0])):
        raise Failed(f"view {view}: the features are not the fields of a line")
    for index in (0, len(lines) - 1):
        if rows[index] != json.loads(lines[index]):
            raise Failed(f"view {view}: row {index} is not what its line says")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-datasets-") as name:
        work = pathlib.Path(name)
        problems = puzzles(program, work / "problems.jsonl", 30)
        crux(program, "generate", problems, "--store", work / "run.db", "--simulations", 200)
        views = [word for view in VIEWS for word in ("--view", view)]
        crux(program, "export", "--store", work / "run.db", "--to", work / "set", *views)
        for view in VIEWS:
            rows = load(work / "set", view, work / "cache")
            insist_all_rows(rows, work / "set", view)
            print(f"view {view}: {len(rows)} rows, {len(rows.features)} features", flush=True)


if __name__ == "__main__":
    main(test)
