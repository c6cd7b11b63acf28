#!/usr/bin/env python3
"""python_wheel.py PROGRAM - the wheel of examples/python in an empty environment: one wheel for every Python 3, the program
in its scripts, nothing left in the sources; the quickstart's job from the README's lines, as they stand there; and a
reader of stores from the code of io/store/FORMAT.md with the packages that it names. The program is this one; with
CRUX_DEEP pip builds it, too. The Python that runs this must have pip, which fetches scikit-build-core."""

import glob
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from support import DEEP, insist, main

ROOT = pathlib.Path(__file__).resolve().parents[1]
HOME = ROOT / "examples" / "python"
# Nothing of how this test was started may help: no program on the way, no module.
EMPTY = {key: value for key, value in os.environ.items() if key not in ("CRUX", "PYTHONPATH")}


def run(*words, **how):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False, env=EMPTY, **how)
    insist(done.returncode == 0, f"{words}: {done.returncode}\n{done.stdout[-1500:]}\n{done.stderr[-1500:]}")
    return done.stdout


def sources():
    """What lies in the folders that pip builds from."""
    return sorted(str(path) for path in HOME.rglob("*")) + sorted(str(path) for path in ROOT.iterdir())


def pip(*words):
    return run(sys.executable, "-m", "pip", *words)


def wheel_of(work, *words):
    """The one wheel that pip makes."""
    folder = work / f"wheel{len(list(work.iterdir()))}"
    pip("wheel", "--quiet", "--no-deps", "--wheel-dir", folder, HOME, *words)
    wheels = [pathlib.Path(name) for name in glob.glob(f"{folder}/*")]
    insist(len(wheels) == 1 and re.fullmatch(r"crux-[0-9.]+-py3-none-linux_\w+\.whl", wheels[0].name), f"{wheels}")
    return wheels[0]


def installed(work, wheel):
    """The Python of a new environment that has the wheel and nothing else."""
    run("/usr/bin/python3", "-m", "venv", "--without-pip", work / "empty")
    python = work / "empty" / "bin" / "python"
    pip("--python", python, "install", "--quiet", "--no-index", wheel)
    where = run(python, "-c", "import crux; print(crux.program(), crux.version(), crux.__file__, sep='\\n')", cwd=work)
    program, version, module = where.splitlines()
    insist(program == str(work / "empty" / "bin" / "crux") and module.startswith(str(work / "empty")), where)
    insist(f"-{version}-" in wheel.name, f"{wheel} has version {version}")
    insist(run(program, "--version") == f"crux {version}\n", where)
    return python


def code_of(path, first):
    """The block of Python that begins so."""
    found = re.search(rf"^```python\n({re.escape(first)}.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    insist(found, f"{path}: no block begins with {first}")
    return found[1]


def quickstart(work, python):
    """The README's lines: 200 puzzles searched, their pairs read."""
    lines = code_of(HOME / "README.md", "import json, subprocess\n")
    insist(lines == code_of(ROOT / "README.md", "import json, subprocess\n"), "the two READMEs differ")
    insist(len(lines.splitlines()) <= 10, "ten lines")
    said = run(python, "-c", lines, cwd=work).splitlines()
    states = [line for line in said if line.startswith("{'waiting'")]
    insist("'waiting': 0, 'finished': 200" in states[-1], f"the last status: {states[-1]}")
    pairs = len(said) - len(states)
    insist(f" {pairs} pairs" in states[-1] and pairs > 200, f"{pairs} pairs are read, status says {states[-1]}")


def format_read(work, python):
    """The page's code with the real packages: what it reads of that run is what the program shows."""
    pip("--python", python, "install", "--quiet", "msgpack", "xxhash", "zstandard")
    code = code_of(ROOT / "io" / "store" / "FORMAT.md", "import os, sqlite3\n")
    more = "import json\nfor id, line, tree in trees('run.db'): print(json.dumps([id, [n['text'] for n in tree['nodes']]]))\n"
    more += "assert not list(damaged('run.db', 'tree'))\n"
    said = [json.loads(line) for line in run(python, "-c", code + more, cwd=work).splitlines()]
    shown = run(work / "empty" / "bin" / "crux", "export", "--store", "run.db", "--view", "trees", "--to", "-", cwd=work)
    rows = [json.loads(line) for line in shown.splitlines()]
    insist(said == [[row["problem_id"], [node["text"] for node in row["nodes"]]] for row in rows], "the page reads other trees")
    insist(len(rows) == 200, f"{len(rows)} trees")


def test(program):
    before = sources()
    with tempfile.TemporaryDirectory(prefix="crux-wheel-") as folder:
        work = pathlib.Path(folder)
        wheel = wheel_of(work, "--config-settings", f"cmake.define.CRUX_PROGRAM={program}")
        if DEEP:
            wheel = wheel_of(work)
        python = installed(work, wheel)
        quickstart(work, python)
        format_read(work, python)
        print(f"{wheel.name}, {wheel.stat().st_size} bytes")
    insist(sources() == before, f"left in the sources: {set(sources()) ^ set(before)}")


main(test)
