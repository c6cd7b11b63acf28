#!/usr/bin/env python3
"""real_data.py PROGRAM - generate, locate, annotate, verify, export with a real small model, then train
ten steps of DPO on what came out; killed five times on the way.

Between crux and the model stands a proxy that remembers every request by its idempotency key, which is
the same whenever the same is asked. Each command is killed with SIGKILL in the middle, or at its
beginning, and begun again. Nothing may be asked again but what a kill cut short: requests that were in
flight then, or whose replies had come less than a second before and were not kept yet. What is found
twice must be the same, so an export after one more run of each command has the same bytes.

The python that runs this must have the packages of examples/serve_model.py.
"""

import http.client
import http.server
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time

from support import crux, insist, insist_same, main, served_by

HERE = pathlib.Path(__file__).resolve().parent.parent
PROBLEMS = HERE / "examples" / "word-problems.jsonl"
COUNT = 10
ASKING = ["--policy", "chat", "--prompt", HERE / "examples" / "small-model.prompt", "--max-tokens", 60,
          "--children", 4, "--in-flight", 8, "--per-tree", 2, "--seed", 5, "--calls", 8]
TRAINER = [HERE / "build" / "consumers-trl" / "bin" / "python", HERE / "tests" / "consumers" / "trl_train.py"]
UNKEPT = 1.0  # seconds in which a reply that has come may not be in the ledger yet


class Visits:
    """Every request that a model server was asked, by its key: when it came and when it was answered."""

    def __init__(self):
        self.lock, self.times, self.kills = threading.Lock(), {}, []

    def begin(self, key):
        with self.lock:
            visit = [time.monotonic(), None]
            self.times.setdefault(key, []).append(visit)
        return visit

    def excused(self, visit):
        """Did a kill cut this one short?"""
        came, went = visit
        return any(came < kill and (went is None or kill < went + UNKEPT) for kill in self.kills)

    def judge(self):
        again = sum(len(visits) - 1 for visits in self.times.values())
        for key, visits in self.times.items():
            for visit in visits[:-1]:
                insist(self.excused(visit), f"the request with key {key} was answered, and asked again")
        return sum(map(len, self.times.values())), again


def proxy(target, visits):
    """A server that forwards to the target and notes its visitors."""
    host, port = target.split("//")[1].split("/")[0].split(":")

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self):
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            key = self.headers.get("idempotency-key")
            visit = visits.begin(key) if key else None
            asked = http.client.HTTPConnection(host, int(port), timeout=600)
            asked.request(self.command, self.path, body, {"content-type": "application/json"})
            answer = asked.getresponse()
            text = answer.read()
            asked.close()
            try:
                self.send_response(answer.status)
                self.send_header("content-type", answer.headers.get("content-type", "application/json"))
                self.send_header("content-length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                self.wfile.flush()
                if visit is not None:
                    visit[1] = time.monotonic()
            except OSError:
                self.close_connection = True

        do_GET = do_POST = forward

        def log_message(self, *words):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}/v1"


def killed(program, words, visits, draw):
    """Begin a command, and end it in the middle of its requests."""
    before = len(visits.times)
    with subprocess.Popen([program, *map(str, words)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        wanted, until = before + draw.randrange(3, 12), time.monotonic() + 300
        while process.poll() is None and len(visits.times) < wanted and time.monotonic() < until:
            time.sleep(0.02)
        over = process.poll() is not None
        process.send_signal(signal.SIGKILL)
        visits.kills.append(time.monotonic())
        process.wait()
    print(f"killed {words[0]} {'at its end' if over else 'in the middle'}, {len(visits.times) - before} requests", flush=True)


def finished(program, words):
    """What a command prints at its end; some paths may have failed: a small model writes what it likes."""
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    insist(done.returncode in (0, 6), f"{words[0]}: exit status {done.returncode}: {done.stderr[-800:]}")
    return done.stdout.rstrip() or done.stderr.rstrip().splitlines()[-1]


def export(program, store, folder):
    crux(program, "export", "--store", store, "--to", folder)
    return folder


def test(program):
    draw = random.Random(11)
    visits = Visits()
    with tempfile.TemporaryDirectory(prefix="crux-data-") as folder:
        work = pathlib.Path(folder)
        store, problems = work / "run.db", work / "problems.jsonl"
        problems.write_text("".join(PROBLEMS.read_text(encoding="utf-8").splitlines(True)[:COUNT]), encoding="utf-8")
        with served_by("nice", sys.executable, HERE / "examples" / "serve_model.py", errors=subprocess.DEVNULL) as real:
            url = proxy(real, visits)
            passing = ["--store", store, "--endpoint", url, "--in-flight", 8, "--quiet"]
            commands = [
                ["generate", problems, "--store", store, *ASKING, "--endpoint", url, "--quiet"],
                ["locate", *passing, "--locate-below", 0.4, "--locate-most", 8],
                ["annotate", *passing, "--annotator", "critique:style=mmc,max=120"],
                ["verify", *passing, "--refinements", 2],
            ]
            killed(program, commands[0], visits, draw)
            for words in commands:
                killed(program, words, visits, draw)
                print(finished(program, words), flush=True)
            asked, again = visits.judge()
            one = export(program, store, work / "one")
            for words in commands:
                finished(program, words)
            insist_same(one, export(program, store, work / "two"), "the data, and after every command once more")
            visits.judge()
        funnel = json.loads((one / "manifest.json").read_text(encoding="utf-8"))["funnel"]
        print(f"{asked} requests, {again} of them again, all cut short by the {len(visits.kills)} kills")
        print(f"funnel: {json.dumps(funnel)}")
        subprocess.run([*TRAINER, one, "dpo"], check=True, env={**os.environ, "CRUX_STEPS": "10"})


if __name__ == "__main__":
    main(test)
