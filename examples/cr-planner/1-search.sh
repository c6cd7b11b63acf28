#!/usr/bin/env bash
# 1-search.sh [FOLDER] - puzzles, a book to look things up in, and trees to learn from.
#
# 300 of the 1,362 puzzles of the Game of 24, spread evenly over all, are put aside to be planned
# on. The others are searched: UCT over sub-goals and what carries them out, one completed answer
# a simulation, its reward from the referee. The book has no puzzle in it, nor a hand that one
# leads to. SIMULATIONS=N: of each puzzle. EVERY=N: each N-th puzzle of both sets, for a try.
set -euo pipefail
here=$(dirname "$0")
crux=${CRUX:-$here/../../build/release/crux}
work=${1:-crux-planner}
mkdir -p "$work"

# Those that are put aside (1), or the others (0).
puzzles() {
    awk -v aside="$1" -v every="${EVERY:-1}" \
        '(int(NR * 300 / 1362) > int((NR - 1) * 300 / 1362)) == aside && n++ % every == 0' \
        "$work/puzzles.jsonl"
}

"$crux" problems game24 >"$work/puzzles.jsonl"
puzzles 0 >"$work/train.jsonl"
puzzles 1 >"$work/test.jsonl"

"$here/book.py" "$work/puzzles.jsonl" >"$work/book.jsonl"
"$crux" index "$work/book.jsonl" --out "$work/book.db" --force

"$crux" generate "$work/train.jsonl" --store "$work/search.db" \
    --grammar cr-planner --selection uct --policy step=numbers --policy doc="retrieve:$work/book.db" \
    --children 8 --documents 3 --depth 10 --order issued --simulations "${SIMULATIONS:-1600}"
