#!/usr/bin/env python3
"""test_planner_chat.py PROGRAM - a served model and an index under grammar cr-planner.

    a query       is asked for with the latest rationale and nothing of the problem
    a document    that its words find stands behind the problem in what is asked next, and its marks
                  stand in no completion's turns
    a rationale   that has only begun is asked on for, with what was looked up
    thoughts      are kept beside rationales and queries
    a replay      asks nobody, and gives the same trees
"""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from scripted import asked_of, serving
from support import crux, insist, insist_same, main

PROBLEM = "The area of a square is 9. How long is its side?"
RATIONALE = "Let us see:\nthe side follows from the area."
CORPUS = [{"id": "root", "title": "Square roots", "contents": "A side is the root of an area.\nThe root of 9 is 3."},
          {"id": "hen", "title": "Hens", "contents": "Hens lay eggs."}]


def said(request):
    """A rationale that has only begun, its rest, a query, and an answer that needs the document."""
    words = asked_of(request)
    if "search engine" in words:
        return "Query: which root is a side\n"
    if "The root of 9 is 3." in words:
        return "The answer is \\boxed{3}."
    if "Let us see:" in words:
        return "the side follows from the area."
    return "Let us see:\n"


def reply(request, _number):
    choices = [{"index": i, "finish_reason": "stop",
                "message": {"role": "assistant", "content": said(request), "reasoning_content": "hm"}}
               for i in range(request.get("n") or 1)]
    usage = {"prompt_tokens": 50, "completion_tokens": 5 * len(choices)}
    return {"id": "x", "model": request.get("model"), "choices": choices, "usage": usage}


def search(work, name, *words):
    return ["generate", work / "p.jsonl", "--store", work / f"{name}.db", "--preset", "cr-planner", "--policy", "chat",
            "--policy", f"doc=retrieve:{work / 'corpus.db'}", "--model", "m", "--profile", "vllm", "--route", "next",
            "--split", "lines", "--thoughts", "keep", "--simulations", 60, "--children", 1, "--quiet", *words]


def turns(request):
    return [turn["content"] for turn in request["messages"]]


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-planner-chat-") as folder:
        work = pathlib.Path(folder)
        (work / "p.jsonl").write_text(json.dumps({"id": "side", "problem": PROBLEM, "answer": "3"}) + "\n")
        (work / "c.jsonl").write_text("".join(json.dumps(row) + "\n" for row in CORPUS))
        crux(program, "index", work / "c.jsonl", "--out", work / "corpus.db")
        with serving(reply) as server:
            crux(program, *search(work, "run", "--endpoint", server.url))
            requests = list(server.requests)
        queries = [turns(request) for request in requests if "search engine" in asked_of(request)]
        insist(queries and all(len(words) == 1 and PROBLEM not in words[0] for words in queries), "a query sees no problem")
        insist(all("the side follows from the area." in words[0] for words in queries), "a query sees its rationale")
        found = [turns(request)[1] for request in requests if "The root of 9 is 3." in asked_of(request)]
        insist(found and all(text.startswith(PROBLEM) and "Query: which root is a side" in text and
                             "Found: [root] Square roots\nA side is the root of an area.\nThe root of 9 is 3." in text
                             for text in found), "what was found stands behind the problem")
        insist(any(text.endswith("in the form that was asked for.") for text in found), "a next step is asked for")
        tree = json.loads(crux(program, "show", "side", "--store", work / "run.db", "--json"))
        nodes = tree["nodes"]
        insist(any(node["kind"] == "rationale" and node["text"].strip() == RATIONALE for node in nodes),
               "what had only begun was asked on for")
        insist(any(node["kind"] == "rationale" and node["terminal"] for node in nodes), "a final answer ends a path")
        insist({"query", "rationale"} <= {nodes[row["node"]]["kind"] for row in tree["thoughts"] if row["node"]},
               "thoughts are kept beside both")
        insist(any(row["verdict"] == "right" for row in tree["rollouts"]), "the document leads to the answer")
        crux(program, *search(work, "again", "--replay", work / "run.db"))
        cost = json.loads(crux(program, "cost", "--store", work / "again.db", "--json"))
        insist(cost["paid"]["calls"] == 0, "a replay asks nobody")
        for name in ("run", "again"):
            crux(program, "export", "--store", work / f"{name}.db", "--to", work / name, "--view", "trees")
        insist_same(work / "run", work / "again", "the run and its replay")


if __name__ == "__main__":
    main(test)
