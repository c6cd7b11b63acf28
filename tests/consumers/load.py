#!/usr/bin/env python3
"""load.py FOLDER... | --self - every view of an exported folder loads by name in `datasets`, offline.

Of every row of every view in the card: exactly the columns of schemas.py in their order and with
their types as written in the line (a real has a '.' or an exponent), nothing null but where the
table says so, lists that belong together equally long, labels and verdicts that are labels,
separators on one side of prompt and completion, ids unique and of the form that all views share.
What `datasets` loads is what the lines say. Views that the table does not know are refused.

--self makes a folder of the rows of rows.py, which must pass, and spoils it in many ways, each of
which must be found.

Runs where `datasets` is installed: tests/consumers/setup.sh data.
"""

import json
import os
import pathlib
import re
import sys
import tempfile

import rows
import schemas

LOCATED = {"proved", "agreed", "estimated", "between", "not", "right"}
KNOWN = {"proved", "agreed", "estimated", "right"}
STEP_LEVEL = {"verifier-sft", "verifier-rl", "prm", "prm800k", "math-shepherd", "processbench"}
ID = re.compile(r".+/[wrpnk]\d{4,}", re.DOTALL)
TREE_IDS = {"prm-soft", "nemo-rl", "traces", "verl"}


class Failed(Exception):
    """The folder breaks a promise; the text says which."""


def insist(fact, text):
    if not fact:
        raise Failed(text)


# --- one line against the table ------------------------------------------------------------------


class Real(str):
    """A number with '.' or exponent, as it was written."""


def parse(line):
    """A line; reals stay text, so that 1 and 1.0 differ. Twice the same member is refused."""

    def members(pairs):
        names = [name for name, _ in pairs]
        insist(len(set(names)) == len(names), f"a member stands twice among {names}")
        return dict(pairs)

    def refuse(word):
        raise Failed(f"{word} is no JSON number")

    return json.loads(line, parse_float=Real, parse_constant=refuse, object_pairs_hook=members)


def is_of(value, of):
    if of == "I?":
        return value is None or is_of(value, "I")
    if of == "B":
        return isinstance(value, bool)
    if of == "I":
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, Real) if of == "R" else type(value) is str


def insist_type(value, of, where):
    if isinstance(of, dict):
        insist(isinstance(value, dict), f"{where} is no record")
        insist(list(value) == list(of), f"{where} has the members {list(value)}, not {list(of)}")
        for name, inner in of.items():
            insist_type(value[name], inner, f"{where}.{name}")
    elif isinstance(of, list) or of.endswith("*"):
        insist(isinstance(value, list), f"{where} is no list")
        inner = of[0]
        for i, item in enumerate(value):
            insist_type(item, inner, f"{where}[{i}]")
    else:
        insist(is_of(value, of), f"{where} is {value!r}, not of type {of}")


def with_images(columns, row, view):
    """The view's columns; `images` is one of them where the row has it, at its place."""
    if "images" not in row or "images" in columns:
        return columns
    at = list(row).index("images")
    items = list(columns.items())
    return dict(items[:at] + [("images", [{"image": "T"}] if view == "verl" else "T*")] + items[at:])


# --- what the columns mean -------------------------------------------------------------------------


def insist_steps(row, view):
    counts = {len(row[name]) for name in schemas.STEPS if name.startswith("step_")}
    insist(len(counts) == 1, f"the step columns have {sorted(counts)} members")
    steps = counts.pop()
    insist(row["located"] in LOCATED, f"located is {row['located']!r}")
    insist(-1 <= row["first_error"] < steps, f"first_error {row['first_error']} of {steps} steps")
    if row["located"] in ("right", "between", "not"):
        insist(row["first_error"] == -1, f"{row['located']}, yet first_error is an index")
    else:
        insist(row["first_error"] >= 0, f"{row['located']}, yet first_error is none")
    for right, of, value in zip(row["step_rights"], row["step_counts"], row["step_values"]):
        insist(0 <= right <= of, f"{right} right completions of {of}")
        insist(abs(float(value) - (right / of if of else 0.0)) < 1e-6, f"{value} is not {right}/{of}")
    if view in STEP_LEVEL:
        insist(row["located"] in KNOWN, f"a step-level view has a row whose error is {row['located']}")
    return steps


def insist_boundary(prompt, *completions, pieces=False):
    """Steps that tokens cut are as they were sampled, and no step of blanks alone is preferred."""
    if pieces:
        insist(all(text.strip() != "" for text in completions), f"{completions} are blanks")
        return
    insist(prompt.endswith("\n") and not prompt[:-1][-1:].isspace(), "prompt ends not in one \\n")
    for text in completions:
        insist(text != "" and text == text.strip(), f"{text!r} is empty, or begins or ends in a blank")


def insist_messages(messages, roles):
    insist([one["role"] for one in messages] == roles, f"roles are not {roles}")
    insist(all(one["content"] != "" for one in messages), "a message is empty")


def judged(row):
    """Labels of the steps of which something is known: up to and with the first wrong one."""
    if row["first_error"] < 0:
        return [1] * len(row["step_counts"])
    return [1] * row["first_error"] + [0]


