#!/usr/bin/env python3
"""test_terminal.py PROGRAM - what a terminal gets, and a pipe does not.

The program runs on a pseudo terminal: progress is one line that is written anew, and
marks have colours; with NO_COLOR, or in a pipe, there is no escape sequence at all.
"""

import os
import pathlib
import pty
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, main, puzzles

ESCAPE = b"\x1b["


def on_terminal(words, **more):
    """Run with all three streams on a terminal; what it showed."""
    environment = {name: text for name, text in os.environ.items() if name != "NO_COLOR"}
    environment.update(TERM="xterm", **more)
    ours, theirs = pty.openpty()
    shown = b""
    with subprocess.Popen(words, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        try:
            while chunk := os.read(ours, 65536):
                shown += chunk
        except OSError:
            pass  # the program closed its side: how a terminal ends
    os.close(ours)
    insist(process.returncode == 0, f"{words}: exit status {process.returncode}: {shown[-500:]}")
    return shown


def progress(program, problems, work):
    """One line, written anew, and gone in the end; a pipe gets whole lines."""
    words = [program, "generate", str(problems), "--store", str(work / "run.db"), "--delay", "lognormal:5"]
    shown = on_terminal(words)
    insist(b"\r\x1b[K" in shown and b" left" in shown, f"no progress line: {shown[-500:]}")
    insist(shown.rpartition(b"\r\x1b[K")[2].lstrip().startswith(b"crux: "), "the line was left standing")
    quiet = on_terminal([*words[:3], "--store", str(work / "quiet.db"), "--quiet"])
    insist(ESCAPE not in quiet, "--quiet shows a progress line")


def colours(program, problems, work):
    """The outline is coloured on a terminal, and nowhere else."""
    identity = problems.read_text().split('"')[3]
    words = [program, "show", identity, "--store", str(work / "run.db")]
    insist(ESCAPE in on_terminal(words), "no colours on a terminal")
    insist(ESCAPE not in on_terminal(words, NO_COLOR="1"), "colours despite NO_COLOR")
    insist(ESCAPE not in crux(*words).encode(), "colours in a pipe")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-terminal-") as folder:
        work = pathlib.Path(folder)
        problems = puzzles(program, work / "problems.jsonl", 10)
        progress(program, problems, work)
        colours(program, problems, work)


if __name__ == "__main__":
    main(test)
