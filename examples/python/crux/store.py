"""store.py - a run's store, read through the program, which knows every version of it, its seals and its damage."""

import contextlib
import heapq
import importlib
import os
import pathlib
import sqlite3
import subprocess
import tempfile

from crux import binary

STATES = ("waiting", "finished", "failed")


def open(path):
    """A store, or a list of them: the shards of one run. It may be written while it is read. crux.Error with what
    the program says where it is none."""
    store = Store(path)
    store.status()
    return store


class Store:
    """What a run has found. Every method reads anew, so it may be asked again while the run goes on.

    Rows are dictionaries, as `crux export` writes them. Iterators begin to read when the first row is asked for, hold
    one tree at a time, and end the program that reads for them when they are left."""

    def __init__(self, path):
        paths = [path] if isinstance(path, (str, os.PathLike)) else list(path)
        self.paths = [os.fspath(one) for one in paths]
        if not self.paths:
            raise binary.Error("a store needs a path")

    def __repr__(self):
        return f"crux.open({self.paths[0] if len(self.paths) == 1 else self.paths!r})"

    def rows(self, view, **options):
        """The rows of a view: `crux help export` names views and options (keep_if="...", located="proved", ...).
        What is not finished is not in them; see problems()."""
        return binary.rows(self._words("-", view, options))

    def trees(self, **options):
        """Finished trees, whole: `nodes` and `rollouts` are flat lists that refer to each other by position."""
        return self.rows("trees", **options)

    def pairs(self, **options):
        """Wrong paths, each with the right one from which it parts latest: rows of the view critique."""
        return (row for row in self.rows("critique", **options) if row["wrong_steps"])

    def status(self):
        """What `crux status --json` says; of several stores a list."""
        said = [binary.output(["status", "--json", "--store", path]) for path in self.paths]
        return said[0] if len(said) == 1 else said

    def cost(self):
        """What `crux cost --json` says; of several stores a list."""
        said = [binary.output(["cost", "--json", "--store", path]) for path in self.paths]
        return said[0] if len(said) == 1 else said

    def problems(self):
        """Every problem in the order of the input, with what is known of it: id, line, state (waiting, finished,
        failed), failure, simulations, calls, prompt_tokens, completion_tokens, price (billionths), pairs, rights."""
        for number, row in heapq.merge(*map(_problems, self.paths), key=lambda found: found[0]):
            yield {"ordinal": number, **row}

    def to_pandas(self, view="critique", **options):
        """A view as pandas.DataFrame."""
        return _needed("pandas").DataFrame(list(self.rows(view, **options)))

    def to_arrow(self, view="critique", **options):
        """A view as pyarrow.Table."""
        return _needed("pyarrow").Table.from_pylist(list(self.rows(view, **options)))

    def to_datasets(self, view="critique", **options):
        """A view as datasets.Dataset, or with split="train=0.9,test=0.1" as datasets.DatasetDict, with the types that
        the data set's card declares, in memory."""
        datasets = _needed("datasets")
        with tempfile.TemporaryDirectory(prefix="crux-") as work:
            self._done(self._words(f"{work}/set", view, options))
            split = None if "split" in options else "train"
            return datasets.load_dataset(f"{work}/set", view, split=split, cache_dir=f"{work}/cache",
                                         keep_in_memory=True)

    def _words(self, to, view, options):
        for name in ("to", "store"):
            if name in options:  # rows would go to another place, and none come from here
                raise TypeError(f"rows of {self!r} take no option {name}")
        stores = [word for path in self.paths for word in ("--store", path)]
        return ["export", "--to", to, "--view", view, "--partial", *stores, *binary.flags(options)]

    def _done(self, words):
        done = subprocess.run([binary.find(), *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              errors="replace", check=False)
        if done.returncode != 0:
            raise binary.Error(binary.sentence(done.stderr, done.returncode), done.returncode)


def _needed(name):
    try:
        return importlib.import_module(name)
    except ImportError as cause:
        raise binary.Error(f"this needs the package {name}: pip install {name}") from cause


def _problems(path):
    """(ordinal, the rest) by the store's table, which every version has; columns that came later may be lacking."""
    names = ("id", "line", "state", "failure", "simulations", "calls", "prompt_tokens", "completion_tokens", "price",
             "pairs", "rights")
    try:
        found = _selected(os.path.realpath(path), f"SELECT ordinal, {', '.join(names)} FROM problem ORDER BY ordinal")
    except (sqlite3.Error, OSError) as cause:
        binary.output(["status", "--json", "--store", path])  # says what it is instead of a store
        raise binary.Error(f"{path}: {cause}", 4) from cause
    for number, *values in found:
        row = dict(zip(names, values))
        row["state"] = STATES[row["state"]] if row["state"] in range(len(STATES)) else str(row["state"])
        yield number, row


def _selected(path, statement):
    """Rows of a store that somebody may be writing, without a trace: SQLite makes a log where there is none and
    leaves it. So a file without a log is read as one that nobody changes, and once more if somebody did."""
    name = pathlib.Path(path).as_uri()

    def read(how):
        with contextlib.closing(sqlite3.connect(name + how, uri=True, timeout=10)) as base:
            return base.execute(statement).fetchall()

    def state():
        found = os.stat(path)
        return found.st_mtime_ns, found.st_size, os.path.exists(path + "-wal")

    before = state()
    if before[2]:
        return read("?mode=ro")
    try:
        rows = read("?mode=ro&immutable=1")
    except sqlite3.Error:
        if state() == before:
            raise
        return read("?mode=ro")
    return rows if state() == before else read("?mode=ro")
