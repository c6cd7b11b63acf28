#!/usr/bin/env python3
"""test_problem_files.py PROGRAM MODEL_SERVER [FILE ...] - files of problems as people have them go through
crux generate as they lie, and critics that nobody names follow the problems. FILEs, published data sets,
are tried as well: each of their lines must become a problem with an answer."""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, main, model_server, puzzles

SERVER, FILES = sys.argv[2], sys.argv[3:]

ADDER = '''import json, re, sys
for line in sys.stdin:
    asked = json.loads(line)
    a, b = re.search(r"(\\d+) plus (\\d+)", json.dumps(asked)).groups()
    good = int(a) + int(b)
    lines = ["We add %s and %s." % (a, b), "The answer is %d." % (good if asked["seed"] % 2 else good + 1)]
    done = len(asked.get("path", asked.get("steps", [])))
    steps = lines[done:done + 1] or lines[-1:]
    print(json.dumps({"id": asked["id"], "steps": ["\\n".join(lines[done:] or lines[-1:])]
                      if asked.get("kind") == "answer" else steps}), flush=True)
'''


def rows(folder, view):
    path = folder / "data" / view / "train-00000-of-00001.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def texts_under_a_program(program, work):
    """Twenty questions in words, a policy of the user's own, no critic named: right is right."""
    problems, policy, store = work / "adds.jsonl", work / "adder.py", work / "adds.db"
    policy.write_text(ADDER, encoding="utf-8")
    problems.write_text("".join(json.dumps({"id": f"a{i}", "problem": f"What is {i} plus {i + 3}?", "answer": 2 * i + 3})
                                + "\n" for i in range(20)), encoding="utf-8")
    words = ["--policy", f"process:python3 {policy}", "--calls", 30, "--quiet"]
    solved = [json.loads(line) for line in crux(program, "solve", problems, *words, "--json").splitlines()]
    insist(len(solved) == 20, f"{len(solved)} results")
    for i, row in enumerate(solved):
        right = row["answer"] == str(2 * i + 3)
        insist(row["graded"] == ("right" if right else "wrong"), f"graded wrongly: {row}")
    crux(program, "generate", problems, "--store", store, *words)
    crux(program, "export", "--store", store, "--to", work / "adds")
    judged = [rollout for row in rows(work / "adds", "trees") for rollout in row["rollouts"]]
    insist({rollout["verdict"] for rollout in judged} >= {"right", "wrong"}, f"{judged[:3]}")
    for row in rows(work / "adds", "trees"):
        i = int(row["problem_id"][1:])
        for rollout in row["rollouts"]:
            insist(rollout["verdict"] == ("right" if rollout["answer"] == str(2 * i + 3) else "wrong"), f"{rollout}")


def puzzles_and_texts(program, work):
    """In a file with both each problem has the critic that can check it."""
    problems, policy, store = work / "both.jsonl", work / "adder.py", work / "both.db"
    lines = puzzles(program, work / "puzzles.jsonl", 2).read_text(encoding="utf-8")
    problems.write_text(lines + json.dumps({"id": "t", "problem": "What is 2 plus 3?", "answer": "5"}) + "\n",
                        encoding="utf-8")
    crux(program, "generate", problems, "--store", store, "--policy", "step=numbers", "--calls", 60, "--quiet", status=6)
    crux(program, "export", "--store", store, "--to", work / "both", "--view", "trees", "--partial")
    judged = [rollout["verdict"] for row in rows(work / "both", "trees") for rollout in row["rollouts"]]
    insist("right" in judged or "wrong" in judged, f"{judged}")
    summary = json.loads((work / "both" / "manifest.json").read_text(encoding="utf-8"))["configuration"]
    insist("outcome=mixed:match" in summary["critic"] and "annotate=mixed" in summary["critic"], f"{summary}")
    solved = crux(program, "solve", problems, "--policy", f"process:python3 {policy}", "--calls", 10, "--json", "--quiet",
                  status=6)
    grades = {row["id"]: row.get("graded") for row in map(json.loads, solved.splitlines())}
    insist(grades["t"] in ("right", "wrong"), f"{grades}")


SHAPES = {
    "gsm8k": {"question": "Tom has 2 apples and buys 3. How many?", "answer": "2 + 3 = <<2+3=5>>5\n#### 5"},
    "math": {"problem": "What is $2+3$?", "level": "Level 1", "type": "Algebra", "solution": "It is $\\boxed{5}$."},
    "aime": {"ID": "2024-I-1", "Problem": "What is 2+3?", "Answer": 5},
    "mmlu": {"question": "What is 2+3?", "choices": ["4", "5", "6", "7"], "answer": 1},
    "chat": {"messages": [{"role": "user", "content": "What is 2+3?"}, {"role": "assistant", "content": "#### 5"}]},
}


def published(program, work):
    """Each shape as it lies, and each FILE: no option, every problem with its answer."""
    files = {name: work / f"{name}.jsonl" for name in SHAPES}
    for name, shape in SHAPES.items():
        files[name].write_text(json.dumps(shape) + "\n", encoding="utf-8")
    files.update((pathlib.Path(name).name, pathlib.Path(name).resolve()) for name in FILES)
    with model_server(SERVER) as url:
        for name, path in files.items():
            store, folder = work / f"{name}.db", work / f"{name}.set"
            done = subprocess.run([program, "generate", str(path), "--store", str(store), "--endpoint", url, "--calls", "4",
                                   "--children", "2"], capture_output=True, text=True, check=False)
            insist(done.returncode == 0, f"{name}: {done.returncode} {done.stderr}")
            insist("skipped:" not in done.stderr and "have no `answer`" not in done.stderr, f"{name}: {done.stderr}")
            crux(program, "export", "--store", store, "--to", folder, "--view", "trees")
            count = len([line for line in path.read_text(encoding="utf-8").splitlines() if line.strip()])
            trees = rows(folder, "trees")
            insist(len(trees) == count, f"{name}: {len(trees)} of {count} problems")
            print(f"{name}: {count} problems, each with its answer", flush=True)


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-files-") as folder:
        work = pathlib.Path(folder)
        texts_under_a_program(program, work)
        puzzles_and_texts(program, work)
        published(program, work)


main(test)
