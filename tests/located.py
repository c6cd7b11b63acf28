#!/usr/bin/env python3
"""located.py PROGRAM SERVER [PROBLEMS SAMPLES] - where is the first wrong step, and who says so?

Word problems of the fake server are searched, located and annotated: how many indices there are, and
how many of them are where the answer really goes wrong (word_world.py). With a file of problems and one
of recorded answers to them (gsm8k-200.jsonl, gsm8k-200-samples.jsonl) those are searched without a
completer: there, no row may have an index, for nothing proves one. With CRUX_DEEP=1 there are 500 word
problems, not 40, and with CRUX_COMPLETER=URL twenty of the recorded problems are located by what is
served there.

Rows to read by eye are printed with --show N as the last words.
"""

import collections
import json
import os
import pathlib
import sys
import tempfile

from support import DEEP, Failed, crux, insist, main, model_server
from word_world import first_wrong

SERVER = pathlib.Path(sys.argv[2]).resolve()
SHOWN = int(sys.argv[sys.argv.index("--show") + 1]) if "--show" in sys.argv else 0
FILES = [pathlib.Path(word).resolve() for word in sys.argv[3:] if word.endswith(".jsonl")]
SMALL = pathlib.Path(__file__).resolve().parent.parent / "examples" / "small-model.prompt"
COMPLETER = os.environ.get("CRUX_COMPLETER")


def negatives(program, store, folder):
    crux(program, "export", "--store", store, "--to", folder, "--view", "critique", "--force")
    (path,) = (folder / "data" / "critique").glob("*.jsonl")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["wrong_steps"]]


def table(title, rows):
    hows = collections.Counter(row["location"]["how"] for row in rows)
    print(f"{title}: {len(rows)} wrong paths: " + ", ".join(f"{count} {how}" for how, count in hows.most_common()))
    for row in rows:
        supported = row["location"]["how"] in ("proved", "agreed", "estimated")
        insist((row["first_error_index"] >= 0) == supported, f"{row['id']}: an index that nothing supports")
    return hows


def show(rows, most):
    step = max(1, len(rows) // most) if most else 0
    for row in rows[:: step or 1][:most]:
        print(f"\n{row['id']}: {row['prompt']}\n  right: {row['right_answer']}  reference: {row['reference_answer']}")
        for i, text in enumerate(row["prefix_steps"] + row["wrong_steps"]):
            print(f"  {'*' if i == row['first_error_index'] else ' '} {i}: {text}")
        print(f"  location {row['location']['how']} {row['location'].get('why', '')}; critique: {row['critique']['text']}")


def words(program, work):
    with model_server(SERVER, "--skill", "0.75", "--critiques", "true=0.8,vague=0.1,false=0.1") as url:
        problems, store = work / "words.jsonl", work / "words.db"
        problems.write_text(crux(SERVER, "--problems", 500 if DEEP else 40), encoding="utf-8")
        crux(program, "generate", problems, "--store", store, "--policy", "chat", "--endpoint", url,
             "--simulations", 12, "--quiet")
        print(crux(program, "locate", "--store", store, "--quiet"), end="")
        print(crux(program, "annotate", "--store", store, "--annotator", "critique", "--quiet"), end="")
        rows = negatives(program, store, work / "words")
    table("fake server", rows)
    true = said = pointed = early = 0
    for row in rows:
        truth = first_wrong(row["prompt"], row["prefix_steps"] + row["wrong_steps"])
        at, claim = row["first_error_index"], row["critique"]["points_at"]
        if at >= 0:
            said += 1
            true += at == truth
            early += at < truth
        pointed += claim == truth
    insist(said > len(rows) // 5, f"only {said} of {len(rows)} were located")
    insist(true >= 0.8 * said and early <= 0.03 * said, f"of {said} indices {true} are right, {early} too early")
    print(f"  {true} of {said} indices are where the answer goes wrong, {early} before it, {said - true - early} behind it "
          f"(completions mend a slip by another); {pointed} of {len(rows)} critiques point there")
    show(rows, SHOWN)


def recorded(program, work, problems, samples):
    store = work / "recorded.db"
    crux(program, "generate", problems, "--store", store, "--policy", f"recorded:{samples}", "--strategy", "sample",
         "--split", "sentences", "--calls", 12, "--quiet")
    rows = negatives(program, store, work / "recorded")
    hows = table("recorded answers, no completer", rows)
    insist(set(hows) <= {"not", "proved"}, f"an index without a completer: {hows}")
    if COMPLETER is None:
        return
    print(crux(program, "locate", "--store", store, "--problems", 20, "--completer", "chat", "--endpoint", COMPLETER,
               "--prompt", SMALL, "--max-tokens", 60, "--locate-below", 0.4, "--locate-most", 8, "--in-flight", 8, "--quiet"), end="")
    rows = [row for row in negatives(program, store, work / "recorded") if row["location"]["maker"]]
    table("recorded answers, small model", rows)
    show([row for row in rows if row["first_error_index"] >= 0], 100)


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-located-") as folder:
        work = pathlib.Path(folder)
        words(program, work)
        if len(FILES) == 2:
            recorded(program, work, *FILES)


if __name__ == "__main__":
    try:
        main(test)
    except Failed as failure:
        sys.exit(f"FAILED: {failure}")
