#!/usr/bin/env python3
"""damage.py PROGRAM MODEL_SERVER [FLIPS [LOG_FLIPS]] - damage is told by every command that meets it.

One bit of a store is flipped at a random place, and every command that reads it either says so, with
exit status 4 and a sentence, or does what it does with the whole store, byte for byte:

  finished  the store of a served run: export, status, cost, show, generate (which has nothing left to
            do), and a replay of the whole run, exported;
  killed    store and log (-wal) of a run that was killed, half of the times without the count file:
            status, cost, export, show, and how far generate says that it is. The log's loss is told
            with the number of replies that the last commit had.

And a row that is gone from any table, or an index that is another table's, is told.
"""

import contextlib
import pathlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from support import DEEP, QUICK, Failed, contents, crux, main, model_server

SERVER = "--kind vllm --slots 24 --seed 3 --latency".split()
RUN = "--policy chat --calls 12 --children 3 --in-flight 24 --per-tree 4 --workers 2 --seed 11 --quiet".split()
NOWHERE = "http://127.0.0.1:1/v1"
DAMAGED, PROBLEMS = 4, 16
TOLD = ("damaged", "no SQLite database", "no store of crux", "cannot be opened", "cannot be read", "malformed",
        "no such", "unsupported", "store of version", "ledger of version", "is not beside it", "empty", "error")


class Store:
    """A store with what lies beside it, and a place where damaged copies stand under its name."""

    def __init__(self, program, work, folder):
        self.program, self.folder = program, folder
        self.files = {path.name: path.read_bytes() for path in folder.glob("run.db*")
                      if path.is_file() and path.suffix not in (".db-shm", ".db-live")}
        self.place = work / f"{folder.name}-damaged"
        self.place.mkdir()

    def put(self, files):
        """Stand in the place; what was left of an earlier copy is gone."""
        for path in self.place.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name, data in files.items():
            (self.place / name).write_bytes(data)
        return self.place / "run.db"

    def run(self, *words):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, check=False, cwd=self.place,
                              stdin=subprocess.DEVNULL, timeout=120)
        return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def generate(work, store, url):
    return ["generate", work / "problems.jsonl", "--store", store, "--endpoint", url, *RUN]


def seen(store, work, command, first):
    """What a command did: its exit status, all that it wrote, and its words."""
    if command == "export":
        status, out, said = store.run("export", "--store", "run.db", "--to", "out")
        return status, contents(store.place / "out") if status in (0, 6) else out, said
    if command == "replay":
        words = generate(work, "again.db", NOWHERE)
        status, out, said = store.run(*words, "--replay", "run.db")
        if status in (0, 6):
            status, out, said = store.run("export", "--store", "again.db", "--to", "again")
        return status, contents(store.place / "again") if status in (0, 6) else out, said
    if command == "generate":
        status, out, said = store.run(*generate(work, "run.db", NOWHERE), "--limit-calls", 1)
        return status if status == DAMAGED else 0, said.split("\n")[0] if status != DAMAGED else out, said
    return store.run(*([command, "--store", "run.db"] + ([first] if command == "show" else [])))


def judge(got, whole, when, counts):
    status, out, said = got
    if status == DAMAGED and any(word in said for word in TOLD):
        counts["told"] += 1
    elif (status, out) == whole[:2]:
        counts["same"] += 1
    else:
        counts["silent"] += 1
        print(f"SILENT: {when}: exit status {status}: {said[-300:]}", flush=True)


def flip(files, names, draw):
    """The files with one bit of one of them changed, and which."""
    sizes = [len(files[name]) for name in names]
    name = draw.choices(names, weights=sizes)[0]
    at, bit = draw.randrange(len(files[name])), draw.randrange(8)
    data = bytearray(files[name])
    data[at] ^= 1 << bit
    return {**files, name: bytes(data)}, f"bit {bit} of byte {at} of {name}"


def flips(store, work, commands, first, times, names):
    draw = random.Random(times)
    whole = {}
    with contextlib.closing(sqlite3.connect(store.put(store.files))) as base:
        replies = base.execute("SELECT count(*) FROM replies").fetchone()[0]
    for command in commands:
        store.put(store.files)
        whole[command] = seen(store, work, command, first)
        if whole[command][0] == DAMAGED:
            raise Failed(f"{command} of the whole store: {whole[command][2]}")
    counts = {command: dict(told=0, same=0, silent=0) for command in commands}
    lost = 0
    for i in range(times):
        files, where = flip(store.files, names, draw)
        if len(names) > 1 and i % 2 == 1:
            del files["run.db-count"]
        for j, command in enumerate(commands):
            if not DEEP and (i + j) % 3:
                continue
            store.put(files)
            got = seen(store, work, command, first)
            judge(got, whole[command], f"{command}, {where}", counts[command])
            found = re.search(r"the last commit had (\d+) replies", got[2])
            lost += found is not None
            if found and int(found[1]) != replies:
                raise Failed(f"{command}, {where}: not {replies} replies: {got[2]}")
    for command, count in counts.items():
        print(f"{store.folder.name}, {command}: {count['same']} same, {count['told']} told, "
              f"{count['silent']} other and silent", flush=True)
    if any(count["silent"] for count in counts.values()):
        raise Failed(f"{store.folder.name}: damage was not told")
    return lost


