#!/usr/bin/env python3
"""layers.py - who may include whom, held.

A folder is a room, entered by the header of its name; what lies in io/ itself is the ground
floor, which includes no room. ARROWS below says for each folder what it may include: search/
nobody; policies/, critics/ the ground floor, the faces of io's rooms and what speaks a model
server's protocol (io/chat/) or asks services of JSON (io/service/); io/cli/ also bench/bench.h;
examples/ installed headers only. SQL is spoken in io/store/ and io/corpus/ alone.

One file a foreign library, so that a library can be changed in one place; only tests look
past it. No
atomic_thread_fence: ThreadSanitizer does not follow it. Nor is a sanitizer made to look
away, by an attribute, a hook or a list. An include of ours is written with its full path
from the root. Breaches are named by file and line.

Before it looks at the real tree it looks at a bad one, in which it must find every breach.
"""

import pathlib
import re
import sys
import tempfile

# The face of a room in io/ is the header of the folder's name; what lies in io/ itself is
# the ground floor.
CORE = r"search/crux\.h"
PUBLIC = (
    r"search/crux\.h|search/crux_steer\.h|policies/crux_policies\.h|critics/crux_critics\.h|io/crux_io\.h"
)
GROUND = rf"{CORE}|io/[^/]+"
FACES = r"io/(http/http|ledger/ledger|served/served|process/process|sandbox/sandbox|backends/backends|store/store|views/view|corpus/corpus|page/page|control/control)\.h"
OUTSIDE = rf"{GROUND}|io/(chat|service)/.+|{FACES}"

# The first row whose folder fits a file says what the file may include of ours.
ARROWS = (
    ("search/tree/", rf"{CORE}|search/rng\.h|search/tree/.+"),
    ("search/", r"search/.+"),
    ("policies/numbers", rf"{OUTSIDE}|policies/.+|critics/numbers/(rules|text)\.h"),
    ("policies/", rf"{OUTSIDE}|policies/.+"),
    ("critics/", rf"{OUTSIDE}|critics/.+"),
    ("io/http/", rf"{GROUND}|io/http/.+"),
    ("io/chat/", rf"{GROUND}|io/chat/.+|io/(http/http|served/served)\.h"),
    ("io/ledger/", rf"{GROUND}|io/ledger/.+|io/store/store\.h"),
    ("io/served/", rf"{GROUND}|io/served/.+|io/(http/http|ledger/ledger|process/process|sandbox/sandbox)\.h"),
    ("io/backends/", rf"{GROUND}|io/backends/.+|io/ledger/cost\.h|io/(ledger/ledger|served/served|store/store)\.h"),
    ("io/service/", rf"{GROUND}|io/service/.+|io/(served/served|backends/backends)\.h"),
    ("io/process/", rf"{GROUND}|io/process/.+"),
    ("io/store/", rf"{GROUND}|io/store/.+"),
    ("io/corpus/", rf"{GROUND}|io/corpus/.+"),
    ("io/views/", rf"{GROUND}|io/views/.+|io/page/page\.h"),
    ("io/passes/", rf"{PUBLIC}|{GROUND}|{FACES}|io/passes/.+"),
    ("io/control/", rf"{GROUND}|io/control/.+"),
    ("io/page/", rf"{GROUND}|io/page/.+"),
    ("io/sandbox/", rf"{GROUND}|io/sandbox/.+"),
    ("io/cli/", rf"{PUBLIC}|{GROUND}|{FACES}|io/ledger/cost\.h|io/passes/[a-z]+\.h|io/views/html(_list|_text)?\.h|bench/bench\.h|io/cli/.+"),
    ("io/", GROUND),
    ("tests/", r".+"),
    ("bench/", r".+"),
    ("examples/", r"(?!)"),
)

# A header of the ground floor that is not for everybody, and who may include it besides tests.
KEPT = {
    "io/sqlite.h": ("io/sqlite.c", "io/sqlite_row.", "io/store/", "io/corpus/"),
    "io/sqlite_row.h": ("io/sqlite_row.c", "io/store/"),
    "critics/match/big.h": ("critics/match/big.c", "critics/match/precise.c"),
}

# Who alone, besides tests, may include a foreign library's headers.
OWNERS = (
    (r"jansson.*\.h", "io/json.c"),
    (r"msgpack.*\.h|msgpack/.+", "io/store/pack.c"),
    (r"zstd.*\.h", "io/store/frame.c or io/http/coding.c or io/zstd_pack.c"),
    (r"zlib\.h|brotli/.+", "io/http/coding.c"),
    (r"sqlite3.*\.h", "io/sqlite.c or io/sqlite_row.c or io/expression.c or io/index_words.c"),
    (r"xxhash\.h", "io/seal.c"),
    (r"yaml\.h", "io/config.c"),
    (r"(sha\d*|md\d+|rmd160)\.h", "io/hash.c"),
    (r"curl/.+", "io/http/transfers.c"),
    (r"(mpc|mpfr|gmp)\.h", "critics/match/big.h"),
    (r"linear\.h", "critics/linear/fit.c"),
    (r"seccomp\.h", "io/sandbox/filter.c"),
    (r"microhttpd\.h", "io/cli/watch/server.c"),
    (r"jemalloc/.+", "nobody"),
    (r"criterion/.+", "tests/"),
)

INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)')
FENCE = re.compile(r"\batomic_(?:thread|signal)_fence\b")

# How one would silence a sanitizer: in C, in what builds and starts the tests, in a file.
SILENCER = re.compile(r"no_sanitize|disable_sanitizer|__[a-z]+san_default_|suppressions\s*=")
STARTERS = ("CMakeLists.txt", "CMakePresets.json", "tests/*.txt", "tests/*.sh", "tests/*.py", ".ci/*")
LISTS = re.compile(r"(?i)suppress|\.supp$")


def breach_of_ours(root, name, included):
    allowed = next((pattern for folder, pattern in ARROWS if name.startswith(folder)), None)
    if allowed is None:
        return "lies in no folder that the arrows know"
    if not re.fullmatch(allowed, included):
        return f"must not include {included}"
    if included in KEPT and not name.startswith((*KEPT[included], "tests/")):
        return f"must not include {included}, which is for {' and '.join(KEPT[included])}"
    if not (root / included).is_file():
        return f"includes {included}, which is no path from the root"
    return None


def breach_of_foreign(name, included):
    for pattern, owner in OWNERS:
        if re.fullmatch(pattern, included) and not name.startswith((*owner.split(" or "), "tests/")):
            return f"includes <{included}>, which belongs to {owner} alone"
    return None


def silencers(root):
    """Every place that tells a sanitizer to look away, outside of C."""
    paths = [path for pattern in STARTERS for path in root.glob(pattern) if path.is_file()]
    for path in sorted(paths):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if SILENCER.search(line) and path.name != "layers.py":
                yield str(path.relative_to(root)), number, "silences a sanitizer"
    for folder in ("search", "io", "policies", "critics", "tests", ".ci"):
        for path in sorted((root / folder).rglob("*")):
            if LISTS.search(path.name):
                yield str(path.relative_to(root)), 1, "is a list of what a sanitizer shall not see"


def breaches(root):
    """Every (file, line, sentence) in the tree below root."""
    yield from silencers(root)
    for folder in dict.fromkeys(prefix.split("/")[0] for prefix, _ in ARROWS):
        for path in sorted((root / folder).rglob("*.[ch]")):
            name = str(path.relative_to(root))
            for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
                if FENCE.search(line):
                    yield name, number, "uses a fence"
                if SILENCER.search(line):
                    yield name, number, "silences a sanitizer"
                found = INCLUDE.match(line)
                if found:
                    ours, foreign = found.groups()
                    sentence = (
                        breach_of_ours(root, name, ours)
                        if ours
                        else breach_of_foreign(name, foreign)
                    )
                    if sentence:
                        yield name, number, sentence


