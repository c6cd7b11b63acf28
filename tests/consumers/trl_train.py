#!/usr/bin/env python3
"""trl_train.py FOLDER | --self [TRAINER...] - TRL trains on an export as it stands.

A model of two small layers is made on the spot. Each trainer takes the rows of its views by
`load_dataset(FOLDER, VIEW)`, without a map or a renamed column, for a few steps:

    dpo     preference, preference-chat             kto     kto
    sft     critique-sft, verifier-sft, sft         reward  preference, preference-chat,
                                                            ranking
    grpo    verifier-rl, with examples/verifier_reward.py

The losses are finite, no row is dropped, and nothing warns that tokens merge across the boundary of
prompt and completion; rows made to merge must be warned of, or that silence says nothing. And
tokenizers that cut texts as GPT-2's and as Llama 3's and Qwen's do are asked about that boundary in
every row of preference, ranking, kto and prm. (Those of the SentencePiece kind write a line break as a byte,
which merges with nothing.)

Runs where TRL is installed: tests/consumers/setup.sh trl.
"""

import importlib.util
import logging
import math
import os
import pathlib
import sys

os.environ.update(
    HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1", TOKENIZERS_PARALLELISM="false"
)

import datasets
import transformers
import trl
from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

import data
import tiny
from data import Failed, insist

STEPS = int(os.environ.get("CRUX_STEPS", "3"))
REWARD = pathlib.Path(__file__).resolve().parents[2] / "examples" / "verifier_reward.py"
BOUNDARY = "not a prefix of the tokenized prompt"
VIEWS = {
    "dpo": ["preference", "preference-chat"],
    "sft": ["critique-sft", "verifier-sft", "sft"],
    "kto": ["kto"],
    "reward": ["preference", "preference-chat", "ranking"],
    "grpo": ["verifier-rl"],
}


