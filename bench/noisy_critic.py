#!/usr/bin/env python3
"""noisy_critic.py SOUNDNESS - recomputes the arithmetic of a path's steps, and is wrong about a step now and then.

A value critic for `crux ... --critic value=process:...`: a path is worth the geometric mean of its steps, each
0.9 where its arithmetic holds and 0.1 where not; of a share 1 - SOUNDNESS of the steps, drawn by a hash of
problem, place and text, it says the opposite.
"""
import hashlib
import json
import operator
import re
import sys

STEP = re.compile(r"(-?\d+) ([-+*]) (-?\d+) = (-?\d+)")
OPERATIONS = {"+": operator.add, "-": operator.sub, "*": operator.mul}


def worth(step, where, soundness):
    holds = all(OPERATIONS[sign](int(a), int(b)) == int(result) for a, sign, b, result in STEP.findall(step))
    drawn = hashlib.sha256(f"{where} {step}".encode()).digest()
    return 0.9 if holds == (int.from_bytes(drawn[:4], "big") < soundness * 2**32) else 0.1


def main():
    soundness = float(sys.argv[1])
    for line in sys.stdin:
        call = json.loads(line)
        scores = []
        for last in call.get("candidates") or [None]:
            path = call["steps"] + ([] if last is None else [last])
            product = 1.0
            for at, step in enumerate(path):
                product *= worth(step, f"{call['problem']['id']} {at}", soundness)
            scores.append(product ** (1 / len(path)) if path else 0.5)
        print(json.dumps({"id": call["id"], "scores": scores}), flush=True)


main()
