#!/usr/bin/env python3
"""schemas.py [--check] - the columns of every view, as their consumers want them.

One table, read by every script here; SCHEMAS.md is printed from it and from the example rows of
rows.py, and --check says whether it still is.

Types: T text, I integer, R real (always written with a '.' or an exponent), B true or false;
`T*` a list of texts, `I*` and `R*` likewise; a dict is a record, a list that holds a dict a list of
records. Only `I?` may be null.
"""

import json
import pathlib
import sys

MESSAGES = [{"role": "T", "content": "T"}]
HEAD = {"id": "T", "problem_id": "T"}
ANSWERS = {"wrong_answer": "T", "right_answer": "T", "reference_answer": "T", "model": "T"}
SUPPORT = {"execution": "R", "judge": "R", "completions": "R", "count": "I"}
STEPS = {
    "located": "T",
    "first_error": "I",
    "support": SUPPORT,
    "step_values": "R*",
    "step_rights": "I*",
    "step_counts": "I*",
    "step_scores": "R*",
    "step_tokens": "I*",
    "step_logprobs": "R*",
}
VERIFIED = {
    "with_right": "I",
    "with_count": "I",
    "without_right": "I",
    "without_count": "I",
    "control_right": "I",
    "control_count": "I",
    "verdict_right": "I",
    "index_right": "I",
}
# With `crux export --injected` also "injected": a right path with false details in it.
SOURCE = {"source": "T", "inserted_index": "I"}
AT_NODE = {"mean": "R", "visits": "I"}

