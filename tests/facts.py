#!/usr/bin/env python3
"""facts.py PROGRAM SERVER - plans against one retrieval and against none, where facts have to be looked up.

Question   What share of word problems whose facts stand in documents is solved, at equal tokens a problem, by
           strategy plan with critics trained here, by plans without critics, by plans with the same critics that
           may not look anything up (--subgoals reason), by one retrieval for the problem's own words and answers
           behind it (rag), and by answers alone (sample)?
World      fact_world.py. Half of the problems can be solved with what one retrieval finds. In the others the first
           document names what the second is about, so nobody finds that who has not read the first: that is what
           a plan is for, and the table tells the kinds apart.
Loop       Search over the grammar cr-planner on problems for training, then crux train --all; then more searches,
           each guided by the critics of all before, on the problems that the last one has not solved. What is
           learnt on the easy ones leads to the others.
Real       The program, the index of the corpus, HTTP to the fake server: nothing here stands in for a part of it.
Equal      All have the same model, the same corpus, as many documents a retrieval and --tokens, prompts included.
           Answers vote in all arms; rag and sample are shown with the pick of the trained outcome critic, too.
Check      Nobody spends more than a tenth above the limit. Plan is above sample and above plans without retrieval,
           95 % intervals apart; with CRUX_DEEP=1, on 300 problems, above rag with either pick and above plans
           without critics, too.
"""

import json
import math
import pathlib
import shutil
import sys
import tempfile

import fact_world
from support import DEEP, QUICK, crux, insist, main, model_server

SERVER = sys.argv[2]
TRAINED, TESTED = (200, 300) if DEEP else (40, 48)
ROUNDS = (400, 600, 1200, 1200) if DEEP else (300, 300)  # simulations a problem
TOKENS = 6000
SHAPE = ("--children", 3, "--documents", 3, "--depth", 16)
KINDS = ("named", "own", "bought")
ROLES = {"subgoal": "subgoal", "execution:rationale": "rationale", "execution:query": "query", "execution:doc": "doc"}


def wilson(hits, count):
    """A share and its 95 % interval (Wilson 1927)."""
    z, p = 1.959964, hits / count
    centre, half = p + z * z / (2 * count), z * math.sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return p, (centre - half) / (1 + z * z / count), (centre + half) / (1 + z * z / count)


class Loop:
    """The files of one run, and the words by which the program is told of them."""

    def __init__(self, program, work, url):
        self.program, self.work, self.stores = program, work, []
        self.model = ["--policy", "chat", "--endpoint", url, "--order", "issued", "--quiet"]
        self.corpus = ["--policy", f"doc=retrieve:{work / 'corpus.db'}"]
        self.critics, self.outcome = [], []

    def search(self, simulations):
        """Over what is not solved: at first by chance, later by what was learnt."""
        store = self.work / f"run-{len(self.stores)}.db"
        how = ["--selection", *(["puct", "--exploration", 0.7] if self.critics else ["uct", "--exploration", 0.4])]
        crux(self.program, "generate", self.work / "train.jsonl", "--store", store, *self.model, *self.corpus, *SHAPE,
             "--grammar", "cr-planner", "--simulations", simulations, "--critic", "outcome=match",
             "--seed", len(self.stores) + 1, *how, *self.critics)
        self.stores.append(store)
        self.leave(store)

    def leave(self, store):
        """What the search has solved is left out of the file from now on."""
        path, folder = self.work / "train.jsonl", self.work / "trees"
        crux(self.program, "export", "--store", store, "--to", folder, "--view", "trees")
        trees = [json.loads(line) for file in folder.rglob("*.jsonl")
                 for line in file.read_text(encoding="utf-8").splitlines()]
        shutil.rmtree(folder)
        solved = {tree["problem_id"] for tree in trees if any(one["verdict"] == "right" for one in tree["rollouts"])}
        lines = [line for line in path.read_text(encoding="utf-8").splitlines(keepends=True)
                 if json.loads(line)["id"] not in solved]
        path.write_text("".join(lines), encoding="utf-8")
        print(f"{store.name}: {len(solved)} of {len(trees)} problems solved", flush=True)

    def train(self):
        folder = self.work / f"critics-{len(self.stores)}"
        crux(self.program, "train", "--all", *[word for store in self.stores for word in ("--store", store)],
             "--out", folder, "--visits", 3, "--margin", 0.5)
        self.critics = [word for role, name in ROLES.items() if (folder / f"{name}.linear").exists()
                        for word in ("--critic", f"{role}=linear:{folder / name}.linear")]
        self.outcome = ["--critic", f"outcome=linear:{folder / 'outcome.linear'}"]

    def solve(self, *words):
        """The rows of the problems of the test."""
        said = crux(self.program, "solve", self.work / "test.jsonl", "--no-store", "--json", "--tokens", TOKENS,
                    "--per-tree", 1, "--seed", 1, *self.model, *words)
        return [json.loads(line) for line in said.splitlines()]


