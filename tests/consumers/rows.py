"""rows.py - rows of every view made by hand: what the consumers are tried on where no export is.

A few small problems, each with a right and a wrong path that part somewhere, are written out here;
each view's rows follow from them as SCHEMAS.md says. `write_set(folder)` makes a data set folder of
them with a card, as an export has one.
"""

import json
import pathlib

import schemas

MODEL = "chat:model-a"
ASK_SFT = "\nIs this solution right? Say which step is wrong first, if one is, and why."
ASK_STEPS = "\nIs each step right? Judge them in order and stop at the first wrong one."
ASK_INDEX = (
    "\nWhich step is wrong first? Put its number in \\boxed{}; \\boxed{-1} if every step is right."
)
ALL_RIGHT = "The answer is right. No step needs a correction."

# problem, right steps, wrong steps, the first wrong one, right answer, wrong answer, critique
CASES = [
    (
        "w1",
        "Ann has 3 apples and buys 5 more. Then she gives 2 away. How many are left?",
        ["3 + 5 = 8", "8 - 2 = 6", "The answer is 6"],
        ["3 + 5 = 8", "8 - 2 = 5", "The answer is 5"],
        1,
        "6",
        "5",
        "The step states 8 - 2 = 5 instead of 6.",
    ),
    (
        "w2",
        "Zoë reads 12 pages a day – for how many days does a book of 60 pages last?",
        ["60 pages / 12 pages a day:\n60 / 12 = 5", "So it lasts 5 days."],
        ["60 pages - 12 pages:\n60 - 12 = 48", "So it lasts 48 days."],
        0,
        "5",
        "48",
        "The pages are to be divided by 12, not made fewer by 12; “48” is no number of days.",
    ),
    (
        "w3",
        "Числа 4 и 6: what is their product?",
        ["4 * 6 = 24"],
        ["(4 * 6) = 26"],
        0,
        "24",
        "26",
        "4 * 6 is 24.",
    ),
    (
        "w4",
        "A train of 4 cars has 20 seats in each car, and 30 seats are taken. How many are free?",
        ["Seats in all: 4 * 20 = 80", "Free: 80 - 30 = 50", "# 50"],
        ["Seats in all: 4 * 20 = 80", "- 30 seats, that is 80 + 30 = 110", "# 110"],
        1,
        "50",
        "110",
        "The seats that are taken are added; they are to be taken away from 80.",
    ),
]


def plain(prompt, steps):
    return "".join(text + "\n" for text in [prompt, *steps])


def numbered(steps, start):
    return "".join(f"Step {start + i}: {step}\n" for i, step in enumerate(steps))


def user(text):
    return {"role": "user", "content": text}


def assistant(text):
    return {"role": "assistant", "content": text}


def said(steps):
    """A whole answer, as a chat's steps are joined."""
    return "\n\n".join(steps)


class Path:
    """One whole answer."""

    def __init__(self, case, right):
        self.problem, self.prompt, rights, wrongs, error, good, bad, self.critique = case
        self.right, self.steps = right, rights if right else wrongs
        self.first_error = -1 if right else error
        self.id = f"{self.problem}/{'r' if right else 'w'}0000"
        self.labels = [int(right or i < error) for i in range(len(self.steps))]
        self.head = {"id": self.id, "problem_id": self.problem}
        self.answers = {
            "wrong_answer": bad,
            "right_answer": good,
            "reference_answer": good,
            "model": MODEL,
        }
        counts = [8] * len(self.steps)
        rights_of = [(8 if right else 5) if label else 0 for label in self.labels]
        self.columns = {
            "located": "right" if right else "estimated",
            "first_error": self.first_error,
            "support": SUPPORT,
            "step_values": [of / 8.0 for of in rights_of],
            "step_rights": rights_of,
            "step_counts": counts,
            "step_scores": [-1.0] * len(self.steps),
            "step_tokens": [len(step.split()) for step in self.steps],
            "step_logprobs": [-0.25] * len(self.steps),
        }

    def solution(self, start):
        return self.prompt + "\n\nSolution:\n" + numbered(self.steps, start)

    def judged(self):
        return self.labels if self.right else self.labels[: self.first_error + 1]


PROBE = {
    "completer": 0,
    "prefix": 1,
    "right": 0,
    "of": 36,
    "from_tree": 4,
    "low": 0.0,
    "high": 0.09639,
}
SOURCE = {"source": "search", "inserted_index": -1}
SUPPORT = {"execution": -1.0, "judge": -1.0, "completions": -1.0, "count": 0}
VERIFIED = {
    "with_right": 6,
    "with_count": 10,
    "without_right": 3,
    "without_count": 10,
    "control_right": 2,
    "control_count": 10,
    "verdict_right": 1,
    "index_right": 1,
}


