"""tiny.py - a tokenizer and a model made on the spot, since there is no hub: a byte-level BPE learnt from
the texts of a folder, and two layers from a configuration."""

import json

import torch
import transformers
from tokenizers import ByteLevelBPETokenizer

LONGEST = 4096
VOCABULARY = 1024
SAMPLE = 2000  # rows of a view from which the tokenizer learns
MARKS = ["<|pad|>", "<|end|>", "<|user|>", "<|assistant|>", "<|system|>"]
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}<|end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)


def texts_of(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from texts_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts_of(one)


def corpus(folder):
    for path in sorted((folder / "data").glob("*/*-of-*.json*")):
        with path.open(encoding="utf-8") as file:
            for _, line in zip(range(SAMPLE), file):
                yield from texts_of(json.loads(line))


def tokenizer(folder, scratch):
    learner = ByteLevelBPETokenizer()
    learner.train_from_iterator(
        corpus(folder), vocab_size=VOCABULARY, show_progress=False, special_tokens=MARKS
    )
    path = scratch / "tokenizer.json"
    learner.save(str(path))
    made = transformers.PreTrainedTokenizerFast(
        tokenizer_file=str(path), pad_token="<|pad|>", eos_token="<|end|>"
    )
    made.chat_template = TEMPLATE
    return made


def model(kind, tokenizer, scratch, **more):
    """By way of a folder: trainers load their reference model from where the model came."""
    path = scratch / kind.__name__
    if not path.exists():
        torch.manual_seed(1)
        config = transformers.Qwen2Config(
            vocab_size=len(tokenizer), hidden_size=64, intermediate_size=128, num_hidden_layers=2,
            num_attention_heads=4, num_key_value_heads=2, max_position_embeddings=LONGEST,
            pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id,
            bos_token_id=None, **more,
        )
        kind(config).save_pretrained(path)
    return kind.from_pretrained(path)
