#!/usr/bin/env python3
"""real_judge.py PROGRAM PROBLEMS SAMPLES - a real model as a judge of steps that others wrote.

The python that runs this must have the packages of examples/serve_model.py. SAMPLES are recorded
answers to PROBLEMS (policy recorded). Their first steps become trees, and a small model judges at
least 50 of these, once in pairs in both orders and once by votes. Nothing is expected of what it
says, but of what is made of it: every question is in the ledger, a replay without a server asks
nobody and says the same, and the shares that are printed are of what the ledger has.
"""

import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

from support import crux, insist, insist_same, served_by

HERE = pathlib.Path(__file__).resolve().parent.parent
STEPS = 50


def remarks(folder):
    """Of every node: its score and what its critic said."""
    for path in sorted((folder / "data" / "trees").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            for node in json.loads(line)["nodes"]:
                if node["parent"] is not None and node["parent"] >= 0:
                    yield node


def paid(program, store):
    """The judge's calls and samples, as the account has them."""
    cost = json.loads(crux(program, "cost", "--store", store, "--json"))
    rows = [row for row in cost["backends"] if row["backend"] == "judge"]
    insist(len(rows) <= 1, f"{cost}")
    return rows[0]["paid"] if rows else {"calls": 0, "samples": 0}


def samples(store):
    """What the judge said, text by text."""
    base = sqlite3.connect(store)
    rows = base.execute("SELECT count(*) FROM replies WHERE backend = 'judge'").fetchone()[0]
    base.close()
    return rows


def judged(program, url, work, name, mode, problems, answers):
    """A run with one judge, and its replay without a server; the finished trees."""
    one, two = work / f"{name}.db", work / f"{name}-again.db"
    asking = [problems, "--policy", f"recorded:{answers}", "--critic", f"execution=judge:judge,{mode}",
              "--backend", "judge.max-tokens=24", "--simulations", 2, "--children", 6, "--in-flight", 8, "--seed", 3]
    crux(program, "generate", *asking, "--store", one, "--backend", f"judge.endpoint={url}")
    crux(program, "generate", *asking, "--store", two, "--backend", "judge.endpoint=http://127.0.0.1:9/v1",
         "--replay", one)
    for store, folder in ((one, work / f"{name}-1"), (two, work / f"{name}-2")):
        crux(program, "export", "--store", store, "--to", folder)
    insist_same(work / f"{name}-1", work / f"{name}-2", f"{name} and its replay, without a server")
    account = paid(program, one)
    insist(account["samples"] == samples(one) > 0, f"{account} is not the ledger's {samples(one)}")
    insist(paid(program, two)["calls"] == 0, "a replay paid")
    return account, work / f"{name}-1"


def main():
    program, problems, answers = sys.argv[1:4]
    with tempfile.TemporaryDirectory(prefix="crux-judge-") as folder:
        work = pathlib.Path(folder)
        few = work / "few.jsonl"
        few.write_text("".join(pathlib.Path(problems).read_text(encoding="utf-8").splitlines(True)[:10]), encoding="utf-8")
        with served_by(sys.executable, HERE / "examples" / "serve_model.py", errors=subprocess.DEVNULL) as url:
            for name, mode in (("pairs", "mode=pair,rivals=1,why=no"), ("votes", "mode=steps,votes=3,why=no"),
                               ("yes", "mode=point")):
                account, trees = judged(program, url, work, name, mode, few, answers)
                nodes = list(remarks(trees))
                known = [node for node in nodes if node["score"] is not None and node["score"] >= 0]
                insist(len(nodes) >= STEPS, f"{name}: {len(nodes)} steps, not {STEPS}")
                print(f"{name}: {len(nodes)} steps, {len(known)} with a score; {account['calls']} calls, "
                      f"{account['samples']} samples; the replay made none and gave the same bytes", flush=True)
                print("   ", json.dumps(known[0]) if known else "")


if __name__ == "__main__":
    main()
