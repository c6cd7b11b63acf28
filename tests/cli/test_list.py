#!/usr/bin/env python3
"""test_list.py PROGRAM SERVER - the problems of a run, a line each.

States, verdicts and numbers are those of the store; nothing is longer than the width; a run that goes on is read
beside its writer, and a reader who stops in the middle holds nothing up.
"""

import contextlib
import json
import pathlib
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, main, model_server, puzzles


def ended(program, *words):
    """Run crux to its end, whatever that is."""
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)


def listed(program, *words):
    return [json.loads(line) for line in crux(program, "list", "--json", *words).splitlines()]


def numbers(program, store):
    """What the list says is what the trees say."""
    rows = listed(program, "--store", store)
    with contextlib.closing(sqlite3.connect(store)) as base:
        kept = base.execute("SELECT id, calls, pairs, rights, simulations FROM problem ORDER BY ordinal").fetchall()
    insist([(row["id"], row["calls"], row["pairs"], row["rights"], row["simulations"]) for row in rows] == kept,
           "other numbers than the store's")
    for row in rows[:5]:
        tree = json.loads(crux(program, "show", "--json", "--store", store, row["id"]))
        verdicts = [rollout["verdict"] for rollout in tree["rollouts"]]
        insist(row["answers"] == {name: verdicts.count(name) for name in ("right", "wrong", "unknown")},
               f"{row['answers']} of {verdicts}")


def chosen(program, store):
    """Each filter gives a part of all, and the parts of a whole give the whole."""
    everything = [row["id"] for row in listed(program, "--store", store)]
    parts = [listed(program, "--store", store, "--state", state) for state in ("waiting", "finished", "failed")]
    insist(sorted(row["id"] for part in parts for row in part) == sorted(everything), "states do not add up")
    right, rest = listed(program, "--store", store, "--right"), listed(program, "--store", store, "--no-right")
    insist(all(row["rights"] > 0 for row in right) and all(row["rights"] == 0 for row in rest), "a wrong one")
    insist(len(right) + len(rest) == len(parts[1]) and right and rest, f"{len(right)} and {len(rest)}")
    crux(program, "list", "--store", store, "--right", "--no-right", status=2)
    crux(program, "list", "--store", store, "--state", "done", status=2)
    crux(program, "list", status=2)
    twice = [row["id"] for row in listed(program, "--store", store, "--store", store)]
    insist(twice == everything * 2, "two stores are not one after the other")


def widths(program, store):
    for width in (50, 60, 80, 100, 200):
        lines = crux(program, "list", "--store", store, "--width", width).splitlines()
        insist(max(map(len, lines)) <= width, f"{width}: {max(lines, key=len)}")
        insist(lines[0].split()[:4] == ["problem", "state", "right", "wrong"], lines[0])
        insist("begins" in lines[0] or all(line[-1].isdigit() for line in lines[1:]), f"{width}: a letter of a text: {lines[1]}")
        insist(("price" in lines[0]) == (width >= 80) and ("tokens" in lines[0]) == (width >= 80), lines[0])
    wide = crux(program, "list", "--store", store, "--width", 0).splitlines()
    insist(any(line.endswith("to make 24.") for line in wide), wide[1])
    insist(crux(program, "list", "--store", store).splitlines()[1:] ==
           crux(program, "list", "--store", store, "--width", 100).splitlines()[1:], "a file is not 100 wide")
    insist(crux(program, "list", "--store", store, "--width", 5) == crux(program, "list", "--store", store, "--width", 50),
           "narrower than 50")


