#!/usr/bin/env python3
"""test_split.py PROGRAM - steps part where --split says, and together they are what the model wrote, byte for byte.

A model of its own writes one of a few long texts, with openings, headings, lists, code and formulas; whatever it is
to go on with it goes on with as that text does. Its servers keep the stop string in a text or not, and one takes
a step at a time. The same text recorded is cut alike."""

import contextlib
import json
import pathlib
import random
import sqlite3
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from scripted import Reply, serving
from support import crux, insist, main

OPENINGS = ["Here's how to solve this problem:\n\n", "Let's think step by step.\n\n", "**Solution**\n\n## Step 1\n\n"]
SUMS = ["First, we need to find the sum. It is 7 + 23 = 30, i.e. thirty. So it is 30.\n\n",
        "To check it:\n\n1. 7 + 20 = 27\n2. 27 + 3 = 30\n\n"]
BLOCKS = ["```python\ndef f(x):\n\n    # ends in a colon:\n\n    return x. y\n```\n\n", "We get\n\n\\[\na = 7\n\nb = 30\n\\]\n\n"]
ENDS = ["The answer is \\boxed{30}.", "The answer is \\boxed{31}."]
BEGUN = ("problem:", "step.", "**", "1", "it:", "sum.", "We get") # how openings end

SEARCH = ["--policy", "chat", "--model", "fake", "--context", 100000, "--max-tokens", 2000, "--per-request", 3,
          "--children", 3, "--simulations", 12, "--rollouts", 2, "--order", "issued", "--critic", "outcome=match",
          "--quiet"]
ROWS = [{"id": f"q{i}", "problem": f"What is 7 + 23, for {i} times?", "answer": "30"} for i in range(2)]


def texts():
    return [a + b + c + d for a in OPENINGS for b in SUMS for c in BLOCKS for d in ENDS]


class Model:
    def __init__(self, keeps):
        self.keeps, self.asked = keeps, []

    def choice(self, given, stop, seed):
        fits = [text for text in texts() if text.startswith(given)]
        insist(fits, f"nobody wrote {given!r}")
        said = random.Random(f"{seed}/{given}").choice(fits)[len(given):]
        cut = stop is not None and stop in said
        if cut:
            said = said[:said.index(stop)] + (stop if self.keeps else "")
        return {"finish_reason": "stop", "stop_reason": stop if cut else None,
                "message": {"role": "assistant", "content": said}}

    def reply(self, request, _):
        turn = request["messages"][-1]
        given = turn["content"] if turn["role"] == "assistant" else ""
        stop = (request.get("stop") or [None])[0]
        self.asked.append(given)
        choices = [self.choice(given, stop, request.get("seed", 0) * 4 + i) | {"index": i} for i in range(request.get("n", 1))]
        return {"model": "fake", "choices": choices, "usage": {"prompt_tokens": 9, "completion_tokens": 9 * len(choices)}}


def trees_of(program, store, work, status=0):
    folder = pathlib.Path(tempfile.mkdtemp(dir=work)) / "set"
    crux(program, "export", "--store", store, "--to", folder, "--view", "trees", status=status)
    return (folder / "data" / "trees" / "train-00000-of-00001.jsonl").read_text(encoding="utf-8")


def paths_of(tree):
    """The steps of every path to a node, and of every answer."""
    path = {0: []}
    for node in tree["nodes"][1:]:
        path[node["id"]] = [*path[node["parent"]], node["text"]]
        yield path[node["id"]], False
    for rollout in tree["rollouts"]:
        yield path[rollout["node"]] + rollout["steps"], True


def check(way, tree):
    """Returns how many steps there are."""
    steps = 0
    for path, whole in paths_of(tree):
        said = "".join(path)
        insist(any(text == said if whole else text.startswith(said) for text in texts()), f"{way}: nobody wrote {path}")
        for step in path:
            insist(not step.rstrip().endswith(BEGUN), f"{way}: {step!r} is no step")
            insist(step.count("```") != 1 and ("\\[" in step) == ("\\]" in step), f"{way}: {step!r} is cut")
        steps += len(path)
        for step in path if way == "sentences" else []:
            insist("thirty. So" not in step, f"{step!r} is two sentences")
        for step in path if way == "lines" else []:
            insist("27\n2." not in step, f"{step!r} is two lines")
    return steps


def served(program, work, problems, way, *words, keeps):
    model = Model(keeps)
    store = work / f"{way}{len(list(work.glob('*.db')))}.db"
    with serving(model.reply) as server:
        crux(program, "generate", problems, "--store", store, *SEARCH, "--endpoint", server.url, "--split", way, *words)
    rows = [json.loads(line) for line in trees_of(program, store, work).splitlines()]
    insist(len(rows) == len(ROWS), f"{way}: {len(rows)} trees")
    insist(sum(check(way, row) for row in rows) > 40, f"{way}: few steps")
    insist(any(given.endswith(":\n\n") for given in model.asked), f"{way}: it was not asked on")
    again = work / f"again-{store.name}"
    crux(program, "generate", problems, "--store", again, *SEARCH, "--split", way, *words, "--replay", store)
    insist(trees_of(program, again, work).replace(again.name, store.name) == trees_of(program, store, work),
           f"{way}: a replay gives other trees")
    return rows


