#!/usr/bin/env python3
"""test_window.py PROGRAM MODEL_SERVER - calls in flight where nobody says how many: what a server tells
decides, a run that was begun keeps its own, and what is left empty is said."""

import contextlib
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, log_rows, main, model_server

SERVER = sys.argv[2]
LLAMA = ["--kind", "llamacpp", "--slots", "8"]
EFFORT = ["--calls", 12, "--children", 4]


def problems(path, count):
    text = subprocess.run([SERVER, "--problems", str(count), "--seed", "4"], capture_output=True, text=True, check=True)
    path.write_text(text.stdout, encoding="utf-8")
    return path


def generate(program, store, path, *words, status=0):
    done = subprocess.run([program, "generate", path, "--store", store, *map(str, (*EFFORT, *words))],
                          capture_output=True, text=True, check=False)
    insist(done.returncode == status, f"{words}: {done.returncode}: {done.stderr}")
    return done.stderr


def recorded(store):
    """--per-tree and --in-flight as the run has them."""
    with contextlib.closing(sqlite3.connect(store)) as known:
        configuration, settings = known.execute("SELECT configuration, settings FROM run").fetchone()
    return json.loads(configuration)["per-tree"], json.loads(settings)["in-flight"]


def begun(program, work):
    """A run has what its first command decided, whatever the next one's server and problems are."""
    one, three, store, log = problems(work / "one.jsonl", 1), work / "three.jsonl", work / "run.db", work / "log"
    effort = ["--calls", 40, "--children", 4]
    with model_server(SERVER, *LLAMA, log=log) as url:
        generate(program, store, one, "--endpoint", url, *effort)
        widths = {row["n"] for row in log_rows(log)}
    insist(recorded(store) == (13, 8), f"one problem, 40 calls, 8 slots: {recorded(store)}")
    insist(widths == {1, 2}, f"candidates in a request of 8 slots: {widths}")
    three.write_text(one.read_text(encoding="utf-8") + "".join(
        line for line in problems(work / "others.jsonl", 3).read_text(encoding="utf-8").splitlines(keepends=True)[1:]),
        encoding="utf-8")
    with model_server(SERVER, "--kind", "llamacpp", "--slots", "64") as url:
        said = generate(program, store, three, "--endpoint", url, "--extend", "--in-flight", 3, *effort)
        insist("2 more problems" in said, said)
        insist(recorded(store)[0] == 13, f"going on decides anew: {recorded(store)}")
        said = generate(program, store, three, "--endpoint", url, "--per-tree", 8, *effort, status=2)
        insist("per-tree" in said, f"another window is no refusal: {said}")
    again = work / "again.db"
    generate(program, again, three, "--replay", store, *effort, "--policy", "chat")
    insist(recorded(again)[0] == 13, f"a replay decides anew: {recorded(again)}")


def goes_on(program, work):
    """Whoever goes on asks no server again what it is, and still asks as its slots want it: generate and compare."""
    one, log, words = problems(work / "one.jsonl", 2), work / "log", []

    def asked(*command, status):
        before = len(log_rows(log))
        crux(program, *command, *map(str, EFFORT), "--quiet", *words, status=status)
        return {row["n"] for row in log_rows(log)[before:]}
    with model_server(SERVER, "--kind", "llamacpp", "--slots", "4", log=log) as url:
        words = ["--endpoint", url]
        run = "generate", one, "--store", work / "run.db"
        insist(asked(*run, "--limit-calls", 5, status=5) == {1}, "one candidate a request, where there are 4 slots")
        insist(asked(*run, "--limit-calls", 0, status=0) == {1}, "a run that goes on takes all slots with one request")
        insist(recorded(work / "run.db")[1] == 4, f"{recorded(work / 'run.db')}")
        sides = "compare", one, "--out", work / "sides", "--strategies"
        for strategies in "sample", "sample,mcts":
            insist(asked(*sides, strategies, status=0) == {1}, f"compare {strategies} takes all slots with one request")
            name = f"{strategies.rpartition(',')[2]}-12-calls.db"
            insist(recorded(work / "sides" / name)[1] == 4, f"compare {strategies}: {recorded(work / 'sides' / name)}")


def old(program, work):
    """What began with 8 goes on with 8; many problems, and shards, begin with it."""
    one, many, log = problems(work / "single.jsonl", 1), problems(work / "many.jsonl", 3), work / "log"
    with model_server(SERVER, *LLAMA, log=log) as url:
        generate(program, work / "old.db", one, "--endpoint", url, "--per-tree", 8)
        generate(program, work / "old.db", one, "--endpoint", url)
        insist(recorded(work / "old.db")[0] == 8, "an old run has another window now")
        generate(program, work / "many.db", many, "--endpoint", url)
        insist(recorded(work / "many.db") == (8, 8), f"{recorded(work / 'many.db')}")
        generate(program, work / "shard.db", one, "--endpoint", url, "--shard", "1/1", "--calls", 400)
        insist(recorded(work / "shard.db")[0] == 8, "a shard has a window of its own")


def told(program, work):
    """What leaves slots empty, or has many calls wait, is said; --quiet says nothing."""
    one = problems(work / "one.jsonl", 1)
    with model_server(SERVER, *LLAMA) as url:
        words = ["--endpoint", url]
        said = generate(program, work / "few.db", one, *words, "--in-flight", 2)
        insist("8 slots" in said and "leaves some of them empty" in said, said)
        said = generate(program, work / "far.db", one, *words, "--in-flight", 64)
        insist("wait there" in said and "--in-flight 8 keeps it as busy" in said, said)
        insist("1 problem of at most 8 calls at a time each keeps at most 8 of 64 in flight" in said, said)
        said = generate(program, work / "quiet.db", one, *words, "--in-flight", 64, "--quiet")
        insist("in flight" not in said, said)
        said = generate(program, work / "plan.db", one, *words, "--strategy", "plan")
        insist("at most 1 of 8 in flight" in said and "only more problems" in said, said)
        said = generate(program, work / "right.db", one, *words)
        insist("in flight" not in said and "slots" not in said.replace("8 slots;", ""), said)
    with model_server(SERVER, "--kind", "vllm") as url:
        said = generate(program, work / "silent.db", one, "--endpoint", url)
        insist("in flight" not in said, f"nobody told or asked for a number: {said}")
        insist(recorded(work / "silent.db")[1] == 64, "without a word it is 64")


def test(program):
    for part in (begun, goes_on, old, told):
        with tempfile.TemporaryDirectory() as folder:
            part(program, pathlib.Path(folder))


if __name__ == "__main__":
    main(test)
