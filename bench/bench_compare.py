#!/usr/bin/env python3
"""bench_compare.py - which strategy solves most puzzles of the Game of 24 for the same policy calls?

Question   All 1,362 solvable puzzles; every strategy of `crux compare` at 10, 30, 100 and 300 policy
           calls a puzzle, with the same policy, critics and seed. No exact critic guides: steps and
           answers are scored by linear critics that crux train has made from searches of other puzzles.
Workload   Two halves, cross-fitted: the critics that search one half were trained on the trees of the
           other, so no puzzle is searched by a critic that has seen it. --puzzles N takes N of each half.
Clock      None: the measure is answers, not seconds.
Check      The exact referee grades; each puzzle's numbers make 24 by this script's own solver; no search
           may have used more calls than it was given; a second run of the last comparison must make no
           call and print the same. Exit 1 else.
Output     A row per strategy, pick and budget over both halves: share solved with its 95 % interval
           (Wilson 1927), calls made. --svg FILE: the picture. --json for machines.

    bench/bench_compare.py build/release/crux --svg game-of-24.svg
"""
import argparse
import itertools
import json
import pathlib
import random
import sys
import tempfile
from fractions import Fraction

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bench_gain import wilson
from bench_linear import reachable, run

STRATEGIES = ("plan,beam,particles,mcts,mcts+root=gumbel,mcts+selection=budget,"
              "sample:best,sample:weighted,sample:bom,sample:majority,sample:first")
SHAPE = ["--depth", 3]
COLORS = ["#1b6ca8", "#c0392b", "#1e8449", "#7d3c98", "#b9770e", "#117864", "#566573", "#d35400", "#2e4053",
          "#a04000", "#99a3a4"]


def halves(count):
    """The puzzles in an order of no meaning, in two halves."""
    hands = [hand for hand in itertools.combinations_with_replacement(range(1, 14), 4)
             if reachable(tuple(map(Fraction, hand)))]
    random.Random(24).shuffle(hands)
    return [hands[0::2][:count], hands[1::2][:count]]


def write(path, hands):
    path.write_text("".join(json.dumps({"id": "-".join(map(str, hand)), "numbers": hand, "target": 24}) + "\n"
                            for hand in hands), encoding="utf-8")
    return path


def train(crux, work, puzzles):
    """Critics for steps and answers from a search of these."""
    store = work / f"{puzzles.stem}.db"
    run(crux, "generate", puzzles, "--store", store, *SHAPE, "--selection", "uct", "--exploration", 1.4,
        "--children", 24, "--simulations", 400, "--quiet")
    critics = []
    for role, name in (("execution", "steps"), ("outcome", "answers")):
        path = work / f"{puzzles.stem}.{name}"
        run(crux, "train", "--store", store, "--critic", role, "--out", path)
        critics += ["--critic", f"{role}=linear:{path}"]
    return critics


def compare(crux, folder, puzzles, critics, arguments):
    said = run(crux, "compare", puzzles, "--out", folder, "--strategies", arguments.strategies, "--calls",
               arguments.calls, *SHAPE, "--children", arguments.children, *critics)
    return said, json.loads((folder / "compare.json").read_text(encoding="utf-8"))["results"]


def join(parts):
    """Rows of both halves as one."""
    rows = []
    for one, other in zip(*parts):
        assert (one["strategy"], one["pick"], one["budget"]) == (other["strategy"], other["pick"], other["budget"])
        solved, of = one["solved"] + other["solved"], one["of"] + other["of"]
        low, high = wilson(solved, of)
        rows.append({"strategy": one["strategy"], "pick": one["pick"], "calls": one["budget"], "solved": solved,
                     "of": of, "low": low, "high": high, "oracle": one["oracle"]["solved"] + other["oracle"]["solved"],
                     "made": (one["calls"] + other["calls"]) / of})
    return rows


