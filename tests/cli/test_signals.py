#!/usr/bin/env python3
"""test_signals.py PROGRAM - what an interruption does, and what it leaves.

Every run here is slow on purpose (--delay), so that a signal meets it at work, and
ends in the same way as one that nobody disturbed.
"""

import json
import os
import pathlib
import shlex
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import Failed, crux, insist, insist_same, main, puzzles

PUZZLES = 12
SLOW = "--order issued --delay lognormal:4 --workers 2 --in-flight 4 --per-tree 4 --simulations 60".split()
PATIENCE = 60


def status(program, store):
    """What crux status says, None while there is no run to speak of."""
    done = subprocess.run(
        [program, "status", "--store", str(store), "--json"], capture_output=True, text=True, check=False
    )
    return json.loads(done.stdout) if done.returncode == 0 else None


def start(program, problems, store, *more):
    words = [program, "generate", str(problems), "--store", str(store), *SLOW, *more]
    return subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for(program, store, process, holds):
    """Wait until the run's status is so, or fail."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        seen = status(program, store)
        if seen is not None and holds(seen):
            return seen
        if process.poll() is not None:
            raise Failed(f"the run ended by itself: {process.stderr.read()}")
        time.sleep(0.02)
    raise Failed("the run never came so far")


def some_done(seen):
    return seen["problems"]["finished"] >= 2


def end(process):
    """Its exit status and its words."""
    try:
        _, words = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failed("the run did not end") from None
    return process.returncode, words


def export(program, store, folder):
    crux(program, "export", "--store", store, "--to", folder)
    return folder


def goes_on(program, problems, store, work, whole):
    """The same command finishes the run, and the data are those of an undisturbed one."""
    process = start(program, problems, store)
    code, words = end(process)
    insist(code == 0, f"going on ended with {code}: {words}")
    insist_same(whole, export(program, store, work / f"{store.stem}-data"), store.stem)


def interrupt_once(program, problems, work, whole, number):
    """The first signal saves, says how to go on, and exits 130."""
    store = work / f"once-{number}.db"
    process = start(program, problems, store)
    seen = wait_for(program, store, process, some_done)
    insist(seen["running"], "status does not see the running process")
    process.send_signal(number)
    code, words = end(process)
    insist(code == 130, f"the first signal gave exit status {code}, not 130: {words}")
    printed = [line for line in words.splitlines() if "to go on:" in line]
    insist(printed, f"nobody said how to go on: {words}")
    after = status(program, store)
    insist(after["problems"]["finished"] >= 2, "what was finished was lost")
    insist(after["problems"]["waiting"] > 0, "the signal came too late to show anything")
    insist(not after["running"], "status still sees a running process")
    command = shlex.split(printed[0].split("to go on:")[1])
    insist(subprocess.run(command, capture_output=True, check=False).returncode == 0, f"{command} fails")
    insist_same(whole, export(program, store, work / f"once-{number}-data"), "the command that was printed")


def interrupt_twice(program, problems, work, whole):
    """The second signal does not wait for what is in flight."""
    store = work / "twice.db"
    process = start(program, problems, store, "--delay", "constant:30000")
    wait_for(program, store, process, lambda seen: seen["in_flight"] > 0)
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    insist(process.poll() is None, "the first signal did not wait for what was in flight")
    process.send_signal(signal.SIGINT)
    code, words = end(process)
    insist(code == 130, f"the second signal gave exit status {code}, not 130: {words}")
    goes_on(program, problems, store, work, whole)


def kill(program, problems, work, whole):
    """SIGKILL loses nothing that was finished, and status knows that nobody runs."""
    store = work / "killed.db"
    process = start(program, problems, store)
    wait_for(program, store, process, some_done)
    process.kill()
    process.communicate()
    after = status(program, store)
    insist(after["problems"]["finished"] >= 2, "what was finished was lost")
    insist(not after["running"], "status takes a killed process for a running one")
    goes_on(program, problems, store, work, whole)


def limit(program, problems, work, whole):
    """A limit ends the run with 5, and it can go on."""
    store = work / "limit.db"
    process = start(program, problems, store, "--limit-calls", "200")
    code, words = end(process)
    insist(code == 5, f"a limit gave exit status {code}, not 5: {words}")
    goes_on(program, problems, store, work, whole)


def again(program, problems, work, whole):
    """A finished run has nothing to do, says so, and changes nothing."""
    process = start(program, problems, work / "whole.db")
    code, words = end(process)
    insist(code == 0 and "nothing to do" in words, f"run again: {code}, {words}")
    insist_same(whole, export(program, work / "whole.db", work / "again"), "run again")


def unread(program, problems, work, whole):
    """A reader who goes (tee, head) ends the run like a signal: what is in flight is kept."""
    store = work / "unread.db"
    words = [program, "generate", str(problems), "--store", str(store), *SLOW]
    read, write = os.pipe()
    with subprocess.Popen(words, stdout=write, stderr=write) as process:
        os.close(write)
        process.stderr = os.fdopen(os.dup(read), encoding="utf-8")
        wait_for(program, store, process, some_done)
        process.stderr.close()
        os.close(read)
        process.send_signal(signal.SIGHUP)  # what it says to that is read by nobody
        code = process.wait(timeout=PATIENCE)
    insist(code == 130, f"a run whose words nobody reads ended with {code}, not 130")
    goes_on(program, problems, store, work, whole)


def solve_interrupted(program, problems):
    """solve prints what it has, in order, and exits 130."""
    words = [program, "solve", str(problems), "--json", *SLOW, "--delay", "lognormal:20"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=PATIENCE)
    insist(process.returncode == 130, f"solve exited {process.returncode}, not 130: {errors}")
    printed = [json.loads(line)["id"] for line in [first, *rest.splitlines()]]
    wanted = [json.loads(line)["id"] for line in problems.read_text().splitlines()]
    insist(printed == [one for one in wanted if one in printed], "results out of order")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-signals-") as folder:
        work = pathlib.Path(folder)
        problems = puzzles(program, work / "problems.jsonl", PUZZLES)
        code, words = end(start(program, problems, work / "whole.db"))
        insist(code == 0, f"the undisturbed run exited {code}: {words}")
        whole = export(program, work / "whole.db", work / "whole")
        interrupt_once(program, problems, work, whole, signal.SIGINT)
        interrupt_once(program, problems, work, whole, signal.SIGTERM)
        interrupt_twice(program, problems, work, whole)
        unread(program, problems, work, whole)
        kill(program, problems, work, whole)
        limit(program, problems, work, whole)
        again(program, problems, work, whole)
        solve_interrupted(program, problems)


if __name__ == "__main__":
    main(test)
