#!/usr/bin/env python3
"""test_inject.py PROGRAM MODEL_SERVER - crux inject, and crux annotate and crux export with --injected, on the fake
server: what is put in is checked, judged, kept, gone on with, replayed, detected and exported."""

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
from support import crux, insist, log_rows, main, model_server, side_by_side
from test_annotate import picture

SERVER = sys.argv[2]
NOWHERE = "http://127.0.0.1:9/v1"


def searched(program, work, problems, url, name):
    store = work / f"{name}.db"
    crux(program, "generate", problems, "--store", store, "--policy", "chat", "--simulations", 12, "--children", 3,
         "--endpoint", url)
    return store


def injecting(store, url, *words):
    return ["inject", "--store", store, "--annotator", "critique:j", "--backend", f"j.endpoint={url}", "--endpoint",
            NOWHERE, *words]


def detecting(store, url, *words, style="mmc"):
    return ["annotate", "--injected", "--store", store, "--annotator", f"critique:j,style={style}", "--backend",
            f"j.endpoint={url}", "--endpoint", NOWHERE, *words]


def findings(store, kind):
    base = sqlite3.connect(store)
    found = base.execute("SELECT ordinal, path, maker, json FROM finding WHERE kind = ? ORDER BY 1, 2, 3",
                         (kind,)).fetchall()
    base.close()
    return [(*key, json.loads(text)) for *key, text in found]


def asked(log):
    return [row["key"] for row in log_rows(log) if row["key"]]


def examine_paths(found, least, most):
    """Each has the details that it names, as many as were asked for at most, and is wrong by its answer."""
    wrong = [value for *_, value in found if value["verdict"] == "wrong"]
    insist(len(wrong) > 3, f"{len(wrong)} wrong of {len(found)}")
    for value in wrong:
        insist(least <= len(value["details"]) <= most, f"{value['details']}")
        for detail in value["details"]:
            step = value["steps"][detail["step"] - 1]
            insist(detail["false"] in step and detail["false"] != detail["original"], f"{detail}: {step}")
        insist(value["answer"], "no answer")
    return wrong


def usual(program, work, problems):
    """Put in, judged, not asked twice; then detected, by an annotator that is right and one that is vague."""
    log = work / "usual.jsonl"
    with model_server(SERVER, "--skill", "0.8") as url:
        store = searched(program, work, problems, url, "usual")
    with model_server(SERVER, "--critiques", "true=1,vague=0,false=0", log=log) as url:
        said = crux(program, *injecting(store, url, "--estimate"))
        insist("paths to ask about" in said and not asked(log) and not findings(store, "injection"), said)
        said = crux(program, *injecting(store, url, "--details", "2:2"))
        wrong = examine_paths(findings(store, "injection"), 2, 2)
        insist(f"{len(wrong)} are wrong ({2 * len(wrong)} details)" in said, said)
        before = len(asked(log))
        insist(" 0 have a wrong version now" in crux(program, *injecting(store, url, "--details", "2:2")), "again")
        insist(len(asked(log)) == before, "asked again")
        said = crux(program, *detecting(store, url))
    found = [value for *_, value in findings(store, "detection")]
    insist(len(found) == len(wrong), f"{len(found)} detections of {len(wrong)}")
    named = [value for value in found if value["first"]]
    mean = sum(value["score"] for value in found) / len(found)
    insist(f"{mean:.3f} on average; {len(named)} critiques name the first" in said, f"{mean}, {len(named)}: {said}")
    insist(len(named) == len(found) and mean == 0.5, f"one of two, the first, is told by the truth: {found}")
    with model_server(SERVER, "--critiques", "true=0,vague=1,false=0") as url:
        said = crux(program, *detecting(store, url, "--seed", 5))
    insist("0.000 on average; 0 critiques" in said, said)
    exported(program, work, store, len(wrong))


def exported(program, work, store, wrong):
    """Only where they are asked for, and then with a name and a source of their own."""
    for words, count in (((), 0), (("--injected",), wrong)):
        folder = work / f"rows{len(words)}"
        crux(program, "export", "--store", store, "--to", folder, "--view", "critique", "--view", "critique-sft", "--view",
             "prm", *words)
        for view in ("critique", "critique-sft", "prm"):
            text = next((folder / "data" / view).glob("*.jsonl")).read_text(encoding="utf-8")
            rows = [json.loads(line) for line in text.splitlines()]
            made = [row for row in rows if row["id"].split("/")[-1].startswith("i")]
            insist(len(made) == (0 if view == "prm" else count), f"{view}: {len(made)} of {count}")
            if view != "prm":
                insist(all(row["source"] == ("injected" if row in made else "search") for row in rows), view)
                insist(all((row["inserted_index"] >= 0) == (row in made) for row in rows), view)
            if view == "critique":
                insist(all(row["first_error_index"] == -1 and row["location"]["how"] == "not" for row in made), "an index")


