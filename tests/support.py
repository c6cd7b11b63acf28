"""support.py - what the Python tests share: running crux beside a fake server and comparing folders."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import sqlite3
import struct
import subprocess
import sys
import time
import zlib

DEEP = os.environ.get("CRUX_DEEP") == "1"


# Where a flush to the disk costs nothing: for tests of kills, which a disk outlives.
QUICK = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Failed(Exception):
    """A promise was not kept; the text says which."""


def insist(truth, sentence):
    if not truth:
        raise Failed(sentence)


def instants(takes, rounds, each=20):
    """Seconds after which a command is killed that has taken so long: spread over that, and then over more and more of it,
    since a machine may have become slower."""
    for i in range(rounds):
        yield takes * (i % each + 0.5) / each * (1 + i // each)


def seconds_of(program, *words):
    """How long a command takes to its end."""
    began = time.monotonic()
    crux(program, *words)
    return time.monotonic() - began


def main(test):
    """Run test(program) and make an exit status and a sentence of what it raises."""
    try:
        test(str(pathlib.Path(sys.argv[1]).resolve()))
    except Failed as failure:
        print(f"FAILED: {failure}", flush=True)
        sys.exit(1)


def crux(program, *words, status=0):
    """Run crux to its end, insist on its exit status, and return its standard output."""
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != status:
        raise Failed(
            f"crux {' '.join(map(str, words))}\n  exit status {done.returncode}, not {status}:\n"
            f"{done.stderr[-2000:]}"
        )
    return done.stdout


@contextlib.contextmanager
def served_by(*words, errors=None, **environment):
    """A server that says its address first and lives as long as its standard input: its API's address."""
    with subprocess.Popen([*map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                          text=True, env={**os.environ, **environment}) as process:
        try:
            yield process.stdout.readline().strip() + "/v1"
        finally:
            process.stdin.close()


def log_rows(log):
    """The lines of a log that may still be written, so that the last may be half a line."""
    data = log.read_bytes() if log.exists() else b""
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


def replies_kept(store):
    """How many replies are in the ledger of a store that may still be written."""
    try:
        with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as base:
            return base.execute("SELECT count(*) FROM replies").fetchone()[0]
    except sqlite3.OperationalError:
        return 0  # there is none yet, or it has no tables


def model_server(program, *words, log=None, **environment):
    """The fake server, as served_by() has it; log is emptied and gets a line for each request."""
    if log is not None:
        log.write_text("", encoding="utf-8")
        words = ["--log", log, *words]
    return served_by(program, "--leash", "stdin", *words, **environment)


def side_by_side(calls, most=3):
    """Calls that mostly wait, so many at a time; the first failure is raised when all have ended."""
    with concurrent.futures.ThreadPoolExecutor(most) as pool:
        return [done.result() for done in [pool.submit(*call) for call in calls]]


def puzzles(program, path, count):
    """Write count puzzles, spread evenly over all of game24, to path."""
    lines = crux(program, "problems", "game24").splitlines(keepends=True)
    step = len(lines) / count
    path.write_text("".join(lines[int(i * step)] for i in range(count)), encoding="utf-8")
    return path


def picture(red=255):
    """A PNG of one point."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(bytes((0, red, 0, 0)))) + chunk(b"IEND", b""))


def paid(program, store):
    """What each backend was paid, by its name."""
    bill = json.loads(crux(program, "cost", "--store", store, "--json"))
    return {row["backend"]: row["paid"] for row in bill["backends"]}


def replayed(program, stem, backend, words, served, nowhere):
    """Generate and export, then again from the ledger alone: the same bytes, and nobody is paid. words(store) is
    the command, to which come the words about servers. What the backend said is in the ledger as often as it was
    paid for. The folder of the export."""
    stores, folders = [], []
    for name, more in (("one", served), ("two", nowhere)):
        stores.append(stem.with_name(f"{stem.name}.{name}.db"))
        folders.append(stem.with_name(f"{stem.name}.{name}"))
        crux(program, *words(stores[-1]), *more, *(["--replay", stores[0]] if name == "two" else []))
        crux(program, "export", "--store", stores[-1], "--to", folders[-1])
    insist_same(*folders, f"{stem.name} and its replay")
    with contextlib.closing(sqlite3.connect(stores[0])) as base:
        kept = base.execute("SELECT count(*) FROM replies WHERE backend = ?", [backend]).fetchone()[0]
    account = paid(program, stores[0])
    insist(account[backend]["samples"] == kept > 0, f"{stem.name}: {account} and {kept} in the ledger")
    insist(not any(row["calls"] for row in paid(program, stores[1]).values()), f"{stem.name}: a replay paid")
    return folders[0]


def contents(folder):
    """Every file below folder, by its relative path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def insist_same(left, right, when):
    """Two folders hold the same files with the same bytes."""
    one, two = contents(left), contents(right)
    if not one:
        raise Failed(f"{when}: {left} is empty")
    for name in sorted(one.keys() | two.keys()):
        if one.get(name) != two.get(name):
            raise Failed(f"{when}: {name} differs or is in one folder only")
