#!/usr/bin/env python3
"""test_ctl.py PROGRAM MODEL_SERVER - runs that are steered from outside: crux ctl, what a stranger says on its socket,
what a dead run leaves; and what a run does that is interrupted while replies hang."""

import contextlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from kill_served import insist_once, ledger_keys
from support import DEEP, Failed, crux, insist, insist_same, log_rows, main, model_server, paid, puzzles, side_by_side

SERVER = sys.argv[2]
NOWHERE = "http://127.0.0.1:9/v1"
NOBODY, OTHER = 65534, 65533
PATIENCE = 180
LINE = 4096
HUNG = '{"fault": "late", "ms": 600000%s}'
# More trees than calls that may be out, so that as many hang, whatever a tree waits for.
HANGING = ["--calls", 15, "--per-tree", 4, "--open-trees", 12, "--in-flight", 8]


def problems(work, count=8):
    path = work / "problems.jsonl"
    with path.open("w", encoding="utf-8") as out:
        subprocess.run([SERVER, "--problems", str(count), "--operations", "2:4"], stdout=out, check=True)
    return path


def searching(command, path, store, url, *more):
    return [command, path, "--store", store, "--endpoint", url, "--policy", "chat", "--critic", "outcome=match",
            "--children", 3, "--quiet", *more]


