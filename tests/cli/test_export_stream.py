#!/usr/bin/env python3
"""test_export_stream.py PROGRAM - `crux export --to -`: the rows of one view on a pipe. The bytes of the folder's
file whatever the view, a reader who goes, a damaged tree, a full disk, and no memory for what has been written."""

import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, main, puzzles

STORES = pathlib.Path(__file__).resolve().parent.parent / "stores"


def stream(program, store, *words, **how):
    how = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **how}
    words = [program, "export", "--store", str(store), "--to", "-", *map(str, words)]
    return subprocess.run(words, check=False, **how)


def searched(program, work, count, *words):
    store = work / f"run{count}.db"
    lines = puzzles(program, work / f"puzzles{count}.jsonl", count)
    crux(program, "generate", lines, "--store", store, "--calls", 20, "--quiet", *words)
    return store


def rows_of(program, work, store, view, *words):
    to = work / "folder"
    crux(program, "export", "--store", store, "--to", to, "--force", "--view", view, *words)
    paths = [path for path in (to / "data" / view).iterdir() if path.name.startswith("train")]
    insist(len(paths) == 1, f"{view}: {paths}")
    return paths[0].read_bytes()


def same(program, work):
    """Every view, the options of rows too, are what the folder has, and what is told is told on standard error."""
    store = searched(program, work, 30)
    views = stream(program, store, "--view", "?").stderr.decode().split("there are ")[1].strip().split(", ")
    insist(len(views) >= 20, f"views: {views}")
    for view in views:
        done = stream(program, store, "--view", view)
        if view == "html":  # pages, no rows
            insist(done.returncode == 2 and b"of a view that has some" in done.stderr, f"{view}: {done.stderr}")
            continue
        insist(done.returncode == 0 and b"wrote standard output from 30 trees" in done.stderr, f"{view}: {done.stderr}")
        rows = rows_of(program, work, store, view)
        insist(done.stdout == rows, f"{view}: other rows than the folder's")
        insist(b" %d rows" % rows.count(b"\n") in done.stderr, f"{view}: tells other rows: {done.stderr}")
    for words in (["--keep-if", "side = 'wrong'"], ["--dedup", "1"], ["--against", work / "puzzles30.jsonl"]):
        done = stream(program, store, "--view", "critique", *words)
        insist(done.stdout == rows_of(program, work, store, "critique", *words), f"{words}: other rows")
    insist(b"30 problems are like one of the files" in done.stderr, f"--against tells nothing: {done.stderr}")


def merged(program, work):
    """Shards are one stream, in the order of the input."""
    stores = []
    for part in ("1/2", "2/2"):
        lines = puzzles(program, work / "puzzles.jsonl", 10)
        stores.append(work / f"shard{part[0]}.db")
        crux(program, "generate", lines, "--store", stores[-1], "--calls", 20, "--quiet", "--shard", part)
    done = stream(program, stores[0], "--store", stores[1], "--view", "trees")
    ids = [json.loads(line)["problem_id"] for line in done.stdout.splitlines()]
    wanted = [json.loads(line)["id"] for line in lines.read_text(encoding="utf-8").splitlines()]
    insist(done.returncode == 0 and ids == wanted, f"{done.returncode}: {ids}")
    done = stream(program, stores[0], "--view", "trees")
    insist(done.returncode == 6 and b"it lacks shards 2/2" in done.stderr, f"a shard alone: {done.stderr}")


def unfinished(program, work):
    """What waits is said and is status 6; nothing finished is no row, and no failure."""
    store = STORES / "store1-tree2-2a97603-puzzles.db"
    done = stream(program, store, "--view", "trees")
    insist(done.returncode == 6 and done.stdout.count(b"\n") == 3, f"{done.returncode}: {done.stderr}")
    insist(b"3 problems still wait" in done.stderr and b"game24-3-3-7-9" in done.stderr, f"{done.stderr}")
    empty = work / "empty.db"
    lines = puzzles(program, work / "empty.jsonl", 2)
    crux(program, "generate", lines, "--store", empty, "--limit-calls", 1, "--quiet", status=5)
    done = stream(program, empty, "--view", "trees", "--partial")
    insist((done.returncode, done.stdout) == (0, b""), f"nothing finished: {done.returncode} {done.stderr}")
    insist(b"2 problems still wait" in done.stderr, f"nothing finished: {done.stderr}")


