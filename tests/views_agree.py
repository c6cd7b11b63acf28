#!/usr/bin/env python3
"""views_agree.py PROGRAM SERVER - do all views that label steps say the same, and is it what is known?

Two runs are exported whole: word problems on the fake server, with first wrong steps located and
critiques written blind, and puzzles, which prove theirs. From the rows of the views `trees` and
`critique` alone it is computed again, by other means than the program's, what every other view must
say: which paths are in it, the label of each step, the messages, the tags, the alternatives, and how
many completions stand behind a step. Of the word problems the truth is known: how often a located step
is the first wrong one is printed.

Then the same exports once more: they must be the same bytes.
"""

import collections
import json
import pathlib
import re
import sys
import tempfile

from support import contents, crux, insist, main, model_server, puzzles
from word_world import first_wrong

SERVER = pathlib.Path(sys.argv[2]).resolve()
TAG = "\u043a\u0438"
KNOWN = ("proved", "agreed", "estimated")


def rows_of(folder, view):
    (path,) = (folder / "data" / view).glob("train-*")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


# --- what is known, from trees and critiques --------------------------------------------------------


class Tree:
    """Answers of known verdict, by the steps of their paths."""

    def __init__(self, row):
        self.paths = []
        for rollout in row["rollouts"]:
            steps, node = list(rollout["steps"]), rollout["node"]
            while row["nodes"][node]["parent"] >= 0:
                steps.insert(0, row["nodes"][node]["text"])
                node = row["nodes"][node]["parent"]
            if rollout["verdict"] != "unknown":
                self.paths.append(([step.strip() for step in steps], rollout["verdict"] == "right"))
        self.prefixes = set()
        for node in row["nodes"]:
            steps = []
            while node["parent"] >= 0:
                steps.insert(0, node["text"].strip())
                node = row["nodes"][node["parent"]]
            self.prefixes.add(tuple(steps))

    def through(self, steps):
        """Right ones, and all, of those that begin so; of a prefix that is no node the path alone."""
        found = [right for path, right in self.paths if path[:len(steps)] == steps]
        if tuple(steps) not in self.prefixes:
            return int(any(found)), 1
        return sum(found), len(found)


class Known:
    """A record of view critique."""

    def __init__(self, row, tree):
        self.row, self.tree = row, tree
        self.right = row["id"].split("/")[-1][0] == "r"
        self.steps = row["prefix_steps"] + (row["right_steps"] if self.right else row["wrong_steps"])
        self.bare = [step.strip() for step in self.steps]
        self.first = row["first_error_index"]
        self.labelled = self.right or self.first >= 0
        self.labels = [1] * len(self.steps) if self.right else [1] * self.first + [0]

    def check(self):
        location = self.row["location"]
        insist((self.first >= 0) == (location["how"] in KNOWN), f"{self.row['id']}: an index without support")
        if location["how"] in ("estimated", "agreed"):
            self.check_estimate(location["probes"])
        for i, count in enumerate(zip(self.row["step_rights"], self.row["step_counts"])):
            insist(count == self.count(i), f"{self.row['id']}: step {i} has {count}, not {self.count(i)}")

    def count(self, i):
        right, of = self.tree.through(self.bare[:i + 1])
        for probe in self.row["location"]["probes"]:
            if probe["prefix"] == i + 1 and probe["completer"] == 0 and probe["of"] > of:
                right, of = probe["right"], probe["of"]
        return right, of

    def check_estimate(self, probes):
        """Something right before the step, nothing behind it, and enough of that."""
        before = [probe["right"] for probe in probes if probe["prefix"] == self.first]
        behind = [probe for probe in probes if probe["prefix"] == self.first + 1]
        insist(before and min(before) > 0, f"{self.row['id']}: nothing is right before step {self.first}")
        insist(self.first + 1 == len(self.steps) or behind, f"{self.row['id']}: step {self.first} was not probed")
        for probe in behind:
            insist(probe["right"] == 0 and probe["high"] <= 0.1, f"{self.row['id']}: {probe} says too little")
        insist(self.tree.through(self.bare[:self.first + 1])[0] == 0, f"{self.row['id']}: the tree refutes it")


