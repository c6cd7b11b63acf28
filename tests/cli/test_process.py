#!/usr/bin/env python3
"""test_process.py PROGRAM - a program as the policy: its replies are kept, and it is not asked
again for what is known, not even by stores of earlier versions."""

import json
import pathlib
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, insist_same, main, puzzles

TESTS = pathlib.Path(__file__).resolve().parent.parent
EXAMPLE = TESTS.parent / "examples" / "process_policy.py"


def questions(log):
    """What the program was asked, without the numbers."""
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    return [json.dumps({**json.loads(line), "id": 0}, sort_keys=True) for line in lines if line.endswith("}")]


def generate(program, work, name, *words):
    """The command of a run, whose questions go to a file on their way to the program."""
    policy = f"process:tee -a {work}/asked | exec python3 {EXAMPLE}"
    return [program, "generate", work / "puzzles.jsonl", "--store", work / f"{name}.db", "--policy", policy,
            "--calls", 40, "--per-tree", 4, "--quiet", *words]


def export(program, work, name):
    folder = work / name
    crux(program, "export", "--store", work / f"{name}.db", "--to", folder, "--force")
    return folder


def killed(program, work, order):
    """A run that is killed goes on without a question that the ledger knows."""
    log = work / "asked"
    command = [str(word) for word in generate(program, work, f"killed-{order}", "--order", order)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(questions(log)) < 150 and process.poll() is None:
        time.sleep(0.02)
    process.kill()
    process.wait()
    base = sqlite3.connect(work / f"killed-{order}.db")
    known = base.execute("SELECT count(*) FROM replies").fetchone()[0]
    base.close()
    time.sleep(0.3)
    before = questions(log)
    crux(*command)
    after = questions(log)[len(before):]
    insist(len(set(after)) == len(after), "a question was put twice")
    insist(known > 0 and len(set(before) & set(after)) <= len(before) - known, "what was known was asked again")
    log.unlink()


def yesterday(program, work):
    """A store of 2a97603, made with this command: its replies have the same keys today. Where the command
    is run there is no such program, so a question would fail."""
    old, lines = TESTS / "stores" / "2a97603-process.db", TESTS / "stores" / "2a97603-process.jsonl"
    command = [program, "generate", lines, "--policy", "process:exec python3 examples/process_policy.py",
               "--calls", 12, "--per-tree", 4, "--order", "issued", "--quiet"]
    shutil.copy(old, work / "old.db")
    crux(program, "export", "--store", work / "old.db", "--to", work / "old")
    for name, words in (("replayed", ["--replay", work / "old.db"]), ("resumed", [])):
        if name == "resumed":
            forgotten(old, work / "resumed.db")
        done = subprocess.run(list(map(str, [*command, "--store", work / f"{name}.db", *words])), cwd=work,
                              capture_output=True, text=True, check=False)
        insist(done.returncode == 0 and "no such command" not in done.stderr, f"{name}: {done.stderr}")
        insist_same(work / "old", export(program, work, name), name)


def plans(program, work):
    """The example knows its steps among the sub-goals of a plan."""
    lines = work / "planned.jsonl"
    lines.write_text('{"id": "a", "numbers": [1, 2, 3, 4], "target": 24}\n')
    row = json.loads(crux(program, "solve", lines, "--policy", f"process:exec python3 {EXAMPLE}", "--grammar", "cr-planner",
                          "--subgoals", "reason", "--depth", 8, "--calls", 20, "--no-store", "--json"))
    insist(row["status"] == "done" and row["simulations"] > 1 and len(row["steps"]) == 3, f"a plan of its steps: {row}")


def forgotten(old, path):
    """The same store before any of its trees was finished: the ledger alone knows."""
    shutil.copy(old, path)
    base = sqlite3.connect(path)
    base.execute("DELETE FROM tree")
    base.execute("UPDATE problem SET state = 0, reason = NULL, failure = NULL, simulations = 0, calls = 0, pairs = 0, rights = 0")
    base.commit()
    base.close()


def limited(program, work):
    """A limit on calls is the program's, too, over all sessions: what the ledger has is free."""
    command = generate(program, work, "limited", "--order", "issued", "--limit-calls", 20)
    for _ in range(2):
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        insist(done.returncode == 5, f"{done.returncode}: {done.stderr}")
        asked = questions(work / "asked")
        insist(len(set(asked)) == 20, f"{len(set(asked))} questions for 20 calls")
    (work / "asked").unlink()


def noisy(program, work):
    """What a program says beside its replies is shown, but not without end."""
    loud = f"seq -f 'noise %g' 3000 >&2; exec python3 {EXAMPLE}"
    words = ["solve", work / "puzzles.jsonl", "--policy", f"process:{loud}", "--calls", 4, "--quiet"]
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    shown = done.stderr.count("process: noise")
    insist(shown == 200 and "process: 2800 more lines of it are not shown" in done.stderr,
           f"{shown} lines were shown: {done.stderr[-300:]}")


def unreadable(program, work):
    """A reply that is no JSON but names its call fails that at once, with what is wrong, long before the call is late."""
    script = work / "unreadable.py"
    script.write_text("import json, sys\nfor line in sys.stdin:\n"
                      "    sys.stdout.buffer.write(eval(sys.argv[1]).replace(b'ID', b'%d' % json.loads(line)['id']) + b'\\n')\n"
                      "    sys.stdout.buffer.flush()\n", encoding="utf-8")
    for reply, said in ((rb'{"id": ID, "steps": ["a\u0000b"]}', r"\u0000, which no text may have"),
                        (b'{"id": ID, "steps": [{"text": "a", "prior": NaN}]}', "invalid token near 'NaN'"),
                        (b'{"steps": ["a\xe9b"], "id": ID}', "unable to decode byte 0xe9")):
        words = ["generate", work / "puzzles.jsonl", "--store", work / "unreadable.db", "--calls", 2, "--quiet", "--policy",
                 f"process:timeout=600:exec python3 {script} {shlex.quote(repr(reply))}"]
        done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False, timeout=120)
        insist(done.returncode == 6 and f"a reply of the program is no JSON: {said}" in done.stderr,
               f"{reply}: exit status {done.returncode}: {done.stderr[-800:]}")
        (work / "unreadable.db").unlink()