VIEWS = {
    "critique": {
        **HEAD,
        "prompt": "T",
        "numbers": "I*",
        "target": "I",
        "prefix_steps": "T*",
        "wrong_steps": "T*",
        "right_steps": "T*",
        "first_error_index": "I",
        "diverge_depth": "I",
        "value": {"prefix": AT_NODE, "wrong": AT_NODE, "right": AT_NODE},
        "critique": {
            "text": "T",
            "verdict": "I",
            "error_type": "T",
            "corrected_step": "T",
            "style": "T",
            "model": "T",
            "points_at": "I",
        },
        "annotator": {"model": "T", "template_id": "T", "seed": "I"},
        "checks": {"correction_verified": "B", "method": "T"},
        "provenance": {
            "run_id": "T",
            "tree_id": "T",
            "node_ids": "I*",
            "policy_model": "T",
            "critic_ids": "T*",
            "config_hash": "T",
        },
        "location": {
            "how": "T",
            "index": "I",
            "from": "I",
            "to": "I",
            "why": "T",
            "maker": "T",
            "probes": [
                {
                    "completer": "I",
                    "prefix": "I",
                    "right": "I",
                    "of": "I",
                    "from_tree": "I",
                    "low": "R",
                    "high": "R",
                }
            ],
        },
        "support": SUPPORT,
        "verification": VERIFIED,
        "wrong_tokens": "I*",
        "wrong_logprobs": "R*",
        "right_tokens": "I*",
        "right_logprobs": "R*",
        "step_rights": "I*",
        "step_counts": "I*",
        "invented_steps": "I*",
        **ANSWERS,
        **SOURCE,
    },
    "critique-sft": {
        **HEAD,
        "messages": MESSAGES,
        "verdict": "I",
        "annotator": "T",
        **VERIFIED,
        **STEPS,
        **ANSWERS,
        **SOURCE,
    },
    "verifier-sft": {
        **HEAD,
        "messages": MESSAGES,
        "verdict": "I",
        "step_verdicts": "I*",
        "annotator": "T",
        **STEPS,
        **ANSWERS,
    },
    "verifier-rl": {
        **HEAD,
        "data_source": "T",
        "prompt": MESSAGES,
        "ability": "T",
        "ground_truth": "I",
        "reward_model": {"style": "T", "ground_truth": "I"},
        "extra_info": {"index": "I", "id": "T", "steps": "I"},
        **STEPS,
        **ANSWERS,
    },
    "prm": {**HEAD, "prompt": "T", "completions": "T*", "labels": "I*", **STEPS, **ANSWERS},
    "prm-soft": {
        **HEAD,
        "question_id": "I",
        "question": "T",
        "final_answer": "T",
        "reasoning_steps": [
            {"solution_prefix": "T", "mc_value": "R", "rights": "I", "counts": "I", "node": "I"}
        ],
        **ANSWERS,
    },
    "prm800k": {
        **HEAD,
        "labeler": "T",
        "timestamp": "T",
        "generation": "I",
        "is_quality_control_question": "B",
        "is_initial_screening_question": "B",
        "question": {
            "problem": "T",
            "ground_truth_answer": "T",
            "pre_generated_steps": "T*",
            "pre_generated_answer": "T",
            "pre_generated_verifier_score": "R",
        },
        "label": {
            "steps": [
                {
                    "completions": [{"text": "T", "rating": "I", "flagged": "B"}],
                    "chosen_completion": "I",
                }
            ],
            "total_time": "I",
            "finish_reason": "T",
        },
        **STEPS,
        **ANSWERS,
    },
    "math-shepherd": {**HEAD, "input": "T", "label": "T", "task": "T", **STEPS, **ANSWERS},
    "preference": {
        **HEAD,
        "prompt": "T",
        "chosen": "T",
        "rejected": "T",
        "margin": "R",
        "agree": "I",
        "agree_of": "I",
        "overlap": "R",
        "depth": "I",
        "node": "I",
        "chosen_value": "R",
        "chosen_visits": "I",
        "chosen_rights": "I",
        "chosen_counts": "I",
        "chosen_score": "R",
        "chosen_tokens": "I",
        "chosen_logprob": "R",
        "rejected_value": "R",
        "rejected_visits": "I",
        "rejected_rights": "I",
        "rejected_counts": "I",
        "rejected_score": "R",
        "rejected_tokens": "I",
        "rejected_logprob": "R",
        **ANSWERS,
    },
    "preference-chat": {
        **HEAD,
        "prompt": MESSAGES,
        "chosen": MESSAGES,
        "rejected": MESSAGES,
        "margin": "R",
        "chosen_id": "T",
        **STEPS,
        **ANSWERS,
    },
    "kto": {**HEAD, "prompt": "T", "completion": "T", "label": "B", **STEPS, **ANSWERS},
    "ranking": {
        **HEAD,
        "prompt": "T",
        "chosen": "T",
        "rejected": "T",
        "context": "T",
        "context_nodes": "I*",
        "context_kinds": "T*",
        "difference": "R",
        "depth": "I",
        "node": "I",
        "chosen_kind": "T",
        "chosen_node": "I",
        "chosen_value": "R",
        "chosen_visits": "I",
        "chosen_rights": "I",
        "chosen_counts": "I",
        "chosen_score": "R",
        "chosen_tokens": "I",
        "chosen_logprob": "R",
        "rejected_kind": "T",
        "rejected_node": "I",
        "rejected_value": "R",
        "rejected_visits": "I",
        "rejected_rights": "I",
        "rejected_counts": "I",
        "rejected_score": "R",
        "rejected_tokens": "I",
        "rejected_logprob": "R",
        **ANSWERS,
    },
    "nemo-rl": {
        **HEAD,
        "context": MESSAGES,
        "completions": [
            {
                "rank": "I",
                "completion": MESSAGES,
                "id": "T",
                "reward": "R",
                "verdict": "T",
                "answer": "T",
            }
        ],
        **ANSWERS,
    },
    "sft": {**HEAD, "messages": MESSAGES, **STEPS, **ANSWERS},
    "value": {
        **HEAD,
        "node": "I",
        "parent": "I",
        "depth": "I",
        "kind": "T",
        "state": "T",
        "step": "T",
        "value": "R",
        "visits": "I",
        "completed_q": "R",
        "advantage": "R",
        "prior": "R",
        "target": "R",
        "score": "R",
        "terminal": "B",
        "rights": "I",
        "counts": "I",
        "tokens": "I",
        "logprob": "R",
        **ANSWERS,
    },
    "traces": {
        **HEAD,
        "version": "I",
        "task": {"type": "T", "key": "T", "data": {"id": "T", "prompt": "T", "answer": "T"}},
        "agent": {"name": "T", "trainable": "B", "config": {"model": "T"}},
        "nodes": [
            {
                "parent": "I?",
                "message": {"role": "T", "content": "T"},
                "sampled": "B",
                "token_ids": "I*",
                "mask": "I*",
                "logprobs": "R*",
                "advantages": "R*",
                "node": "I",
                "rollout": "I",
                "value": "R",
                "visits": "I",
                "advantage": "R",
                "tokens": "I",
                "logprob": "R",
                "verdict": "T",
                "reward": "R",
            }
        ],
        "rewards": {"outcome": {"score": "R", "weight": "R"}},
        "is_completed": "B",
        "ok": "B",
        "stop_condition": "T",
        **ANSWERS,
    },
    "verl": {
        **HEAD,
        "data_source": "T",
        "prompt": MESSAGES,
        "ability": "T",
        "reward_model": {"style": "T", "ground_truth": "T"},
        "extra_info": {"index": "I", "id": "T", "rights": "I", "counts": "I"},
        **ANSWERS,
    },
    "llama-factory": {
        **HEAD,
        "conversations": [{"from": "T", "value": "T"}],
        "chosen": {"from": "T", "value": "T"},
        "rejected": {"from": "T", "value": "T"},
        "chosen_id": "T",
        **STEPS,
        **ANSWERS,
    },
    "processbench": {
        "id": "T",
        "generator": "T",
        "problem": "T",
        "steps": "T*",
        "final_answer_correct": "B",
        "label": "I",
        "numbers": "I*",
        "target": "I",
        "use": "T",
        "problem_id": "T",
        **STEPS,
        **ANSWERS,
    },
    "trees": None,  # as the card declares it: whole trees, no consumer but scripts
}

