"""Rows as tables of others: the same rows, with the packages that are installed."""

import importlib.util
import os
import unittest

import crux
from world import Case, puzzles

NEEDED = os.environ.get("CRUX_TABLES") == "1"  # then a package that is not here is a failure


def having(name):
    there = importlib.util.find_spec(name) is not None
    return unittest.skipUnless(there or NEEDED, f"{name} is not installed")


class Tables(Case):
    def setUp(self):
        super().setUp()
        store = self.work / "run.db"
        crux.run(puzzles(12), store=store, calls=20).wait()
        self.found, self.rows = crux.open(store), {}
        for view in ("critique", "trees"):
            self.rows[view] = list(self.found.rows(view))
            self.assertTrue(self.rows[view])

    @having("pandas")
    def test_pandas(self):
        for view, rows in self.rows.items():
            table = self.found.to_pandas(view)
            self.assertEqual((len(table), list(table.columns)), (len(rows), list(rows[0])))
            self.assertEqual(table.to_dict("records"), rows)
        self.assertTrue((self.found.to_pandas(keep_if="side = 'wrong'").wrong_steps.str.len() > 0).all())

    @having("pyarrow")
    def test_arrow(self):
        for view, rows in self.rows.items():
            self.assertEqual(self.found.to_arrow(view).to_pylist(), rows)

    @having("datasets")
    def test_datasets(self):
        import datasets

        for view, rows in self.rows.items():
            table = self.found.to_datasets(view)
            self.assertEqual((table.num_rows, table.column_names), (len(rows), list(rows[0])))
            key = "id" if view == "critique" else "problem_id"
            self.assertEqual(list(table[key]), [row[key] for row in rows])
        self.assertEqual(self.found.to_datasets("critique")[3], self.rows["critique"][3])
        parts = self.found.to_datasets("trees", split="train=0.5,test=0.5")
        self.assertIsInstance(parts, datasets.DatasetDict)
        self.assertEqual(sum(part.num_rows for part in parts.values()), 12)

    @having("datasets")
    def test_a_store_that_grows(self):
        """No table of before: what was cached is not taken for what is there."""
        store = self.work / "grows.db"
        crux.run(puzzles(6), store=store, calls=20, limit_calls=60, workers=1, in_flight=1, open_trees=1).wait()
        few = crux.open(store).to_datasets("trees").num_rows
        crux.run(puzzles(6), store=store, calls=20).wait()
        self.assertLess(few, 6)
        self.assertEqual(crux.open(store).to_datasets("trees").num_rows, 6)


if __name__ == "__main__":
    unittest.main()