def picture(rows):
    """Share solved against calls, a line each with its intervals."""
    budgets = sorted({row["calls"] for row in rows})
    names = list(dict.fromkeys(f"{row['strategy']}:{row['pick']}" for row in rows))
    left, top, wide, high = 60, 30, 520, 380

    def x_of(calls):
        return left + wide * (0.5 if len(budgets) == 1 else budgets.index(calls) / (len(budgets) - 1))

    def y_of(share):
        return top + high * (1.0 - share)

    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + wide + 250}" height="{top + high + 60}" '
           'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="white"/>',
           f'<text x="{left}" y="18">Game of 24: puzzles solved, of {rows[0]["of"]:,}, with 95 % intervals</text>']
    for tenth in range(0, 11, 2):
        y = y_of(tenth / 10)
        out.append(f'<line x1="{left}" x2="{left + wide}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
                   f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{tenth * 10} %</text>')
    for calls in budgets:
        out.append(f'<text x="{x_of(calls):.1f}" y="{top + high + 20}" text-anchor="middle">{calls}</text>')
    out.append(f'<text x="{left + wide / 2}" y="{top + high + 42}" text-anchor="middle">policy calls a puzzle</text>')
    last = {name: [row for row in rows if f"{row['strategy']}:{row['pick']}" == name][-1] for name in names}
    for place, name in enumerate(sorted(names, key=lambda name: -last[name]["solved"])):
        color = COLORS[names.index(name) % len(COLORS)]
        line = [row for row in rows if f"{row['strategy']}:{row['pick']}" == name]
        points = " ".join(f"{x_of(row['calls']):.1f},{y_of(row['solved'] / row['of']):.1f}" for row in line)
        out.append(f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="2"/>')
        for row in line:
            x = x_of(row["calls"])
            out.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y_of(row["low"]):.1f}" y2="{y_of(row["high"]):.1f}" '
                       f'stroke="{color}"/>')
        y = top + 14 + place * 22
        out.append(f'<line x1="{left + wide + 20}" x2="{left + wide + 44}" y1="{y - 4}" y2="{y - 4}" '
                   f'stroke="{color}" stroke-width="3"/><text x="{left + wide + 52}" y="{y}">{name}</text>')
    return "\n".join([*out, "</svg>", ""])


def show(rows):
    print(f"{'strategy':<22} {'pick':<9} {'calls':>5} {'solved':>7}   95 % interval   {'oracle':>7} {'made':>7}")
    for row in rows:
        print(f"{row['strategy']:<22} {row['pick']:<9} {row['calls']:>5} {row['solved'] / row['of']:>7.1%}   "
              f"{row['low']:.1%} .. {row['high']:.1%}  {row['oracle'] / row['of']:>7.1%} {row['made']:>7.1f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("crux")
    parser.add_argument("--puzzles", type=int, default=None, help="of each half; all without it")
    parser.add_argument("--calls", default="10,30,100,300")
    parser.add_argument("--children", type=int, default=24, help="candidates of a call; the program's own default")
    parser.add_argument("--strategies", default=STRATEGIES)
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    crux = pathlib.Path(arguments.crux).resolve()
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        files = [write(work / f"half{i}.jsonl", hands) for i, hands in enumerate(halves(arguments.puzzles))]
        critics = [train(crux, work, path) for path in files]
        found = [compare(crux, work / f"out{i}", path, critics[1 - i], arguments) for i, path in enumerate(files)]
        again = compare(crux, work / "out1", files[1], critics[0], arguments)
    rows = join([results for _, results in found])
    faults = sum(row["made"] > row["calls"] for row in rows) + (again[1] != found[1][1])
    if arguments.svg:
        arguments.svg.write_text(picture(rows), encoding="utf-8")
    if arguments.json:
        print(json.dumps({"rows": rows, "faults": faults}))
    else:
        show(rows)
    if faults:
        sys.exit(f"{faults} budgets were exceeded, or a comparison was not itself when it was made again")


if __name__ == "__main__":
    main()