# A small tree: file to lines. A line that ends in BAD is a breach.
BAD = "/* breach */"
BAD_TREE = {
    "search/crux.h": ["#include <stdint.h>"],
    "search/rng.h": ['#include "search/crux.h"'],
    "search/lane.h": ['#include "search/tree/tree.h"', f'#include "io/json.h" {BAD}'],
    "search/tree/tree.h": [
        '#include "search/rng.h"',
        f'#include "search/lane.h" {BAD}',
        f'#include "crux.h" {BAD}',
    ],
    "search/tree/tree.c": [
        '#include "search/tree/tree.h"',
        "int x;",
        f"    atomic_thread_fence(0); {BAD}",
    ],
    "search/tree/arena.c": [f'__attribute__((no_sanitize("thread"))) static int x; {BAD}'],
    "policies/numbers/numbers.c": ['#include "critics/numbers/rules.h"', '#include "io/json.h"'],
    "policies/chat/chat.c": [
        '#include "io/chat/prompt.h"',
        '#include "io/served/served.h"',
        f'#include "io/served/flight.h" {BAD}',
        f'#include "critics/numbers/rules.h" {BAD}',
        f'#include "search/tree/tree.h" {BAD}',
    ],
    "critics/numbers/rules.h": ['#include "search/crux.h"'],
    "critics/run.c": [
        f'# include "policies/chat/chat.h" {BAD}',
        f'#include "io/cli/options/options.h" {BAD}',
    ],
    "io/json.h": ['#include "search/crux.h"', f"#include <jansson.h> {BAD}"],
    "io/json.c": [
        "#include <jansson.h>",
        f'#include "search/tree/tree.h" {BAD}',
        f'#include "io/http/http.h" {BAD}',
    ],
    "io/sqlite.c": ["#include <sqlite3.h>", f'#include "io/cli/options/options.h" {BAD}'],
    "io/sqlite.h": ['#include "search/crux.h"'],
    "io/store/store.h": ['#include "io/json.h"'],
    "io/store/tables.h": ['#include "io/sqlite.h"'],
    "io/ledger/cost.c": ['#include "io/store/store.h"', f'#include "io/sqlite.h" {BAD}'],
    "io/account.c": [f'#include "io/sqlite.h" {BAD}'],
    "io/corpus/corpus.h": ['#include "io/hash.h"'],
    "io/corpus/search.c": ['#include "io/sqlite.h"', f'#include "io/store/store.h" {BAD}'],
    "io/hash.h": [],
    "policies/retrieve/pool.c": ['#include "io/corpus/corpus.h"', f'#include "io/sqlite.h" {BAD}'],
    "io/store/pack.c": ["#include <msgpack.h>", f"#include <zstd.h> {BAD}", f"#include <sqlite3.h> {BAD}"],
    "io/store/frame.c": ["#include <zstd.h>", f"#include <msgpack.h> {BAD}"],
    "io/http/http.h": ['#include "search/crux.h"'],
    "io/http/coding.c": ["#include <zlib.h>", "#include <zstd.h>", f"#include <msgpack.h> {BAD}"],
    "io/http/proxy.c": [f"#include <zstd.h> {BAD}"],
    "io/http/transfers.c": ["#include <curl/curl.h>", f'#include "io/ledger/ledger.h" {BAD}'],
    "io/chat/prompt.h": ['#include "io/served/served.h"', f'#include "io/backends/backends.h" {BAD}'],
    "io/backends/backends.h": ['#include "io/ledger/cost.h"', f'#include "io/served/flight.h" {BAD}'],
    "io/ledger/cost.h": [],
    "io/ledger/ledger.h": ['#include "io/store/store.h"', f'#include "io/http/http.h" {BAD}'],
    "io/served/served.h": ['#include "io/ledger/ledger.h"', f'#include "io/ledger/keys.h" {BAD}'],
    "io/served/program.c": ['#include "io/process/process.h"', f'#include "io/process/child.h" {BAD}'],
    "io/served/flight.h": ['#include "io/http/http.h"', f'#include "io/chat/prompt.h" {BAD}'],
    "io/process/process.h": [f'#include "io/http/http.h" {BAD}', f'#include "io/ledger/ledger.h" {BAD}'],
    "io/views/view.h": [f'#include "io/store/store.h" {BAD}'],
    "io/passes/locate.c": ['#include "critics/crux_critics.h"', f'#include "io/chat/prompt.h" {BAD}'],
    "io/views/html.h": ['#include "io/page/page.h"', f'#include "io/http/http.h" {BAD}'],
    "io/page/page.h": ['#include "search/crux.h"'],
    "io/page/page.c": ['#include "io/json.h"', f'#include "io/views/view.h" {BAD}'],
    "io/sandbox/jail.c": [f'#include "io/process/process.h" {BAD}', f"#include <seccomp.h> {BAD}"],
    "io/cli/options/options.h": ['#include "search/crux.h"'],
    "io/cli/watch/server.c": ["#include <microhttpd.h>", '#include "io/views/html.h"'],
    "io/cli/watch.c": [f"#include <microhttpd.h> {BAD}"],
    "io/cli/main.c": [
        '#include "io/cli/options/options.h"',
        '#include "bench/bench.h"',
        f'#include "bench/probe.h" {BAD}',
        f'#include "io/chat/prompt.h" {BAD}',
        f'#include "search/tree/tree.h" {BAD}',
        f"#include <yaml.h> {BAD}",
    ],
    "critics/crux_critics.h": ['#include "search/crux.h"'],
    "tests/stress_tree.c": [f"const char *__tsan_default_suppressions(void); {BAD}"],
    "tests/CMakeLists.txt": [f'ENVIRONMENT "TSAN_OPTIONS=suppressions=races" {BAD}'],
    "tests/tsan.supp": [f"race:tree_select {BAD}"],
    "tests/test_tree.c": ["#include <criterion/criterion.h>", "#include <zstd.h>"],
    "bench/bench.h": ['#include "io/cli/options/options.h"'],
    "bench/probe.h": ['#include "search/crux.h"'],
    "bench/bench_tree.c": [
        '#include "search/tree/tree.h"',
        f"#include <sha2.h> {BAD}",
        f'#include "search/gone.h" {BAD}',
    ],
    "examples/own.c": ["#include <crux/crux.h>", f'#include "search/crux.h" {BAD}'],
}


def insist_it_can_fail():
    with tempfile.TemporaryDirectory(prefix="crux-layers-") as folder:
        root = pathlib.Path(folder)
        planted = set()
        for name, lines in BAD_TREE.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("\n".join(lines) + "\n", encoding="utf-8")
            planted |= {(name, i) for i, line in enumerate(lines, 1) if line.endswith(BAD)}
        found = {(name, number) for name, number, _ in breaches(root)}
        for name, number in sorted(planted ^ found):
            missed = "overlooked" if (name, number) in planted else "taken for a breach"
            print(f"layers: in the bad tree {name}:{number} was {missed}")
        return planted == found


def main():
    if not insist_it_can_fail():
        return 1
    found = list(breaches(pathlib.Path(__file__).resolve().parent.parent))
    for name, number, sentence in found:
        print(f"{name}:{number}: {sentence}")
    print(f"layers: {len(found)} breaches")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
