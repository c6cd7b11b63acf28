#!/usr/bin/env python3
"""test_annotate.py PROGRAM MODEL_SERVER - critic critique at the command line: each style on servers of several
kinds, in the ledger, resumed, replayed, with pictures, wrongly described; and that the fake server's critiques are
what they are said to be."""

import base64
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, log_rows, main, model_server, picture, replayed, side_by_side

SERVER = sys.argv[2]
NOWHERE = "http://127.0.0.1:9/v1"

# A description and the kind of its server. What a panel asks twice is two samples.
CRITICS = {
    "critique:j": "vllm",
    "critique:backend=j,style=deliberate": "llamacpp",
    "critique:j,style=blind,tries=6,temperature=0.9": "openai",
    "critique:style=panel,backends=j+j": "sglang",
    "critique:j,max=300": "ollama",
}


def asking(problems, store, critic, *words):
    return ["generate", problems, "--store", store, "--policy", "chat", "--critic", f"annotate={critic}", "--simulations",
            12, "--children", 3, *words]


def rows(folder):
    for path in sorted((folder / "data" / "critique").glob("*.jsonl")):
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def critiques(folder):
    """Of the rows with a wrong path."""
    return [row for row in rows(folder) if row["wrong_steps"]]


def examine(program, work, problems, url, critic, kind, number):
    """What it said is in the ledger and in the rows, no step that it claims is a label, and a replay asks nobody."""
    with model_server(SERVER, "--kind", kind) as other:
        folder = replayed(program, work / f"{number}", "j", lambda store: asking(problems, store, critic),
                          ["--endpoint", url, "--backend", f"j.endpoint={other}"],
                          ["--endpoint", NOWHERE, "--backend", f"j.endpoint={NOWHERE}"])
    found = critiques(folder)
    written = [row for row in found if row["critique"]["text"]]
    insist(len(written) > 3, f"{critic}: {len(written)} critiques of {len(found)} pairs")
    insist(all(row["first_error_index"] == -1 for row in found), f"{critic}: a claim became a label")
    insist(all(len(row["critique"]["text"]) <= 1200 for row in written), f"{critic}: a long one")


def all_of_them(program, work, problems):
    with model_server(SERVER) as url:
        side_by_side([(examine, program, work, problems, url, critic, kind, number)
                      for number, (critic, kind) in enumerate(CRITICS.items())])


def resumed(program, work, problems):
    """A run that a limit has cut short goes on, and asks for nothing that the ledger has."""
    store, log = work / "short.db", work / "log.jsonl"
    with model_server(SERVER) as url, model_server(SERVER, log=log) as other:
        words = asking(problems, store, "critique:j,style=deliberate", "--endpoint", url, "--backend", f"j.endpoint={other}")
        crux(program, *words, "--limit-calls", 40, status=5)
        crux(program, *words)
        keys = [row["key"] for row in log_rows(log)]
    keys = [key for key in keys if key]
    insist(len(keys) == len(set(keys)) > 20, f"{len(keys)} questions, {len(set(keys))} different ones")


def qualities(program, work, problems):
    """Of an annotator that tells the truth every critique names what is wrong, of one that is vague none names a
    step."""
    said = {}
    for name, shares in (("true", "true=1,vague=0,false=0"), ("vague", "true=0,vague=1,false=0")):
        store = work / f"{name}.db"
        with model_server(SERVER) as url, model_server(SERVER, "--critiques", shares) as other:
            crux(program, *asking(problems, store, "critique:j", "--endpoint", url, "--backend", f"j.endpoint={other}"))
        crux(program, "export", "--store", store, "--to", work / name)
        said[name] = [row["critique"]["text"] for row in critiques(work / name) if row["critique"]["text"]]
    insist(len(said["true"]) > 3 and all(" states `" in text for text in said["true"]), f"{said['true'][:3]}")
    insist(len(said["vague"]) > 3 and not any("tep " in text for text in said["vague"]), f"{said['vague'][:3]}")


def pictured(program, work, problems):
    """The problem's pictures are shown to the annotator, too."""
    folder = work / "pictured"
    folder.mkdir()
    (folder / "point.png").write_bytes(picture())
    lines = [json.loads(line) | {"images": ["point.png"]} for line in problems.read_text(encoding="utf-8").splitlines()]
    (folder / "p.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    shown = json.dumps([{"fault": "late", "ms": 0, "text": base64.b64encode(picture()).decode()}])
    log = work / "pictured.jsonl"
    with model_server(SERVER) as url, model_server(SERVER, "--faults", shown, log=log) as other:
        crux(program, *asking(folder / "p.jsonl", work / "pictured.db", "critique:j", "--endpoint", url, "--backend",
                              f"j.endpoint={other}"))
        visits = log_rows(log)
    visits = [visit for visit in visits if visit["key"]]
    insist(len(visits) > 3 and all(visit["fault"] == "late" for visit in visits), f"{visits[:3]}")


def badly(program, work, problems):
    """What cannot work says so before a store is made."""
    store = work / "bad.db"
    with model_server(SERVER) as url:
        where = ["--endpoint", url, "--backend", f"j.endpoint={url}"]
        for critic, said in (("critique:k", "backend 'k'"), ("critique:j,style=best", "style is mmc"),
                             ("critique:style=panel,backends=j+k", "backend 'k'"), ("critique:j,tries=0", "tries is"),
                             ("critique:style=panel,backend=j", "several backends"),
                             ("critique:style=blind", "no port asks it")):
            done = subprocess.run([program, *map(str, asking(problems, store, critic, *where))], capture_output=True,
                                  text=True, check=False)
            insist(done.returncode == 2 and said in done.stderr, f"{critic}: {done.returncode}, {done.stderr}")
    insist(not store.exists(), "a store was made")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-annotate-") as folder:
        work = pathlib.Path(folder)
        problems = work / "problems.jsonl"
        with problems.open("w", encoding="utf-8") as out:
            subprocess.run([SERVER, "--problems", "8", "--operations", "2:4"], stdout=out, check=True)
        all_of_them(program, work, problems)
        side_by_side([(part, program, work, problems) for part in (resumed, qualities, pictured, badly)])


if __name__ == "__main__":
    main(test)
