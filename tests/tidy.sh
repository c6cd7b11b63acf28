#!/usr/bin/env bash
# tidy.sh BUILD - clang-tidy over every source that BUILD compiles, two at a time.
# It also shows that clang compiles the release without a warning. One process a file:
# state left over from a file before makes clang-tidy 14 see faults that are not there.
# The analyzer takes nine tenths of the time. Of the tests, which run under the sanitizers
# whole, it sees only the deep run's.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
build=$1 run=(clang-tidy-14 -p "$1" --quiet)

# sources KIND: of the tests, or all others, each ended by a NUL
sources() {
    python3 - "$build/compile_commands.json" "$1" <<'EOF'
import json, os, sys
for path in sorted({entry["file"] for entry in json.load(open(sys.argv[1]))}):
    if path.startswith(os.getcwd() + "/tests/") == (sys.argv[2] == "tests"):
        print(path, end="\0")
EOF
}

lighter=(--checks=-clang-analyzer-*)
if [ -n "${CRUX_DEEP:-}" ]; then lighter=(); fi
status=0
sources others | xargs -0 -n 1 -P 2 "${run[@]}" || status=1
sources tests | xargs -0 -n 1 -P 2 "${run[@]}" ${lighter[@]+"${lighter[@]}"} || status=1
exit $status