def start(program, *words):
    return subprocess.Popen([program, *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process, code, *said):
    """It ends with this status and says all that; its words."""
    try:
        _, words = process.communicate(timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        process.kill()
        raise Failed(f"the run did not end, and should with {code} and {said}: {process.args}") from None
    insist(process.returncode == code, f"the run ended with {process.returncode}, not {code}: {words}")
    for sentence in said:
        insist(re.search(sentence, words), f"the run does not say `{sentence}`: {words}")
    return words


def ctl(program, store, *words, code=0, said="", **more):
    """Say it to the run; its answer."""
    done = subprocess.run([program, "ctl", "--store", str(store), "--json", *(one if isinstance(one, bytes) else str(one) for one in words)],
                          capture_output=True, text=True, check=False, **more)
    insist(done.returncode == code, f"ctl {words}: exit status {done.returncode}, not {code}: {done.stderr}")
    insist(said in done.stderr, f"ctl {words}: does not say `{said}`: {done.stderr}")
    return json.loads(done.stdout) if code == 0 else None


def until(process, holds, what):
    """Wait until it is so, or fail; what it came to be."""
    ends = time.monotonic() + PATIENCE
    while time.monotonic() < ends:
        seen = holds()
        if seen:
            return seen
        if process.poll() is not None:
            raise Failed(f"the run ended before {what}: {process.stderr.read()}")
        time.sleep(0.05)
    raise Failed(f"never: {what}")


def reads(program, store, *words):
    """Say it to the run; what a person reads of its answer."""
    return crux(program, "ctl", "--store", store, *words)


def answers(program, process, store, holds, what):
    """Wait until the run's own status is so."""
    last = []

    def look():
        done = subprocess.run([program, "ctl", "--store", str(store), "--json", "status"], capture_output=True,
                              text=True, check=False)
        last[:] = [done.stdout or done.stderr]
        return json.loads(done.stdout) if done.returncode == 0 and holds(json.loads(done.stdout)) else None
    try:
        return until(process, look, what)
    except Failed as failure:
        raise Failed(f"{failure}; its last words: {last[0]}") from None


def asked(path):
    return [row for row in log_rows(path) if row["key"]]


def insist_status(program, store, process, command, doing, said):
    """crux status says what is at work on the store, and that it is paused."""
    seen = json.loads(crux(program, "status", "--store", store, "--json"))["at_work"]
    insist(seen == {"command": command, "process": process.pid, "doing": doing}, f"at work: {seen}")
    words = crux(program, "status", "--store", store)
    insist(f"{process.pid}{said}" in words, f"status does not say `{said}`: {words}")


def settings(program, store):
    return json.loads(crux(program, "status", "--store", store, "--json"))["settings"]


def intents(store):
    with contextlib.closing(sqlite3.connect(store)) as base:
        return base.execute("SELECT count(*) FROM intents").fetchone()[0]


# --- steering ------------------------------------------------------------------------------


def most_at_once(rows, since_ns):
    """How many requests were at the server at a time, of those that came after that moment."""
    steps = sorted([(row["in"], 1) for row in rows if row["in"] > since_ns] +
                   [(row["out"], -1) for row in rows if row["in"] > since_ns])
    most = now = 0
    for _, step in steps:
        now += step
        most = max(most, now)
    return most


def steered(program, work):
    """A thousand calls, whose limits are raised and whose number in flight is halved while they run: none is lost, none is
    made twice, and the data are those of a run that nobody steered."""
    path, store, whole = problems(work, 24), work / "steered.db", work / "whole.db"
    shape = ["--calls", 60, "--order", "issued", "--per-tree", 8]
    with model_server(SERVER, "--latency", "constant:25", log=work / "log") as url:
        process = start(program, *searching("generate", path, store, url, *shape, "--in-flight", 32, "--limit-calls", 700))
        answers(program, process, store, lambda seen: seen["spent"]["calls"] > 100, "a hundred calls")
        seen = ctl(program, store, "limits", "--limit-calls", 100000, "--limit-price", 3.5)
        insist(seen["limits"] == {"calls": 100000, "tokens": 0, "price": 3.5, "seconds": 0.0}, f"limits: {seen}")
        seen = ctl(program, store, "in-flight", 16)
        insist(seen["in_flight_most"] == 16 and seen["recorded"], f"in-flight: {seen}")
        answers(program, process, store, lambda seen: seen["at_servers"] <= 16, "halved")
        halved_ns = time.monotonic_ns()
        seen = ctl(program, store, "pause")
        insist(seen["paused"] and not seen["stopping"], f"pause: {seen}")
        insist_status(program, store, process, "generate", "paused", ": paused: ")
        answers(program, process, store, lambda seen: seen["at_servers"] == 0, "all in flight taken")
        still = len(asked(work / "log"))
        time.sleep(0.2)
        insist(len(asked(work / "log")) == still, "a run that is paused asks")
        told = reads(program, store, "status")
        insist(f"run      crux generate, process {process.pid}: paused\n" in told and " spent, limit 100000\n" in told and
               " spent, limit 3.5\n" in told and "tokens " in told and "seconds  no limit\n" in told and
               "problems " in told and "wait again" not in told and "recorded" not in told, f"what is read: {told}")
        insist(not ctl(program, store, "resume")["paused"], "resume")
        insist(f"process {process.pid}: going on\n" in reads(program, store, "limits", "--limit-tokens", 10 ** 12), "going on")
        end(process, 0)
        rows = asked(work / "log")
        insist(len(rows) >= 1000, f"only {len(rows)} calls")
        insist_once(set(), rows, "steered")
        kept = ledger_keys(store)
        insist({row["key"] for row in rows} <= kept and sum(row["n"] for row in rows) == len(kept), "a reply was lost")
        insist(paid(program, store)["chat"]["calls"] == len(rows), "the account is not what the server saw")
        insist(most_at_once(rows, halved_ns) <= 16, f"{most_at_once(rows, halved_ns)} calls at a time, not 16")
        crux(program, *searching("generate", path, whole, url, *shape))
    changes = settings(program, store)["changes"]
    insist([one["change"] for one in changes] == ["limits", "in-flight", "pause", "resume", "limits"], f"recorded: {changes}")
    insist((changes[1]["from"], changes[1]["to"], changes[1]["user"]) == (32, 16, os.getuid()), f"{changes[1]}")
    for one in (store, whole):
        crux(program, "export", "--store", one, "--to", one.with_suffix(".out"))
    insist_same(whole.with_suffix(".out"), store.with_suffix(".out"), "a steered run")
    crux(program, *searching("generate", path, store, NOWHERE, *shape, "--profile", "vllm", "--model", "fake"))
    insist(len(settings(program, store)["changes"]) == 5, "what was changed is forgotten when the run goes on")


def raised(program, work):
    """More calls than the open trees could ask for: others are opened for them."""
    path, store = problems(work, 40), work / "raised.db"
    with model_server(SERVER, "--latency", "constant:2000") as url:
        process = start(program, *searching("generate", path, store, url, "--in-flight", 2, "--workers", 1, "--per-tree", 4,
                                            "--grace", 0))
        few = answers(program, process, store, lambda seen: seen["at_servers"] == 2, "two calls are out")["problems_open"]
        ctl(program, store, "in-flight", 30)
        answers(program, process, store, lambda seen: seen["at_servers"] > few * 4, f"more calls than {few} trees ask for")
        ctl(program, store, "stop")
        end(process, 130)


def refused(program, store):
    """What gives data their meaning, and what is nothing."""
    for words, code, said in ((["limits", "--seed", 3], 2, "seed"), (["pause", "now"], 2, "takes nothing more"),
                              (["in-flight"], 2, "number of calls"), (["in-flight", 0], 2, "1 .. 65,536"),
                              (["in-flight", 70000], 2, "not 70000"), (["in-flight", 4, "judge"], 2, "no backend judge"),
                              (["pause", "--limit-calls", 3], 2, "crux ctl limits"), (["fly"], 2, "knows nothing of `fly`"),
                              (["limits", "--limit-calls", -1], 2, "limit-calls"),
                              # Bytes that are no letters, and letters that a sentence is cut within.
                              ([b"\xff"], 2, "knows nothing of `\ufffd`"), (["in-flight", 4, b"\xffx"], 2, "no backend \ufffdx"),
                              (["x" + "é" * 60], 2, "knows nothing of `xéé"), (["in-flight", 4, "x" + "é" * 60], 2, "no backend xéé")):
        ctl(program, store, *words, code=code, said=said)


def requeued(program, work):
    """Problems that have failed are searched again while the run goes on, and come out as in a run without faults."""
    # one after the other: a refusal before anything has come would be about all questions
    path, store, whole = problems(work, 4), work / "requeued.db", work / "unfailed.db"
    lines = [json.loads(line)["problem"][:60] for line in path.read_text(encoding="utf-8").splitlines()]
    refusal = {"fault": "reply", "status": 400, "body": '{"error": {"message": "not this one"}}'}
    faults = [{**refusal, "text": lines[1], "times": 1}, {**refusal, "text": lines[2], "times": 1},
              {"fault": "late", "ms": 4000, "text": lines[3], "times": 1}]
    shape = ["--calls", 12, "--order", "issued", "--per-tree", 1, "--route", "prefill", "--open-trees", 1]
    with model_server(SERVER, "--faults", json.dumps(faults), log=work / "log") as url:
        process = start(program, *searching("generate", path, store, url, *shape))
        answers(program, process, store, lambda seen: seen["problems_failed"] == 2, "two have failed")
        seen = ctl(program, store, "requeue")
        insist(seen["problems"] == 2 and seen["searched"], f"requeue: {seen}")
        insist("0 problems that had failed wait again" in reads(program, store, "requeue"), "twice")
        end(process, 0, "0 problems failed")
        crux(program, *searching("generate", path, whole, url, *shape))
    for one in (store, whole):
        crux(program, "export", "--store", one, "--to", one.with_suffix(".out"))
    insist_same(whole.with_suffix(".out"), store.with_suffix(".out"), "problems that were searched again")


def others(program, work):
    """Whatever has a store obeys: a search that prints, a pass, an evaluation; the last two take nothing again."""
    path, store = problems(work, 6), work / "solved.db"
    with model_server(SERVER, "--latency", "constant:200") as url:
        commands = [(searching("solve", path, store, url, "--calls", 30, "--oracle", "--in-flight", 4), "solve"),
                    (["locate", "--store", work / "steered.db", "--endpoint", url, "--quiet", "--locate-most", 12,
                      "--locate-below", 0.3, "--in-flight", 4], "locate")]
        for words, name in commands:
            at = words[words.index("--store") + 1]
            process = start(program, *words)
            seen = answers(program, process, at, lambda seen: seen["at_servers"] > 1, f"{name} asks")
            insist(seen["command"] == name, f"{name}: {seen}")
            ctl(program, at, "requeue", code=2, said=f"crux {name} takes nothing again")
            insist(ctl(program, at, "in-flight", 3, *(["chat"] if name == "solve" else []))["in_flight_most"] == 3, name)
            ctl(program, at, "pause")
            answers(program, process, at, lambda seen: seen["at_servers"] == 0, f"{name} has taken all")
            time.sleep(0.3)
            insist(ctl(program, at, "status")["at_servers"] == 0, f"{name} asks while it is paused")
            if name == "locate":
                insist_status(program, at, process, name, "paused", ": crux locate, paused ")
            ctl(program, at, "resume")
            answers(program, process, at, lambda seen: 1 < seen["at_servers"] <= 3, f"{name} goes on")
            ctl(program, at, "limits", "--limit-seconds", 0.001)
            end(process, 5, "limit of 0.001 seconds")


def unrecorded(program, work):
    """What cannot be written down, for the disk is full, is done all the same, and said; with room again it is written. A run
    that pays for nothing has only a limit of time."""
    path, store = puzzles(program, work / "puzzles.jsonl", 40), work / "unrecorded.db"
    process = subprocess.Popen(
        [program, "generate", path, "--store", store, "--delay", "constant:200", "--in-flight", "2", "--quiet", "--calls", "9"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, restore_signals=True,
        preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
    answers(program, process, store, lambda seen: seen["simulations"] > 0, "it searches")
    insist(ctl(program, store, "pause")["recorded"], "pause")
    answers(program, process, store, lambda seen: seen["under_way"] == 0, "nothing is under way")
    ctl(program, store, "limits", "--limit-calls", 3, code=2, said="nothing in this run is paid for")
    soft, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (1, hard))
    seen = ctl(program, store, "limits", "--limit-seconds", 3600)
    insist(seen["recorded"] is False and "unrecorded" in seen and seen["limits"]["seconds"] == 3600, f"a full disk: {seen}")
    told = reads(program, store, "in-flight", 1)
    insist(": paused\n" in told and "1 at a time" in told and f"not recorded in the store: {store}" in told, f"read: {told}")
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (soft, hard))
    seen = ctl(program, store, "resume")
    insist(seen["recorded"] and [one["change"] for one in seen["changes"]] == ["pause", "limits", "in-flight", "resume"],
           f"with room again: {seen}")
    ctl(program, store, "stop")
    end(process, 130)
    kept = [one["change"] for one in settings(program, store)["changes"]]
    insist(kept == ["pause", "resume", "stop"], f"recorded: {kept}")


def ended_while_paused(program, work):
    """What ends a run ends one that is paused, too: what the pause held back is left, and nothing more is sent."""
    path = problems(work, 12)
    faults = json.dumps([{"fault": "edit", "edit": "wrong_model", "first": 3}])
    for name, words in (("halted", searching("generate", path, work / "halted.db", "URL", "--calls", 30, "--open-trees", 12)),
                        ("halted_pass", ["locate", "--store", work / "halted_pass.db", "--endpoint", "URL", "--quiet",
                                         "--locate-most", 12, "--locate-below", 0.3])):
        store, log = work / f"{name}.db", work / f"{name}.log"
        if words[0] == "locate":
            shutil.copy(work / "steered.db", store)
        with model_server(SERVER, "--latency", "constant:1500", "--faults", faults, log=log) as url:
            process = start(program, *[url if word == "URL" else word for word in words], "--in-flight", 2)
            before = answers(program, process, store, lambda seen: seen["at_servers"] > 0, "it asks")["spent"]["calls"]
            answers(program, process, store,  # the first replies are good
                    lambda seen, before=before: seen["spent"]["calls"] > before and seen["unsent"] > 0, "calls wait")
            ctl(program, store, "pause")
            end(process, 2, "answers as model")
            left = len(asked(log))
            time.sleep(0.5)
            insist(len(asked(log)) == left and left < 16, f"{name}: {left} calls were sent")


def limited_while_paused(program, work):
    """A limit that is lowered below what is spent ends a run, paused or not, and what was not sent yet never is."""
    path = problems(work, 12)
    for name, words in (("paused", ["pause"]), ("working", ["status"])):
        store, log = work / f"limited-{name}.db", work / f"{name}.log"
        with model_server(SERVER, "--latency", "constant:1500", log=log) as url:
            process = start(program, *searching("generate", path, store, url, "--calls", 30, "--open-trees", 12, "--in-flight", 2))
            spent = answers(program, process, store, lambda seen: seen["spent"]["calls"] > 0 and seen["unsent"] > 0, "calls wait")
            ctl(program, store, *words)
            sent = len(asked(log))  # and those that are at the server now
            seen = reads(program, store, "limits", "--limit-calls", 1)
            insist(": ending\n" in seen and " spent, limit 1\n" in seen, f"{name}: the run does not end: {seen}")
            end(process, 5, "limit of 1 calls was reached", "0 calls for those that are done", "to go on:")
            insist(len(asked(log)) <= sent + 2, f"{name}: {len(asked(log)) - sent} calls were sent beyond the limit")
            insist(paid(program, store)["chat"]["calls"] == len(asked(log)) >= spent["spent"]["calls"], f"{name}: paid")


def paused_with_nothing_out(program, process, store):
    """Pause it, once some calls are paid, so that nothing is out and nothing waits. A call that was just booked would wait,
    so the pause comes while all are at the server; where one came in between, again."""
    def look():
        answers(program, process, store, lambda seen: seen["spent"]["calls"] > 0 and seen["under_way"] == seen["at_servers"] > 0,
                "all calls are at the server")
        ctl(program, store, "pause")
        seen = answers(program, process, store, lambda seen: seen["under_way"] == seen["unsent"], "nothing is out")
        if seen["under_way"] > 0:
            ctl(program, store, "resume")
        return seen["under_way"] == 0
    until(process, look, "a pause with nothing that waits")


def limited_with_nothing_out(program, work):
    """So it is where all that was out has come, and nothing waits: then nobody asks for the call that would tell."""
    path = problems(work, 12)
    for name, words in (("search", searching("generate", path, work / "still-search.db", "URL", "--calls", 30,
                                             "--open-trees", 2)),
                        ("pass", ["locate", "--store", work / "still-pass.db", "--endpoint", "URL", "--quiet",
                                  "--locate-most", 12, "--locate-below", 0.3])):
        for limit, said in ((["--limit-calls", 1], "limit of 1 calls was reached"), (["--limit-tokens", 1], "limit of 1 tokens"),
                            (["--limit-seconds", 0.001], "limit of 0.001 seconds")):
            store = work / f"still-{name}.db"
            store.unlink(missing_ok=True)
            if name == "pass":
                shutil.copy(work / "steered.db", store)
            with model_server(SERVER, "--latency", "constant:400") as url:
                process = start(program, *[url if word == "URL" else word for word in words], "--in-flight", 64)
                paused_with_nothing_out(program, process, store)
                ctl(program, store, "limits", *limit)
                end(process, 5, said)


# --- who may -------------------------------------------------------------------------------


@contextlib.contextmanager
def another(function, *words):
    """What another user's process says, while it lives: a line."""
    reads, writes = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            os.umask(0)
            with os.fdopen(writes, "w", encoding="utf-8") as out:
                function(out, *words)
        except OSError as failure:
            os.write(2, f"{failure}\n".encode())
        finally:
            os._exit(0)
    os.close(writes)
    try:
        with os.fdopen(reads, encoding="utf-8") as said:
            yield said.readline()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def call(out, at):
    with socket.socket(socket.AF_UNIX) as one:
        one.connect(at)
        with contextlib.suppress(BrokenPipeError):  # it may have been refused already
            one.sendall(b'{"do":"resume"}\n')
        print(one.recv(LINE).decode().strip(), file=out, flush=True)


def pretend(out, at):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(at)
        one.listen()
        print("here", file=out, flush=True)
        time.sleep(PATIENCE)



def foreign(program, store, work):
    """Another user is refused: by the mode of the socket, by the run if that was changed, and a client does not speak to a
    run of another user."""
    at = pathlib.Path(f"{store}-ctl")
    insist(stat.S_IMODE(at.stat().st_mode) == 0o600, f"mode {at.stat().st_mode:o}")
    if os.geteuid() != 0:
        print("not root: that another user is refused is not tried")
        return
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
    if subprocess.run([program, "--version"], check=False, capture_output=True, **as_nobody).returncode != 0:
        print("another user cannot run the program: that he is refused is not tried")
        return
    ctl(program, store, "resume", code=4, said="another user's", **as_nobody)
    at.chmod(0o666)
    ctl(program, store, "resume", code=4, said="another user's", **as_nobody)
    with another(call, str(at)) as told:
        insist("another user's: it obeys its own and root" in told, f"a foreign caller: {told}")
    insist(ctl(program, store, "status")["paused"], "another user was obeyed")
    pretended = work / "pretended.db"
    pretended.touch()
    work.chmod(0o777)
    with another(pretend, f"{pretended}-ctl") as told:
        insist(told == "here\n", "nobody pretends")
        ctl(program, pretended, "status", code=4, said="another user's, who alone",
            user=OTHER, group=OTHER, extra_groups=[])
    work.chmod(0o755)


# --- strangers on the socket ----------------------------------------------------------------


@contextlib.contextmanager
def connected(store):
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(PATIENCE)
        one.connect(f"{store}-ctl")
        yield one


def lines_from(one, count):
    """So many lines, or fewer when it hangs up."""
    data = b""
    while data.count(b"\n") < count:
        try:
            more = one.recv(65536)
        except ConnectionResetError:  # what it said before has been read
            break
        if not more:
            break
        data += more
    return [json.loads(line) for line in data.split(b"\n")[:-1]]


def says(store, data, count=1):
    """What is answered to these bytes."""
    with connected(store) as one:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may have been refused already
            one.sendall(data)
        return lines_from(one, count)


STATUS = b'{"do":"status"}\n'


def malformed(store):
    """Each is answered by a sentence and ends the connection; what is a request goes on."""
    for data, said in ((b"\n", "line of JSON"), (b"hello\n", "line of JSON"), (b"[1]\n", "not an array"),
                       (b"7\n", "JSON"), (b"{}\n", 'member "do"'), (b'{"do":7}\n', 'member "do"'),
                       (b'{"do":"status","do":"stop"}\n', "line of JSON"), (b'{"do":"status"\0}\n', "line of JSON"),
                       (b'{"do":"status","x":' + b"[" * 2000 + b"]" * 2000 + b"}\n", "line of JSON"),
                       (b'\xff\xfe{"do":"status"}\n', "line of JSON"), (b'{"do":"' + b"x" * LINE + b'"}\n', "at most 4,096"),
                       (b"x" * 100000, "at most 4,096")):
        got = says(store, data, 2)
        insist(len(got) == 1 and got[0]["ok"] is False and got[0]["status"] == "invalid" and said in got[0]["error"],
               f"{data[:40]}: {got}")
    for request, said in (('{"do":"limits","seed":3}', "never what gives its data their meaning"),
                          ('{"do":"limits","calls":-1}', "whole number"), ('{"do":"limits","calls":1.5}', "whole number"),
                          ('{"do":"limits","calls":"9"}', "whole number"), ('{"do":"limits","price":true}', "a number"),
                          ('{"do":"limits","seconds":1e300}', "a number"), ('{"do":"in-flight"}', "1 .. 65536"),
                          ('{"do":"in-flight","n":3,"backend":4}', "is a name"), ('{"do":"pause","n":3}', "is nothing that"),
                          ('{"do":"in-flight","n":65537}', "whole number"), ('{"do":"go"}', "knows nothing of")):
        got = says(store, request.encode() + b"\n" + STATUS, 2)
        insist(len(got) == 2 and not got[0]["ok"] and said in got[0]["error"] and got[1]["ok"], f"{request}: {got}")
    got = says(store, b'{"do":"limits","price":1e-12}\n{"do":"limits","price":0}\n', 2)
    insist([seen["limits"]["price"] for seen in got] == [1e-09, 0.0], f"less than can be counted is no 0, which is no limit: {got}")
    longest = STATUS[:-2] + b" " * (LINE - len(STATUS) + 1) + b"}\n"
    insist(len(longest) == LINE + 1 and says(store, longest)[0]["ok"], "a line of 4,096 bytes is one")


def clumsy(program, store):
    """Slow, half-open and deaf ones, more than there is room for: the run answers others all the same."""
    with connected(store) as one:
        for byte in STATUS:
            one.sendall(bytes([byte]))
        insist(lines_from(one, 1)[0]["ok"], "byte by byte")
        one.sendall(STATUS * 3)
        insist(len(lines_from(one, 3)) == 3, "three at once")
        one.sendall(STATUS)
        one.shutdown(socket.SHUT_WR)
        insist(len(lines_from(one, 2)) == 1, "half-open: one answer, then it hangs up")
    with connected(store) as one:
        one.sendall(STATUS[:-1])
        one.shutdown(socket.SHUT_WR)
        insist(lines_from(one, 1) == [], "a request that has no end is none")
    with connected(store) as one:
        one.sendall(STATUS)  # and is gone before it is answered
    with connected(store) as deaf:
        deaf.settimeout(0.2)
        with contextlib.suppress(TimeoutError):
            for _ in range(10000):
                deaf.sendall(STATUS * 100)
        insist(ctl(program, store, "status")["ok"], "one that does not read keeps others away")
    with contextlib.ExitStack() as stack:
        for _ in range(15):
            stack.enter_context(connected(store))
        insist(ctl(program, store, "status")["ok"], "fifteen that say nothing")
        for _ in range(15 if DEEP else 0):
            stack.enter_context(connected(store))
        insist(ctl(program, store, "status")["ok"], "thirty that say nothing")


def strangers(program, work):
    """One run that all of them meet; it ends as if nothing had been."""
    path, store = problems(work, 4), work / "strange.db"
    with model_server(SERVER, "--latency", "constant:200", log=work / "log") as url:
        process = start(program, *searching("generate", path, store, url, "--calls", 20, "--in-flight", 4))
        answers(program, process, store, lambda seen: seen["at_servers"] > 0, "it asks")
        ctl(program, store, "pause")
        second = start(program, *searching("generate", path, store, url, "--calls", 20))
        end(second, 4, "another")
        foreign(program, store, work)
        malformed(store)
        clumsy(program, store)
        refused(program, store)
        ctl(program, store, "resume")
        end(process, 0)
        insist_once(set(), asked(work / "log"), "strangers")
    insist(not pathlib.Path(f"{store}-ctl").exists(), "the socket stays")


# --- where it lies --------------------------------------------------------------------------


def names(program, work):
    """Paths and names of any length, by a link, too; nobody at work; what a dead run leaves; what is no socket."""
    path = problems(work, 2)
    deep = work / ("d" * 100) / ("e" * 120)
    deep.mkdir(parents=True)
    link = work / "link.db"
    ctl(program, work / "none.db", "status", code=4, said="none.db")
    (work / "file.db").touch()
    ctl(program, work / "file.db", "status", code=4, said="no run is at work on it")
    with model_server(SERVER, "--latency", "constant:300") as url:
        for store in (deep / "run.db", deep / ("n" * 200 + ".db"), work / "plain.db"):
            link.unlink(missing_ok=True)
            link.symlink_to(store)
            process = start(program, *searching("generate", path, link, url))
            answers(program, process, store, lambda seen: seen["at_servers"] > 0, "a long name")
            ctl(program, link, "status")
            process.kill()
            process.communicate()
            ctl(program, store, "status", code=4, said="no run is at work on it")
            left = [one for one in store.parent.iterdir() if one.is_socket()]
            insist(len(left) == 1, f"a killed run leaves {left}")
            process = start(program, *searching("generate", path, store, url))
            answers(program, process, store, lambda seen: seen["at_servers"] > 0, "after a killed one")
            ctl(program, store, "stop")
            end(process, 130)
            insist(not [one for one in store.parent.iterdir() if one.is_socket()], "a socket stays")
        taken = work / "plain.db-ctl"
        taken.write_text("mine", encoding="utf-8")
        process = start(program, *searching("generate", path, work / "plain.db", url))
        until(process, lambda: json.loads(crux(program, "status", "--store", work / "plain.db", "--json"))["in_flight"],
              "it asks though it cannot be steered")
        ctl(program, work / "plain.db", "status", code=4)
        process.send_signal(signal.SIGINT)
        end(process, 130, "crux ctl cannot reach this run: plain.db-ctl is there and is no socket")
        insist(taken.read_text(encoding="utf-8") == "mine", "what is no socket was touched")


# --- interrupted while replies hang -----------------------------------------------------------


def hanging(program, words, how, *said, code=130, grace=1, when=lambda seen: seen["at_servers"] > 0):
    """Interrupt it when some calls hang, and it ends with 130."""
    store = words[words.index("--store") + 1]
    process = start(program, *words, "--grace", grace)
    seen = None
    while seen is None or seen["spent"] != ctl(program, store, "status")["spent"]:
        seen = answers(program, process, store, when, "calls are out")
        time.sleep(0.3)  # what can be answered is
    if how == "stop":
        ctl(program, store, "stop")
    else:
        process.send_signal(how)
    end(process, code, *said)
    return seen


def hung(program, work, name, how):
    """What has come is kept, what hangs stays as an intention, and the same command asks for that and what was never asked."""
    path, store = problems(work, 12), work / f"hung-{name}.db"
    log, again = work / f"{name}.log", work / f"{name}.again"
    faults = "[" + HUNG % ', "first": 20, "last": 27' + "]"
    with model_server(SERVER, "--faults", faults, log=log) as url:
        hanging(program, searching("generate", path, store, url, *HANGING), how, "8 calls are out; waiting up to 1 s for them",
                "8 calls have not come", "to go on:", when=lambda seen: seen["spent"]["calls"] == 19 and seen["at_servers"] == 8)
    insist(intents(store) == 8, f"{intents(store)} intentions, not 8")
    known = ledger_keys(store)
    insist({row["key"] for row in asked(log) if not row["fault"]} <= known, "a reply that came is lost")
    insist(not json.loads(crux(program, "status", "--store", store, "--json"))["running"], "status sees it run")
    with model_server(SERVER, log=again) as url:
        crux(program, *searching("generate", path, store, url, *HANGING))
    insist_once(known, asked(again), f"{name}: goes on")


def queued(program, work):
    """Calls that were not sent end at once, also those that rest since the server is down; without a grace nothing is waited
    for, and the second signal does not wait, either."""
    path = problems(work, 12)
    faults = "[" + HUNG % ', "first": 20' + "]"
    down = '[{"fault": "reply", "status": 503, "body": "busy", "first": 20}]'
    with model_server(SERVER, "--faults", down) as url:
        hanging(program, searching("generate", path, work / "down.db", url, *HANGING), signal.SIGTERM, "to go on", grace=600,
                when=lambda seen: seen["spent"]["calls"] >= 19)
    with model_server(SERVER, "--faults", faults) as url:
        hanging(program, searching("generate", path, work / "none.db", url, *HANGING), signal.SIGINT, "8 calls have not come",
                grace=0, when=lambda seen: seen["spent"]["calls"] == 19 and seen["at_servers"] == 8)
    with model_server(SERVER, "--faults", faults) as url:
        process = start(program, *searching("generate", path, work / "twice.db", url, *HANGING))
        answers(program, process, work / "twice.db", lambda seen: seen["spent"]["calls"] == 19 and seen["at_servers"] == 8, "out")
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        insist(process.poll() is None, "the first signal did not wait")
        process.send_signal(signal.SIGINT)
        end(process, 130, "8 calls are out; waiting up to 30 s", "leaving what is in flight")
        insist(intents(work / "twice.db") == 8 and len(ledger_keys(work / "twice.db")) >= 19, "what had come is lost")
    with model_server(SERVER, "--faults", faults) as url:
        hanging(program, searching("generate", path, work / "paused.db", url, *HANGING), signal.SIGINT, "8 calls have not come",
                when=lambda seen: seen["spent"]["calls"] == 19 and seen["at_servers"] == 8 and ctl(program, work / "paused.db", "pause"))


def passes(program, work):
    """A pass, an evaluation and a search that prints, too."""
    path = problems(work, 6)
    store = work / "passed.db"
    with model_server(SERVER) as url:
        crux(program, *searching("generate", path, store, url, "--calls", 15))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    judged = work / "judged.jsonl"
    judged.write_text("".join(json.dumps({**row, "solution": "The answer is 7.", "label": "wrong"}) + "\n" for row in rows),
                      encoding="utf-8")
    locate = ["locate", "--store", store, "--quiet", "--locate-most", 12, "--locate-below", 0.3]
    with model_server(SERVER, "--faults", "[" + HUNG % ', "first": 9' + "]") as url:
        hanging(program, [*locate, "--endpoint", url], signal.SIGTERM, "calls are out", "have not come", "the same command goes on",
                when=lambda seen: seen["spent"]["calls"] >= 8 and seen["at_servers"] > 1)
        hanging(program, searching("solve", path, work / "solve.db", url, "--oracle"), signal.SIGINT, "calls? (is|are) out", "not come")
    process = start(program, *locate, "--endpoint", NOWHERE, "--grace", 600)
    answers(program, process, store, lambda seen: seen["unsent"] > 0, "nobody answers")
    process.send_signal(signal.SIGTERM)
    end(process, 130, "the same command goes on")


def steered_and_others(program, work):
    steered(program, work)
    others(program, work)
    ended_while_paused(program, work)
    limited_while_paused(program, work)
    limited_with_nothing_out(program, work)


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-ctl-") as folder:
        work = pathlib.Path(folder)
        work.chmod(0o755)
        parts = [(part, program, work / part.__name__) for part in
                 (steered_and_others, raised, passes, queued, names, strangers, requeued, unrecorded)]
        for name, how in (("int", signal.SIGINT), ("term", signal.SIGTERM), ("stop", "stop")):
            parts.append((hung, program, work / f"hung-{name}", name, how))
        for part in parts:
            part[2].mkdir()
        side_by_side(parts)


if __name__ == "__main__":
    main(test)
