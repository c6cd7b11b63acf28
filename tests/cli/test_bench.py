#!/usr/bin/env python3
"""test_bench.py PROGRAM - what each bench promises to print, and that its check can pass.

Small sizes: here it is asked whether the figures are there, of the right kind and
consistent with each other, never how good they are.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, main, model_server

TREE = {"branching", "depth", "exploration", "simulations", "workers", "per_tree", "group", "seed",
        "runs", "seconds", "sims_per_s", "sims_per_s_median", "sims_per_s_first",
        "sims_per_s_limit", "share_of_limit",
        "bytes_per_node", "mean_depth", "arena_bytes", "root_visits", "evaluated",
        "in_flight_left", "selfcheck"}
LATENCY = {"calls", "in_flight", "trees", "per_tree", "correction", "latency", "seeds", "gain_kept",
           "gain_kept_low", "gain_kept_high", "pv", "pv_sequential", "duplicate_calls",
           "slot_fill", "collisions_per_call", "cpu_us_per_call", "bytes_per_in_flight",
           "selfcheck"}
SERVER = {"model", "profile", "slots", "rows", "recommended", "selfcheck"}
RUNG = {"in_flight", "calls", "failed", "put_off", "seconds", "out", "prompt_tokens_per_s",
        "completion_tokens_per_s", "cached_share", "latency_median_s", "latency_95_s", "latency_most_s"}
MACHINE = {"load_near_ns", "load_middle_ns", "load_far_ns", "load_far_by_8_ns", "load_far_by_16_ns",
           "add_ns", "fetch_add_ns", "handover_ns", "far_mib"}
TERMS = {"branching", "depth", "simulations", "workers", "group", "mean_depth", "tiles", "scan_ns",
         "mark_ns", "level_ns", "cold_levels", "memory_ns", "blocks", "block_ns", "evaluate_ns",
         "simulation_ns", "sims_per_s_shared", "sims_per_s_limit"}

SLOTS = {"slots", "planner", "mean_seconds", "open_trees", "per_tree", "in_flight", "simulations", "workers",
         "calls", "samples", "trees", "slot_fill", "window_seconds", "seconds", "duplicate_calls",
         "lost_replies", "withdrawn", "cpu_us_per_call", "cpu_us_per_bare_call", "cpu_by_bare",
         "max_rss_bytes", "selfcheck"}

SMALL = ("--slots", "16", "--mean-seconds", "0.01", "--calls", "300", "--open-trees", "8",
         "--simulations", "40")


def bench(program, *words):
    """The object that a bench prints."""
    return json.loads(crux(program, "bench", *words, "--json"))


def has(row, names, where):
    insist(row.keys() >= names, f"{where} lacks {sorted(names - row.keys())}")


def tree(program):
    """A tree's figures are there, belong together, and the default is 16 a worker."""
    row = bench(program, "tree", "--simulations", 20000, "--workers", 2, "--runs", 3)
    has(row, TREE, "bench tree")
    insist(row["selfcheck"] is True, "bench tree fails its check")
    insist(row["root_visits"] == 20000 and row["in_flight_left"] == 0, f"bench tree: {row}")
    insist(row["runs"] == 3 and row["sims_per_s"] >= row["sims_per_s_median"] > 0,
           "the fastest of three runs is not the one that is reported")
    insist(row["sims_per_s"] >= row["sims_per_s_first"] > 0, "the first run is not one of them")
    insist((row["group"], row["per_tree"]) == (16, 32), "a worker has no group of 16 in flight")
    insist(abs(row["share_of_limit"] - row["sims_per_s"] / row["sims_per_s_limit"]) < 1e-6,
           "the share is not that of the limit")
    insist(1.0 < row["mean_depth"] < 16.0, f"a mean depth of {row['mean_depth']}")
    one = bench(program, "tree", "--simulations", 1000, "--workers", 1, "--group", 4)
    insist((one["group"], one["per_tree"]) == (4, 4), "--group 4 is not what was searched with")