def finished_run(program, server, work):
    folder = work / "finished"
    folder.mkdir()
    with model_server(server, *SERVER, "lognormal:2") as url:
        crux(program, *generate(work, folder / "run.db", url))
    left = sorted(path.name for path in folder.iterdir())
    if left != ["run.db"]:
        raise Failed(f"a run that ended well left {left}")
    return Store(program, work, folder)


def killed_run(program, server, work):
    """Killed as soon as some problems are done."""
    for attempt in range(20):
        folder = work / f"killed{attempt}"
        folder.mkdir()
        with model_server(server, *SERVER, "lognormal:20") as url:
            words = [program, *map(str, generate(work, folder / "run.db", url))]
            with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                done = 0
                while done < 3 and process.poll() is None:
                    time.sleep(0.02)
                    look = subprocess.run([program, "status", "--store", str(folder / "run.db")], capture_output=True,
                                          text=True, check=False)
                    found = re.search(r"^problems (\d+) finished", look.stdout, re.MULTILINE)
                    done = int(found[1]) if found else 0
                process.send_signal(signal.SIGKILL)
        store = Store(program, work, folder)
        if len(store.files.get("run.db-wal", b"")) > 0 and done < PROBLEMS:
            return store
    raise Failed("no run could be killed in its midst")


def first_done(path):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as base:
        return base.execute("SELECT id FROM problem WHERE state = 1 ORDER BY ordinal").fetchone()[0]


def by_hand(path, statement):
    with contextlib.closing(sqlite3.connect(path)) as base, base:
        base.execute("PRAGMA writable_schema = ON")
        base.execute(statement)


def harms(store, work, first):
    """What a flipped bit can do, aimed: rows that are gone, and indexes that find nothing."""
    one = "(SELECT max(rowid) FROM %s)"
    cases = [(f"DELETE FROM {table} WHERE rowid = {one % table}", command) for table, command in
             (("run", "status"), ("problem", "status"), ("pulse", "status"), ("tree", "export"), ("replies", "cost"),
              ("texts", "replay"), ("arrivals", "replay"), ("sessions", "cost"))]
    swap = ("UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = '%s')"
            " WHERE name = '%s'")
    cases += [(swap % ("sqlite_autoindex_problem_1", "sqlite_autoindex_replies_1"), "replay"),
              (swap % ("sqlite_autoindex_replies_1", "arrivals_of"), "replay")]
    for statement, command in cases:
        path = store.put(store.files)
        by_hand(path, statement)
        status, _, said = seen(store, work, command, first)
        if status != DAMAGED:
            raise Failed(f"{command} after {statement}: exit status {status}: {said[-300:]}")
        status, out, _ = store.run("doctor", "--store", "run.db")
        if status != 1 or b"mend" not in out:
            raise Failed(f"doctor after {statement}: exit status {status}: {out.decode()}")
    print(f"{len(cases)} rows and indexes that were gone: told", flush=True)


def test(program):
    server = sys.argv[2]
    times = int(sys.argv[3]) if len(sys.argv) > 3 else 1000 if DEEP else 42
    log_times = int(sys.argv[4]) if len(sys.argv) > 4 else 200 if DEEP else 21
    with tempfile.TemporaryDirectory(dir=QUICK, prefix="crux-damage-") as folder:
        work = pathlib.Path(folder)
        problems = subprocess.run([server, "--problems", str(PROBLEMS)], capture_output=True, check=True)
        (work / "problems.jsonl").write_bytes(problems.stdout)
        whole = finished_run(program, server, work)
        first = first_done(whole.put(whole.files))
        harms(whole, work, first)
        flips(whole, work, ("export", "status", "cost", "show", "generate", "replay"), first, times, ["run.db"])
        killed = killed_run(program, server, work)
        first = first_done(killed.put(killed.files))
        lost = flips(killed, work, ("status", "cost", "export", "show", "generate"), first, log_times,
                     ["run.db", "run.db-wal"])
        print(f"the log's loss was told {lost} times, with the replies of the last commit", flush=True)
        if lost == 0:
            raise Failed("no flip has cut the log: this was no test")


main(test)