# Views that are read by an ending or a name of their own.
FILE_ENDING = {"verl": "json"}
EXTRA_FILE = {"llama-factory": "dataset_info.json"}

# View: consumer and how it loads, then what a row is and what the authors must know.
ABOUT = {
    "critique": (
        "scripts: `load_dataset(DIR, \"critique\")`",
        "As today, with what follows `provenance` added. `location` is struct learnt_location: `how` is "
        "learnt_how_name(), or `right` in a positive record; `index` is `first_error_index` again, `from`..`to` the "
        "steps it is one of, -1: nobody knows; `maker`: whose word it is, \"\" the tree's or nobody's. "
        "`verification`: struct learnt_verification, 0 of 0 and -1 (nobody can tell) where nothing was tried. "
        "`wrong_tokens` ... are of whole paths, prefix and all; `invented_steps`: indices of steps with program output that the model made up. Column `images` stands behind `prompt`. "
        "`source`: `search`, or with `crux export --injected` also `injected` (id `i`): a right path with false details "
        "in it; `inserted_index` is the first step with one, else -1, and no label: `how` is `not`.",
    ),
    "critique-sft": (
        "TRL `SFTTrainer`; LLaMA-Factory (`sharegpt` with OpenAI tags); ms-swift, axolotl `chat_template`",
        "id `w`/`r` as in critique. Only pairs that have a critique, and right paths. Texts above. "
        "`source` and `inserted_index` as in critique.",
    ),
    "verifier-sft": (
        "TRL `SFTTrainer`, as critique-sft",
        "Only where an annotation has a verdict for each step and all match the labels up to the first "
        "wrong step (`located` proved, agreed or estimated; or a right path). `step_verdicts` 1/0 of "
        "the steps that the answer speaks of: up to and with the first wrong one.",
    ),
    "verifier-rl": (
        "TRL `GRPOTrainer(reward_funcs=reward)`; verl `data.train_files=FILE`, "
        "`custom_reward_function.path=examples/verifier_reward.py` (name `compute_score`); verifiers: "
        "rows as tasks, function `verdict_reward`",
        "`ground_truth`: index from 0 of the first wrong step, -1: none. Same rows as processbench "
        "plus located ones. No column may be called `completions`, `prompts`, `completion_ids`, "
        "`trainer_state`, `log_extra`, `log_metric`: TRL hands columns to the reward by name. "
        "`extra_info.index` is the problem's position in the input, `steps` how many the path has.",
    ),
    "prm": (
        "axolotl `type: stepwise_supervised` (examples/axolotl-prm.yaml); older TRL's PRMTrainer",
        "`prompt` ends in one `\\n`, no completion has a `\\n` at its ends: axolotl puts its separator "
        "`\\n` behind each. `completions` end with the first wrong step, as nothing is known of those behind it; "
        "`labels` 0/1, as many, 0 for that one alone: never soft, its loader cuts by int(). Rows as verifier-rl. "
        "Other columns: it drops them.",
    ),
    "prm-soft": (
        "OpenR `MathAPSItem.from_dict` of each row (its reader takes one JSON array: `jq -s .`)",
        "A row a tree, id = problem_id. `question_id` is the position in the input. `reasoning_steps`: "
        "first the question alone (root), then every node with `counts` > 0, in order; "
        "`solution_prefix` = question, blank line, steps joined by `\\n`. `mc_value` = rights / counts "
        "over completions with a known verdict only.",
    ),
    "prm800k": (
        "scripts for openai/prm800k; OpenR `PRM800KItem.from_dict`",
        "Rows as verifier-rl. `labeler` is the nil UUID, `timestamp` 1970-01-01T00:00:00.000000 (without the fraction `datasets` makes it a time), no key "
        "`human_completion`, never null. A step of the path per `steps`, up to and with the first wrong "
        "one; `completions[0]` is the path's own, further ones are siblings whose rating is known from "
        "another row; rating 1 or -1. `finish_reason`: `found_error` or `solution`.",
    ),
    "math-shepherd": (
        "scripts for Math-Shepherd (TRL examples/datasets/math_shepherd.py, OpenR)",
        "`input` = problem, space, then a line per step up to and with the first wrong one: `Step k: ` text ` ки`; `label` is the same with "
        "`+` or `-` for each `ки`. Line breaks inside a step become blanks. A row whose texts hold "
        "`ки` already is left out and counted. Rows as verifier-rl; `task` = `crux`.",
    ),
    "preference": (
        "TRL `DPOTrainer`, `RewardTrainer` (reads `margin`); OpenRLHF (`--data.prompt_key prompt`)",
        "id letter `p`, numbered in the order of nodes, then siblings. Two siblings below `node`; "
        "`margin` = chosen_value - rejected_value > 0. `prompt` = plain text of the prefix, ends in one "
        "`\\n`; `chosen` and `rejected` are one step each, not empty, no blank at either end (steps that tokens cut: as "
        "they are, the prompt too). `agree` of "
        "`agree_of` sources (completions, execution critic, value critic: those that speak of both) "
        "prefer chosen. `overlap`: iTool's, of words. Answers: of the first right path through chosen "
        "and the first wrong one through rejected, \"\" if none.",
    ),
    "preference-chat": (
        "TRL `DPOTrainer`, `RewardTrainer`; ms-swift",
        "id `w`: whole answers of a pair. One user message, one assistant message each. `margin` = "
        "difference of rewards. Steps columns are of the rejected path; `chosen_id` names the right one (`r`). "
        "TRL tokenizes with the chat template: the boundary is the template's.",
    ),
    "kto": (
        "TRL `KTOTrainer` (no column `chosen`/`rejected`: it would unpair); LLaMA-Factory alpaca with `kto_tag: label`",
        "id `w`/`r`: whole answers, `label` true: right. `prompt` = problem and one `\\n`, `completion` = "
        "the whole answer, no blank at either end.",
    ),
    "ranking": (
        "TRL `RewardTrainer` (no column `margin`: it would put it into the loss)",
        "id letter `k`, numbered in the order of families. The best child of `node` against a lower one (io/siblings.h). "
        "`prompt` = the problem, `\\n`, each step of the context and `\\n`; `chosen` and `rejected` are one step each, as in "
        "preference. `context`: rationale, query, doc, subgoal (CR-Planner's four, io/contexts.h) or step. Values are means of "
        "what came back, `difference` = chosen_value - rejected_value > 0. Answers: as in preference.",
    ),
    "nemo-rl": (
        "NeMo-RL `context`, `completions[{rank, completion}]`",
        "A row a problem, id = problem_id, with at least two different rewards. Distinct complete answers with a known "
        "verdict, right before wrong, then by reward; `rank` 0 is best, ties share a rank.",
    ),
    "sft": (
        "TRL `SFTTrainer`; LLaMA-Factory; axolotl `chat_template`; verl SFT after the card's Parquet lines",
        "id `r`: right paths, one a problem by default.",
    ),
    "value": (
        "scripts",
        "id letter `n`, number = node. A row a node with visits. `state` = plain text of problem and steps. "
        "`advantage` = value - parent's value, 0.0 at the root. `completed_q` = value where visited, else "
        "Gumbel MuZero's mixed value. Answers: of the tree's first wrong and first right path.",
    ),
    "traces": (
        "verifiers 0.4: `WireTrace.model_validate_json(line)`, then `.branches`",
        "A row a tree, id = problem_id. `parent` of the first node is null, its only null in any view: a walk "
        "over parents ends there; declare int64. Order: user message; tree nodes in the tree's order (assistant, "
        "sampled); then a leaf for each rollout with a text of its own. `mask` is 0/1 and as long as "
        "`token_ids`; `logprobs` and `advantages` as long as `mask` has ones; all four empty where the server "
        "gave no token ids. No timestamps. `rewards.outcome.score` = value of the root.",
    ),
    "verl": (
        "verl 0.9 `data.train_files=data/verl/train-00000-of-00001.json`; plain only, ends in `.json` (older verl takes no other)",
        "A row a problem that has a reference answer. `reward_model.ground_truth` is that answer. `extra_info` "
        "has what a curriculum wants: right ones of how many answers. With pictures `images` is [{image T}], as its "
        "reader of pictures opens them, and the turn has as many `<image>`.",
    ),
    "llama-factory": (
        "LLaMA-Factory: `dataset_dir: DIR/data/llama-factory`, `dataset: crux`, `stage: dpo` or `rm`; plain only",
        "Beside it `dataset_info.json`: `{\"crux\": {\"file_name\": \"train-00000-of-00001.jsonl\", \"formatting\": \"sharegpt\", "
        "\"ranking\": true, \"columns\": {\"messages\": \"conversations\", \"chosen\": \"chosen\", \"rejected\": \"rejected\"}}}` "
        "(with images also `\"images\": \"images\"`, and that many `<image>` at the start of the first value). "
        "Rows as preference-chat; one human turn.",
    ),
    "processbench": (
        "QwenLM/ProcessBench's run_eval.py; `crux eval critic`",
        "As today; what follows `use` is new.",
    ),
    "trees": ("scripts", "As today."),
}

