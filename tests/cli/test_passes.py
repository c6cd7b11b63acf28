#!/usr/bin/env python3
"""test_passes.py PROGRAM MODEL_SERVER - bad luck with locate, annotate, verify and export: what is no store of theirs,
what no finding, who is gone, who talks nonsense, limits, signals, kills. Each ends with a sentence and writes nothing,
or goes on, and what is found in the end is what an undisturbed pass finds."""

import contextlib
import json
import os
import pathlib
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kill_served import insist_once, ledger_keys
from scripted import Reply, serving
from support import DEEP, QUICK, contents, insist, insist_same, log_rows, main, model_server, side_by_side

SERVER = sys.argv[2]
PUT = pathlib.Path(SERVER).resolve().parent / "put_findings"
OLD = pathlib.Path(__file__).resolve().parent.parent / "stores"
NOWHERE = "http://127.0.0.1:9/v1"
SEARCH = ["--policy", "chat", "--simulations", 10, "--children", 3, "--seed", 5, "--quiet"]
PASSES = {"locate": ["--locate-most", 12, "--locate-below", 0.3], "annotate": ["--annotator", "critique"],
          "verify": ["--refinements", 2]}
STORE, LIMIT, SOME_FAILED = 4, 5, 6
COST = {"calls": 1, "prompt_tokens": 1, "completion_tokens": 1, "price": 0}
NOT = {"how": "not", "step": -1, "from": -1, "to": -1, "why": "so", "probes": [], "cost": COST}
CRITIQUE = {"style": "s", "model": "m", "text": "t", "error_type": "", "corrected_step": "", "method": "", "step": -1,
            "verdict": "wrong", "steps": [], "cost": COST}
COUNT = {"right": 1, "of": 2}
VERIFIED = {"critique": "a", "foreign": "", "with": COUNT, "without": COUNT, "control": COUNT, "verdict_is": "right",
            "step_is": "unknown", "cost": COST}


class Bench:
    """A finished run, the same with critiques, and what undisturbed passes find."""

    def __init__(self, program, work):
        self.program, self.work = program, work
        self.problems = work / "problems.jsonl"
        with self.problems.open("w", encoding="utf-8") as out:
            subprocess.run([SERVER, "--problems", "6", "--operations", "2:4"], stdout=out, check=True)
        self.run, self.critiqued, self.found = work / "run.db", work / "critiqued.db", {}
        with model_server(SERVER) as url:
            self.end(0, "generate", self.problems, "--store", self.run, "--endpoint", url, *SEARCH)
            for name in PASSES:
                store = self.copy(self.critiqued if name == "verify" else self.run, f"whole-{name}")
                self.end(0, *self.words(name, store, url))
                self.found[name] = findings(store, name)
                insist(len(self.found[name]) > 8, f"{name}: {len(self.found[name])} findings")
                if name == "annotate":
                    shutil.copy(store, self.critiqued)

    def words(self, name, store, url):
        return [name, "--store", store, "--quiet", *PASSES[name], "--endpoint", url]

    def copy(self, store, name):
        return pathlib.Path(shutil.copy(store, self.work / f"{name}.db"))

    def before(self, name):
        """What a pass begins with."""
        return self.critiqued if name == "verify" else self.run

    def end(self, status, *words, said=(), **more):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, check=False,
                              timeout=120, **more)
        what = " ".join(map(str, words))
        insist(done.returncode == status, f"{what}: exit status {done.returncode}, not {status}: {done.stderr[-800:]}")
        for sentence in said:
            insist(str(sentence) in done.stderr, f"{what}: does not say `{sentence}`: {done.stderr[-800:]}")
        return done.stdout

    def each(self, store):
        """The four commands, and where an export would be."""
        out = store.with_suffix(".out")
        yield "export", out, ["export", "--store", store, "--to", out, "--keep-if", "steps > 0"]
        for name in PASSES:
            yield name, out, self.words(name, store, NOWHERE)
            yield name, out, [*self.words(name, store, NOWHERE), "--estimate"]


