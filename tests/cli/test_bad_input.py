#!/usr/bin/env python3
"""test_bad_input.py PROGRAM - bad input is named, skipped or refused, and loses nothing.

A bad line is reported with file, line, field and what was expected, and skipped with a
count (exit status 6); --strict stops at it (3). A store that cannot be used is 4.
"""

import contextlib
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import insist, insist_same, main, puzzles

GOOD = b'{"id": "good", "problem": "make 24", "numbers": [1, 1, 4, 6], "target": 24}\n'
QUICK = ["--simulations", "20", "--quiet"]

# What stands in the line, and words its complaint must have besides file and line.
BAD_LINES = {
    "not JSON": (b'{"id": "x", nope}\n', []),
    "cut short": (b'{"id": "x"\n', []),
    "not an object": (b"[1, 2]\n", ["object"]),
    "no question": (b'{"id": "a", "problem": "  "}\n', ["problem", "question"]),
    "id is no string": (b'{"id": [7], "problem": "p"}\n', ["id", "string"]),
    "id is empty": (b'{"id": "", "problem": "p"}\n', ["id"]),
    "id is too long": (b'{"id": "' + b"x" * 201 + b'", "problem": "p"}\n', ["id", "200"]),
    "control character in id": (b'{"id": "a\\u0007b", "problem": "p"}\n', ["id"]),
    "neither problem nor numbers": (b'{"id": "x"}\n', ["problem"]),
    "problem is no string": (b'{"id": "x", "problem": 3}\n', ["problem", "string"]),
    "duplicate id": (b'{"id": "good", "problem": "again"}\n', ["good"]),
    "invalid UTF-8": (b'{"id": "x", "problem": "\xff\xfe"}\n', []),
    "NUL byte": (b'{"id": "x", "problem": "a\x00b"}\n', []),
    "NUL escape": (b'{"id": "x", "problem": "a\\u0000b"}\n', []),
    "numbers is no array": (b'{"id": "x", "problem": "p", "numbers": 4}\n', ["numbers"]),
    "no numbers at all": (b'{"id": "x", "problem": "p", "numbers": []}\n', ["numbers"]),
    "too many numbers": (b'{"id": "x", "problem": "p", "numbers": [1,2,3,4,5,6,7]}\n', ["numbers", "6"]),
    "a number out of range": (b'{"id": "x", "problem": "p", "numbers": [1000001]}\n', ["numbers"]),
    "a number beyond 64 bits": (b'{"id": "x", "problem": "p", "numbers": [9e99]}\n', ["numbers"]),
    "a number that is none": (b'{"id": "x", "problem": "p", "numbers": ["4"]}\n', ["numbers"]),
    "a target out of range": (b'{"id": "x", "problem": "p", "numbers": [1], "target": 1000000001}\n', ["target"]),
    "a use that there is not": (b'{"id": "x", "problem": "p", "numbers": [1], "use": "some"}\n', ["use"]),
    "an answer that is no string": (b'{"id": "x", "problem": "p", "answer": []}\n', ["answer"]),
    "nested too deep": (b'{"id": "x", "deep": ' + b"[" * 5000 + b"]" * 5000 + b"}\n", []),
}


def run(program, *words, stdin=b""):
    return subprocess.run([program, *map(str, words)], input=stdin, capture_output=True, check=False, timeout=300)


def insist_told(done, status, words, what):
    """It ended so, and standard error has all these words in one line."""
    text = done.stderr.decode("utf-8", "replace")
    insist(done.returncode == status, f"{what}: exit status {done.returncode}, not {status}:\n{text[-2000:]}")
    lines = [line for line in text.splitlines() if all(word in line for word in words)]
    insist(lines, f"{what}: no line with {words} in:\n{text[-2000:]}")
    insist(len(lines[0]) < 1000, f"{what}: the complaint is {len(lines[0])} characters long")


# --- lines ----------------------------------------------------------------------------


def bad_lines(program, work):
    """Each is named with its line, skipped and counted; the good ones are searched."""
    path = work / "problems.jsonl"
    for number, (what, (line, words)) in enumerate(BAD_LINES.items()):
        path.write_bytes(GOOD + line)
        store = work / f"line{number}.db"
        done = run(program, "generate", path, "--store", store, *QUICK)
        insist_told(done, 6, ["problems.jsonl:2", *words], what)
        insist_told(done, 6, ["1 of 1 problems done"], what)
        insist_told(done, 6, ["1 lines skipped"], what)
        strict = run(program, "generate", path, "--store", work / "strict.db", "--strict", *QUICK)
        insist_told(strict, 3, ["problems.jsonl:2", *words], f"{what}, --strict")
        insist(not (work / "strict.db").exists(), f"{what}, --strict: a store was made")


