#!/usr/bin/env python3
"""test_secret.py PROGRAM MODEL_SERVER - an API key goes to its server and nowhere else.

A canary is the key of a fake server that also gives it away in what it answers. It goes
through every command and every fault that can quote it; then all that was printed, and
every byte of every file that was written, is searched for it: as it is, in base64 at all
three offsets, URL-encoded, in hexadecimal, and reversed. What is searched is shown to be
able to find a canary that was planted.
"""

import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import Failed, insist, main, model_server

SERVER = sys.argv[2]
CANARY = "sk-canary/9f3Qx+7LmZ==ydU2"  # characters that URLs and JSON write in another way

# What a server or a proxy may do with a key that it was sent.
ECHOES = [
    {"status": 401, "body": '{"error": {"message": "Incorrect API key provided: %s"}}'},
    {"status": 403, "body": "Forbidden. You sent Authorization: Bearer %s"},
    {"status": 400, "body": '{"error": {"message": "bad header: Bearer %s", "code": "%s"}}'},
    {"status": 500, "body": "<html>%s</html>", "content_type": "text/html"},
    {"status": 503, "body": '{"detail": "%s"}', "retry_after": "0"},
    {"status": 302, "body": "", "header": "Location: http://127.0.0.1:9/?key=%s"},
    {"status": 200, "body": '{"choices": "%s"}'},
    {"status": 200, "body": "not JSON: %s"},
]


def forms(key):
    """The key in every spelling that it might travel in."""
    found = {key, key[::-1], key.encode().hex(), urllib.parse.quote(key, safe=""), urllib.parse.quote(key)}
    found.add(urllib.parse.quote_plus(key))
    found.add(json.dumps(key)[1:-1].replace("/", "\\/"))
    for shift in range(3):  # the middle of it, whatever stands around
        text = base64.b64encode(b"\0" * shift + key.encode()).decode()
        found.add(text[4 if shift else 0 : -4])
    return [form.encode() for form in found]


FORMS = forms(CANARY)


def search(where, data):
    for form in FORMS:
        insist(form not in data, f"{where} has the key, as {form[:12]}...")


def search_folder(folder, spared):
    files = [path for path in folder.rglob("*") if path.is_file() and path not in spared]
    for path in files:
        search(path, path.read_bytes())
    return len(files)


def planted(work):
    """The search finds what is there."""
    for form in (CANARY.encode(), base64.b64encode(b"Bearer " + CANARY.encode()), base64.b64encode(CANARY.encode()),
                 urllib.parse.quote(CANARY, safe="").encode(), CANARY.encode().hex().encode()):
        path = work / "planted"
        path.write_bytes(b"before " + form + b" after")
        try:
            search_folder(work, {work / "key"})
        except Failed:
            path.unlink()
            continue
        raise Failed(f"the search does not find {form}")


def served(work, *words):
    """The fake server with the canary for its key."""
    return model_server(SERVER, "--key-env", "CANARY", *words, log=work / "log.jsonl", CANARY=CANARY)


class Runner:
    def __init__(self, program, work):
        self.program, self.work, self.runs = program, work, 0

    def __call__(self, *words, good=None):
        """Run crux in the folder, with the key in its environment, and search all it prints."""
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, check=False, cwd=self.work,
                              env={**os.environ, "CANARY": CANARY, "CURL_VERBOSE": "1", "CRUX_LOG": "debug"})
        search(f"standard output of {words}", done.stdout)
        search(f"standard error of {words}", done.stderr)
        if good is not None:
            insist((done.returncode == 0) == good, f"{words}: {done.returncode}: {done.stderr[-400:]}")
        self.runs += 1
        return done


def use_well(run, work):
    """The life of a run whose server takes the key."""
    with served(work) as url:
        for way in (["--api-key-env", "CANARY"], ["--api-key-file", "key"]):
            chat = ["--policy", "chat", "--endpoint", url, *way, "--children", 4, "--calls", 10]
            run("solve", "p.jsonl", *chat, good=True)
            run("solve", "p.jsonl", *chat, "--json", good=True)
            run("generate", "p.jsonl", "--store", "run.db", *chat, good=True)
            run("generate", "p.jsonl", "--store", "run.db", *chat, good=True)
            run("doctor", "--endpoint", url, *way, "--store", "run.db", good=True)
            run("doctor", "--endpoint", url, *way, "--json", good=True)
            run("prompt", "p.jsonl", "--endpoint", url, *way, good=True)
        run("generate", "p.jsonl", "--store", "again.db", *chat, "--replay", "run.db", good=True)
        run("generate", "p.jsonl", "--store", "short.db", *chat, "--limit-calls", 5, good=False)
        for words in (["status"], ["status", "--json"], ["cost"], ["cost", "--json"], ["show"], ["show", "--json"]):
            run(*words, "--store", "run.db")
        run("export", "--store", "run.db", "--to", "set", good=True)
    rows = [json.loads(line) for line in (work / "log.jsonl").read_text(encoding="utf-8").splitlines()]
    insist(rows and all(row["authorized"] for row in rows), "the server was asked without the key")


def be_refused(run, work):
    """Servers that refuse, fail, redirect, and quote the key as they do."""
    for number, echo in enumerate(ECHOES):
        script = work.parent / f"{work.name}.script.json"
        rule = {"fault": "reply", **{key: value.replace("%s", CANARY) if isinstance(value, str) else value
                                     for key, value in echo.items()}}
        script.write_text(json.dumps([rule]), encoding="utf-8")
        with served(work, "--faults", script) as url:
            chat = ["--policy", "chat", "--endpoint", url, "--api-key-env", "CANARY", "--retries", 1, "--calls", 4,
                    "--limit-seconds", 2]
            run("solve", "p.jsonl", *chat, "--json")
            run("generate", "p.jsonl", "--store", f"bad{number}.db", *chat)
            run("status", "--store", f"bad{number}.db")
            run("show", "--store", f"bad{number}.db")
            run("doctor", "--endpoint", url, "--api-key-env", "CANARY")
        script.unlink()


def be_misused(run, work):
    """Keys where none belong, and servers that are not there."""
    chat = ["solve", "p.jsonl", "--policy", "chat", "--calls", 4]
    for url in ("http://127.0.0.1:9/v1", "https://127.0.0.1:9/v1", "http://nowhere.invalid/v1"):
        run(*chat, "--endpoint", url, "--api-key-env", "CANARY", good=False)
        run("doctor", "--endpoint", url, "--api-key-file", "key", good=False)
    (work / "key").chmod(0o644)
    run(*chat, "--endpoint", "http://127.0.0.1:9/v1", "--api-key-file", "key", good=False)
    (work / "key").chmod(0o600)
    with served(work) as url:
        secret = url.replace("http://", f"http://user:{urllib.parse.quote(CANARY, safe='')}@")
        run(*chat, "--endpoint", secret, good=False)
        run("doctor", "--endpoint", secret, good=False)


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-secret-") as folder:
        work = pathlib.Path(folder) / "work"
        work.mkdir()
        key = work / "key"
        key.write_text(CANARY + "\n", encoding="utf-8")
        key.chmod(0o600)
        made = subprocess.run([SERVER, "--problems", "3"], capture_output=True, check=True)
        (work / "p.jsonl").write_bytes(made.stdout)
        planted(work)
        run = Runner(program, work)
        use_well(run, work)
        be_refused(run, work)
        be_misused(run, work)
        count = search_folder(work, {key})
        print(f"{run.runs} commands and {count} files: the key is in none")


if __name__ == "__main__":
    main(test)