def latency(program):
    """One row of a shape; in virtual time everything but the processor's repeats."""
    words = "latency", "--simulations", 300, "--in-flight", 16, "--seeds", 12
    rows = [bench(program, *words)["rows"] for _ in range(2)]
    insist(len(rows[0]) == 1, f"one shape makes {len(rows[0])} rows")
    row = rows[0][0]
    has(row, LATENCY, "a row of bench latency")
    insist(row["selfcheck"] is True and row["duplicate_calls"] == 0, f"bench latency: {row}")
    insist((row["calls"], row["in_flight"], row["trees"], row["seeds"]) == (300, 16, 1, 12),
           f"another shape than was asked for: {row}")
    insist(row["gain_kept_low"] <= row["gain_kept"] <= row["gain_kept_high"], "an odd interval")
    insist(0.0 < row["slot_fill"] <= 1.0, f"a slot fill of {row['slot_fill']}")
    for name in LATENCY - {"cpu_us_per_call", "bytes_per_in_flight"}:
        insist(rows[0][0][name] == rows[1][0][name], f"{name} does not repeat")


def sequential(program):
    """One call at a time is the sequential search itself: nothing is lost, slots are full."""
    row, = bench(program, "latency", "--simulations", 200, "--in-flight", 1, "--seeds", 5)["rows"]
    insist((row["gain_kept"], row["gain_kept_low"], row["gain_kept_high"]) == (1.0, 1.0, 1.0),
           f"one at a time keeps {row['gain_kept']}")
    insist(abs(row["slot_fill"] - 1.0) < 1e-9, f"one at a time fills {row['slot_fill']}")
    insist(row["collisions_per_call"] == 0, "one simulation collides with itself")


def many_trees(program):
    """Trees that share slots are followed by others, so that the slots stay full."""
    row, = bench(program, "latency", "--simulations", 200, "--in-flight", 16, "--open-trees", 8,
                 "--latency", "stragglers", "--seeds", 5)["rows"]
    insist((row["trees"], row["per_tree"], row["seeds"]) == (8, 8, 32), f"{row}")
    insist(row["selfcheck"] is True and row["slot_fill"] > 0.5, f"{row}")


def limits(program):
    """Every term is there, and the formula gives what is printed."""
    out = bench(program, "limits", "--simulations", 20000)
    has(out, MACHINE, "bench limits")
    insist(out["selfcheck"] is True, "bench limits fails its check")
    shapes = [(row["branching"], row["depth"], row["workers"]) for row in out["rows"]]
    insist(shapes == [(32, 16, 1), (32, 16, 2), (8, 24, 1), (8, 24, 2)], f"rows {shapes}")
    for row in out["rows"]:
        has(row, TERMS, "a row of bench limits")
        level = row["tiles"] * row["scan_ns"] + 3 * row["mark_ns"] + row["level_ns"]
        whole = (row["mean_depth"] * level + row["cold_levels"] * row["memory_ns"]
                 + row["blocks"] * row["block_ns"] + row["evaluate_ns"])
        insist(abs(whole - row["simulation_ns"]) < 1e-6 * whole, "the terms do not add up")
        allowed = row["workers"] * 1e9 / whole
        insist(row["sims_per_s_limit"] <= allowed * (1 + 1e-9), "more than the terms allow")


def slots(program):
    """A small run against the fake server: its log, the ledger and the trees tell one story."""
    build = pathlib.Path(program).parent
    words = ("slots", *SMALL, "--server", sys.argv[2], "--bare", build / "bench_bare")
    row = bench(program, *words)
    has(row, SLOTS, "bench slots")
    insist(row["selfcheck"] is True, f"bench slots fails its check: {row}")
    insist(row["calls"] >= 300 and row["samples"] > row["calls"], f"bench slots: {row}")
    insist((row["slots"], row["open_trees"], row["duplicate_calls"]) == (16, 8, 0), f"{row}")
    insist(row["lost_replies"] == 0 and row["withdrawn"] == 0, f"bench slots: {row}")
    insist(0.0 < row["slot_fill"] <= 1.0, f"a slot fill of {row['slot_fill']}")
    ratio = row["cpu_us_per_call"] / row["cpu_us_per_bare_call"]
    insist(abs(row["cpu_by_bare"] - ratio) < 1e-6 * ratio, "the ratio is not that of the two")
    crux(program, "bench", "slots", "--server", "/nowhere/model_server", status=2)
    few = ("slots", *SMALL[:4], "--calls", 1, "--server", sys.argv[2], "--bare", build / "bench_bare")
    said = crux(program, "bench", *few, "--open-trees", 1, "--simulations", 40, status=1)
    insist("slots filled           not known" in said and "FAILED" in said, f"a window that is none has a figure: {said}")


