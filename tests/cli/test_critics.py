#!/usr/bin/env python3
"""test_critics.py PROGRAM MODEL_SERVER - critics that ask others: services, models, programs and each
other. What they ask is in the ledger: a replay asks nobody, and what a file says belongs to the run."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from scripted import Reply, serving
from support import crux, insist, insist_same, main, model_server, puzzles

TESTS = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = f"process:exec python3 {TESTS}/world/process_critic.py"
COMMON = ("--policy", "numbers", "--critic", "numbers", "--simulations", 24, "--order", "issued", "--quiet")


def run(program, *words):
    done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    return done.returncode, done.stderr


def exported(program, work, store):
    crux(program, "export", "--store", work / store, "--to", work / f"{store}.set", "--force")
    return work / f"{store}.set"


def remarks(folder):
    """The text of all trees."""
    return "".join(path.read_text(encoding="utf-8") for path in (folder / "data" / "trees").iterdir())


def replays(program, work, name, critic, *words):
    """A run, and the same again from its ledger: the same bytes. What its trees say."""
    lines = work / "puzzles.jsonl"
    crux(program, "generate", lines, "--store", work / f"{name}.db", *COMMON, "--critic", critic, *words)
    yield
    crux(program, "generate", lines, "--store", work / f"{name}-again.db", *COMMON, "--critic", critic, *words,
         "--replay", work / f"{name}.db")
    insist_same(exported(program, work, f"{name}.db"), exported(program, work, f"{name}-again.db"), name)
    yield remarks(work / f"{name}.db.set")


def ensembles(program, work):
    """A program beside an exact critic: mean and disagreement are kept, and replayed."""
    both = replays(program, work, "both", f"execution=ensemble:mean[numbers][{PROGRAM}]")
    next(both)
    paid = json.loads(crux(program, "cost", "--store", work / "both.db", "--json"))
    insist([line["backend"] for line in paid["backends"]] == ["process"], paid)
    said = next(both)
    insist('"judges":2' in said.replace(" ", ""), "nothing is kept of two judges")
    insist("nobody knows" in said, "the sentence of a member is not kept")


def services(program, work):
    """A service of JSON as its file describes it; the file belongs to the run."""
    def answer(request, _):
        return {"model": "m", "result": [{"score": 0.25 if "*" in step else 1.0, "why": "no"} for step in request["steps"]]}

    lines, file = work / "puzzles.jsonl", work / "scorer.yaml"
    with serving(answer) as server:
        file.write_text(f"url: {server.url}\npath: /completions\neach: call\nscore: /result/*/score\n"
                        "sentence: /result/*/why\nrequest: |\n  {\"q\": \"{{problem|json}}\", \"steps\": ["
                        "{{#candidates}}{{^@first}}, {{/@first}}\"{{candidate|json}}\"{{/candidates}}]}\n", encoding="utf-8")
        both = replays(program, work, "service", f"execution=http:{file}")
        next(both)
        asked = len(server.requests)
        paid = json.loads(crux(program, "cost", "--store", work / "service.db", "--json"))
        insist([line["backend"] for line in paid["backends"]] == ["scorer"], paid)
        insist(paid["paid"]["calls"] == asked > 0, f"{paid['paid']} of {asked}")
        next(both)
        insist(len(server.requests) == asked, "a replay has asked")
        for _ in range(2):
            asked = len(server.requests)
            subprocess.run([program, "solve", lines, *map(str, COMMON), "--critic", f"execution=http:{file}"], check=True,
                           capture_output=True, env={**os.environ, "XDG_CACHE_HOME": str(work / "cache")})
        insist(len(server.requests) == asked, "solve has paid a service twice")
        status, said = run(program, "generate", lines, "--store", work / "told.db", *COMMON, "--critic", f"execution=http:{file}")
        insist(status == 0 and "asked for" not in said, f"no model was asked for: {said}")
    words = ("generate", lines, "--store", work / "service.db", *COMMON, "--critic", f"execution=http:{file}")
    file.write_text(file.read_text(encoding="utf-8") + "transform: clip\n", encoding="utf-8")
    status, said = run(program, *words)
    insist(status == 2 and "sha256.critic.execution" in said, f"{status}: {said}")


def bad_services(program, work):
    """What a service says that it should not is named by its pointer; a file that is wrong, by its place."""
    lines, file = work / "puzzles.jsonl", work / "bad.yaml"
    words = ("generate", lines, *COMMON, "--critic", f"execution=agree:[numbers][http:{file}]")
    status, said = run(program, *words, "--store", work / "none.db")
    insist(status == 2 and str(file) in said, f"{status}: {said}")
    with serving(lambda request, _: Reply(200, {"score": "high"})) as server:
        file.write_text(f"url: {server.url.removesuffix('/v1')}\npath: /completions\nscore: /score\nrequest: '{{}}'\n",
                        encoding="utf-8")
        status, said = run(program, *words, "--store", work / "bad.db")
        insist(status in (2, 6) and "at /score: expected a number" in said, f"{status}: {said}")
        insist(server.url.removesuffix("/v1") + ": " in said, f"another address than the one that was asked: {said}")
    file.write_text("url: x\nscore: score\nrequest: '{}'\n", encoding="utf-8")
    status, said = run(program, *words, "--store", work / "none.db")
    insist(status == 2 and f"{file}:2:8: score: expected a JSON pointer" in said, f"{status}: {said}")


def refused_before_a_store(program, work):
    """What a description says wrongly is said before a store is made."""
    for critic, sentence in (("process", "takes a command"), ("process:timeout=x:cat", "timeout=SECONDS"),
                             ("http:/dev/null", "at least url"), ("ensemble:foo[process:cat]", "found `foo`"),
                             ("agree:[process:cat][linear:/nowhere]", "/nowhere"), ("agree:x[process:cat]", "got `x`"),
                             ("adversary:[process:cat]", "one that validates"),
                             ("adversary:[process:cat][value=process:cat]", "not value="),
                             ("ensemble:mean[value=process:cat]", "no execution critic `value=process:cat`")):
        status, said = run(program, "generate", work / "puzzles.jsonl", "--store", work / "begun.db", *COMMON, "--critic",
                           f"execution={critic}")
        insist(status == 2 and sentence in said and not (work / "begun.db").exists(), f"{critic}: {status}: {said}")


def told_by_help(program, work):
    """Every critic that there is stands in the help of --critic."""
    words = crux(program, "help", "generate").split("--critic [ROLE=]", 1)[1].split("\n\n", 1)[0]
    for role in ("execution", "outcome"):
        _, said = run(program, "generate", work / "puzzles.jsonl", "--store", work / "none.db", "--critic", f"{role}=nobody")
        for name in said.split("there is: ")[1].split("\n")[0].split(", "):
            insist(name in words or name == "mixed", f"help does not name critic {name}")


def ratios(program, work, server):
    """Two models that score prompts; one that does not is refused before anything is searched."""
    with (model_server(server, "--kind", "vllm", "--seed", 1) as strong,
          model_server(server, "--kind", "vllm", "--seed", 3) as weak,
          model_server(server, "--kind", "llamacpp") as mute):
        words = ("--backend", f"strong.endpoint={strong}", "--backend", f"weak.endpoint={weak}")
        both = replays(program, work, "ratio", "execution=ratio:strong,weak,scale=0.1", *words)
        next(both)
        insist("log-probability" in next(both), "what two models said is not kept")
        crux(program, "generate", work / "puzzles.jsonl", "--store", work / "value.db", *COMMON, "--critic",
             "value=adversary:[ratio:strong,weak][execution=numbers]", *words)
        status, said = run(program, "generate", work / "puzzles.jsonl", "--store", work / "mute.db", *COMMON, "--critic",
                           "execution=ratio:strong,weak", *words[:2], "--backend", f"weak.endpoint={mute}")
        insist(status == 2 and "backend weak does not" in said, f"{status}: {said}")
    status, said = run(program, "generate", work / "puzzles.jsonl", "--store", work / "none.db", *COMMON, "--critic",
                       "execution=agree:[numbers][ratio:strong,weak]")
    insist(status == 2 and "asks backend 'strong', which is not defined" in said, f"{status}: {said}")


def adversaries(program, work):
    """A program accuses, the exact critic rules."""
    both = replays(program, work, "adversary", f"execution=adversary:[{PROGRAM}][numbers]")
    next(both)
    said = next(both)
    insist("confirmed by numbers" in said and "refuted by numbers" in said, "nobody was accused")


def test(program):
    server = str(pathlib.Path(sys.argv[2]).resolve())
    with tempfile.TemporaryDirectory(prefix="crux-critics-") as folder:
        work = pathlib.Path(folder)
        puzzles(program, work / "puzzles.jsonl", 3)
        ensembles(program, work)
        services(program, work)
        bad_services(program, work)
        refused_before_a_store(program, work)
        told_by_help(program, work)
        ratios(program, work, server)
        adversaries(program, work)


if __name__ == "__main__":
    main(test)
