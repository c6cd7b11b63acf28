#!/usr/bin/env python3
"""test_whole_text.py PROGRAM MODEL_SERVER - what is sent back, exported and labelled is what the model said.

A model of its own writes in all the ways that mislead a reader of steps: boxes on its way, headings of
level four, "the answer is" in mid-sentence, code and lists with indentation and empty lines, line breaks
in a row, trailing blanks; and it says its answer in all the ways that are known: a box, four hashes, a
sentence of several languages, a title, tags, JSON. It knows every text that it can write, so it refuses a beginning that is none
of them, and each path that comes back must be one, byte for byte, with the right verdict. Each way of
asking is tried: with a stop string that is kept, cut off or lost, and a step at a time.

CRUX_DEEP=1: 500 problems for each, else a few."""

import json
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from scripted import serving
from support import DEEP, crux, insist, main

PROBLEMS = 500 if DEEP else 6
SEARCH = ["--simulations", 12, "--children", 3, "--critic", "outcome=match", "--critic", "annotate=none", "--quiet"]
KNOWN = ["--policy", "chat", "--model", "fake", "--context", 16384, "--per-request", 4]


# --- what the model can write ----------------------------------------------------------------

MISLEADING = [
    "The first number has \\boxed{{{digit}}} in its ones place.",
    "To see whether the answer is even, we look at the ones digit.  ",
    "The answer is expected to be a whole number.",
    "For the first half, the answer is {a}.",
    "#### Step 2: Add the numbers",
    "#### (b) Check",
    "```python\ndef f(a, b):\n    total = a\n\n    for _ in range(b):\n\t\ttotal += 1\n\n    # the answer is {wrong}.\n"
    "    return total\n```",
    "~~~\n#### {wrong}\n\n    \\boxed{{{wrong}}}\n~~~",
    "\\begin{{aligned}}\n{a} + {b}\n\n  &= {sum}\n\\end{{aligned}}",
    "- first {a}\n    - then {b}\n\n    - so {sum}\n",
    "\n  Now we add:\n\n\n{a} + {b} = {sum}",
    "\\[\n\\boxed{{{digit}}}\n\\]\nis the last digit.",
    "Is the answer {wrong}? No.",
    "Is the answer ${wrong}$? No.",
    "#### Part 2: the answer so far",
    "    print({wrong})\n    # the answer is {wrong}.",
    "**Answer to the first part:** {a}",
    "If we forget the carry, the answer is {wrong}. The answer cannot be {wrong}.",
]
CLOSING = [
    "The answer is \\boxed{{{said}}}.",
    "Adding, we get {said}. So, the answer is $\\boxed{{{said}}}$.\n",
    "\\[\n\\boxed{{{said}}}\n\\]",
    "Therefore, the final answer is: **\\boxed{{{said}}}**",
    "#### {said}",
    "Adding, we get {said}. The answer is {said}.",
    "Adding, we get {said}.\n#### **{said}**\n",
    "**Final Answer**\n{said}",
    "<answer>{said}</answer>",
    "{{\"answer\": {said}}}",
    "La réponse est {said}.",
    "答案是{said}。",
]


def texts_of(number, marks):
    """The texts that answer problem number, each with what is right about it."""
    draw = random.Random(number)
    a, b = draw.randrange(10, 500), draw.randrange(10, 500)
    words = {"a": a, "b": b, "sum": a + b, "wrong": a + b + 7, "digit": a % 10}
    begin, *others = draw.sample(MISLEADING, len(MISLEADING))
    texts = {}
    for i in range(4):
        said = a + b if i != 2 else a + b + 1
        parts = [part.format(**words, said=said) for part in
                 [begin, others[i % 2], *draw.sample(others[2:], 2), draw.choice(CLOSING)]]
        if marks:
            parts = [f"Step {n}: {part}" for n, part in enumerate(parts, 1)]
        texts["\n\n".join(parts)] = "right" if said == a + b else "wrong"
    return f"What is {a} + {b}?", str(a + b), texts


