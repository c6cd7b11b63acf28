#!/usr/bin/env python3
"""test_planner.py PROGRAM - grammar cr-planner on the command line, with a program that answers and
scores for a problem of which every right choice is known.

    solve --strategy plan   follows the critics, and prints the path with what was chosen and what was
                            not, in 80 columns; as JSON with all of it
    the program             is told the kinds of the path's steps, and is asked for each kind
    show --path             prints the same of a finished tree; the outline has the critics' scores
    the preset              is a search as the paper describes it
    a policy that fails     makes a problem fail whatever the strategy: nothing passes for searched
    export, show            a row about a path has the steps of the solution alone

With --play it is that program.
"""

import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, main, puzzles

LONG = "Its perimeter is 9, " + "and so on " * 20
PROPOSED = {
    "rationale": ["Its area is 9.", LONG],
    "query": ["side of a square", "what is 9"],
    "doc": ["[sq] Squares\nThe side is the root.", "[tri] Triangles\nThey have three sides."],
    "answer": ["So the answer is 4."],
}
LAST = [{"text": "So the answer is 3.", "terminal": True}, "So its side is 4."]
BEST = {"Its area is 9.", "side of a square", "[sq] Squares\nThe side is the root.", "So the answer is 3."}
WANTED = ["reason", "genquery", "retrieve", "reason"]


# --- the program ---------------------------------------------------------------------------

def proposed(call):
    kinds = call.get("step_kinds", [])
    insist(len(kinds) == len(call["steps"]), "each step has a kind")
    steps = LAST if call["kind"] == "rationale" and "doc" in kinds else PROPOSED[call["kind"]]
    return steps[:call["n"]]


def score(kind, text, done):
    if kind in WANTED:
        return 0.875 if done < len(WANTED) and kind == WANTED[done] else 0.125
    return 0.75 if text in BEST else 0.25


