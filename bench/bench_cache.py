#!/usr/bin/env python3
"""bench_cache.py CRUX MODEL_SERVER - what does the order of sending leave in servers' caches of prompts?

Question   Which share of the tokens of prompts do servers find in their caches, by --send-order prefix and arrival, and
           are their slots still full?
Workload   --problems word problems of the fake server, each behind --story words of its own, searched by crux generate
           (mcts, --calls each) on --replicas of it, each with --slots slots, a cache of --cache tokens (LRU over blocks
           of 16, tests/world/server/prefixes.h) and --prefill microseconds for each token that is not in it; more calls
           in flight than they are given.
Clock      The servers': CLOCK_MONOTONIC, in their logs.
Check      The servers' counts of cached tokens are those of crux cost; each order's export is the same as the other's
           where --order issued is asked for; no request is answered twice.
Output     For each order: cached share; slots filled, from the first tenth of the starts to the last; the share of a
           problem's requests at the replica that has most of them; seconds. Exit 1 when a check fails, or, with
           --at-least X, when slots are filled less than X.

    bench/bench_cache.py build/release/crux build/release/tests/model_server --at-least 0.97
"""
import argparse
import collections
import contextlib
import json
import pathlib
import random
import subprocess
import sys
import tempfile
import time


@contextlib.contextmanager
def server(program, log, asked):
    words = [program, "--leash", "stdin", "--log", log, "--slots", asked.slots, "--kind", "sglang", "--cache", asked.cache,
             "--prefill", asked.prefill, "--latency", f"lognormal:{asked.latency}"]
    with subprocess.Popen([*map(str, words)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process.stdout.readline().strip() + "/v1"
        finally:
            process.stdin.close()


def told(program, asked):
    """Word problems, each with a beginning that no other has."""
    lines = subprocess.run([program, "--problems", str(asked.problems), "--operations", asked.operations], capture_output=True,
                           text=True, check=True).stdout.splitlines()
    chance = random.Random(asked.story)
    for line in lines:
        problem = json.loads(line)
        words = ("".join(chance.choices("abcdefghijklmnoprstuvw", k=chance.randint(2, 6))) for _ in range(asked.story))
        problem["problem"] = f"Case {problem['id']}: {' '.join(words)}. {problem['problem']}"
        yield json.dumps(problem) + "\n"


def rows_of(log):
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def filled(logs, slots):
    """Of all replicas, while there was enough to do: from the first tenth of the starts to the last."""
    served = [row for rows in logs for row in rows if row["start"] > 0 and row["end"] > 0]
    starts = sorted(row["start"] for row in served)
    begin, end = starts[len(starts) // 10], starts[-len(starts) // 10]
    busy = sum(row["n"] * max(0, min(row["end"], end) - max(row["start"], begin)) for row in served)
    return busy / (len(logs) * slots * (end - begin))


def at_home(logs):
    """The share of requests that went to the replica which had most of their problem's."""
    where = collections.defaultdict(collections.Counter)
    for number, rows in enumerate(logs):
        for row in rows:
            where[row["about"]][number] += 1
    return sum(max(count.values()) for count in where.values()) / sum(sum(count.values()) for count in where.values())


def run(asked, order, problems, work):
    logs = [work / f"log{i}" for i in range(asked.replicas)]
    with contextlib.ExitStack() as stack:
        urls = [stack.enter_context(server(asked.server, log, asked)) for log in logs]
        began = time.monotonic()
        words = [asked.crux, "generate", problems, "--store", work / "run.db", "--quiet", "--calls", asked.calls, "--send-order", order,
                 "--in-flight", asked.in_flight, "--per-tree", asked.per_tree, "--order", asked.order, "--children", asked.children, "--per-request", asked.per_request,
                 *(word for url in urls for word in ("--endpoint", url))]
        subprocess.run([*map(str, words)], check=True, stderr=subprocess.DEVNULL)
        took = time.monotonic() - began
    cost = json.loads(subprocess.run([asked.crux, "cost", "--store", work / "run.db", "--json"], capture_output=True, check=True,
                                     text=True).stdout)
    rows = [[row for row in rows_of(log) if row["status"] == 200 and row["key"]] for log in logs]
    known = sum(row["cached"] for part in rows for row in part)
    keys = collections.Counter(row["key"] for part in rows for row in part)
    if known != cost["paid"]["cached_tokens"] or max(keys.values()) > 1:
        sys.exit(f"bench_cache: servers had {known} cached tokens, crux cost says {cost['paid']['cached_tokens']}; "
                 f"a question was answered {max(keys.values())} times")
    subprocess.run([asked.crux, "export", "--store", work / "run.db", "--to", work / "set", "--view", "trees"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    rows_made = b"".join(path.read_bytes() for path in sorted((work / "set" / "data").rglob("*.jsonl")))
    return {"cached": known / sum(row["prompt"] for part in rows for row in part), "filled": filled(rows, asked.slots),
            "home": at_home(rows), "requests": sum(map(len, rows)), "seconds": took, "rows": rows_made}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("crux", type=pathlib.Path)
    parser.add_argument("server", type=pathlib.Path)
    parser.add_argument("--problems", type=int, default=200)
    parser.add_argument("--story", type=int, default=300)
    parser.add_argument("--operations", default="6:10")
    parser.add_argument("--replicas", type=int, default=2)
    parser.add_argument("--slots", type=int, default=64)
    parser.add_argument("--cache", type=int, default=24576)
    parser.add_argument("--prefill", type=int, default=20)
    parser.add_argument("--latency", type=int, default=400)
    parser.add_argument("--calls", type=int, default=40)
    parser.add_argument("--children", type=int, default=4)
    parser.add_argument("--in-flight", type=int, default=2048)
    parser.add_argument("--per-tree", type=int, default=8)
    parser.add_argument("--per-request", type=int, default=1)
    parser.add_argument("--order", default="issued")
    parser.add_argument("--at-least", type=float)
    asked = parser.parse_args()
    asked.crux, asked.server = asked.crux.resolve(), asked.server.resolve()
    made, failed = {}, False
    with tempfile.TemporaryDirectory(prefix="crux-cache-") as folder:
        problems = pathlib.Path(folder) / "problems.jsonl"
        problems.write_text("".join(told(asked.server, asked)), encoding="utf-8")
        for order in ("arrival", "prefix"):
            with tempfile.TemporaryDirectory(dir=folder) as work:
                done = made[order] = run(asked, order, problems, pathlib.Path(work))
            print(f"{order:8} {100 * done['cached']:5.1f} % of prompt tokens cached, slots {100 * done['filled']:5.1f} % full, "
                  f"{100 * done['home']:5.1f} % at home, {done['requests']} requests, {done['seconds']:.1f} s", flush=True)
            failed |= asked.at_least is not None and done["filled"] < asked.at_least
    if asked.order == "issued" and made["arrival"]["rows"] != made["prefix"]["rows"]:
        sys.exit("bench_cache: the two orders of sending made different trees")
    sys.exit(failed)


if __name__ == "__main__":
    main()
