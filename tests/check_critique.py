#!/usr/bin/env python3
"""check_critique.py - believe no record of the view `critique`: compute each one again.

Shares nothing with the program but the format of its rows. Arithmetic is in
Fractions, and what a set of numbers can make is found by splitting it in two in
every way, not by replacing two numbers at a time as the program does.

    check_critique.py FILE.jsonl [--at-least PAIRS] [--puzzles N] [--any]
    check_critique.py --self-test

Of every negative record: each step is legal, exact and leaves what it says; the
right path makes the target, the wrong one does not; the two part where it says and
no right path of the problem parts later; `first_error_index` is the first step after
which the target is out of reach; the corrected step keeps it within reach; the
critique quotes both and every number in it is right; the index is called proved, and no completion
behind it is right. Of every positive record: it is
a right path and nothing else. Of all: one set of members with one set of types, no id,
wrong path or right path twice.

Prints counts. Exit status 1: a false record, or fewer distinct pairs per puzzle than
--at-least.
"""
import argparse
import functools
import itertools
import json
import re
import sys
from fractions import Fraction

MEAN = {"mean": float, "visits": int}
SCHEMA = {
    "id": str, "problem_id": str, "prompt": str, "numbers": [int], "target": int,
    "prefix_steps": [str], "wrong_steps": [str], "right_steps": [str],
    "first_error_index": int, "diverge_depth": int,
    "value": {"prefix": MEAN, "wrong": MEAN, "right": MEAN},
    "critique": {"text": str, "verdict": int, "error_type": str, "corrected_step": str,
                 "style": str, "model": str, "points_at": int},
    "annotator": {"model": str, "template_id": str, "seed": int},
    "checks": {"correction_verified": bool, "method": str},
    "provenance": {"run_id": str, "tree_id": str, "node_ids": [int], "policy_model": str,
                   "critic_ids": [str], "config_hash": str},
    "location": {"how": str, "index": int, "from": int, "to": int, "why": str, "maker": str,
                 "probes": [dict]},
    "support": {"execution": float, "judge": float, "completions": float, "count": int},
    "verification": {f"{name}_{what}": int for name in ("with", "without", "control")
                     for what in ("right", "count")} | {"verdict_right": int, "index_right": int},
    "wrong_tokens": [int], "wrong_logprobs": [float], "right_tokens": [int],
    "right_logprobs": [float], "step_rights": [int], "step_counts": [int],
    "invented_steps": [int],
    "wrong_answer": str, "right_answer": str, "reference_answer": str, "model": str,
    "source": str, "inserted_index": int,
}
RIGHT_TEXT = "The answer is right. No step needs a correction."
NUMBER = r"-?\d+(?:/\d+)?"
STEP = re.compile(rf"({NUMBER}) ([-+*/]) ({NUMBER}) = ({NUMBER}) \(left: ({NUMBER}(?: {NUMBER})*)\)",
                  re.ASCII)


class FalseRecord(Exception):
    """A record that says something untrue."""


def insist(true, sentence):
    if not true:
        raise FalseRecord(sentence)


# --- the game -----------------------------------------------------------------------


def number(text):
    """A number as it must be written: reduced, no `+`, no `-0`, no leading zero."""
    over, _, under = text.partition("/")
    insist(under == "" or int(under) != 0, f"`{text}` divides by zero")
    value = Fraction(int(over), int(under or 1))
    insist(str(value) == text, f"`{text}` is not how {value} is written")
    return value


def combine(a, sign, b):
    """None: it divides by zero."""
    if sign == "+":
        return a + b
    if sign == "-":
        return a - b
    if sign == "*":
        return a * b
    return a / b if b != 0 else None


def write(values):
    """A state as text: what stands behind `left:`."""
    return " ".join(str(value) for value in sorted(values))


def read(state):
    return [number(text) for text in state.split(" ")]


