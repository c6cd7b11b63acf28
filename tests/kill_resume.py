#!/usr/bin/env python3
"""kill_resume.py PROGRAM [KILLS [EXPORT_KILLS]] - a run killed at any instant, run
again, ends in the same data set.

An uninterrupted run is measured and exported. Then KILLS runs are killed with SIGKILL
at instants spread over the measured duration, run again to their end and exported: the
whole folder must be equal, byte for byte, every time. So that this tests what it says,
at least four of five kills must have left some problems finished and some not.
EXPORT_KILLS more are killed during the export: what is at its place afterwards is
nothing or everything, and exporting again gives the same folder.
"""

import json
import pathlib
import subprocess
import sys
import tempfile
import time

from support import DEEP, Failed, crux, insist_same, main, puzzles, side_by_side

PUZZLES = 60 if DEEP else 24

# Calls answer late, so the run lasts seconds; few trees are open at a time, so
# problems finish all along it.
SETTINGS = (
    "--order issued --delay lognormal:4 --workers 2 --in-flight 4 --per-tree 4 "
    "--simulations 60 --seed 7"
).split()

# Shares of the measured duration between which runs are killed: the next run may be a
# little faster than the one that was measured.
FIRST, LAST = 0.15, 0.92


def generate_command(program, work, name):
    store = work / f"{name}.db"
    return store, [program, "generate", str(work / "problems.jsonl"), "--store", str(store), *SETTINGS]


def export(program, store, folder):
    crux(program, "export", "--store", store, "--to", folder, "--view", "critique", "--view", "trees")


def killed_after(command, seconds):
    """Start command, kill it after some seconds; was it still running?"""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(timeout=seconds)
        return False
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return True


def uninterrupted(program, work):
    """Run and export once; return both durations."""
    store, command = generate_command(program, work, "whole")
    started = time.monotonic()
    crux(*command)
    ran = time.monotonic() - started
    started = time.monotonic()
    export(program, store, work / "whole")
    return ran, time.monotonic() - started


def was_partial(program, store):
    """Did the kill leave some problems finished and some not?"""
    if not store.exists():
        return False
    look = subprocess.run(
        [program, "status", "--store", str(store), "--json"], capture_output=True, text=True, check=False
    )
    if look.returncode != 0:
        return False  # killed before the store had a run
    problems = json.loads(look.stdout)["problems"]
    return problems["finished"] > 0 and problems["waiting"] > 0


def kill_run(program, work, name, instant):
    """Kill a run after some seconds, and run it to its end; did the kill leave a part?"""
    store, command = generate_command(program, work, name)
    alive = killed_after(command, instant)
    left = was_partial(program, store)
    crux(*command)
    export(program, store, work / name)
    when = f"killed after {instant:.2f} s"
    insist_same(work / "whole", work / name, when)
    print(f"{when}{'' if alive else ' (it had ended)'}: same", flush=True)
    return left


def kill_runs(program, work, kills, duration):
    instants = [duration * (FIRST + (LAST - FIRST) * (k + 0.5) / kills) for k in range(kills)]
    partial = sum(side_by_side((kill_run, program, work, f"killed{k}", instants[k]) for k in range(kills)))
    print(f"{partial} of {kills} kills left some problems finished and some not")
    if partial < 0.8 * kills:
        raise Failed("too few kills fell between the first finished problem and the last")


def kill_exports(program, work, kills, duration):
    for k in range(kills):
        folder = work / f"export{k}"
        instant = duration * (k + 0.5) / kills
        words = ["--store", str(work / "whole.db"), "--to", str(folder)]
        views = ["--view", "critique", "--view", "trees"]
        killed_after([program, "export", *words, *views], instant)
        when = f"export killed after {instant * 1000:.0f} ms"
        if folder.exists():
            insist_same(work / "whole", folder, f"{when}, what is there")
        crux(program, "export", *words, *views, "--force")
        insist_same(work / "whole", folder, f"{when}, exported again")
        print(f"{when}: same", flush=True)


def test(program):
    counts = [int(word) for word in sys.argv[2:]]
    kills, export_kills = (counts + ([50, 10] if DEEP else [12, 3])[len(counts) :])[:2]
    with tempfile.TemporaryDirectory(prefix="crux-kill-") as folder:
        work = pathlib.Path(folder)
        puzzles(program, work / "problems.jsonl", PUZZLES)
        ran, exported = uninterrupted(program, work)
        print(f"uninterrupted: {ran:.2f} s, export {exported * 1000:.0f} ms", flush=True)
        kill_runs(program, work, kills, ran)
        kill_exports(program, work, export_kills, exported)


if __name__ == "__main__":
    main(test)
