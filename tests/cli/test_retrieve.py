#!/usr/bin/env python3
"""test_retrieve.py PROGRAM - a search that retrieves: from an index and from services of JSON, real HTTP.

Documents stand in the tree by their ids, those that the problem excludes do not, and none twice on a path. The
same run is the same with any number of threads; it does not go on with another index. Two services answer as
Elasticsearch and as an embeddings server with Qdrant behind it do: their replies are in the ledger, so that a
replay asks nobody and makes the same data; keys come from the environment and are in no file.
"""

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
from support import crux, insist, insist_same, main

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
POLICY = """
import json, sys
for line in sys.stdin:
    call = json.loads(line)
    first, n, what = call["sample"], call["n"], call["kind"]
    if what == "rationale":
        steps = [f"a fact about whales is needed {i}" for i in range(first, first + n)]
    elif what == "query":
        steps = [["whales", "the song of whales", "what swims"][i % 3] for i in range(first, first + n)]
    else:
        steps = ["#### 7"] * n
    print(json.dumps({"id": call["id"], "steps": steps}), flush=True)
"""
DOCUMENTS = [{"id": f"d{i}", "title": f"Whales {i}", "contents": f"A whale swims and sings, part {i}.\nIt is {i}."}
             for i in range(12)]
SEARCH = ["--grammar", "cr-planner", "--critic", "match", "--simulations", 80, "--children", 1, "--depth", 8, "--quiet",
          "--order", "issued", "--documents", 2, "--free-query", "--free-retrieve"]


class Services(http.server.BaseHTTPRequestHandler):
    """Elasticsearch's _search, an OpenAI-like /v1/embeddings, Qdrant's points/query."""

    def log_message(self, *words):
        pass

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen.append((self.path, body, {name.lower(): value for name, value in self.headers.items()}))
        if self.path == self.server.slow:
            time.sleep(2)
        if self.server.broken:
            return self.say({"timed_out": True})
        found = [row for row in DOCUMENTS if row["id"] != "d3"]
        if self.path == "/whales/_search":
            hits = [{"_id": row["id"], "_score": 9.5 - i, "_source": row} for i, row in enumerate(found)]
            return self.say({"hits": {"hits": hits[:body["size"]]}})
        if self.path == "/v1/embeddings":
            vector = [round(len(body["input"]) / 7, 6), 0.5]
            return self.say({"data": [{"index": 0, "embedding": vector}],
                             "usage": {"prompt_tokens": 5, "total_tokens": 5}})
        insist(self.path == "/collections/whales/points/query" and len(body["query"]) == 2, f"asked {self.path} {body}")
        points = [{"id": i, "score": 0.9 - i / 100, "payload": row} for i, row in enumerate(found)]
        return self.say({"result": {"points": points[:body["limit"]]}, "status": "ok"})

    def say(self, reply):
        text = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        with contextlib.suppress(ConnectionError):  # who gave up does not listen any more
            self.end_headers()
            self.wfile.write(text)


def documents_of(program, store, folder):
    """The ids on each path of the tree that has a document; each path as a list."""
    crux(program, "export", "--store", store, "--to", folder, "--view", "trees")
    paths = []
    for line in (folder / "data/trees/train-00000-of-00001.jsonl").read_text().splitlines():
        nodes = json.loads(line)["nodes"]
        for node in nodes:
            path, at = [], node
            while at.get("parent") is not None and at["parent"] >= 0:
                path.append(at)
                at = nodes[at["parent"]]
            ids = [step["text"].split("]")[0][1:] for step in path if step["kind"] == "doc"]
            if node["kind"] == "doc":
                paths.append(ids)
    return paths


def insist_documents(paths, when):
    insist(paths, f"{when}: no document is in the tree")
    insist(any(len(ids) > 1 for ids in paths), f"{when}: no path has two documents")
    insist(all(len(set(ids)) == len(ids) for ids in paths), f"{when}: a document is twice on a path: {paths}")
    seen = {one for ids in paths for one in ids}
    insist(seen <= {row["id"] for row in DOCUMENTS} - {"d0", "d5"}, f"{when}: documents that are excluded: {seen}")


def from_an_index(program, work, policy):
    crux(program, "index", work / "whales.jsonl", "--out", work / "whales.db")
    folders = []
    for threads in (1, 3):
        run = work / f"threads{threads}.db"
        crux(program, "generate", work / "q.jsonl", "--store", run, *SEARCH, *policy, "--policy",
             f"doc=retrieve:{work / 'whales.db'},threads={threads}", "--in-flight", 1 + 7 * (threads > 1))
        folders.append(work / f"trees{threads}")
        insist_documents(documents_of(program, run, folders[-1]), f"with {threads} threads")
    one, two = ((folder / "data/trees/train-00000-of-00001.jsonl").read_bytes() for folder in folders)
    insist(one == two, "one thread and three find other trees")
    again = [program, "generate", work / "q.jsonl", "--store", work / "threads1.db", *SEARCH, *policy, "--policy",
             f"doc=retrieve:{work / 'whales.db'},threads=1"]
    crux(program, "index", work / "other.jsonl", "--out", work / "whales.db", "--force")
    done = subprocess.run([*map(str, again)], capture_output=True, text=True, check=False)
    insist(done.returncode == 2 and "sha256.policy.doc" in done.stderr, f"another index: {done.stderr}")


