#!/usr/bin/env bash
# package.sh BUILD - what a user installs: the Debian packages that cpack makes have what they must,
# depend on what the program is linked with, and its program runs; what `cmake --install` puts
# somewhere `--target uninstall` takes away, and nothing else. With CRUX_DEEP the package is also
# installed, run and removed by apt on a fresh root (debootstrap, as root).
set -euo pipefail
build=$(cd "$1" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "package: $*" >&2; exit 1; }

# --- packages --------------------------------------------------------------------------------

(cd "$build" && cpack -B "$work/packages" >"$work/log" 2>&1) || { cat "$work/log"; fail "cpack"; }
deb=$(echo "$work"/packages/crux_*.deb)
dev=$(echo "$work"/packages/libcrux-dev_*.deb)
dpkg-deb -x "$deb" "$work/unpacked"
dpkg-deb -x "$dev" "$work/dev"
for wanted in usr/bin/crux usr/share/man/man1/crux.1 usr/share/man/man1/crux-generate.1 \
    usr/share/bash-completion/completions/crux usr/share/zsh/vendor-completions/_crux \
    usr/share/fish/vendor_completions.d/crux.fish usr/share/doc/crux/copyright; do
    [ -f "$work/unpacked/$wanted" ] || fail "the package lacks $wanted"
done
for wanted in usr/include/crux/crux.h usr/lib/libcrux.so usr/lib/libcrux.a usr/lib/pkgconfig/crux.pc \
    usr/lib/cmake/crux/crux-config.cmake; do
    found=$(cd "$work/dev" && find . -path "*${wanted#usr/lib}" | head -n 1)
    [ -n "$found" ] || fail "libcrux-dev lacks $wanted"
done
[ -z "$(cd "$work" && find unpacked dev -type f | sed 's/^[a-z]*//' | sort | uniq -d)" ] ||
    fail "a file is in both packages"
"$work/unpacked/usr/bin/crux" help >"$work/help" || fail "the packaged program does not run"
for needed in $(readelf -d "$work/unpacked/usr/bin/crux" | sed -n 's/.*NEEDED.*\[\(lib\(jansson\|curl\|sqlite3\|jemalloc\)\)\..*/\1/p'); do
    dpkg-deb -f "$deb" Depends | grep -q "$needed" || fail "the package does not depend on $needed"
done
echo "packages: $(dpkg-deb -f "$deb" Package Version Architecture | tr '\n' ' ')"

# --- put and taken away ----------------------------------------------------------------------

mkdir -p "$work/there/usr/local/share/man/man1"
echo mine >"$work/there/usr/local/share/man/man1/mine.1"
(cd "$work/there" && find . | sort) >"$work/before"
DESTDIR=$work/there cmake --install "$build" --prefix /usr/local >"$work/log" || { cat "$work/log"; fail "install"; }
[ -x "$work/there/usr/local/bin/crux" ] && [ -f "$work/there/usr/local/share/zsh/site-functions/_crux" ] ||
    fail "cmake --install puts not all of it"
DESTDIR=$work/there cmake --build "$build" --target uninstall >"$work/log" || { cat "$work/log"; fail "uninstall"; }
[ -f "$work/there/usr/local/share/man/man1/mine.1" ] || fail "uninstall takes what is not crux's"
left=$(cd "$work/there" && find . -name '*crux*' -o -type f | grep -v '/mine\.1$' || true)
[ -z "$left" ] || fail "uninstall leaves:" $left
if cmake --build "$build" --target uninstall >"$work/log" 2>&1; then fail "it removes twice"; fi
grep -q 'nothing to remove' "$work/log" || { cat "$work/log"; fail "no word on what is wrong"; }

# Nothing is built on the way, so nothing may be lacking half-way: it is said first.
mkdir "$work/empty"
sed -e "s|$build|$work/empty|g" -e '/include(.*tests\/cmake_install/d' "$build/cmake_install.cmake" >"$work/empty/cmake_install.cmake"
if DESTDIR=$work/half cmake --install "$work/empty" >"$work/log" 2>&1; then fail "it installs what is not built"; fi
grep -q 'crux_all' "$work/log" || { cat "$work/log"; fail "it does not say what to build"; }
[ ! -e "$work/half" ] || fail "it stops half-way"
echo "install and uninstall: all taken away"

# --- by apt, on a fresh root -----------------------------------------------------------------

if [ -z "${CRUX_DEEP:-}" ]; then
    exit 0
fi
[ "$(id -u)" = 0 ] || fail "only root can make a fresh root"
site=$(apt-get indextargets --format '$(SITE)' 'Codename: bookworm' | head -n 1)
root=$work/fresh
debootstrap --variant=minbase bookworm "$root" "$site" >"$work/log" 2>&1 || { tail "$work/log"; fail "debootstrap"; }
cp "$deb" "$root/crux.deb"
cp -r /etc/apt/apt.conf.d/. "$root/etc/apt/apt.conf.d/"
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
inside() { chroot "$root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
inside apt-get install -y --no-install-recommends ./crux.deb >"$work/log" 2>&1 || { tail "$work/log"; fail "apt install"; }
inside crux help | head -n 1
inside sh -c 'crux problems game24 | head -n 5 >p.jsonl && crux generate p.jsonl --store r.db --quiet && crux status --store r.db | head -n 3'
inside apt-get remove -y crux >"$work/log" 2>&1 || { tail "$work/log"; fail "apt remove"; }
left=$(inside find /usr /etc /var/lib/crux -name '*crux*' -not -path '*/dpkg/*' 2>/dev/null || true)
[ -z "$left" ] || fail "apt remove leaves:" $left
echo "apt: installed, run and removed on a fresh root"
