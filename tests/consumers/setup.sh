#!/usr/bin/env bash
# setup.sh ENV - a Python environment for a consumer: build/consumers-ENV, with what
# .ci/requirements-ENV.txt names, in that order, one package at a time. What stands there behind
# [alone] comes without what it asks for, whatever Python it wants. An environment that is there and
# was made from the same list is kept; one that is half made is made again.
set -euo pipefail
cd "$(dirname "$0")/../.."

list=.ci/requirements-${1:?usage: setup.sh ENV}.txt
venv=build/consumers-$1
if [ ! -f "$list" ]; then
    echo "setup: there is no $list" >&2
    exit 2
fi
if cmp -s "$list" "$venv/made-from"; then
    echo "$venv is there"
    exit 0
fi
rm -rf "$venv"
mkdir -p build
/usr/bin/python3 -m venv "$venv"
how=(--quiet --disable-pip-version-check --retries 5)
while read -r package; do
    case "$package" in
        '' | '#'*) ;;
        '[alone]') how+=(--no-deps --ignore-requires-python) ;;
        *) "$venv/bin/python" -m pip install "${how[@]}" "$package" ;;
    esac
done <"$list"
cp "$list" "$venv/made-from"
echo "made $venv"
