#!/usr/bin/env python3
"""circles.py BUILD - calls go down, by the linker's word.

Which file needs which is read from the objects of a build with nm: a file needs another if it
uses a name, of a function or of data, that the other defines. Files that need each other, directly
or by a chain of others, are a circle: nobody understands one of them alone. Names in C mislead
(two files may have static functions of one name, and a port's callback calls upward by intent);
the linker is not misled.

Two circles are meant. The grammar of answers in critics/match/ is recursive: a bracket holds an
expression. The help prints the table of commands in which it stands, for eyes, man(1) and shells.

Before it looks at the build it compiles a circle of two files, which it must find.
"""

import collections
import pathlib
import subprocess
import sys
import tempfile

# A circle is allowed whose files all fit one of these: a folder, or files by name.
MEANT = (("critics/match/",),
         tuple(f"io/cli/{name}.c" for name in ("commands", "help", "manual", "completion")))

DEFINED = "TDBRVWC"  # kinds of nm: functions and data that other files may use
NEEDED = "Uw"


def names_of(path):
    """What an object defines and what it needs: two sets of names."""
    defined, needed = set(), set()
    lines = subprocess.run(["nm", path], capture_output=True, text=True, check=True).stdout
    for line in lines.splitlines():
        *_, kind, name = line.split()
        if kind in DEFINED:
            defined.add(name)
        elif kind in NEEDED:
            needed.add(name)
    return defined, needed


def calls(objects):
    """{file: {file it needs: names}} of {file: its object}."""
    names = {file: names_of(path) for file, path in objects.items()}
    owner = {name: file for file, (defined, _) in names.items() for name in defined}
    graph = {file: collections.defaultdict(list) for file in objects}
    for file, (_, needed) in names.items():
        for name in sorted(needed & owner.keys()):
            if owner[name] != file:
                graph[file][owner[name]].append(name)
    return graph


def reached(graph, start):
    """All files to which a chain of needs leads from start."""
    seen, waiting = set(), [start]
    while waiting:
        for file in graph[waiting.pop()]:
            if file not in seen:
                seen.add(file)
                waiting.append(file)
    return seen


def circles(graph):
    """Every circle, as a sorted tuple of its files."""
    ways = {file: reached(graph, file) for file in graph}
    return sorted(
        {tuple(sorted(b for b in ways[a] if a in ways[b])) for a in graph if a in ways[a]}
    )


def is_meant(circle):
    return any(all(file.startswith(folders) for file in circle) for folders in MEANT)


def objects_of(build):
    """The product's objects, by the path of their source, as long as there is one."""
    root = pathlib.Path(__file__).resolve().parent.parent
    found = {}
    for folder in sorted(pathlib.Path(build, "CMakeFiles").glob("crux_*.dir")):
        for path in sorted(folder.rglob("*.c.o")):
            source = str(path.relative_to(folder)).removesuffix(".o")
            if (root / source).is_file():
                found[source] = path
    return found


PLANTED = {
    "above.c": "int below(void); int above(void) { return below() + 1; }",
    "below.c": "int beside(void); int below(void) { return beside(); }",
    "beside.c": "int above(void); int beside(void) { return above(); }",
    "alone.c": "int above(void); static int below(void) { return 1; }"
    " int alone(void) { return above() + below(); }",
}


def insist_it_can_fail():
    """Of four files three call each other in a circle; the fourth only has a namesake in it."""
    with tempfile.TemporaryDirectory(prefix="crux-circles-") as folder:
        objects = {}
        for name, text in PLANTED.items():
            source = pathlib.Path(folder, name)
            source.write_text(text + "\n", encoding="utf-8")
            objects[name] = source.with_suffix(".o")
            subprocess.run(["cc", "-O0", "-c", source, "-o", objects[name]], check=True)
        found = circles(calls(objects))
    if found == [("above.c", "below.c", "beside.c")]:
        return True
    print(f"circles: a planted circle was overlooked, or more was found: {found}")
    return False


def main():
    if len(sys.argv) != 2 or not insist_it_can_fail():
        return 2
    objects = objects_of(sys.argv[1])
    if not objects:
        print(f"circles: {sys.argv[1]} has no objects")
        return 2
    graph = calls(objects)
    bad = [circle for circle in circles(graph) if not is_meant(circle)]
    for circle in bad:
        print("circle:", *circle)
        for a in circle:
            for b in circle:
                if b in graph[a]:
                    print(f"    {a} needs {b}: {', '.join(graph[a][b])}")
    print(f"circles: {len(bad)} among {len(objects)} files")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
