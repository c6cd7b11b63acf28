#!/usr/bin/env bash
# quickstart.sh - from nothing to a data set: install what Debian provides, build a
# release, search 200 puzzles of the Game of 24, and write critique data about them.
# Everything that it makes lies in build/ and crux-quickstart/; run it again and both
# are made anew.
set -euo pipefail
cd "$(dirname "$0")/.."

say() { printf '\n== %s\n' "$*"; }

crux=build/release/crux
work=crux-quickstart

say "1. packages"
.ci/setup.sh build

say "2. build: $crux"
cmake --preset release
cmake --build --preset release --target crux_all

say "3. problems: 200 puzzles, spread over all 1,362"
rm -rf "$work"
mkdir "$work"
"$crux" problems game24 | awk 'NR % 6 == 1 && ++n <= 200' >"$work/puzzles.jsonl"
head -n 1 "$work/puzzles.jsonl"

say "4. search: every finished tree is kept in $work/run.db"
"$crux" generate "$work/puzzles.jsonl" --store "$work/run.db"
"$crux" status --store "$work/run.db"

say "5. export"
"$crux" export --store "$work/run.db" --to "$work/dataset" --view critique --view trees

say "6. one record in full"
python3 -c '
import json, sys
for line in open(sys.argv[1], encoding="utf-8"):
    record = json.loads(line)
    if record["wrong_steps"]:
        print(json.dumps(record, indent=2, ensure_ascii=False))
        break
' "$work/dataset/data/critique/train-00000-of-00001.jsonl"

say "done"
wc -l "$work"/dataset/data/*/*.jsonl
echo "The data set is the folder $PWD/$work/dataset; its README.md says what the fields mean."
echo "Look at a tree:  $crux show --store $work/run.db $(head -n 1 "$work/puzzles.jsonl" | sed 's/.*"id": *"\([^"]*\)".*/\1/')"
