#!/usr/bin/env python3
"""run_transcripts.py PROGRAM [FILE...] - the command line, as one would see it.

Reads transcripts (without FILE all *.txt beside this script) and does what they say.

    # a comment; an empty line parts two commands
    $ crux help nothing          a command, for a shell, in a folder of the transcript's own
    crux: there is no command    what it prints, both streams, line by line
    ...                          any number of lines, also none
    crux: [..] problems done     within a line: any text
    ? 2                          its exit status; without this line 0

The commands of one file share a folder, so a later one finds what an earlier one made.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile

SECONDS = 120


class Command:
    """One command of a transcript: what is typed, what should come."""

    def __init__(self, line, text):
        self.line, self.text = line, text
        self.expected, self.status = [], 0


def read(path):
    """The commands of a transcript."""
    commands = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("$ "):
            commands.append(Command(number, line[2:]))
        elif line.startswith("? ") and commands:
            commands[-1].status = int(line[2:])
        elif commands and line and not line.startswith("# "):
            commands[-1].expected.append(line)
        elif line and not line.startswith("#"):
            raise SystemExit(f"{path}:{number}: output before the first command")
    return commands


def pattern(expected):
    """A regular expression over whole lines."""
    parts = []
    for line in expected:
        if line == "...":
            parts.append(r"(?:[^\n]*\n)*?")
        else:
            parts.append(".*?".join(re.escape(part) for part in line.split("[..]")) + r"\n")
    return re.compile("".join(parts))


def play(command, folder, environment):
    """Do one command; a sentence if it did not go as written."""
    done = subprocess.run(
        ["sh", "-c", command.text], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS, check=False,
    )
    # Empty lines part commands in a transcript, so they are not compared.
    output = done.stdout.decode("utf-8", "backslashreplace")
    output = "".join(line + "\n" for line in output.splitlines() if line.strip())
    if done.returncode != command.status:
        return f"exit status {done.returncode}, not {command.status}:\n{output}"
    if pattern(command.expected).fullmatch(output) is None:
        return "it printed\n" + output + "where was expected\n" + "\n".join(command.expected)
    return None


def play_file(path, program):
    """How many commands of a transcript went wrong."""
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="crux-cli-") as folder:
        places = pathlib.Path(folder, "bin")
        places.mkdir()
        (places / "crux").symlink_to(program)
        environment = dict(os.environ, PATH=f"{places}:{os.environ['PATH']}", NO_COLOR="1", LC_ALL="C.UTF-8")
        work = pathlib.Path(folder, "work")
        work.mkdir()
        for command in read(path):
            sentence = play(command, work, environment)
            if sentence is not None:
                wrong += 1
                print(f"{path}:{command.line}: $ {command.text}\n{sentence}\n", flush=True)
    return wrong


def main():
    program = pathlib.Path(sys.argv[1]).resolve(strict=True)
    here = pathlib.Path(__file__).parent
    paths = [pathlib.Path(name) for name in sys.argv[2:] if name.endswith(".txt")] or sorted(here.glob("*.txt"))
    wrong = sum(play_file(path, program) for path in paths)
    print(f"{len(paths)} transcripts, {wrong} commands wrong")
    sys.exit(wrong > 0 or not paths)


if __name__ == "__main__":
    main()
