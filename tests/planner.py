#!/usr/bin/env python3
"""planner.py PROGRAM - examples/cr-planner/ as it stands, on the numbers games: search, train, plan.

The book must hold no puzzle and no hand that one leads to, which is worked out here once more and
otherwise; its lines must be right. plan with trained critics must solve more than best-of-n and
majority, picked by the trained critic of answers at the same calls, intervals apart, and one pass of it
at least three times what one pass with random critics does. Only the grading is by an exact critic.

A third of the puzzles and fewer simulations; CRUX_DEEP=1: all of them, and the ablations.
"""

import itertools
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from fractions import Fraction

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from support import DEEP, Failed, insist, main

ROOT = pathlib.Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples/cr-planner"
CALLS = 30
KINDS = ("rationale", "query", "doc")


def run(program, script, *words):
    """A script of the example, to its end."""
    size = {} if DEEP else {"EVERY": "3", "SIMULATIONS": "800"}
    done = subprocess.run([EXAMPLE / script, *map(str, words)], capture_output=True, text=True, check=False,
                          env={**os.environ, **size, "CRUX": program})
    if done.returncode != 0:
        raise Failed(f"{script} ends with {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout


# --- the book -----------------------------------------------------------------------------------


def leads_to(hand):
    """Every hand of two numbers or more that the rules lead to, this one included."""
    hands = {hand}
    for a, b in itertools.permutations(hand, 2) if len(hand) > 2 else ():
        rest = list(hand)
        rest.remove(a)
        rest.remove(b)
        for made in {a + b, a - b, a * b, a / b if b else a}:
            hands |= leads_to(tuple(sorted([*rest, made])))
    return hands


def hand_of(words):
    return tuple(sorted(map(Fraction, words.split())))


def hands_of(document):
    """The hands that a document stands on, first to last; each line must be right."""
    hand = hand_of(document["title"].split(" from ")[1])
    hands = [hand]
    for line in document["contents"].split("\n")[:-1]:
        step, left = line.rstrip(")").split(" (left: ")
        a, sign, b, _, result = step.split()
        a, b, result = map(Fraction, (a, b, result))
        rest = list(hand)
        rest.remove(a)
        rest.remove(b)
        insist({"+": a + b, "-": a - b, "*": a * b, "/": a / b}[sign] == result, f"{line} is wrong")
        hand = hand_of(left)
        insist(hand == tuple(sorted([*rest, result])), f"{line} leaves something else")
        hands.append(hand)
    insist(hand == (24,), f"{document['title']}: the target is not made")
    return hands[:-1]


def check_book(work):
    """Against puzzles spread over all; with CRUX_DEEP against each."""
    puzzles = (work / "puzzles.jsonl").read_text("utf-8").splitlines()[::1 if DEEP else 40]
    documents = [json.loads(line) for line in (work / "book.jsonl").read_text("utf-8").splitlines()]
    written = {hand for document in documents for hand in hands_of(document)}
    insist(len(documents) > 1000, f"the book has {len(documents)} documents")
    for puzzle in puzzles:
        hand = tuple(sorted(map(Fraction, json.loads(puzzle)["numbers"])))
        insist(not leads_to(hand) & written, f"the book has hands that {puzzle} leads to")


# --- what it is worth ---------------------------------------------------------------------------


def compared(work, name):
    """The rows of a comparison, by strategy and pick."""
    rows = json.loads((work / name / "compare.json").read_text("utf-8"))["results"]
    return {(row["strategy"], row["pick"]): row for row in rows}


def check_plan(work):
    rows = compared(work, "compare")
    plan = next(row for (strategy, _), row in rows.items() if strategy == "plan")
    once = next(row for (strategy, _), row in rows.items() if strategy == "plan+passes=1")
    for pick in ("best", "majority", "weighted"):
        other = rows["sample", pick]
        insist(plan["low"] > other["high"],
               f"plan solves {plan['solved']}, sample:{pick} {other['solved']}: their intervals meet")
        insist(max(other["calls"], plan["calls"]) <= CALLS * plan["of"], "more calls than the puzzles were given")
    return once["solved"]


def check_random(program, work, once):
    critic = f"process:python3 {ROOT}/tests/world/random_critic.py"
    roles = ["subgoal", *(f"execution:{kind}" for kind in KINDS)]
    run(program, "3-plan.sh", work, "plan+passes=1" + "".join(f"+critic={role}={critic}" for role in roles), "random")
    rows = compared(work, "random")
    insist(len(rows) == 1, f"one strategy makes {len(rows)} rows")
    solved = next(iter(rows.values()))["solved"]
    insist(once >= 3 * solved and once > 0, f"one pass solves {once}, with random critics {solved}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-planner-") as folder:
        work = pathlib.Path(folder)
        run(program, "1-search.sh", work)
        check_book(work)
        run(program, "2-train.sh", work)
        print(run(program, "3-plan.sh", work))
        once = check_plan(work)
        check_random(program, work, once)
        if DEEP:
            print(run(program, "ablations.sh", work))


if __name__ == "__main__":
    main(test)