@functools.lru_cache(maxsize=None)
def after(state, step):
    """The state after a step, which must be legal and right in every part."""
    match = STEP.fullmatch(step)
    insist(match, f"`{step}` is not written like a step")
    a, sign, b, result, left = match.groups()
    values = read(state)
    for operand in (number(a), number(b)):
        insist(operand in values, f"`{step}` uses {operand}, which is not among {state}")
        values.remove(operand)
    made = combine(number(a), sign, number(b))
    insist(made is not None, f"`{step}` divides by zero")
    insist(number(result) == made, f"`{step}`: it makes {made}")
    insist(left == write(values + [made]), f"`{step}` leaves {write(values + [made])}")
    return left


def pairings(a, b):
    """All results of one operation on two numbers."""
    results = {a + b, a - b, b - a, a * b}
    if b != 0:
        results.add(a / b)
    if a != 0:
        results.add(b / a)
    return results


@functools.lru_cache(maxsize=None)
def makes(state):
    """All that can be made from every number of a state."""
    values = read(state)
    if len(values) == 1:
        return frozenset(values)
    results = set()
    rest = range(1, len(values))
    for size in range(len(values) - 1):  # the first number and that many others, against the rest
        for others in itertools.combinations(rest, size):
            here = write([values[0]] + [values[i] for i in others])
            there = write([values[i] for i in rest if i not in others])
            for a in makes(here):
                for b in makes(there):
                    results |= pairings(a, b)
    return frozenset(results)


@functools.lru_cache(maxsize=None)
def makes_of_some(state):
    values = read(state)
    return frozenset().union(*(makes(write(some)) for size in range(1, len(values) + 1)
                               for some in itertools.combinations(values, size)))


@functools.lru_cache(maxsize=None)
def ways(state):
    """Sequences of steps to the end; a + b and b + a are one step, and so are equal numbers."""
    values = read(state)
    if len(values) == 1:
        return 1
    count = 0
    for a, b in {tuple(sorted(pair)) for pair in itertools.combinations(values, 2)}:
        rest = list(values)
        rest.remove(a)
        rest.remove(b)
        results = [combine(a, sign, b) for sign in "+-*/"]
        if a != b:
            results += [combine(b, sign, a) for sign in "-/"]
        count += sum(ways(write(rest + [result])) for result in results if result is not None)
    return count


class Game:
    """The rule: must every number be used?"""

    def __init__(self, use_any=False):
        self.use_any = use_any

    @functools.lru_cache(maxsize=None)
    def reachable(self, state, target):
        return target in (makes_of_some(state) if self.use_any else makes(state))

    def ends(self, state):
        """What the ways to go on from a state can come to."""
        return makes_of_some(state) - set(read(state)) if self.use_any else makes(state)

    def reached(self, state, target):
        return str(target) in state.split(" ") if self.use_any else state == str(target)

    def walk(self, row, steps):
        """The states before the first step, after it, and so on."""
        states = [write(row["numbers"])]
        for step in steps:
            insist(not self.reached(states[-1], row["target"]), f"`{step}` comes after the end")
            states.append(after(states[-1], step))
        return states


# --- records --------------------------------------------------------------------------


def check_types(value, schema, name):
    """Called for every member of every row: the sentence is made only where it is needed."""
    if type(schema) is dict:
        insist(type(value) is dict and value.keys() == schema.keys(),
               "a record has other members than it must")
        for key, inner in schema.items():
            if type(inner) is not type or type(value[key]) is not inner:
                check_types(value[key], inner, key)
    elif type(schema) is list:
        insist(type(value) is list and set(map(type, value)) <= set(schema),
               f"`{name}` is {value!r}, not a list of type {schema[0].__name__}")
    else:
        insist(False, f"`{name}` is {value!r}, not of type {schema.__name__}")


