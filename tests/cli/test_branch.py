#!/usr/bin/env python3
"""test_branch.py PROGRAM MODEL_SERVER - entropy-gated branching from outside: as many children as the
served model's entropy says, the same bytes for any number of workers, after a kill, and from the ledger
alone; and a server that tells no entropy is said to.

The model says each step in one of three ways, so the entropy of every first token is ln 3 = 1.0986, and
0 before the final answer."""

import collections
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import QUICK, crux, insist, insist_same, log_rows, main, model_server

CHILDREN = 4


def generate(program, work, name, url, branch, *words):
    return [program, "generate", work / "problems.jsonl", "--store", work / f"{name}.db", "--endpoint", url,
            "--calls", 30, "--children", CHILDREN, "--per-tree", 4, "--branch", branch, "--order", "issued",
            "--quiet", *words]


def run(command, status=0):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    insist(done.returncode == status, f"{' '.join(map(str, command))}: {done.returncode}\n{done.stderr}")
    return done.stderr


def export(program, work, name):
    crux(program, "export", "--store", work / f"{name}.db", "--to", work / name, "--view", "trees", "--force")
    return work / name


def families(folder):
    """How many children the nodes have that have any: of the root, of others."""
    root, others = collections.Counter(), collections.Counter()
    for path in sorted(folder.rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            nodes = json.loads(line)["nodes"]
            for parent, count in collections.Counter(node["parent"] for node in nodes[1:]).items():
                (root if parent == 0 else others)[count] += 1
    return root, others


def gated(program, work, url, log):
    """Below LOW one child, in one request of one sample; from HIGH on all, in two requests."""
    run(generate(program, work, "one", url, "entropy:1.2,2"))
    root, others = families(export(program, work, "one"))
    insist(set(root) | set(others) == {1}, f"one child each was to be had, not {root}, {others}")
    lines = log_rows(log)
    insist(all(line["n"] == 1 for line in lines), "a second child was asked for")
    log.write_text("", encoding="utf-8")
    run(generate(program, work, "all", url, "entropy:0.5,1"))
    root, others = families(export(program, work, "all"))
    insist(max(root) > 1 and max(others) > 1 and max(root + others) <= CHILDREN, f"{root}, {others}")
    sizes = collections.Counter(row["n"] for row in log_rows(log))
    insist(sizes[CHILDREN - 1] > 0 and sizes[CHILDREN] == 0, f"requests of these sizes: {sizes}")


def same_bytes(program, work, url):
    """Whoever works at it, and when it is killed and goes on."""
    first = export(program, work, "all")
    for name, words in (("four", ["--workers", 4, "--in-flight", 3]), ("one-worker", ["--workers", 1])):
        run(generate(program, work, name, url, "entropy:0.5,1", *words))
        insist_same(first, export(program, work, name), name)
    process = subprocess.Popen(list(map(str, generate(program, work, "killed", url, "entropy:0.5,1", "--in-flight", 2))),
                               stderr=subprocess.DEVNULL)
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    run(generate(program, work, "killed", url, "entropy:0.5,1"))
    insist_same(first, export(program, work, "killed"), "killed")


def replayed(program, work, url):
    """From the ledger, with nobody to ask."""
    command = generate(program, work, "again", url, "entropy:0.5,1", "--replay", work / "all.db", "--profile", "vllm",
                       "--model", "fake", "--route", "prefill")
    run(command)
    insist_same(work / "all", export(program, work, "again"), "replayed")


def untold(program, work, url):
    """A server that lists nothing: all children, and one sentence."""
    said = run(generate(program, work, "untold", url, "entropy:1.2,2", "--body", '{"top_logprobs": 0}'))
    insist(said.count("lists no likeliest tokens") == 1, said)
    root, _ = families(export(program, work, "untold"))
    insist(max(root) > 1, f"all children were to be had, not {root}")
    said = run(generate(program, work, "none", url, "entropy:1,2", "--no-logprobs"), status=2)
    insist("leave out --no-logprobs" in said, said)
    run(generate(program, work, "none", url, "all", "--no-logprobs"))  # nothing was begun by what was refused


def test(program):
    server = str(pathlib.Path(sys.argv[2]).resolve())
    with tempfile.TemporaryDirectory(dir=QUICK) as folder:
        work = pathlib.Path(folder)
        problems = subprocess.run([server, "--problems", "5"], capture_output=True, text=True, check=True).stdout
        (work / "problems.jsonl").write_text(problems, encoding="utf-8")
        with model_server(server, log=work / "log") as url:
            gated(program, work, url, work / "log")
            same_bytes(program, work, url)
            untold(program, work, url)
        replayed(program, work, "http://127.0.0.1:9/v1")
    print("one child or all, the same bytes however it is run")


main(test)
