#!/usr/bin/env bash
# deep.sh ENV SCRIPT ARGUMENT... - a consumer that takes minutes and GBs to install, so only with
# CRUX_DEEP=1; else it is skipped.
set -euo pipefail
cd "$(dirname "$0")/../.."
environment=$1 script=$2
shift 2
if [ -z "${CRUX_DEEP:-}" ]; then
    echo "skipped: $script is tried with CRUX_DEEP=1"
    exit 77
fi
tests/consumers/setup.sh "$environment"
exec "build/consumers-$environment/bin/python" "tests/consumers/$script" "$@"
