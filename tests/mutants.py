#!/usr/bin/env python3
"""mutants.py [NAME...] - is each memory order of the core needed, and would a test notice?

Each mutant weakens one order in a copy of search/. The stress programs named beside it
are built from the copy with ThreadSanitizer and run until one of them reports a race or
a broken promise. `caught` mutants must be; the others are those that this machinery
cannot see, with the reason, and are listed so that nobody takes silence for proof.

Not part of tests/run.sh: it takes several minutes. Exit status 1 when a mutant that must
be caught was not.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
FLAGS = ["-std=c11", "-D_GNU_SOURCE", "-g", "-O1", "-fsanitize=thread"]
TRIES = 5
SECONDS = 120

# name: file, pattern (one match), replacement, programs
CAUGHT = {
    "publish: release in add_state()": (
        "tree.c", r"(fetch_add_explicit\(&slot->link, \(to - from\) << 32, )memory_order_release",
        r"\1memory_order_relaxed", ["stress_tree"]),
    "enter: acquire in tree_enter()": (
        "tree.h", r"(\(uint64_t\)1 << 16, )memory_order_acquire", r"\1memory_order_relaxed",
        ["stress_tree", "stress_search"]),
    "attach: release in cold_attach()": (
        "cold.c", r"memory_order_release, memory_order_relaxed",
        "memory_order_relaxed, memory_order_relaxed", ["stress_cold"]),
    "ticket: release in ask()": (
        "simulate.c", r"(&sim->waiting, sim->call.ticket, )memory_order_release",
        r"\1memory_order_relaxed", ["stress_ticket"]),
    "ticket: acquire in crux_complete()": (
        "simulate.c", r"memory_order_acq_rel, memory_order_relaxed",
        "memory_order_relaxed, memory_order_relaxed", ["stress_ticket"]),
    "mailbox: push in lane_deliver()": (
        "lane.c", r"atomic_compare_exchange_weak\(&lane->mailbox, &newest, sim\)",
        "atomic_compare_exchange_weak_explicit(&lane->mailbox, &newest, sim, "
        "memory_order_relaxed, memory_order_relaxed)", ["stress_ticket", "stress_search"]),
    "mailbox: exchange in collect()": (
        "lane.c", r"atomic_exchange\(&lane->mailbox, NULL\)",
        "atomic_exchange_explicit(&lane->mailbox, NULL, memory_order_relaxed)",
        ["stress_ticket", "stress_search"]),
    "ready: fetch_or in ready_add()": (
        "ready.c", r"atomic_fetch_or\(&ready->words\[number / 64\], bit\)",
        "atomic_fetch_or_explicit(&ready->words[number / 64], bit, memory_order_relaxed)",
        ["stress_ready"]),
    "ready: fetch_and in take_from()": (
        "ready.c", r"bits = atomic_load\(word\)(.*?)atomic_fetch_and\(word, ~\(\(uint64_t\)1 << bit\)\)",
        r"bits = atomic_load_explicit(word, memory_order_relaxed)\1"
        r"atomic_fetch_and_explicit(word, ~((uint64_t)1 << bit), memory_order_relaxed)",
        ["stress_ready"]),
    "last lane: acq_rel in run_lane()": (
        "crew.c", r"(&open->lanes_left, 1, )memory_order_acq_rel", r"\1memory_order_relaxed",
        ["stress_search", "stress_shared"]),
    "letting go of a lane: exchange in let_go()": (
        "crew.c", r"atomic_compare_exchange_strong\(&lane->state, &running, LANE_IDLE\)",
        "atomic_compare_exchange_strong_explicit(&lane->state, &running, LANE_IDLE, "
        "memory_order_relaxed, memory_order_relaxed)", ["stress_search", "stress_ticket"]),
}

SILENT = {
    "claim: acq_rel in tree_claim()":
        ("tree.c", r"memory_order_acq_rel, memory_order_relaxed",
         "memory_order_relaxed, memory_order_relaxed", ["stress_tree"],
         "who claims has entered the same slot before and has acquired there; no plain memory "
         "hangs on the claim alone"),
    "rest: release in grow()":
        ("tree.c", r"(&block->rest, handle, )memory_order_release", r"\1memory_order_relaxed",
         ["stress_tree"],
         "the slots behind it are atomics themselves: a reader that came too early would see "
         "zeros, which is no race, and x86 never shows it"),
    "rest: acquire in rest_handle() and tree_select()":
        ("tree.c", r"(&block->rest, )memory_order_acquire", r"\1memory_order_relaxed",
         ["stress_tree"], "the same"),
    "failure: release in settle_failed()":
        ("lane.c", r"(sim->call.reply.sentence, )memory_order_release", r"\1memory_order_relaxed",
         ["stress_shared"],
         "the last lane reads it, and the count of lanes left is an acquire and a release too"),
    "places: seq_cst in crew_done()":
        ("crew.c", r"atomic_fetch_sub\(&crew->in_flight, 1\)",
         "atomic_fetch_sub_explicit(&crew->in_flight, 1, memory_order_relaxed)",
         ["stress_shared", "stress_ticket"],
         "two threads that miss each other touch no plain memory; x86 orders the two accesses "
         "anyway, since the first is a locked instruction"),
    "parking: seq_cst in crew_park()":
        ("crew.c", r"atomic_store\(&lane->parked, true\)",
         "atomic_store_explicit(&lane->parked, true, memory_order_relaxed)", ["stress_shared"],
         "the same"),
}


def run(command, **options):
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)


class Workshop:
    """A copy of what the stress programs are made of, objects kept between mutants."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.objects = {}
        for source in (*ROOT.glob("search/*.[ch]"), *ROOT.glob("tests/world/*.[ch]"),
                       *ROOT.glob("tests/stress_*.c")):
            copy = self.folder / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_text(source.read_text())

    def compile(self, source):
        output = self.folder / (source.replace("/", "_") + ".o")
        done = run(["gcc", *FLAGS, "-I.", "-c", source, "-o", str(output)], cwd=self.folder)
        if done.returncode != 0:
            sys.exit(f"{source} does not compile:\n{done.stderr}")
        return str(output)

    def sources(self):
        search = sorted(str(path.relative_to(self.folder)) for path in self.folder.glob("search/*.c"))
        return [*search, "tests/world/world.c", "tests/world/late.c", "tests/world/trial.c"]

    def build(self, program, changed):
        for source in [*self.sources(), f"tests/{program}.c"]:
            if source not in self.objects or source in changed:
                self.objects[source] = self.compile(source)
        binary = str(self.folder / program)
        objects = [self.objects[source] for source in [*self.sources(), f"tests/{program}.c"]]
        done = run(["gcc", "-fsanitize=thread", *objects, "-o", binary, "-lpthread", "-lm"])
        if done.returncode != 0:
            sys.exit(f"{program} does not link:\n{done.stderr}")
        return binary

    def attack(self, file, pattern, replacement, programs):
        """The program that noticed, or None."""
        path = self.folder / "search" / file
        text = path.read_text()
        mutant, count = re.subn(pattern, replacement, text, flags=re.DOTALL)
        if count == 0:
            sys.exit(f"{file} has no place that looks like {pattern}")
        path.write_text(mutant)
        # A header is part of every object; a source of its own only.
        changed = {f"search/{file}"} if file.endswith(".c") else set(self.objects)
        try:
            for program in programs:
                binary = self.build(program, changed)
                changed = set()
                if any(self.notices(binary) for _ in range(TRIES)):
                    return program
            return None
        finally:
            path.write_text(text)
            for source in list(self.objects):
                if file.endswith(".h") or source == f"search/{file}":
                    del self.objects[source]

    @staticmethod
    def notices(binary):
        try:
            done = run(["setarch", "-R", binary], timeout=SECONDS,
                       env={"TSAN_OPTIONS": "halt_on_error=1"})
        except subprocess.TimeoutExpired:
            return True
        return done.returncode != 0


def main(names):
    wanted = lambda name: not names or any(word in name for word in names)
    missed = []
    with tempfile.TemporaryDirectory() as folder:
        workshop = Workshop(folder)
        for name, (*change, programs) in filter(lambda row: wanted(row[0]), CAUGHT.items()):
            by = workshop.attack(*change, programs)
            print(f"{'caught' if by else 'MISSED':8} {name:48} {by or ', '.join(programs)}", flush=True)
            missed += [] if by else [name]
        for name, (*change, programs, why) in filter(lambda row: wanted(row[0]), SILENT.items()):
            by = workshop.attack(*change, programs)
            print(f"{'caught!' if by else 'silent':8} {name:48} {by or why}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
