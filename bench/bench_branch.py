#!/usr/bin/env python3
"""bench_branch.py PROGRAM MODEL_SERVER - does entropy-gated branching help, at equal tokens?

Question   What share of word problems is solved with --branch entropy:LOW,HIGH, and with a fixed number of
           --children, when both spend the same tokens a problem?
Workload   The fake model's word problems of 6 to 10 operations, PROBLEMS of them; its log-probabilities are the
           true ones (test_model_server.c). It speaks in two styles: where steps begin with their result the
           first token decides, and its entropy is that of the step; in words every first token is one of three
           that say nothing, of entropy ln 3, and a gate can learn nothing from it. Search with a value critic
           that recomputes arithmetic and is wrong about one step in ten (noisy_critic.py), and a referee that
           knows a right answer when it stands there and ends the problem: what is left is to find one.
Equal      In two currencies, since a second call sends the prompt again: completion tokens alone, which is what a
           server with a prefix cache spends, and all tokens, which is what one without spends. What the fixed 4
           spend with --calls CALLS is what all others get: their --calls is the number that comes nearest.
Clock      None: the measure is answers, not seconds.
Check      Nobody gets more than 5 % above what it should; an arm that cannot spend as much (all its tree is known)
           says so by its tokens. With as many simulations, a gate that is never closed (HIGH next to 0) must solve
           just the problems that the fixed 4 solve. Two runs print the same.
Output     A row per style, currency and arm: share solved with Wilson's interval of 95 %, tokens a problem, and
           the difference to the fixed 4 with an interval of 95 % over problems in pairs. --json for machines.

    bench/bench_branch.py build/release/crux build/release/tests/model_server --problems 400
"""
import argparse
import json
import math
import os
import pathlib
import subprocess
import sys

from bench_gain import wilson

HERE = pathlib.Path(__file__).resolve().parent
FIXED = {f"{n} children": ["--children", n] for n in (2, 3, 4, 6)}
GATED = {
    "4, entropy 0.3 .. 1": ["--children", 4, "--branch", "entropy:0.3,1"],
    "4, entropy 0.5 .. 1.5": ["--children", 4, "--branch", "entropy:0.5,1.5"],
    "8, entropy 0.5 .. 2": ["--children", 8, "--branch", "entropy:0.5,2"],
}
REFERENCE = "4 children"
MOST_CALLS = 256


class Arm:
    """One way to search: runs are kept, by their --calls."""

    def __init__(self, bench, words):
        self.bench, self.words, self.runs = bench, words, {}

    def run(self, calls):
        if calls not in self.runs:
            self.runs[calls] = self.bench.solve("--calls", calls, "--simulations", 16 * calls, *self.words)
        return self.runs[calls]

    def nearest(self, currency, tokens):
        """The run whose tokens come nearest, but not above them by a twentieth; they grow with calls."""
        high = self.bench.arguments.calls
        while high < MOST_CALLS and self.run(high)[currency] < tokens:
            high *= 2
        low = 2 if high == self.bench.arguments.calls else high // 2
        while low < high:
            middle = (low + high) // 2
            if self.run(middle)[currency] < tokens:
                low = middle + 1
            else:
                high = middle
        best = min((self.run(calls) for calls in (low - 1, low) if calls > 1),
                   key=lambda run: abs(run[currency] - tokens))
        return best if best[currency] <= 1.05 * tokens else self.run(low - 1)


class Bench:
    def __init__(self, program, url, problems, arguments):
        self.program, self.url, self.problems, self.arguments = program, url, problems, arguments

    def solve(self, *words):
        critic = f"value=process:exec {sys.executable} {HERE / 'noisy_critic.py'} {self.arguments.soundness}"
        command = [self.program, "solve", "-", "--policy", "chat", "--endpoint", self.url, "--quiet", "--json",
                   "--no-store", "--order", "issued", "--per-tree", 1, "--exploration", self.arguments.exploration,
                   "--seed", self.arguments.seed, "--price-completion", 1, "--oracle",
                   "--critic", "outcome=match", "--critic", critic, "--stop", "right=1,wrong=0", *words]
        done = subprocess.run(list(map(str, command)), input=self.problems, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}: {done.returncode}\n{done.stderr}")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        count = len(rows)
        # a completion token costs a millionth, which is 1,000 billionths
        return {"solved": [row["verdict"] == "right" for row in rows], "calls": sum(row["calls"] for row in rows) / count,
                "all": sum(row["tokens"] for row in rows) / count,
                "completion": sum(row["price"] for row in rows) / 1000 / count}


