"""io/store/FORMAT.md is enough: its code, as it stands there, reads stores of every version, and what it finds is what
the program shows. Where its packages are not installed, small ones of our own stand in for them."""

import ctypes
import ctypes.util
import json
import math
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import types
import unittest
from unittest import mock

import crux
from world import STORES, Case, old_stores, puzzles

PAGE = STORES.parents[1] / "io" / "store" / "FORMAT.md"
VERDICTS = ("unknown", "right", "wrong")
KINDS = ("step", "reason", "genquery", "retrieve", "rationale", "query", "doc", "answer")
ROLES = ("outcome", "execution", "value", "annotate", "subgoal")
REASONS = ("budget", "stop", "probe", "exhausted", "failed", "stopped")


# --- stand-ins ------------------------------------------------------------------------------------------


def unpacked(data, at):
    """(a msgpack value, where it ends)."""
    head, at = data[at], at + 1
    plain = {0xC0: None, 0xC2: False, 0xC3: True}
    forms = {0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q", 0xD0: ">b", 0xD1: ">h", 0xD2: ">i",
             0xD3: ">q"}
    lengths = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I", 0xDC: ">H", 0xDD: ">I", 0xDE: ">H", 0xDF: ">I"}
    if head <= 0x7F or head >= 0xE0:
        return head - 256 * (head >= 0xE0), at
    if head in plain:
        return plain[head], at
    if head in forms:
        size = struct.calcsize(forms[head])
        return struct.unpack_from(forms[head], data, at)[0], at + size
    if head in lengths:
        length = struct.unpack_from(lengths[head], data, at)[0]
        at += struct.calcsize(lengths[head])
    else:
        length = head & (0x1F if 0xA0 <= head <= 0xBF else 0x0F)
    if 0xA0 <= head <= 0xBF or 0xD9 <= head <= 0xDB:
        return data[at:at + length].decode(), at + length
    items = []
    for _ in range(2 * length if head <= 0x8F or head in (0xDE, 0xDF) else length):
        item, at = unpacked(data, at)
        items.append(item)
    return (dict(zip(items[::2], items[1::2])) if head <= 0x8F or head in (0xDE, 0xDF) else items), at


def unpackb(data):
    value, end = unpacked(data, 0)
    assert end == len(data)
    return value


def decompress(frame):
    lib = ctypes.CDLL(ctypes.util.find_library("zstd"))
    for name in ("ZSTD_getFrameContentSize", "ZSTD_decompress"):
        getattr(lib, name).restype = ctypes.c_size_t
    size = lib.ZSTD_getFrameContentSize(frame, ctypes.c_size_t(len(frame)))
    out = ctypes.create_string_buffer(size)
    assert lib.ZSTD_decompress(out, ctypes.c_size_t(size), frame, ctypes.c_size_t(len(frame))) == size
    return out.raw


def xxh3(data, seed):
    lib = ctypes.CDLL(ctypes.util.find_library("xxhash"))
    lib.XXH3_64bits_withSeed.restype = ctypes.c_uint64
    return lib.XXH3_64bits_withSeed(data, ctypes.c_size_t(len(data)), ctypes.c_uint64(seed))


def page():
    """What the code on the page defines."""
    code = re.search(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)[1]
    ours = {"msgpack": types.SimpleNamespace(unpackb=unpackb), "zstandard": types.SimpleNamespace(decompress=decompress),
            "xxhash": types.SimpleNamespace(xxh3_64_intdigest=xxh3)}
    for name in list(ours):
        try:
            ours[name] = __import__(name)
        except ImportError:
            pass
    defined = {}
    with mock.patch.dict(sys.modules, ours):
        exec(code, defined)  # pylint: disable=exec-used
    return types.SimpleNamespace(**defined)


# --- the page's tree as the program shows it ------------------------------------------------------------


def text(said):
    return said.replace("\v", "\n")


