"""world.py - what the tests of the module share: puzzles, and places that go away. Run them as

CRUX=build/release/crux PYTHONPATH=examples/python python3 -m unittest discover -s examples/python/tests
"""

import contextlib
import functools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

import crux

MODULE = pathlib.Path(crux.__file__).resolve().parent.parent
STORES = pathlib.Path(os.environ.get("CRUX_STORES", pathlib.Path(__file__).resolve().parents[3] / "tests" / "stores"))


@functools.lru_cache(maxsize=None)
def all_puzzles():
    return subprocess.run([crux.program(), "problems", "game24"], capture_output=True, text=True, check=True).stdout


def puzzles(count):
    """Problems, spread over all of game24."""
    lines = all_puzzles().splitlines()
    return [json.loads(lines[int(i * len(lines) / count)]) for i in range(count)]


def old_stores():
    """Stores of every version before today's."""
    return sorted(path for path in STORES.glob("store*.db"))


def gone(pid, seconds=60):
    """Has the process ended, or does it within a time that no test should need?"""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
                if stat.read().rpartition(")")[2].split()[0] == "Z":
                    return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def script(work, text):
    """A program in Python that has the module."""
    path = pathlib.Path(work) / f"script{len(list(pathlib.Path(work).iterdir()))}.py"
    path.write_text(text, encoding="utf-8")
    return [sys.executable, "-B", str(path)], {**os.environ, "PYTHONPATH": str(MODULE), "CRUX": crux.program()}


class Case(unittest.TestCase):
    def setUp(self):
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        self.work = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crux-python-")))
