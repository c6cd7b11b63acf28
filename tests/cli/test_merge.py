#!/usr/bin/env python3
"""test_merge.py PROGRAM MODEL_SERVER - crux merge: the stores of shards become one that is like one run's; what
lacks is named, what does not belong together is refused, and nothing stands under the name until it is whole."""

import contextlib
import json
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import DEEP, QUICK, crux, insist, insist_same, log_rows, main, model_server, paid, puzzles, side_by_side

SERVER = sys.argv[2]
NOWHERE = "http://127.0.0.1:9/v1"
EXAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "examples"
STORES = pathlib.Path(__file__).resolve().parent.parent / "stores"
RUN = ["--simulations", 12, "--order", "issued", "--quiet"]
SERVED = ["--policy", "chat", "--calls", 12, "--children", 3, "--price-prompt", 1, "--price-completion", 2, "--quiet"]


def done(program, *words):
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)


def refused(program, status, words, *sentences):
    ended = done(program, *words)
    insist(ended.returncode == status, f"{words}: exit status {ended.returncode}, not {status}: {ended.stderr}")
    for sentence in sentences:
        insist(sentence in ended.stderr, f"{words}: does not say `{sentence}`: {ended.stderr}")
    return ended


def merging(stores, to, *more):
    return ["merge", *[word for store in stores for word in ("--store", store)], "--to", to, *more]


VIEWS = ["--view", "trees", "--view", "critique"]


def export(program, store, folder, *more):
    crux(program, "export", "--store", store, "--to", folder, *(more or VIEWS))
    return folder


def everything(program, folder, *stores):
    """Every view there is."""
    crux(program, "export", *[word for store in stores for word in ("--store", store)], "--to", folder)
    return folder


def beside(path):
    """What lies there and has its name in its own."""
    return sorted(other.name for other in path.parent.iterdir() if path.name in other.name)


def insist_whole(program, store, when):
    ended = done(program, "doctor", "--store", store)
    insist(ended.returncode == 0 and "it is whole" in ended.stdout, f"{when}: doctor: {ended.stdout}{ended.stderr}")
    insist(beside(store) == [store.name], f"{when}: beside it lie {beside(store)}")


def shards(program, problems, work, count, *words, name="shard"):
    stores = [work / f"{name}-{i}.db" for i in range(1, count + 1)]
    for i, store in enumerate(stores, 1):
        crux(program, "generate", problems, "--store", store, "--shard", f"{i}/{count}", *words)
    return stores


def sums(bills):
    """What several bills come to, member by member."""
    return {part: {key: sum(bill[part][key] for bill in bills) for key in bills[0][part]}
            for part in ("paid", "refused", "unsettled")}


def everything_in(store):
    """Every row of every table, but that which counts commits."""
    with contextlib.closing(sqlite3.connect(store)) as base:
        names = [name for name, in base.execute("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")]
        return {name: sorted(map(repr, base.execute(f"SELECT * FROM {name}"))) for name in names if name != "store"}


def damaged(program, stores, to):
    """One bit of a store is another: it is told, with status 4 and nothing written, or it has changed nothing."""
    right, draw, told = everything_in(to), random.Random(11), 0
    bad = to.with_name("bad.db")
    for number in range(600 if DEEP else 10):
        data = bytearray(stores[1].read_bytes())
        at, bit = draw.randrange(len(data)), draw.randrange(8)
        data[at] ^= 1 << bit
        for path in bad.parent.glob("bad.db*"):
            path.unlink()
        bad.write_bytes(data)
        ended = done(program, *merging([stores[0], bad, stores[2]], to.with_name("out.db"), "--force"))
        when = f"bit {bit} of byte {at}, {number}"
        if ended.returncode == 0:
            insist(everything_in(to.with_name("out.db")) == right, f"{when}: silent damage")
            to.with_name("out.db").unlink()
        else:
            insist(ended.returncode == 4 and "bad.db" in ended.stderr, f"{when}: {ended.returncode}: {ended.stderr}")
            insist(beside(to.with_name("out.db")) == [], f"{when}: a refused merge left a file")
            told += 1
    insist(told > 1, f"only {told} bits were told: this was no test")


