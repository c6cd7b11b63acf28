#!/usr/bin/env bash
# real_reward.sh PROGRAM - a real sequence classifier: installs torch and transformers, which takes
# minutes and 1 GB, and lets real_reward.py try it out. So only with CRUX_DEEP=1; else it is skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${CRUX_DEEP:-}" ]; then
    echo "skipped: a sequence classifier is tried with CRUX_DEEP=1"
    exit 77
fi
venv=build/reward-venv
if ! "$venv/bin/python" -c 'import torch, transformers' 2>/dev/null; then
    python3 -m venv "$venv"
    grep -v '^#' .ci/requirements-reward.txt | while read -r package; do
        "$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$package"
    done
fi
exec "$venv/bin/python" tests/real_reward.py "$1"
