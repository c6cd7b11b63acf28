#!/usr/bin/env python3
"""test_export_options.py PROGRAM MODEL_SERVER - splits, problems that are alike, benchmarks, compression.

Answers of a file (policy recorded) to problems of words: 120 that are all different, each third of them
once more in other letters, each fourth with one word changed. So it is known which are alike."""

import ctypes
import ctypes.util
import hashlib
import json
import pathlib
import random
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import DEEP, QUICK, contents, crux, insist, insist_same, main

MANY = 120
VIEWS = ("critique", "processbench", "trees")
WORDS = "apple boat chair door engine flute garden house island jacket kettle lamp mountain needle orange".split()


def words(index, changed=False):
    """A problem of forty words, its own; one word of them is another if changed."""
    draw = random.Random(index)
    said = [draw.choice(WORDS) + str(draw.randrange(1000)) for _ in range(40)]
    if changed:
        said[20] = "changed"
    return " ".join(said) + ": how many?"


def write_problems(folder):
    """(id, text, kind): the same text comes after the first, in the order of the file."""
    rows = [(f"p{i:03}", words(i), "first") for i in range(MANY)]
    rows += [(f"s{i:03}", words(i).upper().replace(" ", "  "), "same") for i in range(0, MANY, 3)]
    rows += [(f"n{i:03}", words(i, changed=True), "near") for i in range(0, MANY, 4)]
    problems, samples = folder / "problems.jsonl", folder / "samples.jsonl"
    with problems.open("w", encoding="utf-8") as out, samples.open("w", encoding="utf-8") as said:
        for id_, text, _ in rows:
            print(json.dumps({"id": id_, "problem": text, "answer": "7"}), file=out)
            for answer in ("7", "8"):
                print(json.dumps({"problem_id": id_, "model": "m", "answer": answer,
                                  "reasoning": f"Count them. \nThere are {answer}."}), file=said)
    return rows, problems, samples


class Runs:
    def __init__(self, program, work):
        self.program, self.work, self.number = program, work, 0
        self.rows, problems, samples = write_problems(work)
        self.store = work / "run.db"
        crux(program, "generate", problems, "--store", self.store, "--policy", f"recorded:{samples}", "--quiet")

    def words(self, to, *more):
        return ["export", "--store", self.store, "--to", to, *(w for v in VIEWS for w in ("--view", v)), *more]

    def export(self, *more):
        self.number += 1
        to = self.work / f"set{self.number}"
        crux(self.program, *self.words(to, *more))
        return to

    def refused(self, status, sentence, *more):
        done = subprocess.run([self.program, *map(str, self.words(self.work / "no", *more))], capture_output=True,
                              text=True, check=False)
        insist(done.returncode == status and sentence in done.stderr, f"{more}: {done.returncode} {done.stderr}")
        insist(not (self.work / "no").exists(), f"{more}: wrote something")


def manifest(folder):
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def ids(folder, split="train", view="trees"):
    path = folder / "data" / view / f"{split}-00000-of-00001.jsonl"
    return [json.loads(line)["problem_id"] for line in path.read_text(encoding="utf-8").splitlines()]


def insist_whole(folder):
    """Every file is in the manifest, with its hash, and no other is there."""
    entries = {entry["path"]: entry for entry in manifest(folder)["files"]}
    there = contents(folder)
    insist(set(there) == {*entries, "manifest.json"}, f"{folder}: {set(there) ^ set(entries)}")
    for path, entry in entries.items():
        insist(hashlib.sha256(there[path]).hexdigest() == entry["sha256"] and len(there[path]) == entry["bytes"],
               f"{folder}: {path} is not as the manifest says")


