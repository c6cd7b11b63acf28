#!/usr/bin/env python3
"""same_exports.py BEFORE NOW MODEL_SERVER [--samples FILE --problems FILE] [--puzzles N] - do two builds of crux
write the same bytes?

Each workload is searched and exported by both programs, and the two folders are compared file by
file. The command lines are the same for both; a file that differs is named, and its first line
that does.

    puzzles    Game of 24 with default options
    issued     the same with --order issued --delay lognormal:5 --per-tree 16
    recorded   answers of a file (--samples), through policy recorded
    served     word problems on a fake model server, --order issued
    replay     that run again, from its ledger, by each program from the store of BEFORE

The exit status is 1 when anything differs.
"""
import argparse
import filecmp
import pathlib
import subprocess
import sys
import tempfile


def run(program, *words, **more):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False,
                          **more)
    if done.returncode not in (0, 6):
        sys.exit(f"{program} {' '.join(map(str, words))}: {done.returncode}\n{done.stderr}")
    return done.stdout


def files(folder):
    return {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}


def differences(one, other):
    for name in sorted(files(one) ^ files(other)):
        yield f"{name}: only one has it"
    for name in sorted(files(one) & files(other)):
        if filecmp.cmp(one / name, other / name, shallow=False):
            continue
        pairs = zip((one / name).open("rb"), (other / name).open("rb"))
        number, was, now = next(((i, a, b) for i, (a, b) in enumerate(pairs, 1) if a != b),
                                (0, b"", b"one is longer"))
        yield f"{name}:{number}:\n    before {was[:200]!r}\n    now    {now[:200]!r}"


class Pair:
    """The two programs, and a folder for each."""

    def __init__(self, before, now, folder):
        self.programs = {"before": before, "now": now}
        self.folder = folder
        self.failed = False

    def store(self, name, side):
        return self.folder / f"{name}-{side}.db"

    def compare(self, name, options_of, store=None):
        """options_of(side): what both are run with."""
        for side, program in self.programs.items():
            run(program, "generate", *options_of(side), "--store", self.store(name, side), "--quiet")
            run(program, "export", "--store", self.store(name, side), "--to",
                self.folder / f"{name}-{side}")
        found = list(differences(self.folder / f"{name}-before", self.folder / f"{name}-now"))
        rows = sum(1 for path in (self.folder / f"{name}-now").rglob("*.jsonl") for _ in path.open())
        print(f"{name:10} {rows:8} rows  {'differ' if found else 'the same bytes'}", flush=True)
        for sentence in found:
            print("   ", sentence)
        self.failed |= bool(found) or rows == 0


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("before")
    parser.add_argument("now")
    parser.add_argument("server")
    parser.add_argument("--samples", type=pathlib.Path)
    parser.add_argument("--problems", type=pathlib.Path, help="what the samples answer")
    parser.add_argument("--puzzles", type=int, default=1362)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="crux-same-") as name:
        folder = pathlib.Path(name)
        pair = Pair(options.before, options.now, folder)
        puzzles = folder / "puzzles.jsonl"
        lines = run(options.before, "problems", "game24").splitlines(keepends=True)
        puzzles.write_text("".join(lines[:options.puzzles]))
        pair.compare("puzzles", lambda side: [puzzles])
        pair.compare("issued", lambda side: [puzzles, "--order", "issued", "--delay", "lognormal:5",
                                             "--per-tree", "16"])
        if options.samples:
            pair.compare("recorded", lambda side: [options.problems, "--policy",
                                                   f"recorded:{options.samples}"])
        server = subprocess.Popen([options.server, "--port", "0"], stdout=subprocess.PIPE, text=True)
        try:
            url = f"http://127.0.0.1:{server.stdout.readline().split()[-1].rsplit(':', 1)[-1].split('/')[0]}/v1"
            words = folder / "words.jsonl"
            words.write_text(run(options.server, "--problems", "20"))
            served = [words, "--simulations", "32", "--calls", "48", "--children", "4",
                      "--order", "issued", "--per-tree", "4"]
            pair.compare("served", lambda side: [*served, "--endpoint", url])
        finally:
            server.terminate()
            server.wait()
        known = pair.store("served", "before")
        pair.compare("replay", lambda side: [*served, "--policy", "chat", "--replay", known])
    return 1 if pair.failed else 0


if __name__ == "__main__":
    sys.exit(main())
