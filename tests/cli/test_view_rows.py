#!/usr/bin/env python3
"""test_view_rows.py PROGRAM - rows of steps and answers are computed again from view trees, with nothing of the program's.

A path is its bare steps. Values are shares of right answers among those of known verdict through a node, be the
node on the answer's own path or a line of its text. Rows that follow: preference, value, traces, kto, ranking,
nemo-rl, sft,
preference-chat, llama-factory, verl; and what their limits do to them."""

import collections
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import QUICK, crux, insist, main

VIEWS = ("trees", "preference", "ranking", "preference-chat", "llama-factory", "kto", "nemo-rl", "sft", "value", "traces", "verl")


class Tree:
    """A row of view trees, and what follows from it."""

    def __init__(self, row):
        self.row, self.nodes, self.rollouts = row, row["nodes"], row["rollouts"]
        self.children = collections.defaultdict(list)
        for node in self.nodes[1:]:
            self.children[node["parent"]].append(node["id"])
        self.known = [i for i, one in enumerate(self.rollouts) if one["verdict"] != "unknown"]
        self.right, self.of = collections.Counter(), collections.Counter()
        for i in self.known:
            for node in self.through(i):
                self.of[node] += 1
                self.right[node] += self.rollouts[i]["verdict"] == "right"

    def up(self, node):
        """Nodes from the root's child down to node."""
        return [] if node == 0 else [*self.up(self.nodes[node]["parent"]), node]

    def through(self, i):
        node = self.rollouts[i]["node"]
        found = [0, *self.up(node)]
        for step in self.rollouts[i]["steps"]:
            node = next((child for child in self.children[node] if self.step(child) == step.strip()), None)
            if node is None:
                break
            found.append(node)
        return found

    def step(self, node):
        return self.nodes[node]["text"].strip()

    def path(self, i):
        """The steps of an answer."""
        return tuple([self.step(node) for node in self.up(self.rollouts[i]["node"])] +
                     [step.strip() for step in self.rollouts[i]["steps"]])

    def value(self, node):
        return self.right[node] / self.of[node] if self.of[node] else 0.0

    def state(self, node):
        return self.row["prompt"].strip() + "\n" + "".join(self.step(one) + "\n" for one in self.up(node))

    def distinct(self, verdict):
        """The first answer of each path of that verdict, in the order of the paths."""
        found = {}
        for i in self.known:
            if self.rollouts[i]["verdict"] == verdict:
                found.setdefault(self.path(i), i)
        return found


def close(a, b):
    return abs(a - b) < 1e-9


def pairs(tree):
    """Best and worst child of each node that has two that differ."""
    for node in range(len(tree.nodes)):
        known = [child for child in tree.children[node] if tree.of[child]]
        if known:
            # Of equal ones that with more answers, then the first.
            best = max(known, key=lambda child: (tree.value(child), tree.of[child], -child))
            worst = min(known, key=lambda child: (tree.value(child), -tree.of[child], child))
            if tree.value(best) > tree.value(worst):
                yield node, best, worst


def overlap(a, b):
    a, b = set(a.split()), set(b.split())
    return len(a & b) / min(len(a), len(b))


def check_preference(tree, rows, gap, most, floor):
    want = []
    for number, (node, best, worst) in enumerate(pairs(tree)):
        margin, same = tree.value(best) - tree.value(worst), overlap(tree.step(best), tree.step(worst))
        if margin >= gap - 1e-9 and same <= most and tree.value(best) >= floor:
            want.append((f"{tree.row['problem_id']}/p{number:04d}", node, tree.state(node), tree.step(best), tree.step(worst),
                         tree.right[best], tree.of[best], tree.right[worst], tree.of[worst]))
    got = [tuple(row[name] for name in ("id", "node", "prompt", "chosen", "rejected", "chosen_rights", "chosen_counts",
                                        "rejected_rights", "rejected_counts")) for row in rows]
    insist(got == want, f"pairs {got}, not {want}")
    for row in rows:
        insist(close(row["margin"], row["chosen_value"] - row["rejected_value"]) and row["agree"] >= 1, f"{row}")


