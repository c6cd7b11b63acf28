#!/usr/bin/env python3
"""test_train_all.py PROGRAM - the pairs of grammar cr-planner, and the critics of a plan that learn from them.

Trees of puzzles are searched by that grammar; from the view trees the pairs of view ranking are computed again, with
their contexts, by nothing of the program's. `crux train --all` learns from as many as there are, writes a folder whole
or not at all, leaves out what the trees have nothing of and says so, and search is guided by what it wrote.
"""

import collections
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import QUICK, contents, crux, insist, main, puzzles

SUBGOALS = ("reason", "genquery", "retrieve")
EXECUTIONS = ("rationale", "query", "doc")
NAMES = {"subgoal": "subgoal", "rationale": "execution:rationale", "query": "execution:query"}


def context_of(nodes, kind, node):
    """Nodes above, first to last, that the critic of a kind sees."""
    above = []
    while node > 0:
        above.insert(0, node)
        node = nodes[node]["parent"]
    of = {name: [one for one in above if nodes[one]["kind"] == name] for name in EXECUTIONS}
    if kind in SUBGOALS:
        return "subgoal", [one for one in above if nodes[one]["kind"] in EXECUTIONS]
    if kind == "rationale":
        return kind, of["rationale"]
    return kind, sorted(of["rationale"][-1:] + (of["query"][-1:] if kind == "doc" else []))


def counted(row):
    """How many answers of known verdict come through each node: those behind it. (Lines of an answer are no sub-goals.)"""
    counts = collections.Counter()
    for rollout in row["rollouts"]:
        node = rollout["node"]
        while rollout["verdict"] != "unknown" and node >= 0:
            counts[node] += 1
            node = row["nodes"][node]["parent"]
    return counts


def pairs_of(row, visits):
    nodes, counts = row["nodes"], counted(row)
    families = collections.defaultdict(list)
    for node in nodes[1:]:
        if node["visits"] >= visits and counts[node["id"]]:
            families[node["parent"]].append(node["id"])
    for parent in sorted(families):
        best = max(nodes[one]["value"] for one in families[parent])
        better = [one for one in families[parent] if nodes[one]["value"] == best]
        lower = [one for one in families[parent] if nodes[one]["value"] < best]
        for i in range(max(len(better), len(lower)) if lower else 0):
            pair = better[i % len(better)], lower[i % len(lower)]
            if nodes[pair[0]]["text"].strip() != nodes[pair[1]]["text"].strip():
                yield (parent, *pair, *context_of(nodes, nodes[pair[0]]["kind"], parent))


def check_ranking(program, work, visits):
    """The rows are these pairs; how many there are of each context."""
    folder = work / f"data{visits}"
    crux(program, "export", "--store", work / "run.db", "--to", folder, "--view", "trees", "--view", "ranking", "--visits",
         visits)
    rows, count = collections.defaultdict(list), collections.Counter()
    for line in next((folder / "data/ranking").glob("train-*")).read_text("utf-8").splitlines():
        row = json.loads(line)
        rows[row["problem_id"]].append(row)
        count[row["context"]] += 1
    for line in next((folder / "data/trees").glob("train-*")).read_text("utf-8").splitlines():
        tree = json.loads(line)
        nodes, here = tree["nodes"], rows[tree["problem_id"]]
        want = list(pairs_of(tree, visits))
        got = [(row["node"], row["chosen_node"], row["rejected_node"], row["context"], row["context_nodes"]) for row in here]
        insist(got == want, f"{tree['problem_id']}: pairs {got}, not {want}")
        for row in here:
            lines = [tree["prompt"].strip(), *(nodes[one]["text"].strip() for one in row["context_nodes"])]
            insist(row["prompt"] == "".join(line + "\n" for line in lines), f"prompt {row['prompt']!r}")
            insist((row["chosen"], row["rejected"]) == tuple(nodes[row[f"{which}_node"]]["text"].strip()
                                                             for which in ("chosen", "rejected")), f"{row}")
    return count


def trained(program, work, counts):
    """A folder of critics, twice the same, each trained and measured on all pairs of its kind."""
    words = ["train", "--all", "--store", work / "run.db", "--visits", 2, "--rows", 100000]
    told = json.loads(crux(program, *words, "--out", work / "one", "--json"))
    crux(program, *words, "--out", work / "two/")
    insist(contents(work / "one") == contents(work / "two"), "the same trees give other critics")
    insist({path.name for path in (work / "one").iterdir()} == set(told["written"]) ==
           {"subgoal.linear", "rationale.linear", "query.linear", "outcome.linear"}, f"{told['written']}")
    insist("children of kind doc" in told["left_out"]["doc.linear"], f"{told['left_out']}")
    for context in NAMES:
        one = told["written"][f"{context}.linear"]
        insist(one["rows"] + one["held_out"][0]["rows"] == counts[context],
               f"{context}: {one['rows']} and {one['held_out'][0]['rows']} rows of {counts[context]}")
        head = json.loads((work / "one" / f"{context}.linear").read_bytes().split(b"\n")[1])
        insist(head["trained"]["visits"] == 2 and head["trained"]["siblings"] == "all", f"{head}")


