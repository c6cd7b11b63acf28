#!/usr/bin/env bash
# 2-train.sh [FOLDER] - what 1-search.sh found becomes five critics: one of sub-goals, three of what
# carries them out, one of answers.
set -euo pipefail
crux=${CRUX:-$(dirname "$0")/../../build/release/crux}
work=${1:-crux-planner}

"$crux" train --all --store "$work/search.db" --out "$work/critics" --force