def served(program, work):
    """A served run and what two passes learnt of it: the merged store exports the bytes of one run, has paid what
    the shards have, goes on without a word, and answers a replay."""
    problems = work / "problems.jsonl"
    problems.write_text(crux(SERVER, "--problems", 6), encoding="utf-8")
    with model_server(SERVER, "--seed", 3) as url, model_server(SERVER, "--seed", 4) as other:
        words = [*SERVED, "--order", "issued", "--endpoint", url]
        stores = shards(program, problems, work, 3, *words)
        one = work / "one.db"
        crux(program, "generate", problems, "--store", one, *words)
        for store in (one, *stores):
            crux(program, "annotate", "--store", store, "--annotator", "critique:j", "--backend", f"j.endpoint={other}",
                 "--quiet")
            crux(program, "locate", "--store", store, "--endpoint", url, "--quiet")
        whole = everything(program, work / "one", one)
        insist_same(whole, everything(program, work / "together", *stores), "shards that are exported together")
        bills = [json.loads(crux(program, "cost", "--store", store, "--json")) for store in stores]
        to = work / "all.db"
        before = [store.read_bytes() for store in stores]
        said = json.loads(crux(program, *merging(stores, to, "--json")))
        insist(said["problems"] == said["finished"] == said["input"] == 6 and said["lacks"] == "" and said["stores"] == 3
               and said["findings"] > 0 and said["replies"] > 0 and said["paid_twice"] == 0, f"it said {said}")
        insist(before == [store.read_bytes() for store in stores], "a store that was merged has changed")
        insist_whole(program, to, "merged")
        insist_same(whole, everything(program, work / "all", to), "merged")
        bill = json.loads(crux(program, "cost", "--store", to, "--json"))
        insist({part: bill[part] for part in ("paid", "refused", "unsettled")} == sums(bills), f"cost: {bill}, {bills}")
        insist(abs(bill["seconds"] - sum(bill["seconds"] for bill in bills)) < 1e-6, "the time of sessions is not a sum")
        insist(bill["backends"] and len(bill["problems"]) == 6 and bill["paid"]["price"] > 0, f"cost: {bill}")
        damaged(program, stores, to)
        first = json.loads(problems.read_text(encoding="utf-8").splitlines()[0])["id"]
        for more in (["--with-critiques"], ["--json"]):
            insist(crux(program, "show", "--store", to, first, *more) ==
                   crux(program, "show", "--store", one, first, *more), f"show {more} is another")
    ended = done(program, "generate", problems, "--store", to, *SERVED, "--order", "issued", "--endpoint", NOWHERE)
    insist(ended.returncode == 0 and "all 6 problems are done already" in ended.stderr, f"going on: {ended.stderr}")
    insist_same(whole, everything(program, work / "again", to), "merged and gone on with")
    again = work / "replay.db"
    crux(program, "generate", problems, "--store", again, *SERVED, "--order", "issued", "--endpoint", NOWHERE, "--replay",
         to)
    insist(not any(row["calls"] for row in paid(program, again).values()), "a replay of the merged store paid")
    insist((work / "one/data/trees/train-00000-of-00001.jsonl").read_bytes() == (export(
        program, again, work / "replayed", "--view", "trees") / "data/trees/train-00000-of-00001.jsonl").read_bytes(),
        "a replay of the merged store gives other trees")