KINDS = {"locate": "location", "annotate": "critique", "verify": "verification"}


def findings(store, name):
    with contextlib.closing(sqlite3.connect(store)) as base:
        return base.execute("SELECT ordinal, about, path, maker, kind, json FROM finding WHERE kind = ? "
                            "ORDER BY 1, 2, 3, 4", (KINDS[name],)).fetchall()


def asked(log):
    return [row for row in log_rows(log) if row["key"]]


def logged(store):
    """The store and what lies beside it, but for what SQLite leaves when it has only read."""
    files = {path.name: path.read_bytes() for path in store.parent.glob(store.name + "*")
             if path.is_file() and not path.name.endswith("-shm")}
    return {name: data for name, data in files.items() if data or not name.endswith("-wal")}


# --- what is no store of a finished run ---------------------------------------------------


def refused(bench, store, *said, status=STORE):
    """Every command ends with a sentence that names the store, and leaves all as it is."""
    before = logged(store)
    for name, out, words in bench.each(store):
        bench.end(status, *words, said=(store, *said))
        insist(not out.exists(), f"{name} of {store.name}: an output")
        insist(logged(store) == before, f"{name} of {store.name}: it was changed")


def no_stores(bench):
    work = bench.work
    refused(bench, work / "none.db")
    (work / "empty.db").touch()
    refused(bench, work / "empty.db", "is empty")
    (work / "folder.db").mkdir()
    refused(bench, work / "folder.db", "is no file")
    (work / "text.db").write_text("hello\n" * 1000, encoding="utf-8")
    refused(bench, work / "text.db", "no SQLite database")
    with contextlib.closing(sqlite3.connect(work / "foreign.db")) as base:
        base.execute("CREATE TABLE store(a)")
        base.commit()
    refused(bench, work / "foreign.db")


