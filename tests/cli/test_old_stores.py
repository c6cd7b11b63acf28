#!/usr/bin/env python3
"""test_old_stores.py PROGRAM MODEL_SERVER - stores of yesterday, kept in tests/stores: each was
written by the program of the commit in its name, which stands behind the versions of its parts.

    store1 tree1            before trees had targets
    store1 tree2            before there was a ledger
    store1 tree2 ledger1    until 2a97603

Stores of puzzles have half of them done, by --limit-calls; those of a served run are whole, page size
and free pages aside. golden.json has the hashes of the rows that 2a97603 exported from each, and
from its own puzzles when it had finished them; but in view critique of served runs a first wrong step
that nothing proves is -1. 979f374 was run with --no-logprobs: with them it sent
a parameter that is sent no more, so that its keys are those of other questions."""

import contextlib
import hashlib
import json
import pathlib
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, instants, log_rows, main, model_server, seconds_of

SERVER = sys.argv[2]
HOME = pathlib.Path(__file__).resolve().parent.parent / "stores"
GOLDEN = json.loads((HOME / "golden.json").read_text(encoding="utf-8"))
VIEWS = ("critique", "trees")
VERSION = 3
LATER = re.compile(rb', "style": "", "model": "", "points_at": -?\d+\}|, "location": \{"how": .*\}(?=\n)')
LISTS = re.compile(rb'"steps": \[(?:"(?:[^"\\]|\\.)*"(?:, )?)*\], "answer"')

PUZZLES = ["--workers", 1, "--calls", 20, "--order", "issued", "--per-tree", 4]
SERVED = ["--policy", "chat", "--children", 2, "--calls", 8, "--critic", "outcome=match", "--critic", "annotate=none",
          "--price-prompt", 1, "--price-completion", 2]

# Whose configuration lacks options of today is finished by the program that began it.
GOES_ON = ("store1-tree2-2a97603-puzzles.db",)
REFUSED = ("store1-tree1-2483c8d-puzzles.db", "store1-tree2-eca2668-puzzles.db")
LEDGERS = {"store1-tree2-ledger1-979f374-served.db": ["--no-logprobs"], "store1-tree2-ledger1-2a97603-served.db": []}


def copy_of(name, work):
    return pathlib.Path(shutil.copy(HOME / name, work / f"{time.monotonic_ns()}.db"))


def version_of(path):
    """The store's version, and whether it has what versions 2 and 3 have."""
    with contextlib.closing(sqlite3.connect(path)) as db:
        tables = {name for name, in db.execute("SELECT name FROM sqlite_schema")}
        return db.execute("SELECT version FROM store").fetchone()[0], {"finding", "seals"} <= tables


def exported(program, store, work):
    folder = work / f"{time.monotonic_ns()}"
    crux(program, "export", "--store", store, "--to", folder, "--partial")
    return folder


def rows_of(folder, view):
    """The rows as 2a97603 wrote them, in schema 2: rollouts of trees had no list of their steps then, nor
    trees one of thoughts and one of remarks, of which they have none; a critique had no style, what stands
    behind `provenance` was not there, and records had a list of pictures also where no problem has any."""
    rows = (folder / "data" / view / "train-00000-of-00001.jsonl").read_bytes()
    if view != "trees":
        return LATER.sub(b"}", rows).replace(b'", "numbers": [', b'", "images": [], "numbers": [')
    rows = rows.replace(b'{"schema": 4,', b'{"schema": 2,')
    return LISTS.sub(b'"answer"', rows).replace(b', "thoughts": []', b"").replace(b', "remarks": []', b"")


def insist_golden(folder, name):
    for view in VIEWS:
        insist(hashlib.sha256(rows_of(folder, view)).hexdigest() == GOLDEN[name][view], f"{name}: other rows in {view}")


def refused(program, status, words, *sentences):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    insist(done.returncode == status, f"{words}: exit status {done.returncode}, not {status}: {done.stderr}")
    for sentence in sentences:
        insist(sentence in done.stderr, f"{words}: does not say `{sentence}`: {done.stderr}")


def generate_puzzles(store):
    return ["generate", HOME / "puzzles.jsonl", "--store", store, "--quiet", *PUZZLES]


def read(program, work):
    """Whatever the version: show, status, cost and export, the same rows as ever; and no reader
    changes the version."""
    for name in sorted(path.name for path in HOME.glob("store*.db")):
        store = copy_of(name, work)
        finished = 4 if name in LEDGERS else 3
        with contextlib.closing(sqlite3.connect(store)) as db:
            first = db.execute("SELECT id FROM problem WHERE state = 1").fetchone()[0]
        insist(f"problems {finished} finished" in crux(program, "status", "--store", store), f"{name}: status")
        insist(first in crux(program, "show", "--store", store, first), f"{name}: show")
        insist(json.loads(crux(program, "show", "--json", "--store", store, first))["nodes"], f"{name}: show --json")
        paid = json.loads(crux(program, "cost", "--store", store, "--json"))["paid"]
        insist((paid["calls"] == 31) == (name in LEDGERS), f"{name}: cost says {paid}")
        insist_golden(exported(program, store, work), name)
        insist(version_of(store) == (1, False), f"{name}: a reader changed it to {version_of(store)}")