def recorded(program, work, problems):
    """A text is cut by --split, by a setting of its own, or into lines."""
    answers = work / "answers.jsonl"
    answers.write_text("".join(json.dumps({"id": row["id"], "text": text}) + "\n" for row in ROWS for text in texts()))
    counts = {}
    for way in ("", "paragraphs", "lines", "sentences", "model"):
        for own in (False, True) if way else (True,):
            store = work / f"recorded-{way}{own}.db"
            policy = f"recorded:{answers}" + (f",split={way}" if own and way else "")
            crux(program, "generate", problems, "--store", store, "--policy", policy, "--critic", "outcome=match",
                 "--simulations", 20, "--quiet", *(["--split", way] if not own else []))
            tree = json.loads(trees_of(program, store, work).splitlines()[0])
            paths = [path for path, whole in paths_of(tree) if whole]
            counts[way, own] = max(map(len, paths))
            for path in paths if way != "model" else []:
                insist(any(" ".join(text.split()) == " ".join(" ".join(path).split()) for text in texts()), f"{way}: {path}")
                insist(not any(step.endswith(BEGUN) for step in path), f"{way}: {path}")
    insist(counts == {("", True): 4, ("lines", False): 4, ("lines", True): 4, ("paragraphs", False): 4, ("paragraphs", True): 4,
                      ("sentences", False): 4, ("sentences", True): 4, ("model", False): 1, ("model", True): 1}, str(counts))


def failing(program, work, problems):
    """A server that refuses to go on with an opening fails the call, and no opening becomes a step."""
    model, store = Model(True), work / "failing.db"

    def reply(request, number):
        turn = request["messages"][-1]
        if turn["role"] == "assistant" and turn["content"] == OPENINGS[1]:
            return Reply(400, {"error": {"message": "not that one"}})
        return model.reply(request, number)

    with serving(reply) as server:
        crux(program, "generate", problems, "--store", store, *SEARCH, "--endpoint", server.url, "--split", "paragraphs",
             "--profile", "vllm", "--route", "prefill", status=6)
        insist(any(given == OPENINGS[0] for given in model.asked), "it was not asked on")
    for row in map(json.loads, trees_of(program, store, work, status=6).splitlines()):
        check("paragraphs", row)


class Numbered(Model):
    """Its tokens are letters."""

    def choice(self, given, stop, seed):
        choice = super().choice(given, stop, seed)
        said = choice["message"]["content"]
        tokens = [{"token": letter, "logprob": -0.5, "bytes": [ord(letter)], "top_logprobs": []} for letter in said]
        return choice | {"token_ids": [*map(ord, said)], "logprobs": {"content": tokens}}


def numbered(program, work, problems):
    """The tokens beside a step are all of it and nothing else, so one that was asked on for has none."""
    store = work / "numbered.db"
    with serving(Numbered(True).reply) as server:
        crux(program, "generate", problems, "--store", store, *SEARCH, "--endpoint", server.url, "--split", "lines",
             "--profile", "vllm", "--route", "prefill", "--token-ids")
    trees = [json.loads(line) for line in trees_of(program, store, work).splitlines()]
    with contextlib.closing(sqlite3.connect(store)) as rows:
        found = rows.execute("SELECT * FROM finding").fetchall()
    nodes = [(trees[problem]["nodes"][path], text) for problem, about, path, _, kind, text, _ in found if (about, kind) == (1, "tokens")]
    insist(nodes and len(nodes) < sum(len(tree["nodes"]) - 1 for tree in trees), f"{len(nodes)} nodes have tokens")
    for node, text in nodes:
        said = "".join(map(chr, json.loads(text)["ids"]))
        insist(said.strip() == node["text"].strip(), f"tokens of {said!r} beside {node['text']!r}")


def refused(program, work, problems):
    words = ["generate", problems, "--store", work / "no.db", "--policy", "chat", "--endpoint", "http://127.0.0.1:9/v1",
             "--profile", "vllm", "--model", "fake", "--context", 100]
    crux(program, *words, "--split", "lines", "--step-stop", "x", status=2)
    crux(program, *words, "--split", "lines", "--step-tokens", 30, status=2)
    crux(program, *words, "--split", "words", status=2)
    insist(not (work / "no.db").exists(), "a store was made")


def test(program):
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        problems = work / "problems.jsonl"
        problems.write_text("".join(json.dumps(row) + "\n" for row in ROWS), encoding="utf-8")
        refused(program, work, problems)
        recorded(program, work, problems)
        failing(program, work, problems)
        numbered(program, work, problems)
        for way in ("paragraphs", "lines", "sentences"):
            served(program, work, problems, way, "--profile", "vllm", "--route", "prefill", keeps=True)
            served(program, work, problems, way, "--profile", "generic", "--route", "prefill", keeps=False)


main(test)
