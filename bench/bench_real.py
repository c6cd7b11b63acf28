#!/usr/bin/env python3
"""bench_real.py PROGRAM - does search help a real, small model at equal tokens?

Question   Of 48 word problems, how many does the model of examples/serve_model.py solve by one
           greedy answer, by votes of sampled answers, and by search with the same critic
           (consistency: no way looks at the reference answers, which only grade)?
Workload   examples/word-problems.jsonl. greedy: --strategy sample --calls 1 at temperature 0.
           mcts: --calls C. sample: as many answers as come nearest to the tokens that mcts
           took, found by one run that shows what an answer costs. SEEDS seeds for the two.
Check      Every problem was graded, and the tokens of mcts and sample differ by at most a fifth.
Output     A table, or with --json one object: share solved, Wilson's interval of 95 %,
           tokens a problem. Takes some minutes; run it with build/model-venv/bin/python, which
           tests/real_model.sh makes.
"""

import argparse
import json
import math
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent.parent
PROBLEMS = HERE / "examples" / "word-problems.jsonl"


def wilson(right, of, z=1.96):
    share, width = right / of, z * z / of
    middle = (share + width / 2) / (1 + width)
    half = z * math.sqrt(share * (1 - share) / of + width / (4 * of)) / (1 + width)
    return share, middle - half, middle + half


def solve(program, url, *words):
    """Right answers, problems, and tokens of a run."""
    command = [program, "solve", PROBLEMS, "--policy", "chat", "--endpoint", url, "--quiet", "--json", "--prompt",
               HERE / "examples" / "small-model.prompt", "--max-tokens", 60, "--in-flight", 8, *words]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    if any("graded" not in row for row in rows):
        sys.exit("a problem was not graded")
    return sum(row["graded"] == "right" for row in rows), len(rows), sum(row["tokens"] for row in rows)


def over_seeds(program, url, seeds, *words):
    sums = [solve(program, url, *words, "--seed", seed) for seed in range(1, seeds + 1)]
    return tuple(sum(column) for column in zip(*sums))


def measure(program, url, calls, seeds):
    mcts = ["--calls", calls, "--children", 4, "--per-tree", 2]
    found = {"greedy": solve(program, url, "--strategy", "sample", "--calls", 1, "--temperature", 0)}
    found["mcts"] = over_seeds(program, url, seeds, *mcts)
    one = solve(program, url, "--strategy", "sample", "--calls", 2)
    answers = max(1, round(found["mcts"][2] / seeds / (one[2] / 2)))
    found["sample"] = over_seeds(program, url, seeds, "--strategy", "sample", "--calls", answers)
    return found, answers


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("program")
    parser.add_argument("--calls", type=int, default=12)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    with subprocess.Popen([sys.executable, HERE / "examples" / "serve_model.py"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        url = server.stdout.readline().strip() + "/v1"
        found, answers = measure(str(pathlib.Path(args.program).resolve()), url, args.calls, args.seeds)
        server.stdin.close()
    rows = []
    for name, (right, of, tokens) in found.items():
        share, low, high = wilson(right, of)
        rows.append({"way": name, "solved": share, "low": low, "high": high, "of": of, "tokens_per_problem": tokens / of})
    tokens = {row["way"]: row["tokens_per_problem"] for row in rows}
    sound = abs(tokens["sample"] - tokens["mcts"]) <= tokens["mcts"] / 5
    if args.json:
        print(json.dumps({"calls": args.calls, "answers": answers, "seeds": args.seeds, "rows": rows, "selfcheck": sound}))
    else:
        print("| way | solved | 95 % | tokens a problem |\n|---|---|---|---|")
        for row in rows:
            print(f"| {row['way']} | {100 * row['solved']:.1f} % | {100 * row['low']:.1f} .. {100 * row['high']:.1f} | "
                  f"{row['tokens_per_problem']:.0f} |")
        print(f"mcts: {args.calls} calls; sample: {answers} answers; self-check {'passed' if sound else 'FAILED'}")
    sys.exit(0 if sound else 1)


if __name__ == "__main__":
    main()
