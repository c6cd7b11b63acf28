#!/usr/bin/env python3
"""critique_planted.py - the self-test of check_critique.py.

Four true records are believed; each of them, spoilt in one way after another, is not,
and is refused for what was done to it.
"""
import copy
import json
import re
import sys

from check_critique import RIGHT_TEXT, Game, check_lines, makes, ways


def good_rows():
    """Four true records of 4 9 10 13, made by hand."""
    frame = {
        "problem_id": "p", "prompt": "Make 24.", "numbers": [4, 9, 10, 13],
        "target": 24,
        "value": {"prefix": {"mean": 0.5, "visits": 9}, "wrong": {"mean": 0.0, "visits": 3},
                  "right": {"mean": 1.0, "visits": 2}},
        "annotator": {"model": "numbers", "template_id": "", "seed": 1},
        "provenance": {"run_id": "r", "tree_id": "p", "node_ids": [1, 2], "policy_model": "numbers",
                       "critic_ids": ["outcome=numbers"], "config_hash": "0" * 64},
        "support": {"execution": -1.0, "judge": -1.0, "completions": -1.0, "count": 0},
        "verification": {"with_right": 0, "with_count": 0, "without_right": 0, "without_count": 0,
                         "control_right": 0, "control_count": 0, "verdict_right": -1,
                         "index_right": -1},
        "right_tokens": [0] * 3, "right_logprobs": [-0.5] * 3, "reference_answer": "",
        "right_answer": "(10 - 4) * (13 - 9) = 24", "model": "numbers",
    }
    first = "10 - 4 = 6 (left: 6 9 13)"
    rest = ["13 - 9 = 4 (left: 4 6)", "6 * 4 = 24 (left: 24)"]
    proved = {"correction_verified": True, "method": "exact"}
    deep = dict(copy.deepcopy(frame), id="p/w0000", prefix_steps=[first],
                wrong_steps=["13 + 9 = 22 (left: 6 22)", "22 + 6 = 28 (left: 28)"],
                right_steps=rest, first_error_index=1, diverge_depth=1, checks=proved)
    deep["critique"] = {
        "verdict": 0, "error_type": "unreachable", "corrected_step": rest[0],
        "text": "Step 2, `13 + 9 = 22 (left: 6 22)`, is the first mistake. It leaves 6 and 22, and "
                "these two can only make 28, 16, 132, 11/3, -16 or 3/11, never 24. Instead, "
                f"`{rest[0]}` keeps 24 within reach."}
    shallow = dict(copy.deepcopy(frame), id="p/w0001", prefix_steps=[],
                   wrong_steps=["13 * 10 = 130 (left: 4 9 130)", "130 * 9 = 1170 (left: 4 1170)",
                                "1170 * 4 = 4680 (left: 4680)"],
                   right_steps=[first] + rest, first_error_index=0, diverge_depth=0, checks=proved)
    state = "4 9 130"
    nearest = min(makes(state), key=lambda value: (abs(value - 24), value))
    shallow["critique"] = {
        "verdict": 0, "error_type": "unreachable", "corrected_step": first,
        "text": f"Step 1, `{shallow['wrong_steps'][0]}`, is the first mistake. It leaves 4, 9 and "
                f"130, and none of the {ways(state)} ways to combine these 3 numbers makes 24; the "
                f"nearest they come is {nearest}. Instead, `{first}` keeps 24 within reach."}
    positive = dict(copy.deepcopy(frame), id="p/r0000", prefix_steps=[], wrong_steps=[],
                    right_steps=[first] + rest, first_error_index=-1, diverge_depth=0,
                    checks={"correction_verified": False, "method": ""})
    positive["critique"] = {"text": RIGHT_TEXT, "verdict": 1, "error_type": "",
                            "corrected_step": ""}
    last = dict(copy.deepcopy(deep), id="p/w0002", prefix_steps=[first, rest[0]],
                wrong_steps=["6 + 4 = 10 (left: 10)"], right_steps=rest[1:], first_error_index=2,
                diverge_depth=2)
    last["critique"] = dict(
        deep["critique"], corrected_step=rest[1],
        text="Step 3, `6 + 4 = 10 (left: 10)`, is the first mistake. It leaves 10, which is not "
             f"24, and nothing to combine it with. Instead, `{rest[1]}` makes 24.")
    for row, rights, answer in ((deep, [2, 0, 0], "13 + 9 + 10 - 4 = 28"),
                                (shallow, [0] * 3, "13 * 10 * 9 * 4 = 4680"),
                                (positive, [2, 2, 1], "13 + 9 + 10 - 4 = 28"),
                                (last, [2, 2, 0], "13 - 9 + 10 - 4 = 10")):
        add_known(row, rights, answer)
    return [deep, shallow, positive, last]