def check_lists(row, steps):
    """What is listed of each step, and what nobody has said of a tree that the search alone made."""
    wrong = row["prefix_steps"] + row["wrong_steps"] if row["wrong_steps"] else []
    right = row["prefix_steps"] + row["right_steps"]
    for name, path in (("wrong", wrong), ("right", right)):
        insist(len(row[f"{name}_tokens"]) == len(row[f"{name}_logprobs"]) == len(path),
               f"a list is not of each step of the {name} path")
    insist(len(row["step_rights"]) == len(row["step_counts"]) == len(steps),
           "completions are not counted for each step")
    insist(all(0 <= right <= of and of > 0
               for right, of in zip(row["step_rights"], row["step_counts"])),
           "completions are miscounted")
    insist(row["invented_steps"] == [], "output of a program is invented where there is none")
    insist(row["model"] == row["provenance"]["policy_model"], "`model` is not the policy")
    insist((row["source"], row["inserted_index"]) == ("search", -1), "details are inserted where no model did")
    unmade = {name: value for name, value in row["verification"].items() if name != "index_right"}
    insist(set(unmade.values()) == {0, -1} and row["location"]["probes"] == [],
           "a record tells of a pass that was not made")
    insist(row["verification"]["index_right"] == (1 if row["wrong_steps"] else -1),
           "the step that a critique points at is not said to be the proved one")


def check_located(row, how):
    index, location = row["first_error_index"], row["location"]
    insist(location == {"how": how, "index": index, "from": index, "to": index, "why": "",
                        "maker": "", "probes": []}, "`location` says something else than the index")
    insist(row["critique"]["points_at"] == index, "the critique points at another step")


def ends_in(row, name, steps):
    """An answer is an expression: what stands behind its last `=` is the last step's result."""
    made = STEP.fullmatch(steps[-1])[4]
    insist(row[name].endswith(f" = {made}"), f"`{name}` is not that of the path")


def check_frame(row):
    check_types(row, SCHEMA, "row")
    insist(re.fullmatch(re.escape(row["problem_id"]) + r"/[wr]\d{4,}", row["id"]),
           "`id` is not made from `problem_id`")
    insist(row["prompt"] != "", "`prompt` is empty")
    insist(row["provenance"]["tree_id"] == row["problem_id"], "`tree_id` names another problem")
    insist(re.fullmatch("[0-9a-f]{64}", row["provenance"]["config_hash"]), "no `config_hash`")
    for part in row["value"].values():
        insist(0.0 <= part["mean"] <= 1.0 and part["visits"] >= 0, "a `value` is out of range")
        insist(part["visits"] > 0 or part["mean"] == 0.0, "a `value` has a mean without visits")
    steps = row["prefix_steps"] + (row["wrong_steps"] or row["right_steps"])
    nodes = row["provenance"]["node_ids"]
    insist(len(nodes) <= len(steps) and nodes == sorted(set(nodes)) and 0 not in nodes,
           "`node_ids` are no path of nodes")


def phrase(values, last):
    """`a, b and c`: as a sentence lists them."""
    words = [str(value) for value in values]
    return last.join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


@functools.lru_cache(maxsize=None)
def check_reason(reason, state, target, game):
    """The sentence of a critique that says why the target is out of reach."""
    start = f"It leaves {phrase(read(state), ' and ')}, "
    insist(reason.startswith(start), "the critique misstates what its step leaves")
    rest = reason[len(start):]
    count = len(state.split(" "))
    if count == 1:
        insist(rest == f"which is not {target}, and nothing to combine it with.",
               "the critique does not say that one number is left")
    elif count == 2:
        listed = re.fullmatch(rf"and these two can only make (.*), never {target}\.", rest)
        insist(listed, "the critique does not list what two numbers make")
        results = [number(word) for word in re.split(", | or ", listed[1])]
        insist(len(results) == len(set(results)) and set(results) == makes(state),
               "the critique lists other results than two numbers have")
    elif count <= 4:
        claim = re.fullmatch(rf"and none of the (\d+) ways to combine these {count} numbers makes "
                             rf"{target}; the nearest they come is ({NUMBER})\.", rest)
        insist(claim, "the critique does not count the ways")
        insist(int(claim[1]) == ways(state), f"the critique miscounts {ways(state)} ways")
        insist(number(claim[2]) in game.ends(state),
               "the critique's nearest number cannot be made")
        insist(abs(number(claim[2]) - target) == min(abs(n - target) for n in game.ends(state)),
               "the critique's nearest number is not the nearest")
    else:
        insist(rest == f"and no way to combine these {count} numbers makes {target}.",
               "the critique does not say that there is no way")


