#!/usr/bin/env python3
"""test_endpoints_file.py PROGRAM MODEL_SERVER - servers come and go while a run goes on, by a file that lists them.

Real processes of the fake server join and part in every way that a file can be written; the run ends with all problems,
no question is answered twice, and the data set is that of one server that stays. So is one whose servers are named in
another order, for addresses are in no key. Replies tell where lists of models do not.
"""

import collections
import contextlib
import http.server
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, insist_same, log_rows, main, model_server  # noqa: E402

SERVER = pathlib.Path(sys.argv[2]).resolve()
WORDS = ["--calls", "24", "--order", "issued", "--per-tree", "8", "--in-flight", "64", "--children", "3"]


def answered(log):
    return [row["key"] for row in log_rows(log) if row["status"] == 200 and row["key"] and row["fault"] == ""]


def until(holds, what, seconds=60):
    end = time.monotonic() + seconds
    while not holds():
        insist(time.monotonic() < end, f"{seconds} s, and not yet: {what}")
        time.sleep(0.05)


def silence(logs):
    """Wait until nothing comes to these servers; how much has come to each."""
    before, now = None, [len(answered(log)) for log in logs]
    while before != now:
        time.sleep(0.5)
        before, now = now, [len(answered(log)) for log in logs]
    return now


class Run:
    """crux generate in the background, and what it says."""

    begun = []  # processes, so that none outlives the test

    def __init__(self, program, *words):
        self.process = subprocess.Popen([program, "generate", *map(str, words)], stderr=subprocess.PIPE, text=True)
        self.said = ""
        self.reader = threading.Thread(target=self.read)
        self.reader.start()
        Run.begun.append(self.process)

    def read(self):
        for line in self.process.stderr:
            self.said += line

    def hears(self, *parts):
        for part in parts:
            until(lambda part=part: part in self.said or self.process.poll() is not None, f"`{part}` in\n{self.said}")
            self.reader.join(0 if self.process.poll() is None else 10)
            insist(part in self.said, f"no `{part}`, exit {self.process.poll()}:\n{self.said}")

    def end(self, status=0):
        self.process.wait(timeout=120)
        self.reader.join()
        insist(self.process.returncode == status, f"exit {self.process.returncode}, not {status}:\n{self.said[-3000:]}")


def come_and_go(program, folder, problems):
    """An empty file, a server, a bad line, a second server, the first parts, nobody, the first again."""
    hosts, slow = folder / "hosts", ["--latency", "lognormal:30", "--slots", "6"]
    logs = [folder / "log1", folder / "log2"]
    with contextlib.ExitStack() as stack:
        one, two = (stack.enter_context(model_server(SERVER, *slow, log=log)) for log in logs)
        hosts.write_text("# none yet\n", encoding="utf-8")
        run = Run(program, problems, "--store", folder / "run.db", "--endpoint-file", hosts, *WORDS)
        run.hears("waiting for an endpoint (--patience)")
        hosts.write_text(f"{one} # the first\nnode17\n", encoding="utf-8")
        run.hears("joins", "hosts, line 2 is left out")
        until(lambda: len(answered(logs[0])) > 30, "answers of the first server")
        (folder / "next").write_text(f"{one}\n{two} slots=6\n", encoding="utf-8")
        os.replace(folder / "next", hosts)
        until(lambda: len(answered(logs[1])) > 30, "answers of the second server")
        hosts.write_text(f"{two} slots=6", encoding="utf-8")
        run.hears(f"{one} parts")
        with hosts.open("w", encoding="utf-8"):
            pass
        run.hears(f"{two} parts", "has no endpoint: calls wait")
        counts = silence(logs)
        hosts.write_text(f"{one}\n", encoding="utf-8")
        until(lambda: len(answered(logs[0])) > counts[0], "answers of the first server, which came again")
        run.end()
        keys = collections.Counter(key for log in logs for key in answered(log))
    insist(max(keys.values()) == 1, f"a question was answered {max(keys.values())} times")
    insist(all(run.said.count(part) == 1 for part in (f"{two} joins", "calls wait for one", "line 2")), run.said)
    crux(program, "export", "--store", folder / "run.db", "--to", folder / "set")