def add_known(row, rights, answer):
    """How the index is known, completions, and the wrong path's answer."""
    index, steps = row["first_error_index"], len(row["wrong_steps"]) and 3
    row["location"] = {"how": "proved" if steps else "right", "index": index, "from": index,
                       "to": index, "why": "", "maker": "", "probes": []}
    row["critique"] |= {"style": "", "model": "", "points_at": index}
    row["verification"] = dict(row["verification"], index_right=1 if steps else -1)
    row |= {"wrong_tokens": [0] * steps, "wrong_logprobs": [-0.5] * steps, "step_rights": rights,
            "step_counts": [4, 3, 1], "wrong_answer": answer,
            "invented_steps": [], "source": "search", "inserted_index": -1}


def at(*path, to=None, do=None):
    """A change of one value of the rows."""
    def change(rows):
        inner = rows
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = do(inner[path[-1]]) if do else to
    return change


def swap_words(*path, old, new):
    return at(*path, do=lambda text: text.replace(old, new))


def both(*changes):
    def change(rows):
        for one in changes:
            one(rows)
    return change


def without(*path):
    def change(rows):
        inner = rows
        for key in path[:-1]:
            inner = inner[key]
        del inner[path[-1]]
    return change


def doubled(row, name):
    def change(rows):
        rows.append(dict(copy.deepcopy(rows[row]), id=name))
    return change


def right_path_that_parts_later(rows):
    """A right path with more of the shallow pair's wrong path than that pair admits."""
    rows[1]["wrong_steps"] = [rows[0]["prefix_steps"][0]] + rows[0]["wrong_steps"]
    rows[1]["right_steps"] = ["13 - 9 = 4 (left: 4 4 10)", "10 - 4 = 6 (left: 4 6)",
                              "6 * 4 = 24 (left: 24)"]
    rows[1]["first_error_index"] = 1
    rows[1]["critique"] = copy.deepcopy(rows[0]["critique"])
    add_known(rows[1], [0, 0, 0], rows[0]["wrong_answer"])
    rows.append(dict(copy.deepcopy(rows[2]), id="p/r0001", right_steps=rows[1]["right_steps"]))
    del rows[0]


