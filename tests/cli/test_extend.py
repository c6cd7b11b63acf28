#!/usr/bin/env python3
"""test_extend.py PROGRAM MODEL_SERVER - a run goes on with more lines at the end of its input, says so and
records it; what was finished stays byte for byte."""

import contextlib
import hashlib
import json
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import QUICK, crux, insist, insist_same, instants, log_rows, main, puzzles, seconds_of

SERVER = sys.argv[2]
STORES = pathlib.Path(__file__).resolve().parent.parent / "stores"
RUN = ["--simulations", 20, "--order", "issued", "--quiet"]
VIEWS = ("critique", "processbench", "trees")


def done(program, *words):
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)


def refused(program, status, words, *sentences):
    ended = done(program, *words)
    insist(ended.returncode == status, f"{words}: exit status {ended.returncode}, not {status}: {ended.stderr}")
    for sentence in sentences:
        insist(sentence in ended.stderr, f"{words}: does not say `{sentence}`: {ended.stderr}")


def export(program, folder, *stores):
    crux(program, "export", "--to", folder, *[word for store in stores for word in ("--store", store)])
    return folder


def rows(folder, view):
    return (folder / "data" / view / "train-00000-of-00001.jsonl").read_bytes()


def input_of(folder):
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["input"]


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def beginning(path, out, lines, last_break=True):
    """The first lines of a file, the last one with its break or without."""
    text = b"".join(path.read_bytes().splitlines(keepends=True)[:lines])
    out.write_bytes(text if last_break else text.rstrip(b"\n"))
    return out


def grows(program, work):
    """A finished run of ten puzzles gets twenty more, however the ten ended: only those are searched. Old rows
    stay, new trees are those of a run that had all of them at once; status, manifest and doctor agree."""
    whole = puzzles(program, work / "whole.jsonl", 30)
    crux(program, "generate", whole, "--store", work / "once.db", *RUN)
    once = export(program, work / "once", work / "once.db")
    insist("begun_sha256" not in input_of(once), "an input that never grew is said to have grown")
    for last_break in (True, False):
        ten = beginning(whole, work / "ten.jsonl", 10, last_break)
        store = work / f"{last_break}.db"
        words = ["generate", whole, "--store", store, *RUN]
        crux(program, "generate", ten, "--store", store, *RUN)
        before = export(program, work / f"before-{last_break}", store)
        untouched = store.read_bytes()
        refused(program, 2, words, "was begun with input", "20 more problems behind them, which --extend adds")
        insist(store.read_bytes() == untouched, "a run that was refused changed the store")
        ended = done(program, *words, "--extend")
        insist(ended.returncode == 0, f"--extend: exit status {ended.returncode}: {ended.stderr}")
        for sentence in ("the input has 20 more problems than when the run was begun, from line 11 on; they are "
                         "added", "10 of 30 problems are done already; going on with 20", "30 of 30 problems done"):
            insist(sentence in ended.stderr, f"--extend does not say `{sentence}`: {ended.stderr}")
        after = export(program, work / f"after-{last_break}", store)
        for view in VIEWS:
            insist(rows(after, view).startswith(rows(before, view)), f"{view}: the rows of ten puzzles changed")
        insist(rows(after, "trees") == rows(once, "trees"), "the trees are not those of a run with all at once")
        insist(input_of(after) == {"problems": 30, "sha256": sha256(whole), "skipped_lines": 0,
                                   "begun_sha256": sha256(ten), "begun_lines": 10}, f"manifest: {input_of(after)}")
        insist("added    20 problems behind line 10 of the input, at 20" in crux(program, "status", "--store", store),
               "status does not tell that the input has grown")
        grown = json.loads(crux(program, "status", "--store", store, "--json"))["settings"]["input-extensions"]
        insist([(e["before"], e["lines"], e["problems"]) for e in grown] == [(sha256(ten), 10, 20)], f"status: {grown}")
        crux(program, "doctor", "--store", store)
        for more in ([], ["--extend"]):
            insist("nothing to do" in done(program, *words, *more).stderr, f"going on with {more} is not just going on")
        refused(program, 2, ["generate", ten, "--store", store, *RUN, "--extend"], "lines were added since")


