#!/usr/bin/env python3
"""real_reward.py PROGRAM - critic reward on a real sequence classifier (tei_server.py).

The python that runs this must have torch and transformers. The scores in the trees are those that
the model gives to the same texts here, one by one, without padding and without a server; by both
routes; and a replay asks nobody and gives the same bytes.
"""

import json
import math
import pathlib
import sys
import tempfile

from support import crux, insist, insist_same, main, puzzles, served_by
from tei_server import Classifier

MOST = 100
HERE = pathlib.Path(__file__).resolve().parent


def nodes_with_paths(tree):
    """Every node but the root with the texts from the first step to it."""
    paths = {}
    for place, node in enumerate(tree["nodes"]):
        parent = node["parent"]
        paths[place] = [] if parent is None or parent < 0 else [*paths[parent], node["text"]]
        if paths[place]:
            yield node, paths[place]


def trees(folder):
    for path in sorted((folder / "data" / "trees").glob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def compare(folder, row_of):
    """How many scores were compared, and the largest difference."""
    classifier, compared, worst = Classifier(), 0, 0.0
    for tree in trees(folder):
        for node, path in nodes_with_paths(tree):
            if node["score"] is None or compared == MOST:
                continue
            logit = classifier.logits([row_of(tree["prompt"], "\n".join(path))])[0]
            worst = max(worst, abs(node["score"] - 1 / (1 + math.exp(-logit))))
            compared += 1
    insist(compared == MOST, f"only {compared} scores")
    insist(worst < 1e-5, f"a score is {worst} away from the model's")
    return compared, worst


def test(program):
    rows = {"tei-rerank": lambda problem, steps: [problem, steps],
            "tei-predict": lambda problem, steps: [f"{problem}\n\n{steps}"]}
    with tempfile.TemporaryDirectory(prefix="crux-reward-") as folder, served_by(sys.executable, HERE / "tei_server.py") as url:
        work = pathlib.Path(folder)
        problems = work / "puzzles.jsonl"
        puzzles(program, problems, 4)
        for dialect, row_of in rows.items():
            one, two = work / f"{dialect}.db", work / f"{dialect}-again.db"
            asking = [problems, "--critic", f"execution=reward:rm,dialect={dialect},transform=sigmoid",
                      "--simulations", 12, "--in-flight", 8]
            crux(program, "generate", *asking, "--store", one, "--backend", f"rm.endpoint={url[:-3]}")
            crux(program, "generate", *asking, "--store", two, "--backend", "rm.endpoint=http://127.0.0.1:9",
                 "--replay", one)
            for store, out in ((one, work / f"{dialect}-1"), (two, work / f"{dialect}-2")):
                crux(program, "export", "--store", store, "--to", out)
            insist_same(work / f"{dialect}-1", work / f"{dialect}-2", f"{dialect} and its replay, without a server")
            cost = json.loads(crux(program, "cost", "--store", one, "--json"))["paid"]
            insist(cost["samples"] > 2 * cost["calls"] > 0, f"{cost}: candidates do not share requests")
            compared, worst = compare(work / f"{dialect}-1", row_of)
            print(f"{dialect}: {compared} scores, at most {worst:.1e} from the model's own; {cost['calls']} requests for "
                  f"{cost['samples']} candidates; the replay made none and gave the same bytes")


if __name__ == "__main__":
    main(test)