def shown(tree):
    """Of a row of the view trees what a frame has, by the meaning that the page gives to each field."""
    none = lambda number: -1 if number == 2**32 - 1 else number
    figures = tree["tree"]
    return {
        "problem_id": tree["problem"], "reason": REASONS[figures["reason"]], "failure": tree["failure"],
        **{key: figures[key] for key in ("simulations", "calls", "prompt_tokens", "completion_tokens", "price")},
        "nodes": [{"id": i, "parent": none(one["parent"]), "kind": KINDS[one["kind"]], "text": text(one["text"]),
                   **{key: one[key] for key in ("visits", "value", "prior", "target", "terminal")},
                   "score": max(one["score"], -1) if one["score"] >= 0 else -1}
                  for i, one in enumerate(tree["nodes"])],
        "rollouts": [{"node": one["node"], "text": text(one["text"]), "answer": one["answer"], "reward": one["reward"],
                      "verdict": VERDICTS[one["verdict"]], "steps": [text(s) for s in one["text"].split("\n") if s]}
                     for one in tree["rollouts"]],
        "remarks": [{"node": -1 if one["role"] == 0 else one["path"], "rollout": one["path"] if one["role"] == 0 else -1,
                     "role": ROLES[one["role"]], "score": one["score"] if one["score"] >= 0 else -1,
                     "steps": [s if s >= 0 else -1 for s in one["steps"]], "judges": one["judges"],
                     "why": one["sentence"]} for one in tree["remarks"]],
    }


