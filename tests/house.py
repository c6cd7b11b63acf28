#!/usr/bin/env python3
"""house.py [--show] [BUILD] - the measures of the house, and the budgets that it keeps.

    static names that several files define      below 1 % of all static functions
    assertions for each function in search/     0.5 or more
    longest function                            70 lines
    longest file                                600 lines
    exported mutable variables                  0
    first line of a .c                          says what the file is (its name and a dash)

Functions and their spans come from Universal Ctags, lines of the product only: search/,
policies/, critics/, io/, bench/. --show prints the table and every name that is defined twice.
Before it measures the project it measures a small bad tree, in which it must find each breach.
"""

import collections
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

ROOMS = ("search", "policies", "critics", "io", "bench")
BUDGET = {"twice": 1.0, "assertions": 0.5, "function": 70, "file": 600}


class House:
    """What was measured below a root."""

    def __init__(self, root, build=None):
        self.root, self.build = root, build
        self.files = sorted(path for room in ROOMS for path in (root / room).rglob("*.[ch]"))
        self.lines = {path: path.read_text("utf-8").splitlines() for path in self.files}
        self.tags = list(self.read_tags())
        functions = [tag for tag in self.tags if tag["kind"] == "function"]
        self.spans = sorted(tag["end"] - tag["line"] + 1 for tag in functions)
        self.longest = max(functions, key=lambda tag: tag["end"] - tag["line"], default=None)
        self.functions = functions

    def read_tags(self):
        done = subprocess.run(
            ["ctags", "--output-format=json", "--fields=+neKS{file}", "--languages=C",
             "--langmap=C:.c.h", "--kinds-C=fv", "-f", "-", *map(str, self.files)],
            capture_output=True, text=True, check=True)
        for line in done.stdout.splitlines():
            tag = json.loads(line)
            if tag.get("_type") == "tag" and "line" in tag:
                tag.setdefault("end", tag["line"])
                yield tag

    def statics(self):
        """Static function -> the files that define it; those of headers are one definition."""
        found = collections.defaultdict(set)
        for tag in self.functions:
            if tag.get("file") and tag["path"].endswith(".c"):
                found[tag["name"]].add(tag["path"])
        return found

    def twice(self):
        return {name: paths for name, paths in self.statics().items() if len(paths) > 1}

    def share_twice(self):
        statics = self.statics()
        return 100.0 * len(self.twice()) / max(len(statics), 1)

    def assertions(self, room):
        """Assertions for each function of a room."""
        lines = [line for path, text in self.lines.items()
                 if path.is_relative_to(self.root / room) for line in text]
        functions = sum(pathlib.Path(tag["path"]).is_relative_to(self.root / room)
                        for tag in self.functions)
        count = sum(len(re.findall(r"\b(?:_Static_)?assert\(", line, re.I)) for line in lines)
        return count / max(functions, 1)

    def globals(self):
        """Variables that another file could change: writable symbols of the build's objects."""
        for path in sorted(self.build.glob("CMakeFiles/crux_*.dir/**/*.c.o")) if self.build else ():
            done = subprocess.run(["nm", "--format=sysv", "--extern-only", "--defined-only", path],
                                  capture_output=True, text=True, check=True)
            for line in done.stdout.splitlines():
                words = [word.strip() for word in line.split("|")]
                if len(words) == 7 and words[3] == "OBJECT" and words[6] in (".data", ".bss", "*COM*"):
                    yield f"{str(path).split('.dir/')[1].removesuffix('.o')}: {words[0]}"

    def breaches(self):
        share = self.share_twice()
        if share >= BUDGET["twice"]:
            yield f"{share:.1f} % of the static names are defined in several files"
        ratio = self.assertions("search")
        if ratio < BUDGET["assertions"]:
            yield f"search/ has {ratio:.2f} assertions for each function"
        for tag in self.functions:
            if tag["end"] - tag["line"] + 1 > BUDGET["function"]:
                yield f"{tag['path']}:{tag['line']}: {tag['name']}() is too long"
        for path, text in self.lines.items():
            if len(text) > BUDGET["file"]:
                yield f"{path}: {len(text)} lines"
            first = next((line for line in text[:2] if line.strip(" /*")), "")
            if path.suffix == ".c" and not re.search(rf"\b{re.escape(path.name)} - \S", first):
                yield f"{path}:1: does not say what the file is"
        for name in self.globals():
            yield f"{name} can be changed by every file"

    def show(self):
        spans = self.spans
        print(f"functions           {len(spans)}")
        print(f"function median     {statistics.median(spans):.0f}")
        print(f"function p95        {spans[int(len(spans) * 0.95)]}")
        print(f"longest             {spans[-1]} ({self.longest['name']})")
        lengths = sorted(len(text) for text in self.lines.values())
        print(f"lines per file      median {statistics.median(lengths):.0f}, "
              f"p95 {lengths[int(len(lengths) * 0.95)]}, longest {lengths[-1]}")
        for room in ROOMS:
            print(f"assertions/function {self.assertions(room):.2f} in {room}/")
        statics = self.statics()
        print(f"static names        {len(statics)}, {len(self.twice())} of them in several files: "
              f"{self.share_twice():.1f} %")
        for name, paths in sorted(self.twice().items()):
            print(f"    {name}: {', '.join(str(pathlib.Path(p).relative_to(self.root)) for p in sorted(paths))}")


BAD = {
    "search/a.c": "/*\n * a.c - one.\n */\nstatic int twice(void)\n{\n    return 1;\n}\n",
    "search/b.c": "int x(void);\nstatic int twice(void)\n{\n" + "    x();\n" * 70 + "    return 1;\n}\n",
    "io/long.c": "/* long.c - lines. */\n" + "\n" * 600,
}
WORDS = ("defined in several files", "assertions for each", "is too long", "601 lines",
         "does not say what")


def insist_it_can_fail():
    with tempfile.TemporaryDirectory(prefix="crux-house-") as folder:
        root = pathlib.Path(folder)
        for name, text in BAD.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        found = "\n".join(House(root).breaches())
        missed = [words for words in WORDS if words not in found]
        for words in missed:
            print(f"house: overlooked in the bad tree: {words}")
        return not missed


def main():
    words = sys.argv[1:]
    show = "--show" in words
    rest = [word for word in words if word != "--show"]
    root = pathlib.Path(__file__).resolve().parent.parent
    if not insist_it_can_fail():
        return 1
    house = House(root, pathlib.Path(rest[0]) if rest else None)
    if show:
        house.show()
    breaches = list(house.breaches())
    for sentence in breaches:
        print(sentence)
    print(f"house: {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
