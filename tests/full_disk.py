#!/usr/bin/env python3
"""full_disk.py PROGRAM MODEL_SERVER - what is paid for survives a full disk, a lock, and every signal.

A run asks a fake model server with many calls in flight. From the server's own log and the ledger:

  full     while no file may grow (a limit of its size, as a full disk: it needs no other disk) no
           request leaves; with room again the run goes on to its end, and no key came twice
  locked   the same while another program keeps the store locked
  ended    patience that ends, and a stop that meets a full disk, end with status 4 and a sentence
  signals  SIGHUP, SIGXCPU and SIGXFSZ end a run as SIGTERM does, with what was in flight; under
           nohup it goes on; a second signal keeps what has come

With CRUX_DEEP=1 the disk is full at 20 instants, for five seconds each.
"""

import pathlib
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from kill_served import Server, ledger_keys
from support import DEEP, insist, main

PROBLEMS = 60 if DEEP else 14
SETTINGS = "--policy chat --calls 30 --children 4 --in-flight 64 --per-tree 8 --workers 2 --seed 11 --quiet".split()
FULL = 20 if DEEP else 2
PAUSE = 5.0 if DEEP else 0.6
SIGN = 0.1  # seconds from the sentence until no request is on its way any more


class Run:
    """A run that is going on."""

    def __init__(self, bench, name, *words, ignored=(signal.SIGXFSZ,)):
        self.bench, self.store, self.words = bench, bench.work / f"{name}.db", words
        self.begin(ignored)

    def begin(self, ignored):
        def ignore():
            for number in (signal.SIGHUP, signal.SIGXCPU, signal.SIGXFSZ):  # whoever runs us may ignore some
                signal.signal(number, signal.SIG_IGN if number in ignored else signal.SIG_DFL)

        command = [self.bench.program, "generate", str(self.bench.problems), "--store", str(self.store),
                   "--endpoint", self.bench.url, *SETTINGS, *self.words]
        self.began = time.monotonic_ns()
        # No thread runs here yet, and what is ignored has to be so before the program starts.
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        preexec_fn=ignore, restore_signals=True)
        self.lines = []
        self.reader = threading.Thread(target=lambda: self.lines.extend(self.process.stderr))
        self.reader.start()

    def hears(self, word):
        """Until a line with it has been said; when that was."""
        deadline = time.monotonic() + 120
        while not any(word in line for line in list(self.lines)):
            insist(time.monotonic() < deadline, f"{word} was not said: {self.lines}")
            time.sleep(0.01)
        return time.monotonic_ns()

    def wait(self, status, when):
        code = self.process.wait(timeout=300)
        self.reader.join()
        self.said = "".join(self.lines)
        insist(code == status, f"{when}: status {code}, not {status}: {self.said[-800:]}")
        return self.said

    def limit(self, size):
        _, most = resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self.process.pid, resource.RLIMIT_FSIZE, (most if size is None else size, most))

    def asked(self):
        return self.bench.server.asked_since(self.began)

    def twice(self):
        """Keys that were answered more than once, whatever they were asked for."""
        keys = [row["key"] for row in self.asked() if row["status"] == 200 and row["out"] > 0]
        return len(keys) - len(set(keys))


class Bench:
    def __init__(self, program, model_server, work):
        self.program, self.work = program, work
        self.problems = work / "problems.jsonl"
        lines = subprocess.run([model_server, "--problems", str(PROBLEMS)], capture_output=True, check=True)
        self.problems.write_bytes(lines.stdout)
        self.server = Server(model_server, work)
        self.url = self.server.start()


def until_busy(run, seconds):
    """Seconds of work, counted from when replies come one after the other."""
    deadline = time.monotonic() + 60
    while sum(row["status"] == 200 for row in run.asked()) < 40:
        insist(time.monotonic() < deadline, "no replies came within a minute")
        time.sleep(0.01)
    time.sleep(seconds)


def silent(run, since_ns, until_ns, when):
    late = [row for row in run.asked() if since_ns + SIGN * 1e9 < row["in"] < until_ns]
    insist(not late, f"{when}: {len(late)} requests left while nothing could be kept")


def no_room(run, seconds):
    run.limit(1)
    since = run.hears("ulimit -f")
    time.sleep(seconds)
    until = time.monotonic_ns()
    run.limit(None)
    return since, until


def no_lock(run, seconds):
    base = sqlite3.connect(run.store, isolation_level=None, timeout=10)
    base.execute("BEGIN IMMEDIATE")
    since = run.hears("keeps it locked")
    time.sleep(seconds)
    until = time.monotonic_ns()
    base.execute("ROLLBACK")
    base.close()
    return since, until