def check_negative(row, game):
    prefix, target, critique = row["prefix_steps"], row["target"], row["critique"]
    wrong, right = prefix + row["wrong_steps"], prefix + row["right_steps"]
    insist(row["wrong_steps"] and row["right_steps"], "the paths do not part")
    insist(row["wrong_steps"][0] != row["right_steps"][0], "the paths part later than it says")
    insist(row["diverge_depth"] == len(prefix), "`diverge_depth` is not the shared steps")
    insist(game.reached(game.walk(row, right)[-1], target), "the right path is not right")
    states = game.walk(row, wrong)
    insist(not game.reached(states[-1], target), "the wrong path is right")

    index = row["first_error_index"]
    lost = [i for i, state in enumerate(states) if not game.reachable(state, target)]
    insist(lost and index == lost[0] - 1, f"the first wrong step is not number {index}")
    insist(index >= len(prefix), "the first wrong step is shared with a right path")

    corrected, text = critique["corrected_step"], critique["text"]
    insist(game.reachable(after(states[index], corrected), target),
           "the corrected step does not keep the target within reach")
    start = f"Step {index + 1}, `{wrong[index]}`, is the first mistake. "
    insist(text.startswith(start), "the critique does not quote the first wrong step")
    done = game.reached(after(states[index], corrected), target)
    promise = f"makes {target}." if done else f"keeps {target} within reach."
    end = f" Instead, `{corrected}` {promise}"
    insist(text.endswith(end), "the critique does not quote the corrected step")
    check_reason(text[len(start):-len(end)], states[index + 1], target, game)
    insist(critique["verdict"] == 0, "the verdict is not 0")
    insist(critique["error_type"] == "unreachable", "the type of error is not `unreachable`")
    insist(row["checks"] == {"correction_verified": True, "method": "exact"},
           "the correction is not marked as proved")
    check_lists(row, wrong)
    check_located(row, "proved")
    ends_in(row, "wrong_answer", wrong)
    ends_in(row, "right_answer", right)
    insist(row["step_rights"][index:] == [0] * (len(wrong) - index),
           "a completion behind the first wrong step is right")
    return tuple(wrong)


def check_positive(row, game):
    insist(row["first_error_index"] == -1, "a positive record has an index other than -1")
    insist(not row["prefix_steps"] and not row["wrong_steps"] and row["diverge_depth"] == 0,
           "a positive record has shared or wrong steps")
    insist(game.reached(game.walk(row, row["right_steps"])[-1], row["target"]),
           "the right path is not right")
    insist(row["critique"] == {"text": RIGHT_TEXT, "verdict": 1, "error_type": "",
                               "corrected_step": "", "style": "", "model": "", "points_at": -1},
           "a positive record has a critique")
    insist(row["checks"] == {"correction_verified": False, "method": ""},
           "a positive record has a check of a correction")
    check_lists(row, row["right_steps"])
    check_located(row, "right")
    ends_in(row, "right_answer", row["right_steps"])
    insist(all(row["step_rights"]), "no completion through a right path is right")
    return tuple(row["right_steps"])


def check_row(row, game):
    """The record's own path: of a negative one the wrong path."""
    check_frame(row)
    negative = row["id"][len(row["problem_id"]) + 1] == "w"
    return (check_negative if negative else check_positive)(row, game)


# --- the whole file ----------------------------------------------------------------------