def huge_line(program, work):
    """A line of 64 MiB is a bad line like others, at a bounded price."""
    path = work / "huge.jsonl"
    with path.open("wb") as file:
        file.write(GOOD + b'{"id": "huge", "problem": "')
        for _ in range(64):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n' + GOOD.replace(b"good", b"last"))
    done = run(program, "generate", path, "--store", work / "huge.db", *QUICK)
    insist_told(done, 6, ["huge.jsonl:2"], "a line of 64 MiB")
    insist_told(done, 6, ["2 of 2 problems done"], "a line of 64 MiB")
    path.unlink()


def no_problems(program, work):
    """A file without a problem is refused, whatever the reason."""
    cases = {"empty": b"", "only empty lines": b"\n\n", "only bad lines": b"nope\n"}
    for what, content in cases.items():
        path = work / "none.jsonl"
        path.write_bytes(content)
        done = run(program, "generate", path, "--store", work / "none.db", *QUICK)
        insist_told(done, 3, ["none.jsonl"], f"{what} file")
        insist(not (work / "none.db").exists(), f"{what} file: a store was made")
    insist_told(run(program, "solve", "-"), 3, [], "empty standard input")
    insist_told(run(program, "solve", work / "missing.jsonl"), 3, ["missing.jsonl"], "a missing file")
    insist_told(run(program, "solve", work), 3, [work.name], "a folder for a file")


def last_line_without_end(program):
    """A last line needs no newline, and lines may end as on Windows."""
    line = GOOD.rstrip(b"\n")
    for ending in (b"", b"\r\n"):
        done = run(program, "solve", "-", "--json", *QUICK, stdin=line + ending)
        insist(done.returncode == 0 and done.stdout.count(b"\n") == 1, f"a line ending in {ending}")


def control_characters(program, work):
    """What a terminal would obey never reaches it."""
    path = work / "escape.jsonl"
    path.write_bytes(GOOD + b'{"id": "x\\u001b[31m", "problem": "p"}\n{"\x1b[2J": 1}\n')
    done = run(program, "solve", path, *QUICK)
    insist(b"\x1b" not in done.stderr + done.stdout, "an escape sequence came through")


# --- stores ------------------------------------------------------------------------------


def generate(program, problems, store, *more):
    return run(program, "generate", problems, "--store", store, *QUICK, *more)


def unusable_stores(program, work, problems):
    """What is no store, or cannot be one, is named and left as it was."""
    text = work / "text.db"
    text.write_bytes(b"this is not a store, but somebody's letter\n" * 100)
    before = text.read_bytes()
    insist_told(generate(program, problems, text), 4, ["text.db"], "a text for a store")
    insist(text.read_bytes() == before, "a text for a store: it was changed")

    other = work / "other.db"
    with contextlib.closing(sqlite3.connect(other)) as base:
        base.execute("create table letters (line text)")
        base.commit()
    before = other.read_bytes()
    insist_told(generate(program, problems, other), 4, ["other.db"], "another program's database")
    insist(other.read_bytes() == before, "another program's database: it was changed")

    insist_told(generate(program, problems, work / "no" / "run.db"), 4, ["run.db"], "a folder that is not there")
    insist_told(generate(program, problems, work), 4, [work.name], "a folder for a store")
    for command in (["status"], ["show", "good"], ["export", "--to", work / "never"]):
        done = run(program, *command, "--store", work / "missing.db")
        insist_told(done, 4, ["missing.db"], f"{command[0]} without a store")
        insist(not (work / "missing.db").exists(), f"{command[0]} made a store")


def change_version(store, by):
    with contextlib.closing(sqlite3.connect(store)) as base:
        changed = base.execute("update store set version = version + ?", (by,)).rowcount
        base.commit()
    insist(changed == 1, "a store does not say its version")


def other_version(program, work, problems):
    """A store of another version is refused and left as it was."""
    store = work / "version.db"
    insist(generate(program, problems, store).returncode == 0, "a run to begin with")
    change_version(store, 1)
    insist_told(generate(program, problems, store), 4, ["version"], "a newer store")
    insist_told(run(program, "status", "--store", store), 4, ["version"], "a newer store")
    change_version(store, -1)
    insist(generate(program, problems, store).returncode == 0, "the store again as it was")


def other_run(program, work, problems):
    """A store holds one run: other options or another input are named and refused."""
    store = work / "run.db"
    insist(generate(program, problems, store).returncode == 0, "a run to begin with")
    insist_told(generate(program, problems, store, "--seed", 5), 2, ["seed"], "another seed")
    insist(generate(program, problems, store, "--workers", 1).returncode == 0, "other workers are fine")
    other = puzzles(program, work / "other.jsonl", 3)
    insist_told(generate(program, other, store), 2, ["input"], "another input")


def second_writer(program, work, problems):
    """While a run writes a store, a second one is refused, and the first one finishes. It is paused meanwhile."""
    store = work / "busy.db"
    words = [program, "generate", str(problems), "--store", str(store), "--delay", "constant:200", "--in-flight", "2", *QUICK]
    with subprocess.Popen(words, stderr=subprocess.PIPE, bufsize=0) as first:
        while first.poll() is None and run(program, "ctl", "pause", "--store", store).returncode != 0:
            pass
        insist_told(run(program, *words[1:]), 4, ["busy.db"], "a second writer")
        insist(run(program, "ctl", "in-flight", 64, "--store", store).returncode == 0, "the first run has ended")
        insist(run(program, "ctl", "resume", "--store", store).returncode == 0, "the first run has ended")
        first.communicate()
    insist(first.returncode == 0, "the first writer was disturbed")


