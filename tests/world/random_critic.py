#!/usr/bin/env python3
"""random_critic.py - a program as a critic that knows nothing and says something: its scores and
verdicts are drawn from the question's seed (io/process/message.h)."""

import json
import random
import sys

for line in sys.stdin:
    call = json.loads(line)
    draws = random.Random(call["seed"])
    rewards = [draws.random() for _ in range(call["n"])]
    if call["op"] == "score":
        reply = {"scores": rewards}
    else:
        reply = {"outcomes": [{"reward": x, "verdict": "right" if x >= 0.5 else "wrong"} for x in rewards]}
    print(json.dumps({"id": call["id"], **reply}), flush=True)