def planner(program):
    """With --planner it is plans that are searched, a request of three candidates at a time in each tree."""
    build = pathlib.Path(program).parent
    row = bench(program, "slots", "--planner", "--open-trees", 20, "--calls", 1500, "--mean-seconds", "0.02",
                "--server", sys.argv[2], "--bare", build / "bench_bare")
    has(row, SLOTS, "bench slots --planner")
    insist(row["selfcheck"] is True and row["planner"] is True, f"bench slots --planner: {row}")
    insist((row["slots"], row["open_trees"], row["in_flight"], row["per_tree"]) == (48, 20, 20, 1), f"{row}")
    insist(row["calls"] >= 1500 and 2 * row["calls"] < row["samples"] <= 3 * row["calls"], f"not three each: {row}")


def server(program):
    """A ladder of calls in flight: nothing is asked without a word; no rung has more out than it may."""
    with model_server(sys.argv[2], "--kind", "llamacpp", "--slots", "4", "--latency", "constant:5") as url:
        words = ("server", "--endpoint", url, "--calls", 60, "--max-tokens", 32)
        crux(program, "bench", *words, status=2)
        crux(program, "bench", "server", "--yes", status=2)
        out = bench(program, *words, "--yes")
        has(out, SERVER, "bench server")
        insist(out["selfcheck"] is True and out["slots"] == 4, f"{out}")
        insist([row["in_flight"] for row in out["rows"]] == [1, 2, 4, 8], f"not up to twice its slots: {out}")
        for row in out["rows"]:
            has(row, RUNG, "a row of bench server")
            insist(row["calls"] >= 2 * row["in_flight"] and row["failed"] == 0, f"{row}")
            insist(row["latency_median_s"] <= row["latency_95_s"] <= row["latency_most_s"], f"{row}")
        insist(out["recommended"] in (1, 2, 4, 8), f"{out}")
        table = crux(program, "bench", *words, "--in-flight", 2, "--yes")
        with tempfile.TemporaryDirectory() as folder:
            listed = pathlib.Path(folder) / "endpoints"
            listed.write_text(f"{url}\n", encoding="utf-8")
            out = bench(program, "server", "--endpoint-file", listed, "--calls", 4, "--in-flight", 2, "--yes")
            insist(out["selfcheck"] is True and out["slots"] is None, f"endpoints of a file: {out}")
        insist("put off" in table and "the server has 4 slots" in table and "self-check passed" in table, table)
    with model_server(sys.argv[2], "--kind", "generic", "--key-env", "THE_KEY", THE_KEY="secret") as url:
        crux(program, "bench", "server", "--endpoint", url, "--model", "fake", "--yes", status=2)
    crux(program, "bench", "tree", "--endpoint", "http://127.0.0.1:9/v1", status=2)
    crux(program, "bench", "limits", "--calls", 3, status=2)


def faulty_server(program, fault, *words):
    """The status, table and sentences of a bench of a server that meets this fault."""
    with model_server(sys.argv[2], "--faults", json.dumps([fault])) as url:
        done = subprocess.run([program, "bench", "server", "--endpoint", url, "--yes", *words], capture_output=True,
                              text=True, timeout=120, check=False)
    return done.returncode, done.stdout, done.stderr


