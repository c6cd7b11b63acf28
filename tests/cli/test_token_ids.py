#!/usr/bin/env python3
"""test_token_ids.py PROGRAM - the tokens that a model wrote lie beside the tree, and in view traces with its steps.

A model of its own writes words, each of them a token with a number, some of them thoughts that its server
keeps apart, some behind the end of an answer. A number of a trace must be the word that stands in its step,
with the log-probability that the server told, and steps that are not all of their reply have none."""

import contextlib
import json
import pathlib
import random
import re
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from scripted import serving
from support import QUICK, crux, insist, main

SEARCH = ["--policy", "chat", "--model", "fake", "--context", 100000, "--max-tokens", 200, "--per-request", 4,
          "--children", 3, "--simulations", 10, "--rollouts", 2, "--order", "issued", "--critic", "outcome=match",
          "--critic", "annotate=none", "--quiet"]
SAID = [["We add 7 and 23.", "Seven and 23 are to be\nadded, é says the question.", "Hm: 7 + 23."],
        ["The answer is \\boxed{30}.", "The answer is \\boxed{31}."]]
RAMBLE = "\n\nQuestion: What is 1 + 1?"


class Model:
    """Words and their numbers; what each reply was made of is a function of its seed."""

    def __init__(self):
        self.numbers, self.wanted, self.thought, self.rambled, self.deaf = {}, set(), 0, 0, False

    def number(self, word):
        return self.numbers.setdefault(word, len(self.numbers) + 5)

    def word(self, number):
        return next(word for word, its in self.numbers.items() if its == number)

    @staticmethod
    def logprob(number):
        return -(number % 7) / 8

    def choice(self, request, given, seed):
        draw = random.Random(seed)
        stops = request.get("stop")
        left = SAID[len([part for part in given.split("\n\n") if part]):]
        said = "\n\n".join(draw.choice(some) for some in left)
        more = stops and len(left) > 1
        said = said.split("\n\n")[0] + ("\n\n" if more else "") if stops else said
        thought = "Let me think. " if draw.random() < 0.2 else ""
        ramble = RAMBLE if not stops and draw.random() < 0.3 else ""
        self.thought += thought != ""
        self.rambled += ramble != ""
        numbers = [self.number(word) for word in re.findall(r"\s+|[^\s]+", thought + said + ramble)]
        out = {"finish_reason": "stop", "stop_reason": "\n\n" if more else None}
        if request.get("return_token_ids") and not self.deaf:
            out["token_ids"] = numbers
        entries = [{"token": self.word(one), "logprob": self.logprob(one)} for one in numbers]
        message = {"role": "assistant", "content": said + ramble}
        return out | {"message": message | ({"reasoning_content": thought} if thought else {}),
                      "logprobs": {"content": entries} if request.get("logprobs") else None}

    def reply(self, request, _):
        self.wanted.add(request.get("return_token_ids"))
        turn = request["messages"][-1]
        given = turn["content"] if turn["role"] == "assistant" else ""
        choices = [self.choice(request, given, request["seed"] * 4 + i) | {"index": i}
                   for i in range(request.get("n", 1))]
        return {"model": "fake", "choices": choices,
                "usage": {"prompt_tokens": 9, "completion_tokens": 9 * len(choices)}}


def generate(program, problems, store, *words, status=0):
    words = [program, "generate", problems, "--store", store, *SEARCH, *words]
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
    insist(done.returncode == status, f"exit status {done.returncode}: {done.stderr}")
    return done.stderr


def export(program, work, store):
    folder = pathlib.Path(tempfile.mkdtemp(dir=work)) / "set"
    crux(program, "export", "--store", store, "--to", folder, "--view", "traces", "--view", "trees")
    return {view: (folder / "data" / view / "train-00000-of-00001.jsonl").read_bytes() for view in ("traces", "trees")}


def check(model, traces):
    """Every number is a word of its step and has its log-probability; how many steps have numbers, how many not."""
    have = lack = 0
    for line in traces.decode().splitlines():
        for node in json.loads(line)["nodes"]:
            ids, text = node["token_ids"], node["message"]["content"]
            insist(node["mask"] == [1] * len(ids) and node["advantages"] == [node["advantage"]] * len(ids), f"{node}")
            if not ids:
                lack += node["sampled"]
                continue
            have += 1
            insist("".join(map(model.word, ids)).split() == text.split(), f"{ids} are not {text!r}")
            insist(node["logprobs"] == [model.logprob(one) for one in ids], f"{node['logprobs']} of {ids}")
    return have, lack


def kept(program, work):
    problems = work / "q.jsonl"
    problems.write_text("".join(f'{{"id": "q{i}", "problem": "What is 7 + 23, says {i}?", "answer": "30"}}\n'
                                for i in range(4)), encoding="utf-8")
    model = Model()
    with serving(model.reply) as server:
        at = ["--endpoint", server.url, "--route", "prefill", "--profile"]
        generate(program, problems, work / "plain.db", *at, "vllm")
        insist(model.wanted == {None}, f"numbers were asked for: {model.wanted}")
        model.wanted.clear()
        said = generate(program, problems, work / "kept.db", *at, "vllm", "--token-ids")
        insist("return_token_ids" not in said, said)
        insist(model.wanted == {True}, f"numbers were not asked for everywhere: {model.wanted}")
        count = len(server.keys())
        generate(program, problems, work / "again.db", "--profile", "vllm", "--route", "prefill", "--token-ids",
                 "--replay", work / "kept.db")
        insist(len(server.keys()) == count, "a replay asked")
        said = generate(program, problems, work / "no.db", *at, "sglang", "--token-ids", status=2)
        insist("profile sglang is not known to: only vllm is" in said, said)
        said = generate(program, problems, work / "no.db", *at, "vllm", "--token-ids", "--no-logprobs", status=2)
        insist("--token-ids needs log-probabilities" in said, said)
        said = generate(program, problems, work / "plain.db", *at, "vllm", "--token-ids", status=2)
        insist("token-ids" in said, f"another run goes on: {said}")
        model.deaf = True
        said = generate(program, problems, work / "deaf.db", *at, "vllm", "--token-ids")
        insist(said.count("does the server know return_token_ids?") == 1, f"an older server is not told: {said}")
    views = {name: export(program, work, work / f"{name}.db") for name in ("plain", "kept", "again")}
    insist(views["kept"] == views["again"], "other bytes done again")
    insist(check(model, views["plain"]["traces"])[0] == 0, "numbers that nobody asked for")
    have, lack = check(model, views["kept"]["traces"])
    insist(have > 20 and lack > 3 and model.thought > 3 and model.rambled > 3,
           f"{have} steps with numbers, {lack} without; {model.thought} thoughts, {model.rambled} endings")
    with contextlib.closing(sqlite3.connect(work / "kept.db")) as db:
        rows = db.execute("SELECT maker, kind, count(*) FROM finding WHERE kind <> 'restarts' GROUP BY 1, 2").fetchall()
        insist(rows == [("chat", "tokens", have)], f"{rows}")
    print(f"{have} steps with tokens, {lack} without")


def test(program):
    with tempfile.TemporaryDirectory(dir=QUICK) as folder:
        kept(program, pathlib.Path(folder))


if __name__ == "__main__":
    main(test)