def splits(runs):
    """Each problem is in one part, all are in some, rows are those of the whole; what is alike is together."""
    whole, parted = runs.export(), runs.export("--split", "train=0.7,test=0.2,dev=0.1")
    parts = {split: ids(parted, split) for split in ("train", "test", "dev")}
    insist(sorted(sum(parts.values(), [])) == sorted(ids(whole)), "a problem is in no part, or in two")
    for split, there in parts.items():
        insist(manifest(parted)["splits"][split]["problems"] == len(there), f"{split}: the manifest counts others")
        insist(abs(len(there) / len(runs.rows) - {"train": 0.7, "test": 0.2, "dev": 0.1}[split]) < 0.15, split)
        numbers = {id_[1:] for id_ in there}
        others = {id_[1:] for name, more in parts.items() if name != split for id_ in more}
        insist(not numbers & others, f"{numbers & others} is in {split} and elsewhere in other words")
        for view in ("critique", "processbench"):
            insist(set(ids(parted, split, "critique")) <= set(there), f"{split}: {view} has another split")
    rows = {view: sorted((whole / "data" / view / "train-00000-of-00001.jsonl").read_bytes().splitlines())
            for view in VIEWS}
    for view in VIEWS:
        again = sorted(line for split in parts
                       for line in (parted / "data" / view / f"{split}-00000-of-00001.jsonl").read_bytes().splitlines())
        insist(again == rows[view], f"{view}: other rows when split")
    insist_same(parted, runs.export("--split", "train=0.7,test=0.2,dev=0.1"), "split again")
    other = runs.export("--split", "train=0.7,test=0.2,dev=0.1", "--split-seed", 99)
    insist(ids(other, "train") != parts["train"], "another seed is the same split")
    insist_whole(parted)


def empty_parts(runs):
    """A part without problems is told, its files are empty, and the card does not offer it."""
    to = runs.work / "empty"
    done = subprocess.run([runs.program, *map(str, runs.words(to, "--split", "train=0.999999999,test=0.000000001"))],
                          capture_output=True, text=True, check=True)
    insist("test         0 problems: its files are empty" in done.stderr, done.stderr)
    insist((to / "data/trees/test-00000-of-00001.jsonl").read_bytes() == b"", "the part has rows")
    insist("test" not in (to / "README.md").read_text(encoding="utf-8").split("# Where")[0].split("configs:")[1],
           "the card offers an empty part")


def alike(runs):
    """They are counted in any case, and left out with --dedup, the later ones."""
    same = [id_ for id_, _, kind in runs.rows if kind == "same"]
    near = [id_ for id_, _, kind in runs.rows if kind == "near"]
    counted = manifest(runs.export())["duplicates"]
    insist(counted == {"least": 0.8, "same": len(same), "alike": len(near), "left_out": 0}, f"{counted}")
    folder = runs.export("--dedup", 0.8)
    insist(ids(folder) == [id_ for id_, _, kind in runs.rows if kind == "first"], "--dedup 0.8 kept others")
    insist(manifest(folder)["duplicates"]["left_out"] == len(same) + len(near), "the manifest counts others")
    insist(ids(runs.export("--dedup", 1)) == [id_ for id_, _, kind in runs.rows if kind != "same"],
           "--dedup 1 kept others")
    insist(ids(runs.export("--dedup", 0.95)) == ids(runs.export("--dedup", 1)), "37 of 43 shingles are 0.95")


def contaminated(runs):
    """Problems that a benchmark has, too, are found in any letters, named with its ids, and left out if wished."""
    bench = runs.work / "bench.jsonl"
    with bench.open("w", encoding="utf-8") as out:
        for i in (7, 11):
            print(json.dumps({"id": f"b{i}", "question": words(i).title(), "answer": "7"}), file=out)
        print(json.dumps({"id": "other", "question": "Nobody has ever asked this.", "answer": "7"}), file=out)
    found = manifest(runs.export("--against", bench))["contamination"]
    insist([(one["id"], one["like"], one["file"], one["alike"]) for one in found["first"]]
           == [("p007", "b7", "bench.jsonl", 1.0), ("p011", "b11", "bench.jsonl", 1.0)], f"{found}")
    insist(found["problems"] == 2 and found["left_out"] == 0, f"{found}")
    folder = runs.export("--against", bench, "--against", bench, "--drop-contaminated")
    insist(not {"p007", "p011"} & set(ids(folder)) and len(ids(folder)) == len(runs.rows) - 2, "they were not left out")
    insist("Compared likewise" in (folder / "README.md").read_text(encoding="utf-8"), "the card does not tell")