def from_a_service(program, work, policy, server, name, paths):
    """From name.yaml; paths: which are asked for, in this order at first."""
    def words(store, more):
        return ["generate", work / "q.jsonl", "--store", store, *SEARCH, *policy, "--policy",
                f"doc=retrieve:http={work / name}.yaml,bytes=200", *more]

    server.seen.clear()
    crux(program, *words(work / f"{name}.db", []))
    asked, ids = [path for path, _, _ in server.seen], documents_of(program, work / f"{name}.db", work / f"{name}.out")
    insist_documents(ids, name)
    insist(asked[:len(paths)] == paths and set(asked) == set(paths), f"{name}: requests {asked}")
    insist(all(headers.get("api-key") == "whale-secret-1" for path, _, headers in server.seen if path == paths[-1]),
           f"{name}: a request without its key")
    bodies = [json.dumps(body) for path, body, _ in server.seen if path == paths[-1]]
    insist(len(bodies) == len(set(bodies)), f"{name}: a question was asked twice")
    server.seen.clear()
    crux(program, *words(work / f"{name}.again.db", ["--replay", work / f"{name}.db"]))
    documents_of(program, work / f"{name}.again.db", work / f"{name}.again.out")
    insist(not server.seen, f"{name}: a replay has asked {server.seen}")
    insist_same(work / f"{name}.out/data", work / f"{name}.again.out/data", f"{name} and its replay")
    insist(b"whale-secret-1" not in (work / f"{name}.db").read_bytes(), f"{name}: the key is in the store")
    bill = json.loads(crux(program, "cost", "--store", work / f"{name}.db", "--json"))
    return {row["backend"]: row["paid"] for row in bill["backends"]}


def late(program, work, policy, server):
    """A call is given up while it waits for its vector, and while it waits for its documents."""
    for stage in ("/v1/embeddings", "/collections/whales/points/query"):
        server.slow = stage
        done = subprocess.run([program, *map(str, [
            "generate", work / "q.jsonl", "--store", work / f"late{len(stage)}.db", *SEARCH, *policy, "--policy",
            f"doc=retrieve:http={work / 'qdrant'}.yaml", "--simulations", 8, "--deadline", 0.3])],
            capture_output=True, text=True, check=False)
        insist(done.returncode in (0, 6) and "without a reply" in done.stderr, f"{stage} is late: {done.stderr}")
    server.slow = None


def from_services(program, work, policy, server):
    url = f"http://127.0.0.1:{server.server_port}"
    for name in ("elasticsearch", "qdrant"):
        text = (ROOT / f"examples/retrievers/{name}.yaml").read_text()
        for there in ("http://127.0.0.1:9200", "http://127.0.0.1:6333", "http://127.0.0.1:8080"):
            text = text.replace(there, url)
        (work / f"{name}.yaml").write_text(text.replace("COLLECTION", "whales"))
    os.environ.update(ELASTIC_API_KEY="whale-secret-1", QDRANT_API_KEY="whale-secret-1")
    bill = from_a_service(program, work, policy, server, "elasticsearch", ["/whales/_search"])
    insist(bill["elasticsearch"]["calls"] > 0, f"nothing was booked: {bill}")
    bill = from_a_service(program, work, policy, server, "qdrant",
                          ["/v1/embeddings", "/collections/whales/points/query"])
    insist(bill["qdrant-embed"]["prompt_tokens"] == 5 * bill["qdrant-embed"]["calls"] > 0, f"vectors are free: {bill}")
    late(program, work, policy, server)
    server.broken = True
    done = subprocess.run([program, *map(str, ["generate", work / "q.jsonl", "--store", work / "broken.db", *SEARCH, *policy, "--policy",
                                               f"doc=retrieve:http={work / 'elasticsearch'}.yaml"])],
                          capture_output=True, text=True, check=False)
    insist("simulations ended without a reply" in done.stderr, f"a bad reply: {done.stderr}")


def test(program):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Services)
    server.seen, server.broken, server.slow = [], False, None
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with tempfile.TemporaryDirectory(prefix="crux-retrieve-") as folder:
        work = pathlib.Path(folder)
        (work / "policy.py").write_text(POLICY)
        (work / "whales.jsonl").write_text("".join(json.dumps(row) + "\n" for row in DOCUMENTS))
        (work / "other.jsonl").write_text("".join(json.dumps(row) + "\n" for row in DOCUMENTS[:5]))
        (work / "q.jsonl").write_text(json.dumps({"id": "q", "problem": "Do whales sing?", "answer": "7",
                                                  "excluded_ids": ["d0", "d5"]}) + "\n")
        policy = ["--policy", f"process:{sys.executable} {work / 'policy.py'}"]
        from_an_index(program, work, policy)
        from_services(program, work, policy, server)
    server.shutdown()


if __name__ == "__main__":
    main(test)