def paid_twice(program, work):
    """A run that was begun whole and then again in shards: what both have paid for is told, and counted twice."""
    problems = work / "problems.jsonl"
    problems.write_text(crux(SERVER, "--problems", 4), encoding="utf-8")
    with model_server(SERVER, "--seed", 3) as url, model_server(SERVER, "--seed", 4) as other:
        whole, to = work / "whole.db", work / "all.db"
        words = [*SERVED, "--order", "issued", "--endpoint", url]
        crux(program, "generate", problems, "--store", whole, *words, "--limit-calls", 3, status=5)
        stores = shards(program, problems, work, 2, *SERVED, "--order", "issued", "--endpoint", other)
        twice = rows(whole, "replies")
        ended = done(program, *merging([whole, *stores], to))
        insist(ended.returncode == 0 and f"{twice} replies were paid for in two shards (" in ended.stderr and
               "crux cost counts both" in ended.stderr, f"merged: {ended.returncode} {ended.stderr}")
        said = json.loads(crux(program, *merging([whole, *stores], to, "--force", "--json")))
        insist(said["paid_twice"] == twice > 0 and said["differ"] <= twice, f"it said {said}")
        bills = [json.loads(crux(program, "cost", "--store", store, "--json")) for store in (whole, *stores, to)]
        insist(bills[-1]["paid"] == sums(bills[:-1])["paid"], f"cost: {bills}")


def rows(store, table):
    """How many a store has, also one that has no tables yet."""
    if not store.exists():
        return 0
    with contextlib.closing(sqlite3.connect(store)) as base:
        try:
            return base.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        except sqlite3.OperationalError:
            return 0


def cut_short(program, work):
    """Shards that were killed at work, in the order in which replies came: merged, the run goes on with what they
    have and asks for none of it again; a replay follows the order that each shard had."""
    problems, log = work / "problems.jsonl", work / "log.jsonl"
    problems.write_text(crux(SERVER, "--problems", 8), encoding="utf-8")
    words = [*SERVED, "--in-flight", 8, "--per-tree", 4]
    stores = [work / f"{i}.db" for i in (1, 2)]
    with model_server(SERVER, "--latency", "lognormal:15", log=log) as url:
        for i, store in enumerate(stores, 1):
            with subprocess.Popen([program, "generate", problems, "--store", store, "--shard", f"{i}/2", "--endpoint", url,
                                   *map(str, words)], stderr=subprocess.DEVNULL) as process:
                until = time.monotonic() + 30
                while time.monotonic() < until and rows(store, "arrivals") == 0:
                    time.sleep(0.01)
                process.kill()
        to = work / "all.db"
        refused(program, 6, merging(stores, to), "it lacks problems")
        insist_whole(program, to, "merged after kills")
        insist(rows(to, "arrivals") == sum(rows(store, "arrivals") for store in stores) > 1, "no order of settling is kept")
        with contextlib.closing(sqlite3.connect(to)) as base:
            known = {key.hex() for key, in base.execute("SELECT key FROM replies")}
        before = len(log_rows(log))
        crux(program, "generate", problems, "--store", to, "--endpoint", url, *words)
        asked = log_rows(log)[before:]
    insist(known and not known & {row["key"] for row in asked}, "what a shard has paid for was asked again")
    again = work / "again.db"
    crux(program, "generate", problems, "--store", again, *words, "--endpoint", NOWHERE, "--replay", to)
    insist_same(export(program, to, work / "all"), export(program, again, work / "again"), "a replay")


def withheld(program, work):
    """One shard is not there: it is named, the status is 6, and the store is good for all else. Its problems are
    added when the run goes on, or come with its store later."""
    problems = puzzles(program, work / "p.jsonl", 24)
    stores = shards(program, problems, work, 4, *RUN)
    crux(program, "generate", problems, "--store", work / "one.db", *RUN)
    whole = export(program, work / "one.db", work / "one")
    part, lacking = work / "part.db", [stores[3], stores[0], stores[2]]
    ended = refused(program, 6, merging(lacking, part), "wrote", "from 3 stores", "it lacks shards 2/4")
    insist("2/4" in refused(program, 6, merging(lacking, part, "--force", "--json")).stderr and ended.stdout == "", "words")
    crux(program, *merging(lacking, part, "--force", "--partial"))
    insist_whole(program, part, "without a shard")
    insist("shard    1/4 of the input's 24 problems" in crux(program, "status", "--store", stores[0]) and
           "shard    " not in crux(program, "status", "--store", part), "status does not tell the shard")
    refused(program, 6, ["export", "--store", part, "--to", work / "part"], "it lacks shards 2/4")
    missing = 24 - rows(part, "problem")
    insist(f"merged   from 3 shards; {missing} of the input's 24 problems are in none of them" in
           crux(program, "status", "--store", part), "status does not tell what lacks")
    refused(program, 2, ["generate", problems, "--store", part, "--shard", "2/4", *RUN],
            "has the whole of its run, and not shard 2/4")
    both = work / "both.db"
    crux(program, *merging([part, stores[1]], both))
    insist_same(whole, export(program, both, work / "both"), "merged in two steps")
    ended = done(program, "generate", problems, "--store", part, *RUN)
    insist(ended.returncode == 0 and "going on with" in ended.stderr and "24 of 24 problems done" in ended.stderr,
           f"going on without a shard: {ended.returncode} {ended.stderr}")
    insist_whole(program, part, "gone on with")
    insist_same(whole, export(program, part, work / "gone-on"), "gone on with")
    insist("nothing to do" in done(program, "generate", problems, "--store", part, *RUN).stderr, "it is not done")
    insist("merged" not in crux(program, "status", "--store", part), "what lacked is still told")
    again = work / "again.db"
    crux(program, *merging([part], again))
    insist_same(whole, export(program, again, work / "again"), "merged alone")