def math_shepherd(row):
    """As TRL's example script reads it."""
    text = row["input"].replace("ки", "ⶻ")
    places = [match.start() for match in re.finditer("ⶻ", text)]
    insist(len(text) == len(row["label"]), "input and label differ in length")
    insist(all(row["label"][at] in "+-" for at in places), "a tag is neither + nor -")
    insist([row["label"][at] for at in places] == ["-+"[one] for one in judged(row)],
           "the tags are not what is known of the steps")


def meaning(row, view, pieces):
    """What a view promises of one row beside its types."""
    if view in ("prm", "kto", "preference", "ranking"):
        texts = {"prm": row.get("completions"), "kto": [row.get("completion")]}
        insist_boundary(row["prompt"], *texts.get(view, [row.get("chosen"), row.get("rejected")]),
                        pieces=pieces and view in ("preference", "ranking"))
    if view == "prm":
        insist(row["labels"] == judged(row), f"labels {row['labels']} of {row['first_error']}")
        insist(len(row["labels"]) == len(row["completions"]), "not a label for each completion")
    if view == "preference":
        insist(float(row["margin"]) > 0.0, f"margin is {row['margin']}")
        insist(row["chosen"] != row["rejected"], "chosen is rejected")
        insist(row["agree"] <= row["agree_of"], "more agree than there are")
    if view == "ranking":
        insist(float(row["difference"]) > 0.0, f"difference is {row['difference']}")
        insist(row["chosen"] != row["rejected"], "chosen is rejected")
        insist(len(row["context_nodes"]) == len(row["context_kinds"]), "not a kind for each step")
    if view in ("critique-sft", "verifier-sft", "sft"):
        insist_messages(row["messages"], ["user", "assistant"])
    if view in ("verifier-rl", "verl"):
        insist_messages(row["prompt"], ["user"])
    if view == "verifier-rl":
        insist(row["ground_truth"] == row["reward_model"]["ground_truth"] == row["first_error"],
               "the ground truths are not one")
    if view == "verl":
        insist(row["reward_model"]["ground_truth"] != "", "no ground truth")
    if view == "preference-chat":
        for name, role in (("prompt", "user"), ("chosen", "assistant"), ("rejected", "assistant")):
            insist_messages(row[name], [role])
        insist(row["chosen"] != row["rejected"], "chosen is rejected")
    if view == "math-shepherd":
        math_shepherd(row)
    if view == "processbench":
        insist(row["label"] == row["first_error"], "label is not the first wrong step")
        insist(len(row["steps"]) == len(row["step_counts"]), "step columns are not of its steps")
    if view == "nemo-rl":
        ranks = [one["rank"] for one in row["completions"]]
        insist(ranks[:1] == [0] and ranks == sorted(ranks) and ranks[-1] > 0, f"ranks {ranks}")
    if view == "traces":
        insist_graph(row["nodes"])


def insist_graph(nodes):
    insist(nodes and nodes[0]["parent"] is None, "the first node has a parent")
    for i, node in enumerate(nodes):
        insist(i == 0 or (node["parent"] is not None and 0 <= node["parent"] < i),
               f"node {i} has parent {node['parent']}")
        ones = sum(node["mask"])
        insist(len(node["mask"]) == len(node["token_ids"]), f"node {i}: mask and tokens differ")
        insist(len(node["logprobs"]) in (0, ones), f"node {i}: log-probabilities are not of the mask")
        insist(len(node["advantages"]) in (0, ones), f"node {i}: advantages are not of the mask")


def verdicts(row):
    """No label comes from an outcome that nobody knows."""
    for name, value in row.items():
        if name == "verdict" and isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            yield from verdicts(value)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for one in value:
                yield from verdicts(one)


def insist_line(line, view, seen, pieces):
    row = parse(line)
    columns = schemas.VIEWS[view]
    if columns is None:
        return
    insist_type(row, with_images(columns, row, view), view)
    insist(row["id"] not in seen, f"id {row['id']} stands twice")
    seen.add(row["id"])
    if view not in TREE_IDS:
        insist(ID.fullmatch(row["id"]) is not None, f"id {row['id']} is not of the common form")
    if "located" in row:
        insist_steps(row, view)
    insist("unknown" not in set(verdicts(row)), "an unknown outcome is a label")
    meaning(row, view, pieces)


# --- a folder -------------------------------------------------------------------------------------


def lines_of(files):
    for path in files:
        text = pathlib.Path(path).read_text("utf-8")
        insist(text == "" or text.endswith("\n"), f"{path}: the last line does not end")
        yield from text.split("\n")[:-1]


def insist_lines(view, split, files, pieces=False):
    """Every line of the files of a split; the rows that they hold."""
    seen, read = set(), []
    for number, line in enumerate(lines_of(files)):
        try:
            insist_line(line, view, seen, pieces)
        except Failed as failure:
            raise Failed(f"{view}, {split}, row {number}: {failure}") from None
        read.append(json.loads(line))
    return read


