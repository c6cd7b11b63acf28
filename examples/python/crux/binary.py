"""binary.py - the program `crux`: where it is, its words, and its rows of JSON as an iterator."""

import functools
import json
import os
import pathlib
import shutil
import subprocess
import sysconfig
import tempfile

EXITS = {2: "options", 3: "input", 4: "store", 5: "limit", 6: "some failed", 130: "interrupted"}


class Error(Exception):
    """What the program has said when it ended, and its exit status (None: it could not be started).

    1 a check failed, 2 options, 3 input, 4 store, 5 a limit was reached, 6 some problems failed or are lacking,
    130 interrupted; below 0: the number of the signal that ended it."""

    def __init__(self, sentence, exit=None):
        super().__init__(sentence)
        self.exit = exit


def _installed():
    """Where a wheel may have put it: the scripts of this environment, of this user, and of `pip --target`."""
    schemes = [sysconfig.get_path("scripts")]
    if f"{os.name}_user" in sysconfig.get_scheme_names():
        schemes.append(sysconfig.get_path("scripts", f"{os.name}_user"))
    schemes.append(pathlib.Path(__file__).resolve().parent.parent / "bin")
    return [pathlib.Path(folder) / "crux" for folder in schemes]


def _says_version(path):
    done = subprocess.run([path, "--version"], capture_output=True, text=True, errors="replace", check=False)
    return done.stdout.startswith("crux ") and done.returncode == 0


@functools.lru_cache(maxsize=None)
def _found(named, path):
    if named:
        if not os.access(named, os.X_OK) or os.path.isdir(named):
            raise Error(f"the environment variable CRUX names no program: {named}")
        return named
    for place in _installed():
        if os.access(place, os.X_OK):
            return str(place)
    place = shutil.which("crux", path=path)
    if place is None:
        raise Error("there is no program crux: install the wheel (pip install examples/python), or let the "
                    "environment variable CRUX name it, or put it on the PATH")
    if not _says_version(place):
        raise Error(f"{place} is another program of that name: let the environment variable CRUX name the right one")
    return place


def find():
    """The program's path: the environment variable CRUX, or what the wheel brought, or the first on the PATH."""
    return _found(os.environ.get("CRUX"), os.environ.get("PATH"))


def version():
    return subprocess.run([find(), "--version"], capture_output=True, text=True, check=True).stdout.split()[-1]


def flags(options):
    """Keyword arguments as flags: keep_if="..." is --keep-if ..., True is the flag alone, None and False are
    nothing, a list is the flag several times, and so is a mapping, as KEY=VALUE."""
    words = []
    for name, value in options.items():
        flag = "--" + name.rstrip("_").replace("_", "-")
        if value is True:
            words.append(flag)
        elif value is not None and value is not False:
            if isinstance(value, dict):
                value = [f"{key}={one}" for key, one in value.items()]
            several = value if isinstance(value, (list, tuple)) else [value]
            for one in several:
                words += [flag, os.fspath(one) if isinstance(one, os.PathLike) else str(one)]
    return words


def sentence(said, exit):
    """Of what a program wrote to standard error, its last sentence."""
    ours = [line for line in said.splitlines() if line.startswith("crux: ")]
    if exit < 0:
        return f"the program was ended by signal {-exit}" + (f"; it had said: {ours[-1][6:]}" if ours else "")
    return ours[-1][6:] if ours else said.strip()[-500:] or f"the program ended with status {exit}"


def rows(words, accept=(0,)):
    """What the program prints, a line of JSON each, as it comes. Whoever leaves early ends the program."""
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen([find(), *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said)
        try:
            for line in process.stdout:
                if line.endswith(b"\n"):  # else it has died in the middle of one
                    yield json.loads(line)
            exit = process.wait()
        finally:
            process.stdout.close()
            process.kill()  # it only reads, and does nothing to one that has ended
            process.wait()
        if exit not in accept:
            said.seek(0)
            raise Error(sentence(said.read().decode("utf-8", "replace"), exit), exit)


def output(words, accept=(0,)):
    """What the program prints, as one JSON value."""
    done = subprocess.run([find(), *words], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode not in accept:
        raise Error(sentence(done.stderr.decode("utf-8", "replace"), done.returncode), done.returncode)
    return json.loads(done.stdout)