def truncated(bench):
    data = bench.critiqued.read_bytes()
    cuts = {1, 16, 100, 4096, len(data) // 2, len(data) - 4096, len(data) - 1}
    cuts |= set(range(1, len(data), 4099)) if DEEP else set()
    for cut in sorted(cuts):
        store = bench.work / f"cut{cut}.db"
        store.write_bytes(data[:cut])
        refused(bench, store)


def unfinished(bench):
    """A run that has begun, and has finished no tree."""
    store = bench.work / "begun.db"
    with model_server(SERVER) as url:
        bench.end(LIMIT, "generate", bench.problems, "--store", store, "--endpoint", url, *SEARCH, "--limit-calls", 1)
    before = logged(store)
    for name in PASSES:
        bench.end(STORE, *bench.words(name, store, NOWHERE), said=(store, "no finished tree"))
        insist(logged(store) == before, f"{name}: an unfinished run was changed")


def unreadable(bench):
    """Nobody may write: passes end, an estimate and an export do not mind."""
    if os.geteuid() != 0:
        return
    folder = bench.work / "fixed"
    folder.mkdir()
    store = pathlib.Path(shutil.copy(bench.critiqued, folder / "fixed.db"))
    store.chmod(0o444)
    folder.chmod(0o555)
    bench.work.chmod(0o755)
    program = bench.work / "crux"
    shutil.copy(bench.program, program)

    def nobody():
        os.setgid(65534)
        os.setuid(65534)

    for name in PASSES:
        done = subprocess.run([program, *map(str, bench.words(name, store, NOWHERE))], capture_output=True, text=True,
                              check=False, preexec_fn=nobody, timeout=60)
        insist(done.returncode == STORE and str(store) in done.stderr, f"{name}: {done.returncode}: {done.stderr}")
    insist([path.name for path in folder.iterdir()] == ["fixed.db"], f"beside it: {list(folder.iterdir())}")


# --- what is no finding -------------------------------------------------------------------


def put(store, kind, path, payload, about=2, maker="x"):
    line = f"0\t{about}\t{path}\t{maker}\t{kind}\t{json.dumps(payload)}\n"
    subprocess.run([PUT, store], input=line, text=True, check=True)


WRONG = [
    ("location", 0, {}, "`how`"),
    ("location", 0, NOT | {"how": "certain"}, "`how`"),
    ("location", 0, NOT | {"step": 0}, "`step`"),
    ("location", 0, NOT | {"how": "estimated"}, "`step`"),
    ("location", 0, NOT | {"how": "estimated", "step": 99}, "`step`"),
    ("location", 0, NOT | {"how": "between", "from": 1, "to": 1}, "`from`"),
    ("location", 0, NOT | {"why": 3}, "`why`"),
    ("location", 0, NOT | {"probes": {}}, "`probes`"),
    ("location", 0, NOT | {"probes": [3]}, "`completer`"),
    ("location", 0, NOT | {"cost": []}, "`cost`"),
    ("location", 0, NOT | {"cost": COST | {"calls": -1}}, "`calls`"),
    ("location", 9999, NOT, "no rollout"),
    ("critique", 0, [], "JSON object"),
    ("critique", 0, CRITIQUE | {"text": None}, "`text`"),
    ("critique", 0, CRITIQUE | {"steps": ["wrong"]}, "`steps`"),
    ("critique", 0, CRITIQUE | {"verdict": "maybe"}, "`verdict`"),
    ("critique", 0, CRITIQUE | {"step": 1.0}, "`step`"),
    ("critique", 9999, CRITIQUE, "no rollout"),
    ("verification", 0, VERIFIED | {"with": 3}, "`with`"),
    ("verification", 0, VERIFIED | {"with": {"right": 3, "of": 2}}, "`right`"),
    ("verification", 0, VERIFIED | {"step_is": ""}, "`step_is`"),
    ("verification", 4294967295, VERIFIED, "no rollout"),
]


def no_findings(bench):
    """Who reads what is no finding says whose it is, about what, and which field."""
    for number, (kind, path, payload, said) in enumerate(WRONG):
        store = bench.copy(bench.critiqued, f"no-finding{number}")
        line = f"0\t2\t{path}\tx\t{kind}\t{json.dumps(payload)}\n"
        done = subprocess.run([PUT, store], input=line, text=True, check=False, capture_output=True)
        if done.returncode != 0:
            insist(said in done.stderr, f"{payload}: {done.stderr}")
            continue
        before = findings(store, "annotate")
        # What is wrong is said by every command that opens trees; one of the three is as good as another.
        for words in (["export", "--store", store, "--to", store.with_suffix(".out")],
                      bench.words(list(PASSES)[number % 3], store, NOWHERE)):
            bench.end(STORE, *words, said=(store, "word-000000", kind, " x", said))
        insist(not store.with_suffix(".out").exists(), f"{payload}: an output")
        insist(findings(store, "annotate") == before, f"{payload}: findings")


def strange_findings(bench):
    """Kinds that nobody knows are passed by, and stay."""
    store, plain = bench.copy(bench.critiqued, "strange"), bench.copy(bench.critiqued, "plain")
    put(store, "opinion", 9999, {"how": 1})
    put(store, "location", 0, NOT, maker="somebody:else")
    put(plain, "location", 0, NOT, maker="somebody:else")
    with model_server(SERVER) as url:
        for one in (store, plain):
            bench.end(0, *bench.words("verify", one, url))
            bench.end(0, "export", "--store", one, "--to", one.with_suffix(".out"))
    insist(findings(store, "verify") == findings(plain, "verify") == bench.found["verify"], "other verifications")
    insist_same(store.with_suffix(".out") / "data", plain.with_suffix(".out") / "data", "with an unknown kind")


# --- who is gone, and who talks nonsense ---------------------------------------------------


def old_stores(bench):
    """A store of an earlier version is read as it stands; findings make it one of this version."""
    for old in sorted(OLD.glob("store*-puzzles.db")):
        store = pathlib.Path(shutil.copy(old, bench.work / f"old-{old.name}"))
        for name in PASSES:
            words = [name, "--store", store, "--quiet", *(["--annotator", "numbers"] if name == "annotate" else [])]
            # Policy numbers revises nothing.
            bench.end(2 if name == "verify" else 0, *words, "--estimate")
            insist(store.read_bytes() == old.read_bytes(), f"{old.name}: an estimate of {name} changed it")
        before = store.with_suffix(".before")
        bench.end(0, "export", "--store", store, "--to", before, "--view", "trees", "--partial")
        bench.end(0, "annotate", "--store", store, "--annotator", "numbers", "--quiet")
        with contextlib.closing(sqlite3.connect(store)) as base:
            insist(base.execute("SELECT version FROM store").fetchone() == (3,), f"{old.name}: still old")
        insist(len(findings(store, "annotate")) > 3, f"{old.name}: no critiques")
        after = store.with_suffix(".after")
        bench.end(0, "export", "--store", store, "--to", after, "--view", "trees", "--partial")
        insist_same(before / "data", after / "data", f"{old.name}: its trees")


def cannot_revise(bench, store):
    """A policy that revises no answers is refused at once, not at each path."""
    before = logged(store)
    for words in ([], ["--estimate"], ["--completer", "numbers"], ["--completer", "synthetic:2,2"]):
        bench.end(2, "verify", "--store", store, *words, said=("revises no answers: say --completer NAME",))
        insist(logged(store) == before, f"{words}: a store was changed by a policy that cannot revise")


def gone(bench):
    """A policy that the run recorded is there no more."""
    answers, store = bench.work / "answers.jsonl", bench.work / "recorded.db"
    rows = [{"id": json.loads(line)["id"], "text": f"It is\nmore.\nThe answer is {k}."}
            for line in bench.problems.read_text(encoding="utf-8").splitlines()
            for k in (json.loads(line)["answer"], 3, 4)]
    answers.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    bench.end(0, "generate", bench.problems, "--store", store, "--policy", f"recorded:{answers}", "--simulations", 6,
              "--quiet", "--critic", "outcome=match")
    cannot_revise(bench, store)
    answers.unlink()
    for name in ("locate", "verify"):
        before = logged(store)
        done = subprocess.run([bench.program, name, "--store", store], capture_output=True, text=True, check=False,
                              timeout=60)
        insist(done.returncode in (2, 3) and str(answers) in done.stderr, f"{name}: {done.returncode}: {done.stderr}")
        insist(logged(store) == before, f"{name}: a store was changed by a policy that is gone")
    with model_server(SERVER) as url:
        bench.end(0, "locate", "--store", store, "--completer", "chat", "--endpoint", url, "--quiet", *PASSES["locate"])
    for name in PASSES:
        store = bench.copy(bench.before(name), f"down-{name}")
        done = subprocess.run([bench.program, *map(str, bench.words(name, store, NOWHERE)), "--patience", "1"],
                              capture_output=True, text=True, check=False, timeout=60)
        insist(done.returncode not in (0, SOME_FAILED) and NOWHERE in done.stderr,
               f"{name}: {done.returncode}: {done.stderr}")
        insist(findings(store, name) == [], f"{name}: findings of nobody")
    store = bench.copy(bench.run, "command")
    bench.end(SOME_FAILED, "annotate", "--store", store, "--annotator", "process:/no/such/program", "--quiet",
              said=("program",))
    insist(findings(store, "annotate") == [], "critiques of no program")


def nonsense(bench):
    """An annotator that writes nonsense leaves no finding that cannot be read, and can be asked again."""
    for number, text in enumerate(("", "{", '{"critique": 7}', "x" * 20000, '{"critique": "\\u0000", "step": 99}',
                                   "\ud7ff \u202e")):
        store = bench.copy(bench.run, f"nonsense{number}")

        def reply(request, _):
            choices = [{"index": i, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
                       for i in range(request.get("n") or 1)]
            return {"model": "fake", "choices": choices, "usage": {"prompt_tokens": 5, "completion_tokens": 5}}

        with serving(reply) as server:
            words = [*bench.words("annotate", store, server.url), "--model", "fake"]
            done = subprocess.run([bench.program, *map(str, words)], capture_output=True, text=True, check=False,
                                  timeout=60)
        insist(done.returncode in (0, 2, SOME_FAILED), f"{text[:20]!r}: {done.returncode}: {done.stderr}")
        kept = [json.loads(row[-1]) for row in findings(store, "annotate")]
        insist(not any(row["text"] or row["step"] >= 0 for row in kept), f"{text[:20]!r}: {kept[:1]}")
        bench.end(0, "export", "--store", store, "--to", store.with_suffix(".out"), "--view", "critique")


def refusing(bench):
    """Who refuses some is asked again for these, and then all is there."""
    faults = json.dumps([{"fault": "reply", "status": 400, "body": "not this one", "every": 3,
                          "times": 4}])
    for name in PASSES:
        store = bench.copy(bench.before(name), f"refusing-{name}")
        with model_server(SERVER, "--faults", faults) as url:
            bench.end(SOME_FAILED, *bench.words(name, store, url), said=("the same command asks again",))
            bench.end(0, *bench.words(name, store, url))
        # How often completions that several paths share were asked for depends on who asks.
        most = 4 if name == "locate" else 6
        insist([row[:most] for row in findings(store, name)] == [row[:most] for row in bench.found[name]],
               f"{name}: other findings after refusals")


# --- limits, signals, kills -----------------------------------------------------------------


def limits(bench, name):
    """Each limit ends with 5; the same command goes on and asks for nothing that is known."""
    log = bench.work / f"limits-{name}.jsonl"
    for limit, value in (("calls", 3), ("tokens", 400), ("seconds", 0.05)):
        store = bench.copy(bench.before(name), f"limits-{name}-{limit}")
        slow = ["--latency", "constant:30"] if limit == "seconds" else []
        with model_server(SERVER, *slow, log=log) as url:
            spent = json.loads(bench.end(0, "cost", "--store", store, "--json"))["paid"]
            given = {"calls": spent["calls"] + value, "seconds": value,
                     "tokens": spent["prompt_tokens"] + spent["completion_tokens"] + value}[limit]
            # One call after the other takes longer than the limit, however slow the machine.
            bench.end(LIMIT, *bench.words(name, store, url), f"--limit-{limit}", given, "--in-flight", 1,
                      said=("the same command goes on",))
            known, count = ledger_keys(store), len(asked(log))
            bench.end(0, *bench.words(name, store, url))
            insist_once(known, asked(log)[count:], f"{name} behind a limit of {limit}")
        insist(findings(store, name) == bench.found[name], f"{name}: other findings after a limit of {limit}")


def begun(bench, name, store, url, **more):
    return subprocess.Popen([bench.program, *map(str, bench.words(name, store, url))], stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, text=True, **more)


def until_asked(log, count, process):
    end = time.monotonic() + 60
    while len(asked(log)) < count and process.poll() is None and time.monotonic() < end:
        time.sleep(0.002)


def interrupted(bench, name):
    """Ctrl-C keeps what is in flight; kills, one after the other, lose only what they cut short."""
    log = bench.work / f"killed-{name}.jsonl"
    store = bench.copy(bench.before(name), f"killed-{name}")
    stops = [(signal.SIGINT, 1)] + [(signal.SIGKILL, at) for at in (range(1, 40) if DEEP else (0, 3, 12, 25))]
    with model_server(SERVER, "--slots", 4, "--latency", "lognormal:10", log=log) as url:
        for number, count in stops:
            known, before = ledger_keys(store), len(asked(log))
            process = begun(bench, name, store, url)
            until_asked(log, before + count, process)
            process.send_signal(number)
            said = process.communicate()[1]
            insist(process.returncode in (0, 130 if number == signal.SIGINT else -signal.SIGKILL),
                   f"{name}: {process.returncode}: {said}")
            insist_once(known, asked(log)[before:], f"{name}, {number.name} behind {count}")
        known, before = ledger_keys(store), len(asked(log))
        bench.end(0, *bench.words(name, store, url))
        insist_once(known, asked(log)[before:], f"{name}, the last")
        count = len(asked(log))
        bench.end(0, *bench.words(name, store, url))
        insist(len(asked(log)) == count, f"{name}: a pass that was done asked again")
    insist(findings(store, name) == bench.found[name], f"{name}: other findings after kills")


def export_killed(bench):
    """An export that is killed leaves nothing under its name, or all of it."""
    whole = bench.work / "whole.out"
    words = ["export", "--store", bench.critiqued, "--view", "critique", "--view", "trees", "--split",
             "train=0.5,test=0.5", "--compress", "--keep-if", "steps > 0"]
    bench.end(0, *words, "--to", whole)
    for number in range(40 if DEEP else 8):
        out = bench.work / f"killed{number}.out"
        process = subprocess.Popen([bench.program, *map(str, words), "--to", str(out)], stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        time.sleep(0.004 * number)
        process.kill()
        process.wait()
        if out.exists():
            insist_same(whole, out, "an export that was killed")
        bench.end(0, *words, "--to", out, *(["--force"] if out.exists() else []))
        insist_same(whole, out, "an export after a kill")


def full(bench, name):
    """Where nothing can be kept, a pass ends with 4 when its patience does, and goes on with room again."""
    store, log = bench.copy(bench.before(name), f"full-{name}"), bench.work / f"full-{name}.jsonl"

    def no_room():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (store.stat().st_size // 8, resource.RLIM_INFINITY))

    with model_server(SERVER, log=log) as url:
        bench.end(STORE, *bench.words(name, store, url), "--store-patience", 0.2, preexec_fn=no_room,
                  said=("ulimit -f",))
        bench.end(0, *bench.words(name, store, url))
    insist(findings(store, name) == bench.found[name], f"{name}: other findings after a full disk")


# --- beside each other ---------------------------------------------------------------------


def estimated(bench):
    """An estimate asks nothing and writes nothing, whatever is there."""
    log = bench.work / "estimated.jsonl"
    with model_server(SERVER, log=log) as url:
        for name in PASSES:
            store = bench.copy(bench.before(name), f"estimated-{name}")
            before = logged(store)
            said = bench.end(0, *bench.words(name, store, url), "--estimate")
            insist(f"{len(bench.found[name])} paths to ask about" in said, f"{name}: {said}")
            insist(logged(store) == before, f"{name}: an estimate wrote")
        insist(not asked(log), f"estimates asked {len(asked(log))} questions")


def busy(bench):
    """While one pass writes, another is refused, and an export takes what is there."""
    store, came, end = bench.copy(bench.critiqued, "busy"), threading.Event(), threading.Event()

    def reply(*_):
        came.set()
        end.wait(60)
        return Reply(400, "{}")

    with serving(reply) as server:
        process = begun(bench, "verify", store, server.url)
        insist(came.wait(60), "nothing was asked")
        for name in PASSES:
            bench.end(STORE, *bench.words(name, store, NOWHERE), said=(store, "another process"))
        bench.end(0, "export", "--store", store, "--to", store.with_suffix(".out"))
        process.kill()
        process.communicate()
        end.set()
    still = bench.copy(bench.critiqued, "still")
    bench.end(0, "export", "--store", still, "--to", still.with_suffix(".out"))
    insist_same(store.with_suffix(".out") / "data", still.with_suffix(".out") / "data", "an export beside a pass")


def beside(bench):
    """Annotators and completers beside each other, in any order and twice."""
    ways = {"numbers": ["annotate", "--annotator", "numbers"], "critique": ["annotate", "--annotator", "critique"],
            "blind": ["annotate", "--annotator", "critique:style=blind"], "one": ["locate", *PASSES["locate"]],
            "warm": ["locate", "--temperature", 0.5, *PASSES["locate"]]}
    stores = []
    with model_server(SERVER) as url:
        for number, order in enumerate((list(ways), list(ways)[::-1] + list(ways))):
            # What is located is said to annotators: each order has what was there first.
            store = bench.copy(bench.run, f"beside{number}")
            for name in order:
                bench.end(0, ways[name][0], "--store", store, "--endpoint", url, "--quiet", *ways[name][1:])
            stores.append(store)
    one, two = (findings(store, "locate") for store in stores)
    insist(one == two and len({row[3] for row in one}) == 2, "two completers, in two orders")
    for store in stores:
        makers = {row[3] for row in findings(store, "annotate")}
        insist(len(makers) == 3, f"annotators: {makers}")
        bench.end(0, "export", "--store", store, "--to", store.with_suffix(".out"))
        insist(contents(store.with_suffix(".out")), "nothing was exported")


def out_of_range(bench):
    store = bench.copy(bench.critiqued, "range")
    before = logged(store)
    for words in (["locate", "--locate-below", 0.9], ["locate", "--locate-below", "x"], ["locate", "--locate-most", 0],
                  ["locate", "--in-flight", 0], ["verify", "--refinements", 0], ["verify", "--refinements", 5000],
                  ["verify", "--control", -1], ["annotate"], ["annotate", "--annotator", "none"],
                  ["annotate", "--annotator", "nobody"], ["annotate", "--annotator", "critique:style=best"],
                  ["annotate", "--annotator", "critique:nobody"], ["locate", "--completer", "nobody"],
                  ["locate", "--problems", -1],
                  ["export", "--to", store.with_suffix(".out"), "--keep-if", "refned > 3"],
                  ["export", "--to", store.with_suffix(".out"), "--keep-if", '"refned" > 3'],
                  ["export", "--to", store.with_suffix(".out"), "--keep-if", ""]):
        bench.end(2, words[0], "--store", store, *words[1:])
        insist(logged(store) == before, f"{words}: it was changed")
    insist(not store.with_suffix(".out").exists(), "an output")


def named_as_typed(bench):
    """What is wrong with a port is said by the option that was typed, whoever reads what stands behind it."""
    for words, said in ((["annotate", "--annotator", "critique=chat"], "--annotator critique=chat: there is no annotate"),
                        (["annotate", "--annotator", "critique:nobody"], "--annotator critique:nobody asks backend 'nobody'"),
                        (["annotate", "--annotator", "critique:style=best"], "--annotator critique:style=best: critic critique"),
                        (["inject", "--annotator", "match"], "--annotator match: there is no annotate"),
                        (["verify", "--completer", "chat:"], "--completer chat: names no backend"),
                        (["locate", "--completer", "nobody"], "--completer nobody: there is no policy"),
                        (["locate", "--second", "chat:nobody"], "--second chat:nobody asks backend"),
                        (["generate", bench.problems, "--critic", "execution=nobody"], "--critic execution=nobody: there is no"),
                        (["generate", bench.problems, "--critic", "execution:doc=judge:k"], "--critic execution:doc=judge:k asks backend"),
                        (["generate", bench.problems, "--policy", "doc=nobody"], "--policy doc=nobody: there is no policy")):
        store = bench.work / "typed.db" if words[0] == "generate" else bench.critiqued
        bench.end(2, *words, "--store", store, said=[said])


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-passes-", dir=QUICK) as folder:
        bench = Bench(program, pathlib.Path(folder))
        alone = (no_stores, truncated, unfinished, no_findings, strange_findings, old_stores, gone, nonsense, refusing,
                 estimated, busy, beside, out_of_range, named_as_typed, export_killed, unreadable)
        parts = [(part, bench) for part in alone]
        parts += [(part, bench, name) for part in (limits, interrupted, full) for name in PASSES]
        side_by_side(parts)


if __name__ == "__main__":
    main(test)