class Model:
    """Writes on behind a beginning of its own."""

    def __init__(self, marks):
        self.problems = {}
        for number in range(PROBLEMS):
            prompt, answer, texts = texts_of(number, marks)
            self.problems.setdefault(prompt, (f"q{number}", answer, texts))
        self.strange = []

    def part(self, message):
        return message

    def texts(self, asked):
        """Whose problem is asked, and its texts."""
        found = [prompt for prompt in self.problems if prompt in asked]
        insist(len(found) == 1, f"no problem in {asked!r}")
        return found[0], list(self.problems[found[0]][2])

    def write(self, asked, given, seed):
        """What follows given in one of the texts."""
        _, texts = self.texts(asked)
        fitting = [text[len(given):] for text in texts if text.startswith(given)]
        if not fitting:
            self.strange.append(given)
            return "I did not write that."
        return random.Random(seed).choice(fitting)

    def step(self, asked, listed, seed, rest):
        """The message after numbered steps, of which the texts are pieces."""
        prompt, texts = self.texts(asked)
        fitting = []
        for text in texts:
            pieces = text.split("\n\n")
            for count in range(len(pieces)):
                if "".join(f"{n}. {piece}\n" for n, piece in enumerate(pieces[:count], 1)) == listed:
                    fitting.append("\n\n".join(pieces[count:]) if rest else pieces[count])
        if not fitting:
            self.strange.append(listed)
            return "I did not write that."
        return random.Random(seed).choice(fitting)


def choice_of(model, manner, request, index):
    """manner: kept (a stop string is in the text and named), named, lost, next."""
    seed = request["seed"] + index
    stops = request.get("stop") or []
    if "prompt" in request:
        prompt, _ = model.texts(request["prompt"])
        text = model.write(prompt, request["prompt"].split(prompt + "\n\n", 1)[1], seed)
    elif request["messages"][-1]["role"] == "assistant":
        text = model.write(request["messages"][-2]["content"], request["messages"][-1]["content"], seed)
    elif manner == "next":
        user = request["messages"][-1]["content"]
        rest = "Go on from there" in user
        listed = user.split("written so far:\n\n", 1)[-1] if "written so far:" in user else ""
        listed = listed.rsplit("\nGo on from there" if rest else "\nWrite step ", 1)[0]
        text = model.step(user.split("\n\n", 1)[0], listed, seed, rest)
    else:
        text = model.write(request["messages"][-1]["content"], "", seed)
    hit = min((text.find(stop) for stop in stops if stop in text), default=-1)
    stop = next((stop for stop in stops if hit >= 0 and text.startswith(stop, hit)), None)
    if stop is not None:
        text = text[: hit + (len(stop) if manner == "kept" else 0)]
    out = {"index": index, "finish_reason": "stop"}
    if manner in ("kept", "named"):
        out["stop_reason"] = stop
    if "prompt" in request:
        return out | {"text": text}
    return out | {"message": model.part({"role": "assistant", "content": text})}


def served(model, manner):
    def reply(request, _):
        choices = [choice_of(model, manner, request, i) for i in range(request.get("n", 1))]
        return {"model": "fake", "choices": choices,
                "usage": {"prompt_tokens": 9, "completion_tokens": 9 * len(choices)}}

    return serving(reply)


# --- what came of it -------------------------------------------------------------------------

def rows(folder, view):
    text = (folder / "data" / view / "train-00000-of-00001.jsonl").read_text(encoding="utf-8")
    insist("\\u000b" not in text and "\v" not in text, f"{view}: a vertical tab")
    return [json.loads(line) for line in text.split("\n") if line]


def check_tree(tree, texts):
    """Every rollout is one of the texts, and has its verdict; only whole texts end in a terminal node."""
    nodes, known, paths = tree["nodes"], 0, {0: []}
    for node in nodes[1:]:
        path = paths[node["id"]] = [*paths[node["parent"]], node["text"]]
        whole = "\n\n".join(path)
        insist(any((text + "\n\n").startswith(whole + "\n\n") for text in texts), f"no such beginning: {whole!r}")
        insist(not node["terminal"] or whole in texts, f"it does not end so: {whole!r}")
    for rollout in tree["rollouts"]:
        whole = "\n\n".join([*paths[rollout["node"]], *rollout["steps"]])
        insist(rollout["text"] == "\n".join(rollout["steps"]), f"other steps than text: {rollout}")
        insist(whole in texts, f"no such text: {whole!r}")
        insist(rollout["verdict"] == texts[whole], f"{rollout['verdict']}, not {texts[whole]}: {whole!r}")
        known += 1
    return known


