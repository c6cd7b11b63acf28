#!/usr/bin/env python3
"""bench_slots.py PROGRAM MODEL_SERVER [--deep] [STRATEGY ...] - does every strategy keep a server's slots full?

Question   Of a server with 8 slots (--deep: and one with 64), what share is filled by `crux generate`
           with no option for it, by each strategy, with one problem, three, and many?
Workload   The fake server as llama.cpp, which tells its slots; log-normal latency of mean 100 ms; its own
           word problems; 40 policy calls a problem, four candidates.
Clock      The server's log. `whole` is from the first request until the last reply; `middle` leaves out
           the first and the last tenth of that, where trees begin with one call, and the last problems
           are alone.
Check      Exit status 0, every problem done, no key twice, every request answered.
Output     A table in Markdown, and under it how busy the machine was; status 1 when a check failed.
Noise      Program and server need a processor for a moment at each reply. Where more threads want to run than
           there are cores, slots stay empty for want of one, and replies come late: on two cores `refine` with
           16 problems filled 100 % of 8 slots (middle) with a load of 1, 96 .. 99 % with one of 6 .. 11, and
           behind all others (nice 19) beside a load of 12 it filled 99, 92 and 64 % in three runs, whose
           replies took 103, 107 and 127 ms.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

STRATEGIES = {
    "mcts": [],
    "mcts, root gumbel": ["--root", "gumbel"],
    "mcts, widen": ["--widen", "2,0.5"],
    "mcts, selection budget": ["--selection", "budget"],
    "sample": ["--strategy", "sample"],
    "refine": ["--strategy", "refine", "--critic", "outcome=judge:by=score"],
    "plan": ["--strategy", "plan"],
    "beam": ["--strategy", "beam"],
    "particles": ["--strategy", "particles"],
}
CALLS = ["--calls", "40", "--children", "4"]


def filled(visits, slots, begin, end):
    """The share of slot-seconds between two moments that requests had."""
    taken = sum(visit["n"] * max(0, min(visit["end"], end) - max(visit["start"], begin)) for visit in visits)
    return taken / (slots * (end - begin))


def ask(program, server, folder, slots, count, words):
    """Run it once: the visits of the server's log, and what is wrong with the run."""
    log, store, problems = folder / "log.jsonl", folder / "run.db", folder / "problems.jsonl"
    for path in folder.iterdir():
        path.unlink()
    made = subprocess.run([server, "--problems", str(count), "--seed", "3"], capture_output=True, check=True)
    problems.write_bytes(made.stdout)
    with subprocess.Popen([server, "--leash", "stdin", "--kind", "llamacpp", "--slots", str(slots), "--latency",
                           "lognormal:100", "--log", log], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as serving:
        url = serving.stdout.readline().decode().strip()
        done = subprocess.run([program, "generate", problems, "--store", store, "--endpoint", f"{url}/v1", "--quiet",
                               *CALLS, *words], capture_output=True, text=True, check=False)
        serving.stdin.close()
    visits = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    status = json.loads(subprocess.run([program, "status", "--store", store, "--json"], capture_output=True,
                                       text=True, check=True).stdout)
    wrong = []
    if done.returncode != 0:
        wrong.append(f"status {done.returncode}: {done.stderr.strip()[-200:]}")
    if status["problems"]["finished"] < count:
        wrong.append(f"only {status['problems']['finished']} problems finished")
    if len({visit["key"] for visit in visits}) < len(visits):
        wrong.append("a key came twice")
    if not visits or any(visit["status"] != 200 for visit in visits):
        wrong.append("a request was not answered")
    return visits, wrong


def measure(program, server, folder, slots, count, words):
    visits, wrong = ask(program, server, folder, slots, count, words)
    if not visits:
        return "-", wrong
    begin, end = min(visit["start"] for visit in visits), max(visit["end"] for visit in visits)
    tenth = (end - begin) / 10
    whole = filled(visits, slots, begin, end)
    middle = filled(visits, slots, begin + tenth, end - tenth)
    return f"{100 * whole:.0f} / {100 * middle:.0f}", wrong


def main():
    words = [word for word in sys.argv[1:] if word != "--deep"]
    program, server, chosen = words[0], words[1], words[2:] or list(STRATEGIES)
    sizes = [(8, (1, 3, 16))] + ([(64, (1, 3, 16, 64))] if "--deep" in sys.argv else [])
    faults = []
    for slots, counts in sizes:
        print(f"\n{slots} slots: % filled, whole / middle\n")
        print("| strategy | " + " | ".join(f"{count} problem{'s' * (count > 1)}" for count in counts) + " |")
        print("|---" * (len(counts) + 1) + "|", flush=True)
        for name in chosen:
            row = []
            for count in counts:
                with tempfile.TemporaryDirectory(prefix="crux-slots-") as folder:
                    cell, wrong = measure(program, server, pathlib.Path(folder), slots, count, STRATEGIES[name])
                row.append(cell)
                faults += [f"{name}, {slots} slots, {count} problems: {sentence}" for sentence in wrong]
            print(f"| `{name}` | " + " | ".join(row) + " |", flush=True)
        load, cores = os.getloadavg()[0], os.cpu_count()
        busy = ": so busy that slots are emptier than the program leaves them" if load > 2 * cores else ""
        print(f"\nload {load:.1f} on {cores} cores{busy}")
    for fault in faults:
        print(f"self-check: {fault}", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