def measure(name, rows, kinds):
    """Prints a row of the table; the share of all, with its interval, and the tokens a problem."""
    right = {kind: [row["graded"] == "right" for row in rows if kinds[row["id"]] == kind] for kind in KINDS}
    share, low, high = wilson(sum(map(sum, right.values())), len(rows))
    tokens = sum(row["tokens"] for row in rows) / len(rows)
    print(f"{name:34}  {share:6.1%} ({low:5.1%} .. {high:5.1%})"
          + "".join(f"  {sum(right[kind]):3}/{len(right[kind]):<3}" for kind in KINDS)
          + f"  {tokens:6.0f}  {sum(row['calls'] for row in rows) / len(rows):5.1f}", flush=True)
    return {"low": low, "high": high, "tokens": tokens}


def compare(loop, kinds):
    plan = [*loop.corpus, *SHAPE, "--grammar", "cr-planner", "--strategy", "plan"]
    rag = [*loop.corpus, "--documents", 3, "--strategy", "rag"]
    arms = {
        "plan": [*plan, *loop.critics],
        "plan, no critics": plan,
        "plan, no retrieval": [*plan, *loop.critics, "--subgoals", "reason"],
        "rag": rag,
        "rag, pick of the outcome critic": [*rag, *loop.outcome],
        "sample": ["--strategy", "sample"],
        "sample, pick of the outcome critic": ["--strategy", "sample", *loop.outcome],
    }
    print(f"{'':34}  {'solved':24}" + "".join(f"  {kind:7}" for kind in KINDS) + "  tokens  calls")
    return {name: measure(name, loop.solve(*words), kinds) for name, words in arms.items()}


def make(work):
    """The world's files, with as many problems as are wanted; the kind of each problem of the test."""
    fact_world.write(work, max(TRAINED, TESTED), 1)
    for name, count in (("train", TRAINED), ("test", TESTED)):
        lines = (work / f"{name}.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)[:count]
        (work / f"{name}.jsonl").write_text("".join(lines), encoding="utf-8")
    return {row["id"]: row["kind"] for row in map(json.loads, lines)}


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-facts-", dir=QUICK) as folder:
        work = pathlib.Path(folder)
        kinds = make(work)
        crux(program, "index", work / "corpus.jsonl", "--out", work / "corpus.db")
        with model_server(SERVER, "--skill", 1) as url:
            loop = Loop(program, work, url)
            for simulations in ROUNDS:
                loop.search(simulations)
                loop.train()
            table = compare(loop, kinds)
    spent = {name: row["tokens"] for name, row in table.items()}
    insist(max(spent.values()) <= 1.1 * TOKENS, f"more than the limit of {TOKENS} tokens was spent: {spent}")
    for name, row in table.items():
        if name != "plan" and (DEEP or name in ("plan, no retrieval", "sample")):
            insist(table["plan"]["low"] > row["high"], f"plan is not above {name}, intervals apart")


if __name__ == "__main__":
    main(test)