PREAMBLE = """\
# What each view's rows are

Printed by `tests/consumers/schemas.py` from the tables that the tests of the consumers read; change it there.

Types: T text, I integer, R real with a '.' or exponent, B true/false; `T*`, `I*`, `R*` lists; records in braces,
lists of records in brackets. Members in this order. Never null (but `I?`). What is not known: "", 0, 0.0, -1, [].
The card declares the features of every column (an empty list would else be typed null). Even so `datasets` 5.2 rewrites a
text column in which *every* value of a file is an ISO date ("2024-05-01" loads as "2024-05-01 00:00:00").

**Rows.** Ids are `view_path_id()`: `P/w0003` is pair 3 of the tree, `P/r0001` right path 1, in all views; letters `p`
and `k` (pairs of siblings) and `n` (node) besides. UNKNOWN outcomes make no row and count in no count. A step-level view has only right
paths and those with a known index (`located` proved, agreed, estimated).

**Texts.** A step is bare (no blanks at its ends), `\\v` in it is `\\n`; a problem is without blanks at its end. *Plain
text* of a prefix: the problem, `\\n`, each step and `\\n`. So the prompt has the one separator and a completion begins with no blank:
tokenizers of the GPT-2, Llama 3 and Qwen kind then cut there (two line breaks at the end of a prompt merge in GPT-2's).
A whole answer is the steps as they are, joined by what the policy put between two (io/views/between.h): of a model's text its bytes, without blanks at the
ends; `\\n` where the policy is no chat or that is not known. Steps that a number of tokens ended (`step-tokens`) are pieces of words and lines: in plain text they stand behind
each other as they are, nothing behind them, without the blanks with which the first begins, and the step columns of preference and value are such
pieces. A tokenizer cut there when the model wrote them.

**Columns at the end of rows.** `located`: `proved`, `agreed`, `estimated`, `between`, `not`, or `right`. `first_error`: index
from 0, -1 none or not known. `support`: struct record_support. Of each step of the whole path, also where a row ends at the first wrong one: `step_rights` of `step_counts` completions with known verdict
that go through it (tree and probes), `step_values` their share (0.0 without), `step_scores` of the execution critic (-1.0
none), `step_tokens` (0 not known), `step_logprobs` (mean per token, 0.0 not known). `wrong_answer`, `right_answer`: of
the pair, or of the path and its partner, "" where there is none. `model`: the policy as configured. Then `images` T*, only
where a problem of the export has one. All consumers tolerate them: `datasets`, TRL's five trainers, axolotl's, LLaMA-Factory's
and verl's readers and verifiers' traces were tried, on rows made by hand and on exports; reserved names are avoided (`text`, `tools`, `input_ids`, `image`,
`chat_template_kwargs`, ...), and no view mixes columns `prompt`, `messages`, `completion`, `chosen`, `rejected` of
different shape: TRL looks at any one of them to see whether rows are chats.

**Prompts of the critic's views.** `S` = for each step `Step k: ` text and `\\n`.

critique-sft, user: problem, `\\n\\nSolution:\\n`, S (k from 1), `\\nIs this solution right? Say which step is wrong first, if one is, and why.`
Assistant: the critique, `\\n`, `First wrong step: k\\n` if an index is known, `Verdict: wrong`; or the fixed text of right paths and `\\nVerdict: right`.

verifier-sft, user: problem, `\\n\\nSolution:\\n`, S (k from 1), `\\nIs each step right? Judge them in order and stop at the first wrong one.`
Assistant: the annotation's text and `\\n\\n` (if it has one), then for each judged step `Step k: \\boxed{correct}` or `\\boxed{incorrect}`, joined by `\\n`.

verifier-rl, user: problem, `\\n\\nSolution:\\n`, S (k from 0), `\\nWhich step is wrong first? Put its number in \\boxed{}; \\boxed{-1} if every step is right.`
"""