def grown(program, work):
    """Shards whose input grew are merged when all of them have the longer one, whichever was begun later; and a
    merged store that lacks a shard grows, too."""
    whole = puzzles(program, work / "p.jsonl", 20)
    part = work / "part.jsonl"
    part.write_bytes(b"".join(whole.read_bytes().splitlines(keepends=True)[:12]))
    crux(program, "generate", part, "--store", work / "one.db", *RUN)
    crux(program, "generate", whole, "--store", work / "one.db", *RUN, "--extend")
    wanted = export(program, work / "one.db", work / "one")
    stores = shards(program, part, work, 3, *RUN)
    short, filled = work / "short.db", work / "filled.db"
    crux(program, *merging(stores[:2], short), status=6)
    crux(program, *merging(stores[1:], filled), status=6)
    crux(program, "generate", whole, "--store", stores[0], "--shard", "1/3", *RUN, "--extend")
    refused(program, 2, merging(stores, work / "no.db"), "lines were added to the input of", "not yet to that of",
            str(stores[1]), "--extend")
    crux(program, "generate", whole, "--store", stores[1], "--shard", "2/3", *RUN, "--extend")
    stores[2].unlink()
    crux(program, "generate", whole, "--store", stores[2], "--shard", "3/3", *RUN)
    for order in (stores, stores[::-1]):
        crux(program, *merging(order, work / "all.db", "--force"))
        insist_same(wanted, export(program, work / "all.db", work / "all", "--force", *VIEWS), "shards that grew")
    crux(program, "generate", whole, "--store", filled, *RUN, "--extend")
    insist_same(wanted, export(program, filled, work / "filled"), "a merged store that grew")
    insist(not (work / "no.db").exists(), "a refused merge left a store")