# --- views ------------------------------------------------------------------------------------------


def numbered(known, start):
    return "".join(f"Step {start + i}: {step}\n" for i, step in enumerate(known.bare))


def verdicts(known):
    return "\n".join(f"Step {i + 1}: \\boxed{{{'correct' if label else 'incorrect'}}}"
                     for i, label in enumerate(known.labels))


def check_prm(known, row):
    insist(row["prompt"] == known.row["prompt"].rstrip() + "\n", "prompt")
    insist(row["completions"] == known.bare[:len(known.labels)], "completions")
    insist(row["labels"] == known.labels, "labels")


def check_rl(known, row):
    (turn,) = row["prompt"]
    insist(turn["role"] == "user", "role")
    insist(turn["content"].startswith(f"{known.row['prompt'].rstrip()}\n\nSolution:\n{numbered(known, 0)}\nWhich step"),
           "prompt")
    insist(row["ground_truth"] == row["reward_model"]["ground_truth"] == known.first, "ground_truth")
    insist(row["extra_info"]["steps"] == len(known.steps), "steps")


def check_shepherd(known, row):
    head = known.row["prompt"].rstrip()
    lines = [f"Step {i + 1}: {step.replace(chr(10), ' ')} "
             for i, step in enumerate(known.bare[:len(known.labels)])]
    insist(row["input"] == head + " " + "\n".join(line + TAG for line in lines), "input")
    signs = ["-+"[label] for label in known.labels]
    insist(row["label"] == head + " " + "\n".join(map("".join, zip(lines, signs))), "label")


def check_bench(known, row):
    insist(row["steps"] == known.steps and row["label"] == known.first, "steps or label")
    insist(row["final_answer_correct"] == known.right, "final_answer_correct")


def check_verifier(known, row):
    user, assistant = row["messages"]
    insist(user["content"].startswith(f"{known.row['prompt'].rstrip()}\n\nSolution:\n{numbered(known, 1)}\nIs each"),
           "question")
    insist(assistant["content"].endswith(verdicts(known)), "verdicts")
    insist(row["step_verdicts"] == known.labels and row["verdict"] == known.right, "step_verdicts")


def check_sft(known, row):
    answer = row["messages"][1]["content"]
    told = re.search(r"\nFirst wrong step: (\d+)\n", answer)
    insist((int(told[1]) - 1 if told else -1) == known.first, "first wrong step")
    insist(answer.endswith("\nVerdict: " + ("right" if known.right else "wrong")), "verdict")
    insist(answer.startswith(known.row["critique"]["text"].strip()), "critique")
    if known.first >= 0:
        insist(known.row["critique"]["points_at"] in (-1, known.first), "a critique of another step")


def alternatives(records):
    """By the steps before it: labels of what may come next, none that two records rate differently."""
    found = collections.defaultdict(dict)
    for known in records.values():
        if known.labelled:
            for i, label in enumerate(known.labels):
                ratings = found[known.row["problem_id"], tuple(known.bare[:i])]
                ratings.setdefault(known.bare[i], set()).add(2 * label - 1)
    return found


def check_800k(found):
    def check(known, row):
        steps = row["label"]["steps"]
        insist(len(steps) == len(known.labels), "steps")
        for i, step in enumerate(steps):
            own, *others = [(one["text"], one["rating"]) for one in step["completions"]]
            insist(own == (known.bare[i], 2 * known.labels[i] - 1), f"step {i}")
            may = found[known.row["problem_id"], tuple(known.bare[:i])]
            want = {(text, *ratings) for text, ratings in may.items() if len(ratings) == 1 and text != own[0]}
            insist(set(others) == want and len(others) == len(want), f"alternatives of step {i}")
        insist(row["question"]["pre_generated_steps"] == known.bare, "pre_generated_steps")
    return check