def is_cut_by_tokens(folder):
    """Does a number of tokens end the steps of the run (--step-tokens)?"""
    manifest = folder / "manifest.json"
    of = json.loads(manifest.read_text("utf-8"))["configuration"] if manifest.exists() else {}
    policy = next((one for one in of.get("policy", []) if one.startswith("step=chat")), None)
    if policy is None:
        return False
    backend = policy.removeprefix("step=chat").removeprefix(":")
    return (of.get(f"backend.{backend}.step-tokens" if backend else "step-tokens") or 0) > 0


def insist_view(datasets, folder, view):
    insist(view in schemas.VIEWS, f"there is no view {view} in schemas.py")
    builder = datasets.load_dataset_builder(str(folder), view)
    loaded = datasets.load_dataset(str(folder), view)
    for split, table in loaded.items():
        read = insist_lines(view, split, builder.config.data_files[split], is_cut_by_tokens(folder))
        insist(len(read) == len(table), f"{view}: {len(table)} rows of {len(read)} lines")
        for number, (row, line) in enumerate(zip(table, read)):
            insist(row == line, f"{view}, {split}, row {number} loads as something else")
    return sum(len(table) for table in loaded.values())


def check(folder, cache):
    """Raise Failed unless all of folder is as promised; view to number of rows."""
    os.environ.update(
        HF_HOME=str(cache), HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1"
    )
    import datasets  # reads the environment when it is imported

    datasets.logging.set_verbosity_error()
    names = datasets.get_dataset_config_names(str(folder))
    insist(names and names != ["default"], "the card has no configuration")
    return {view: insist_view(datasets, folder, view) for view in names}


# --- on itself ------------------------------------------------------------------------------------


def spoil(folder, view, change):
    path = next((folder / "data" / view).glob("train-*"))
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    change(lines[0])
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lines), "utf-8")
    return path


SPOILT = {
    "an integer for a real": ("preference", lambda row: row.update(margin=1)),
    "a null": ("sft", lambda row: row.update(reference_answer=None)),
    "a column less": ("value", lambda row: row.pop("target")),
    "a column more": ("value", lambda row: row.update(more=1)),
    "columns in another order": ("kto", lambda row: row.update(id=row.pop("id"))),
    "an unknown verdict": ("nemo-rl", lambda row: row["completions"][0].update(verdict="unknown")),
    "a soft label": ("prm", lambda row: row.update(labels=[0.5] * len(row["labels"]))),
    "a label that nothing supports": ("prm", lambda row: row.update(labels=[1] * len(row["labels"]))),
    "an index of nowhere": ("verifier-rl", lambda row: row.update(located="not")),
    "two line breaks": ("preference", lambda row: row.update(prompt=row["prompt"] + "\n")),
    "a blank in front": ("kto", lambda row: row.update(completion=" " + row["completion"])),
    "an empty completion": ("kto", lambda row: row.update(completion="")),
    "difference zero": ("ranking", lambda row: row.update(difference=0.0)),
    "margin zero": ("preference", lambda row: row.update(margin=0.0)),
    "too many right": ("sft", lambda row: row["step_rights"].__setitem__(0, 99)),
    "an id of its own": ("prm", lambda row: row.update(id="seven")),
    "an id twice": ("prm", lambda row: row.update(id="w1/r0000")),
    "an unknown location": ("sft", lambda row: row.update(located="maybe")),
    "a tag too many": ("math-shepherd", lambda row: row.update(input=row["input"] + " ки")),
    "a parent behind": ("traces", lambda row: row["nodes"][1].update(parent=9)),
    "labels behind the first wrong step": ("prm", lambda row: row["labels"].append(0)),
    "a second root": ("traces", lambda row: row["nodes"][1].update(parent=None)),
    "a mask too short": ("traces", lambda row: row["nodes"][1].update(mask=[1])),
    "another ground truth": ("verifier-rl", lambda row: row.update(ground_truth=7)),
    "a system message": ("sft", lambda row: row["messages"].insert(0, rows.user("?"))),
}


def self_check(scratch):
    whole = rows.write_set(scratch / "whole")
    counts = check(whole, scratch / "cache")
    insist(set(counts) == {view for view, of in schemas.VIEWS.items() if of}, f"loaded {counts}")
    for number, (what, (view, change)) in enumerate(SPOILT.items()):
        spoilt = rows.write_set(scratch / str(number))
        path = spoil(spoilt, view, change)
        try:
            insist_lines(view, "train", [path])
        except Failed:
            continue
        raise Failed(f"{what} in view {view} went unnoticed")
    return counts


def main():
    with tempfile.TemporaryDirectory(prefix="crux-consumers-") as scratch:
        scratch = pathlib.Path(scratch)
        try:
            for name in sys.argv[1:]:
                made = name == "--self"
                counts = self_check(scratch) if made else check(pathlib.Path(name).resolve(), scratch)
                told = ", ".join(f"{view} {count}" for view, count in counts.items())
                print(f"{name}: {told}: all rows as promised")
        except Failed as failure:
            print(f"FAILED: {name}: {failure}")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
