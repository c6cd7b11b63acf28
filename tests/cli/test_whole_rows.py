#!/usr/bin/env python3
"""test_whole_rows.py PROGRAM - the answers in rows are what the model wrote, byte for byte, however steps were cut.

A model of its own writes one of some long texts, with blanks wherever steps may part, and goes on with whatever it is
to go on with as that text does. Steps end at the prompt's stop strings, at others, after some tokens, or where rules
say. In views of whole answers no row may have another text than the model's; in views of steps those that tokens cut
are behind each other as they were written, and others stand on lines of their own."""

import json
import pathlib
import random
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from scripted import serving
from support import QUICK, crux, insist, main

VIEWS = ("sft", "kto", "preference-chat", "nemo-rl", "llama-factory", "preference", "value", "prm-soft", "traces")
SEARCH = ["--model", "fake", "--context", 100000, "--max-tokens", 2000, "--per-request", 3]
TREE = ["--children", 3, "--simulations", 24, "--rollouts", 2, "--order", "issued", "--critic", "outcome=match", "--quiet"]
ROWS = [{"id": f"q{i}", "problem": f"What is 7 + 23,\nfor {i} times?", "answer": "30"} for i in range(2)]

PARTS = [[" First, 7 is odd.\n\n\n", "We add\u00e9d 7 and 23.  \n\n"],
         ["    a = 7 \u2713\n\tb = 23; so\n\n", "1. 7 - 11 = -4\n2. 23 + 7 = 30\n\n", "``` \n7 + 23\n\n```\n\n"],
         ["The answer is \\boxed{30}.", "The answer is \\boxed{31}. \n\n"]]
STEPS = [["Step 1: 7 is odd.\n  Indeed.", "Step 1: add;  7 + 23"], [" \nStep 2: = 30", "\nStep 2: carry 1\n\n"],
         ["\nStep 3: The answer is \\boxed{30}.", "\nStep 3: The answer is \\boxed{31}."]]
OWN = "--- user\n{{problem}}\n--- stop \n\\nStep \n--- final\n\\boxed{\n"
SEVERAL = OWN.replace("\\nStep ", "\n\\n\\n\n\\n\\t\n")


def texts_of(parts):
    return [first + rest for first in parts[0] for rest in texts_of(parts[1:])] if parts else [""]


class Model:
    """Its tokens are a word with the blank before it, or a letter."""

    def __init__(self, texts, keeps):
        self.texts, self.keeps, self.written = texts, keeps, set()

    def choice(self, given, request, seed):
        fits = [text for text in self.texts if text.startswith(given)]
        insist(fits, f"nobody wrote {given!r}")
        said, reason = random.Random(f"{seed}/{given}").choice(fits)[len(given):], "stop"
        tokens = re.findall(r" ?\w+|\W", said)
        most = request.get("max_tokens") or request["max_completion_tokens"]
        if len(tokens) > most:
            tokens, reason = tokens[:most], "length"
            said = "".join(tokens)
        stops = [(said.index(stop), stop) for stop in request.get("stop") or [] if stop in said]
        at, stop = min(stops, default=(len(said), None))
        said = said[:at] + (stop if stop and self.keeps else "")
        listed = [{"token": token, "logprob": -0.5, "bytes": [*token.encode()], "top_logprobs": []} for token in tokens]
        return {"finish_reason": reason, "stop_reason": stop, "message": {"role": "assistant", "content": said},
                "logprobs": None if stop else {"content": listed}}

    def reply(self, request, _):
        turn = request["messages"][-1]
        given = turn["content"] if turn["role"] == "assistant" else ""
        choices = [self.choice(given, request, request.get("seed", 0) * 4 + i) | {"index": i} for i in range(request.get("n", 1))]
        return {"model": "fake", "choices": choices, "usage": {"prompt_tokens": 9, "completion_tokens": 9 * len(choices)}}


def rows_of(folder, view):
    return [json.loads(line) for line in next((folder / "data" / view).glob("train-*")).read_text("utf-8").splitlines()]


def answers_of(folder):
    """Every whole answer of every view of them."""
    yield from (("sft", row["messages"][1]["content"]) for row in rows_of(folder, "sft"))
    yield from (("kto", row["completion"]) for row in rows_of(folder, "kto"))
    yield from (("preference-chat", row[which][0]["content"]) for row in rows_of(folder, "preference-chat") for which in ("chosen", "rejected"))
    yield from (("llama-factory", row[which]["value"]) for row in rows_of(folder, "llama-factory") for which in ("chosen", "rejected"))
    yield from (("nemo-rl", one["completion"][0]["content"]) for row in rows_of(folder, "nemo-rl") for one in row["completions"])


