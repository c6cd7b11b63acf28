#!/usr/bin/env python3
"""test_thoughts.py PROGRAM - what a reasoning model thought is kept beside the tree, and changes nothing else.

A model of its own thinks before each step, at length, in lines and letters of all sorts, each time other
thoughts for the few things that it says; its server keeps them apart, or leaves them in the text."""

import contextlib
import hashlib
import json
import pathlib
import random
import sqlite3
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from scripted import serving
from support import QUICK, crux, insist, main

SEARCH = ["--policy", "chat", "--model", "fake", "--context", 1000000, "--max-tokens", 200000, "--profile", "vllm",
          "--route", "prefill", "--per-request", 4, "--children", 4, "--simulations", 12, "--rollouts", 3, "--order", "issued",
          "--critic", "outcome=match", "--critic", "annotate=none", "--quiet"]
SAID = [["We add 7 and 23.", "Seven and 23 are to be\nadded, says\u2028the question."],
        ["The answer is \\boxed{30}.", "The answer is \\boxed{31}."]]


class Model:
    """What it thought before what it said, by the turn that it went on with: of each reply to a step the
    first, of answers all."""

    def __init__(self, apart):
        self.apart, self.steps, self.answers = apart, {}, {}

    def thoughts(self, draw):
        end = "long " * 25000 if draw.random() < 0.1 else ""
        return f"\nHm {draw.random()}?\n\n  So\t\u2028\u0085 ünï 🙂 \x1b[31m \"{{}}\\\r\n{end}\n"

    def choice(self, asked, given, stops, seed):
        draw = random.Random(seed)
        left = SAID[len([part for part in given.split("\n\n") if part]):]
        said = "\n\n".join(draw.choice(some) for some in left)
        if stops:
            said = said.split("\n\n")[0] + ("\n\n" if len(left) > 1 else "")
        thought = "" if draw.random() < 0.2 else self.thoughts(draw)
        if stops:
            self.steps.setdefault((asked, given, said.strip()), thought)
        else:
            self.answers.setdefault((asked, given, said), set()).add(thought)
        out = {"finish_reason": "stop", "stop_reason": "\n\n" if stops and len(left) > 1 else None}
        if self.apart:
            return out | {"message": {"role": "assistant", "content": said, "reasoning_content": thought}}
        return out | {"message": {"role": "assistant", "content": f"<think>{thought}</think>\n\n{said}"}}

    def reply(self, request, _):
        turn = request["messages"][-1]
        given = turn["content"] if turn["role"] == "assistant" else ""
        asked = next(each["content"] for each in request["messages"] if each["role"] == "user").split("?")[0]
        choices = [self.choice(asked, given, request.get("stop"), request["seed"] * 4 + i) | {"index": i}
                   for i in range(request.get("n", 1))]
        return {"model": "fake", "choices": choices,
                "usage": {"prompt_tokens": 9, "completion_tokens": 9 * len(choices)}}


class Run:
    """A store, with what is exported of it and shown."""

    def __init__(self, program, work, name, problems):
        self.program, self.work, self.name = program, work, name
        self.store, self.problems = work / f"{name}.db", problems

    def generate(self, *words, status=0):
        words = [self.program, "generate", self.problems, "--store", self.store, *SEARCH, *words]
        done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)
        insist(done.returncode == status, f"{self.name}: exit status {done.returncode}: {done.stderr}")
        return done.stderr

    def export(self):
        folder = pathlib.Path(tempfile.mkdtemp(dir=self.work)) / self.name
        crux(self.program, "export", "--store", self.store, "--to", folder)
        return {view: (folder / "data" / view / "train-00000-of-00001.jsonl").read_bytes()
                for view in ("trees", "critique")}

    def show(self, *words):
        return crux(self.program, "show", "--store", self.store, "q0", "--width", 0, *words)


def bare(views):
    """The same without thoughts, and without what names the run."""
    trees, critique = (views[view].decode().splitlines() for view in ("trees", "critique"))
    trees = [line[:line.index(', "thoughts": [')] for line in trees]
    critique = [json.loads(line) for line in critique]
    for row in critique:
        row.pop("provenance")
    return trees, critique


