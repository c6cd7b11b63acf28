#!/usr/bin/env python3
"""bench_locate.py PROGRAM - how right are step labels by completions, where the truth is known?

Question   (a) A step is called right when one of m completions behind it is (Math-Shepherd's labels): how many of
           such labels agree with what can really be reached? (b) `crux locate`: what does it ask, how many first
           wrong steps does it name, and how many of these are right; against trying every prefix, with one
           completer and with two that must agree?
Workload   Puzzles with 4, 5 and 6 numbers, drawn here, whose target can be made: of a wrong path the first wrong step
           is the first after which it cannot be made any more. (a) Trees with 16 rollouts at every node. (b) Answers
           from the problem alone, as a model gives them, 32 a puzzle. Completers are the policy numbers, of sharpness
           1, which also answered, and of 2, which is surer of its habits and blinder to the rest.
Truth      The exact annotator's, in the trees. Here it is solved again, with fractions, for every path and node.
Clock      None: the measure is questions and labels, not seconds.
Check      Both truths are the same; a label by more completions is no worse; bisection asks no more than trying every
           prefix; a second pass asks nothing; 9 of 10 named steps are right with the default settings. Exit 1 else.
Output     Two tables with Wilson's intervals of 95 %. Calls are the policy's, completions what they brought (a probe
           that paths share counts once). `named` is the share of wrong paths with a step, `right` of these the share
           that is the first wrong one, `range` of those that are said to lie between steps the share that does.
           `bare` is what would be right if one right completion before a step, and none behind it, were enough to
           name it, without their being told apart: of all that would be named then.

    bench/bench_locate.py build/release/crux --full
"""
import argparse
import collections
import functools
import json
import os
import pathlib
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from fractions import Fraction

from bench_gain import wilson

COMPLETIONS = (1, 2, 4, 8, 16)
FINE = ["--locate-below", "0.02", "--locate-most", "400"]
ARMS = {
    "one": [],
    "one, every": ["--every"],
    "one, sharper": ["--completer", "numbers:2"],
    "two": ["--second", "numbers:2"],
    "two, every": ["--second", "numbers:2", "--every"],
    "one, below 0.02": FINE,
    "two, below 0.02": ["--second", "numbers:2", *FINE],
}
SURE = ("one", "one, every", "two", "two, every")  # where the check looks


@functools.lru_cache(None)
def reachable(left, target):
    """Can the target be made of these numbers, each used once?"""
    if len(left) == 1:
        return left[0] == target
    for i, a in enumerate(left):
        for j, b in enumerate(left):
            if i == j:
                continue
            rest = [number for k, number in enumerate(left) if k not in (i, j)]
            made = [a - b] + ([a / b] if b else []) + ([a + b, a * b] if i < j else [])
            if any(reachable(tuple(sorted(rest + [number])), target) for number in made):
                return True
    return False


def left_of(step):
    return tuple(sorted(map(Fraction, step.split("(left:")[1].rstrip(") ").split())))


def first_wrong(steps, target):
    return next((i for i, step in enumerate(steps) if not reachable(left_of(step), target)), None)


def puzzles(size, count):
    """So many puzzles of `size` numbers whose target can be made."""
    draw, lines = random.Random(size), []
    while len(lines) < count:
        numbers = sorted(draw.randint(1, 13) for _ in range(size))
        if reachable(tuple(map(Fraction, numbers)), 24):
            lines.append(json.dumps({"id": f"n{size}-{len(lines)}", "problem": f"Make 24 of {numbers}.",
                                     "numbers": numbers, "target": 24}))
    return "\n".join(lines) + "\n"


def bare_step(probes, steps):
    """The step behind the last prefix with a right completion, to each completer, if nothing right is behind it."""
    named = set()
    for completer in {probe["completer"] for probe in probes}:
        right = {probe["prefix"]: probe["right"] for probe in probes if probe["completer"] == completer}
        alive = max((prefix for prefix, count in right.items() if count > 0), default=None)
        dead = alive is not None and (alive + 1 == steps or right.get(alive + 1) == 0)
        named.add(alive if dead else None)
    return named.pop() if len(named) == 1 else None


