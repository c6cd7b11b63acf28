#!/usr/bin/env python3
"""test_locate.py PROGRAM MODEL_SERVER - crux locate: what it asks and keeps, on puzzles and on a server.

An estimate holds what a pass then takes, and writes nothing. A second pass asks nothing. Of two completers both are
asked. A pass that is killed goes on, ends with the same findings, and asks the server for nothing that its ledger has;
a replay asks nobody. Bad options, and stores that are missing, empty, foreign or truncated, end with a sentence and
change nothing.
"""

import json
import pathlib
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, log_rows, main, model_server, puzzles

SERVER = sys.argv[2]
KILLS = 5


def findings(store, maker=""):
    """Locations by tree and path, of makers whose name begins so."""
    with sqlite3.connect(store) as base:
        rows = base.execute("SELECT ordinal, path, maker, json FROM finding WHERE kind = 'location'").fetchall()
    return {(ordinal, path): json.loads(text) for ordinal, path, name, text in rows if name.startswith(maker)}


def supported(found):
    """An index stands on its two neighbours: right completions before it, none with it."""
    for key, finding in found.items():
        if finding["step"] < 0:
            continue
        for completer in {probe["completer"] for probe in finding["probes"]}:
            counts = {probe["prefix"]: probe for probe in finding["probes"] if probe["completer"] == completer}
            before, behind = counts.get(finding["step"]), counts.get(finding["step"] + 1)
            insist(before and before["right"] > 0, f"{key}: nothing right before step {finding['step']}: {finding}")
            insist(behind is None or behind["right"] == 0 and behind["high"] <= 0.1, f"{key}: {finding}")


def on_puzzles(program, work):
    problems, store = puzzles(program, work / "puzzles.jsonl", 12), work / "puzzles.db"
    crux(program, "generate", problems, "--store", store, "--strategy", "sample", "--calls", 20, "--quiet", "--critic",
         "annotate=none")
    told = crux(program, "locate", "--store", store, "--estimate")
    least, most = map(int, re.search(r"(\d+) to (\d+) calls", told).groups())
    insist(not findings(store), "an estimate has written something")
    crux(program, "locate", "--store", store, "--quiet")
    found = findings(store)
    calls = sum(finding["cost"]["calls"] for finding in found.values())
    insist(len(found) > 50 and least <= calls <= most, f"{len(found)} paths, {calls} calls, not {least} to {most}")
    supported(found)
    again = crux(program, "locate", "--store", store, "--quiet")
    insist(f"0 have a location now, {len(found)} had it before" in again and findings(store) == found, again)
    insist(" 0 to 0 calls" in crux(program, "locate", "--store", store, "--estimate"), "it would ask again")
    crux(program, "locate", "--store", store, "--quiet", "--completer", "numbers:0.5", "--second", "numbers:2")
    two = findings(store, "numbers:0.5+numbers:2")
    asked = {probe["completer"] for finding in two.values() for probe in finding["probes"]}
    insist(asked == {0, 1} and len(two) == len(found), f"completers {asked} were asked about {len(two)} paths")
    insist(not any(probe["from_tree"] for finding in two.values() for probe in finding["probes"]),
           "answers of the search count for another policy")
    insist(not any(finding["how"] == "estimated" for finding in two.values()), "one of two completers is enough")
    supported(two)
    crux(program, "generate", problems, "--store", work / "proved.db", "--strategy", "sample", "--calls", 20, "--quiet")
    crux(program, "locate", "--store", work / "proved.db", "--quiet")
    insist(not findings(work / "proved.db"), "what is proved was asked about")


def locating(program, store, url, *words):
    return [program, *map(str, ("locate", "--store", store, "--quiet", "--endpoint", url, *words))]


def on_a_server(program, work):
    """Killed again and again, then to its end; the log has each question once, but what a kill cut short."""
    problems, log = work / "words.jsonl", work / "log.jsonl"
    with problems.open("w", encoding="utf-8") as out:
        subprocess.run([SERVER, "--problems", "6", "--operations", "3:5"], stdout=out, check=True)
    with model_server(SERVER) as url:
        crux(program, "generate", problems, "--store", work / "whole.db", "--policy", "chat", "--endpoint", url,
             "--strategy", "sample", "--calls", 8, "--quiet")
        shutil.copy(work / "whole.db", work / "killed.db")  # of the same trees: answers settle in any order
        began = time.monotonic()
        subprocess.run(locating(program, work / "whole.db", url), check=True, capture_output=True)
        takes = time.monotonic() - began
    whole = findings(work / "whole.db")
    insist(any(finding["cost"]["calls"] for finding in whole.values()), "nothing was asked")
    supported(whole)
    with model_server(SERVER, log=log) as url:
        words = locating(program, work / "killed.db", url, "--in-flight", 4)
        for i in range(KILLS):
            with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                time.sleep(takes * (i + 1) / KILLS)
                process.send_signal(signal.SIGKILL if i % 2 == 0 else signal.SIGTERM)
            insist(process.returncode in (0, 130, -signal.SIGKILL), f"kill {i}: exit status {process.returncode}")
        subprocess.run(words, check=True, capture_output=True)
    keys = [row["key"] for row in log_rows(log) if row["key"]]
    insist(findings(work / "killed.db") == whole, "after all kills other things are found")
    # Each time four were at the server, and five more may have come that were not written (io/ahead.h).
    insist(len(keys) - len(set(keys)) <= (4 + 5) * KILLS, f"{len(keys)} questions, {len(set(keys))} different ones")


def refused(program, work, status, said, *words):
    before = {path.name: path.read_bytes() for path in work.iterdir() if path.suffix == ".db"}
    done = subprocess.run([program, "locate", *map(str, words)], capture_output=True, text=True, check=False)
    insist(done.returncode == status and said in done.stderr, f"{words}: {done.returncode}, {done.stderr}")
    insist(before == {path.name: path.read_bytes() for path in work.iterdir() if path.suffix == ".db"},
           f"{words}: a store has changed")


def badly(program, work):
    store = work / "puzzles.db"
    (work / "empty.db").write_bytes(b"")
    (work / "foreign.db").write_text("a text\n" * 1000, encoding="utf-8")
    (work / "short.db").write_bytes(store.read_bytes()[:5000])
    refused(program, work, 4, "none.db: there is no such store", "--store", work / "none.db")
    for name in ("empty", "foreign", "short"):
        refused(program, work, 4, f"{name}.db", "--store", work / f"{name}.db")
    refused(program, work, 2, "from 0.001 to 0.5, not 0.9", "--store", store, "--locate-below", 0.9)
    refused(program, work, 2, "locate-most", "--store", store, "--locate-most", 0)
    refused(program, work, 2, "--store", "--quiet")
    found = findings(store)
    for option in ("--completer", "--second"):
        done = subprocess.run([program, "locate", "--store", store, option, "nobody"], capture_output=True, text=True,
                              check=False)
        insist(done.returncode == 2 and "nobody" in done.stderr, f"{option}: {done.returncode}, {done.stderr}")
    insist(findings(store) == found, "a policy that there is not has found something")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-locate-") as folder:
        work = pathlib.Path(folder)
        on_puzzles(program, work)
        on_a_server(program, work)
        badly(program, work)


if __name__ == "__main__":
    main(test)
