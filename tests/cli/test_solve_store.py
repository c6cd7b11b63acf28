#!/usr/bin/env python3
"""test_solve_store.py PROGRAM MODEL_SERVER - what solve pays for is kept: in a store that is named, or
in one of its own; files that options name may not change under a run."""

import base64
import fcntl
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, log_rows, main, model_server

SERVER = sys.argv[2]
PICTURE = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
OPTIONS = ["--calls", 12, "--children", 3, "--json"]


def served(log, *words):
    return model_server(SERVER, *words, log=log)


def keys(log):
    return [row["key"] for row in log_rows(log)]


def solve(program, problems, *words, cache=None):
    environment = dict(os.environ)
    environment.pop("XDG_CACHE_HOME", None)
    environment.pop("HOME", None)
    if cache is not None:
        environment["XDG_CACHE_HOME"] = str(cache)
    return subprocess.run([program, "solve", problems, *map(str, words)], capture_output=True, text=True,
                          check=False, env=environment)


def kept_by_itself(program, work, problems, log):
    """The same command twice: the second asks for nothing, prints the same, and a line says where."""
    cache = work / "cache"
    with served(log) as url:
        first = solve(program, problems, "--endpoint", url, *OPTIONS, cache=cache)
        asked = len(keys(log))
        again = solve(program, problems, "--endpoint", url, *OPTIONS, cache=cache)
        insist(first.returncode == 0 and asked > 0, first.stderr)
        insist(str(cache) in first.stderr and "--no-store" in first.stderr, f"does not say where: {first.stderr}")
        insist(again.stdout == first.stdout, f"other results: {first.stdout}{again.stdout}")
        insist(len(keys(log)) == asked, "what was known was asked again")
        insist("solved before" in again.stderr, again.stderr)
        other = solve(program, problems, "--endpoint", url, *OPTIONS, "--seed", 2, cache=cache)
        insist(other.returncode == 0 and len(keys(log)) > asked, "another seed is another command")
        nowhere = solve(program, problems, "--endpoint", url, *OPTIONS, "--no-store", cache=work / "none")
        insist(nowhere.returncode == 0 and not (work / "none").exists(), f"--no-store: {nowhere.stderr}")
    told = subprocess.run([program, "cost"], capture_output=True, text=True, check=True,
                          env=dict(os.environ, XDG_CACHE_HOME=str(cache))).stdout
    found = json.loads(subprocess.run([program, "cost", "--json"], capture_output=True, text=True, check=True,
                                      env=dict(os.environ, XDG_CACHE_HOME=str(cache))).stdout)
    insist(found["stores"] == 2 and found["bytes"] > 0, str(found))
    insist("2 stores" in told and str(cache) in told and "rm " in told, told)


def killed(program, work, problems, log):
    """A solve that is killed has paid for what it knows: the same command asks for the rest only."""
    cache = work / "killed"
    with served(log, "--latency", "constant:30") as url:
        words = [program, "solve", problems, "--endpoint", url, *map(str, OPTIONS)]
        environment = dict(os.environ, XDG_CACHE_HOME=str(cache))
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment) as process:
            while len(keys(log)) < 20 and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        store = next(cache.rglob("*.db"))
        paid = json.loads(crux(program, "cost", "--store", store, "--json"))
        known = paid["paid"]["calls"] - paid["unsettled"]["calls"]
        time.sleep(0.2)  # what was in flight has arrived at the server
        before = len(keys(log))
        done = solve(program, problems, "--endpoint", url, *OPTIONS, cache=cache)
        insist(done.returncode == 0, done.stderr)
        twice = len(keys(log)) - len(set(keys(log)))
        insist(known > 0 and before > 0, "it was killed before anything was kept")
        insist(twice <= before - known, f"{twice} keys twice, with {known} known of {before}")


