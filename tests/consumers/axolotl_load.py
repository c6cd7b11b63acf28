#!/usr/bin/env python3
"""axolotl_load.py FOLDER | --self - axolotl's own reader takes view `prm` as it stands.

examples/axolotl-prm.yaml, with the folder's file and a tokenizer made on the spot in place of names,
passes axolotl's check of configurations; its loader reads the file and its strategy
`stepwise_supervised` cuts the rows into tokens. Then, of each row: the labels that are left are the
row's own, each on the separator behind its step, and the tokens read as the row's text.

Runs where axolotl's package lies: tests/consumers/setup.sh axolotl.
"""

import os
import pathlib

os.environ.update(
    HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1", AXOLOTL_DO_NOT_TRACK="1"
)

import yaml
from axolotl.utils.data.shared import load_dataset_with_config
from axolotl.utils.data.wrappers import get_dataset_wrapper
from axolotl.utils.dict import DictDefault
from axolotl.utils.schemas.config import AxolotlInputConfig

import data
import tiny
from data import insist

EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "axolotl-prm.yaml"
UNLABELLED = -100
SEPARATOR = "\n"  # its own, as the example names none


def configuration(path):
    """The example, as axolotl understands it, of this file."""
    example = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    example["datasets"][0]["path"] = str(path)
    known = AxolotlInputConfig(**example, micro_batch_size=1, num_epochs=1, learning_rate=1e-5)
    insist(known.process_reward_model, "the example trains no process reward model")
    return DictDefault(known.model_dump(exclude_none=True))


def insist_row(row, made, tokenizer, separator):
    labels = [one for one in made["labels"] if one != UNLABELLED]
    insist(labels == row["labels"], f"row {row['id']}: labels {row['labels']} became {labels}")
    text = row["prompt"] + "".join(step + separator for step in row["completions"])
    insist(tokenizer.decode(made["input_ids"]) == text, f"row {row['id']} reads otherwise")
    places = [i for i, one in enumerate(made["labels"]) if one != UNLABELLED]
    last = {tokenizer.decode([made["input_ids"][i]]) for i in places}
    insist(last == {separator}, f"row {row['id']}: labels lie on {last}")


def check(folder, scratch):
    tokenizer = tiny.tokenizer(folder, scratch)
    rows = 0
    for path in data.files_of(folder, "prm"):
        config = configuration(path)
        source = config.datasets[0]
        table = load_dataset_with_config(source, use_auth_token=False, streaming=False)
        made, _ = get_dataset_wrapper(source, tokenizer, config, source.type, table)
        insist(len(made) == len(table), f"{len(made)} of {len(table)} rows are left")
        for row, one in zip(table, made):
            insist_row(row, one, tokenizer, SEPARATOR)
        rows += len(made)
    print(f"axolotl: {rows} rows of prm, every label on the separator behind its step")


if __name__ == "__main__":
    data.main(check)
