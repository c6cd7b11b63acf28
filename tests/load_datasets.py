#!/usr/bin/env python3
"""load_datasets.py FOLDER - Hugging Face `datasets` loads an exported folder as it
stands, offline: every configuration of its card by name, as many rows as the
manifest says, exactly the declared features, and every value as its line has it.

Runs where `datasets` is installed (build/venv, which tests/run.sh fills).
"""

import json
import os
import pathlib
import sys
import tempfile


class Failed(Exception):
    """The folder breaks a promise; the text says which."""


def lines_of(folder, view):
    path = folder / "data" / view / "train-00000-of-00001.jsonl"
    return [json.loads(line) for line in path.read_text("utf-8").split("\n")[:-1]]


def insist_view(folder, view, rows, promised):
    lines = lines_of(folder, view)
    if not len(rows) == len(lines) == promised:
        raise Failed(f"{view}: {len(rows)} rows loaded, {len(lines)} lines, {promised} promised")
    if list(rows.features) != list(lines[0]):
        raise Failed(f"{view}: the features are not the members of a line")
    for number, (row, line) in enumerate(zip(rows, lines)):
        if row != line:
            raise Failed(f"{view}: row {number} is not what its line says")


def insist_folder(folder, cache):
    """Raise Failed unless datasets loads all of folder; answer how many views it has."""
    os.environ.update(HF_HOME=str(cache), HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")
    import datasets  # reads the environment when it is imported

    promised = json.loads((folder / "manifest.json").read_text("utf-8"))["rows"]
    filled = [view for view, rows in promised.items() if rows > 0]
    names = datasets.get_dataset_config_names(str(folder))
    if sorted(names) != sorted(filled):
        raise Failed(f"the card has {names}, the manifest has rows of {filled}")
    for view in names:
        rows = datasets.load_dataset(str(folder), view, split="train")
        insist_view(folder, view, rows, promised[view])
    default = datasets.load_dataset(str(folder), split="train")
    if len(default) != promised[filled[0]]:
        raise Failed(f"without a name it is not {filled[0]} that is loaded")
    return len(names)


def main():
    with tempfile.TemporaryDirectory(prefix="crux-datasets-") as cache:
        try:
            count = insist_folder(pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(cache))
        except Failed as failure:
            print(f"FAILED: {failure}")
            return 1
    print(f"{sys.argv[1]}: {count} views load")
    return 0


if __name__ == "__main__":
    sys.exit(main())
