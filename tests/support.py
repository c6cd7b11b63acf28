"""support.py - what the Python tests share: running crux beside a fake server and comparing folders."""

import concurrent.futures
import contextlib
import os
import pathlib
import subprocess
import sys

DEEP = os.environ.get("CRUX_DEEP") == "1"


# Where a flush to the disk costs nothing: for tests of kills, which a disk outlives.
QUICK = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


class Failed(Exception):
    """A promise was not kept; the text says which."""


def insist(truth, sentence):
    if not truth:
        raise Failed(sentence)


def main(test):
    """Run test(program) and make an exit status and a sentence of what it raises."""
    try:
        test(str(pathlib.Path(sys.argv[1]).resolve()))
    except Failed as failure:
        print(f"FAILED: {failure}", flush=True)
        sys.exit(1)


def crux(program, *words, status=0):
    """Run crux to its end, insist on its exit status, and return its standard output."""
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    if done.returncode != status:
        raise Failed(
            f"crux {' '.join(map(str, words))}\n  exit status {done.returncode}, not {status}:\n"
            f"{done.stderr[-2000:]}"
        )
    return done.stdout


@contextlib.contextmanager
def served_by(*words, errors=None, **environment):
    """A server that says its address first and lives as long as its standard input: its API's address."""
    with subprocess.Popen([*map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                          text=True, env={**os.environ, **environment}) as process:
        try:
            yield process.stdout.readline().strip() + "/v1"
        finally:
            process.stdin.close()


def model_server(program, *words, log=None, **environment):
    """The fake server, as served_by() has it; log is emptied and gets a line for each request."""
    if log is not None:
        log.write_text("", encoding="utf-8")
        words = ["--log", log, *words]
    return served_by(program, "--leash", "stdin", *words, **environment)


def side_by_side(calls, most=3):
    """Calls that mostly wait, so many at a time; the first failure is raised when all have ended."""
    with concurrent.futures.ThreadPoolExecutor(most) as pool:
        return [done.result() for done in [pool.submit(*call) for call in calls]]


def puzzles(program, path, count):
    """Write count puzzles, spread evenly over all of game24, to path."""
    lines = crux(program, "problems", "game24").splitlines(keepends=True)
    step = len(lines) / count
    path.write_text("".join(lines[int(i * step)] for i in range(count)), encoding="utf-8")
    return path


def contents(folder):
    """Every file below folder, by its relative path."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def insist_same(left, right, when):
    """Two folders hold the same files with the same bytes."""
    one, two = contents(left), contents(right)
    if not one:
        raise Failed(f"{when}: {left} is empty")
    for name in sorted(one.keys() | two.keys()):
        if one.get(name) != two.get(name):
            raise Failed(f"{when}: {name} differs or is in one folder only")