def check_critique(row, texts):
    """Both paths of a pair are texts, one wrong and one right."""
    for steps, verdict in ((row["wrong_steps"], "wrong"), (row["right_steps"], "right")):
        if steps or verdict == "right":
            whole = "\n\n".join([*row["prefix_steps"], *steps])
            insist(texts.get(whole) == verdict, f"{texts.get(whole)}, not {verdict}: {whole!r}")


def search(program, work, manner, words, marks=False):
    model, name = Model(marks), f"{manner}-{len(list(work.iterdir()))}"
    store, folder, problems = work / f"{name}.db", work / name, work / f"{name}.jsonl"
    problems.write_text("".join(json.dumps({"id": key, "problem": prompt, "answer": answer}) + "\n"
                                for prompt, (key, answer, _) in model.problems.items()), encoding="utf-8")
    with served(model, manner) as server:
        crux(program, "generate", problems, "--store", store, "--endpoint", server.url, *SEARCH, *KNOWN, *words)
        insist(not model.strange, f"{manner}: sent back what the model did not write: {model.strange[:1]}")
        solved = crux(program, "solve", problems, "--endpoint", server.url, "--json", *SEARCH[:4], *KNOWN, *words, "--quiet")
    crux(program, "export", "--store", store, "--to", folder)
    texts = {key: (prompt, texts) for prompt, (key, _, texts) in model.problems.items()}
    known = sum(check_tree(tree, texts[tree["problem_id"]][1]) for tree in rows(folder, "trees"))
    pairs = rows(folder, "critique")
    for row in pairs:
        check_critique(row, texts[row["problem_id"]][1])
    for row in rows(folder, "kto"):
        said = {text.strip(): verdict for text, verdict in texts[row["problem_id"]][1].items()}
        insist(said.get(row["completion"]) == ("right" if row["label"] else "wrong"), f"kto: {row['completion']!r}")
    insist(known >= 3 * len(texts) and len(pairs) > len(texts), f"{manner}: {known} texts, {len(pairs)} records only")
    for line in solved.splitlines():
        row = json.loads(line)
        insist("\n\n".join(row["steps"]) in texts[row["id"]][1], f"solve: no such text: {row['steps']}")
    shown = crux(program, "show", "--store", store, "q0")
    insist("\\u{b}" not in shown and "\v" not in shown, "show: a vertical tab")
    print(f"{manner} {' '.join(map(str, words))}: {known} whole texts, {len(pairs)} records")


def prefill(program, work):
    """A turn of the model's is continued; its server keeps the stop string, names it, or does neither."""
    search(program, work, "kept", ["--profile", "vllm", "--route", "prefill"])
    search(program, work, "named", ["--profile", "generic", "--route", "prefill"])
    search(program, work, "lost", ["--profile", "generic", "--route", "prefill"])


def completions(program, work):
    """A prompt is continued."""
    search(program, work, "kept", ["--profile", "vllm", "--route", "completions", "--chat-template", "none"])


def next_step(program, work):
    """Steps stand in the question."""
    search(program, work, "next", ["--profile", "openai", "--route", "next"])


def marks(program, work):
    """Steps that begin with a word of their own, with and without the blank behind it."""
    search(program, work, "kept", ["--profile", "vllm", "--route", "prefill", "--step-stop", "\\n\\nStep"], True)
    search(program, work, "lost", ["--profile", "generic", "--route", "prefill", "--step-stop", "\\n\\nStep "], True)


# --- a model that thinks ---------------------------------------------------------------------

