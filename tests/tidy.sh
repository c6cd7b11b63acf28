#!/usr/bin/env bash
# tidy.sh BUILD - clang-tidy over every source that BUILD compiles, two at a time.
# It also shows that clang compiles the release without a warning. One process a file:
# state left over from a file before makes clang-tidy 14 see faults that are not there.
# The analyzer takes nine tenths of the time. But for the deep run it is shallow: it follows
# calls into tiny functions alone, and leaves out the tests, which run under the sanitizers
# whole.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 2
build=$1

# sources KIND: of the tests, or all others, each ended by a NUL
sources() {
    python3 - "$build/compile_commands.json" "$1" <<'EOF'
import json, os, sys
for path in sorted({entry["file"] for entry in json.load(open(sys.argv[1]))}):
    if path.startswith(os.getcwd() + "/tests/") == (sys.argv[2] == "tests"):
        print(path, end="\0")
EOF
}

# check_each OPTION...: what it says of files that pass is a count of what it left out
check_each() {
    xargs -0 -n 1 -P 2 bash -c '
        said=$(clang-tidy-14 -p "$0" --quiet "$@" 2>&1) || { printf "%s\n" "$said"; exit 1; }' \
        "$build" "$@"
}

shallow=(--extra-arg=-Xclang --extra-arg=-analyzer-config
         --extra-arg=-Xclang --extra-arg=mode=shallow)
without=('--checks=-clang-analyzer-*')
if [ -n "${CRUX_DEEP:-}" ]; then shallow=() without=(); fi
status=0
sources others | check_each ${shallow[@]+"${shallow[@]}"} || status=1
sources tests | check_each ${without[@]+"${without[@]}"} || status=1
exit $status