def critique(path, other):
    right, wrong = (path, other) if path.right else (other, path)
    shared = 0 if path.right else path.first_error
    node = {"mean": 0.5, "visits": 8}
    return {
        **path.head,
        "prompt": path.prompt,
        "numbers": [],
        "target": 0,
        "prefix_steps": [] if path.right else wrong.steps[:shared],
        "wrong_steps": [] if path.right else wrong.steps[shared:],
        "right_steps": right.steps[shared:],
        "first_error_index": path.first_error,
        "diverge_depth": shared,
        "value": {"prefix": node, "wrong": {"mean": 0.0, "visits": 4}, "right": node},
        "critique": {
            "text": ALL_RIGHT if path.right else path.critique,
            "verdict": int(path.right),
            "error_type": "" if path.right else "arithmetic",
            "corrected_step": "" if path.right else right.steps[shared],
            "style": "" if path.right else "mmc",
            "model": "" if path.right else "model-a",
            "points_at": -1,
        },
        "annotator": {"model": "critique:style=mmc", "template_id": "", "seed": 1},
        "checks": {"correction_verified": False, "method": ""},
        "provenance": {
            "run_id": "5f0c",
            "tree_id": path.problem,
            "node_ids": [1, 2],
            "policy_model": MODEL,
            "critic_ids": ["outcome=match"],
            "config_hash": "a1b2",
        },
        "location": {
            "how": path.columns["located"],
            "index": path.first_error,
            "from": path.first_error,
            "to": path.first_error,
            "why": "",
            "maker": "" if path.right else "locate:chat",
            "probes": [] if path.right else [PROBE | {"prefix": path.first_error + 1}],
        },
        "support": SUPPORT,
        "verification": VERIFIED,
        "wrong_tokens": wrong.columns["step_tokens"],
        "wrong_logprobs": wrong.columns["step_logprobs"],
        "right_tokens": right.columns["step_tokens"],
        "right_logprobs": right.columns["step_logprobs"],
        "step_rights": path.columns["step_rights"],
        "step_counts": path.columns["step_counts"],
        "invented_steps": [],
        **path.answers,
        **SOURCE,
    }


def critique_sft(path):
    if path.right:
        answer = ALL_RIGHT + "\nVerdict: right"
    else:
        answer = f"{path.critique}\nFirst wrong step: {path.first_error + 1}\nVerdict: wrong"
    return {
        **path.head,
        "messages": [user(path.solution(1) + ASK_SFT), assistant(answer)],
        "verdict": int(path.right),
        "annotator": "critique:style=mmc",
        **VERIFIED,
        **path.columns,
        **path.answers,
        **SOURCE,
    }


def verifier_sft(path):
    words = ["incorrect", "correct"]
    lines = [f"Step {i + 1}: \\boxed{{{words[one]}}}" for i, one in enumerate(path.judged())]
    return {
        **path.head,
        "messages": [user(path.solution(1) + ASK_STEPS), assistant("\n".join(lines))],
        "verdict": int(path.right),
        "step_verdicts": path.judged(),
        "annotator": "critique:style=blind",
        **path.columns,
        **path.answers,
    }


def verifier_rl(path, index):
    return {
        **path.head,
        "data_source": "crux/verifier",
        "prompt": [user(path.solution(0) + ASK_INDEX)],
        "ability": "verification",
        "ground_truth": path.first_error,
        "reward_model": {"style": "rule", "ground_truth": path.first_error},
        "extra_info": {"index": index, "id": path.id, "steps": len(path.steps)},
        **path.columns,
        **path.answers,
    }


def prm(path):
    return {
        **path.head,
        "prompt": plain(path.prompt, []),
        "completions": path.steps[: len(path.judged())],
        "labels": path.judged(),
        **path.columns,
        **path.answers,
    }


