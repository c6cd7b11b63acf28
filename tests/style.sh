#!/usr/bin/env bash
# style.sh - every C file is as clang-format writes it.
cd "$(dirname "$0")/.." || exit 2
find search policies critics io tests bench examples -name '*.[ch]' -print0 |
    xargs -0 clang-format-14 --dry-run -Werror
