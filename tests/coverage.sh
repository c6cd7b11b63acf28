#!/usr/bin/env bash
# coverage.sh - which lines of the readers of outside input do the tests run? Not part
# of tests/run.sh. Builds build/coverage, runs the unit and command line tests, prints a
# table.
set -euo pipefail
cd "$(dirname "$0")/.."

cmake --preset debug -B build/coverage -DCRUX_PRESET=coverage -DCRUX_COVERAGE=ON -DCRUX_JEMALLOC=OFF
cmake --build build/coverage
find build/coverage -name '*.gcda' -delete
ctest --test-dir build/coverage -j2 -L 'unit|contract|cli' --output-on-failure
gcovr --root . build/coverage --filter 'io/(json|problems|config)\.c' \
    --filter 'io/store/' --filter 'io/cli/options/' --filter 'critics/numbers'
