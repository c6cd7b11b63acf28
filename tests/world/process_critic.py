#!/usr/bin/env python3
"""process_critic.py - a program as a critic, for the contract suite: it knows nothing, and says so
for every verb (io/process/message.h)."""

import json
import sys

for line in sys.stdin:
    call = json.loads(line)
    op, count = call["op"], call.get("n", 1)
    reply = {
        "score": {"scores": [0.5] * count},
        "judge": {"outcomes": [{"verdict": "unknown", "reward": 0.5}] * count},
        "annotate": {"note": None},
    }[op]
    print(json.dumps({"id": call["id"], **reply}), flush=True)