def short_of_addresses(program, work):
    """Where a process may have little data (ulimit -d), which counts what is reserved, a run ends with a
    sentence that says so."""
    if b"__asan_init" in pathlib.Path(program).read_bytes():
        return  # which reserves far more by itself
    words = ["solve", work / "puzzles.jsonl", "--policy", f"process:exec python3 {EXAMPLE}", "--children", 300,
             "--simulations", 8000, "--quiet", "--no-store"]
    done = subprocess.run(["sh", "-c", 'ulimit -d 300000; exec "$@"', "sh", program, *map(str, words)],
                          capture_output=True, text=True, check=False)
    insist(done.returncode == 1 and "ulimit -d" in done.stderr, f"{done.returncode}: {done.stderr[-400:]}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-process-") as folder:
        work = pathlib.Path(folder)
        log = work / "asked"
        puzzles(program, work / "puzzles.jsonl", 12)
        crux(*generate(program, work, "whole", "--order", "issued"))
        asked = questions(log)
        insist(asked and len(set(asked)) == len(asked), "a question was put twice")
        paid = json.loads(crux(program, "cost", "--store", work / "whole.db", "--json"))["paid"]
        insist(paid["calls"] == len(asked), f"{paid} of {len(asked)} questions")
        log.unlink()
        for order in ("issued", "arrival"):
            killed(program, work, order)
            crux(*generate(program, work, "again", "--order", order, "--replay", work / f"killed-{order}.db"))
            insist(not log.exists(), "a replay has started the program")
            insist_same(export(program, work, f"killed-{order}"), export(program, work, "again"), f"{order}, replayed")
            (work / "again.db").unlink()
        insist_same(export(program, work, "whole"), export(program, work, "killed-issued"), "killed and not killed")
        noisy(program, work)
        unreadable(program, work)
        short_of_addresses(program, work)
        limited(program, work)
        yesterday(program, work)
        plans(program, work)
        other = subprocess.run(list(map(str, generate(program, work, "other", "--seed", 9, "--replay", work / "whole.db"))),
                               capture_output=True, text=True, check=False)
        insist(other.returncode == 6 and "replay makes no requests" in other.stderr, f"{other.returncode}: {other.stderr}")


if __name__ == "__main__":
    main(test)