def check_thoughts(trees, model):
    """Each node and rollout has the thoughts that it must have, byte for byte, and no other; those there are."""
    count = 0
    for line in trees.decode().splitlines():
        tree = json.loads(line)
        path, asked = {0: []}, tree["prompt"].split("?")[0]
        before = {(row["node"], row["rollout"]): row["text"] for row in tree["thoughts"]}
        insist(len(before) == len(tree["thoughts"]) and "" not in before.values(), "thoughts twice, or of nothing")
        count += len(before)
        for node in tree["nodes"][1:]:
            given = "".join(text + "\n\n" for text in path[node["parent"]])
            path[node["id"]] = [*path[node["parent"]], node["text"]]
            want, got = model.steps[asked, given, node["text"]], before.pop((node["id"], -1), "")
            insist(got == want, f"node {node['id']}: {got[:200]!r}, not {want[:200]!r}")
        for i, rollout in enumerate(tree["rollouts"]):
            given = "".join(text + "\n\n" for text in path[rollout["node"]])
            got = before.pop((-1, i), "")
            some = model.answers[asked, given, "\n\n".join(rollout["steps"])] if rollout["steps"] else {""}
            insist(got in some, f"rollout {i}: {got[:200]!r} was not thought")
        insist(not before, f"thoughts of nothing in the tree: {list(before)}")
    return count


def check_shown(run, plain, trees):
    """The outline tells how long thoughts are, or shows them whole; JSON is what the view has."""
    tree = json.loads(trees.decode().splitlines()[0])
    lengths = sorted(f"  (thought before it: {len(row['text'].encode())} bytes)" for row in tree["thoughts"])
    shown = run.show()
    for length in set(lengths):
        insist(0 < shown.count(length) <= lengths.count(length), f"`{length}` is not shown as often")
        shown = shown.replace(length, "")
    insist(shown == plain, "the outline differs in more than thoughts")
    whole = run.show("--with-thoughts")
    longest = max((row["text"] for row in tree["thoughts"]), key=len)
    insist(whole.count("thought before it: \n") == sum(map(run.show().count, set(lengths))), "not all thoughts")
    insist("ünï 🙂 \\u{1b}[31m \"{}\\" in whole, "letters are lost, or obeyed")
    insist(len(longest) < 100000 or longest.split("\n")[-2] in whole, "the longest is cut")
    insist(json.loads(run.show("--json")) == tree, "show --json is not the view's row")


def kept(program, work, apart):
    """Kept thoughts change no step, no label and no question; what a run had that dropped them gives them
    without asking anybody; and a run that stopped on its way ends in the same bytes."""
    problems = work / "q.jsonl"
    problems.write_text("".join(f'{{"id": "q{i}", "problem": "What is 7 + 23, says {i}?", "answer": "30"}}\n'
                                for i in range(3)), encoding="utf-8")
    model, what = Model(apart), "apart" if apart else "marks"
    keep = ["--thoughts", "keep"]
    runs = {name: Run(program, work, f"{what}-{name}", problems) for name in ("drop", "again", "keep", "stopped")}
    with serving(model.reply) as server:
        url = server.url
        insist("in no step" in runs["drop"].generate("--endpoint", url), "thoughts are not told")
        keys, drop = server.keys(), runs["drop"].export()
        server.headers.clear()
        said = runs["again"].generate("--replay", runs["drop"].store, *keep)
        insist(not server.keys() and "kept beside each finished tree" in said, f"asked, or not told: {said}")
        runs["keep"].generate("--endpoint", url, *keep)
        insist(sorted(server.keys()) == sorted(keys) and keys, "other questions where thoughts are kept")
        runs["stopped"].generate("--endpoint", url, *keep, "--limit-calls", 7, status=5)
        runs["stopped"].generate("--endpoint", url, *keep, "--limit-calls", 1000)
        insist("thoughts" in runs["drop"].generate("--endpoint", url, *keep, status=2), "another run goes on")
        said = runs["drop"].generate("--endpoint", url, "--thoughts", "kept", status=2)
        insist("expected drop, keep or steps, found `kept`" in said, said)
    views = {name: run.export() for name, run in runs.items()}
    insist(b'"thoughts": []' in drop["trees"] and bare(drop) == bare(views["keep"]), "other data with thoughts kept")
    insist(views["again"] == views["keep"] == views["stopped"], "other bytes done again, or gone on with")
    count = check_thoughts(views["keep"]["trees"], model)
    insist(count > 20 and any(not text for text in model.steps.values()), f"{count} thoughts only")
    check_shown(runs["keep"], runs["drop"].show(), views["keep"]["trees"])
    with contextlib.closing(sqlite3.connect(runs["keep"].store)) as db:
        rows = db.execute("SELECT DISTINCT maker, kind FROM finding WHERE kind <> 'restarts'").fetchall()
        insist(rows == [("chat", "thoughts")], f"{rows}")
    crux(program, "doctor", "--store", runs["keep"].store)
    print(f"{what}: {count} thoughts, {hashlib.sha256(views['keep']['trees']).hexdigest()[:8]}")


def test(program):
    with tempfile.TemporaryDirectory(dir=QUICK) as folder:
        for apart in (True, False):
            kept(program, pathlib.Path(folder), apart)


if __name__ == "__main__":
    main(test)
