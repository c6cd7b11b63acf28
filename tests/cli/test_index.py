#!/usr/bin/env python3
"""test_index.py PROGRAM - crux index: what it writes, what it refuses, and that nothing is written otherwise.

Empty, foreign, truncated and repeated documents, wrong options, places that are taken, and indexes that are
foreign, not whole, older or later end with a sentence that names file, line and what was expected, and change
nothing. Killed at any instant there is the whole index or none.
"""

import json
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import DEEP, QUICK, crux, insist, main

KILLS = 60 if DEEP else 8
DOCUMENTS = 3000


def snapshot(work):
    return {path.name: path.read_bytes() for path in work.iterdir() if path.is_file()}


def refused(program, work, status, words, *sentences):
    """It ends so, says so, and leaves every file as it was."""
    before = snapshot(work)
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False, cwd=work)
    told = [line for line in done.stderr.splitlines() if all(word in line for word in sentences)]
    insist(done.returncode == status, f"{words}: exit status {done.returncode}, not {status}: {done.stderr}")
    insist(told, f"{words}: no line says {sentences}: {done.stderr}")
    insist(done.stdout == "", f"{words}: it prints {done.stdout}")
    insist(snapshot(work) == before, f"{words}: files have changed: {set(snapshot(work)) ^ set(before)}")


def whole(program, work):
    """Three forms, two files, twice the same bytes; what is told is what is there."""
    (work / "one.jsonl").write_text('{"id": "a", "contents": "alpha"}\n\n{"_id": "b", "title": "B", "text": "beta"}\n')
    (work / "two.jsonl").write_text('{"key": "c", "body": "gamma \\u00e9"}')
    (work / "more.jsonl").write_bytes(b'\xef\xbb\xbf{"docid": 3, "content": "delta"}\r\n')
    told = json.loads(crux(program, "index", work / "one.jsonl", work / "more.jsonl", "--out", work / "a.db", "--json"))
    insist((told["documents"], told["left_out"], told["version"]) == (3, 0, 1), f"another count: {told}")
    crux(program, "index", work / "one.jsonl", work / "more.jsonl", "--out", work / "b.db")
    insist((work / "a.db").read_bytes() == (work / "b.db").read_bytes(), "the same documents give two indexes")
    text = crux(program, "index", work / "two.jsonl", "--out", work / "b.db", "--force", "--fields", "id=key,text=body")
    insist("b.db: 1 documents, 2 terms" in text, f"what is told: {text}")
    text = crux(program, "index", work / "one.jsonl", work / "one.jsonl", "--out", work / "c.db", "--repeated", "first")
    insist("2 documents" in text and "2 left out" in text, f"what is told of those left out: {text}")


def bad_documents(program, work):
    good = '{"id": "a", "contents": "alpha"}\n'
    for name, text, *words in (
            ("empty", "", "expected documents", "found none"), ("blank", "\n  \n", "found none"),
            ("cut", good + '{"id": "b", "conte', "cut.jsonl:2", "expected a JSON object"),
            ("array", '[{"id": "a"}]', "array.jsonl:1", "found an array"),
            ("lines", "id\ttext\n", "lines.jsonl:1", "expected a JSON object"),
            ("noid", good + '{"contents": "x"}', "noid.jsonl:2", "`id`: expected a text or a whole number, found none"),
            ("notext", '{"id": 1}', "notext.jsonl:1", "`contents`: expected a text, found none"),
            ("list", '{"id": 1, "contents": ["x"]}', "list.jsonl:1", "expected a text, found an array"),
            ("title", '{"id": 1, "text": "x", "title": {}}', "title.jsonl:1", "expected a text or null"),
            ("twin", good + "\n" + good, "twin.jsonl:3", "expected an id of its own", "twin.jsonl:1")):
        (work / f"{name}.jsonl").write_text(text)
        refused(program, work, 3, ["index", f"{name}.jsonl", "--out", "none.db"], f"{name}.jsonl", *words)
    (work / "latin.jsonl").write_bytes(b'{"id": "a", "contents": "caf\xe9"}\n')
    (work / "nul.jsonl").write_bytes(b'{"id": "a", "contents": "x\\u0000y"}\n')
    for name in ("latin", "nul"):
        refused(program, work, 3, ["index", f"{name}.jsonl", "--out", "none.db"], f"{name}.jsonl:1")
    (work / "good.jsonl").write_text(good)
    refused(program, work, 3, ["index", "good.jsonl", "twin.jsonl", "--out", "none.db"], "twin.jsonl:1", "good.jsonl:1")
    refused(program, work, 3, ["index", "good.jsonl", "empty.jsonl", "--out", "none.db"], "empty.jsonl")
    refused(program, work, 3, ["index", "nowhere.jsonl", "--out", "none.db"], "nowhere.jsonl")
    refused(program, work, 3, ["index", ".", "--out", "none.db"], "directory")
    refused(program, work, 3, ["index", "a.db", "--out", "none.db"], "a.db:1")
    refused(program, work, 3, ["index", "good.jsonl", "--out", "none.db", "--fields", "text=body"], "`body`", "found none")