def ranked(tree, margin, visits, one):
    """By family the best child against the lower ones; values are the search's own."""
    for node in range(len(tree.nodes)):
        worth = {child: tree.nodes[child]["value"] for child in tree.children[node]
                 if tree.of[child] and tree.nodes[child]["visits"] >= visits and tree.step(child)}
        best = [child for child in worth if worth[child] == max(worth.values())]
        lower = [child for child in worth if worth[child] < worth[best[0]]
                 and worth[best[0]] - worth[child] >= margin - 1e-9] if best else []
        if one and lower:
            yield node, best[0], max(lower, key=lambda child: (worth[child], -child))
        elif lower:
            for i in range(max(len(best), len(lower))):
                yield node, best[i % len(best)], lower[i % len(lower)]


def check_ranking(tree, rows, margin=0.0, visits=1, one=False):
    pairs_of = [(node, better, lower) for node, better, lower in ranked(tree, margin, visits, one)
                if tree.step(better) != tree.step(lower)]
    want = [(f"{tree.row['problem_id']}/k{number:04d}", node, better, lower, tree.state(node), tree.step(better),
             tree.step(lower), tree.up(node), tree.right[better], tree.of[lower])
            for number, (node, better, lower) in enumerate(pairs_of)]
    got = [tuple(row[name] for name in ("id", "node", "chosen_node", "rejected_node", "prompt", "chosen", "rejected",
                                        "context_nodes", "chosen_rights", "rejected_counts")) for row in rows]
    insist(got == want, f"pairs {got}, not {want}")
    for row in rows:
        insist(row["difference"] > 0 and row["context"] == row["chosen_kind"] == "step", f"{row}")


def check_value(tree, rows):
    want = [node for node in range(len(tree.nodes)) if tree.of[0 if node == 0 else tree.nodes[node]["parent"]]]
    insist([row["node"] for row in rows] == want, "other nodes")
    for row in rows:
        node = row["node"]
        insist(row["state"] == tree.state(node) and row["step"] == tree.step(node), f"{row['state']!r}")
        insist((row["rights"], row["counts"]) == (tree.right[node], tree.of[node]), f"{row['rights']} of {row['counts']}")
        insist(close(row["value"], tree.value(node)), f"value {row['value']}")
        insist(not row["counts"] or close(row["completed_q"], row["value"]), f"completed {row['completed_q']}")
        above = tree.value(max(row["parent"], 0))
        insist(close(row["advantage"], row["completed_q"] - above), f"advantage {row['advantage']}")


def check_traces(tree, rows):
    insist(len(rows) == (tree.of[0] > 0), "not a row")
    for row in rows:
        nodes = row["nodes"]
        insist([one["node"] for one in nodes[:len(tree.nodes)]] == list(range(len(tree.nodes))), "not all nodes")
        for one in nodes[1:len(tree.nodes)]:
            parent = tree.nodes[one["node"]]["parent"]
            known = tree.of[one["node"]] and tree.of[parent]
            insist(one["parent"] == parent and one["message"]["content"] == tree.step(one["node"]), f"{one}")
            insist(close(one["advantage"], tree.value(one["node"]) - tree.value(parent) if known else 0.0), f"{one}")
        leaves = [i for i in tree.known if tree.rollouts[i]["text"]]
        insist([one["rollout"] for one in nodes[len(tree.nodes):]] == leaves, "other answers")
        for one in nodes[len(tree.nodes):]:
            whole = [tree.step(node) for node in tree.up(one["parent"])] + [one["message"]["content"]]
            insist("\n".join(whole) == "\n".join(tree.path(one["rollout"])), f"{one}")


