#!/usr/bin/env python3
"""bench_retrieve.py PROGRAM [DOCUMENTS] [--work FOLDER] - how long an index takes, and a query in it.

Makes a corpus of so many documents (200,000) of 100 words each, drawn by Zipf's law from 100,000 words, indexes
it, and asks it 300 queries through policy retrieve: words of the law itself (3 to 30 of them, most of them
common), words that are rare, and beginnings of documents. What is printed is the time from a call to its
documents, as the search sees it, with one call in flight; and processor time, for machines that others use, too.
Before it measures, it looks up a document that it has planted, which must come first.
"""

import argparse
import itertools
import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import tempfile

WORDS, LENGTH, QUERIES = 100_000, 100, 300


def word(number):
    """A word for each number, short for small ones; no two share a stem, for they end in x."""
    letters = ""
    number += 26
    while number:
        number, letter = divmod(number, 20)
        letters += "bcdfghjklmnpqrtvwzao"[letter]
    return letters + "x"


def corpus(path, documents, draw):
    weights = list(itertools.accumulate(1 / (rank + 1) for rank in range(WORDS)))
    words = [word(number) for number in range(WORDS)]
    heads = []
    with open(path, "w", encoding="utf-8") as file:
        for i in range(documents):
            text = draw.choices(words, cum_weights=weights, k=LENGTH)
            if i % (documents // 100 or 1) == 0:
                heads.append(" ".join(text[:30]))
            if i == documents // 2:
                text.insert(50, "plantedterm")
            file.write(json.dumps({"id": f"d{i}", "title": f"{text[0]} {text[1]}", "contents": " ".join(text)}) + "\n")
    queries = [" ".join(draw.choices(words, cum_weights=weights, k=draw.randint(3, 30))) for _ in range(QUERIES // 3)]
    queries += [" ".join(draw.sample(words[1000:], draw.randint(2, 10))) for _ in range(QUERIES // 3)]
    return queries, heads


def ask(probe, index, queries):
    done = subprocess.run([probe, index], input="\n".join(queries), capture_output=True, text=True, check=True)
    return [line.split(" ") for line in done.stdout.splitlines()]


def percentiles(texts):
    times = sorted(map(float, texts))
    return (f"median {statistics.median(times):.1f} ms, 95 % {times[int(0.95 * len(times))]:.1f} ms, "
            f"slowest {times[-1]:.1f} ms")


def main():
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("program")
    options.add_argument("documents", nargs="?", type=int, default=200_000)
    options.add_argument("--work", type=pathlib.Path, help="keep corpus and index there, and use what is there")
    options = options.parse_args()
    probe = pathlib.Path(options.program).resolve().parent / "bench_retrieve"
    with tempfile.TemporaryDirectory(prefix="crux-retrieve-") as folder:
        work = options.work or pathlib.Path(folder)
        queries, heads = corpus(work / "corpus.jsonl", options.documents, random.Random(1))
        if not (work / "corpus.db").exists():
            began = os.times()
            subprocess.run([options.program, "index", work / "corpus.jsonl", "--out", work / "corpus.db"], check=True)
            ended = os.times()
            print(f"index    {(work / 'corpus.db').stat().st_size / 1e6:.0f} MB in {ended.elapsed - began.elapsed:.1f} s, "
                  f"{ended.children_user + ended.children_system - began.children_user - began.children_system:.1f} s "
                  "of a processor")
        found = ask(probe, work / "corpus.db", ["plantedterm"])
        assert [row[2] for row in found] == [f"d{options.documents // 2}"], f"the planted document: {found}"
        for name, asked in (("drawn", queries[:QUERIES // 3]), ("rare", queries[QUERIES // 3:]), ("heads", heads)):
            rows = ask(probe, work / "corpus.db", asked)
            print(f"{name:8s} {len(rows)} queries: {percentiles(row[0] for row in rows)}; "
                  f"of a processor: {percentiles(row[1] for row in rows)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