def trouble(bench, name, seconds, cause):
    run = Run(bench, name)
    until_busy(run, seconds)
    since, until = cause(run, PAUSE)
    when = f"{name}, after {seconds:.2f} s"
    said = run.wait(0, when)
    insist("going on" in said, f"{when}: it said only {said!r}")
    silent(run, since, until, when)
    insist(run.twice() == 0, f"{when}: {run.twice()} keys were answered twice")
    missing = {row["key"] for row in run.asked() if row["status"] == 200} - ledger_keys(run.store)
    insist(not missing, f"{when}: {len(missing)} replies are not in the ledger")
    print(f"{when}: {len(run.asked())} requests, none twice", flush=True)


def go_on(run, when):
    """The same command to its end: how many keys both halves were answered."""
    first, began = run.said, run.began
    run.begin((signal.SIGXFSZ,))
    run.began, again = began, run.began
    run.wait(0, f"{when}, going on")
    twice = run.twice()
    print(f"{when}: {len(run.asked())} requests, {twice} twice", flush=True)
    return first, again, twice


def patience_ends(bench):
    run = Run(bench, "patience", "--store-patience", "0.3")
    until_busy(run, 0.2)
    run.limit(1)
    said = run.wait(4, "patience")
    insist("ulimit -f" in said and "tried again for 0.3" in said, f"patience: it said {said!r}")


def stop_without_room(bench):
    """A stop that meets a full disk waits a little, keeps all when there is room, and ends."""
    run = Run(bench, "stopped")
    until_busy(run, 0.2)
    run.limit(1)
    run.hears("ulimit -f")
    run.process.send_signal(signal.SIGTERM)
    run.hears("nothing new is sent")
    time.sleep(0.3)
    run.limit(None)
    run.wait(130, "stopped")
    _, _, twice = go_on(run, "stopped while the disk was full")
    insist(twice == 0, f"stopped: {twice} keys were answered twice")


def signal_ends(bench, number):
    name = number.name.lower()
    run = Run(bench, name, ignored=())
    until_busy(run, 0.2)
    run.process.send_signal(number)
    run.wait(130, name)
    said, _, twice = go_on(run, name)
    insist("nothing new is sent" in said and "to go on" in said, f"{name}: it said {said!r}")
    insist(twice == 0, f"{name}: {twice} keys were answered twice")


def nohup_goes_on(bench):
    run = Run(bench, "nohup", ignored=(signal.SIGHUP,))
    until_busy(run, 0.2)
    run.process.send_signal(signal.SIGHUP)
    run.wait(0, "nohup")


def limit_of_size(bench):
    """A limit of a file's size ends a run with a sentence, not by its signal."""
    run = Run(bench, "ulimit", ignored=())
    until_busy(run, 0.2)
    run.limit(1)
    said = run.wait(4, "ulimit")
    insist("ulimit -f" in said, f"ulimit: it said {said!r}")


def second_signal(bench):
    run = Run(bench, "second")
    until_busy(run, 0.2)
    run.process.send_signal(signal.SIGINT)
    time.sleep(0.002)
    sent = time.monotonic_ns()
    run.process.send_signal(signal.SIGINT)
    run.wait(130, "second")
    came = {row["key"] for row in run.asked() if row["status"] == 200 and 0 < row["out"] < sent - 20_000_000}
    lost = came - ledger_keys(run.store)
    insist(not lost, f"second: {len(lost)} of {len(came)} replies that had come are lost")


def first_moments(bench):
    """A signal that comes before there is a search ends with 130, too."""
    process = subprocess.Popen([bench.program, "generate", "-", "--store", str(bench.work / "early.db")],
                               stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    caught = 1 << (signal.SIGTERM - 1)
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
        mask = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt"))
        if mask & caught:
            break
        time.sleep(0.001)
    process.send_signal(signal.SIGTERM)
    insist(process.wait(timeout=30) == 130, f"early: status {process.returncode}, not 130")
    process.stdin.close()


def test(program):
    draw = random.Random(5)
    with tempfile.TemporaryDirectory(prefix="crux-full-") as folder:
        bench = Bench(program, sys.argv[2], pathlib.Path(folder))
        try:
            for k in range(FULL):
                trouble(bench, f"full{k}", draw.random() * (1.4 if DEEP else 0.2), no_room)
            trouble(bench, "locked", 0.2, no_lock)
            patience_ends(bench)
            stop_without_room(bench)
            for number in (signal.SIGHUP, signal.SIGXCPU) if DEEP else (signal.SIGHUP,):
                signal_ends(bench, number)
            nohup_goes_on(bench)
            limit_of_size(bench)
            second_signal(bench)
            first_moments(bench)
        finally:
            bench.server.stop()


if __name__ == "__main__":
    main(test)