def replayed(program, work):
    """All replies come from an old ledger, in the order that it kept: the same rows. One without a
    ledger knows none."""
    for name, more in LEDGERS.items():
        again = work / f"again-{name}"
        words = ["generate", HOME / "questions.jsonl", "--store", again, *SERVED, *more, "--quiet"]
        old = copy_of(name, work)
        crux(program, *words, "--replay", old)
        insist_golden(exported(program, again, work), name)
        insist(version_of(old) == (1, False), f"{name}: a replay changed it")
    words[words.index(again)] = work / "none.db"
    words = [*words, "--profile", "vllm", "--model", "fake", "--route", "prefill", "--context", 8192]
    refused(program, 6, [*words, "--replay", copy_of(REFUSED[0], work)], "has no reply with key")


def gone_on_with(program, work):
    """Going on makes it one of this version, and ends in what the old program would have made."""
    for name in GOES_ON:
        store = copy_of(name, work)
        crux(program, *generate_puzzles(store))
        insist(version_of(store) == (VERSION, True), f"{name}: is of version {version_of(store)}")
        insist_golden(exported(program, store, work), "finished")


def served_on(program, work):
    """A served run goes on, too: what is in its ledger is asked of nobody, and the trees that were
    finished stay as they are."""
    store, log = copy_of("store1-tree2-ledger1-2a97603-served.db", work), work / "log.jsonl"
    before = rows_of(exported(program, store, work), "trees").splitlines()
    with contextlib.closing(sqlite3.connect(store)) as db, db:
        known = {key.hex() for key, in db.execute("SELECT key FROM replies")}
        db.execute("DELETE FROM tree WHERE ordinal > 1")  # as if it had been killed before
        db.execute("UPDATE problem SET state = 0, reason = NULL WHERE ordinal > 1")
    with model_server(SERVER, log=log) as url:
        crux(program, "generate", HOME / "questions.jsonl", "--store", store, "--endpoint", url, *SERVED)
    asked = {row["key"] for row in log_rows(log)}
    insist(not known & asked, "a reply of the old ledger was asked for again")
    insist(version_of(store) == (VERSION, True), "a served run went on without becoming one of this version")
    after = rows_of(exported(program, store, work), "trees").splitlines()
    insist(len(after) == 4 and after[:2] == before[:2], "finished trees did not stay as they were")


def not_gone_on_with(program, work):
    """What was begun with other options is refused, by their names, and stays as it is: the program
    that began it can finish it."""
    for name in REFUSED:
        store = copy_of(name, work)
        refused(program, 2, generate_puzzles(store), "was begun with no ", "max-tokens")
        insist(version_of(store) == (1, False), f"{name}: a run that was refused changed it")
        insist_golden(exported(program, store, work), name)


def killed(program, work):
    """Killed at any instant while it goes on: the store is of the old version or of the new one, whole,
    and goes on to the same end."""
    seen = set()
    takes = seconds_of(program, *generate_puzzles(copy_of(GOES_ON[0], work)))
    for round_, after in enumerate(instants(takes, 300)):
        if round_ >= 20 and len(seen) == 2:
            break
        store = copy_of(GOES_ON[0], work)
        words = [program, *map(str, generate_puzzles(store))]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(after)
            process.kill()
        version, findings = version_of(store)
        insist(findings == (version == VERSION), f"a kill left version {version}, findings: {findings}")
        seen.add(version)
        if round_ % 5 == 0:
            crux(program, *generate_puzzles(store))
            insist_golden(exported(program, store, work), "finished")
    insist(seen == {1, VERSION}, f"only version {seen} was seen: this was no test")


def by_hand(path, *statements):
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        for statement in statements:
            db.execute(statement)
    return path


def strangers(program, work):
    """What is no store, one of a later version or a damaged one is refused with a sentence that says
    so, by readers and writers, and is left as it is."""
    text = work / "text.db"
    text.write_text("this is no SQLite file at all, only text\n" * 20, encoding="utf-8")
    served = copy_of("store1-tree2-ledger1-2a97603-served.db", work)
    damaged = copy_of(GOES_ON[0], work)
    damaged.write_bytes(damaged.read_bytes()[:100] + b"\xff" * 3996 + damaged.read_bytes()[4096:])
    files = (
        (text, "it is no SQLite database, so no store of crux"),
        (by_hand(work / "other.db", "CREATE TABLE sheep(wool)"), "is a SQLite database, but no store of crux"),
        (by_hand(copy_of(GOES_ON[0], work), "UPDATE store SET version = 4"),
         "is a store of version 4; this program reads versions 1 to 3"),
        (damaged, "it is damaged"),
    )
    for path, sentence in files:
        before = path.read_bytes()
        for words in (["show", "game24-1-1-2-8", "--store", path], ["export", "--to", work / "no", "--store", path],
                      ["status", "--store", path], ["cost", "--store", path], generate_puzzles(path),
                      ["generate", HOME / "questions.jsonl", "--store", work / "new.db", *SERVED, "--replay", path]):
            refused(program, 4, words, f"{path}", sentence)
        insist(path.read_bytes() == before, f"{path} was changed")
    by_hand(served, "UPDATE ledger SET version = 3")
    refused(program, 4, ["cost", "--store", served],
            "has a ledger of version 3; this program reads versions 1 to 2")
    cut = copy_of(GOES_ON[0], work)
    cut.write_bytes(cut.read_bytes()[:16384])
    refused(program, 4, ["export", "--to", work / "no", "--store", cut], f"{cut}", "damaged")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-old-stores-") as folder:
        for part in (read, replayed, gone_on_with, served_on, not_gone_on_with, killed, strangers):
            work = pathlib.Path(folder, part.__name__)
            work.mkdir()
            part(program, work)
            print(f"{part.__name__}: as promised", flush=True)


main(test)