def guided(program, work):
    """Each is taken for what it was trained for, and for nothing else."""
    critics = [word for context, name in NAMES.items()
               for word in ("--critic", f"{name}=linear:{work}/one/{context}.linear")]
    run = ["generate", work / "puzzles.jsonl", "--grammar", "cr-planner", "--subgoals", "reason,query", "--depth", 12,
           "--simulations", 10, "--quiet"]
    crux(program, *run, "--store", work / "guided.db", *critics)
    done = subprocess.run([program, *map(str, run), "--store", work / "not.db", "--critic",
                           f"subgoal=linear:{work}/one/query.linear"], capture_output=True, text=True, check=False)
    insist(done.returncode == 2 and "trained as execution critic" in done.stderr, f"{done.stderr}")
    done = subprocess.run([program, *map(str, run), "--store", work / "other.db", "--critic",
                           f"execution:rationale=linear:{work}/one/query.linear"], capture_output=True, text=True,
                          check=False)
    insist(done.returncode == 6 and "steps of another kind" in done.stderr, f"{done.stderr}")


def without_plans(program, work):
    """Trees of plain steps teach a critic of answers and no other, and what is printed begins with it."""
    crux(program, "generate", work / "puzzles.jsonl", "--store", work / "plain.db", "--simulations", 50, "--quiet")
    done = subprocess.run([program, "train", "--all", "--store", work / "plain.db", "--out", work / "plain"],
                          capture_output=True, text=True, check=True)
    insist([path.name for path in (work / "plain").iterdir()] == ["outcome.linear"], "not one critic")
    insist(done.stdout.startswith("outcome\n") and "there is no subgoal.linear" in done.stderr, f"{done}")


def refused(program, work, status, words, sentence):
    before = contents(work)
    done = subprocess.run([program, "train", "--all", *map(str, words)], capture_output=True, text=True, check=False)
    insist(done.returncode == status and sentence in done.stderr, f"{words}: {done.returncode}, {done.stderr}")
    insist(contents(work) == before, f"{words}: files have changed")


def places(program, work):
    """What is there stays, unless it may be replaced, and then only what is critics and nothing else."""
    store = ["--store", work / "run.db", "--visits", 2]
    (work / "mine").mkdir()
    (work / "mine/notes.txt").write_text("mine", encoding="utf-8")
    (work / "file").write_text("mine", encoding="utf-8")
    refused(program, work, 4, [*store, "--out", work / "one"], "--force replaces it")
    refused(program, work, 4, [*store, "--out", work / "file", "--force"], "is no folder")
    refused(program, work, 4, [*store, "--out", work / "mine", "--force"], "notes.txt")
    refused(program, work, 4, [*store, "--out", work / "no/where"], "no/where")
    crux(program, "train", "--all", *store, "--out", work / "two", "--force", "--seed", 2)
    insist(contents(work / "one") != contents(work / "two"), "it was not replaced")
    crux(program, "generate", work / "puzzles.jsonl", "--store", work / "steps.db", "--quiet", "--limit-calls", 1, status=5)
    refused(program, work, 3, ["--store", work / "steps.db", "--out", work / "three"], "no finished tree")
    refused(program, work, 3, [*store, "--out", work / "three", "--margin", 1, "--visits", 100], "critic ")
    left = [path.name for path in work.iterdir() if path.name.endswith(".partial")]
    insist(not left, f"left behind: {left}")


def test(program):
    with tempfile.TemporaryDirectory(dir=QUICK) as folder:
        work = pathlib.Path(folder)
        puzzles(program, work / "puzzles.jsonl", 40)
        crux(program, "generate", work / "puzzles.jsonl", "--store", work / "run.db", "--grammar", "cr-planner",
             "--subgoals", "reason,query", "--depth", 12, "--selection", "uct", "--simulations", 100, "--children", 3,
             "--quiet")
        check_ranking(program, work, 1)
        counts = check_ranking(program, work, 2)
        insist(all(counts[context] > 10 for context in NAMES), f"{counts}")
        trained(program, work, counts)
        guided(program, work)
        without_plans(program, work)
        places(program, work)
        print(dict(counts))


if __name__ == "__main__":
    main(test)
