#!/usr/bin/env python3
"""tei_server.py [PORT] - a sequence classifier in the words of text-embeddings-inference.

The model is built from a configuration on the spot: a small BERT with weights drawn from a fixed
seed, which reads bytes. It knows nothing, but it is a real one: padding, attention, a head with one
label. The server has POST /predict and /rerank, GET /health and /info; refuses as TEI does (422 for
what it cannot take, too); prints its address when it listens, and ends with its standard input.
"""

import http.server
import json
import os
import sys
import threading

import torch
from transformers import BertConfig, BertForSequenceClassification

LONGEST = 512
BATCH = 32


def model():
    torch.manual_seed(17)
    return BertForSequenceClassification(BertConfig(
        vocab_size=260, hidden_size=64, num_hidden_layers=2, num_attention_heads=4, intermediate_size=128,
        max_position_embeddings=LONGEST, num_labels=1, initializer_range=0.2)).eval()


class Refused(Exception):
    """A request that TEI answers with an error: status, type and sentence."""


class Classifier:
    """Logits of texts or of pairs of them."""

    def __init__(self):
        self.model = model()
        self.lock = threading.Lock()

    def encode(self, text, pair=None):
        """[CLS] text [SEP] pair [SEP], a token a byte."""
        first = [256, *text.encode(), 257]
        second = [*pair.encode(), 257] if pair is not None else []
        if len(first) + len(second) > LONGEST:
            raise Refused(422, "Validation", f"`inputs` must have less than {LONGEST} tokens")
        return first + second, [0] * len(first) + [1] * len(second)

    def logits(self, rows):
        encoded = [self.encode(*row) for row in rows]
        longest = max(len(ids) for ids, _ in encoded)
        pad = lambda row: row + [0] * (longest - len(row))
        with self.lock, torch.no_grad():
            out = self.model(input_ids=torch.tensor([pad(ids) for ids, _ in encoded]),
                             token_type_ids=torch.tensor([pad(kinds) for _, kinds in encoded]),
                             attention_mask=torch.tensor([pad([1] * len(ids)) for ids, _ in encoded]))
        return [float(value) for value in out.logits[:, 0]]


def scores(asked, logits):
    return logits if asked.get("raw_scores", False) else [1 / (1 + 2.718281828459045 ** -x) for x in logits]


def predict(classifier, asked):
    inputs = asked.get("inputs")
    single = isinstance(inputs, str)
    rows = [[inputs]] if single else inputs
    if not rows or not all(isinstance(row, list) and 1 <= len(row) <= 2 for row in rows):
        raise Refused(422, "Validation", "`inputs`: expected a text, or a batch of texts or pairs in lists")
    if len(rows) > BATCH:
        raise Refused(422, "Validation", f"batch size {len(rows)} > maximum allowed batch size {BATCH}")
    said = [[{"score": score, "label": "LABEL_0"}] for score in scores(asked, classifier.logits(rows))]
    return said[0] if single else said


def rerank(classifier, asked):
    texts = asked.get("texts")
    if not isinstance(asked.get("query"), str) or not texts:
        raise Refused(422, "Validation", "`query` and `texts` are needed")
    if len(texts) > BATCH:
        raise Refused(422, "Validation", f"batch size {len(texts)} > maximum allowed batch size {BATCH}")
    said = scores(asked, classifier.logits([[asked["query"], text] for text in texts]))
    return sorted(({"index": i, "score": score} for i, score in enumerate(said)), key=lambda row: -row["score"])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    routes = {"/predict": predict, "/rerank": rerank}

    def log_message(self, *words):
        pass

    def say(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        known = {"/health": {}, "/info": {"model_id": "built-on-the-spot", "max_client_batch_size": BATCH,
                                          "model_type": {"reranker": {"id2label": {"0": "LABEL_0"}}}}}
        self.say(200 if self.path in known else 404, known.get(self.path, {"error": "not found"}))

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            if self.path not in self.routes:
                raise Refused(404, "NotFound", "there is no such route")
            self.say(200, self.routes[self.path](self.server.classifier, json.loads(body)))
        except Refused as why:
            self.say(why.args[0], {"error": why.args[2], "error_type": why.args[1]})


def serve(port):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.classifier = Classifier()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


if __name__ == "__main__":
    torch.set_num_threads(os.cpu_count() or 1)
    listening = serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(f"http://127.0.0.1:{listening.server_port}", flush=True)
    sys.stdin.read()
