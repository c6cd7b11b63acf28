#!/usr/bin/env python3
"""test_foreign_text.py PROGRAM - what a server or a file says reaches no terminal as it is, also not as
JSON; a key in a wrong place is refused unquoted and kept nowhere; no core dump, no child has it."""

import contextlib
import http.server
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import insist, main

MODEL = "fa\u001b]0;pwned\u0007\u001b[31m\rke\u009b\u202e"
SAID = "The answer is \\boxed{5}.\u009b31m\u202e\U000e0041\u200b\ufff9\u180e\u2067"
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
                    "\ufff0-\ufffb\U000e0000-\U000e0fff]")
KEY = "sk-proj-4f9aK2mQ8xZ1wV7cT5bN3yR6"
PLAIN = ("f3a9c0d1e2b34c5d6e7f8091a2b3c4d5", "123e4567-e89b-12d3-a456-426614174000")  # keys that only their place tells


class Hostile(http.server.BaseHTTPRequestHandler):
    """Says of itself and of sums whatever a terminal might obey."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *words):
        pass

    def answer(self, value, status=200):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        listed = {"object": "list", "data": [{"id": MODEL, "owned_by": "vllm"}]}
        self.answer(listed if self.path.endswith("/models") else {"detail": "Not Found"},
                    200 if self.path.endswith("/models") else 404)

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        choices = [{"index": i, "finish_reason": "stop", "message": {"role": "assistant", "content": SAID}}
                   for i in range(asked.get("n", 1))]
        if "chat" not in self.path:
            self.answer({"detail": "Not Found"}, 404)
        else:
            self.answer({"model": MODEL, "choices": choices, "usage": {"prompt_tokens": 5, "completion_tokens": 5}})


@contextlib.contextmanager
def hostile():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Hostile) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()


def run(program, *words, **more):
    return subprocess.run([program, *map(str, words)], capture_output=True, check=False, timeout=60, **more)


def nothing_is_obeyed(program, work):
    """Each command, as text and as JSON: no letter that a terminal obeys or hides."""
    problems, store = work / "problems.jsonl", work / "run.db"
    problems.write_text(json.dumps({"id": "p", "problem": "2 + 3?\u202e\u009b", "answer": "5"}) + "\n", encoding="utf-8")
    with hostile() as url:
        asking = ["--endpoint", url, "--calls", "4", "--children", "2"]
        commands = [["generate", problems, "--store", store, *asking], ["solve", problems, *asking],
                    ["solve", problems, *asking, "--json"], ["prompt", problems, "--endpoint", url],
                    ["prompt", problems, "--endpoint", url, "--json"], ["doctor", "--endpoint", url],
                    ["doctor", "--endpoint", url, "--json"]]
        for json_too in ([], ["--json"]):
            commands += [["show", "p", "--store", store, *json_too], ["status", "--store", store, *json_too],
                         ["cost", "--store", store, *json_too]]
        for words in commands:
            done = run(program, *words)
            text = (done.stdout + done.stderr).decode()
            insist(done.returncode in (0, 1), f"{words}: {done.returncode} {text}")
            found = UNSAFE.search(text)
            insist(found is None, f"{words}: U+{ord(found[0]):04X} in it" if found else "")
        said = json.loads(run(program, "show", "p", "--store", store, "--json").stdout)
        insist("\u202e" in json.dumps(said, ensure_ascii=False), "JSON lost the letters instead of escaping them")


def wrong_places(program, work):
    """Refused, and the key is in no message and no store."""
    problems, store = work / "q.jsonl", work / "key.db"
    problems.write_text(json.dumps({"id": "p", "problem": "2 + 3?", "answer": "5"}) + "\n", encoding="utf-8")
    config = work / "run.yaml"
    config.write_text(f"model: {KEY}\n", encoding="utf-8")
    with hostile() as url:
        for words in (["--endpoint", url, "--api-key-env", KEY], ["--policy", f"process:KEY={KEY} cat"],
                      ["--policy", "process:MY_TOKEN=abcdef cat"], ["--critic", f"process:prog --bearer {KEY}"],
                      ["--endpoint", f"{url}?key={KEY}"], ["--endpoint", f"{url}?access_token=abcdef"],
                      ["--endpoint", url, "--model", KEY], ["--endpoint", url, "--api-key-env", "not a name"],
                      ["--endpoint", url, "--config", config],
                      ["--backend", f"judge.api-key-env={KEY}", "--backend", f"judge.endpoint={url}"],
                      ["--backend", f"judge.{KEY}=1"], ["--backend", f"{KEY}.endpoint={url}"], [f"--{KEY}"], [f"-{KEY}"],
                      [KEY], ["--config", config_of(work, f"{KEY}: 1")],
                      ["--config", config_of(work, f"backends:\n  {KEY}:\n    endpoint: {url}")],
                      *(["--endpoint", url, f"--api-key-{place}", plain] for plain in PLAIN for place in ("env", "file")),
                      *(["--policy", f"process:prog --api-token {plain}"] for plain in PLAIN)):
            refused(program, work, ["generate", problems, "--store", store, *words])
    for words in ([KEY], ["help", KEY], ["problems", KEY], ["bench", KEY], ["solve", KEY]):
        refused(program, work, words)


def config_of(work, text):
    path = work / f"config{len(list(work.glob('config*')))}.yaml"
    path.write_text(text + "\n", encoding="utf-8")
    return path


def refused(program, work, words):
    done = run(program, *words)
    text = (done.stdout + done.stderr).decode()
    insist(done.returncode == 2, f"{words}: {done.returncode} {text}")
    insist(all(word not in text for word in (KEY, "abcdef", "not a name", *PLAIN)), f"quoted: {text}")
    kept = [path.name for path in work.glob("key.db*") if any(key.encode() in path.read_bytes() for key in (KEY, *PLAIN))]
    insist(not kept, f"kept in {kept}")


CHILD = '''import json, os, sys
for line in sys.stdin:
    asked = json.loads(line)
    limit = [line for line in open("/proc/%d/limits" % os.getppid()) if "core" in line][0].split()[4]
    said = "The answer is %s and %s." % ("seen" if "MY_SERVERS_KEY" in os.environ else "hidden", limit)
    print(json.dumps({"id": asked["id"], "steps": [said]}), flush=True)
'''


def children_and_cores(program, work):
    """A program that is asked sees no key, whichever policy the key was for; nor does a core dump."""
    problems, child = work / "q.jsonl", work / "child.py"
    child.write_text(CHILD, encoding="utf-8")
    environment = dict(os.environ, MY_SERVERS_KEY=KEY)
    with hostile() as url:
        words = ["solve", problems, "--policy", f"process:python3 {child}", "--calls", "2", "--no-store"]
        done = run(program, *words, "--api-key-env", "MY_SERVERS_KEY", env=environment)
        insist(b"hidden" in done.stdout, f"{done.stdout} {done.stderr}")
        words = ["solve", problems, "--policy", f"step=process:python3 {child}", "--policy", "answer=chat", "--endpoint",
                 url, "--calls", "4", "--children", "2", "--no-store", "--critic", "match", "--oracle"]
        done = run(program, *words, "--api-key-env", "MY_SERVERS_KEY", env=environment)
        insist(b"hidden and 1" in done.stdout or b"hidden and 0" in done.stdout, f"{done.stdout} {done.stderr}")


NAME = os.fsdecode(b"n\xe9e")  # as Latin-1 had it


def names_of_bytes(program, work):
    """Files whose names are not UTF-8 are worked with and reported as any; as an option that is recorded such a name is
    refused by the option's."""
    folder = work / NAME
    folder.mkdir()
    problems, store = folder / f"{NAME}.jsonl", folder / "run.db"
    problems.write_text('{"id": "g", "numbers": [1, 2, 3, 4]}\n', encoding="utf-8")

    def said(*words, code=0):
        done = run(program, *words)
        insist(done.returncode == code, f"{words}: {done.returncode} {done.stderr}")
        return done

    said("generate", problems, "--store", store, "--simulations", 60, "--quiet")
    status = json.loads(said("status", "--store", store, "--json").stdout)
    insist(status["input"].endswith("n\ufffde.jsonl"), f"{status['input']}")
    said("show", "g", "--store", store, "--html", folder / "look.html")
    insist('"input": "n\ufffde.jsonl"' in (folder / "look.html").read_text(encoding="utf-8"), "the page has no name of its input")
    found = json.loads(run(program, "doctor", "--store", store, "--json").stdout)  # 1 where there is no sandbox
    insist(any(looked["name"].endswith("n\ufffde/run.db") for looked in found["looked_at"]), f"{found}")
    said("export", "--store", store, "--to", folder / "data", "--view", "processbench", "--view", "html")
    rows, result = folder / "rows.jsonl", folder / "result.json"
    rows.write_bytes(b"".join(path.read_bytes() for path in sorted((folder / "data").rglob("*.jsonl"))))
    said("eval", "critic", rows, "--critic", "execution=numbers", "--out", result)
    insist(json.loads(result.read_text(encoding="utf-8"))["input"].endswith("n\ufffde/rows.jsonl"), "another input")
    for number in (1, 2):
        said("generate", problems, "--store", folder / f"{number}.db", "--simulations", 60, "--shard", f"{number}/2", "--quiet")
    merged = said("merge", "--store", folder / "1.db", "--store", folder / "2.db", "--to", folder / "all.db", "--json")
    insist(json.loads(merged.stdout)["store"].endswith("n\ufffde/all.db"), f"{merged.stdout}")
    for words in (["generate", problems, "--store", folder / "no.db"], ["locate", "--store", store]):
        done = said(*words, "--policy", f"process:{folder}/x", code=2)
        insist(b"--policy cannot be recorded" in done.stderr and b"UTF-8" in done.stderr, f"{words}: {done.stderr}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-foreign-") as folder:
        work = pathlib.Path(folder)
        nothing_is_obeyed(program, work)
        wrong_places(program, work)
        children_and_cores(program, work)
        names_of_bytes(program, work)


main(test)
