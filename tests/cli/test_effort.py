#!/usr/bin/env python3
"""test_effort.py PROGRAM SERVER - how many calls a problem may take where nobody says.

40 of a served model, and what a run was begun with when it goes on or is replayed; who says anything of it is
taken at his word; programs, puzzles and presets keep theirs.
"""

import json
import os
import pathlib
import pty
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, main, model_server, puzzles

SERVER = str(pathlib.Path(sys.argv[2]).resolve())


def budget(program, store):
    """Calls, simulations and tokens of the run in a store, as they are recorded."""
    recorded = json.loads(crux(program, "status", "--store", store, "--json"))["configuration"]
    return tuple(recorded.get(name) for name in ("calls", "simulations", "tokens"))


def generated(program, work, problems, name, *words):
    crux(program, "generate", problems, "--store", work / name, "--quiet", *words)
    return budget(program, work / name)


def usual(program, work, problems, url):
    insist(generated(program, work, problems, "new.db", "--endpoint", url) == (40, 800, None), "a new run")
    rows = [json.loads(line) for line in crux(program, "list", "--json", "--store", work / "new.db").splitlines()]
    insist(max(row["calls"] for row in rows) <= 40, str(rows)[:300])
    insist(generated(program, work, problems, "named.db", "--backend", f"m.endpoint={url}", "--policy", "chat:m")[0] == 40,
           "a named backend")
    done = subprocess.run([program, "solve", problems, "--endpoint", url, "--quiet", "--json"], capture_output=True,
                          text=True, check=True)
    insist(all(json.loads(line)["calls"] <= 40 for line in done.stdout.splitlines()), done.stdout[:300])


def said(program, work, problems, url):
    for i, (words, expected) in enumerate(((("--calls", 7), (7, 800, None)), (("--simulations", 5), (0, 5, None)),
                                           (("--tokens", 900), (0, 800, 900)), (("--calls", 400), (400, 800, None)))):
        found = generated(program, work, problems, f"said{i}.db", "--endpoint", url, "--children", 3, *words)
        insist(found == expected, f"{words}: {found}")
    file = work / "run.yaml"
    file.write_text("calls: 9\n")
    insist(generated(program, work, problems, "file.db", "--endpoint", url, "--config", file)[0] == 9, "a file")
    insist(generated(program, work, problems, "puzzle.db") == (400, 800, None), "a puzzle")


def gone_on(program, work, problems, url):
    """A run of before the default was 40: the same command, which says nothing, goes on."""
    store = work / "old.db"
    crux(program, "generate", problems, "--store", store, "--quiet", "--endpoint", url, "--calls", 400, "--children", 3,
         "--estimate", 1)
    insist(generated(program, work, problems, "old.db", "--endpoint", url, "--children", 3)[0] == 400, "it goes on")
    crux(program, "generate", problems, "--store", store, "--quiet", "--endpoint", url, "--children", 3, "--calls", 40, status=2)
    insist(generated(program, work, problems, "again.db", "--policy", "chat", "--replay", store, "--children", 3)[0] == 400,
           "a replay")
    ours, theirs = (json.loads(crux(program, "status", "--json", "--store", work / name))["run_id"]
                    for name in ("old.db", "again.db"))
    insist(ours == theirs, f"{ours} and {theirs}")


def told(program, work, problems, url):
    """On a terminal, before the first call, unless it is to be quiet; nothing of what costs nothing."""
    for words, there in ((("--endpoint", url), True), (("--endpoint", url, "--quiet"), False), ((), False)):
        ours, theirs = pty.openpty()
        store = work / f"told{len(words)}.db"
        with subprocess.Popen([program, "generate", problems, "--store", store, *words], stderr=theirs, stdout=theirs,
                              env={**os.environ, "TERM": "dumb"}) as run:
            os.close(theirs)
            shown = b""
            try:
                while chunk := os.read(ours, 65536):
                    shown += chunk
            except OSError:
                pass
            run.wait()
        os.close(ours)
        sentence = b"crux: 3 problems, at most 40 calls each (--calls): up to 120 calls; --estimate"
        insist((sentence in shown) == there, f"{words}: {shown}")
        insist(b"\x1b" not in shown, "escapes for a terminal that knows none")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-effort-") as folder:
        work = pathlib.Path(folder)
        problems = work / "words.jsonl"
        problems.write_bytes(subprocess.run([SERVER, "--problems", "3"], capture_output=True, check=True).stdout)
        with model_server(SERVER) as url:
            usual(program, work, problems, url)
            said(program, work, puzzles(program, work / "puzzles.jsonl", 3), url)
            gone_on(program, work, problems, url)
            told(program, work, problems, url)


if __name__ == "__main__":
    main(test)
