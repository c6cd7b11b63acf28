#!/usr/bin/env bash
# theorems.sh CORPUS.jsonl TRAINING.jsonl OTHERS.jsonl [FOLDER] - the three commands of the loop with a
# served model: search on training problems, train critics, plan on others. The corpus is what is
# looked up in ({"id", "title", "contents"} on each line; theorems, solved problems, a textbook);
# TheoremQA's questions are read as they are published.
#
# ENDPOINT is the model's address, http://127.0.0.1:8000/v1 by default; MODEL has more of its options,
# like "--prompt my.prompt --max-tokens 400". Without a server examples/serve_model.py serves a small
# one, which shows the loop but is too weak to learn from: critics need problems that are sometimes
# solved. All that is paid is kept; the same command goes on where it was.
set -euo pipefail
if [ $# -lt 3 ]; then
    sed -n '2,/^set/{/^set/d;s/^# \{0,1\}//p}' "$0"
    exit 2
fi
crux=${CRUX:-$(dirname "$0")/../../build/release/crux}
work=${4:-crux-theorems}
critics=$work/critics
mkdir -p "$work"
[ -e "$work/corpus.db" ] || "$crux" index "$1" --out "$work/corpus.db" --repeated first

model=(--policy chat --endpoint "${ENDPOINT:-http://127.0.0.1:8000/v1}" ${MODEL:-}
    --policy "doc=retrieve:$work/corpus.db,refuse=both")

"$crux" generate "$2" --store "$work/search.db" --preset cr-planner "${model[@]}"

"$crux" train --all --store "$work/search.db" --out "$critics" --force

"$crux" solve "$3" --store "$work/plan.db" --preset cr-planner --strategy plan --calls "${CALLS:-20}" \
    "${model[@]}" \
    --critic "subgoal=linear:$critics/subgoal.linear" \
    --critic "execution:rationale=linear:$critics/rationale.linear" \
    --critic "execution:query=linear:$critics/query.linear" \
    --critic "execution:doc=linear:$critics/doc.linear" \
    --critic "outcome=linear:$critics/outcome.linear"
