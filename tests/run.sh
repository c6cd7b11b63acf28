#!/usr/bin/env bash
# run.sh [--deep] - set up, build and run every test. The last lines are one ctest
# summary over all builds; any failure on the way ends with a status other than 0.
#
#   release  gcc, as people use it      unit, contract, stress, command line, whole, meta, lint
#   asan     clang, ASan and UBSan      unit, contract, stress, fuzz, command line
#   tsan     gcc, ThreadSanitizer       stress
#
# So both compilers build everything with -Werror (and the lint compiles the release
# once more with clang). --deep asks the long tests for their full counts.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
    '') ;;
    --deep) export CRUX_DEEP=1 ;;
    *) echo "usage: tests/run.sh [--deep]" >&2; exit 2 ;;
esac

say() { printf '== %s\n' "$*"; }

presets=(release asan tsan)

mkdir -p build

say "packages"
.ci/setup.sh build test

say "Python environment for the data sets test: build/venv"
python=/usr/bin/python3
want=$(cat .ci/requirements.txt)
have=$(build/venv/bin/pip freeze 2>/dev/null | grep -i '^datasets==' || true)
if [ "$have" = "$want" ]; then
    echo "$want is there"
else
    rm -rf build/venv
    "$python" -m venv build/venv
    build/venv/bin/pip install --quiet --disable-pip-version-check --retries 5 -r .ci/requirements.txt
    echo "installed $want"
fi

say "Python environment for a trainer: build/consumers-trl"
tests/consumers/setup.sh trl

for preset in "${presets[@]}"; do
    say "build $preset"
    cmake --preset "$preset" >build/"$preset".log || { cat build/"$preset".log; exit 1; }
    cmake --build --preset "$preset"
done

# One list over all builds, so that there is one summary and one verdict.
mkdir -p build/all
printf 'subdirs("%s")\n' "${presets[@]/#/$PWD/build/}" >build/all/CTestTestfile.cmake

# Sanitizers of these compilers cannot map their shadow where addresses are drawn from
# more than 28 bits; then run without drawing.
calm=()
if [ "$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 28)" -gt 28 ] && setarch -R true; then
    calm=(setarch -R)
fi

say "tests"
exec ${calm[@]+"${calm[@]}"} ctest --test-dir build/all -j3 --output-on-failure --no-tests=error