def prm800k(path):
    ratings = [1 if one else -1 for one in path.judged()]
    return {
        **path.head,
        "labeler": "00000000-0000-0000-0000-000000000000",
        "timestamp": "1970-01-01T00:00:00.000000",
        "generation": 0,
        "is_quality_control_question": False,
        "is_initial_screening_question": False,
        "question": {
            "problem": path.prompt,
            "ground_truth_answer": path.answers["reference_answer"],
            "pre_generated_steps": path.steps,
            "pre_generated_answer": path.answers["right_answer" if path.right else "wrong_answer"],
            "pre_generated_verifier_score": path.columns["step_values"][-1],
        },
        "label": {
            "steps": [
                {
                    "completions": [{"text": step, "rating": rating, "flagged": False}],
                    "chosen_completion": 0,
                }
                for step, rating in zip(path.steps, ratings)
            ],
            "total_time": 0,
            "finish_reason": "solution" if path.right else "found_error",
        },
        **path.columns,
        **path.answers,
    }


def math_shepherd(path):
    def text(tags):
        lines = [
            f"Step {i + 1}: {' '.join(step.split())} {tag}"
            for i, (step, tag) in enumerate(zip(path.steps, tags))
        ]
        return path.prompt + " " + "\n".join(lines)

    return {
        **path.head,
        "input": text(["ки"] * len(path.judged())),
        "label": text(["+" if one else "-" for one in path.judged()]),
        "task": "crux",
        **path.columns,
        **path.answers,
    }


def kto(path):
    return {
        **path.head,
        "prompt": plain(path.prompt, []),
        "completion": said(path.steps),
        "label": path.right,
        **path.columns,
        **path.answers,
    }


def sft(path):
    return {
        **path.head,
        "messages": [user(path.prompt), assistant(said(path.steps))],
        **path.columns,
        **path.answers,
    }


def processbench(path):
    return {
        "id": path.id,
        "generator": MODEL,
        "problem": path.prompt,
        "steps": path.steps,
        "final_answer_correct": path.right,
        "label": path.first_error,
        "numbers": [],
        "target": 0,
        "use": "",
        "problem_id": path.problem,
        **path.columns,
        **path.answers,
    }


def preference(wrong, right):
    at = wrong.first_error
    row = {
        "id": f"{wrong.problem}/p0000",
        "problem_id": wrong.problem,
        "prompt": plain(wrong.prompt, wrong.steps[:at]),
        "chosen": right.steps[at],
        "rejected": wrong.steps[at],
        "margin": 0.75,
        "agree": 1,
        "agree_of": 1,
        "overlap": 0.5,
        "depth": at,
        "node": at,
    }
    for name, path in (("chosen", right), ("rejected", wrong)):
        row[f"{name}_value"] = 0.75 if path.right else 0.0
        row[f"{name}_visits"] = 8
        row[f"{name}_rights"] = path.columns["step_rights"][at]
        row[f"{name}_counts"] = path.columns["step_counts"][at]
        row[f"{name}_score"] = -1.0
        row[f"{name}_tokens"] = path.columns["step_tokens"][at]
        row[f"{name}_logprob"] = path.columns["step_logprobs"][at]
    return {**row, **wrong.answers}


def preference_chat(wrong, right):
    return {
        **wrong.head,
        "prompt": [user(wrong.prompt)],
        "chosen": [assistant(said(right.steps))],
        "rejected": [assistant(said(wrong.steps))],
        "margin": 1.0,
        "chosen_id": right.id,
        **wrong.columns,
        **wrong.answers,
    }


def llama_factory(wrong, right):
    return {
        **wrong.head,
        "conversations": [{"from": "human", "value": wrong.prompt}],
        "chosen": {"from": "gpt", "value": said(right.steps)},
        "rejected": {"from": "gpt", "value": said(wrong.steps)},
        "chosen_id": right.id,
        **wrong.columns,
        **wrong.answers,
    }


def ranking(wrong, right):
    at = wrong.first_error
    row = {
        "id": f"{wrong.problem}/k0000",
        "problem_id": wrong.problem,
        "prompt": plain(wrong.prompt, right.steps[:at]),
        "chosen": right.steps[at],
        "rejected": wrong.steps[at],
        "context": "step",
        "context_nodes": list(range(1, at + 1)),
        "context_kinds": ["step"] * at,
        "difference": 1.0,
        "depth": at,
        "node": at,
    }
    for side, node, value in (("chosen", at + 1, 1.0), ("rejected", len(right.steps) + 1, 0.0)):
        row |= {
            f"{side}_kind": "step",
            f"{side}_node": node,
            f"{side}_value": value,
            f"{side}_visits": 8,
            f"{side}_rights": int(8 * value),
            f"{side}_counts": 8,
            f"{side}_score": -1.0,
            f"{side}_tokens": 5,
            f"{side}_logprob": -0.25,
        }
    return {**row, **wrong.answers}


