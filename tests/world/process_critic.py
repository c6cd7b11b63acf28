#!/usr/bin/env python3
"""process_critic.py - a program as a critic, for the contract suite: it knows nothing, and says so
for every verb (io/process/message.h), with a word on why for every second candidate."""

import json
import sys


def why(i):
    return {} if i % 2 else {"why": "nobody knows", "judges": 2, "spread": 0.25}


for line in sys.stdin:
    call = json.loads(line)
    op, count = call["op"], call.get("n", 1)
    reply = {
        "score": {"scores": [0.5 if i % 2 else {"score": 0.5, **why(i)} for i in range(count)]},
        "judge": {"outcomes": [{"verdict": "unknown", "reward": 0.5, **why(i)} for i in range(count)]},
        "annotate": {"note": None},
    }[op]
    print(json.dumps({"id": call["id"], **reply}), flush=True)