def spoiled(program, work, problems):
    """A model that does otherwise than it says makes no wrong path, and that is counted."""
    log = work / "spoiled.jsonl"
    with model_server(SERVER) as url:
        store = searched(program, work, problems, url, "spoiled")
    with model_server(SERVER, "--spoiled", "1", log=log) as url:
        said = crux(program, *injecting(store, url))
        insist(all(value["verdict"] == "unknown" and not value["steps"] for *_, value in findings(store, "injection")), said)
        insist(f"of {len(findings(store, 'injection'))} nothing usable came" in said, said)
        before = len(asked(log))
        crux(program, *injecting(store, url))
        insist(len(asked(log)) == before > 0, "asked again")


def killed(program, work, problems):
    """Cut short by a limit and by a kill, the same command ends in the same findings and asks nothing twice."""
    log = work / "killed.jsonl"
    with model_server(SERVER) as url:
        one, two = searched(program, work, problems, url, "one"), work / "two.db"
    shutil.copyfile(one, two)
    with model_server(SERVER) as url:
        crux(program, *injecting(one, url, "--paths", 0))
    with model_server(SERVER, log=log) as url:
        crux(program, *injecting(two, url, "--paths", 0, "--limit-calls", 3), status=5)
        words = [program, *map(str, injecting(two, url, "--paths", 0, "--in-flight", 1))]
        with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            had = len(asked(log))
            while len(asked(log)) < had + 2 and process.poll() is None:
                time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        crux(program, *injecting(two, url, "--paths", 0))
    insist(findings(one, "injection") == findings(two, "injection"), "other findings")
    keys = asked(log)
    # One was at the server, and four more may have come that the ledger had not written (io/ahead.h).
    insist(len(keys) - len(set(keys)) <= 1 + 4, f"{len(keys)} questions, {len(set(keys))} different ones")
    known(program, two, log)


def known(program, store, log):
    """Another maker that asks the same finds it all in the ledger."""
    count = len(findings(store, "injection"))
    with model_server(SERVER, log=log) as url:
        crux(program, *injecting(store, url, "--paths", 0, "--annotator", "critique:j,tries=3"))
    found = findings(store, "injection")
    insist(len(found) == 2 * count and len({maker for _, _, maker, _ in found}) == 2, f"{len(found)} of {count}")
    insist(not asked(log), "what the ledger knows was asked again")


def pictured(program, work, problems):
    """The problem's pictures are shown to the injector, too."""
    folder = work / "pictured"
    folder.mkdir()
    (folder / "point.png").write_bytes(picture())
    lines = [json.loads(line) | {"images": ["point.png"]} for line in problems.read_text(encoding="utf-8").splitlines()]
    (folder / "p.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    log = work / "pictured.jsonl"
    shown = json.dumps([{"fault": "late", "ms": 0, "text": "data:image/png;base64,"}])
    with model_server(SERVER) as url:
        store = searched(program, folder, folder / "p.jsonl", url, "run")
    with model_server(SERVER, "--faults", shown, log=log) as url:
        crux(program, *injecting(store, url))
    visits = log_rows(log)
    visits = [visit for visit in visits if visit["key"]]
    insist(len(visits) > 3 and all(visit["fault"] == "late" for visit in visits), f"{visits[:3]}")


def badly(program, work, problems):
    """What cannot work says so, and writes nothing."""
    with model_server(SERVER) as url:
        store = searched(program, work, problems, url, "bad")
        for words, status, said in ((["--details", "0:3"], 2, "--details must be"), (["--details", "2:6"], 2, "--details"),
                                    (["--details", "4:2"], 2, "--details"), (["--details", "x"], 2, "--details"),
                                    (["--annotator", "numbers"], 2, "puts no false details"),
                                    (["--annotator", "process:true"], 2, "puts no false details")):
            done = subprocess.run([program, *map(str, injecting(store, url, *words))], capture_output=True, text=True,
                                  check=False)
            insist(done.returncode == status and said in done.stderr, f"{words}: {done.returncode}, {done.stderr}")
    insist(not findings(store, "injection"), "something was kept")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-inject-") as folder:
        work = pathlib.Path(folder)
        problems = work / "problems.jsonl"
        with problems.open("w", encoding="utf-8") as out:
            subprocess.run([SERVER, "--problems", "10", "--operations", "2:4"], stdout=out, check=True)
        side_by_side([(part, program, work, problems) for part in (usual, spoiled, killed, pictured, badly)])


if __name__ == "__main__":
    main(test)