def check_view(folder, view, records, check, wanted):
    rows = {row["id"]: row for row in rows_of(folder, view)}
    if wanted is not None:
        insist(list(rows) == [name for name, known in records.items() if wanted(known)], f"{view}: other paths")
    for name, row in rows.items():
        known = records[name]
        try:
            check(known, row)
            if view != "prm-soft":
                insist(row["first_error"] == known.first, "first_error")
                insist(row["step_counts"] == known.row["step_counts"], "step_counts")
        except Exception as failure:
            raise type(failure)(f"{view}, {name}: {failure}") from None
    return len(rows)


def check_soft(folder, trees):
    rows = rows_of(folder, "prm-soft")
    insist([row["id"] for row in rows] == [name for name, tree in trees.items() if tree.paths], "prm-soft: trees")
    for row in rows:
        for step in row["reasoning_steps"]:
            head = row["question"] + "\n\n"
            steps = step["solution_prefix"][len(head):].split("\n") if step["node"] else []
            insist((step["rights"], step["counts"]) == trees[row["id"]].through(steps), f"prm-soft: {row['id']}")
            insist(abs(step["mc_value"] - step["rights"] / step["counts"]) < 1e-9, "prm-soft: mc_value")


def check_folder(folder):
    trees = {row["problem_id"]: Tree(row) for row in rows_of(folder, "trees")}
    records = {row["id"]: Known(row, trees[row["problem_id"]]) for row in rows_of(folder, "critique")}
    for known in records.values():
        known.check()
    every = lambda known: known.labelled  # no critic of steps was asked, so nothing speaks against a right path
    counts = {
        "prm": check_view(folder, "prm", records, check_prm, every),
        "verifier-rl": check_view(folder, "verifier-rl", records, check_rl, every),
        "math-shepherd": check_view(folder, "math-shepherd", records, check_shepherd, every),
        "processbench": check_view(folder, "processbench", records, check_bench, every),
        "prm800k": check_view(folder, "prm800k", records, check_800k(alternatives(records)), every),
        "verifier-sft": check_view(folder, "verifier-sft", records, check_verifier, None),
        "critique-sft": check_view(folder, "critique-sft", records, check_sft, None),
    }
    insist(all(counts.values()), f"a view has no rows: {counts}")
    check_soft(folder, trees)
    return records, counts


# --- runs -------------------------------------------------------------------------------------------


def exported(program, store, work, name):
    """The folder of an export; a second one is the same."""
    for again in ("", "-again"):
        crux(program, "export", "--store", store, "--to", work / (name + again))
    insist(contents(work / name) == contents(work / (name + "-again")), f"{name}: two exports differ")
    return work / name


def words(program, work):
    problems, store = work / "words.jsonl", work / "words.db"
    problems.write_text(crux(SERVER, "--problems", 16), encoding="utf-8")
    with model_server(SERVER, "--skill", 0.75) as url:
        crux(program, "generate", problems, "--store", store, "--endpoint", url, "--calls", 24, "--quiet")
        crux(program, "locate", "--store", store, "--endpoint", url, "--quiet")
        crux(program, "annotate", "--store", store, "--endpoint", url, "--annotator", "critique:style=blind", "--quiet")
    records, counts = check_folder(exported(program, store, work, "words"))
    located = [known for known in records.values() if known.first >= 0]
    right = sum(known.first == first_wrong(known.row["prompt"], known.steps) for known in located)
    print(f"words: {counts}; of {len(located)} located steps {right} are where it went wrong")


def games(program, work):
    store = work / "games.db"
    crux(program, "generate", puzzles(program, work / "games.jsonl", 8), "--store", store, "--quiet",
         "--calls", 60)
    records, counts = check_folder(exported(program, store, work, "games"))
    insist(all(known.first >= 0 for known in records.values() if not known.right), "a puzzle proves nothing")
    insist(counts["verifier-sft"] == len(records), "what is proved is not all in view verifier-sft")
    print(f"puzzles: {counts}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-views-") as work:
        words(program, pathlib.Path(work))
        games(program, pathlib.Path(work))


if __name__ == "__main__":
    main(test)