def read_only(program, work, problems):
    """A store in a place that cannot be written is refused. Root may write anywhere."""
    if os.geteuid() == 0:
        place = pathlib.Path("/proc/crux.db")
    else:
        folder = work / "locked"
        folder.mkdir(mode=0o555)
        place = folder / "crux.db"
    insist_told(generate(program, problems, place), 4, ["crux.db"], "a place that cannot be written")


@contextlib.contextmanager
def small_disk(work, size):
    """A file system of its own, soon full; None where nobody may mount one."""
    folder = work / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        yield None
        return
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def full_disk(program, work):
    """A full disk ends the run with 4; with room it goes on to the same data."""
    problems = puzzles(program, work / "many.jsonl", 60)
    more = ["--simulations", "100", "--order", "issued", "--store-patience", "1"]
    with small_disk(work, "300k") as disk:
        if disk is None:
            print("SKIPPED: a full disk (no file system can be mounted here)", flush=True)
            return
        full = generate(program, problems, disk / "full.db", *more)
        insist_told(full, 4, ["full.db"], "a full disk")
        for path in disk.glob("full.db*"):
            shutil.copy(path, work)
    kept = run(program, "status", "--store", work / "full.db")
    insist(kept.returncode == 0, f"after a full disk: {kept.stderr.decode()}")
    insist(generate(program, problems, work / "full.db", *more).returncode == 0, "going on after a full disk")
    insist(generate(program, problems, work / "roomy.db", *more).returncode == 0, "a run with room")
    for name in ("full", "roomy"):
        done = run(program, "export", "--store", work / f"{name}.db", "--to", work / f"{name}-data")
        insist(done.returncode == 0, f"export of {name}: {done.stderr.decode()}")
    insist_same(work / "roomy-data", work / "full-data", "after a full disk")


def full_output(program, problems):
    """Standard output on a full disk is no success, and is told once, with its cause."""
    for words in (["problems", "game24"], ["solve", problems, "--simulations", "5"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([program, *map(str, words)], stdout=full, stderr=subprocess.PIPE, check=False)
        insist_told(done, 4, ["standard output", "No space left"], f"{words}: standard output is full")
        insist(done.stderr.count(b"standard output") == 1, f"told more than once: {done.stderr.decode()}")


def stores_without_a_run(program, work):
    """Links that go in a circle are no store, which doctor says, too; one without a run is called so."""
    (work / "round.db").symlink_to("about.db")
    (work / "about.db").symlink_to("round.db")
    done = run(program, "doctor", "--store", work / "round.db")
    insist(done.returncode == 1 and b"Too many levels" in done.stdout, f"doctor of links in a circle: {done.stdout.decode()}")
    (work / "empty.db").touch()
    for words in (["export", "--to", work / "nothing"], ["status"], ["cost"], ["show", "p"]):
        done = run(program, words[0], *words[1:], "--store", work / "empty.db")
        insist_told(done, 4, ["no run has begun in it"], f"{words[0]} of an empty store")


def unusable_folders(program, work, problems):
    """An export never touches what is there without --force, nor what is no data set folder."""
    store = work / "folders.db"
    insist(generate(program, problems, store).returncode == 0, "a run to begin with")
    there = work / "there"
    there.mkdir()
    (there / "letter.txt").write_text("dear reader")
    done = run(program, "export", "--store", store, "--to", there)
    insist_told(done, 4, ["there", "--force"], "a folder that is there")
    insist((there / "letter.txt").exists(), "a folder that is there: it was changed")
    done = run(program, "export", "--store", store, "--to", work / "new", "--view", "nothing")
    insist_told(done, 2, ["nothing", "critique"], "a view that there is not")
    insist(not (work / "new").exists(), "a view that there is not: a folder was made")
    done = run(program, "show", "nobody", "--store", store)
    insist(done.returncode in (2, 3) and b"nobody" in done.stderr, "show of an unknown id")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-bad-") as folder:
        work = pathlib.Path(folder)
        problems = work / "good.jsonl"
        problems.write_bytes(GOOD)
        many = puzzles(program, work / "some.jsonl", 20)
        bad_lines(program, work)
        huge_line(program, work)
        no_problems(program, work)
        last_line_without_end(program)
        control_characters(program, work)
        unusable_stores(program, work, problems)
        other_version(program, work, problems)
        other_run(program, work, problems)
        second_writer(program, work, many)
        read_only(program, work, problems)
        full_disk(program, work)
        full_output(program, many)
        stores_without_a_run(program, work)
        unusable_folders(program, work, problems)


if __name__ == "__main__":
    main(test)