def shape(of):
    """A type as SCHEMAS.md writes it."""
    if isinstance(of, dict):
        return "{" + ", ".join(f"{name} {shape(inner)}" for name, inner in of.items()) + "}"
    if isinstance(of, list):
        return "[" + shape(of[0]) + "]"
    return of


def ends_with(columns, group):
    names = list(group)
    return names == [name for name in columns if name in group] and all(
        columns[name] == group[name] for name in names
    )


def columns_of(view):
    """Columns of a view in one line; the groups that many share by name."""
    columns = dict(VIEWS[view])
    groups = [("STEPS", STEPS), ("ANSWERS", ANSWERS)]
    if view != "critique":
        groups.insert(0, ("VERIFIED", VERIFIED))
    tail = []
    for name, group in groups:
        if all(column in columns for column in group) and ends_with(columns, group):
            tail.append(name)
            for column in group:
                del columns[column]
    text = ", ".join(f"`{name}` {shape(of)}" for name, of in columns.items())
    return text + "".join(f", {name}" for name in tail)


def document():
    import rows

    made = rows.rows()
    parts = [PREAMBLE]
    parts.append("STEPS = " + shape(STEPS)[1:-1] + "; ANSWERS = " + shape(ANSWERS)[1:-1])
    parts.append("VERIFIED = " + shape(VERIFIED)[1:-1] + "\n")
    for view, (consumer, notes) in ABOUT.items():
        parts.append(f"## {view}\n\nConsumer: {consumer}\n\n{notes}\n")
        if VIEWS[view] is None:
            continue
        parts.append(f"Columns: {columns_of(view)}\n")
        parts.append("```json\n" + json.dumps(made[view][0], ensure_ascii=False) + "\n```\n")
    return "\n".join(parts)


def main():
    page = pathlib.Path(__file__).with_name("SCHEMAS.md")
    text = document()
    if sys.argv[1:] == ["--check"]:
        if page.read_text("utf-8") != text:
            print("FAILED: SCHEMAS.md is not what schemas.py prints: tests/consumers/schemas.py > SCHEMAS.md")
            return 1
        print(f"SCHEMAS.md has the {len(VIEWS)} views as the tables have them")
        return 0
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
