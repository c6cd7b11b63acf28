#!/usr/bin/env python3
"""llamafactory_load.py FOLDER | --self - LLaMA-Factory's own reader takes view `llama-factory`.

By the dataset_info.json that lies beside the rows: every row becomes a problem, a chosen and a
rejected answer, in its words, and none is dropped. Views sft and kto load as well, with the entries
that SCHEMAS.md names for them.

Runs where LLaMA-Factory is installed: tests/consumers/setup.sh llamafactory.
"""

import json
import os

os.environ.update(HF_HUB_OFFLINE="1", HF_DATASETS_DISABLE_PROGRESS_BARS="1")

from llamafactory.data.loader import _load_single_dataset
from llamafactory.data.parser import get_dataset_list
from llamafactory.hparams import DataArguments, ModelArguments
from transformers import Seq2SeqTrainingArguments

import data
from data import insist

TAGS = {
    "role_tag": "role",
    "content_tag": "content",
    "user_tag": "user",
    "assistant_tag": "assistant",
}
OTHERS = {
    "sft": {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": TAGS},
    "critique-sft": {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": TAGS},
    "verifier-sft": {"formatting": "sharegpt", "columns": {"messages": "messages"}, "tags": TAGS},
    "kto": {
        "formatting": "alpaca",
        "columns": {"prompt": "prompt", "response": "completion", "kto_tag": "label"},
    },
}


def load(name, info, folder, scratch):
    """A data set of dataset_info.json, read as LLaMA-Factory's training does."""
    settings = DataArguments(dataset=name, dataset_dir=str(folder), media_dir=str(folder))
    (attributes,) = get_dataset_list([name], info)
    return _load_single_dataset(
        attributes,
        ModelArguments(model_name_or_path="none", cache_dir=str(scratch / "cache")),
        settings,
        Seq2SeqTrainingArguments(output_dir=str(scratch / "out")),
    )


def said(messages):
    return [one["content"] for one in messages]


def insist_pairs(rows, table):
    insist(len(rows) == len(table), f"{len(table)} of {len(rows)} rows are left")
    for row, made in zip(rows, table):
        wanted = [row["conversations"][0]["value"], row["chosen"]["value"], row["rejected"]["value"]]
        found = said(made["_prompt"]) + said(made["_response"])
        insist(found == wanted, f"row {row['id']} became {found}")


def insist_chats(view, rows, table):
    insist(len(rows) == len(table), f"{view}: {len(table)} of {len(rows)} rows are left")
    for row, made in zip(rows, table):
        found = [text for text in said(made["_prompt"]) + said(made["_response"]) if text]
        wanted = said(row["messages"]) if "messages" in row else [row["prompt"], row["completion"]]
        insist(found == wanted, f"{view}: row {row['id']} became {found}")


def check(folder, scratch):
    place = folder / "data" / "llama-factory"
    info = json.loads((place / "dataset_info.json").read_text("utf-8"))
    told = {entry["file_name"] for entry in info.values()}
    there = {path.name for path in data.files_of(folder, "llama-factory")}
    insist(told == there, f"dataset_info.json tells of {sorted(told)}, there are {sorted(there)}")
    for name, entry in info.items():
        rows = list(data.rows_of(place / entry["file_name"]))
        insist_pairs(rows, load(name, str(place), place, scratch))
        print(f"LLaMA-Factory: {len(rows)} rows as data set {name}")
    for view, entry in OTHERS.items():
        path = data.files_of(folder, view)[0]
        rows = list(data.rows_of(path))
        told = {view: {"file_name": path.name, **entry}}
        insist_chats(view, rows, load(view, told, path.parent, scratch))
        print(f"LLaMA-Factory: {len(rows)} rows of {view}")


if __name__ == "__main__":
    data.main(check)
