#!/usr/bin/env python3
"""purity.py PROGRAM SERVER - does verification tell true critiques from vague and false ones?

The fake server writes critiques of three qualities and mends an answer with probability 0.6 given a
true one, 0.3 given a vague one or none, 0.15 given a false or foreign one. Here its critiques are
verified with R = 4, 10 and 30 refinements each, and an export keeps those of which enough refinements
were right. Printed are, for each R: how pure what is kept is (the share of true ones), how many of the
true ones it is, and what that has cost for each critique that is kept. At 10 and 30 it must be 95 %
pure and a third of the true ones; 4 refinements are too few for both, and the table says so. (CRUX_DEEP=1: of 300 problems; else of 70, and with room for chance.)

A critique is true here if it points at the step where the answer goes wrong (word_world.py), vague if
it points at none, else false.
"""

import json
import pathlib
import shutil
import sys
import tempfile

from support import DEEP, Failed, crux, insist, main, model_server
from word_world import first_wrong

SERVER = pathlib.Path(sys.argv[2]).resolve()
PROBLEMS = 300 if DEEP else 70
SLACK = 0.0 if DEEP else 0.08  # of few critiques a share is known to so much

# The least number of right refinements for a critique to be kept, by R.
ENOUGH = {4: 4, 10: 7, 30: 15}


def rows_of(folder):
    (path,) = (folder / "data" / "critique").glob("*.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def quality(row):
    at = row["critique"]["points_at"]
    if at < 0:
        return "vague"
    return "true" if at == first_wrong(row["prompt"], row["prefix_steps"] + row["wrong_steps"]) else "false"


def count(program, store, folder, *words):
    """Critiques of wrong paths by quality, of those that the export keeps."""
    crux(program, "export", "--store", store, "--to", folder, "--view", "critique", "--force", *words)
    counts = {"true": 0, "vague": 0, "false": 0}
    for row in rows_of(folder):
        if row["wrong_steps"]:
            counts[quality(row)] += 1
    return counts


def verified(program, work, url, refinements):
    store, folder = work / f"verified-{refinements}.db", work / f"data-{refinements}"
    shutil.copy(work / "run.db", store)
    crux(program, "verify", "--store", store, "--endpoint", url, "--refinements", refinements, "--quiet")
    expression = f"refined_right >= {ENOUGH[refinements]}"
    kept = count(program, store, folder, "--keep-if", expression)
    funnel = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["funnel"]
    return expression, kept, funnel["cost"]["verify"]


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-purity-") as folder:
        work = pathlib.Path(folder)
        with model_server(SERVER, "--skill", "0.7") as url:
            lines = crux(SERVER, "--problems", PROBLEMS)
            (work / "problems.jsonl").write_text(lines, encoding="utf-8")
            store = work / "run.db"
            crux(program, "generate", work / "problems.jsonl", "--store", store, "--policy", "chat", "--endpoint",
                 url, "--simulations", 12, "--quiet")
            crux(program, "annotate", "--store", store, "--annotator", "critique", "--quiet")
            there = count(program, store, work / "data")
            insist(min(there.values()) >= 10, f"too few critiques to say anything: {there}")
            print(f"{sum(there.values())} critiques: {there['true']} true, {there['vague']} vague, "
                  f"{there['false']} false")
            print("  R  kept if               kept   pure   of the true ones   completion tokens for each kept")
            for refinements in ENOUGH:
                expression, kept, cost = verified(program, work, url, refinements)
                total = sum(kept.values())
                pure = kept["true"] / total if total else 0.0
                share = kept["true"] / there["true"]
                print(f" {refinements:2}  {expression:20} {total:5}  {100 * pure:5.1f} %  {100 * share:9.1f} %  "
                      f"{cost['completion_tokens'] / max(total, 1):12.0f}")
                if refinements >= 10:
                    insist(pure >= 0.95 - SLACK, f"R = {refinements}: only {100 * pure:.1f} % are true")
                    insist(share >= 1 / 3 - SLACK, f"R = {refinements}: only {100 * share:.1f} % of the true ones are kept")


if __name__ == "__main__":
    try:
        main(test)
    except Failed as failure:
        sys.exit(f"FAILED: {failure}")