def states_of(folder):
    """Of every view of steps the steps that are behind the problem, as one text, each row with its own last."""
    problems = {row["id"]: row["problem"] for row in ROWS}
    for row in rows_of(folder, "preference"):
        for which in ("chosen", "rejected"):
            yield problems[row["problem_id"]] + "\n", row["prompt"] + row[which]
    for row in rows_of(folder, "value"):
        yield problems[row["problem_id"]] + "\n", row["state"]
    for row in rows_of(folder, "prm-soft"):
        for step in row["reasoning_steps"][1:]:
            yield row["question"] + "\n\n", step["solution_prefix"]


def check_traces(folder, whole, pieces):
    """An answer that lies in two nodes or more; what the pieces of these are together."""
    for row in rows_of(folder, "traces"):
        for node in row["nodes"]:
            said = node["message"]["content"]
            insist(node["parent"] is None or any(said in text for text in whole), f"traces: nobody wrote {said!r}")
            path, at = said, node
            while pieces and at["parent"]:
                at = row["nodes"][at["parent"]]
                path = at["message"]["content"] + path
            insist(not pieces or node["parent"] is None or any(text.startswith(path) for text in whole), f"traces: {path!r}")


def run(program, work, what, texts, *words, keeps=True, pieces=False, policy="chat", backend=""):
    model, store, folder = Model(texts, keeps), work / f"{what}.db", work / what
    profile = ["--profile", "vllm" if keeps else "generic", "--route", "prefill"]
    with serving(model.reply) as server:
        options = [*SEARCH, "--endpoint", server.url, *profile, *words]
        if backend:
            options = [word for option, value in zip(options[::2], options[1::2])
                       for word in ("--backend", f"{backend}.{option[2:]}={value}")]
        crux(program, "generate", work / "problems.jsonl", "--store", store, "--policy", policy, *TREE, *options)
    crux(program, "export", "--store", store, "--to", folder, *(word for view in VIEWS for word in ("--view", view)))
    whole = {text.strip() for text in texts}
    found = {}
    for view, text in answers_of(folder):
        insist(text in whole, f"{what}: in {view} nobody wrote {text!r}")
        found.setdefault(view, set()).add(text)
    insist(len(found) == 5 and len(found["kto"]) > 3, f"{what}: {found}")
    check_traces(folder, texts, pieces)
    count = 0
    for head, text in states_of(folder):
        insist(text.startswith(head), f"{what}: {text!r}")
        said = text[len(head):]
        if pieces:
            insist(any(one.startswith(said) for one in (text.lstrip() for text in texts)), f"{what}: nobody wrote {said!r}")
        elif said:
            insist(said == said.lstrip(), f"{what}: {said!r} is not bare")
        count += bool(said)
    insist(count > 10, f"{what}: {count} states")


def test(program):
    with tempfile.TemporaryDirectory(dir=QUICK) as folder:
        work = pathlib.Path(folder)
        (work / "problems.jsonl").write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
        (work / "own.txt").write_text(OWN, encoding="utf-8")
        (work / "several.txt").write_text(SEVERAL, encoding="utf-8")
        texts, steps = texts_of(PARTS), texts_of(STEPS)
        for keeps in (False, True):
            run(program, work, f"default{keeps}", texts, keeps=keeps)
            run(program, work, f"own{keeps}", steps, "--prompt", work / "own.txt", keeps=keeps)
            run(program, work, f"stop{keeps}", steps, "--step-stop", r"\nStep ", keeps=keeps)
            run(program, work, f"sentences{keeps}", texts, "--split", "sentences", keeps=keeps)
        run(program, work, "several", texts, "--prompt", work / "several.txt")
        run(program, work, "within", texts, "--step-stop", "; ")
        run(program, work, "lines", texts, "--split", "lines")
        run(program, work, "paragraphs", texts, "--split", "paragraphs")
        run(program, work, "tokens", texts, "--step-tokens", 7, pieces=True)
        run(program, work, "token", texts, "--step-tokens", 3, pieces=True)
        run(program, work, "named", texts, "--step-tokens", 7, pieces=True, policy="chat:b", backend="b")
        run(program, work, "steps", steps, "--prompt", work / "own.txt", policy="chat:b", backend="b")


main(test)
