#!/usr/bin/env bash
# real_model.sh PROGRAM - a real model: installs what serves it (two Python packages, of
# which one brings the model), and lets real_model.py try it out.
set -euo pipefail
cd "$(dirname "$0")/.."
examples/local-model.sh --install
exec build/model-venv/bin/python tests/real_model.py "$1"