def changed_elsewhere(program, work):
    """What differs in anything else is refused with --extend, too; twice-used ids are bad lines, as in any file;
    and a file may grow while some problems wait, and again."""
    whole, store = puzzles(program, work / "whole.jsonl", 12), work / "run.db"
    lines = whole.read_bytes().splitlines(keepends=True)
    crux(program, "generate", beginning(whole, work / "in.jsonl", 4), "--store", store, *RUN, "--estimate", 2)
    untouched = store.read_bytes()
    extend = ["generate", work / "in.jsonl", "--store", store, *RUN, "--extend"]
    array = b"[" + b",".join(line.strip() for line in lines) + b"]"
    for text in (b"".join(lines[1:]), b" " + b"".join(lines), b"".join(lines[:3]), array,
                 b"".join([*lines[:3], lines[3].strip(), b" \n", *lines[4:]])):
        (work / "in.jsonl").write_bytes(text)
        refused(program, 2, extend, "was begun with input", "--extend adds lines at the end")
    (work / "in.jsonl").write_bytes(b"".join(lines))
    refused(program, 2, [*extend, "--seed", 7], "was begun with seed=")
    refused(program, 2, [*extend, "--shard", "1/2"], "has the whole of its run, and not shard 1/2")
    insist(store.read_bytes() == untouched, "a run that was refused changed the store")
    (work / "in.jsonl").write_bytes(b"".join([*lines[:6], lines[0], b"no problem\n", lines[6]]))
    crux(program, *extend, "--estimate", 1, status=6)
    (work / "in.jsonl").write_bytes(b"".join([*lines[:6], lines[0], b"no problem\n", *lines[6:]]))
    with (work / "in.jsonl").open("rb") as file:
        ended = subprocess.run([program, "generate", "-", *map(str, extend[2:])], stdin=file, capture_output=True,
                               text=True, check=False)
    insist(ended.returncode == 6 and "has 5 more problems" in ended.stderr and "12 of 12 problems done" in ended.stderr
           and "2 lines skipped" in ended.stderr, f"growing again: {ended.returncode}: {ended.stderr}")
    folder = work / "set"
    crux(program, "export", "--store", store, "--to", folder)
    insist(input_of(folder)["begun_lines"] == 4 and input_of(folder)["problems"] == 12, f"{input_of(folder)}")


def shards(program, work):
    """Each shard is extended for itself, with its own problems; a set in which one is not says so. One that is begun
    later belongs to the run that was begun first, in whatever order stores are named."""
    whole = puzzles(program, work / "whole.jsonl", 40)
    part = beginning(whole, work / "part.jsonl", 20)
    stores = [work / f"{i}.db" for i in (1, 2, 3)]
    for i in (1, 2):
        crux(program, "generate", part, "--store", stores[i - 1], "--shard", f"{i}/3", *RUN)
    names = {crux(program, "status", "--store", store).split()[1] for store in stores[:2]}
    refused(program, 2, ["generate", whole, "--store", stores[0], "--extend", *RUN], "has shard 1/3 of its run")
    ended = done(program, "generate", whole, "--store", stores[0], "--shard", "1/3", "--extend", *RUN)
    insist("20 more problems" in ended.stderr and "belong to this shard" in ended.stderr, f"{ended.stderr}")
    words = ["export", "--to", work / "no", "--store", stores[0], "--store", stores[1]]
    refused(program, 2, words, "not yet to that of store 2", "--extend")
    crux(program, "generate", whole, "--store", stores[1], "--shard", "2/3", "--extend", *RUN)
    crux(program, "generate", whole, "--store", stores[2], "--shard", "3/3", *RUN)
    merged = export(program, work / "merged", *stores)
    insist_same(merged, export(program, work / "backwards", *reversed(stores)), "shards, backwards")
    insist(len(names) == 1 and names.pop() in (merged / "manifest.json").read_text(encoding="utf-8"), "another name")
    crux(program, "generate", whole, "--store", work / "once.db", *RUN)
    insist(rows(merged, "trees") == rows(export(program, work / "once", work / "once.db"), "trees"), "other trees")