def bad_options(program, work):
    index = ["index", "good.jsonl", "--out", "none.db"]
    for fields in ("text", "text=", "colour=red", "id=a,id=b", "id=a,,text=b", ""):
        refused(program, work, 2, [*index, "--fields", fields], "--fields")
    refused(program, work, 2, [*index, "--repeated", "last"], "--repeated")
    refused(program, work, 2, ["index", "good.jsonl"], "--out")
    refused(program, work, 2, ["index", "--out", "none.db"], "CORPUS.jsonl")


def bad_places(program, work):
    (work / "mine.txt").write_text("mine")
    (work / "folder.db").mkdir()
    with sqlite3.connect(work / "store.db") as db:
        db.execute("CREATE TABLE t(x)")
    db.close()
    index = ["index", "good.jsonl", "--out"]
    refused(program, work, 4, [*index, "a.db"], "a.db is there already", "--force")
    refused(program, work, 4, [*index, "mine.txt"], "mine.txt is there already", "--force")
    refused(program, work, 4, [*index, "store.db", "--force"], "store.db is a store")
    refused(program, work, 4, [*index, "folder.db", "--force"], "folder.db", "no file")
    refused(program, work, 4, [*index, "no/such/place.db"], "no/such/place.db")
    refused(program, work, 4, [*index, "./good.jsonl", "--force"], "./good.jsonl", "read from")
    refused(program, work, 3, ["index", "cut.jsonl", "--out", "a.db", "--force"], "cut.jsonl:2")


def bad_indexes(program, work):
    """A run does not begin with an index that is none, not whole, or of another version."""
    data = (work / "a.db").read_bytes()
    (work / "cut.db").write_bytes(data[:len(data) // 2])
    (work / "text.db").write_text("no index\n" * 100)
    (work / "hole.db").write_bytes(b"")
    for name, version in (("older", 0), ("later", 2)):
        shutil.copy(work / "a.db", work / f"{name}.db")
        with sqlite3.connect(work / f"{name}.db") as db:
            db.execute("UPDATE about SET value = ? WHERE name = 'version'", [version])
        db.close()
    (work / "q.jsonl").write_text('{"id": "q", "problem": "alpha?", "answer": "1"}\n')
    for name, *words in (("cut", "not whole"), ("text", "another kind of file"), ("hole", "another kind of file"),
                         ("store", "another kind of file"), ("older", "version 1, found 0", "an earlier crux"),
                         ("later", "version 1, found 2", "a later crux"), ("nowhere", "cannot read")):
        refused(program, work, 3, ["generate", "q.jsonl", "--store", "run.db", "--grammar", "cr-planner", "--policy",
                                   "process:cat", "--policy", f"doc=retrieve:{name}.db"], f"{name}.db", *words)


def killed(program, work):
    """At any instant: the whole index or none, and the same command begins again."""
    (work / "many.jsonl").write_text("".join(
        json.dumps({"id": i, "contents": f"document {i} " + " ".join(f"w{i * j % 997}" for j in range(60))}) + "\n"
        for i in range(DOCUMENTS)))
    out = work / "killed.db"
    words = [program, "index", str(work / "many.jsonl"), "--out", str(out)]
    began = time.monotonic()
    subprocess.run(words, check=True, capture_output=True)
    takes, golden = time.monotonic() - began, out.read_bytes()
    for i in range(KILLS):
        out.unlink(missing_ok=True)
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(takes * 1.1 * (i + 1) / KILLS)
            process.send_signal((signal.SIGKILL, signal.SIGTERM)[i % 2])
        insist(process.returncode in (0, 130, -signal.SIGKILL), f"kill {i}: exit status {process.returncode}")
        insist(not out.exists() or out.read_bytes() == golden, f"kill {i}: an index that is not whole")
        insist(out.exists() or process.returncode != 0, f"kill {i}: it says that it wrote one")
    out.unlink(missing_ok=True)
    subprocess.run(words, check=True, capture_output=True)
    insist(out.read_bytes() == golden, "after all kills the index is another one")
    left = [path.name for path in work.iterdir() if path.name.endswith((".partial", "-journal", "-wal"))]
    insist(not left, f"left behind: {left}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-index-", dir=QUICK) as folder:
        work = pathlib.Path(folder)
        whole(program, work)
        bad_documents(program, work)
        bad_options(program, work)
        bad_places(program, work)
        bad_indexes(program, work)
        killed(program, work)
        insist(not (work / "none.db").exists(), "a refused command has written an index")


if __name__ == "__main__":
    main(test)