class Problem:
    def __init__(self, row):
        self.given = (row["prompt"], row["numbers"], row["target"])
        self.wrong = {}  # path: (line, steps shared, the right path it is shown with)
        self.right = {}


class Checker:
    """Takes lines; afterwards says how many were what, and which were false."""

    def __init__(self, game):
        self.game = game
        self.rows = self.negative = self.positive = 0
        self.false = []  # (line, id, sentence)
        self.problems = {}
        self.ids = set()

    def take(self, line, text):
        self.rows += 1
        row = {}
        try:
            row = json.loads(text, object_pairs_hook=unique_members)
            insist(type(row) is dict, "a line is not an object")
            path = check_row(row, self.game)
            self.file(line, row, path)
        except (FalseRecord, ValueError) as untrue:
            name = row.get("id", "?") if isinstance(row, dict) else "?"
            self.false.append((line, name, str(untrue)))

    def file(self, line, row, path):
        problem = self.problems.setdefault(row["problem_id"], Problem(row))
        insist(row["id"] not in self.ids, "an `id` is there twice")
        self.ids.add(row["id"])
        insist(problem.given == (row["prompt"], row["numbers"], row["target"]),
               "the problem is another one than in an earlier row")
        paths = problem.wrong if row["critique"]["verdict"] == 0 else problem.right
        insist(path not in paths, "a path is there twice")
        if paths is problem.wrong:
            right = tuple(row["prefix_steps"] + row["right_steps"])
            paths[path] = (line, row["diverge_depth"], right)
            self.negative += 1
        else:
            paths[path] = line
            self.positive += 1

    def finish(self):
        """What can be said only of all rows of a problem."""
        for name, problem in self.problems.items():
            begins = {path[:depth] for path in problem.right for depth in range(len(path) + 1)}
            for path, (line, shared, right) in problem.wrong.items():
                if right not in problem.right:
                    self.false.append((line, name, "the right path has no positive record"))
                elif path[:shared + 1] in begins:
                    self.false.append((line, name, "another right path parts later"))

    def pairs_a_puzzle(self, puzzles=None):
        count = puzzles or len(self.problems)
        return sum(len(problem.wrong) for problem in self.problems.values()) / max(count, 1)


def unique_members(pairs):
    members = dict(pairs)
    insist(len(members) == len(pairs), "a member is there twice")
    return members


def check_lines(lines, game):
    checker = Checker(game)
    for line, text in enumerate(lines, 1):
        checker.take(line, text)
    checker.finish()
    return checker


# --- main ------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(description="check every record of the view critique")
    parser.add_argument("file", nargs="?")
    parser.add_argument("--at-least", type=float, default=0.0, metavar="PAIRS",
                        help="distinct pairs per puzzle, on average")
    parser.add_argument("--puzzles", type=int, metavar="N",
                        help="average over N puzzles (default: those that have a record)")
    parser.add_argument("--any", action="store_true", help="not all numbers need be used")
    parser.add_argument("--self-test", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        from critique_planted import self_test  # which plants its rows in this file's checker
        return self_test()
    if options.file is None:
        parser.error("a FILE, or --self-test")
    with open(options.file, encoding="utf-8", errors="strict", newline="\n") as lines:
        checker = check_lines(lines, Game(options.any))
    pairs = checker.pairs_a_puzzle(options.puzzles)
    for line, name, sentence in checker.false[:20]:
        print(f"{options.file}:{line}: {name}: {sentence}", file=sys.stderr)
    print(f"rows: {checker.rows}, negative: {checker.negative}, positive: {checker.positive}")
    print(f"false records: {len(checker.false)}")
    print(f"problems: {len(checker.problems)}, distinct pairs per puzzle: {pairs:.2f}")
    if pairs < options.at_least:
        print(f"check_critique: fewer than {options.at_least:g} pairs per puzzle", file=sys.stderr)
    return 1 if checker.false or checker.rows == 0 or pairs < options.at_least else 0


if __name__ == "__main__":
    sys.exit(main())