def cached(program, folder, problems):
    """What servers tell of their caches stands in cost and status; one that tells nothing is in neither."""
    for name, told in (("cached", True), ("silent", False)):
        store, log = folder / f"{name}.db", folder / f"{name}.log"
        with model_server(SERVER, *(["--cache", "100000"] if told else []), log=log) as url:
            crux(program, "generate", problems, "--store", store, "--endpoint", url, "--calls", "4")
        cost, status = (json.loads(crux(program, what, "--store", store, "--json")) for what in ("cost", "status"))
        rows = [row for row in log_rows(log) if row["key"]]
        known, paid = sum(row["cached"] for row in rows), cost["paid"]
        insist((known > 0) == told and paid["cached_tokens"] == status["paid"]["cached_tokens"] == known, f"{known}: {paid}")
        insist(("cached_share" in cost) == told and (not told or 0.5 < cost["cached_share"] < 1), str(cost.get("cached_share")))
        for what, words in (("cost", "were in the caches of servers"), ("status", "in servers' caches")):
            insist((words in " ".join(crux(program, what, "--store", store).split())) == told, f"{what} of {name}")


def doctor(program, folder):
    """Looks at every server that stands in the file, and at its lines."""
    hosts = folder / "hosts5"
    hosts.write_text("# none\n", encoding="utf-8")
    insist("it has 0 endpoints: a run waits for one" in crux(program, "doctor", "--endpoint-file", hosts), "an empty file")
    with model_server(SERVER) as one, model_server(SERVER, "--kind", "llamacpp") as two:
        hosts.write_text(f"{one}\n{two}\n", encoding="utf-8")
        said = crux(program, "doctor", "--endpoint-file", hosts)
        insist("it has 2 endpoints" in said and f"{one} is vllm" in said and f"{two} is llamacpp" in said, said)
        hosts.write_text(f"{one}\nnode7\n", encoding="utf-8")
        said = crux(program, "doctor", "--endpoint-file", hosts, status=1)
        insist("line 2 is left out" in said and f"{one} is vllm" in said, said)
    said = crux(program, "doctor", "--endpoint-file", folder / "hosts6", status=1)
    insist("No such file" in said, said)


def dies(program, folder, problems):
    """A server is killed and leaves the file only then: what it had in flight is asked for elsewhere."""
    hosts = folder / "hosts2"
    with model_server(SERVER, "--latency", "lognormal:20", "--slots", "16") as stays:
        with model_server(SERVER, "--latency", "constant:400", log=folder / "log3") as goes:
            hosts.write_text(f"{stays}\n{goes}\n", encoding="utf-8")
            run = Run(program, problems, "--store", folder / "dies.db", "--endpoint-file", hosts, *WORDS)
            run.hears(f"{goes} joins")
            until(lambda: len(answered(folder / "log3")) > 3, "answers of the one that dies")
        hosts.write_text(f"{stays}\n", encoding="utf-8")
        run.end()
    crux(program, "export", "--store", folder / "dies.db", "--to", folder / "dies")


