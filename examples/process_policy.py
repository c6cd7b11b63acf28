#!/usr/bin/env python3
"""A policy in Python for Game of 24: legal steps in a random order.

crux problems game24 > puzzles.jsonl
crux solve puzzles.jsonl --policy "process:python3 examples/process_policy.py"

Replace steps() by anything that answers within the timeout, a model for instance. Print
replies only, and flush them; what you want to say goes to sys.stderr.
"""
import itertools, json, random, re, sys
from fractions import Fraction

def left(problem, steps):
    """The numbers that are left after the last step."""
    text = re.search(r"left: (.*)\)", steps[-1])[1].split() if steps else problem["numbers"]
    return [Fraction(number) for number in text]

def steps(numbers):
    """Every legal step, as the referee wants it written."""
    found = set()
    for i, j in itertools.permutations(range(len(numbers)), 2):
        a, b = numbers[i], numbers[j]
        rest = [number for at, number in enumerate(numbers) if at not in (i, j)]
        for sign, result in zip("+-*/", (a + b, a - b, a * b, a / b if b else None)):
            if result is not None:
                after = " ".join(map(str, sorted(rest + [result])))
                found.add(f"{a} {sign} {b} = {result} (left: {after})")
    return sorted(found)

def answer(problem, path, draw):
    """All that is missing for a complete answer, a line a step."""
    lines = []
    while len(left(problem, path + lines)) > 1:
        lines.append(draw.choice(steps(left(problem, path + lines))))
    return "\n".join(lines)

for line in sys.stdin:
    call = json.loads(line)
    problem, path, n, sample = call["problem"], call["steps"], call["n"], call["sample"]
    if "step_kinds" in call:  # of --grammar cr-planner: sub-goals and what was looked up are no steps
        path = [step for step, kind in zip(path, call["step_kinds"]) if kind == "rationale"]
    if call["kind"] == "answer":  # the draw depends on the seed alone: the same tree again
        reply = [answer(problem, path, random.Random(f"{call['seed']} {sample + i}"))
                 for i in range(n)]
    else:
        reply = steps(left(problem, path))
        random.Random(call["seed"]).shuffle(reply)
        last = len(left(problem, path)) == 2
        reply = [{"text": text, "terminal": last} for text in reply[sample:sample + n]]
    print(json.dumps({"id": call["id"], "steps": reply}), flush=True)