def together(program, work):
    """What does not belong together, and what is no store, with the file and what was expected; nothing is
    written, and what is there stays."""
    problems = puzzles(program, work / "p.jsonl", 12)
    one, two = shards(program, problems, work, 2, *RUN)
    other = puzzles(program, work / "q.jsonl", 13)
    crux(program, "generate", problems, "--store", work / "seed.db", "--shard", "2/2", "--seed", 9, *RUN)
    crux(program, "generate", other, "--store", work / "input.db", "--shard", "2/2", *RUN)
    crux(program, "generate", problems, "--store", work / "one.db", *RUN)
    shutil.copy(two, work / "copy.db")
    (work / "link.db").symlink_to(two)
    (work / "empty.db").write_bytes(b"")
    (work / "text.db").write_text("no database at all, only text\n" * 50, encoding="utf-8")
    (work / "folder.db").mkdir()
    with contextlib.closing(sqlite3.connect(work / "sheep.db")) as base, base:
        base.execute("CREATE TABLE sheep(wool)")
    (work / "cut.db").write_bytes(two.read_bytes()[:two.stat().st_size // 2])
    shutil.copy(two, work / "row.db")
    with contextlib.closing(sqlite3.connect(work / "row.db")) as base, base:
        base.execute("UPDATE tree SET frame = zeroblob(50) WHERE ordinal = (SELECT max(ordinal) FROM tree)")
        row = base.execute("SELECT max(ordinal) FROM tree").fetchone()[0]
    shutil.copy(two, work / "gone.db")
    with contextlib.closing(sqlite3.connect(work / "gone.db")) as base, base:
        base.execute("DELETE FROM tree WHERE ordinal = (SELECT max(ordinal) FROM tree)")
    to = work / "all.db"
    files = (
        (2, "seed.db", "are not shards of one run: the option seed differs"),
        (2, "input.db", "are not shards of one run: their inputs differ"),
        (2, "shard-1.db", "are one file: each shard is merged once"),
        (2, "one.db", "is finished in"),
        (4, "empty.db", "is empty: no run has begun in it"),
        (4, "text.db", "it is no SQLite database, so no store of crux"),
        (4, "folder.db", "it is no file"),
        (4, "sheep.db", "is a SQLite database, but no store of crux"),
        (4, "cut.db", "it is damaged"),
        (4, "row.db", f"it is damaged: row {row} of table tree is not what was written"),
        (4, "gone.db", "it is damaged: table tree has"),
        (4, "nowhere.db", "cannot be opened"),
    )
    def refuses(status, stores, *sentences):
        refused(program, status, merging(stores, to), *sentences)
        insist(beside(to) == [], f"{stores}: a refused merge left {beside(to)}")

    side = sorted(path.name for path in work.iterdir())
    for status, name, sentence in files:
        refuses(status, [one, work / name], name, sentence)
        refuses(status, [work / name, one], name, sentence)
    refuses(2, [one, two, work / "link.db"], "are one file")
    refuses(2, [one, two, work / "copy.db"], "is a copy of the other")
    refuses(2, [one, two, work / "one.db"], "problem `game24", "of table problem) is finished in")
    left = set(side) ^ {path.name for path in work.iterdir()} - {"cut.db-wal", "cut.db-shm"}  # of a reader
    insist(not left, f"refused merges left {left}")


def places(program, work):
    """Where the new store may stand: never on what is no store, on one that is merged or open, or beside a log."""
    problems = puzzles(program, work / "p.jsonl", 8)
    one, two = stores = shards(program, problems, work, 2, *RUN)
    to, old = work / "all.db", shutil.copy(STORES / "store1-tree2-2a97603-puzzles.db", work / "old.db")
    crux(program, *merging(stores, to))
    whole = to.read_bytes()
    refused(program, 4, merging(stores, to), "is there already: --force replaces it")
    insist(to.read_bytes() == whole, "a refused merge changed what was there")
    crux(program, *merging(stores, to, "--force"))
    crux(program, *merging(stores, old, "--force"))
    refused(program, 2, merging(stores, two, "--force"), "is one of the stores that are merged")
    refused(program, 4, merging(stores, work / "no" / "all.db"), "all.db", "No such file or directory")
    for name, text in (("text.db", b"only text"), ("sheep.db", None)):
        if text is None:
            with contextlib.closing(sqlite3.connect(work / name)) as base, base:
                base.execute("CREATE TABLE sheep(wool)")
        else:
            (work / name).write_bytes(text)
        before = (work / name).read_bytes()
        refused(program, 4, merging(stores, work / name, "--force"), name, "no store of crux")
        insist((work / name).read_bytes() == before, f"{name} was changed")
    (work / "touched.db").touch()
    refused(program, 4, merging(stores, work / "touched.db"), "--force replaces it")
    crux(program, *merging(stores, work / "touched.db", "--force"))
    for companion in ("-wal", "-shm", "-journal", "-count"):
        lies = work / f"alone.db{companion}"
        lies.write_bytes(b"x")
        refused(program, 4, merging(stores, work / "alone.db"), f"alone.db{companion} is there", "not closed well")
        lies.unlink()
    (work / ".late.db.partial").write_bytes(b"of one who was killed")
    (work / ".late.db.partial-count").write_bytes(b"of one who was killed")
    crux(program, *merging(stores, work / "late.db"))
    insist(beside(work / "late.db") == ["late.db"], f"{beside(work / 'late.db')}")
    with contextlib.closing(sqlite3.connect(to)) as base:
        base.execute("SELECT count(*) FROM tree").fetchone()
        refused(program, 4, merging(stores, to, "--force"), "of a store that is open")
    insist_whole(program, one, "a source")


def written(program, work):
    """A store that is being written is refused, as a source and as a place, and a reader beside it is no matter."""
    problems = work / "problems.jsonl"
    problems.write_text(crux(SERVER, "--problems", 6), encoding="utf-8")
    words = ["generate", problems, "--calls", 12, "--quiet", "--policy", "chat"]
    stores = [work / f"{i}.db" for i in (1, 2)]
    with model_server(SERVER) as url:
        crux(program, *words, "--endpoint", url, "--store", stores[0], "--shard", "1/2")
    with model_server(SERVER, "--latency", "constant:600000") as url:
        with subprocess.Popen([program, *map(str, words), "--endpoint", url, "--store", stores[1], "--shard", "2/2"],
                              stderr=subprocess.DEVNULL) as process:
            until = time.monotonic() + 120
            while time.monotonic() < until and not done(program, "status", "--store", stores[1]).stdout.count("in flight"):
                time.sleep(0.05)
            refused(program, 4, merging(stores, work / "all.db"), "2.db is being written by another process")
            refused(program, 4, merging(stores[:1], stores[1], "--force"), "2.db is being written by another process")
            process.kill()
    insist(not (work / "all.db").exists(), "a refused merge left a store")
    refused(program, 6, merging(stores, work / "all.db"), "it lacks problems")


def olden(program, work):
    """Stores of every version are read as they stand: one of today with the same rows, and the old one as it was."""
    for old in sorted(STORES.glob("store*.db"))[::1 if DEEP else 2]:
        name = old.stem
        store, to = shutil.copy(old, work / old.name), work / f"{name}-merged.db"
        before = pathlib.Path(store).read_bytes()
        said = json.loads(crux(program, *merging([store], to, "--json", "--partial")))
        insist(said["finished"] in (3, 4), f"{name}: {said}")
        insist(pathlib.Path(store).read_bytes() == before, f"{name}: an old store was changed")
        insist_whole(program, to, name)
        insist_same(export(program, store, work / f"{name}-1", "--partial", *VIEWS),
                    export(program, to, work / f"{name}-2", "--partial", *VIEWS), name)
        bills = [json.loads(crux(program, "cost", "--store", one, "--json")) for one in (store, to)]
        insist(bills[0] == bills[1], f"{name}: {bills}")
        refused(program, 2, merging([store, to], work / "no.db"), "is finished in")


def many(program, work):
    """As many stores as an array has tasks, also such as have no problem: they are opened one after the other."""
    problems, count = puzzles(program, work / "p.jsonl", 6), 14
    stores = shards(program, problems, work, count, *RUN)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (13, hard))
    try:
        crux(program, *merging(stores, work / "all.db"))
        refused(program, 6, merging(stores[:6], work / "some.db"), "it lacks shards 7/14, 8/14")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    crux(program, "generate", problems, "--store", work / "one.db", *RUN)
    insist_same(export(program, work / "one.db", work / "one"), export(program, work / "all.db", work / "all"), "14 shards")


def big(program, work):
    """Two shards whose merge takes a while."""
    problems = puzzles(program, work / "p.jsonl", 1200 if DEEP else 100)
    return shards(program, problems, work, 2, "--simulations", 24, "--order", "issued", "--quiet")


def killed(program, work):
    """Killed at any instant, by a kill or a stop: nothing stands under the name, or all of it; and the same command
    works again."""
    stores, to = big(program, work), work / "all.db"
    crux(program, *merging(stores, to))
    whole = export(program, to, work / "whole", "--view", "trees")
    to.unlink()
    began = time.monotonic()
    crux(program, *merging(stores, to))
    lasts, left = time.monotonic() - began, 0
    draw = random.Random(7)
    for number in range(200 if DEEP else 9):
        over = number % 3 == 2  # a store that is there is replaced, or stays
        to.unlink(missing_ok=True)
        if over:
            crux(program, *merging(stores, to))
        kind = signal.SIGTERM if number % 6 == 5 else signal.SIGKILL
        with subprocess.Popen([program, *map(str, merging(stores, to, *(["--force"] if over else [])))],
                              stderr=subprocess.PIPE, text=True) as process:
            time.sleep(draw.random() * lasts * 1.1)
            process.send_signal(kind)
            process.communicate()
        if kind == signal.SIGTERM:
            insist(process.returncode in (0, 130, -15), f"a stop ended with {process.returncode}")
            insist(process.returncode != 130 or beside(to) == ["all.db"] * over, f"a stop left {beside(to)}")
        insist(to.exists() or not over, "a kill took a store that was to be replaced")
        if to.exists():
            insist_whole_bytes(program, to, whole, work)
        left += not to.exists()
        if number % 8 == 0:
            crux(program, *merging(stores, to, "--force"))
            insist(beside(to) == ["all.db"], f"after a kill lie there {beside(to)}")
            insist_whole_bytes(program, to, whole, work)
    insist(left > 1, f"{left} kills came before the end: this was no test")


def insist_whole_bytes(program, store, whole, work):
    insist_same(whole, export(program, store, work / "seen", "--view", "trees", "--force"), "after a kill")


def full(program, work):
    """A disk that is full at any size: status 4, a sentence, and nothing is left; the sources stay."""
    stores, to = big(program, work), work / "all.db"
    crux(program, *merging(stores, to))
    size, before = to.stat().st_size, [store.read_bytes() for store in stores]
    to.unlink()
    draw = random.Random(3)
    limits = [1, 4096, 65536, size - 1, *(int(draw.random() * size) for _ in range(60 if DEEP else 2))]
    for most in limits:
        def limit(most=most):
            resource.setrlimit(resource.RLIMIT_FSIZE, (most, resource.RLIM_INFINITY))

        ended = subprocess.run([program, *map(str, merging(stores, to))], capture_output=True, text=True, check=False,
                               preexec_fn=limit)
        insist(ended.returncode == 4 and ("ulimit -f" in ended.stderr or "could not be written" in ended.stderr),
               f"{most} of {size} bytes: exit status {ended.returncode}: {ended.stderr}")
        insist(beside(to) == [], f"{most} of {size} bytes leave {beside(to)}")
    insist(before == [store.read_bytes() for store in stores], "a source was changed")
    crux(program, *merging(stores, to))


def script_of(path):
    """What a pod runs: the block behind `- |`."""
    block = re.search(r"^( +)- \|\n((?:\1  .*\n|\n)+)", path.read_text(encoding="utf-8"), re.MULTILINE)
    return textwrap.dedent(block.group(2))


def pods(program, work):
    """examples/kubernetes: each pod's own script, one of them again, a signal that ends one, then the merge's; the
    number of parts is that of the job's completions."""
    job = EXAMPLES / "kubernetes" / "job.yaml"
    parts = int(re.search(r"completions: (\d+)", job.read_text(encoding="utf-8")).group(1))
    insist(f"auto/{parts} " in script_of(job), "completions and parts are not the same number")
    problems = puzzles(program, work / "problems.jsonl", 30)
    environment = {**os.environ, "DATA": str(work), "OPTIONS": " ".join(map(str, RUN)),
                   "PATH": f"{pathlib.Path(program).parent}:{os.environ['PATH']}"}

    def pod(script, index="", **more):
        return subprocess.Popen(["/bin/sh", "-c", script], stderr=subprocess.PIPE, text=True,
                                env={**environment, "JOB_COMPLETION_INDEX": str(index), **more})

    slow = environment["OPTIONS"] + " --delay constant:100 --open-trees 1 --in-flight 1"
    with pod(script_of(job), 0, OPTIONS=slow) as first:
        store, until = work / "run" / "shard-0.db", time.monotonic() + 30
        while time.monotonic() < until and rows(store, "run") == 0:
            time.sleep(0.05)
        first.send_signal(signal.SIGTERM)
        said = first.communicate()[1]
        insist(first.returncode == 130, f"evicted: {first.returncode}: {said}")
    for index in (*range(parts), 1):
        with pod(script_of(job), index) as process:
            said = process.communicate()[1]
            insist(process.returncode == 0, f"pod {index}: {process.returncode}: {said}")
    insist("nothing to do" in said, f"a pod that runs again said {said}")
    with pod(script_of(EXAMPLES / "kubernetes" / "merge.yaml")) as process:
        insist(f"from {parts} stores: 30 problems, 30 finished" in process.communicate()[1], "the pods' merge")
    crux(program, "generate", problems, "--store", work / "one.db", *RUN)
    insist_same(export(program, work / "one.db", work / "one"), export(program, work / "run" / "all.db", work / "all"), "pods")


# Bash may learn of the search's end before it looks whether there is one: so it does here, always.
REAPED = """kill() {
    builtin kill "$@" || return
    for _ in $(seq 3000); do
        [ "$1" = -TERM ] && [ -e "/proc/$2" ] || return 0
        sleep 0.02
    done
}
"""
SEARCH = """#!/bin/sh
trap 'exit 130' TERM
: > "$0.ready"
while :; do sleep 0.02; done
"""


def catches(process, number):
    """Has it a handler for the signal by now?"""
    said = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return int(re.search(r"^SigCgt:\s*([0-9a-f]+)", said, re.MULTILINE)[1], 16) >> (number - 1) & 1


def quick(_, work):
    """A search that ends as soon as it is told to: the scripts of tasks and pods end with its status, and a task whose
    time is up is queued again."""
    for name, text in (("crux", SEARCH), ("scontrol", f'#!/bin/sh\necho "$@" >> {work}/asked\n'), ("reaped", REAPED)):
        (work / name).write_text(text, encoding="utf-8")
        (work / name).chmod(0o755)
    environment = {**os.environ, "BASH_ENV": str(work / "reaped"), "CRUX": str(work / "crux"), "PATH": f"{work}:{os.environ['PATH']}",
                   "SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_JOB_ID": "77", "SHARDS": "8", "DATA": str(work), "OPTIONS": "",
                   "JOB_COMPLETION_INDEX": "0"}
    task = [EXAMPLES / "slurm" / "array.sbatch", "puzzles.jsonl", work / "run"]
    pod = ["-c", script_of(EXAMPLES / "kubernetes" / "job.yaml")]
    for words, number, asked in ((task, signal.SIGUSR1, "requeue 77_3\n"), (task, signal.SIGTERM, ""), (pod, signal.SIGTERM, "")):
        ready = work / "crux.ready"
        ready.unlink(missing_ok=True)
        (work / "asked").write_text("", encoding="utf-8")
        with subprocess.Popen(["bash", *map(str, words)], env=environment, stderr=subprocess.PIPE, text=True) as process:
            until = time.monotonic() + 60
            while not (ready.exists() and catches(process, number)) and time.monotonic() < until:
                time.sleep(0.02)
            process.send_signal(number)
            said = process.communicate(timeout=120)[1]
        insist(process.returncode == 130, f"{words[0]} by {number.name}: {process.returncode}, not its search's status: {said}")
        insist((work / "asked").read_text(encoding="utf-8") == asked, f"{words[0]} by {number.name} asked for {asked!r}")


PARTS = (pods, quick, served, paid_twice, cut_short, withheld, grown, together, places, written, olden, many, killed, full)


def test(program):
    with tempfile.TemporaryDirectory(dir=QUICK, prefix="crux-merge-") as folder:
        def run(part):
            work = pathlib.Path(folder, part.__name__)
            work.mkdir()
            part(program, work)
            print(f"{part.__name__}: as promised", flush=True)

        side_by_side([(run, part) for part in PARTS if len(sys.argv) < 4 or part.__name__ in sys.argv[3:]], 1)


main(test)
