"""Stores of every version, through the program: the same as it shows, and nothing changes by it."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import unittest
from unittest import mock

import crux
from world import Case, old_stores, puzzles


def shown(store, name):
    said = subprocess.run([crux.program(), "show", "--json", "--store", store, name], capture_output=True, check=True)
    return json.loads(said.stdout)


class Versions(Case):
    def test_all(self):
        new = self.work / "new.db"
        crux.run(puzzles(5), store=new, calls=10).wait()
        stores = [new]
        for old in old_stores():
            stores.append(self.work / old.name)
            shutil.copy(old, stores[-1])
        self.assertGreaterEqual(len(stores), 6)
        for store in stores:
            before = store.read_bytes()
            found = crux.open(store)
            problems, trees = list(found.problems()), list(found.trees())
            finished = [one["id"] for one in problems if one["state"] == "finished"]
            self.assertEqual([tree["problem_id"] for tree in trees], finished, store)
            self.assertEqual(trees, [shown(store, name) for name in finished], store)
            self.assertEqual(len(list(found.pairs())), sum(one["pairs"] for one in problems), store)
            self.assertEqual(len(finished), found.status()["problems"]["finished"])
            self.assertEqual(json.loads(problems[0]["line"])["id"], problems[0]["id"])
            self.assertIn("paid", found.cost())
            self.assertEqual(store.read_bytes(), before, store)
        self.assertEqual(sorted(self.work.iterdir()), sorted(stores), "something was left beside them")


class Reading(Case):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="crux-python-")
        cls.addClassCleanup(cls.folder.cleanup)
        crux.run(puzzles(30), store=f"{cls.folder.name}/run.db", calls=10).wait()

    def setUp(self):
        super().setUp()
        self.store = shutil.copy(f"{self.folder.name}/run.db", self.work)
        self.found = crux.open(self.store)

    def test_options_that_are_its_own(self):
        """Where rows go to and come from is said by the call, else there would be none of them, and no mistake."""
        for options in ({"to": f"{self.work}/elsewhere"}, {"store": "other.db"}):
            for read in (self.found.rows, self.found.to_datasets):
                with mock.patch("crux.store._needed"), self.assertRaisesRegex(TypeError, "take no option"):
                    list(read("prm", **options))
        self.assertFalse((self.work / "elsewhere").exists())

    def test_iterators_that_are_left(self):
        for leave in (lambda trees: trees.close(), lambda trees: None):
            children, start = [], subprocess.Popen
            with mock.patch("subprocess.Popen", lambda *words, **how: children.append(start(*words, **how)) or children[-1]):
                trees = self.found.trees()
                next(trees)
                leave(trees)
                del trees
            self.assertEqual(len(children), 1)
            self.assertIsNotNone(children[0].returncode)
            self.assertTrue(children[0].stdout.closed)

    def test_nothing_is_read_before_it_is_asked_for(self):
        with mock.patch("subprocess.Popen") as started:
            self.found.trees()
            started.assert_not_called()

    def test_options(self):
        wrong = list(self.found.rows("critique", keep_if="side = 'wrong'"))
        right = list(self.found.rows("critique", keep_if="side = 'right'"))
        self.assertEqual(len(wrong) + len(right), len(list(self.found.rows("critique"))))
        self.assertEqual(wrong, list(self.found.pairs()) + [row for row in wrong if not row["wrong_steps"]])
        with self.assertRaisesRegex(crux.Error, "there is no view 'sheep'; there are critique") as caught:
            next(self.found.rows("sheep"))
        self.assertEqual(caught.exception.exit, 2)

    def test_shards(self):
        stores = [self.work / f"shard{i}.db" for i in (2, 1)]
        for i, store in zip((2, 1), stores):
            crux.run(puzzles(9), store=store, calls=10, shard=f"{i}/2").wait()
        found, ids = crux.open(stores), [one["id"] for one in puzzles(9)]
        self.assertEqual([one["id"] for one in found.problems()], ids)
        self.assertEqual([tree["problem_id"] for tree in found.trees()], ids)
        self.assertEqual(sum(one["problems"]["finished"] for one in found.status()), 9)
        self.assertEqual(len(found.cost()), 2)

    def test_no_store(self):
        (self.work / "text.db").write_text("no store\n" * 200, encoding="utf-8")
        with self.assertRaisesRegex(crux.Error, "no SQLite database") as caught:
            crux.open(self.work / "text.db")
        self.assertEqual(caught.exception.exit, 4)
        self.assertRaises(crux.Error, crux.open, self.work / "none.db")
        self.assertRaises(crux.Error, crux.open, [])
        self.assertFalse((self.work / "none.db").exists())
        (self.work / "empty.db").touch()
        (self.work / "folder.db").mkdir()
        for name, said in (("text.db", "no SQLite database"), ("none.db", "cannot be opened"), ("empty.db", "no run has begun"),
                           ("folder.db", "no file")):
            with self.assertRaisesRegex(crux.Error, said) as caught:
                list(crux.Store(self.work / name).problems())
            self.assertEqual(caught.exception.exit, 4)

    def test_a_damaged_tree(self):
        good = list(self.found.trees())
        with sqlite3.connect(self.store) as base:
            base.execute("UPDATE tree SET frame = substr(frame, 1, length(frame) - 9) WHERE ordinal = 7")
        base.close()
        read = []
        with self.assertRaisesRegex(crux.Error, "damaged") as caught:
            for tree in crux.open(self.store).trees():
                read.append(tree)
        self.assertEqual((caught.exception.exit, read), (4, good[:7]))

    def test_the_program_dies_in_the_middle(self):
        fake = self.work / "dies"
        fake.write_text('#!/bin/sh\nprintf \'{"a": 1}\\n{"a": \'\nkill -9 $$\n', encoding="utf-8")
        fake.chmod(0o755)
        with mock.patch.dict(os.environ, {"CRUX": str(fake)}):
            read = []
            with self.assertRaisesRegex(crux.Error, "ended by signal 9"):
                for row in self.found.trees():
                    read.append(row)
        self.assertEqual(read, [{"a": 1}])

    def test_while_it_is_written(self):
        """Whoever reads a growing store sees problems and trees that are whole, and never fewer."""
        store, gate, counts = self.work / "grows.db", threading.Semaphore(0), []

        def critic(call):
            gate.acquire()
            return [False] * len(call.candidates)

        with crux.run(puzzles(12), store=store, critic=critic, calls=3, in_flight=2) as run:
            for status in run:
                found = crux.open(store)
                problems = list(found.problems())
                finished = sum(one["state"] == "finished" for one in problems)
                trees = list(found.trees())
                self.assertEqual(len(problems), 12)
                self.assertGreaterEqual(len(trees), finished)
                counts.append(len(trees))
                gate.release(1000 if len(counts) > 4 else 3)
        self.assertEqual((counts, counts[-1]), (sorted(counts), 12))
        self.assertEqual(sorted(self.work.glob("grows.db*")), [store])

    def test_what_is_not_installed(self):
        with mock.patch.dict(sys.modules, {"pandas": None, "pyarrow": None, "datasets": None}):
            for name, call in (("pandas", self.found.to_pandas), ("pyarrow", self.found.to_arrow),
                               ("datasets", self.found.to_datasets)):
                with self.assertRaisesRegex(crux.Error, f"pip install {name}"):
                    call()


if __name__ == "__main__":
    unittest.main()
