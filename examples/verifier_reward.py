"""verifier_reward.py - one reward for rows of view `verifier-rl`, in three trainers.

A row's prompt shows a problem and a solution whose steps are numbered from 0, and asks for the
number of the first wrong step in \\boxed{}, or -1 if every step is right. `ground_truth` is that
number. A reply gets 1.0 if its last \\boxed{} holds it, else 0.0. What stands in front of
</think> does not count. It needs nothing but Python.

TRL        from verifier_reward import reward
           GRPOTrainer(model, reward_funcs=reward, train_dataset=rows)
verl       custom_reward_function.path=verifier_reward.py custom_reward_function.name=compute_score
verifiers  class Verdict(verifiers.v1.Task):
               names_the_step = verifiers.v1.reward(verdict_reward)
           where the task's data have the row's `prompt` and `ground_truth`
"""

import re

BOXED = re.compile(r"\\boxed\s*\{([^{}]*(?:\{[^{}]*\}[^{}]*)*)\}")
WRAPPED = re.compile(r"\\(?:text|mathrm|mathbf)\s*\{([^{}]*)\}")
NUMBER = re.compile(r"(?:step|paragraph)?[\s_]*([-\u2212\u2013]?\s*\d{1,6})", re.IGNORECASE)


def first_wrong_step(text):
    """The number that a reply gives; None if its last \\boxed{} holds none, or there is none."""
    spoken = text.rpartition("</think>")[2]
    boxes = BOXED.findall(spoken)
    if not boxes:
        return None
    number = NUMBER.fullmatch(WRAPPED.sub(r"\1", boxes[-1]).strip())
    if number is None:
        return None
    return int(re.sub("[\u2212\u2013]", "-", number[1]).replace(" ", ""))


def score(text, ground_truth):
    """1.0 if the reply names the first wrong step, or says rightly that there is none; else 0.0."""
    return 1.0 if first_wrong_step(text) == int(ground_truth) else 0.0


def text_of(completion):
    """What the model wrote: a text, or messages as chats have them."""
    if isinstance(completion, str):
        return completion
    return "".join(one["content"] or "" for one in completion if one["role"] == "assistant")


def compute_score(data_source, solution_str, ground_truth, extra_info=None, **kwargs):
    """For verl: one reply."""
    return score(solution_str, ground_truth)


def reward(completions, ground_truth, **kwargs):
    """For TRL: a batch of replies, and the column of that name beside it."""
    return [score(text_of(one), truth) for one, truth in zip(completions, ground_truth)]


async def verdict_reward(self, task, trace):
    """For verifiers: a task's data, and the trace of an answer to it."""
    return score(trace.last_reply, task.ground_truth)