class Bench:
    def __init__(self, program, work):
        self.program, self.work, self.broken = program, work, []

    def crux(self, *words):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{words}: exit status {done.returncode}: {done.stderr}")
        return done.stdout

    def insist(self, true, what):
        if not true:
            self.broken.append(what)

    def store(self, name, lines, *words):
        (self.work / f"{name}.jsonl").write_text(lines, encoding="utf-8")
        store = self.work / f"{name}.db"
        self.crux("generate", self.work / f"{name}.jsonl", "--store", store, "--order", "issued", "--quiet", *words)
        return store

    def view(self, store, view):
        folder = self.work / f"{store.stem}-{view}"
        self.crux("export", "--store", store, "--to", folder, "--view", view)
        for file in sorted((folder / "data" / view).glob("*.jsonl")):
            with file.open(encoding="utf-8") as rows:
                yield from map(json.loads, rows)

    # --- labels of steps -----------------------------------------------------------------------

    def labels(self, size, count):
        """By completions: how many labels agree, and how many reachable steps are called wrong."""
        store = self.store(f"labels{size}", puzzles(size, count), "--rollouts", max(COMPLETIONS), "--calls", 60,
                           "--critic", "annotate=none")
        agree, missed, nodes, alive = collections.Counter(), collections.Counter(), 0, 0
        for tree in self.view(store, "trees"):
            verdicts = collections.defaultdict(list)
            for rollout in tree["rollouts"]:
                verdicts[rollout["node"]].append(rollout["verdict"] == "right")
            for node in tree["nodes"][1:]:
                if node["terminal"] or len(verdicts[node["id"]]) < max(COMPLETIONS):
                    continue
                truth = reachable(left_of(node["text"]), tree["target"])
                nodes, alive = nodes + 1, alive + truth
                for m in COMPLETIONS:
                    label = any(verdicts[node["id"]][:m])
                    self.insist(truth or not label, f"{tree['problem_id']}: reached from where it cannot be reached")
                    agree[m] += label == truth
                    missed[m] += truth and not label
        worse = [m for m in COMPLETIONS[1:] if agree[m] < agree[m // 2]]
        self.insist(not worse, f"{size} numbers: labels by {worse} completions are worse than by half of them")
        return [{"numbers": size, "completions": m, "nodes": nodes, "agree": share(agree[m], nodes),
                 "missed": share(missed[m], alive)} for m in COMPLETIONS]

    # --- first wrong steps ---------------------------------------------------------------------

    def truths(self, store):
        """By problem and steps of a wrong path: its first wrong step; solved twice."""
        found = {}
        for row in self.view(store, "critique"):
            if row["location"]["how"] == "right":
                continue
            steps = (*row["prefix_steps"], *row["wrong_steps"])
            found[row["problem_id"], steps] = index = row["location"]["index"]
            solved = first_wrong(steps, row["target"])
            self.insist(solved == index and row["location"]["how"] == "proved",
                        f"{row['id']}: step {index} is {row['location']['how']}, the solver here says {solved}")
        return found

    def arm(self, name, store, trees, truths):
        words = ["locate", "--proved", "--quiet", *ARMS[name]]
        copy = self.work / f"{store.stem}-{list(ARMS).index(name)}.db"
        shutil.copy(store, copy)
        self.crux(*words, "--store", copy)
        again = self.crux(*words, "--store", copy)
        self.insist(f" 0 have a location now, {len(truths)} had it before" in again,
                    f"{name}: a second pass asks again: {again}")
        with sqlite3.connect(copy) as file:
            rows = file.execute("SELECT ordinal, path, json FROM finding WHERE kind = 'location'").fetchall()
        return self.judge(name, [(trees[ordinal], path, json.loads(text)) for ordinal, path, text in rows], truths)

    def judge(self, name, findings, truths):
        """Findings against the truth."""
        calls, probes, how = 0, {}, collections.Counter()
        for tree, path, finding in findings:
            steps = tuple(tree["rollouts"][path]["steps"])
            truth = truths[tree["problem_id"], steps]
            calls += finding["cost"]["calls"]
            for probe in finding["probes"]:
                key = tree["problem_id"], probe["completer"], steps[:probe["prefix"]]
                probes[key] = probe["of"] - probe["from_tree"]
            how[finding["how"]] += 1
            if finding["step"] >= 0:
                how["named"] += 1
                how["right"] += finding["step"] == truth
            bare = bare_step(finding["probes"], len(steps))
            how["bare"] += bare is not None
            how["bare right"] += bare == truth
            if finding["how"] == "between":
                how["within"] += finding["from"] <= truth <= finding["to"]
        self.insist(len(findings) == len(truths), f"{name}: {len(findings)} findings on {len(truths)} paths")
        return {"arm": name, "paths": len(findings), "calls": calls, "completions": sum(probes.values()),
                "probes": len(probes), "named": share(how["named"], len(findings)),
                "right": share(how["right"], how["named"]), "bare": share(how["bare right"], how["bare"]), "between": how["between"],
                "range": share(how["within"], how["between"])}

    def locate(self, size, count):
        store = self.store(f"locate{size}", puzzles(size, count), "--strategy", "sample", "--calls", 32)
        ordinals = {json.loads(line)["id"]: i
                    for i, line in enumerate((self.work / f"locate{size}.jsonl").open(encoding="utf-8"))}
        trees = {ordinals[tree["problem_id"]]: tree for tree in self.view(store, "trees")}
        truths = self.truths(store)
        rows = [{"numbers": size, **self.arm(name, store, trees, truths)} for name in ARMS]
        by_name = {row["arm"]: row for row in rows}
        for name in ("one", "two"):
            self.insist(by_name[name]["completions"] <= by_name[f"{name}, every"]["completions"],
                        f"{size} numbers, {name}: bisection asks more than trying every prefix")
        return rows

    def sure(self, rows):
        """Of steps that are named with the default settings 9 of 10 are right, unless that may be chance."""
        for name in SURE:
            right = sum(row["right"]["hits"] for row in rows if row["arm"] == name)
            named = sum(row["right"]["of"] for row in rows if row["arm"] == name)
            self.insist(wilson(right, named)[1] >= 0.9 if named else False,
                        f"{name}: {right} of {named} named steps are right")


def share(hits, of):
    low, high = wilson(hits, of) if of else (0.0, 1.0)
    return {"hits": hits, "of": of, "share": hits / of if of else None, "low": low, "high": high}


def percent(part):
    if part["share"] is None:
        return "-"
    return f"{100 * part['share']:.1f} [{100 * part['low']:.1f}, {100 * part['high']:.1f}]"


def print_text(labels, rows):
    print("(a) labels of steps by m completions, in percent")
    print(f"{'numbers':>7} {'m':>3} {'nodes':>7}  {'labels that agree':<20}  reachable steps called wrong")
    for row in labels:
        print(f"{row['numbers']:>7} {row['completions']:>3} {row['nodes']:>7}  {percent(row['agree']):<20}  "
              f"{percent(row['missed'])}")
    print("\n(b) crux locate against trying every prefix, in percent")
    print(f"{'numbers':>7} {'completers':<16} {'paths':>6} {'calls':>7} {'completions':>11}  {'named':<18}  "
          f"{'right, of named':<20}  {'bare':<18}  {'between':>7}  range")
    for row in rows:
        print(f"{row['numbers']:>7} {row['arm']:<16} {row['paths']:>6} {row['calls']:>7} {row['completions']:>11}  "
              f"{percent(row['named']):<18}  {percent(row['right']):<20}  {percent(row['bare']):<18}  "
              f"{row['between']:>7}  {percent(row['range'])}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("--full", action="store_true", help="ten times as many puzzles")
    parser.add_argument("--brief", action="store_true", help="a third of the puzzles")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    times = 10 if arguments.full or os.environ.get("CRUX_DEEP") else 1 / 3 if arguments.brief else 1
    with tempfile.TemporaryDirectory() as work:
        bench = Bench(arguments.program, pathlib.Path(work))
        labels = [row for size, count in ((4, 60), (5, 20)) for row in bench.labels(size, round(count * times))]
        rows = [row for size, count in ((5, 30), (6, 30)) for row in bench.locate(size, round(count * times))]
        bench.sure(rows)
    if arguments.json:
        print(json.dumps({"labels": labels, "locate": rows, "broken": bench.broken}))
    else:
        print_text(labels, rows)
    for what in bench.broken[:10]:
        print(f"bench_locate: {what}", file=sys.stderr)
    return 1 if bench.broken else 0


if __name__ == "__main__":
    sys.exit(main())