def without_a_server(program, folder, problems):
    """Patience ends a run that finds no server to begin with, and one in which none is left, which goes on with the same
    command."""
    hosts = folder / "hosts3"
    words = [problems, "--store", folder / "later.db", "--endpoint-file", hosts, *WORDS]
    run = Run(program, *words, "--patience", "1")
    run.end(2)
    hosts.write_text("# of tonight\nnode17 slots=four\n", encoding="utf-8")
    run = Run(program, *words, "--patience", "1")
    run.end(2)
    insist("hosts3 has no endpoint: " in run.said and "hosts3, line 2 is left out" in run.said, run.said)
    with model_server(SERVER, "--latency", "constant:30", "--slots", "6") as url:
        hosts.write_text(f"{url}\n", encoding="utf-8")
        run = Run(program, *words, "--patience", "2")
        run.hears("joins")
        hosts.write_text("", encoding="utf-8")
        run.end(5)
        insist("there has been no endpoint for 2 seconds (--patience)" in run.said, run.said)
        hosts.write_text(f"{url}\n", encoding="utf-8")
        Run(program, *words).end()
    crux(program, "export", "--store", folder / "later.db", "--to", folder / "later")


class Nameless(http.server.BaseHTTPRequestHandler):
    """A list of another model, or none; replies of the model that the server is told to be."""

    def do_GET(self):
        if self.server.lists is None:
            self.send_error(404)
        else:
            self.answer(json.dumps({"object": "list", "data": [{"id": self.server.lists, "object": "model"}]}).encode())

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.server.asked:  # the first asks who it is
            self.server.works.wait()
        self.server.asked = True
        body = json.dumps({"model": self.server.model, "choices": [
            {"index": 0, "message": {"role": "assistant", "content": "The answer is \\boxed{1}."}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 9, "completion_tokens": 7}}).encode()
        self.answer(body)

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass


@contextlib.contextmanager
def nameless(model, works, lists=None):
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Nameless) as server:
        server.model, server.lists, server.works, server.asked = model, lists, works, False
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1"
        finally:
            server.shutdown()
            thread.join()


def by_their_replies(program, folder, problems):
    """A named backend from a file: the second server's replies are another model's, the third one's are of this model, and
    so are the fourth one's, though it lists another."""
    hosts = folder / "hosts4"
    works = threading.Event()  # once all of them have been asked who they are
    with nameless("judge-7b", works) as one, nameless("other-7b", works) as other, nameless("judge-7b", works) as third, \
            nameless("judge-7b", works, "listed-7b") as fourth, model_server(SERVER) as policy:
        hosts.write_text(f"{one}\n{other}\n{third}\n{fourth}\n", encoding="utf-8")
        run = Run(program, problems, "--store", folder / "named.db", "--endpoint", policy, "--calls", "8",
                  "--policy", "chat", "--policy", "answer=chat:second", "--backend", f"second.endpoint-file={hosts}",
                  "--backend", "second.model=judge-7b", "--backend", "second.profile=generic",
                  "--backend", "second.route=next", "--backend", "second.per-request=1")
        run.hears(f"second: {other} is left out", f"second: {third} joins", f"second: {fourth} joins")
        works.set()
        run.end()
    insist(f"second: {one} joins" in run.said, run.said)
    insist("it answers as model `other-7b`, the first one as `judge-7b`" in run.said, run.said)


def tried(program):
    with tempfile.TemporaryDirectory(prefix="crux-endpoints-") as name:
        folder = pathlib.Path(name)
        problems = folder / "problems.jsonl"
        problems.write_text(subprocess.run([SERVER, "--problems", "72"], capture_output=True, text=True, check=True).stdout,
                            encoding="utf-8")
        come_and_go(program, folder, problems)
        dies(program, folder, problems)
        without_a_server(program, folder, problems)
        with model_server(SERVER) as url:
            crux(program, "generate", problems, "--store", folder / "plain.db", "--endpoint", url, *WORDS)
        crux(program, "export", "--store", folder / "plain.db", "--to", folder / "plain")
        for other in ("set", "dies", "later"):
            insist_same(folder / "plain", folder / other, f"one server, and {other}")
        by_their_replies(program, folder, problems)
        cached(program, folder, problems)
        doctor(program, folder)
    print("servers came and went: nothing lost, nothing asked twice")


def test(program):
    try:
        tried(program)
    finally:
        for process in Run.begun:
            process.kill()


if __name__ == "__main__":
    main(test)