def play():
    for line in sys.stdin:
        call = json.loads(line)
        reply = {"id": call["id"]}
        if call["op"] == "propose":
            reply["steps"] = proposed(call)
        elif call["op"] == "score":
            reply["scores"] = [score(kind, text, len(call["steps"]) // 2)
                               for kind, text in zip(call["kinds"], call["candidates"])]
        else:
            reply["outcomes"] = [{"verdict": "right" if "is 3" in text else "wrong"} for text in call["candidates"]]
        print(json.dumps(reply), flush=True)


# --- what is tried -----------------------------------------------------------------------------

def planned(work):
    """The options of all commands here."""
    me = f"process:exec python3 {pathlib.Path(__file__).resolve()} --play"
    return [work / "p.jsonl", "--grammar", "cr-planner", "--policy", me, "--policy", f"doc={me}", "--critic", me,
            "--critic", f"subgoal={me}", "--critic", f"execution={me}", "--children", 2, "--documents", 2,
            "--depth", 10, "--quiet"]


TEXT = """square: right
   1. Its area is 9.
   2. So the answer is 3.
  reason     0.875
  rationale  0.750 * Its area is 9.
             0.250   Its perimeter is 9, and so on and so on and so on and s...
  genquery   0.875   reason 0.125
  query      0.750 * side of a square
             0.250   what is 9
  retrieve   0.875   reason 0.125, genquery 0.125
  doc        0.750 * [sq] Squares The side is the root.
             0.250   [tri] Triangles They have three sides.
  reason     0.875   genquery 0.125, retrieve 0.125
  rationale  0.750 * So the answer is 3.
             0.250   So its side is 4.
"""


def solves(program, work):
    words = [*planned(work), "--strategy", "plan", "--calls", 5, "--no-store"]
    text = crux(program, "solve", *words)
    insist(text.startswith(TEXT), f"the path is printed as\n{text}and not as\n{TEXT}")
    insist(all(len(line) <= 80 for line in text.splitlines()), "lines fit into 80 columns")
    row = json.loads(crux(program, "solve", *words, "--json"))
    insist(row["steps"] == ["Its area is 9.", "So the answer is 3."], "steps are those of the solution")
    insist([step["kind"] for step in row["path"]] ==
           ["reason", "rationale", "genquery", "query", "retrieve", "doc", "reason", "rationale"],
           "the path has sub-goals and what carried them out")
    step = row["path"][1]
    insist(step["text"] == "Its area is 9." and step["score"] == 0.75 and step["visits"] > 0, "what was chosen")
    insist(step["rejected"] == [{"kind": "rationale", "text": LONG, "score": 0.25, "visits": 0}],
           "what was rejected, whole")
    insist(row["path"][5]["text"].count("\n") == 1, "a document has its lines")


def searches(program, work):
    """The paper's search, and what show says of its tree."""
    store = work / "run.db"
    crux(program, "generate", *planned(work), "--preset", "cr-planner", "--store", store, "--simulations", 40)
    path = crux(program, "show", "square", "--store", store, "--path")
    insist("\n  rationale  0.750 * Its area is 9.\n" in path, f"--path shows what was chosen:\n{path}")
    insist("visits" not in path, "--path shows nothing else")
    outline = crux(program, "show", "square", "--store", store)
    insist("(score 0.875)" in outline and "Next: reason" in outline, "the outline has sub-goals and scores")
    settings = json.loads(crux(program, "status", "--store", store, "--json"))["configuration"]
    insist(settings["selection"] == "uct" and settings["grammar"] == "cr-planner", "the preset is the paper's")


def fails(program, work):
    for strategy in ("mcts", "plan", "beam", "particles"):
        words = [*planned(work), "--policy", "process:exit 3", "--strategy", strategy, "--calls", 5, "--no-store"]
        row = json.loads(crux(program, "solve", *words, "--json", status=6))
        insist(row["status"] == "failed" and "status 3" in row["error"], f"{strategy}: it failed, and why is told: {row}")


def exports(program, work):
    """Sub-goals, queries and documents are in rows about nodes, and in none about a solution."""
    (work / "book.jsonl").write_text('{"id": "b1", "contents": "make 24 from 4 6 by the product of 6 and 4"}\n')
    crux(program, "index", work / "book.jsonl", "--out", work / "book.db")
    crux(program, "generate", puzzles(program, work / "q.jsonl", 4), "--store", work / "q.db", "--simulations", 800,
         "--grammar", "cr-planner", "--selection", "uct", "--children", 4, "--depth", 8, "--order", "issued",
         "--policy", "step=numbers", "--policy", f"doc=retrieve:{work / 'book.db'}")
    told = crux(program, "export", "--store", work / "q.db", "--to", work / "data")
    said, seen = ("Next: ", "make 24 from", "[b1]"), set()
    for folder in (work / "data/data").iterdir():
        text = "".join(path.read_text() for path in folder.iterdir())
        seen |= {folder.name} if any(word in text for word in said) else set()
    insist(seen == {"preference", "ranking", "traces", "trees", "value"}, f"these views have them: {seen}: {told}")
    rows = [json.loads(line) for path in (work / "data/data/critique").iterdir() for line in path.open()]
    insist(any(row["wrong_steps"] for row in rows) and not all(row["wrong_steps"] for row in rows), "wrong and right")
    for row in rows:
        steps = row["prefix_steps"] + (row["wrong_steps"] or row["right_steps"])
        insist(len(row["step_counts"]) == len(steps) >= len(row["provenance"]["node_ids"]), f"a value a step: {row}")
        insist(not row["wrong_steps"] or f"`{steps[row['first_error_index']]}`" in row["critique"]["text"],
               f"the step that is wrong first is what the critique speaks of: {row}")
    outline = crux(program, "show", rows[0]["problem_id"], "--store", work / "q.db", "--width", 0).splitlines()
    parts = [line for line in outline if "<- crux" in line]
    insist(parts and not any(word in line for line in parts for word in said), f"paths part at steps: {parts}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-planner-") as folder:
        work = pathlib.Path(folder)
        (work / "p.jsonl").write_text('{"id": "square", "problem": "The area of a square is 9. Its side?"}\n')
        solves(program, work)
        fails(program, work)
        searches(program, work)
        exports(program, work)


if __name__ == "__main__":
    if "--play" in sys.argv:
        play()
    else:
        main(test)
