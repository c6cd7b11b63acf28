#!/usr/bin/env python3
"""python_module.py PROGRAM [tables] - the module of examples/python with this program, and the page on
the format of stores (io/store/FORMAT.md). With `tables` what it hands to pandas, pyarrow and datasets: the Python that
runs this must have them."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
HOME = ROOT / "examples" / "python"
TABLES = sys.argv[2:3] == ["tables"]

environment = {**os.environ, "CRUX": str(pathlib.Path(sys.argv[1]).resolve()), "PYTHONPATH": str(HOME),
               "CRUX_STORES": str(ROOT / "tests" / "stores"), "CRUX_TABLES": "1" if TABLES else "", "HF_HUB_OFFLINE": "1"}
words = [sys.executable, "-B", "-m", "unittest", "discover", "-s", HOME / "tests"]
words += ["-p", "test_tables.py"] if TABLES else []
sys.exit(subprocess.run(words, env=environment, check=False).returncode)
