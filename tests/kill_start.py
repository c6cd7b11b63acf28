#!/usr/bin/env python3
"""kill_start.py PROGRAM MODEL_SERVER SHIM - a run's start is one step.

A small served run is ended at a system call on its store (SHIM counts them and does it): killed before
the call, killed when half of what it writes is written, or refused with an error of the disk. The same
command, given again, goes on from all of them to its end, and gives the data of a run that nobody
stopped. So it does after an empty file and after a prompt file with a mistake. And a disk's error is
called by its name."""

import errno
import os
import pathlib
import random
import subprocess
import sys
import tempfile

from support import DEEP, QUICK, Failed, crux, insist_same, main, model_server

RUN = "--policy chat --calls 4 --children 2 --in-flight 4 --per-tree 2 --workers 1 --order issued --quiet".split()
SERVER = "--kind vllm --slots 8 --seed 3".split()
SAMPLE = 9  # kills of each kind, when not all


class Start:
    def __init__(self, program, shim, work, url):
        self.program, self.shim, self.work, self.url = program, shim, work, url

    def words(self, store, *more):
        return ["generate", self.work / "problems.jsonl", "--store", store, "--endpoint", self.url, *RUN, *more]

    def fault(self, store, at, kind, count=""):
        """The run with a fault at a call: its exit status and its words."""
        environment = {**os.environ, "LD_PRELOAD": self.shim, "STORE_FAULT_FILE": store.name,
                       "STORE_FAULT_AT": str(at), "STORE_FAULT_KIND": kind, "STORE_FAULT_COUNT": str(count)}
        done = subprocess.run([self.program, *map(str, self.words(store))], capture_output=True, text=True,
                              check=False, env=environment)
        return done.returncode, done.stderr

    def place(self, name):
        folder = self.work / name
        folder.mkdir()
        return folder / "run.db"

    def export(self, store):
        folder = store.parent / "out"
        crux(self.program, "export", "--store", store, "--to", folder)
        return folder

    def goes_on(self, store, whole, when):
        try:
            crux(self.program, *self.words(store))
        except Failed as failure:
            raise Failed(f"{when}: {failure}") from failure
        left = [path.name for path in store.parent.iterdir()]
        if left != ["run.db"]:
            raise Failed(f"{when}: beside the store lie {left}")
        insist_same(whole, self.export(store), when)


def points(calls, kind):
    """All of them; or some, most of them early, where the start is. An error at the end counts, too:
    the writer must not say that it has ended well."""
    draw = random.Random(calls)
    if DEEP:
        return range(1, calls + 1)
    early = draw.sample(range(1, min(calls, 60)), SAMPLE * 2 // 3)
    late = draw.sample(range(60, calls + 1), min(SAMPLE // 3, max(calls - 60, 0)))
    return sorted({*early, *late, *(range(calls - 24, calls - 8, 2) if kind == str(errno.EIO) else ())})


def faults(start, whole, calls, kind, expected):
    ended, count = 0, start.work / "count"
    tried = points(calls, kind)
    for at in tried:
        store = start.place(f"{kind}-{at}")
        status, said = start.fault(store, at, kind, count)
        over = status == 0 and int(count.read_text(encoding="utf-8")) < at  # not all runs make as many calls
        if status not in expected and not over:
            raise Failed(f"{kind} at call {at}: exit status {status}: {said}")
        ended += status != 0
        start.goes_on(store, whole, f"{kind} at call {at} of {calls}")
    print(f"{kind}: {ended} runs ended by it, of {len(tried)}, all gone on with", flush=True)


def said_by_name(start):
    """What the system says of the disk is what the user is told."""
    for number, sentence in ((errno.EDQUOT, "the quota of the disk is used up"), (errno.ENOSPC, "the disk is full"),
                             (errno.EIO, "Input/output error")):
        for at in (12, 40):
            status, said = start.fault(start.place(f"said-{number}-{at}"), at, f"{number}+")
            if status != 4 or sentence not in said:
                raise Failed(f"error {number} from call {at} on: exit status {status}: {said}")
    print("errors of the disk are called by their names", flush=True)


def mistakes(start, whole):
    """Nothing has begun by a command that was wrong, or in an empty file."""
    store = start.place("empty")
    store.write_bytes(b"")
    start.goes_on(store, whole, "an empty file")
    store = start.place("mistake")
    prompt = start.work / "prompt.yaml"
    prompt.write_text("system: [\n", encoding="utf-8")
    done = subprocess.run([start.program, *map(str, start.words(store, "--prompt", prompt))], capture_output=True,
                          check=False)
    if done.returncode != 2:
        raise Failed(f"a prompt file with a mistake: exit status {done.returncode}: {done.stderr}")
    left = [path.name for path in store.parent.iterdir()]
    if left != ["run.db"]:
        raise Failed(f"a prompt file with a mistake leaves {left}")
    start.goes_on(store, whole, "a prompt file with a mistake, mended")


def test(program):
    with tempfile.TemporaryDirectory(dir=QUICK, prefix="crux-start-") as folder, model_server(sys.argv[2], *SERVER) as url:
        work = pathlib.Path(folder)
        start = Start(program, sys.argv[3], work, url)
        problems = subprocess.run([sys.argv[2], "--problems", "2"], capture_output=True, check=True)
        (work / "problems.jsonl").write_bytes(problems.stdout)
        store, count = start.place("whole"), work / "count"
        if start.fault(store, 0, "", count)[0] != 0:
            raise Failed("the run does not end well with the shim alone")
        calls = int(count.read_text(encoding="utf-8"))
        whole = start.export(store)
        print(f"{calls} system calls on the store", flush=True)
        mistakes(start, whole)
        faults(start, whole, calls, "kill", (-9,))
        faults(start, whole, calls, "torn", (-9, 0))
        faults(start, whole, calls, str(errno.EIO), (0, 4))
        said_by_name(start)


main(test)
