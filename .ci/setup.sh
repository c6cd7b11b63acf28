#!/usr/bin/env bash
# setup.sh [build] [test] - install the Debian packages of these sections of
# .ci/packages (both when none is named) that are not there yet. As root, or
# through sudo. Asks the network only when something is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

sections=${*:-build test}

wanted() {
    awk -v sections=" $sections " '
        { sub(/#.*/, "") }
        /^\[/ { gsub(/[][ ]/, ""); take = index(sections, " " $0 " "); next }
        take && NF { print $1 }' .ci/packages
}

missing() {
    local package
    for package in $(wanted); do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' ||
            printf '%s ' "$package"
    done
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "setup: not root, and there is no sudo: install these packages first: $lacking" >&2
        return 2
    fi
}

apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q \
        -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300 "$@"
}

if [ -z "$(wanted)" ]; then
    echo "setup: no such section in .ci/packages: $sections" >&2
    exit 2
fi
lacking=$(missing)
if [ -z "$lacking" ]; then
    echo "setup: all packages for $sections are there"
    exit 0
fi
echo "setup: installing for $sections: $lacking"
for attempt in 1 2 3; do
    # shellcheck disable=SC2086 # a list of words
    if apt update && apt install -y --no-install-recommends $lacking; then
        echo "setup: done"
        exit 0
    fi
    echo "setup: attempt $attempt failed" >&2
    sleep $((attempt * 5))
done
echo "setup: could not install: $lacking" >&2
exit 2