WRONG, RIGHT = (0, "wrong_steps"), (0, "right_steps")
TEXT = (0, "critique", "text")
PLANTED = [
    # a step, in the wrong path and in the right one
    (at(*WRONG, 0, to="13 + 9 = 23 (left: 6 23)"), "it makes 22"),
    (at(*WRONG, 0, to="13 + 9 = 22 (left: 6 9 22)"), "leaves 6 22"),
    (at(*WRONG, 0, to="13 + 9 = 22 (left: 22 6)"), "leaves 6 22"),
    (at(*WRONG, 0, to="13 + 8 = 21 (left: 6 21)"), "not among"),
    (at(*WRONG, 0, to="9 + 9 = 18 (left: 6 18)"), "not among"),
    (at(*WRONG, 0, to="13 plus 9 = 22 (left: 6 22)"), "not written like a step"),
    (at(*WRONG, 0, to="26/2 + 9 = 22 (left: 6 22)"), "not how 13 is written"),
    (at(*WRONG, 0, to="013 + 9 = 22 (left: 6 22)"), "not how 13 is written"),
    (at(*WRONG, 0, to="13/0 + 9 = 22 (left: 6 22)"), "divides by zero"),
    (at(*WRONG, to=["13 + 9 = 22 (left: 6 22)", "22 + 22 = 44 (left: 6 44)"]), "not among"),
    (at(1, "wrong_steps", to=["13 - 9 = 4 (left: 4 4 10)", "4 - 4 = 0 (left: 0 10)",
                              "10 / 0 = 0 (left: 0)"]), "divides by zero"),
    (at(3, "wrong_steps", to=["6 / 0 = 6 (left: 6)"]), "not among"),
    (at(*WRONG, to=["13 - 9 = 4 (left: 4 6)", "6 / 0 = 1 (left: 1)"]), "paths part later"),
    (at(*RIGHT, 0, to="13 - 9 = 5 (left: 5 6)"), "it makes 4"),
    (at(*RIGHT, 1, to="6 + 4 = 10 (left: 10)"), "right path is not right"),
    (at(*RIGHT, do=lambda steps: steps[:1]), "right path is not right"),
    (at(*RIGHT, do=lambda steps: steps + ["24 + 0 = 24 (left: 24)"]), "after the end"),
    (at(0, "prefix_steps", 0, to="10 - 4 = 6 (left: 6 13 9)"), "leaves 6 9 13"),
    (at(0, "numbers", to=[4, 9, 10]), "leaves 6 9"),
    (at(0, "numbers", to=[5, 9, 10, 13]), "not among"),
    (at(0, "target", to=28), "right path is not right"),
    # where the paths part
    (at(*WRONG, to=["9 - 13 = -4 (left: -4 6)", "6 * -4 = -24 (left: -24)"]),
     "does not quote the first"),
    (both(at(*WRONG, to=["9 - 13 = -4 (left: -4 6)", "6 - -4 = 10 (left: 10)"]),
          swap_words(*TEXT, old="`13 + 9 = 22 (left: 6 22)`", new="`9 - 13 = -4 (left: -4 6)`")),
     "misstates"),
    (at(*WRONG, to=["13 * 9 = 117 (left: 6 117)", "117 + 6 = 123 (left: 123)"]), "does not quote"),
    (at(*WRONG, to=["13 - 9 = 4 (left: 4 6)", "4 * 6 = 24 (left: 24)"]), "paths part later"),
    (at(*WRONG, to=[]), "do not part"),
    (at(*RIGHT, to=[]), "do not part"),
    (at(0, "diverge_depth", to=2), "not the shared steps"),
    (at(0, "first_error_index", to=0), "first wrong step is not number 0"),
    (at(0, "first_error_index", to=2), "first wrong step is not number 2"),
    (at(0, "first_error_index", to=-1), "first wrong step is not number -1"),
    (both(at(0, "prefix_steps", to=[]), at(0, "diverge_depth", to=0)), "leaves 4 4 10"),
    (right_path_that_parts_later, "another right path parts later"),
    (without(2), "no positive record"),
    # the critique
    (at(0, "critique", "corrected_step", to="13 + 9 = 22 (left: 6 22)"), "does not keep"),
    (at(0, "critique", "corrected_step", to="13 - 9 = 4 (left: 4 5)"), "leaves 4 6"),
    (at(0, "critique", "corrected_step", to=""), "not written like a step"),
    (swap_words(*TEXT, old="Step 2", new="Step 3"), "does not quote the first"),
    (swap_words(*TEXT, old="`13 + 9", new="`12 + 9"), "does not quote the first"),
    (swap_words(*TEXT, old="`13 - 9", new="`13 - 8"), "does not quote the corrected"),
    (swap_words(*TEXT, old="keeps 24 within reach", new="makes 24"), "does not quote the corrected"),
    (swap_words(*TEXT, old="leaves 6 and 22", new="leaves 6 and 23"), "misstates"),
    (swap_words(*TEXT, old="28, 16", new="28, 17"), "other results"),
    (swap_words(*TEXT, old="28, 16, ", new="28, "), "other results"),
    (swap_words(*TEXT, old="28, 16", new="28, 28, 16"), "other results"),
    (swap_words(*TEXT, old="never 24", new="never 25"), "does not list"),
    (at(1, "critique", "text", do=lambda text: re.sub(r"the \d+ ways", "the 7 ways", text)),
     "miscounts"),
    (at(1, "critique", "text", do=lambda text: re.sub("come is [^.]*", "come is 24", text)),
     "cannot be made"),
    (at(1, "critique", "text", do=lambda text: re.sub("come is [^.]*", "come is 4680", text)),
     "not the nearest"),
    (at(1, "critique", "text", do=lambda text: re.sub("none of .* makes", "nothing makes", text)),
     "does not count"),
    (swap_words(3, "critique", "text", old="which is not 24", new="which is not 25"), "one number"),
    (swap_words(3, "critique", "text", old="makes 24", new="keeps 24 within reach"),
     "does not quote the corrected"),
    (at(0, "critique", "verdict", to=1), "verdict is not 0"),
    (at(0, "critique", "error_type", to=""), "type of error"),
    (at(0, "checks", "correction_verified", to=False), "not marked as proved"),
    (at(0, "checks", "method", to="estimated"), "not marked as proved"),
    # how it is known
    (at(0, "location", "how", to="estimated"), "something else than the index"),
    (at(0, "location", "index", to=-1), "something else than the index"),
    (at(0, "location", "from", to=0), "something else than the index"),
    (at(0, "location", "why", to="a phrase"), "something else than the index"),
    (at(0, "location", "probes", to=[{"completer": 0}]), "a pass that was not made"),
    (at(0, "critique", "points_at", to=0), "points at another"),
    (at(0, "step_rights", to=[2, 1, 0]), "behind the first wrong step is right"),
    (at(0, "step_rights", to=[5, 0, 0]), "miscounted"),
    (at(0, "step_counts", to=[4, 3, 0]), "miscounted"),
    (at(0, "invented_steps", to=[1]), "invented where there is none"),
    (at(0, "step_counts", to=[4, 3]), "counted for each step"),
    (at(2, "step_rights", to=[2, 2, 0]), "no completion through a right path"),
    (at(0, "wrong_tokens", to=[0, 0]), "of each step of the wrong path"),
    (at(0, "right_logprobs", to=[]), "of each step of the right path"),
    (at(2, "wrong_tokens", to=[0]), "of each step of the wrong path"),
    (at(0, "wrong_answer", to="13 + 9 + 10 - 4 = 24"), "`wrong_answer` is not"),
    (at(0, "right_answer", to=""), "`right_answer` is not"),
    (at(0, "model", to="another"), "not the policy"),
    (at(0, "source", to="injected"), "where no model did"),
    (at(0, "inserted_index", to=1), "where no model did"),
    (at(0, "verification", "with_right", to=3), "a pass that was not made"),
    (at(0, "verification", "index_right", to=-1), "not said to be the proved one"),
    (at(2, "location", "how", to="proved"), "something else than the index"),
    # positive records
    (at(2, "first_error_index", to=0), "other than -1"),
    (at(2, "prefix_steps", to=["10 - 4 = 6 (left: 6 9 13)"]), "shared or wrong steps"),
    (both(at(2, "wrong_steps", to=["10 - 4 = 6 (left: 6 9 13)"]),
          at(2, "provenance", "node_ids", to=[])), "shared or wrong steps"),
    (at(2, "diverge_depth", to=1), "shared or wrong steps"),
    (at(2, "right_steps", do=lambda steps: steps[:2]), "right path is not right"),
    (at(2, "critique", "text", to="Fine."), "has a critique"),
    (at(2, "critique", "verdict", to=0), "has a critique"),
    (at(2, "checks", "method", to="exact"), "check of a correction"),
    # members, types, ranges
    (without(0, "target"), "other members"),
    (at(0, "more", to=1), "other members"),
    (without(0, "value", "right", "visits"), "other members"),
    (at(0, "value", "wrong", "mean", to=0), "not of type float"),
    (at(0, "value", "wrong", "visits", to=3.0), "not of type int"),
    (at(0, "first_error_index", to="1"), "not of type int"),
    (at(0, "numbers", 0, to="4"), "not a list of type int"),
    (at(0, "wrong_steps", to=None), "not a list"),
    (at(0, "critique", "verdict", to=False), "not of type int"),
    (at(0, "checks", "correction_verified", to=1), "not of type bool"),
    (at(0, "value", to=None), "other members"),
    (at(0, "value", "prefix", "mean", to=1.5), "out of range"),
    (at(0, "value", "prefix", "mean", to=float("nan")), "out of range"),
    (at(0, "value", "prefix", "visits", to=-1), "out of range"),
    (at(0, "value", "prefix", "visits", to=0), "without visits"),
    (at(0, "id", to="q/w0000"), "not made from"),
    (at(0, "prompt", to=""), "`prompt` is empty"),
    (at(0, "provenance", "tree_id", to="q"), "another problem"),
    (at(0, "provenance", "config_hash", to=""), "no `config_hash`"),
    (at(0, "provenance", "node_ids", to=[1, 2, 3, 4]), "no path of nodes"),
    (at(0, "provenance", "node_ids", to=[2, 1]), "no path of nodes"),
    # twice
    (doubled(0, "p/w0003"), "a path is there twice"),
    (doubled(2, "p/r0001"), "a path is there twice"),
    (at(1, "id", to="p/w0000"), "`id` is there twice"),
    (at(1, "prompt", to="Make 25."), "another one than in an earlier row"),
]
PLANTED_LINES = [
    ("", "Expecting value"),
    ("[]", "not an object"),
    ("{", "Expecting"),
    ('{"id": "p", "id": "q"}', "there twice"),
]


def self_test():
    """Every planted fault is found, and found for what it is."""
    missed = []
    good = check_lines(map(json.dumps, good_rows()), Game())
    if good.false or (good.negative, good.positive) != (3, 1):
        missed.append(f"true records: {good.false}")
    cases = [(lines_with(change), sentence) for change, sentence in PLANTED]
    cases += [([text], sentence) for text, sentence in PLANTED_LINES]
    for i, (lines, sentence) in enumerate(cases):
        found = check_lines(lines, Game()).false
        if not any(sentence in complaint for _, _, complaint in found):
            missed.append(f"planted fault {i}, `{sentence}`: {found}")
    for complaint in missed:
        print(f"check_critique: {complaint}", file=sys.stderr)
    print(f"planted faults: {len(cases)}, found: {len(cases) - len(missed)}")
    return 1 if missed else 0


def lines_with(change):
    rows = good_rows()
    change(rows)
    return [json.dumps(row) for row in rows]
