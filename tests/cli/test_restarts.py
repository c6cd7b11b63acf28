#!/usr/bin/env python3
"""test_restarts.py PROGRAM - a served run tells how often its model began anew in place of going on.

    a model that begins anew each third time  is found out, by generate, status and solve
    a replay                                  tells the same, and so does the run's store
    one that always goes on                   has none
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from scripted import asked_of, serving
from support import crux, insist, main

FIRST = "We are asked to add the two numbers of the problem."
ONWARD = ["Then {} it is.", "The carry is {}.", "Both have {} digits."]
TOLD = re.compile(r"restarts: (\d+) of (\d+) replies that go on with a text begin it anew \((\d+\.\d) %\)")


class Model:
    """Begins anew with every so-manieth reply; 0: never. Which ones depends on the seed alone."""

    def __init__(self, every):
        self.every = every

    def said(self, request, sample):
        number = (request["seed"] + sample) % 997
        if FIRST[:20] not in asked_of(request):
            return FIRST
        if self.every and number % self.every == 0:
            return f"**{FIRST}** Once more, way {number}."
        return ONWARD[number % len(ONWARD)].format(number)

    def reply(self, request, _number):
        choices = [{"index": sample, "finish_reason": "stop",
                    "message": {"role": "assistant", "content": self.said(request, sample)}}
                   for sample in range(request.get("n") or 1)]
        usage = {"prompt_tokens": 50, "completion_tokens": 10 * len(choices)}
        return {"id": "x", "model": request.get("model"), "choices": choices, "usage": usage}


def told(text):
    """Restarts and what could have gone on, as a run has said it; nothing: (0, 0)."""
    found = TOLD.search(text)
    return tuple(map(int, found.group(1, 2))) if found else (0, 0)


def run(program, *words):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    insist(done.returncode == 0, done.stderr)
    return done.stdout + done.stderr


def status_of(program, store):
    row = json.loads(crux(program, "status", "--store", store, "--json"))
    insist(told("restarts: " + crux(program, "status", "--store", store).split("restarts ")[-1])
           == (row["restarts"], row["continued"]) or row["continued"] == 0, "status says the same in both ways")
    return row["restarts"], row["continued"]


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-restarts-") as folder:
        work = pathlib.Path(folder)
        problems = work / "p.jsonl"
        problems.write_text("".join(json.dumps({"id": f"p{i}", "problem": f"What is {i} + 7?", "answer": f"{i + 7}"}) + "\n"
                                    for i in range(3)))
        search = ["--policy", "chat", "--model", "m", "--profile", "generic", "--route", "next", "--calls", 12,
                  "--children", 4, "--depth", 5, "--order", "issued", "--critic", "match"]
        with serving(Model(3).reply) as server:
            words = ["generate", problems, *search, "--endpoint", server.url]
            shown = told(run(program, *words, "--store", work / "run.db"))
            asked = len(server.requests)
            insist(shown[0] > 0 and 0.2 < shown[0] / shown[1] < 0.5, f"{shown} is no third")
            insist(status_of(program, work / "run.db") == shown, "the store has what was said")
            solved = told(run(program, "solve", problems, *search[:-2], "--endpoint", server.url, "--no-store"))
            insist(solved == shown, f"solve says {solved}, not {shown}")
            insist(asked > 10, "the server was asked")
        words = ["generate", problems, *search, "--replay", work / "run.db"]
        insist(told(run(program, *words, "--store", work / "again.db")) == shown, "a replay says the same")
        with serving(Model(0).reply) as server:
            run(program, "generate", problems, *search, "--endpoint", server.url, "--store", work / "none.db")
            insist(status_of(program, work / "none.db")[0] == 0, "who goes on begins nothing anew")


if __name__ == "__main__":
    main(test)
