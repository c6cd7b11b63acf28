#!/usr/bin/env python3
"""verl_load.py FOLDER | --self - verl's own RL data set takes views `verl` and `verifier-rl`.

`RLHFDataset` reads the file by its name, cuts prompts with a chat template and drops none; what its
reward manager hands on (data source, ground truth, extra information) is the row's own, and
examples/verifier_reward.py, loaded as verl loads a custom reward function, scores by it.

Runs where verl's package lies: tests/consumers/setup.sh verl.
"""

import os
import pathlib

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")

from omegaconf import OmegaConf
from verl.utils.dataset.rl_dataset import RLHFDataset, collate_fn
from verl.utils.import_utils import load_extern_object

import data
import tiny
from data import insist

REWARD = pathlib.Path(__file__).resolve().parents[2] / "examples" / "verifier_reward.py"


def insist_item(row, item):
    insist(item["raw_prompt"] == row["prompt"], f"row {row['id']}: another prompt")
    for name in ("data_source", "reward_model", "extra_info"):
        insist(item[name] == row[name], f"row {row['id']}: {name} became {item[name]}")
    insist(item["index"] == row["extra_info"]["index"], f"row {row['id']}: index {item['index']}")


def insist_scores(item, compute_score):
    truth = item["reward_model"]["ground_truth"]
    for said, wanted in ((truth, 1.0), (truth + 1, 0.0)):
        got = compute_score(
            data_source=item["data_source"],
            solution_str=f"So it is \\boxed{{{said}}}.",
            ground_truth=truth,
            extra_info=item["extra_info"],
        )
        insist(got == wanted, f"\\boxed{{{said}}} got {got} where {truth} is right")


def check(folder, scratch):
    tokenizer = tiny.tokenizer(folder, scratch)
    compute_score = load_extern_object(str(REWARD), "compute_score")
    for view in ("verl", "verifier-rl"):
        rows = list(data.lines_of(folder, view))
        made = RLHFDataset(
            data_files=[str(path) for path in data.files_of(folder, view)],
            tokenizer=tokenizer,
            config=OmegaConf.create(
                {"cache_dir": str(scratch / "cache"), "max_prompt_length": tiny.LONGEST}
            ),
        )
        insist(len(made) == len(rows), f"{view}: {len(made)} of {len(rows)} rows are left")
        items = [made[i] for i in range(len(made))]
        for row, item in zip(rows, items):
            insist_item(row, item)
            if view == "verifier-rl":
                insist_scores(item, compute_score)
        collate_fn(items[:4])
        print(f"verl: {len(rows)} rows of {view}")


if __name__ == "__main__":
    data.main(check)