def check_answers(tree, rows):
    """All views of whole answers; returns which paths are named how."""
    right, wrong = tree.distinct("right"), tree.distinct("wrong")
    named = {row["id"]: row for row in rows["kto"]}
    said = {tuple_of(row["completion"]): row["label"] for row in rows["kto"]}
    insist(len(said) == len(rows["kto"]), "an answer stands twice")
    insist({path for path, label in said.items() if label} == {tuple_of("\n".join(path)) for path in right}, "rights")
    losers = {path for path, label in said.items() if not label}
    insist(losers <= {tuple_of("\n".join(path)) for path in wrong}, "wrong ones that are none")
    insist(bool(losers) == bool(right and wrong) or not right, "no wrong one beside a right one")
    ranks = [(one["rank"], one["verdict"], one["id"]) for row in rows["nemo-rl"] for one in row["completions"]]
    insist(ranks == sorted(ranks, key=lambda one: one[0]), "not by rank")
    insist(not ranks or {one[2] for one in ranks} == set(named), "the ranking has other answers")
    for row in rows["nemo-rl"]:
        for one in row["completions"]:
            insist(one["completion"][0]["content"] == named[one["id"]]["completion"], f"{one['id']}")
            insist((one["verdict"] == "right") == named[one["id"]]["label"], f"{one['id']} is {one['verdict']}")
    for chat, factory in zip(rows["preference-chat"], rows["llama-factory"]):
        insist(chat["rejected"][0]["content"] == named[chat["id"]]["completion"] == factory["rejected"]["value"], "wrong one")
        insist(chat["chosen"][0]["content"] == named[chat["chosen_id"]]["completion"] == factory["chosen"]["value"], "right one")
    insist([row["id"] for row in rows["preference-chat"]] == [row["id"] for row in rows["llama-factory"]] ==
           [one for one in named if "/w" in one], "other pairs")
    insist(len(rows["sft"]) == bool(right), f"{len(rows['sft'])} answers to learn")
    for row in rows["sft"]:
        insist(named[row["id"]]["completion"] == row["messages"][1]["content"] and named[row["id"]]["label"], "sft")


def tuple_of(text):
    return tuple(text.split("\n"))


def read(folder):
    rows = {view: collections.defaultdict(list) for view in VIEWS}
    for view in VIEWS:
        path = next((folder / "data" / view).glob("train-*"))
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            rows[view][row["problem_id"]].append(row)
    return rows


def export(program, store, folder, *words):
    crux(program, "export", "--store", store, "--to", folder,
         *(word for view in VIEWS for word in ("--view", view)), *words)
    return read(folder)


def check(rows, gap=0.1, most=0.95, floor=0.0, ranking=()):
    counts = collections.Counter()
    for name, (row,) in rows["trees"].items():
        tree, here = Tree(row), {view: rows[view][name] for view in VIEWS}
        check_preference(tree, here["preference"], gap, most, floor)
        check_ranking(tree, here["ranking"], *ranking)
        check_value(tree, here["value"])
        check_traces(tree, here["traces"])
        check_answers(tree, here)
        counts.update({view: len(here[view]) for view in VIEWS})
    return counts


def test(program):
    with tempfile.TemporaryDirectory(dir=QUICK) as work:
        work = pathlib.Path(work)
        puzzles = crux(program, "problems", "game24").splitlines(keepends=True)[5::60]
        lines = [json.loads(line) | {"answer": "24"} if i % 2 else json.loads(line) for i, line in enumerate(puzzles)]
        (work / "p.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        crux(program, "generate", work / "p.jsonl", "--store", work / "run.db", "--simulations", 120, "--quiet")
        counts = check(export(program, work / "run.db", work / "all"))
        insist(counts["verl"] == len(lines) // 2, f"{counts['verl']} problems with an answer of {len(lines)}")
        insist(min(counts.values()) > 0, f"{counts}")
        less = check(export(program, work / "run.db", work / "less", "--gap", 0.3, "--overlap", 0.6, "--floor", 0.35),
                     0.3, 0.6, 0.35)
        insist(0 < less["preference"] < counts["preference"], f"{less} of {counts}")
        for words, limits in ((("--margin", 0.2, "--visits", 4), (0.2, 4)), (("--siblings", "one"), (0.0, 1, True))):
            fewer = check(export(program, work / "run.db", work / words[0][2:], *words), ranking=limits)
            insist(0 < fewer["ranking"] < counts["ranking"], f"{fewer} of {counts}")
        more = export(program, work / "run.db", work / "more", "--diverse", 3, "--overlap", 1)["sft"]
        insist(sum(map(len, more.values())) > counts["sft"] and max(map(len, more.values())) == 3, "not more")
        print(dict(counts))


if __name__ == "__main__":
    main(test)
