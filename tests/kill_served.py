#!/usr/bin/env python3
"""kill_served.py PROGRAM MODEL_SERVER [KILLS] - what was paid for is never paid for again.

A run asks a fake model server, is killed with SIGKILL at instants spread over its
length, and run again to its end. Each time, from the ledger as the kill left it and from
the server's own log:

  issued   no reply that the ledger had at the restart is asked for afterwards, none is
           asked for twice unless the kill had cut its request short, and the exported
           folder is that of a run that nobody killed, byte for byte;
  arrival  the same of what is asked for; and the finished run, done again from its
           ledger alone while the server is down, gives its own bytes again.

So that this tests what it says, most kills must have left replies in the ledger and
problems unfinished.
"""

import json
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from support import DEEP, Failed, crux, insist_same, log_rows, main, side_by_side

PROBLEMS = 24 if DEEP else 12

# Slow enough to last seconds, with many calls in flight.
SERVER = "--kind vllm --slots 24 --latency lognormal:30 --seed 3".split()
SETTINGS = "--policy chat --calls 40 --children 4 --in-flight 24 --per-tree 6 --workers 2 --seed 11".split()

FIRST, LAST = 0.15, 0.92  # shares of a run's length between which it is killed


class Server:
    """The fake server, with a log that is read while it runs."""

    def __init__(self, program, work, name="server"):
        self.program, self.log = program, work / f"{name}.jsonl"
        self.process = None

    def start(self):
        words = [self.program, "--leash", "stdin", "--log", str(self.log), *SERVER]
        self.process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        return self.process.stdout.readline().strip() + "/v1"

    def stop(self):
        self.process.stdin.close()
        self.process.wait()

    def asked_since(self, instant_ns):
        """Requests that came after an instant of CLOCK_MONOTONIC."""
        return [row for row in log_rows(self.log) if row["in"] > instant_ns]


def ledger_keys(store):
    """Keys of all replies that a store has, read from a copy."""
    if not store.exists():
        return set()
    with tempfile.TemporaryDirectory() as folder:
        for path in store.parent.glob(store.name + "*"):
            if path.is_file():  # a killed run leaves its socket
                shutil.copy(path, folder)
        base = sqlite3.connect(pathlib.Path(folder) / store.name)
        try:
            return {key.hex() for (key,) in base.execute("SELECT key FROM replies")}
        except sqlite3.OperationalError:
            return set()  # killed before there were tables
        finally:
            base.close()


def generate(program, work, store, url, order):
    return [program, "generate", str(work / "problems.jsonl"), "--store", str(store), "--quiet",
            "--endpoint", url, "--order", order, *SETTINGS]


def export(program, store, folder):
    crux(program, "export", "--store", store, "--to", folder)
    return folder


def is_done(program, store):
    """Are all problems finished?"""
    look = subprocess.run(
        [program, "status", "--store", str(store), "--json"], capture_output=True, text=True, check=False
    )
    return look.returncode == 0 and json.loads(look.stdout)["problems"]["waiting"] == 0


def insist_once(before, asked, when):
    """Nothing that was known is asked for, nothing else twice; a row of the log is a request."""
    again = [row["key"] for row in asked if row["key"] in before]
    if again:
        raise Failed(f"{when}: {len(again)} replies of the ledger were asked for again, as {again[0]}")
    seen = set()
    for row in asked:
        if row["key"] in seen:
            raise Failed(f"{when}: {row['key']} was asked for twice")
        seen.add(row["key"])


def kill_one(program, work, order, name, seconds):
    """Kill a run after some seconds, run it again; its store, and was the kill a good one?"""
    store, server = work / f"{name}.db", Server(sys.argv[2], work, name)
    url = server.start()
    command = generate(program, work, store, url, order)
    began = time.monotonic_ns()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    killed = time.monotonic_ns()
    process.send_signal(signal.SIGKILL)
    process.wait()
    known = ledger_keys(store)
    good = bool(known) and not is_done(program, store)
    restart = time.monotonic_ns()
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Failed(f"{name}: going on ended with {done.returncode}: {done.stderr[-500:]}")
    asked = server.asked_since(restart)
    when = f"{order}, killed after {seconds:.2f} s"
    insist_once(known, asked, when)
    insist_once(set(), [row for row in server.asked_since(began) if row["in"] < killed], f"{when}, before it")
    missing = {row["key"] for row in asked if row["status"] == 200} - ledger_keys(store)
    if missing:
        raise Failed(f"{name}: {len(missing)} replies were given and are not in the ledger")
    print(f"{order}, killed after {seconds:.2f} s: {len(known)} replies known, "
          f"{len(asked)} requests to go on", flush=True)
    server.stop()
    return store, good


def replay_one(program, work, store):
    """The finished run from its ledger alone, in trees of other workers."""
    name = store.stem
    again = work / f"{name}.again.db"
    words = generate(program, work, again, "http://127.0.0.1:1/v1", "arrival")
    crux(*words, "--replay", store, "--workers", 5)
    left, right = export(program, store, work / f"{name}.one"), export(program, again, work / f"{name}.two")
    insist_same(left, right, f"{name}, replayed")


def instants(count, length):
    """Spread over a run's length, each anywhere in its share of it."""
    draw = random.Random(count)
    return [length * (FIRST + (LAST - FIRST) * (k + draw.random()) / count) for k in range(count)]


def whole_run(program, work, order):
    store, server = work / f"{order}.db", Server(sys.argv[2], work, order)
    url = server.start()
    started = time.monotonic()
    crux(*generate(program, work, store, url, order))
    length = time.monotonic() - started
    server.stop()
    return store, length


def test(program):
    kills = int(sys.argv[3]) if len(sys.argv) > 3 else 100 if DEEP else 12
    with tempfile.TemporaryDirectory(prefix="crux-kill-") as folder:
        work = pathlib.Path(folder)
        problems = subprocess.run([sys.argv[2], "--problems", str(PROBLEMS)], capture_output=True, check=True)
        (work / "problems.jsonl").write_bytes(problems.stdout)
        whole, stores, good = {}, {}, 0
        for order, count in (("issued", kills - kills // 4), ("arrival", kills // 4)):
            whole[order], length = whole_run(program, work, order)
            print(f"{order}, uninterrupted: {length:.2f} s", flush=True)
            killed = side_by_side((kill_one, program, work, order, f"{order}{k}", seconds)
                                  for k, seconds in enumerate(instants(count, length)))
            stores[order] = [store for store, _ in killed]
            good += sum(cut for _, cut in killed)
        data = export(program, whole["issued"], work / "whole")
        for store in stores["issued"]:
            insist_same(data, export(program, store, work / store.stem), f"{store.stem}, killed")
        arrived = [whole["arrival"], *stores["arrival"]]
        side_by_side((replay_one, program, work, store) for store in arrived)
        print(f"{len(arrived)} runs under order of arrival replayed: same bytes", flush=True)
        print(f"{good} of {kills} kills left replies in the ledger and problems unfinished")
        if good < 0.75 * kills:
            raise Failed("too few kills fell between the first reply and the last problem")


if __name__ == "__main__":
    main(test)
