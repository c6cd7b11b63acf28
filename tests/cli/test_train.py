#!/usr/bin/env python3
"""test_train.py PROGRAM - crux train: what it writes, what it refuses, and that nothing is written otherwise.

The same trees give the same file. Empty, foreign, truncated, older and later stores, stores whose trees teach
nothing, a file that is there, and files of critics that are not as they must be end with a sentence that names
the file and what was expected, and change nothing. Killed at any instant there is the whole file or none.
"""

import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import DEEP, crux, insist, main, puzzles

STORES = pathlib.Path(__file__).resolve().parent.parent / "stores"
PUZZLES = 40
KILLS = 60 if DEEP else 8
TRAIN = ["train", "--critic", "execution", "--label", "score"]


def refused(program, work, status, words, *sentences):
    """It ends so, says so, and leaves every file as it was."""
    before = snapshot(work)
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False, cwd=work)
    told = [line for line in done.stderr.splitlines() if all(word in line for word in sentences)]
    insist(done.returncode == status, f"{words}: exit status {done.returncode}, not {status}: {done.stderr}")
    insist(told, f"{words}: no line says {sentences}: {done.stderr}")
    insist(done.stdout == "", f"{words}: it prints {done.stdout}")
    insist(snapshot(work) == before, f"{words}: files have changed: {set(snapshot(work)) ^ set(before)}")


def snapshot(work):
    """Every file but what SQLite keeps beside a store that is open."""
    return {path.name: path.read_bytes() for path in work.iterdir()
            if path.is_file() and not path.name.endswith(("-wal", "-shm"))}


def whole(program, work, store):
    """A critic from start to end, twice the same bytes; what was measured is in file and output."""
    told = json.loads(crux(program, *TRAIN, "--store", store, "--out", work / "a.linear", "--json"))
    crux(program, *TRAIN, "--store", store, "--out", work / "b.linear")
    data = (work / "a.linear").read_bytes()
    head = json.loads(data.split(b"\n")[1])
    every = told["held_out"][0]
    insist(data == (work / "b.linear").read_bytes(), "the same trees give two files")
    insist(head["role"] == "execution" and head["trained"]["held_out"] == told["held_out"],
           "the file's head says something else than what was printed")
    insist(every["group"] == "all" and every["problems"] + told["problems"] == PUZZLES,
           "some problems are neither held out nor trained on")
    insist(0.5 < every["accuracy_low"] <= every["accuracy"] <= every["accuracy_high"] <= 1.0,
           f"no accuracy with its interval: {every}")
    depths = [row["rows"] for row in told["held_out"] if row["group"].startswith("depth")]
    seen = [row["rows"] for row in told["held_out"] if row["group"].endswith("seen")]
    insist(sum(depths) == sum(seen) == every["rows"], "the groups have not all rows")
    text = crux(program, *TRAIN, "--store", store, "--out", work / "b.linear", "--force")
    insist(f"{100 * every['accuracy']:.1f} %" in text.splitlines()[1], f"other figures for people: {text}")
    for role in ("outcome", "value"):
        crux(program, "train", "--critic", role, "--store", store, "--out", work / f"{role}.linear")
        crux(program, "solve", work / "puzzles.jsonl", "--no-store", "--critic", f"{role}=linear:{work / role}.linear",
             "--simulations", 20, "--critic", "execution=none", "--quiet", *([] if role == "outcome" else ["--rollouts", 0]))


def with_critic(program, work):
    """A run is guided by the file, and is another one with another file."""
    run = ["generate", work / "puzzles.jsonl", "--store", work / "guided.db", "--quiet", "--simulations", 20,
           "--critic", f"execution=linear:{work / 'c.linear'}"]
    shutil.copy(work / "a.linear", work / "c.linear")
    crux(program, *run)
    crux(program, *TRAIN, "--store", work / "run.db", "--out", work / "c.linear", "--force", "--seed", 2)
    refused(program, work, 2, run, "sha256.critic.execution")


def bad_options(program, work, store):
    out = ["--store", store, "--out", "none.linear"]
    for role, words in (("annotate", ["critiques"]), ("cook", ["cook", "execution"]),
                        ("execution:dish", ["dish"]), ("outcome:step", ["outcome:step"])):
        refused(program, work, 2, ["train", "--critic", role, *out], *words)
    for option, value in (("--hold-out", 0), ("--hold-out", 1), ("--cost", 0), ("--label", "taste"), ("--rows", 0)):
        refused(program, work, 2, [*TRAIN, *out, option, value], option)
    refused(program, work, 2, ["train", "--critic", "execution", "--store", store], "--out")
    refused(program, work, 2, ["train", *out], "--critic ROLE or --all", "none")
    refused(program, work, 2, [*TRAIN, *out, "--all"], "--critic ROLE or --all", "both")
    refused(program, work, 2, ["train", "--all", "--store", store, "--out", ""], "--out")
    for option, value in (("--margin", 1.5), ("--siblings", "few")):
        refused(program, work, 2, [*TRAIN, *out, option, value], option)
    refused(program, work, 3, ["train", "--critic", "execution", *out, "--margin", 1, "--visits", 20],
            "1 or more apart")
    for critic, kind in (("subgoal", "sub-goal"), ("execution:doc", "doc")):
        refused(program, work, 3, ["train", "--critic", critic, *out], f"two children of kind {kind}", "--grammar")


