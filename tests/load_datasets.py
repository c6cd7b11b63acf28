#!/usr/bin/env python3
"""load_datasets.py FOLDER... - Hugging Face `datasets` loads exported folders as they
stand, offline: every configuration of the card by name, every part that has rows, as many as the
manifest says, exactly the declared features, and every value as its line has it. The lines
of Python in the card that make Parquet of it do so, with the same values.

Runs where `datasets` is installed (build/venv, which tests/run.sh fills).
"""

import json
import os
import pathlib
import sys
import tempfile


PARQUET_MOST = 10000  # rows of a view of which Parquet is made, too


class Failed(Exception):
    """The folder breaks a promise; the text says which."""


def lines_of(folder, view, split):
    found = [entry["path"] for entry in json.loads((folder / "manifest.json").read_text("utf-8"))["files"]
             if entry["path"].startswith(f"data/{view}/{split}-")]
    return [json.loads(line) for line in (folder / found[0]).read_text("utf-8").split("\n")[:-1]]


def insist_rows(name, rows, lines):
    if list(rows.features) != list(lines[0]):
        raise Failed(f"{name}: the features are not the members of a line")
    for number, (row, line) in enumerate(zip(rows, lines)):
        if row != line:
            raise Failed(f"{name}: row {number} is not what its line says")


def insist_view(folder, view, loaded, promised):
    """promised: rows by part. A part without rows is not there."""
    if set(loaded) != {split for split, count in promised.items() if count > 0}:
        raise Failed(f"{view}: the parts {set(loaded)} were loaded, and there are {promised}")
    for split, rows in loaded.items():
        lines = lines_of(folder, view, split)
        if not len(rows) == len(lines) == promised[split]:
            raise Failed(f"{view}, {split}: {len(rows)} rows loaded, {len(lines)} lines, {promised[split]} promised")
        insist_rows(f"{view}, {split}", rows, lines)


def insist_parquet(folder, view, splits, work):
    """Run what the card says for another view than that which it names."""
    import pyarrow.parquet

    card = (folder / "README.md").read_text("utf-8")
    code = card[card.index("import pyarrow"):].split("```")[0].replace("PATH/OF/THIS/FOLDER", str(folder))
    code = "\n".join(f'view = "{view}"\n{line}' if line.startswith("for split") else line for line in code.split("\n"))
    here = os.getcwd()
    os.chdir(work)
    exec(compile(code, "card", "exec"), {})  # pylint: disable=exec-used
    os.chdir(here)
    for split in splits:
        rows = pyarrow.parquet.read_table(pathlib.Path(work, f"{view}-{split}.parquet")).to_pylist()
        if rows != lines_of(folder, view, split):
            raise Failed(f"{view}, {split}: Parquet has other rows")


def insist_folder(folder, cache):
    """Raise Failed unless datasets loads all of folder; answer how many views it has."""
    os.environ.update(HF_HOME=str(cache), HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")
    import datasets  # reads the environment when it is imported

    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    filled = [view for view, rows in manifest["rows"].items() if rows > 0]
    names = datasets.get_dataset_config_names(str(folder))
    if sorted(names) != sorted(filled):
        raise Failed(f"the card has {names}, the manifest has rows of {filled}")
    for view in names:
        promised = {split: about["rows"][view] for split, about in manifest["splits"].items()}
        loaded = datasets.load_dataset(str(folder), view)
        insist_view(folder, view, loaded, promised)
        if manifest["rows"][view] < PARQUET_MOST:
            insist_parquet(folder, view, list(loaded), cache)
    default = datasets.load_dataset(str(folder))
    if sum(map(len, default.values())) != manifest["rows"][filled[0]]:
        raise Failed(f"without a name it is not {filled[0]} that is loaded")
    return len(names)


def main():
    for folder in sys.argv[1:]:
        with tempfile.TemporaryDirectory(prefix="crux-datasets-") as cache:
            try:
                count = insist_folder(pathlib.Path(folder).resolve(), pathlib.Path(cache))
            except Failed as failure:
                print(f"FAILED: {folder}: {failure}")
                return 1
        print(f"{folder}: {count} views load")
    return 0


if __name__ == "__main__":
    sys.exit(main())