def difference(one, other):
    """Of two shares over the same problems, with its 95 % interval."""
    pairs = [a - b for a, b in zip(one, other)]
    mean = sum(pairs) / len(pairs)
    half = 1.959964 * math.sqrt(sum((pair - mean) ** 2 for pair in pairs)) / len(pairs)
    return mean, mean - half, mean + half


def measure(bench, style, arms, arguments):
    made = {name: Arm(bench, words) for name, words in arms.items()}
    reference = made[REFERENCE].run(arguments.calls)
    rows, faults = [], 0
    for currency in ("completion", "all"):
        for name, arm in made.items():
            run = reference if name == REFERENCE else arm.nearest(currency, reference[currency])
            share = sum(run["solved"]) / len(run["solved"])
            low, high = wilson(sum(run["solved"]), len(run["solved"]))
            more, least, most = difference(run["solved"], reference["solved"])
            faults += run[currency] > 1.05 * reference[currency]
            rows.append({"style": style, "equal": currency, "arm": name, "share": share, "low": low, "high": high,
                         "tokens": run[currency], "calls": run["calls"], "more": more, "more_low": least,
                         "more_high": most})
    found = [bench.solve("--simulations", 100, "--calls", 0, "--children", 4, *words)["solved"]
             for words in ([], ["--branch", "entropy:0,0.000001"])]
    faults += found[0] != found[1] or not any(found[0])
    return rows, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("server")
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--calls", type=int, default=16, help="of the fixed 4 children")
    parser.add_argument("--skill", type=float, default=0.7)
    parser.add_argument("--soundness", type=float, default=0.9, help="of the critic")
    parser.add_argument("--exploration", type=float, default=0.3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--brief", action="store_true", help="one gate, one style: to see that it works; not with "
                        "CRUX_DEEP=1")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    if os.environ.get("CRUX_DEEP") == "1":
        arguments.brief, arguments.problems = False, max(arguments.problems, 300)
    arms = {REFERENCE: FIXED[REFERENCE], **dict(list(GATED.items())[1:2])} if arguments.brief else {**FIXED, **GATED}
    problems = subprocess.run([arguments.server, "--problems", str(arguments.problems), "--operations", "6:10", "--seed",
                               str(arguments.seed)], capture_output=True, text=True, check=True).stdout
    rows, faults = [], 0
    for style in ("result",) if arguments.brief else ("result", "words"):
        command = [arguments.server, "--leash", "stdin", "--style", style, "--skill", str(arguments.skill)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
            bench = Bench(arguments.program, server.stdout.readline().strip() + "/v1", problems, arguments)
            found, bad = measure(bench, style, arms, arguments)
            server.stdin.close()
        rows += found
        faults += bad
    if arguments.json:
        print(json.dumps({"rows": rows, "selfcheck": faults == 0}, indent=2))
    else:
        print("| style | equal | arm | solved | 95 % | tokens | calls | less the fixed 4 | 95 % |\n|" + "---|" * 9)
        for row in rows:
            print(f"| {row['style']} | {row['equal']} | {row['arm']} | {row['share']:.1%} | {row['low']:.1%} .. "
                  f"{row['high']:.1%} | {row['tokens']:.0f} | {row['calls']:.1f} | {row['more']:+.1%} | "
                  f"{row['more_low']:+.1%} .. {row['more_high']:+.1%} |")
        print("self-check", "passed" if faults == 0 else "FAILED")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
