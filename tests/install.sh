#!/usr/bin/env bash
# install.sh BUILD - what is installed is enough: a program that knows nothing but the
# installed headers is built with pkg-config and with find_package, against the shared
# and the static library, and finds its answer. The installed tree is moved first, so
# nothing in it remembers where it was made. A second program solves questions on a model
# server, is killed, and pays for nothing twice. Neither library shows a name that is not
# crux's own, and the installed headers are C++ too, as far as a compiler is there.
set -euo pipefail
build=$(cd "$1" && pwd)
example=$(cd "$(dirname "$0")/../examples/embed" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "install: $*" >&2; exit 1; }

cmake --install "$build" --prefix "$work/first" >"$work/log" || { cat "$work/log"; exit 1; }
mv "$work/first" "$work/usr"
lib=$(dirname "$(find "$work/usr" -name libcrux.a)")
export LD_LIBRARY_PATH=$lib PKG_CONFIG_PATH=$lib/pkgconfig

[ "$("$work/usr/bin/crux" --version)" = "crux $(pkg-config --modversion crux)" ] ||
    fail "the program and pkg-config disagree about the version"

insist_answer() {
    "$1" >"$work/out" || fail "$2: the program failed"
    grep -q '^verdict: right, reward 1.000' "$work/out" || { cat "$work/out"; fail "$2: no right answer"; }
    echo "$2: $(head -n 1 "$work/out")"
}

insist_link() { # PROGRAM yes|no: does it need libcrux.so?
    local needs=no
    if readelf -d "$1" | grep -q 'NEEDED.*libcrux\.so\.0'; then needs=yes; fi
    [ "$needs" = "$2" ] || fail "$1 is linked with the wrong library"
}

strict=(-std=c11 -Wall -Wextra -Wconversion -Wshadow -Wpedantic -Werror)
read -ra shared < <(pkg-config --cflags --libs crux)
read -ra static < <(pkg-config --cflags --libs --static crux | sed 's/-lcrux/-l:libcrux.a/')
cc "${strict[@]}" "$example/embed.c" "${shared[@]}" -o "$work/shared"
cc "${strict[@]}" "$example/embed.c" "${static[@]}" -o "$work/static"
insist_link "$work/shared" yes
insist_link "$work/static" no
insist_answer "$work/shared" "pkg-config, shared"
insist_answer "$work/static" "pkg-config, static"

cmake -G Ninja -S "$example" -B "$work/cmake" -DCMAKE_PREFIX_PATH="$work/usr" >"$work/log" 2>&1 &&
    cmake --build "$work/cmake" >>"$work/log" 2>&1 || { cat "$work/log"; fail "find_package"; }
insist_link "$work/cmake/embed" yes
insist_link "$work/cmake/embed_static" no
insist_answer "$work/cmake/embed" "find_package, shared"
insist_answer "$work/cmake/embed_static" "find_package, static"

python3 "$(dirname "$0")/embed_served.py" "$work/cmake/served" "$build/tests/model_server" ||
    fail "a served model from a program of one's own"

strange=$({ nm -D --defined-only "$lib/libcrux.so"; nm -g --defined-only "$lib/libcrux.a"; } |
    awk 'NF == 3 && $3 !~ /^crux_/ { print $3 }')
[ -z "$strange" ] || fail "names that are not crux's own are exported:" $strange

for header in "$work"/usr/include/crux/*.h; do
    printf '#include <crux/%s>\nint main(void) { return 0; }\n' "$(basename "$header")" >"$work/alone.c"
    cc "${strict[@]}" -I"$work/usr/include" -fsyntax-only "$work/alone.c"
    if command -v c++ >/dev/null; then
        c++ -x c++ -I"$work/usr/include" -fsyntax-only "$work/alone.c"
    fi
done
echo "install: all good"