class Heard(logging.Handler):
    """What trainers warned of at the boundary."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.boundaries = []
        logging.getLogger("trl").addHandler(self)

    def emit(self, record):
        if BOUNDARY in record.getMessage():
            self.boundaries.append(record.getMessage())


class World:
    """The folder, what is made for it, and what was heard."""

    def __init__(self, folder, scratch):
        self.folder, self.scratch = folder, scratch
        self.tokenizer = tiny.tokenizer(folder, scratch)
        self.heard = Heard()

    def model(self):
        return tiny.model(transformers.Qwen2ForCausalLM, self.tokenizer, self.scratch)

    def judge(self):
        kind = transformers.Qwen2ForSequenceClassification
        return tiny.model(kind, self.tokenizer, self.scratch, num_labels=1)

    def rows(self, view):
        cache = str(self.scratch / "cache")
        return datasets.load_dataset(str(self.folder), view, split="train", cache_dir=cache)

    def usual(self, view, trainer):
        return {
            "output_dir": str(self.scratch / f"{trainer}-{view}"),
            "max_steps": STEPS,
            "per_device_train_batch_size": 4,
            "logging_steps": 1,
            "report_to": "none",
            "save_strategy": "no",
            "use_cpu": True,
            "bf16": False,
            "disable_tqdm": True,
            "gradient_checkpointing": False,
            "seed": 1,
        }


# --- the reward -----------------------------------------------------------------------------------


class Rewarding:
    """The shipped reward as TRL calls it, and whether it was handed what the rows say."""

    def __init__(self, table):
        spec = importlib.util.spec_from_file_location("verifier_reward", REWARD)
        self.script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.script)
        self.truths = {row["prompt"][0]["content"]: row["ground_truth"] for row in table}
        self.calls = 0

    def shipped(self):
        def reward(prompts, completions, ground_truth, **others):
            for prompt, truth in zip(prompts, ground_truth, strict=True):
                insist(self.truths[prompt[0]["content"]] == truth, "a ground truth of another row")
            right = [self.answer(f"\\boxed{{{truth}}}") for truth in ground_truth]
            insist(
                self.script.reward(right, ground_truth, **others) == [1.0] * len(right),
                "what is right gets no reward",
            )
            self.calls += 1
            return self.script.reward(completions, ground_truth, prompts=prompts, **others)

        return reward

    @staticmethod
    def answer(text):
        return [{"role": "assistant", "content": text}]

    @staticmethod
    def spread(completions, **others):
        """So that replies of a model that knows nothing differ in their reward."""
        return [sum(map(ord, one[0]["content"])) % 97 / 97.0 for one in completions]


# --- training ---------------------------------------------------------------------------------------


def trainer_of(trainer, view, world, table, rewarding=None):
    usual = world.usual(view, trainer)
    common = {"train_dataset": table, "processing_class": world.tokenizer}
    if trainer == "grpo":
        args = trl.GRPOConfig(num_generations=4, max_completion_length=16, **usual)
        rewards = [rewarding.shipped(), rewarding.spread]
        return trl.GRPOTrainer(model=world.model(), args=args, reward_funcs=rewards, **common)
    kinds = {
        "sft": (trl.SFTTrainer, trl.SFTConfig, world.model),
        "dpo": (trl.DPOTrainer, trl.DPOConfig, world.model),
        "kto": (trl.KTOTrainer, trl.KTOConfig, world.model),
        "reward": (trl.RewardTrainer, trl.RewardConfig, world.judge),
    }
    kind, config, model = kinds[trainer]
    args = config(max_length=tiny.LONGEST, **usual)
    return kind(model=model(), args=args, **common)


def train(trainer, view, world):
    table = world.rows(view)
    rewarding = Rewarding(table) if trainer == "grpo" else None
    training = trainer_of(trainer, view, world, table, rewarding)
    left = len(training.train_dataset)
    insist(left == len(table), f"{left} of {len(table)} rows are left")
    training.train()
    logged = [entry for entry in training.state.log_history if "loss" in entry]
    losses = [float(entry["loss"]) for entry in logged]
    gradients = [float(entry["grad_norm"]) for entry in logged]
    insist(len(losses) == STEPS, f"{len(losses)} steps of {STEPS}")
    insist(all(math.isfinite(loss) for loss in losses), f"losses {losses}")
    insist(all(map(math.isfinite, gradients)) and max(gradients) > 0, f"gradients {gradients}")
    insist(rewarding is None or rewarding.calls == STEPS, "the reward was not asked")
    insist(not world.heard.boundaries, "".join(world.heard.boundaries))
    print(f"{trainer:7}{view:17}{left:6} rows, losses " + " ".join(f"{x:.4f}" for x in losses))


def insist_it_is_heard(world):
    """The warning that must not be heard is one that can be heard."""

    def merge(row):
        return {**row, "prompt": row["prompt"].rstrip() + " ", "chosen": " " + row["chosen"]}

    trainer_of("dpo", "preference", world, world.rows("preference").map(merge))
    insist(world.heard.boundaries, "tokens that merge across the boundary went unheard")


# --- boundaries -------------------------------------------------------------------------------------

CUTS = {
    "as GPT-2": pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True),
    "as Llama 3 and Qwen": pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(
                Regex(
                    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|"
                    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
                ),
                "isolated",
            ),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    ),
}


def bounds_of(row):
    """Prompts of a row and what comes behind each."""
    if "completions" in row:
        prompt = row["prompt"]
        for step in row["completions"]:
            yield prompt, step
            prompt += step + "\n"
    else:
        for name in ("completion", "chosen", "rejected"):
            if name in row:
                yield row["prompt"], row[name]


def learnt(world, cut):
    tokenizer = Tokenizer(models.BPE(unk_token="?"))
    tokenizer.pre_tokenizer = cut
    learner = trainers.BpeTrainer(
        vocab_size=tiny.VOCABULARY, show_progress=False, special_tokens=["?"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(tiny.corpus(world.folder), learner)
    return tokenizer


def merges(tokenizer, prompt, completion):
    alone = tokenizer.encode(prompt).ids
    return tokenizer.encode(prompt + completion).ids[: len(alone)] != alone


def insist_boundaries(world):
    for name, cut in CUTS.items():
        tokenizer, count = learnt(world, cut), 0
        insist(merges(tokenizer, "The an", "swer is"), f"cut {name}, nothing ever merges")
        for view in ("preference", "ranking", "kto", "prm"):
            for row in data.lines_of(world.folder, view):
                for prompt, completion in bounds_of(row):
                    insist(
                        not merges(tokenizer, prompt, completion),
                        f"{view}, {row['id']}: tokens cut {name} merge across {prompt[-20:]!r} and "
                        f"{completion[:20]!r}",
                    )
                    count += 1
        print(f"{count} boundaries, cut {name}: tokens never merge")


def check(folder, scratch):
    world = World(folder, scratch)
    wanted = sys.argv[2:] or list(VIEWS)
    for trainer in wanted:
        for view in VIEWS[trainer]:
            try:
                train(trainer, view, world)
            except Failed as failure:
                raise Failed(f"{trainer} on {view}: {failure}") from None
    insist_boundaries(world)
    insist_it_is_heard(world)


if __name__ == "__main__":
    data.main(check, copies=3)