def server_faults(program):
    """What failed says why, what was put off is told, and one row claims nothing of more."""
    few = "--calls", "12", "--in-flight", "2"  # four of Problem 0, and eight more, of which four are of Problem 1
    refused = {"fault": "reply", "status": 400, "text": "Problem 1."}
    status, table, said = faulty_server(program, refused, *few)
    insist(status == 1 and "self-check FAILED" in table, f"{status}: {table}")
    insist("with 2 in flight 4 of 8 calls failed" in said and "status 400" in said, said)
    status, table, said = faulty_server(program, {**refused, "status": 429, "times": 1, "retry_after": "0"}, *few)
    insist(status == 0 and "self-check passed" in table and "put off 1 requests (429, 503)" in said, f"{table}{said}")
    insist("try --in-flight 4" not in table, f"more is recommended of a server that puts off: {table}")
    status, table, said = faulty_server(program, {**refused, "status": 401}, "--calls", "24", "--in-flight", "4")
    insist(status == 2 and len(table.splitlines()) > 1 and "status 401" in said, f"{status}: {table}{said}")
    status, table, said = faulty_server(program, refused, "--calls", "4", "--in-flight", "1")
    insist(status == 0 and "only --in-flight 1 was tried" in table and "enough" not in table, table)


def server_stopped(program):
    """Whoever ends it while the server is silent has the rows that were measured before, at once."""
    silent = [{"fault": "cut", "at": "head", "how": "hang", "text": "Problem 1."}]
    for number in (signal.SIGTERM, signal.SIGINT):
        with model_server(sys.argv[2], "--faults", json.dumps(silent)) as url:
            running = subprocess.Popen([program, "bench", "server", "--endpoint", url, "--yes", "--calls", "12",
                                        "--in-flight", "2"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            head, row = running.stdout.readline(), running.stdout.readline()
            running.send_signal(number)
            rest, said = running.communicate(timeout=60)
        insist("tokens/s" in head and row.split()[:2] == ["1", "4"] and not rest, f"{head}{row}{rest}")
        insist(running.returncode == 6 and "stopped before its end" in said, f"{running.returncode}: {said}")


def stopped_at(program, number, appears, after, words, bare):
    """Sends a signal so long after a file has come into the bench's folder."""
    with tempfile.TemporaryDirectory() as folder:
        running = subprocess.Popen(
            [program, "bench", "slots", *words, "--server", sys.argv[2], "--bare", bare],
            env={**os.environ, "TMPDIR": folder}, stderr=subprocess.PIPE, text=True)
        while running.poll() is None and not list(pathlib.Path(folder).glob(appears)):
            time.sleep(0.001)
        time.sleep(after)
        running.send_signal(number)
        _, said = running.communicate(timeout=60)
        left = [path for path in pathlib.Path(folder).rglob("*") if path.name != "bare"]
        insist(running.returncode == 6 and "stopped before its end" in said,
               f"bench slots, ended {after} s after {appears}: {running.returncode}, {said}")
        insist(not left, f"bench slots, ended {after} s after {appears}, leaves {left}")


def slots_stopped(program):
    """Whoever ends it early, at whatever moment, finds nothing left behind."""
    bare = pathlib.Path(program).parent / "bench_bare"
    many = "--slots", "16", "--mean-seconds", "0.05"
    for appears in ("*", "*/problems.jsonl", "*/server.jsonl", "*/run.db", "*/run.db-wal"):
        for number in (signal.SIGTERM, signal.SIGINT):
            stopped_at(program, number, appears, 0.0, many, bare)
    stopped_at(program, signal.SIGTERM, "*/run.db-wal", 1.0, many, bare)
    with tempfile.TemporaryDirectory() as folder:
        slow = pathlib.Path(folder) / "bare"
        slow.write_text('#!/bin/sh\ntouch "$TMPDIR/bare"\nexec sleep 600\n')
        slow.chmod(0o755)
        stopped_at(program, signal.SIGTERM, "bare", 0.0, SMALL, slow)


def benches(program):
    for part in (tree, latency, sequential, many_trees, limits, slots, planner, server, server_faults, server_stopped, slots_stopped):
        part(program)
        print(f"{part.__name__}: {part.__doc__}", flush=True)


if __name__ == "__main__":
    main(benches)
