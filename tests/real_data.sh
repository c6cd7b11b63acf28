#!/usr/bin/env bash
# real_data.sh PROGRAM - a real small model from problems to trained steps (CRUX_DEEP=1): installs
# what serves it and what trains on its data, and lets real_data.py do it.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "${CRUX_DEEP:-}" != 1 ]; then
    echo "real_data: takes a quarter of an hour; CRUX_DEEP=1 runs it"
    exit 77
fi
examples/local-model.sh --install
tests/consumers/setup.sh trl
exec build/model-venv/bin/python tests/real_data.py "$1"