def nemo_rl(wrong, right):
    def entry(rank, path):
        return {
            "rank": rank,
            "completion": [assistant(said(path.steps))],
            "id": path.id,
            "reward": float(path.right),
            "verdict": "right" if path.right else "wrong",
            "answer": path.answers["right_answer" if path.right else "wrong_answer"],
        }

    return {
        "id": wrong.problem,
        "problem_id": wrong.problem,
        "context": [user(wrong.prompt)],
        "completions": [entry(0, right), entry(1, wrong)],
        **wrong.answers,
    }


def nodes_of(wrong, right):
    """A tree of the two paths: (node, parent, path, number of its step); the root has no path."""
    at = wrong.first_error
    nodes = [(0, -1, None, -1)]
    for i in range(len(right.steps)):
        nodes.append((len(nodes), len(nodes) - 1, right, i))
    for i in range(at, len(wrong.steps)):
        nodes.append((len(nodes), at if i == at else len(nodes) - 1, wrong, i))
    return nodes


def numbers_at(path, i):
    """What is known of a node: value, its parent's, rights, counts, tokens, logprob."""
    if path is None:
        return 0.5, 0.5, 4, 8, 0, 0.0
    columns = path.columns
    above = columns["step_values"][i - 1] if i > 0 else 0.5
    return (
        columns["step_values"][i],
        above,
        columns["step_rights"][i],
        columns["step_counts"][i],
        columns["step_tokens"][i],
        columns["step_logprobs"][i],
    )


def value(wrong, right):
    for node, parent, path, i in nodes_of(wrong, right):
        worth, above, rights, counts, tokens, logprob = numbers_at(path, i)
        yield {
            "id": f"{wrong.problem}/n{node:04d}",
            "problem_id": wrong.problem,
            "node": node,
            "parent": parent,
            "depth": i + 1,
            "kind": "step",
            "state": plain(wrong.prompt, path.steps[: i + 1] if path else []),
            "step": path.steps[i] if path else "",
            "value": worth,
            "visits": counts,
            "completed_q": worth,
            "advantage": worth - above,
            "prior": 0.5 if path else 1.0,
            "target": 0.5 if path else 1.0,
            "score": -1.0,
            "terminal": bool(path and i + 1 == len(path.steps)),
            "rights": rights,
            "counts": counts,
            "tokens": tokens,
            "logprob": logprob,
            **wrong.answers,
        }


def prm_soft(wrong, right, index):
    steps = []
    for node, _, path, i in nodes_of(wrong, right):
        worth, _, rights, counts, _, _ = numbers_at(path, i)
        prefix = wrong.prompt + ("\n\n" + "\n".join(path.steps[: i + 1]) if path else "")
        steps.append(
            {
                "solution_prefix": prefix,
                "mc_value": worth,
                "rights": rights,
                "counts": counts,
                "node": node,
            }
        )
    return {
        "id": wrong.problem,
        "problem_id": wrong.problem,
        "question_id": index,
        "question": wrong.prompt,
        "final_answer": wrong.answers["reference_answer"],
        "reasoning_steps": steps,
        **wrong.answers,
    }


def traces(wrong, right, with_tokens):
    nodes = []
    for node, parent, path, i in nodes_of(wrong, right):
        worth, above, _, counts, tokens, logprob = numbers_at(path, i)
        known = with_tokens and path is not None
        nodes.append(
            {
                "parent": None if parent < 0 else parent,
                "message": assistant(path.steps[i]) if path else user(wrong.prompt),
                "sampled": path is not None,
                "token_ids": [7, 8, 9] if known else [],
                "mask": [1, 1, 1] if known else [],
                "logprobs": [-0.1, -0.2, -0.3] if known else [],
                "advantages": [worth - above] * 3 if known else [],
                "node": node,
                "rollout": -1,
                "value": worth,
                "visits": counts,
                "advantage": worth - above,
                "tokens": tokens,
                "logprob": logprob,
                "verdict": "",
                "reward": 0.0,
            }
        )
    return {
        "id": wrong.problem,
        "problem_id": wrong.problem,
        "version": 1,
        "task": {
            "type": "crux",
            "key": wrong.problem,
            "data": {
                "id": wrong.problem,
                "prompt": wrong.prompt,
                "answer": wrong.answers["reference_answer"],
            },
        },
        "agent": {"name": "crux", "trainable": True, "config": {"model": MODEL}},
        "nodes": nodes,
        "rewards": {"outcome": {"score": 0.5, "weight": 1.0}},
        "is_completed": True,
        "ok": True,
        "stop_condition": "budget",
        **wrong.answers,
    }


