#!/usr/bin/env python3
"""embed_served.py PROGRAM MODEL_SERVER - a program of one's own pays for nothing twice.

PROGRAM is examples/embed/served.c, built against installed headers (tests/install.sh). It
solves two questions on a fake model server, is killed with SIGKILL once some replies are in
its ledger, and is run again to its end. By the server's log nothing that the ledger had is
asked for again, and nothing else twice.
"""

import pathlib
import signal
import subprocess
import sys
import tempfile
import time

from kill_served import Server, insist_once, ledger_keys
from support import Failed, main

REPLIES = 5  # in the ledger, before the kill
PATIENCE = 60.0  # seconds


def kill_when_known(command, store):
    """Run it until the ledger has some replies, then kill it; the keys that it had."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + PATIENCE
    while len(ledger_keys(store)) < REPLIES:
        if process.poll() is not None or time.monotonic() > until:
            process.kill()
            raise Failed(f"it ended, or paid for nothing: {process.communicate()[1][-500:]}")
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    return ledger_keys(store)


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-embed-") as folder:
        work = pathlib.Path(folder)
        problems = subprocess.run([sys.argv[2], "--problems", "2"], capture_output=True, check=True)
        (work / "problems.jsonl").write_bytes(problems.stdout)
        server, store = Server(sys.argv[2], work), work / "run.db"
        command = [program, str(work / "problems.jsonl"), str(store), server.start()]
        known = kill_when_known(command, store)
        restart = time.monotonic_ns()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"going on ended with {done.returncode}: {done.stderr[-500:]}")
        asked = server.asked_since(restart)
        insist_once(known, [row for row in asked if row["key"]], "killed and run again")
        if not asked or len(done.stdout.splitlines()) < 2:
            raise Failed(f"there was nothing left to do after the kill: {done.stdout}")
        size = len(asked)
        again = subprocess.run(command, capture_output=True, text=True, check=False)
        if again.returncode != 0 or any(row["key"] for row in server.asked_since(restart)[size:]):
            raise Failed("a run that was finished asked again")
        server.stop()
        print(f"killed with {len(known)} replies known, {len(asked)} requests to go on, none twice")


if __name__ == "__main__":
    main(test)