def decompressed(path):
    """What zstd makes of the file, which must be one frame that says how long its content is."""
    zstd = ctypes.CDLL(ctypes.util.find_library("zstd") or "libzstd.so.1")
    for name in ("ZSTD_getFrameContentSize", "ZSTD_findFrameCompressedSize", "ZSTD_decompress"):
        getattr(zstd, name).restype = ctypes.c_ulonglong
    frame = path.read_bytes()
    size = zstd.ZSTD_getFrameContentSize(frame, ctypes.c_size_t(len(frame)))
    insist(size < 1 << 40, f"{path}: does not say how long it is")
    insist(zstd.ZSTD_findFrameCompressedSize(frame, ctypes.c_size_t(len(frame))) == len(frame), f"{path}: two frames")
    insist(frame[4] & 4, f"{path}: has no checksum")
    out = ctypes.create_string_buffer(size + 1)
    insist(zstd.ZSTD_decompress(out, ctypes.c_size_t(size), frame, ctypes.c_size_t(len(frame))) == size, f"{path}")
    return out.raw[:size]


def compressed(runs):
    """Each file of rows is one frame of the rows that there are without."""
    plain, sealed = runs.export("--split", "train=0.9,test=0.1"), runs.export("--split", "train=0.9,test=0.1",
                                                                              "--compress")
    for view in VIEWS:
        for split in ("train", "test"):
            name = f"data/{view}/{split}-00000-of-00001.jsonl"
            insist(decompressed(sealed / f"{name}.zst") == (plain / name).read_bytes(), f"{name}: other rows")
            insist(not (sealed / name).exists(), f"{name} is there, too")
    insist(".jsonl.zst" in (sealed / "README.md").read_text(encoding="utf-8"), "the card names other files")
    insist_whole(sealed)


def refusals(runs):
    """What cannot be is said before anything is written."""
    runs.refused(2, "do not sum to 1", "--split", "train=0.9,test=0.2")
    runs.refused(2, "NAME=SHARE", "--split", "Train=1")
    runs.refused(2, "--dedup", "--dedup", 1.5)
    for view in ("llama-factory", "verl"):
        runs.refused(2, f"the view {view} is read by a loader that takes no compressed files", "--view", view, "--compress")
    runs.refused(2, "only against a file", "--drop-contaminated")
    runs.refused(3, "none.jsonl", "--against", runs.work / "none.jsonl")
    for name, text, sentence in (("void.jsonl", "", "void.jsonl"), ("cut.jsonl", '{"problem": "a', "cut.jsonl"),
                                 ("wool.jsonl", '{"problem": "a"}\n{"wool": 1}\n', "wool.jsonl:2")):
        (runs.work / name).write_text(text, encoding="utf-8")
        runs.refused(3, sentence, "--against", runs.work / name)


def killed(runs):
    """Killed at any instant, with all of the options: a whole set or none, nothing else is left, and the same
    command makes the same bytes."""
    more = ["--split", "train=0.8,test=0.2", "--dedup", 0.8, "--against", runs.work / "bench.jsonl", "--compress"]
    want = runs.export(*more)
    draw = random.Random(1)
    place = runs.work / "place"
    place.mkdir()
    for round_ in range(200 if DEEP else 40):
        to = place / "set"
        with subprocess.Popen([runs.program, *map(str, runs.words(to, *more, "--force"))], stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL) as process:
            try:
                process.wait(draw.uniform(0.002, 0.08))
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGKILL)
        if to.exists():
            insist_same(want, to, f"killed in round {round_}")
        left = [path.name for path in place.iterdir() if path.name != "set" and ".partial-" not in path.name]
        insist(not left, f"a kill left {left}")
    crux(runs.program, *runs.words(place / "set", *more, "--force"))
    insist_same(want, place / "set", "after all kills")
    insist([path.name for path in place.iterdir()] == ["set"], f"left: {list(place.iterdir())}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-export-", dir=QUICK) as folder:
        runs = Runs(program, pathlib.Path(folder))
        for part in (splits, empty_parts, alike, contaminated, compressed, refusals, killed):
            part(runs)
            print(f"{part.__name__}: as promised", flush=True)


main(test)
