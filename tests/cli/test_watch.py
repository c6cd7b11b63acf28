#!/usr/bin/env python3
"""test_watch.py PROGRAM MODEL_SERVER - `crux watch`: who may ask, what is answered while a run goes on, and how it ends."""

import contextlib
import http.client
import json
import os
import pathlib
import pty
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import QUICK, crux, insist, main, model_server, puzzles

SERVER = sys.argv[2]
STORES = pathlib.Path(__file__).resolve().parent.parent / "stores"
RUN = ["--simulations", 40, "--order", "issued", "--quiet"]
SERVED = ["--policy", "chat", "--children", 2, "--calls", 8, "--critic", "outcome=match", "--critic", "annotate=none", "--quiet"]
MINUTE = 60


class Watch:
    """One crux watch that runs."""

    def __init__(self, process):
        self.process = process
        self.address = process.stdout.readline().strip()
        found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/([0-9a-f]{32})/", self.address)
        insist(found, f"the address is {self.address!r}: {process.stderr.read() if not self.address else ''}")
        self.port, self.token = int(found[1]), found[2]

    def ask(self, name, method="GET", host=None, path=None, body=None, headers=()):
        """Status, headers and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=MINUTE)
        with contextlib.closing(connection):
            connection.putrequest(method, path or f"/{self.token}/{name}", skip_host=True)
            connection.putheader("Host", host or f"127.0.0.1:{self.port}")
            for key, value in (*headers, *([("Content-Length", str(len(body)))] if body else [])):
                connection.putheader(key, value)
            connection.endheaders(body)
            reply = connection.getresponse()
            return reply.status, reply.headers, reply.read()

    def read(self, name):
        status, _, body = self.ask(name)
        insist(status == 200, f"{name}: {status} {body[:300]}")
        return json.loads(body)

    def end(self, number=signal.SIGINT):
        self.process.send_signal(number)
        return self.process.wait(MINUTE)


@contextlib.contextmanager
def watched(program, store, *words, stdin=subprocess.DEVNULL, **more):
    with subprocess.Popen([program, "watch", "--store", store, *map(str, words)], stdin=stdin, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, **more) as process:
        try:
            yield Watch(process)
        finally:
            process.kill()


def made(program, work):
    """A finished store, made once."""
    store = work.parent / "made.db"
    if not store.exists():
        crux(program, "generate", puzzles(program, work.parent / "made.jsonl", 6), "--store", store, *RUN)
    return store


def static(program, work, store):
    """Index and bodies of the page that export writes of the same store."""
    folder = work / f"static{time.monotonic_ns()}"
    crux(program, "export", "--view", "html", "--to", folder, "--store", store)
    text = (folder / "index.html").read_text(encoding="utf-8")
    bodies = re.findall(r'class="crux-problem" data-n="(\d+)">(.*?)</script>', text, re.S)
    index = re.search(r'id="crux-index">(.*?)</script>', text, re.S)[1]
    return json.loads(index), {int(n): json.loads(body) for n, body in bodies}


def doors(program, work):
    """Who has the token, the host's name and the user is answered; who lacks one of them is not."""
    with watched(program, made(program, work)) as watch:
        for name, kind in (("", "text/html"), ("index.json", "application/json"), ("problem.json?n=0", "application/json")):
            status, headers, body = watch.ask(name)
            insist(status == 200 and headers["Content-Type"].startswith(kind) and body, f"{name}: {status}")
            insist(headers["X-Content-Type-Options"] == "nosniff" and headers["Referrer-Policy"] == "no-referrer", f"{headers}")
            insist(headers["Cache-Control"] == "no-store" and "default-src 'none'" in headers["Content-Security-Policy"], f"{headers}")
            insist("Access-Control-Allow-Origin" not in headers, "other pages may read it")
            insist(watch.ask(name, method="HEAD")[0::2] == (200, b""), "HEAD")
            insist(watch.ask(name, host=f"LOCALHOST:{watch.port}")[0] == 200, "localhost")
        for host in ("evil.example", f"evil.example:{watch.port}", "127.0.0.1", f"127.0.0.1:{watch.port + 1}", f"[::1]:{watch.port}"):
            insist(watch.ask("", host=host)[0] == 421, f"{host} was let in")
        other = ("0" if watch.token[-1] != "0" else "1")
        for path in ("/", "//", "/index.json", f"/{watch.token}", f"/{watch.token[:-1]}{other}/", f"/{watch.token}0/", f"/{watch.token[:-1]}/",
                     f"/{watch.token.upper()}X/", f"/x/{watch.token}/", f"/{watch.token}/../", f"/{watch.token}/nothing"):
            status, _, body = watch.ask("", path=path)
            insist(status == 404 and watch.token.encode() not in body, f"{path}: {status}")
        for method in ("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"):
            status, headers, _ = watch.ask("index.json", method=method)
            insist(status == 405 and headers["Allow"] == "GET, HEAD", f"{method}: {status}")
        insist(watch.ask("index.json", body=b"x")[0] == 413, "a body")
        insist(watch.ask("", headers=[("X-Large", "x" * 40000)])[0] == 431, "a large head")
        for n in ("", "?n=", "?n=x", "?n=0x", "?n=-1", "?n=99", "?n=99999999999999999999999"):
            insist(watch.ask(f"problem.json{n}")[0] == 404, f"problem.json{n}")
        insist(watch.read("index.json")["live"], "it is still there")


