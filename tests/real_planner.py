#!/usr/bin/env python3
"""real_planner.py PROGRAM [CORPUS.jsonl QUESTIONS.jsonl] - a real model plans with documents of a corpus,
and again from the ledger.

The python that runs this must have the packages of examples/serve_model.py. Nothing is expected of the
model but text: a plan goes through a rationale, a query of the model's own and a document of the corpus;
each candidate's score lies in the store; and a replay makes no call and gives the same bytes. Without
files of one's own a few facts and questions stand here; CRUX_QUESTIONS says how many are asked, 2 without.

With --score it is the critic: which sub-goal comes next is a round of all three, and what carries one out
is scored by the share of its words that the problem has.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

from support import crux, insist, insist_same, main, served_by

HERE = pathlib.Path(__file__).resolve().parent.parent
COUNT = int(os.environ.get("CRUX_QUESTIONS", "2"))
ROUND = ["reason", "genquery", "retrieve", "reason"]
PROMPT = """--- user
{{problem}} Think in short sentences.
--- final
####
"""
CORPUS = [
    {"id": "square", "title": "Square", "contents": "The area of a square is its side times its side."},
    {"id": "mean", "title": "Arithmetic mean",
     "contents": "The mean is the sum divided by how many numbers there are."},
    {"id": "speed", "title": "Speed",
     "contents": "Speed is the distance divided by the time.\nDistance is speed times time."},
]
QUESTIONS = [{"id": "mean", "problem": "What is the mean of the numbers 4, 6 and 11?", "answer": "7"},
             {"id": "speed", "problem": "A train travels 90 miles in 2 hours. What is its speed?", "answer": "45"}]


# --- the critic ----------------------------------------------------------------------------

def words(text):
    return set(re.findall(r"[a-z0-9]+", text.lower()))


def score(call, kind, text):
    done = len(call["steps"]) // 2
    if kind in ROUND:
        return 0.75 if done < len(ROUND) and kind == ROUND[done] else 0.25
    said = words(text)
    return len(said & words(call["problem"]["problem"])) / len(said) if said else 0.0


def judge():
    for line in sys.stdin:
        call = json.loads(line)
        scores = [score(call, kind, text) for kind, text in zip(call["kinds"], call["candidates"])]
        print(json.dumps({"id": call["id"], "scores": scores}), flush=True)


# --- the run ----------------------------------------------------------------------------------

def files(program, work):
    """The index, and the questions that are read."""
    given = [pathlib.Path(path) for path in sys.argv[2:4]]
    corpus, questions, asked = work / "corpus.jsonl", work / "all.jsonl", work / "questions.jsonl"
    for path, rows in ((corpus, CORPUS), (questions, QUESTIONS)):
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    if given:
        corpus, questions = given
    lines = [line for line in questions.read_text(encoding="utf-8").splitlines(True)
             if not isinstance(json.loads(line).get("Answer"), list)]  # of several answers nothing is read
    asked.write_text("".join(lines[:COUNT]), encoding="utf-8")
    (work / "small.prompt").write_text(PROMPT, encoding="utf-8")
    crux(program, "index", corpus, "--out", work / "corpus.db", "--repeated", "first")
    return work / "corpus.db", asked


def options(index, asked):
    me = f"process:exec {sys.executable} {pathlib.Path(__file__).resolve()} --score"
    return [asked, "--preset", "cr-planner", "--strategy", "plan", "--calls", 6, "--children", 2, "--documents", 2,
            "--depth", 8, "--policy", "chat", "--policy", f"doc=retrieve:{index},refuse=answer",
            "--prompt", asked.with_name("small.prompt"), "--max-tokens", 60, "--step-stop", ". ", "--step-stop", "\\n",
            "--critic", "match", "--critic", f"subgoal={me}", "--critic", f"execution={me}", "--in-flight", 4,
            "--quiet"]


def scored(tree):
    """Every candidate has a score, and documents say which they are."""
    unscored = [node["kind"] for node in tree["nodes"][1:] if node["score"] is None or node["score"] < 0]
    insist(not unscored, f"no score for {unscored}")
    documents = [node["text"] for node in tree["nodes"] if node["kind"] == "doc"]
    insist(all(re.match(r"\[[^]]+\]", text) for text in documents), f"{documents}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-real-") as folder:
        work = pathlib.Path(folder)
        index, asked = files(program, work)
        search, store, again = options(index, asked), work / "run.db", work / "again.db"
        with served_by(sys.executable, HERE / "examples" / "serve_model.py", errors=subprocess.DEVNULL) as url:
            crux(program, "generate", *search, "--store", store, "--endpoint", url)
        ids = [json.loads(line)["id"] for line in asked.read_text(encoding="utf-8").splitlines()]
        for one in ids:
            scored(json.loads(crux(program, "show", one, "--store", store, "--json")))
        paths = [crux(program, "show", one, "--store", store, "--path") for one in ids]
        through = [path for path in paths if all(f"\n  {kind} " in path for kind in ("rationale", "query", "doc"))]
        insist(through, "no path to an answer has a rationale, a query and a document:\n" + "\n".join(paths))
        print(through[0])
        crux(program, "generate", *search, "--store", again, "--replay", store)
        paid = [json.loads(crux(program, "cost", "--store", one, "--json"))["paid"] for one in (store, again)]
        insist(paid[0]["calls"] > 0 and paid[1]["calls"] == 0, f"a replay paid: {paid}")
        for one, name in ((store, "one"), (again, "two")):
            crux(program, "export", "--store", one, "--to", work / name, "--view", "trees")
        insist_same(work / "one", work / "two", "the run and its replay, without a server")
        status = json.loads(crux(program, "status", "--store", store, "--json"))
        print(f"{len(ids)} questions, the plans of {len(through)} go through a document; {paid[0]['calls']} calls, "
              f"{paid[0]['prompt_tokens']} + {paid[0]['completion_tokens']} tokens; "
              f"restarts {status['restarts']} of {status['continued']}; the replay made no call and gave the same bytes")


if __name__ == "__main__":
    if "--score" in sys.argv:
        judge()
    else:
        main(test)
