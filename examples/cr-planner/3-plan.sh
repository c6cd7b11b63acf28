#!/usr/bin/env bash
# 3-plan.sh [FOLDER [STRATEGIES [NAME]]] - plan on the puzzles that were put aside, beside sampling
# at the same cost: 30 policy calls a puzzle. No exact critic takes part but to grade.
#
# plan begins again until its calls are spent; plan+passes=1 is one pass of it. sample:best takes
# the answer that the trained critic of answers likes best, sample:majority the most frequent one;
# the oracle beside them is the share with a right answer among all that were drawn (pass@30).
#
# Ablations are strategies, too: plan+subgoals=reason has no retrieval, plan+critic=subgoal=none no
# critic of sub-goals, plan+children=3 three candidates. ablations.sh compares the paper's.
set -euo pipefail
crux=${CRUX:-$(dirname "$0")/../../build/release/crux}
work=${1:-crux-planner}
strategies=${2:-plan,plan+passes=1,sample:best,sample:majority,sample:weighted}
critics=$work/critics

"$crux" compare "$work/test.jsonl" --calls "${CALLS:-30}" --out "$work/${3:-compare}" \
    --strategies "$strategies" \
    --grammar cr-planner --policy step=numbers --policy doc="retrieve:$work/book.db" \
    --children 8 --documents 3 --depth 10 --order issued \
    --critic subgoal="linear:$critics/subgoal.linear" \
    --critic execution:rationale="linear:$critics/rationale.linear" \
    --critic execution:query="linear:$critics/query.linear" \
    --critic execution:doc="linear:$critics/doc.linear" \
    --critic outcome="linear:$critics/outcome.linear"
