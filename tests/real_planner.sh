#!/usr/bin/env bash
# real_planner.sh PROGRAM [CORPUS.jsonl QUESTIONS.jsonl] - a real small model plans with retrieval
# (CRUX_DEEP=1): installs what serves it, and lets real_planner.py do it.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${CRUX_DEEP:-}" != 1 ]; then
    echo "real_planner: CRUX_DEEP=1 runs it, with a real model"
    exit 77
fi
examples/local-model.sh --install
exec build/model-venv/bin/python tests/real_planner.py "$@"