class Format(Case):
    def alike(self, ours, theirs, where):
        """All that we have is there, and lists are as long; numbers to the digits that JSON has."""
        if isinstance(ours, dict):
            for key, value in ours.items():
                self.alike(value, theirs[key], f"{where}.{key}")
        elif isinstance(ours, list):
            self.assertEqual(len(ours), len(theirs), where)
            for i, (one, other) in enumerate(zip(ours, theirs)):
                self.alike(one, other, f"{where}[{i}]")
        elif isinstance(ours, float):
            self.assertTrue(math.isclose(ours, theirs, rel_tol=1e-12, abs_tol=1e-12), f"{where}: {ours} {theirs}")
        else:
            self.assertEqual(ours, theirs, where)

    def stores(self):
        new = self.work / "new.db"
        crux.run(puzzles(5), store=new, calls=20, critic={"execution": said_more}).wait()
        for old in old_stores():
            shutil.copy(old, self.work / old.name)
        return sorted(self.work.glob("*.db"))

    def test_trees(self):
        reader, remarks, stores = page(), 0, self.stores()
        for store in stores:
            rows = {}
            for row in crux.open(store).trees():
                rows[row["problem_id"]] = row
            found = list(reader.trees(str(store)))
            self.assertEqual([name for name, _, _ in found], list(rows), store)
            for name, line, tree in found:
                self.assertEqual(json.loads(line)["id"], name)
                self.alike(shown(tree), rows[name], f"{store.name} {name}")
                self.assertEqual(set(rows[name]["nodes"][0]), set(shown(tree)["nodes"][0]))
                self.pairs(tree, store)
                remarks += len(tree["remarks"])
        self.assertGreater(remarks, 0)
        self.assertEqual(sorted(self.work.iterdir()), stores, "reading left something")

    def pairs(self, tree, store):
        """As the page says: paths that share a prefix and are of these verdicts."""
        steps = {i: path_of(tree, i) for i in range(len(tree["rollouts"]))}
        for pair in tree["pairs"]:
            wrong, right, prefix = steps[pair["wrong"]], steps[pair["right"]], pair["prefix"]
            self.assertEqual(wrong[:prefix], right[:prefix], store)
            self.assertNotEqual(wrong[prefix:prefix + 1], right[prefix:prefix + 1], store)
            self.assertEqual(VERDICTS[tree["rollouts"][pair["wrong"]]["verdict"]], "wrong")
        for number in tree["rights"]:
            self.assertEqual(VERDICTS[tree["rollouts"][number]["verdict"]], "right")

    def test_every_field_is_on_the_page(self):
        """Names of the tables that write a frame, in their order."""
        reader, source = page(), (PAGE.parent / "pack_rows.c").read_text(encoding="utf-8")
        for names, struct_name in ((reader.NODE, "node"), (reader.ROLLOUT, "rollout"), (reader.PAIR, "pair"),
                                   (reader.REMARK, "remark")):
            table = re.search(rf"{struct_name}_fields\[\] = {{(.*?)^}};", source, re.DOTALL | re.MULTILINE)[1]
            fields = re.findall(rf"(?:FIELD\(|SINCE\(\d, )crux_{struct_name}, (?:opinion\.)?(\w+)|\"opinion\.(\w+)\"", table)
            self.assertEqual(names, [one or other for one, other in fields])
            self.assertIn(f"[{', '.join(names)}]".replace("steps]", "[step, ...]]"), PAGE.read_text(encoding="utf-8"))

    def test_every_column_is_on_the_page(self):
        crux.run(puzzles(1), store=self.work / "new.db", calls=5).wait()
        said, reader = PAGE.read_text(encoding="utf-8"), page()
        base = reader.connect(str(self.work / "new.db"))
        tables = [name for name, in base.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            self.assertRegex(said, rf"\| .*`{table}`.*\|")
        for table in ("run", "problem", "tree", "finding", "replies"):
            row = re.search(rf"^\| `{table}` \|.*$", said, re.MULTILINE)[0]
            for _, column, *_ in base.execute(f"PRAGMA table_info({table})"):
                self.assertTrue(column in ("one", "seal") or f"`{column}`" in row, (table, column))
        base.close()

    def test_seals(self):
        if ctypes.util.find_library("xxhash") is None and "xxhash" not in sys.modules:
            self.skipTest("neither libxxhash nor Python's xxhash is here")
        store, reader = self.work / "new.db", page()
        crux.run(puzzles(3), store=store, calls=5, policy={"answer": said, "step": said}, critic=lambda c: [True] * len(c.candidates)).wait()
        base = reader.connect(str(store))
        sums = base.execute("SELECT name, count, sum FROM seals").fetchall()
        counts = {}
        for table, count, total in sums:
            self.assertEqual(list(reader.damaged(str(store), table)), [], table)
            seals = [row[0] for row in base.execute(f"SELECT seal FROM {table}")]
            self.assertEqual((len(seals), sum(seals) % 2**64), (count, total % 2**64), table)
            counts[table] = count
        self.assertEqual(list(reader.damaged(str(store), "store")) + list(reader.damaged(str(store), "seals")), [])
        self.assertTrue(counts["replies"] and counts["texts"] and counts["tree"], counts)
        base.close()
        subprocess.run([sys.executable, "-c", "import sqlite3, sys; b = sqlite3.connect(sys.argv[1]); "
                        "b.execute('UPDATE problem SET calls = calls + 1 WHERE ordinal = 1'); b.commit()", store], check=True)
        self.assertEqual([row[0] for row in reader.damaged(str(store), "problem")], [1])


def said(call):
    return [f"{i} of {call.sample}" for i in range(call.n)]


def said_more(call):
    return [{"score": 0.5, "why": "half of it", "judges": 2, "spread": 0.1, "steps": [0.5, None][:len(call.steps) + 1]}
            for _ in call.candidates]


def path_of(tree, number):
    """The steps of a rollout, from the root."""
    rollout, steps = tree["rollouts"][number], []
    node = rollout["node"]
    while node != 0:
        steps.append(tree["nodes"][node]["text"])
        node = tree["nodes"][node]["parent"]
    return steps[::-1] + [step for step in rollout["text"].split("\n") if step]


if __name__ == "__main__":
    unittest.main()