class Thinker:
    """Writes one text; open: its chat template has written the first mark. Apart: its server keeps
    thoughts apart from what is said."""

    def __init__(self, opened, apart):
        self.text = "Okay, a sum.\n\nThat makes 30.\n</think>\n\nThe answer is \\boxed{30}."
        self.text = self.text if opened else "<think>\n" + self.text
        self.apart, self.strange = apart, []

    def texts(self, asked):
        return asked, [self.text]

    def write(self, _, given, seed):
        if not self.text.startswith(given) and not self.apart:  # where thoughts ended, its server hides
            self.strange.append(given)
        return self.text[len(given):]

    def part(self, message):
        text, end = message["content"].removeprefix("<think>\n"), "\n</think>\n\n"
        if not self.apart:
            return message
        if end in text:
            thoughts, said = text.split(end, 1)
            return message | {"content": said, "reasoning_content": thoughts}
        said = text.startswith("The answer")
        return message | ({"content": text} if said else {"content": None, "reasoning_content": text})


def think(program, work, model, what, status, *sentences):
    """Search one problem; the export's trees if that could be done."""
    name = f"thoughts-{len(list(work.iterdir()))}"
    store, problems, folder = work / f"{name}.db", work / f"{name}.jsonl", work / name
    problems.write_text('{"id": "q", "problem": "What is 7 + 23?", "answer": "30"}\n', encoding="utf-8")
    with served(model, "kept") as server:
        words = ["generate", problems, "--store", store, "--endpoint", server.url, *SEARCH, *KNOWN, "--profile", "vllm",
                 "--route", "prefill", *what]
        done = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    insist(done.returncode == status, f"{what}: exit status {done.returncode}, not {status}: {done.stderr}")
    for sentence in sentences:
        insist(sentence in done.stderr, f"{what}: does not say `{sentence}`: {done.stderr}")
    told = done.stderr.count("the model thinks") + done.stderr.count("no sample for a first step")
    insist(told == len(sentences), f"{what}: says it otherwise: {done.stderr}")
    insist(not model.strange, f"{what}: sent back what the model did not write: {model.strange[:1]}")
    insist(len(set(server.keys())) == len(server.keys()), f"{what}: asked twice")
    if status == 0:
        crux(program, "export", "--store", store, "--to", folder)
        return rows(folder, "trees")[0]
    return None


def thoughts(program, work):
    """Thoughts that a stop string cuts are no step and no silence; as steps, or ended with a step,
    they are the model's text."""
    cut, steps = "cut off where a step ends", ["--thoughts", "steps"]
    for apart in (False, True):
        think(program, work, Thinker(False, apart), [], 2, cut, "in no step")
    model = Thinker(False, False)
    insist(check_tree(think(program, work, model, steps, 0), {model.text: "right"}) > 0, "no rollout")
    model = Thinker(False, True)
    tree = think(program, work, model, steps, 0)
    whole = ["\n\n".join(rollout["steps"]) for rollout in tree["rollouts"] if rollout["node"] == 0]
    insist(whole and set(whole) == {model.text} and tree["nodes"][1]["text"] == "<think>\nOkay, a sum.", whole)
    tree = think(program, work, Thinker(True, False), [], 0, "up to their </think>", "in no step")
    insist("That makes 30.\n</think>" in [node["text"] for node in tree["nodes"]], "the step that ends thoughts")
    insist(all(rollout["verdict"] == "right" for rollout in tree["rollouts"]), "not right")
    model = Thinker(True, False)
    insist(check_tree(think(program, work, model, steps, 0), {model.text: "right"}) > 0, "no rollout")


def empty_line(program, work):
    """A model that begins with what ends a step says no first step: that is said, and ends the run, for no
    problem will have a tree."""
    model = Thinker(True, False)
    model.text = "\n\nThe answer is \\boxed{30}."
    think(program, work, model, [], 2, "no sample for a first step was a step")


def test(program):
    with tempfile.TemporaryDirectory() as folder:
        for part in (prefill, completions, next_step, marks, thoughts, empty_line):
            part(program, pathlib.Path(folder))


if __name__ == "__main__":
    main(test)