def served(program, work):
    """A served run that grew pays for nothing twice, and its replay from the whole file is the same data set."""
    lines = (STORES / "questions.jsonl").read_bytes().splitlines(keepends=True)
    words = ["--policy", "chat", "--children", 2, "--calls", 8, "--critic", "outcome=match", "--critic", "annotate=none",
             "--quiet"]
    (work / "part.jsonl").write_bytes(b"".join(lines[:2]))
    (work / "whole.jsonl").write_bytes(b"".join(lines))
    log, store = work / "log.jsonl", work / "run.db"
    serve = [SERVER, "--leash", "stdin", "--log", str(log)]
    with subprocess.Popen(serve, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip() + "/v1"
        crux(program, "generate", work / "part.jsonl", "--store", store, "--endpoint", url, *words)
        crux(program, "generate", work / "whole.jsonl", "--store", store, "--endpoint", url, *words, "--extend")
        process.stdin.close()
    keys = [row["key"] for row in log_rows(log)]
    insist(len(keys) == len(set(keys)), "something was asked twice")
    paid = json.loads(crux(program, "cost", "--store", store, "--json"))["paid"]["calls"]
    insist(paid > 0, "nothing was paid for")
    crux(program, "generate", work / "whole.jsonl", "--store", work / "again.db", "--replay", store, *words)
    crux(program, "generate", work / "whole.jsonl", "--store", work / "again.db", "--replay", store, *words)
    insist_same(export(program, work / "one", store), export(program, work / "two", work / "again.db"), "a replay")


def old_store(program, work):
    """A store of version 1 becomes one of this version and gets more problems, in one step."""
    store = pathlib.Path(shutil.copy(STORES / "store1-tree2-2a97603-puzzles.db", work / "run.db"))
    whole = work / "whole.jsonl"
    extra = b'{"id": "extra", "numbers": [1, 2, 3, 4]}\n'
    whole.write_bytes((STORES / "puzzles.jsonl").read_bytes() + extra)
    words = ["--quiet", "--workers", 1, "--calls", 20, "--order", "issued", "--per-tree", 4]
    before = crux(program, "status", "--store", store).split()[1]
    crux(program, "generate", whole, "--store", store, *words, "--extend")
    insist(crux(program, "status", "--store", store).split()[1] == before, "the run got another name")
    crux(program, "doctor", "--store", store)
    insist("extra" in crux(program, "show", "--store", store, "extra"), "the new problem has no tree")


def pictures(program, work):
    """Pictures of lines that were added must stay what they were, like all others, and do not change the names."""
    lines = puzzles(program, work / "in.jsonl", 4).read_text(encoding="utf-8").splitlines()
    lines = [line[:-1] + f', "images": ["{i}.png"]}}\n' for i, line in enumerate(lines)]
    for i in range(4):
        (work / f"{i}.png").write_bytes(b"picture %d" % i)
    words = ["generate", work / "in.jsonl", "--store", work / "run.db", *RUN, "--extend"]
    names = set()
    for count in (1, 2, 4):
        (work / "in.jsonl").write_text("".join(lines[:count]), encoding="utf-8")
        crux(program, *words)
        manifest = json.loads((export(program, work / f"{count}", work / "run.db") / "manifest.json").read_bytes())
        names.add((manifest["run_id"], manifest["config_hash"]))
    insist(len(names) == 1, f"the names changed: {names}")
    for i, sentence in ((0, "sha256.images"), (1, "from line 2 on"), (3, "from line 3 on")):
        kept = (work / f"{i}.png").read_bytes()
        (work / f"{i}.png").write_bytes(b"another")
        refused(program, 2, words, sentence)
        (work / f"{i}.png").write_bytes(kept)
    crux(program, *words)


def killed(program, work):
    """Killed at any instant, the store has the shorter input or the longer, whole, and the same command goes on to the
    same end."""
    whole = puzzles(program, work / "whole.jsonl", 60)
    part = beginning(whole, work / "part.jsonl", 20)
    run = ["--simulations", 4, "--order", "issued", "--quiet"]
    crux(program, "generate", part, "--store", work / "part.db", *run)
    shutil.copy(work / "part.db", work / "never.db")
    takes = seconds_of(program, "generate", whole, "--store", work / "never.db", *run, "--extend")
    never = export(program, work / "never", work / "never.db")
    seen = set()
    for round_, after in enumerate(instants(takes, 200, 24)):
        if round_ >= 8 and len(seen) == 2:
            break
        store = work / f"{round_}.db"
        shutil.copy(work / "part.db", store)
        words = [program, *map(str, ["generate", whole, "--store", store, *run, "--extend"])]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(after)
            process.kill()
        with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
            inputs = {sha256(part): 20, sha256(whole): 60}
            there = db.execute("SELECT count(*) FROM problem").fetchone()[0]
            insist(inputs[db.execute("SELECT input_sha256 FROM run").fetchone()[0]] == there, f"{there} problems")
        seen.add(there)
        if round_ % 4 == 0:
            crux(program, "doctor", "--store", store)
            crux(program, *words[1:])
            insist_same(never, export(program, work / f"{round_}", store), f"killed in round {round_}")
    insist(seen == {20, 60}, f"only {seen} problems were seen: this was no test")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-extend-", dir=QUICK) as folder:
        for part in (grows, changed_elsewhere, shards, served, old_store, pictures, killed):
            work = pathlib.Path(folder, part.__name__)
            work.mkdir()
            part(program, work)
            print(f"{part.__name__}: as promised", flush=True)


main(test)
