#!/usr/bin/env bash
# run.sh [PROGRAM] - every bench of `crux bench`, as one page of tables in Markdown.
#
# Question   How fast is the search, what share of this machine's limit is that, and what
#            do many calls in flight cost? README.md explains every figure.
# Workload   tree: B=32 D=16 and B=8 D=24, 1 and 2 workers, best of RUNS (7); growth from
#            10^6 to 10^7 simulations at B=16, best of 3; B=32 and B=8 in plain C. Then the suites of latency and limits.
# Check      Each bench's own; the exit status is 1 when one of them failed.
# Output     Markdown on standard output. Takes about fifteen minutes on a quiet machine.
#
#     bench/run.sh build/release/crux > figures.md
set -euo pipefail
cd "$(dirname "$0")/.."

program=${1:-build/release/crux}
runs=${RUNS:-7}
kept=$(mktemp -d)
trap 'rm -rf "$kept"' EXIT
failed=0

# measure NAME WORD... - keep what a bench says. A check that failed (status 1) has its
# say in the tables; anything else ends this.
measure() {
    local name=$1 status=0
    shift
    "$program" bench "$@" --json >"$kept/$name.json" || status=$?
    [ "$status" -le 1 ] || exit "$status"
    [ "$status" -eq 0 ] || failed=1
}

for workers in 1 2; do
    measure "tree-32-$workers" tree --branching 32 --depth 16 --workers "$workers" --runs "$runs"
    measure "tree-8-$workers" tree --branching 8 --depth 24 --workers "$workers" --runs "$runs"
done
measure plain-32 tree --branching 32 --depth 16 --workers 1 --runs "$runs" --plain
measure plain-8 tree --branching 8 --depth 24 --workers 1 --runs "$runs" --plain
measure growth-6 tree --branching 16 --depth 16 --workers 1 --runs 3
measure growth-7 tree --branching 16 --depth 16 --workers 1 --runs 3 --simulations 10000000
measure latency latency
measure limits limits
measure slots-256 slots
measure slots-2000 slots --slots 2000 --mean-seconds 1 --calls 250000
measure slots-plan slots --planner --calls 50000

python3 - "$kept" <<'PYTHON'
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])


def load(name):
    return json.loads((folder / f"{name}.json").read_text())


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()


def passed(row):
    return "passed" if row["selfcheck"] else "**failed**"


print("## tree\n")
rows = []
for name in ("tree-32-1", "tree-32-2", "tree-8-1", "tree-8-2", "plain-32", "plain-8", "growth-6",
             "growth-7"):
    row = load(name)
    rows.append((("plain C, B = " if name.startswith("plain") else "B = ") + str(row["branching"]), row["depth"], f"{row['simulations']:,}", row["workers"], row["group"],
                 f"{row['sims_per_s'] / 1e6:.2f}", f"{row['sims_per_s_median'] / 1e6:.2f}",
                 f"{row['sims_per_s_limit'] / 1e6:.2f}", f"{100 * row['share_of_limit']:.0f} %",
                 f"{row['bytes_per_node']:.1f}", f"{row['mean_depth']:.2f}", passed(row)))
table(("workload", "D", "simulations", "workers", "group", "M sims/s, best", "median", "limit",
       "share", "bytes a node", "mean depth", "self-check"), rows)
growth = load("growth-7")["sims_per_s"] / load("growth-6")["sims_per_s"]
print(f"Growth, B = 16: 10^7 simulations run at {growth:.2f} of the rate of 10^6.\n")

print("## latency\n")
table(("calls", "in flight", "trees", "a tree", "correction", "latency", "seeds",
       "gain kept, 95 %", "twice", "slot fill", "collisions a call", "CPU us a call",
       "bytes in flight", "self-check"),
      ((row["calls"], row["in_flight"], row["trees"], row["per_tree"], row["correction"],
        row["latency"], row["seeds"],
        f"{100 * row['gain_kept']:.1f} % ({100 * row['gain_kept_low']:.1f} .. "
        f"{100 * row['gain_kept_high']:.1f})",
        row["duplicate_calls"], f"{100 * row['slot_fill']:.1f} %",
        f"{row['collisions_per_call']:.2f}", f"{row['cpu_us_per_call']:.2f}",
        f"{row['bytes_per_in_flight']:.0f}", passed(row)) for row in load("latency")["rows"]))

print("## limits\n")
limits = load("limits")
table(("this machine", "ns"),
      ((name[:-3].replace("_", " "), f"{limits[name]:.2f}") for name in limits
       if name.endswith("_ns")))
terms = ("mean_depth", "tiles", "scan_ns", "mark_ns", "level_ns", "cold_levels", "memory_ns",
         "blocks", "block_ns", "evaluate_ns", "simulation_ns")
table(("B", "D", "workers", *(name.replace("_", " ") for name in terms), "limit, M sims/s"),
      ((row["branching"], row["depth"], row["workers"], *(f"{row[name]:.2f}" for name in terms),
        f"{row['sims_per_s_limit'] / 1e6:.2f}") for row in limits["rows"]))
print(f"Self-check: {passed(limits)}.\n")

print("## slots\n")
table(("strategy", "slots", "mean latency, s", "trees open", "in flight", "calls",
       "calls a second", "slot fill", "twice", "CPU us a call", "of the bare loop", "resident, MB", "self-check"),
      (("plan" if row["planner"] else "mcts", row["slots"], row["mean_seconds"], row["open_trees"],
        row["in_flight"], f"{row['calls']:,}",
        f"{row['calls'] / row['seconds']:.0f}", f"{100 * row['slot_fill']:.2f} %",
        row["duplicate_calls"], f"{row['cpu_us_per_call']:.1f}", f"{row['cpu_by_bare']:.2f}",
        f"{row['max_rss_bytes'] / 1e6:.1f}", passed(row))
       for row in map(load, ("slots-256", "slots-2000", "slots-plan"))))
PYTHON
exit "$failed"
