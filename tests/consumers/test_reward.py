#!/usr/bin/env python3
"""test_reward.py - examples/verifier_reward.py gives each reply what it deserves, to all three trainers."""

import asyncio
import importlib.util
import pathlib
import sys
import types

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "examples" / "verifier_reward.py"

# reply, the number that it gives
REPLIES = [
    ("\\boxed{2}", 2),
    ("Step 1 is fine.\n\nSo the answer is \\boxed{-1}.", -1),
    ("\\boxed{ 3 }", 3),
    ("\\boxed {3}", 3),
    ("\\boxed{\\text{Step 4}}", 4),
    ("\\boxed{step 0}", 0),
    ("\\boxed{paragraph_5}", 5),
    ("\\boxed{−1}", -1),
    ("\\boxed{- 1}", -1),
    ("First I thought \\boxed{1}, but it is \\boxed{2}.", 2),
    ("<think>\\boxed{7}</think>\\boxed{1}", 1),
    ("Not in a thought: \\boxed{1}</think>", None),
    ("<think>a</think>\\boxed{1}<think>b</think>It is unclear.", None),
    ("2", None),
    ("", None),
    ("\\boxed{}", None),
    ("\\boxed{none}", None),
    ("\\boxed{1} or \\boxed{nothing}", None),
    ("\\boxed{1, 2}", None),
    ("\\boxed{1.5}", None),
    ("\\boxed{2", None),
    ("\\boxed{99999999999999999999}", None),
    ("\\boxed{\\frac{1}{2}}", None),
    ("\\boxed{" * 2000, None),
]


def load():
    spec = importlib.util.spec_from_file_location("verifier_reward", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def expect(fact, text):
    if not fact:
        print(f"FAILED: {text}")
        sys.exit(1)


def check_three(script, reply, truth, wanted):
    """The same reply, as each trainer hands it over."""
    chat = [{"role": "assistant", "content": reply}]
    got = {
        "verl": script.compute_score(
            data_source="crux/verifier", solution_str=reply, ground_truth=truth, extra_info={}
        ),
        "TRL, text": script.reward(prompts=["?"], completions=[reply], ground_truth=[truth])[0],
        "TRL, chat": script.reward(
            prompts=["?"], completions=[chat], ground_truth=[truth], id=["a"], trainer_state=None
        )[0],
        "verifiers": asyncio.run(
            script.verdict_reward(
                None,
                task=types.SimpleNamespace(ground_truth=truth),
                trace=types.SimpleNamespace(last_reply=reply),
            )
        ),
    }
    for trainer, score in got.items():
        expect(type(score) is float, f"{trainer} gets {score!r}, no real number")
        expect(score == wanted, f"{trainer} gets {score} for {reply[:60]!r} where {truth} is right")


def main():
    script = load()
    for reply, number in REPLIES:
        got = script.first_wrong_step(reply)
        expect(got == number, f"{reply[:60]!r} gives {got}, not {number}")
        for truth in (-1, 0, 2):
            check_three(script, reply, truth, float(number == truth))
    expect(script.compute_score("", "\\boxed{2}", "2") == 1.0, "a ground truth written as text")
    replies = [reply for reply, _ in REPLIES]
    batch = script.reward(completions=replies, ground_truth=[number or 0 for _, number in REPLIES])
    expect(len(batch) == len(replies) and sum(batch) == 11.0, f"of a batch {sum(batch)} are right")
    print(f"{len(REPLIES)} replies, the same reward in three trainers")


if __name__ == "__main__":
    main()
