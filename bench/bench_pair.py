#!/usr/bin/env python3
"""bench_pair.py BEFORE NOW - is the program as fast as the one before it?

Question   By what factor do two builds of crux differ in one figure of `crux bench`, when they
           are run in turn, so that both meet the same hours of the same machine?
Workload   --pairs runs of each (20), alternating, each pair in the other order than the one
           before it; what follows `--` goes to both, as in `-- tree --runs 3`.
Clock      The bench's own figure: tree sims_per_s, slots cpu_us_per_call; --figure for another.
Check      Each run's own self-check must hold in both programs; exit 1 otherwise, and with
           --at-least X also when the interval ends below X.
Output     Each pair, then the median of the ratios, oriented so that above 1 the program is
           faster now, with its 95 % interval by ranks (distribution-free, binomial).

    bench/bench_pair.py old/crux build/release/crux --at-least 0.97 -- tree --runs 3
    bench/bench_pair.py old/crux build/release/crux --at-least 0.97 -- slots --calls 15000
"""
import argparse
import json
import math
import statistics
import subprocess
import sys

# bench: figure, and whether more of it is better
FIGURES = {"tree": ("sims_per_s", True), "slots": ("cpu_us_per_call", False)}


def rank_interval(values):
    """The 95 % interval of the median: order statistics, Binomial(n, 1/2)."""
    ordered, count = sorted(values), len(values)
    tail, below = 0.0, 0
    while below < count // 2:
        tail += math.comb(count, below) / 2 ** count
        if tail > 0.025:
            break
        below += 1
    lowest = max(below - 1, 0)
    return ordered[lowest], ordered[count - 1 - lowest]


def measure(program, words, figure):
    done = subprocess.run([program, "bench", *words, "--json"], capture_output=True, text=True,
                          check=False)
    if done.returncode != 0:
        sys.exit(f"{program}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    said = json.loads(done.stdout.splitlines()[-1])
    if said.get("selfcheck") is not True:
        sys.exit(f"{program}: its self-check does not hold")
    return float(said[figure])


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("before")
    parser.add_argument("now")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--figure")
    parser.add_argument("--at-least", type=float)
    parser.add_argument("words", nargs="+")
    options = parser.parse_args()
    figure, more = FIGURES.get(options.words[0], (options.figure, True))
    figure = options.figure or figure
    ratios = []
    for pair in range(options.pairs):
        order = [options.before, options.now] if pair % 2 == 0 else [options.now, options.before]
        figures = {program: measure(program, options.words, figure) for program in order}
        before, now = figures[options.before], figures[options.now]
        ratios.append(now / before if more else before / now)
        print(f"{pair + 1:3}  {before:14.1f}  {now:14.1f}  {ratios[-1]:.3f}", flush=True)
    low, high = rank_interval(ratios)
    print(f"{figure}: median ratio {statistics.median(ratios):.3f}, "
          f"95 % interval {low:.3f} .. {high:.3f}, {options.pairs} pairs")
    return 1 if options.at_least is not None and high < options.at_least else 0


if __name__ == "__main__":
    sys.exit(main())
