"""data.py - what the scripts here share: a folder, or one made of rows.py; its files; the last word."""

import json
import pathlib
import sys
import tempfile

import rows


class Failed(Exception):
    """A consumer does not take the rows as they are; the text says why."""


def insist(fact, text):
    if not fact:
        raise Failed(text)


def files_of(folder, view):
    """Of every split, in the order of their names."""
    found = sorted((folder / "data" / view).glob("*-of-*.json*"))
    insist(found, f"{folder} has no rows of view {view}")
    return found


def rows_of(path):
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def lines_of(folder, view):
    """The rows of a view, as they stand in its files."""
    for path in files_of(folder, view):
        yield from rows_of(path)


def main(check, copies=1):
    """check(folder, scratch) of the folder that is named, or of rows made by hand (--self)."""
    with tempfile.TemporaryDirectory(prefix="crux-consumer-") as scratch:
        scratch = pathlib.Path(scratch)
        try:
            if sys.argv[1:2] == ["--self"]:
                folder = rows.write_set(scratch / "set", copies)
            else:
                folder = pathlib.Path(sys.argv[1]).resolve()
            check(folder, scratch)
        except Failed as failure:
            print(f"FAILED: {failure}")
            sys.exit(1)