def bad_stores(program, work, store):
    """Whatever is wrong with a store, it is named."""
    def train(name, *words):
        return ["train", "--critic", "execution", "--store", name, "--out", "none.linear", *words]

    (work / "empty.db").write_bytes(b"")
    (work / "text.db").write_text("this is no store\n" * 50, encoding="utf-8")
    (work / "short.db").write_bytes(store.read_bytes()[:-8192])
    later = work / "later.db"
    shutil.copy(store, later)
    with sqlite3.connect(later) as db:
        db.execute("UPDATE store SET version = 99")
    for name, status in (("nowhere.db", 4), ("empty.db", 4), ("text.db", 4), ("short.db", 4), ("later.db", 4)):
        refused(program, work, status, train(name), name)
    crux(program, "generate", work / "puzzles.jsonl", "--store", work / "begun.db", "--quiet", "--limit-calls", 1,
         status=5)
    refused(program, work, 3, train("begun.db"), "no finished tree")
    crux(program, "generate", work / "few.jsonl", "--store", work / "few.db", "--quiet", "--simulations", 50,
         "--critic", "execution=numbers")
    refused(program, work, 3, train("few.db", "--label", "score"), "only 3 problems")
    crux(program, "generate", work / "puzzles.jsonl", "--store", work / "plain.db", "--quiet", "--simulations", 50)
    refused(program, work, 3, train("plain.db", "--label", "score"), "has a score", "--label score")
    refused(program, work, 3, train("plain.db", "--visits", 100000), "100000 visits")
    for old in STORES.glob("*-puzzles.db"):  # are read, and are too few
        shutil.copy(old, work / "old.db")
        refused(program, work, 3, ["train", "--critic", "value", "--store", "old.db", "--out", "none.linear"],
                "only 3 problems")


def bad_places(program, work, store):
    (work / "mine.linear").write_text("mine", encoding="utf-8")
    (work / "folder.linear").mkdir()
    train = [*TRAIN, "--store", store, "--out"]
    refused(program, work, 4, [*train, "mine.linear"], "mine.linear is there already", "--force")
    refused(program, work, 4, [*train, "folder.linear", "--force"], "folder.linear", "no file")
    refused(program, work, 4, [*train, "no/such/place.linear"], "no/such/place.linear")


def bad_critics(program, work):
    """A file that is no critic, or is not whole, stops the run before it begins."""
    data = (work / "a.linear").read_bytes()
    (work / "cut.linear").write_bytes(data[:-5])
    (work / "later.linear").write_bytes(data.replace(b"crux-linear 1", b"crux-linear 2", 1))
    (work / "text.linear").write_text("not a critic\n", encoding="utf-8")
    for name, status, *words in (("cut", 3, "cut off"), ("later", 3, "later crux"), ("text", 3, "no critic"),
                                 ("value", 2, "value critic"), ("nowhere", 2, "nowhere.linear")):
        refused(program, work, status, ["generate", "few.jsonl", "--store", "none.db", "--critic",
                                        f"execution=linear:{name}.linear"], f"{name}.linear", *words)


def killed(program, work, store):
    """At any instant: the whole file or none, and the same command goes on."""
    golden, out = (work / "a.linear").read_bytes(), work / "killed.linear"
    words = [program, *map(str, TRAIN), "--store", str(store), "--out", str(out), "--force"]
    began = time.monotonic()
    subprocess.run(words, check=True, capture_output=True)
    takes = time.monotonic() - began
    for i in range(KILLS):
        out.unlink(missing_ok=True)
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(takes * 1.2 * (i + 1) / KILLS)
            process.send_signal((signal.SIGKILL, signal.SIGTERM)[i % 2])
        insist(process.returncode in (0, 130, -signal.SIGKILL), f"kill {i}: exit status {process.returncode}")
        insist(not out.exists() or out.read_bytes() == golden, f"kill {i}: a file that is not whole")
        insist(out.exists() or process.returncode != 0, f"kill {i}: it says that it wrote a file")
    subprocess.run(words, check=True, capture_output=True)
    insist(out.read_bytes() == golden, "after all kills the file is another one")
    left = [path.name for path in work.iterdir() if path.name.endswith(".partial")]
    insist(not left, f"left behind: {left}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-train-") as folder:
        work, store = pathlib.Path(folder), pathlib.Path(folder) / "run.db"
        puzzles(program, work / "puzzles.jsonl", PUZZLES)
        puzzles(program, work / "few.jsonl", 3)
        crux(program, "generate", work / "puzzles.jsonl", "--store", store, "--quiet", "--simulations", 100,
             "--children", 40, "--critic", "execution=numbers")
        whole(program, work, store)
        with_critic(program, work)
        bad_options(program, work, store)
        bad_stores(program, work, store)
        bad_places(program, work, store)
        bad_critics(program, work)
        killed(program, work, store)
        insist(not os.path.exists(work / "none.linear"), "a refused training has written a file")


if __name__ == "__main__":
    main(test)
