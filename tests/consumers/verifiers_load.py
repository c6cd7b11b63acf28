#!/usr/bin/env python3
"""verifiers_load.py FOLDER | --self - verifiers takes views `traces` and `verifier-rl` as they stand.

Each row of `traces` is read as a trace from disk is; its branches are the paths of the tree, from the
problem to a leaf, each a training sample: tokens, mask, log-probabilities and advantages are as long as
each other. Rows of `verifier-rl` are a task's data; a task whose reward is examples/verifier_reward.py
scores a trace of a right and of a wrong reply.

Runs where verifiers is installed: tests/consumers/setup.sh verifiers.
"""

import asyncio
import importlib.util
import pathlib

import verifiers.v1 as vf
from verifiers.v1.types import Messages

import data
from data import insist

REWARD = pathlib.Path(__file__).resolve().parents[2] / "examples" / "verifier_reward.py"


def reward_script():
    spec = importlib.util.spec_from_file_location("verifier_reward", REWARD)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class VerdictData(vf.TaskData):
    prompt: Messages
    ground_truth: int


class Verdict(vf.Task[VerdictData, vf.State]):
    names_the_step = vf.reward(reward_script().verdict_reward)


def leaves_of(nodes):
    parents = {node["parent"] for node in nodes}
    return [i for i in range(len(nodes)) if i not in parents]


def insist_branch(branch, nodes, leaf, where):
    texts = []
    at = leaf
    while at is not None:
        texts.insert(0, nodes[at]["message"]["content"])
        at = nodes[at]["parent"]
    found = [message.content for message in branch.messages]
    insist(found == texts, f"{where}: a branch reads otherwise than the path to node {leaf}")
    tokens = len(branch.token_ids)
    insist(len(branch.sampled_mask) == tokens, f"{where}: mask and tokens differ")
    insist(len(branch.logprobs) == tokens, f"{where}: log-probabilities and tokens differ")
    insist(len(branch.advantages) == tokens, f"{where}: advantages and tokens differ")


def check_traces(folder):
    count = samples = 0
    for path in data.files_of(folder, "traces"):
        with path.open(encoding="utf-8") as file:
            lines = list(file)
        for line, row in zip(lines, data.rows_of(path)):
            trace = vf.WireTrace.model_validate_json(line)
            leaves = leaves_of(row["nodes"])
            branches = trace.branches
            insist(trace.task.data.id == row["problem_id"], f"{row['id']}: another task")
            insist(len(branches) == len(leaves), f"{row['id']}: {len(branches)} branches")
            for branch, leaf in zip(branches, leaves):
                insist_branch(branch, row["nodes"], leaf, row["id"])
            count, samples = count + 1, samples + len(branches)
    print(f"verifiers: {count} rows of traces, {samples} branches")


def trace_of(row, reply):
    prompt = row["prompt"][0]
    nodes = [
        {"parent": None, "message": prompt, "sampled": False},
        {"parent": 0, "message": {"role": "assistant", "content": reply}, "sampled": True},
    ]
    task = {"type": "Verdict", "data": {"prompt": row["prompt"]}}
    return vf.WireTrace.model_validate(
        {"task": task, "agent": {"name": "a", "config": {"model": "m"}}, "nodes": nodes}
    )


def check_rewards(folder):
    rows = list(data.lines_of(folder, "verifier-rl"))
    for row in rows:
        fields = {name: row[name] for name in ("id", "prompt", "ground_truth")}
        task = Verdict(VerdictData(**fields))
        for said, wanted in ((row["ground_truth"], 1.0), (row["ground_truth"] + 1, 0.0)):
            trace = trace_of(row, f"I say \\boxed{{{said}}}.")
            asyncio.run(task.score(trace))
            insist(trace.reward == wanted, f"row {row['id']}: {said} gets {trace.reward}")
    print(f"verifiers: {len(rows)} rows of verifier-rl are tasks, and rewarded")


def check(folder, scratch):
    check_traces(folder)
    check_rewards(folder)


if __name__ == "__main__":
    data.main(check)