def strangers_of_the_machine(program, work):
    """Another user who has the token all the same is refused. That takes root to try."""
    with watched(program, made(program, work)) as watch:
        ask = ("import sys, urllib.request, urllib.error\n"
               "try:\n    print(urllib.request.urlopen(sys.argv[1]).status)\n"
               "except urllib.error.HTTPError as error:\n    print(error.code, error.read().decode())")
        words = [sys.executable if os.geteuid() else "/usr/bin/python3", "-c", ask, watch.address]
        insist(subprocess.run(words, capture_output=True, text=True, check=False).stdout.startswith("200"), "its own user")
        if os.geteuid() != 0:
            print("another user: this needs root, and was not tried", flush=True)
            return
        done = subprocess.run(["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *words], capture_output=True,
                              text=True, check=False)
        insist(done.stdout.startswith("403 this page is another user's"), f"another user: {done.stdout}{done.stderr}")
        # An end that nobody holds any more looks like root's, and gets no answer that anybody reads.
        insist(watch.ask("")[0] == 200, "it is still there")


def many(program, work):
    """More connections than it holds, silent ones and halves of requests: it goes on."""
    with watched(program, made(program, work)) as watch, contextlib.ExitStack() as stack:
        for i in range(60):
            door = stack.enter_context(socket.create_connection(("127.0.0.1", watch.port)))
            with contextlib.suppress(OSError):
                door.sendall(b"GET /" + b"x" * (i * 10) if i % 2 else b"\x00\xff\r\n\r\n")
        stack.close()
        insist(watch.read("index.json")["problems"], "it does not answer any more")
        insist(watch.end() == 0, "it does not end")


def same_as_static(program, work):
    """Of a run that is done the page says what the one of export says."""
    store = made(program, work)
    index, bodies = static(program, work, store)
    with watched(program, store) as watch:
        live = watch.read("index.json")
        insist(live["problems"] == index["problems"] and live["run"] == index["run"], "another index")
        pulse = live["pulse"]
        insist(pulse["done"] == pulse["problems"] == 6 and not pulse["running"] and pulse["in_flight"] == 0, f"{pulse}")
        insist(pulse["pairs"] == sum(problem["pairs"] for problem in index["problems"]), f"{pulse}")
        for n, body in bodies.items():
            insist(watch.read(f"problem.json?n={n}") == body, f"another problem {n}")
        page = watch.ask("")[2].decode()
        embedded = json.loads(re.search(r'id="crux-index">(.*?)</script>', page, re.S)[1])
        insist(embedded == live and 'class="crux-problem"' not in page, "the page has another index")
    with watched(program, store, "--nodes", 9) as watch:
        left = watch.read("index.json")["left_out"]
        insist(left["nodes"] == sum(problem["nodes"] - 9 for problem in index["problems"]), f"{left}")
        insist(len(watch.read("problem.json?n=0")["nodes"]) == 9, "a problem has more nodes than --nodes")


def while_it_runs(program, work):
    """From before there is a store to the end of its run: what is finished stays, in the end all is there,
    and the run is what it would have been."""
    problems, store, alone = work / "words.jsonl", work / "run.db", work / "alone.db"
    problems.write_text(subprocess.run([SERVER, "--problems", "24"], capture_output=True, text=True, check=True).stdout, encoding="utf-8")
    seen, done = [], set()
    with watched(program, store) as watch, model_server(SERVER, "--latency", "constant:20") as url:
        first = watch.read("index.json")
        insist(first["problems"] == [] and first["live"] and not first["pulse"]["running"], f"{first}")
        words = [program, "generate", str(problems), "--store", str(store), "--endpoint", url, "--in-flight", "8", *map(str, SERVED)]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            while run.poll() is None:
                status, _, body = watch.ask("index.json")
                insist(status in (200, 503), f"{status}")
                if status == 503:
                    insist(not seen and b"run.db" in body, f"it lost the store: {body}")
                    continue
                index = json.loads(body)
                now = {problem["n"] for problem in index["problems"] if problem["state"] == "finished"}
                insist(done <= now, "a finished problem is not finished any more")
                insist(all(problem["nodes"] > 0 for problem in index["problems"] if problem["n"] in now), "finished without a tree")
                for n in now - done:
                    insist(watch.read(f"problem.json?n={n}")["rollouts"], f"problem {n} has no answers")
                waiting = [problem["n"] for problem in index["problems"] if problem["n"] not in now]
                insist(not waiting or watch.ask(f"problem.json?n={waiting[-1]}")[0] in (200, 404), "a problem that waits")
                done = now
                seen.append(index["pulse"])
                time.sleep(0.02)
            insist(run.returncode == 0, f"the run ended with {run.returncode}")
        insist(any(0 < pulse["done"] < 24 for pulse in seen), "nobody looked while it ran: this was no test")
        insist(watch.read("index.json")["problems"] == static(program, work, store)[0]["problems"], "the end is another")
        with contextlib.closing(sqlite3.connect(store)) as base:
            insist(base.execute("SELECT count(*) FROM problem WHERE state = 1").fetchone()[0] == 24, "it is not done")
        crux(program, "generate", problems, "--store", alone, "--endpoint", url, *SERVED)


def grows(program, work):
    """Lines at the end of the input, another store under the name, none at all, and one again."""
    problems, store = work / "grow.jsonl", work / "grow.db"
    lines = puzzles(program, work / "grow.all", 5).read_text(encoding="utf-8").splitlines(keepends=True)
    problems.write_text("".join(lines[:3]), encoding="utf-8")
    crux(program, "generate", problems, "--store", store, *RUN)
    with watched(program, store) as watch:
        insist(len(watch.read("index.json")["problems"]) == 3, "three")
        problems.write_text("".join(lines), encoding="utf-8")
        crux(program, "generate", problems, "--store", store, "--extend", *RUN)
        insist([problem["state"] for problem in watch.read("index.json")["problems"]] == ["finished"] * 5, "five")
        os.replace(shutil.copy(made(program, work), work / "copy.db"), store)
        insist(len(watch.read("index.json")["problems"]) == 6, "another store")
        store.unlink()
        insist(watch.read("index.json")["problems"] == [] and watch.ask("problem.json?n=0")[0] == 404, "no store")
        store.write_text("no store\n" * 100, encoding="utf-8")
        status, _, body = watch.ask("index.json")
        insist(status == 503 and b"no store of crux" in body and str(store).encode() in body, f"{status} {body}")
        os.replace(shutil.copy(made(program, work), work / "copy.db"), store)
        insist(len(watch.read("index.json")["problems"]) == 6, "a store again")


def once(program, work):
    """A tree that was read is not read again for the index, and none is kept from a writer: one that is damaged
    later is told when it is asked for, by its name."""
    store = pathlib.Path(shutil.copy(made(program, work), work / "once.db"))
    with watched(program, store) as watch:
        before = watch.read("index.json")["problems"]
        with contextlib.closing(sqlite3.connect(store)) as base, base:
            base.execute("UPDATE tree SET frame = zeroblob(40) WHERE ordinal = ?", [before[2]["n"]])
        insist(watch.read("index.json")["problems"] == before, "the index was read anew")
        status, _, body = watch.ask(f"problem.json?n={before[2]['n']}")
        insist(status == 503 and str(store).encode() in body, f"{status} {body}")
        insist(watch.read(f"problem.json?n={before[1]['n']}")["nodes"], "another problem is there")
        with contextlib.closing(sqlite3.connect(store, timeout=0)) as base:
            base.execute("BEGIN EXCLUSIVE")
            base.execute("ROLLBACK")
            insist(base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0, "it holds the store between requests")


def refused(program, status, words, *sentences):
    done = subprocess.run([program, "watch", *map(str, words)], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
                          timeout=MINUTE)
    insist(done.returncode == status and done.stdout == "", f"{words}: {done.returncode}, {done.stdout}{done.stderr}")
    for sentence in sentences:
        insist(sentence in done.stderr, f"{words}: does not say `{sentence}`: {done.stderr}")


def not_begun(program, work):
    """Stores that are none, a port that is taken: a sentence, and no server."""
    store = made(program, work)
    empty, text, cut = (work / name for name in ("empty.db", "text.db", "cut.db"))
    empty.write_bytes(b"")
    text.write_text("no store\n" * 100, encoding="utf-8")
    cut.write_bytes(store.read_bytes()[:40000])
    for path, sentence in ((empty, "no run has begun"), (text, "no store of crux"), (cut, "damaged"), (text / "x", "Not a directory")):
        before = path.read_bytes() if path.is_file() else None
        refused(program, 4, ["--store", path], f"{path}", sentence)
        insist(before is None or path.read_bytes() == before, f"{path} was changed")
    with watched(program, store) as watch:
        refused(program, 2, ["--store", store, "--port", watch.port], f"--port {watch.port}", "already")
        insist(watch.end() == 0, "the first one")
    refused(program, 2, ["--store", store, "--port", 70000], "65535")
    refused(program, 2, [], "--store")
    for old in sorted(STORES.glob("store*.db")):
        with watched(program, shutil.copy(old, work)) as watch:
            insist(watch.read("problem.json?n=0")["nodes"], f"{old.name}")
            insist(sum(problem["shown"] for problem in watch.read("index.json")["problems"]) > 0, f"{old.name}")
    left = {path.name for path in work.iterdir()} - {"cut.db-shm", "cut.db-wal"}  # SQLite's own, of whoever reads a damaged file
    insist(all(name.endswith(".db") for name in left), f"something was written: {left}")


def ends(program, work):
    """It ends in order by signals, with its terminal, and with the pipe that it was started with."""
    store = made(program, work)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        with watched(program, store) as watch:
            insist(watch.read("index.json")["problems"], "it runs")
            insist(watch.end(number) == 0, f"{number.name}")
            with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", watch.port)):
                insist(False, "the port is still open")
    with watched(program, store, stdin=subprocess.PIPE) as watch:
        watch.process.stdin.write("typed\n")
        watch.process.stdin.flush()
        insist(watch.read("index.json")["problems"], "it runs")
        watch.process.stdin.close()
        insist(watch.process.wait(MINUTE) == 0, "the pipe's end")
    master, slave = pty.openpty()
    with watched(program, store, stdin=slave, start_new_session=True) as watch:
        os.close(slave)
        insist(watch.read("index.json")["problems"] and watch.process.poll() is None, "it runs in a terminal")
        os.close(master)
        insist(watch.process.wait(MINUTE) == 0, "the terminal's end")
    master, slave = pty.openpty()
    os.close(master)
    with watched(program, store, stdin=slave, start_new_session=True) as watch:
        insist(watch.process.wait(MINUTE) == 0, "a terminal that is gone before it begins")
    os.close(slave)
    with watched(program, store) as watch:  # by itself, from /dev/null
        time.sleep(0.5)
        insist(watch.read("index.json")["problems"] and watch.end() == 0, "without a terminal")


def unheard(program, work):
    """An address that cannot be written is no page that is served for nobody: a sentence, and the end."""
    store = made(program, work)
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([program, "watch", "--store", store], stdout=full, stderr=subprocess.PIPE, text=True, check=False,
                              stdin=subprocess.DEVNULL, timeout=MINUTE)
    insist(done.returncode == 4 and "address" in done.stderr and "No space left" in done.stderr, f"{done.returncode}: {done.stderr}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-watch-", dir=QUICK) as folder:
        for part in (doors, strangers_of_the_machine, many, same_as_static, while_it_runs, grows, once, not_begun, unheard, ends):
            work = pathlib.Path(folder, part.__name__)
            work.mkdir()
            part(program, work)
            print(f"{part.__name__}: as promised", flush=True)


main(test)