def held_or_damaged(program, work, problems, log):
    """A store that another one holds is left alone; a damaged one is set aside; no place is said."""
    cache = work / "held"
    with served(log) as url:
        insist(solve(program, problems, "--endpoint", url, *OPTIONS, cache=cache).returncode == 0, "first")
        store = next(cache.rglob("*.db"))
        with store.open("rb") as holder:
            fcntl.flock(holder, fcntl.LOCK_EX)
            done = solve(program, problems, "--endpoint", url, *OPTIONS, cache=cache)
        insist(done.returncode == 0 and "goes on without it" in done.stderr, done.stderr)
        store.write_bytes(b"no store at all" * 100)
        for ending in ("-wal", "-count"):
            pathlib.Path(f"{store}{ending}").write_bytes(ending.encode())
        done = solve(program, problems, "--endpoint", url, *OPTIONS, cache=cache)
        insist(done.returncode == 0 and "set aside" in done.stderr, done.stderr)
        insist(next(cache.rglob("*.damaged-1")).read_bytes().startswith(b"no store"), "it is gone")
        for ending in ("-wal", "-count"):
            aside = next(cache.rglob(f"*.damaged-1{ending}"), None)
            insist(aside and aside.read_bytes() == ending.encode(), f"{ending} did not go with it")
        (work / "file").write_text("no folder", encoding="utf-8")
        done = solve(program, problems, "--endpoint", url, *OPTIONS, cache=work / "file")
        insist(done.returncode == 0 and "not kept" in done.stderr, done.stderr)
        done = solve(program, problems, "--endpoint", url, *OPTIONS)
        insist(done.returncode == 0 and "XDG_CACHE_HOME" in done.stderr, done.stderr)


def named(program, work, problems, log):
    """With --store it keeps like generate, trees too; another meaning is refused."""
    store = work / "named.db"
    with served(log) as url:
        first = solve(program, problems, "--endpoint", url, *OPTIONS, "--store", store)
        insist(first.returncode == 0, first.stderr)
        asked = len(keys(log))
        again = solve(program, problems, "--endpoint", url, *OPTIONS, "--store", store)
        insist(again.stdout == first.stdout and len(keys(log)) == asked, again.stderr)
        other = solve(program, problems, "--endpoint", url, *OPTIONS, "--seed", 9, "--store", store)
        insist(other.returncode == 2 and "seed" in other.stderr, other.stderr)
    crux(program, "export", "--store", store, "--to", work / "named")


def changed_files(program, work, problems, log):
    """What an option names may not be another file when the run goes on."""
    template, store = work / "template.txt", work / "template.db"
    template.write_text("<s>{{system}}{{user}}</s>", encoding="utf-8")
    with served(log, "--kind", "llamacpp") as url:
        words = ["generate", problems, "--store", store, "--endpoint", url, "--children", 3, "--route", "completions",
                 "--calls", 12, "--chat-template", template, "--quiet"]
        crux(program, *words, "--limit-calls", 10, status=5)
        template.write_text("<t>{{system}}{{user}}</t>", encoding="utf-8")
        done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
        insist(done.returncode == 2 and "sha256.chat-template" in done.stderr, done.stderr)
        template.write_text("<s>{{system}}{{user}}</s>", encoding="utf-8")
        crux(program, *words)


def changed_answers(program, work):
    """The same of recorded answers ..."""
    recorded, store = work / "answers.jsonl", work / "answers.db"
    source = pathlib.Path(__file__).resolve().parent.parent / "world" / "recorded.jsonl"
    recorded.write_bytes(source.read_bytes())
    problems = work / "recorded-problems.jsonl"
    problems.write_text(json.dumps({"id": "4-9-10-13", "numbers": [4, 9, 10, 13]}) + "\n", encoding="utf-8")
    words = ["generate", problems, "--store", store, "--policy", f"recorded:{recorded}", "--critic", "outcome=numbers", "--quiet"]
    crux(program, *words)
    recorded.write_bytes(source.read_bytes() + b"\n")
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    insist(done.returncode == 2 and "sha256.policy" in done.stderr, done.stderr)


def changed_pictures(program, work, log):
    """... and of pictures that problems name, whatever becomes of the problems themselves."""
    store, picture, problems = work / "pictures.db", work / "a.png", work / "pictures.jsonl"
    picture.write_bytes(PICTURE)
    problems.write_text(json.dumps({"id": "p", "problem": "What is 2 + 3?", "answer": "5", "images": ["a.png"]}) + "\n",
                        encoding="utf-8")
    with served(log) as url:
        words = ["generate", problems, "--store", store, "--endpoint", url, "--calls", 6, "--children", 2, "--quiet"]
        crux(program, *words)
        picture.write_bytes(PICTURE + b"\0")
        done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
        insist(done.returncode == 2 and "sha256.images" in done.stderr, done.stderr)


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-solve-") as folder:
        work = pathlib.Path(folder)
        problems, log = work / "problems.jsonl", work / "log"
        lines = subprocess.run([SERVER, "--problems", "6"], capture_output=True, text=True, check=True).stdout
        problems.write_text(lines, encoding="utf-8")
        kept_by_itself(program, work, problems, log)
        killed(program, work, problems, log)
        held_or_damaged(program, work, problems, log)
        named(program, work, problems, log)
        changed_files(program, work, problems, log)
        changed_answers(program, work)
        changed_pictures(program, work, log)


main(test)