def refused(program, work):
    store = STORES / "store1-tree2-2a97603-puzzles.db"
    for words, sentence in (([], b"are of one view"), (["--view", "trees", "--view", "prm"], b"are of one view"),
                            (["--view", "trees", "--split", "a=0.5,b=0.5"], b"cannot be split"),
                            (["--view", "trees", "--compress"], b"not compressed"),
                            (["--view", "trees", "--drop-contaminated"], b"against a file of problems"),
                            (["--view", "trees", "--dedup", "1"], None)):
        missing = {**os.environ, "TMPDIR": str(work / "missing")}
        done = stream(program, store, *words, env=missing)
        expected = 2 if sentence is not None else 4
        insist(done.returncode == expected and done.stdout == b"", f"{words}: {done.returncode} {done.stderr}")
        insist((sentence or b"missing") in done.stderr, f"{words}: {done.stderr}")


def reader_gone(program, work):
    """`| head`: the end is SIGPIPE's and without a word, also where that was ignored when the program began."""
    store = searched(program, work, 100)
    for ignored in (False, True):
        words = [program, "export", "--store", store, "--to", "-", "--view", "trees"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, restore_signals=not ignored) as process:
            json.loads(process.stdout.readline())
            process.stdout.close()
            said = process.stderr.read()
            insist(process.wait() == -signal.SIGPIPE and said == b"", f"ignored: {ignored}: {process.returncode} {said}")
    with open("/dev/full", "wb") as full:
        done = stream(program, store, "--view", "trees", stdout=full)
    insist(done.returncode == 4 and done.stderr.count(b"cannot write standard output") == 1, f"{done.stderr}")


def stopped(program, work):
    """A signal ends it between two trees; what was written is whole."""
    store = searched(program, work, 100)
    words = [program, "export", "--store", store, "--to", "-", "--view", "trees"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rows = [json.loads(line) for line in [first, *process.stdout]]
        said = process.stderr.read()
        insist(process.wait() == 130 and b"was stopped after" in said, f"{process.returncode}: {said}")
        insist(0 < len(rows) < 100, f"{len(rows)} rows")


def damaged(program, work):
    """What is behind a damaged tree is not told as good, and what is before it is there."""
    whole = searched(program, work, 6)
    rows = stream(program, whole, "--view", "trees").stdout.splitlines()
    old = work / "old.db"
    old.write_bytes((STORES / "store1-tree2-2a97603-puzzles.db").read_bytes())
    for store, at, good in ((whole, 3, 3), (old, 1, 1)):  # with seals, and before there were any
        with sqlite3.connect(store) as db:
            frame = bytearray(db.execute("SELECT frame FROM tree WHERE ordinal = ?", [at]).fetchone()[0])
            frame[len(frame) // 2] ^= 1
            db.execute("UPDATE tree SET frame = ? WHERE ordinal = ?", [bytes(frame), at])
        db.close()
        done = stream(program, store, "--view", "trees")
        insist(done.returncode == 4 and b"damaged" in done.stderr, f"{store}: {done.returncode} {done.stderr}")
        lines = done.stdout.splitlines()
        insist(len(lines) == good, f"{store}: {len(lines)} rows before the damage")
        insist(store == old or lines == rows[:good], f"{store}: other rows before the damage")


def peak(program, store):
    """Kilobytes at most of a stream that is read to its end; a sanitizer keeps none of what was freed."""
    options = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=0:thread_local_quarantine_size_kb=0"
    with subprocess.Popen([program, "export", "--store", store, "--to", "-", "--view", "trees"],
                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                          env={**os.environ, "ASAN_OPTIONS": options}) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    insist(process.returncode == 0, f"{store}: {process.returncode}")
    return usage.ru_maxrss


def flat(program, work):
    """Twenty times as many trees take no more memory than four MiB more; their rows are eight."""
    few, many = (peak(program, searched(program, work, count)) for count in (20, 400))
    insist(many < few + 4096, f"{few} KiB for 20 trees, {many} KiB for 400")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-export-stream-") as folder:
        for part in (same, merged, unfinished, refused, reader_gone, stopped, damaged, flat):
            work = pathlib.Path(folder, part.__name__)
            work.mkdir()
            part(program, work)
            print(f"{part.__name__}: as promised", flush=True)


main(test)
