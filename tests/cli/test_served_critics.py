#!/usr/bin/env python3
"""test_served_critics.py PROGRAM MODEL_SERVER - critics judge and reward at the command line: in the ledger
under their backend's name, resumed, replayed, at fault, wrongly configured, and as examples/backends has them."""

import json
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, log_rows, main, model_server, paid, replayed, side_by_side

SERVER = sys.argv[2]
HERE = pathlib.Path(__file__).resolve().parent.parent.parent
NOWHERE = "http://127.0.0.1:9/v1"

# A critic, the kind of its server, and whether it knows right and wrong.
CRITICS = {
    "execution=judge:j": "vllm",
    "outcome=judge:j,mode=steps,votes=3,keep=any": "vllm",
    "execution=judge:j,mode=pair,rivals=2,why=no": "llamacpp",
    "outcome=judge:j,mode=first": "openai",
    "execution=judge:j,mode=criteria": "sglang",
    "outcome=reward:j,dialect=vllm-score": "vllm",
    "execution=reward:j,dialect=sglang-classify,transform=sigmoid": "sglang",
    "execution=reward:j,dialect=tei-rerank,transform=sigmoid,batch=2": "tei",
}


def trees(folder):
    for path in sorted((folder / "data" / "trees").glob("*.jsonl")):
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def asking(problems, store, critic, *words):
    return ["generate", problems, "--store", store, "--policy", "chat", "--critic", critic, "--simulations", 4, *words]


def examine(program, work, problems, url, critic, kind, number):
    """What a critic said is in the ledger and in the trees; a replay asks nobody."""
    with model_server(SERVER, "--kind", kind) as other:
        folder = replayed(program, work / f"{number}", "j", lambda store: asking(problems, store, critic),
                          ["--endpoint", url, "--backend", f"j.endpoint={other}"],
                          ["--endpoint", NOWHERE, "--backend", f"j.endpoint={NOWHERE}"])
    remarks = [remark for tree in trees(folder) for remark in tree["remarks"]]
    if "mode=steps" in critic or "mode=first" in critic:
        insist(remarks and all(remark["steps"] for remark in remarks), f"{critic}: no rewards of steps: {remarks[:2]}")
    if "votes=3" in critic:
        insist(all(remark["judges"] == 3 for remark in remarks), f"{critic}: {remarks[:2]}")


def all_of_them(program, work, problems):
    with model_server(SERVER) as url:
        side_by_side([(examine, program, work, problems, url, critic, kind, number)
                      for number, (critic, kind) in enumerate(CRITICS.items())])


def resumed(program, work, problems):
    """A run that a limit has cut short goes on, and asks for nothing that the ledger has."""
    store, log = work / "short.db", work / "log.jsonl"
    critic = "execution=judge:j,mode=pair,why=no"
    with model_server(SERVER) as url, model_server(SERVER, log=log) as other:
        words = asking(problems, store, critic, "--endpoint", url, "--backend", f"j.endpoint={other}")
        crux(program, *words, "--limit-calls", 60, status=5)
        crux(program, *words)
        keys = [row["key"] for row in log_rows(log)]
    keys = [key for key in keys if key]
    insist(len(keys) == len(set(keys)) > 60, f"{len(keys)} questions, {len(set(keys))} different ones")


def run(program, *words):
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)


def refused(program, words, *said):
    done = run(program, *words)
    insist(done.returncode == 2 and all(word in done.stderr for word in said), f"{words}: {done.returncode}, {done.stderr}")


def badly(program, work, problems):
    """What cannot work says so before a store is made."""
    store = work / "bad.db"
    with model_server(SERVER) as url:
        where = ["--endpoint", url, "--backend", f"j.endpoint={url}"]
        for critic, *said in (("execution=judge:k", "backend 'k'"), ("execution=judge:", "names no backend"),
                              ("execution=reward:j", "dialect="), ("execution=judge:j,mode=best", "mode is point"),
                              ("value=judge:j,mode=pair", "comes alone"),
                              ("execution=judge:j,template=/nowhere", "/nowhere"),
                              ("execution=reward:j,dialect=tei-rerank,template=/nowhere", "/nowhere"),
                              ("annotate=judge:j", "no port asks it")):
            words = ["--rollouts", 0] if critic.startswith("value") else []
            refused(program, asking(problems, store, critic, *where, *words), *said)
        reference = work / "sees.template"
        reference.write_text("--- user\n{{problem}} {{#steps}}{{.}} {{/steps}} {{reference}} {{form}}\n", encoding="utf-8")
        critic = f"execution=judge:j,template={reference}"
        refused(program, ["solve", problems, "--policy", "chat", "--critic", critic, *where], "reference answer")
        crux(program, *asking(problems, work / "sees.db", critic, *where))
        reference.write_text("--- user\n{{problem}} {{form}}\n", encoding="utf-8")
        refused(program, asking(problems, work / "sees.db", critic, *where), "sha256.critic")
    insist(not store.exists(), "a store was made")


def rubbish(program, work, problems):
    """A judge whose answers are never a verdict ends the run with what is wrong with them; one that a server
    refuses does, too."""
    words = json.dumps([{"fault": "reply", "status": 200, "body": json.dumps({"model": "fake", "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"content": "It is {\"score\": 10}, I say."}}]})}])
    with model_server(SERVER) as url, model_server(SERVER, "--faults", words) as other:
        refused(program, asking(problems, work / "rubbish.db", "execution=judge:j,by=score", "--endpoint", url,
                                "--backend", f"j.endpoint={other}", "--backend", "j.model=fake", "--backend", "j.profile=vllm",
                                "--backend", "j.route=next"), "not one JSON object")
    with model_server(SERVER) as url, model_server(SERVER, "--kind", "tei") as other:
        refused(program, asking(problems, work / "route.db", "execution=reward:j,dialect=vllm-score", "--endpoint", url,
                                "--backend", f"j.endpoint={other}"), "404")


def examples(program, work, problems):
    """The ready configurations work as they are, but for the address and the name of the model."""
    with model_server(SERVER) as url, model_server(SERVER, "--kind", "tei") as tei:
        for path in sorted((HERE / "examples" / "backends").glob("*.yaml")):
            name = re.search(r"^backends:\n  (\w[\w-]*):", path.read_text(encoding="utf-8"), re.MULTILINE).group(1)
            store = work / f"{path.stem}.db"
            crux(program, "generate", problems, "--store", store, "--config", path, "--policy", "chat", "--endpoint", url,
                 "--backend", f"{name}.endpoint={tei if 'tei' in path.stem else url}", "--backend", f"{name}.model=fake",
                 "--simulations", 3)
            insist(paid(program, store)[name]["samples"] > 0, f"{path}: nobody asked {name}")
            crux(program, "export", "--store", store, "--to", work / path.stem)
            scores = [node["score"] for tree in trees(work / path.stem) for node in tree["nodes"][1:]]
            known = [score for score in scores if score is not None and score >= 0]
            insist("critic: outcome" in path.read_text(encoding="utf-8") or len(known) > 5, f"{path}: {scores}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-critics-") as folder:
        work = pathlib.Path(folder)
        problems = work / "problems.jsonl"
        with problems.open("w", encoding="utf-8") as out:
            subprocess.run([SERVER, "--problems", "6", "--operations", "2:4"], stdout=out, check=True)
        all_of_them(program, work, problems)
        side_by_side([(part, program, work, problems) for part in (resumed, badly, rubbish, examples)])


if __name__ == "__main__":
    main(test)