def verl(wrong, index):
    return {
        "id": wrong.problem,
        "problem_id": wrong.problem,
        "data_source": "crux/problems",
        "prompt": [user(wrong.prompt)],
        "ability": "reasoning",
        "reward_model": {"style": "rule", "ground_truth": wrong.answers["reference_answer"]},
        "extra_info": {"index": index, "id": wrong.problem, "rights": 4, "counts": 8},
        **wrong.answers,
    }


def rows():
    """View to its rows."""
    made = {view: [] for view, columns in schemas.VIEWS.items() if columns is not None}
    for index, case in enumerate(CASES):
        wrong, right = Path(case, False), Path(case, True)
        for path, other in ((wrong, right), (right, wrong)):
            made["critique"].append(critique(path, other))
            made["verifier-rl"].append(verifier_rl(path, index))
            for view, make in (
                ("critique-sft", critique_sft),
                ("verifier-sft", verifier_sft),
                ("prm", prm),
                ("prm800k", prm800k),
                ("math-shepherd", math_shepherd),
                ("kto", kto),
                ("processbench", processbench),
            ):
                made[view].append(make(path))
        made["sft"].append(sft(right))
        for view, make in (
            ("preference", preference),
            ("preference-chat", preference_chat),
            ("llama-factory", llama_factory),
            ("ranking", ranking),
            ("nemo-rl", nemo_rl),
        ):
            made[view].append(make(wrong, right))
        made["value"].extend(value(wrong, right))
        made["prm-soft"].append(prm_soft(wrong, right, index))
        made["traces"].append(traces(wrong, right, with_tokens=index % 2 == 0))
        made["verl"].append(verl(wrong, index))
    return made


LLAMA_FACTORY = {
    "crux": {
        "file_name": "train-00000-of-00001.jsonl",
        "formatting": "sharegpt",
        "ranking": True,
        "columns": {"messages": "conversations", "chosen": "chosen", "rejected": "rejected"},
    }
}


def feature_lines(name, of, indent):
    """A column in the card, as io/views/card.c declares it."""
    types = {"T": "string", "I": "int64", "I?": "int64", "R": "float64", "B": "bool"}
    pad = " " * indent
    if isinstance(of, dict):
        yield f"{pad}- name: {name}"
        yield f"{pad}  struct:"
        for inner, inner_type in of.items():
            yield from feature_lines(inner, inner_type, indent + 2)
    elif isinstance(of, list):
        yield f"{pad}- name: {name}"
        yield f"{pad}  list:"
        for inner, inner_type in of[0].items():
            yield from feature_lines(inner, inner_type, indent + 2)
    elif of.endswith("*"):
        yield f"{pad}- name: {name}"
        yield f"{pad}  list: {types[of[0]]}"
    else:
        yield f"{pad}- name: {name}"
        yield f"{pad}  dtype: {types[of]}"


def card(made):
    lines = ["---", "configs:"]
    for view in made:
        ending = schemas.FILE_ENDING.get(view, "jsonl")
        lines += [f"- config_name: {view}", "  data_files:", "  - split: train"]
        lines.append(f"    path: data/{view}/train-00000-of-00001.{ending}")
    lines.append("dataset_info:")
    for view in made:
        lines += [f"- config_name: {view}", "  features:"]
        for name, of in schemas.VIEWS[view].items():
            lines += feature_lines(name, of, 2)
    return "\n".join([*lines, "---", "", "# Rows made by hand", ""])


def write_set(folder, copies=1):
    """A data set folder of these rows; copies: each problem so many times, under ids of its own."""
    folder = pathlib.Path(folder)
    made = rows()
    for view, some in made.items():
        ending = schemas.FILE_ENDING.get(view, "jsonl")
        path = folder / "data" / view / f"train-00000-of-00001.{ending}"
        path.parent.mkdir(parents=True)
        with path.open("w", encoding="utf-8") as file:
            for copy in range(copies):
                for row in some:
                    row = {**row, "id": f"c{copy}." + row["id"]} if copy else row
                    file.write(json.dumps(row, ensure_ascii=False) + "\n")
    (folder / "data" / "llama-factory" / "dataset_info.json").write_text(
        json.dumps(LLAMA_FACTORY, indent=2) + "\n", "utf-8"
    )
    (folder / "README.md").write_text(card(made), "utf-8")
    return folder