def strange(program, work):
    """Breaks, wide letters and what a terminal obeys, in ids and texts; a problem that failed says why."""
    problems = work / "strange.jsonl"
    texts = ["one\n\n  two\tthree", "\x1b[2J gone", "中文" * 60, "e\u0301" * 120, "x" * 3000]
    problems.write_text("".join(json.dumps({"id": f"問{i}", "problem": text, "answer": "1"}) + "\n"
                                for i, text in enumerate(texts)), encoding="utf-8")
    store = work / "strange.db"
    ended(program, "generate", problems, "--store", store, "--quiet", "--policy", "process:false")
    out = crux(program, "list", "--store", store, "--width", 80)
    insist("\x1b" not in out and "one two three" in out or "failed" in out, out)
    rows = listed(program, "--store", store)
    insist([row["prompt"] for row in rows] == texts, "JSON has not the whole prompts")
    for row in rows:
        insist((row["state"] == "failed") == bool(row["error"]), str(row)[:300])
    child = work / "child.py"
    child.write_text("import json, sys\nfor line in sys.stdin:\n"
                     "    print(json.dumps({'id': json.loads(line)['id'], 'steps': ['It is 1.']}), flush=True)\n", encoding="utf-8")
    problems.write_text("".join(json.dumps({"id": f"p{i}", "problem": "x" * i + "中" * 300}) + "\n" for i in range(3)), encoding="utf-8")
    ended(program, "generate", problems, "--store", work / "wide.db", "--quiet", "--policy", f"process:python3 {child}", "--calls", 2)
    out = crux(program, "list", "--store", work / "wide.db", "--width", 0)
    insist(out.count("中") >= 3 * 169 and "\\x" not in out, f"a text is cut within a letter: {out}")


def beside_a_writer(program, server, work):
    """A run goes on while it is listed; a list that nobody reads on keeps no transaction open."""
    lines = "".join(json.dumps({"id": f"q{i:04d}", "problem": f"What is {i} + {i}? " + "again " * 400, "answer": "1"}) + "\n"
                    for i in range(400))
    problems, store = work / "many.jsonl", work / "many.db"
    problems.write_text(lines, encoding="utf-8")
    with model_server(server, "--latency", "constant:400") as url:
        words = [program, "generate", problems, "--store", store, "--endpoint", url, "--calls", "4", "--quiet"]
        with subprocess.Popen(list(map(str, words)), stderr=subprocess.DEVNULL) as run:
            while not (store.exists() and listed_or_none(program, store)):
                insist(run.poll() is None, "the run ended before it was listed")
                time.sleep(0.05)
            with subprocess.Popen([program, "list", "--json", "--store", str(store)], stdout=subprocess.PIPE) as stuck:
                stuck.stdout.readline()
                time.sleep(0.3)  # it has filled its pipe by now, and waits
                insist(len(listed(program, "--store", store)) == 400, "not all problems while it runs")
                insist(folds(store), "a list that nobody reads on holds the log")
                stuck.kill()
            with contextlib.closing(sqlite3.connect(store, isolation_level=None)) as reader:
                reader.execute("BEGIN")
                reader.execute("SELECT count(*) FROM problem").fetchone()
                insist(not folds(store) and run.poll() is None, "this test would not see a log that is held")
            run.send_signal(signal.SIGINT)
            run.wait()


def folds(store):
    """Can what is written from now on be folded in, as long as nobody reads what was before?"""
    with contextlib.closing(sqlite3.connect(store, timeout=1)) as base:
        began = base.execute("SELECT now_ns FROM pulse").fetchone()
        for _ in range(150):
            moved = base.execute("SELECT now_ns FROM pulse").fetchone() != began
            _, log, done = base.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
            if moved and log == done:
                return True
            time.sleep(0.01)
    return False


def listed_or_none(program, store):
    done = ended(program, "list", "--json", "--store", store)
    return done.returncode == 0 and done.stdout


def refused(program, work):
    """No store, an empty one, one of which no run has begun: a sentence, and nothing is made."""
    crux(program, "list", "--store", work / "none.db", status=4)
    insist(not (work / "none.db").exists(), "a list has made a store")
    (work / "text.db").write_text("this is no store\n" * 100)
    (work / "empty.db").touch()
    for name in ("none", "text", "empty"):
        done = ended(program, "list", "--store", work / f"{name}.db")
        insist((done.returncode, done.stdout) == (4, ""), f"{name}: status {done.returncode}, and a head of nothing: {done.stdout}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-list-") as folder:
        work = pathlib.Path(folder)
        store = work / "run.db"
        problems = puzzles(program, work / "puzzles.jsonl", 150)
        ended(program, "generate", problems, "--store", store, "--quiet", "--calls", 60, "--limit-calls", 6000)
        numbers(program, store)
        chosen(program, store)
        widths(program, store)
        strange(program, work)
        refused(program, work)
        beside_a_writer(program, str(pathlib.Path(sys.argv[2]).resolve()), work)


if __name__ == "__main__":
    main(test)
