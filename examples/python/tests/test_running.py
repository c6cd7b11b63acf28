"""Runs that are started, watched, stopped and left; functions of ours inside of them."""

import collections
import contextlib
import gc
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import unittest
from unittest import mock

import crux
from world import MODULE, Case, gone, puzzles, script

QUICK = {"calls": 10, "workers": 1, "every": 0.1}


def judged(call):
    """Right is what ends in 24 and uses each number once; here only the first half of it is looked at."""
    return [answer.rstrip().split("=")[-1].strip() == "24" for answer in call.candidates]


def proposed(call):
    """Steps or answers that nobody could call good, but equal questions get equal ones."""
    draw = call.random(call.sample)
    steps = [f"{draw.randrange(100)} of {call.problem['id']}" for _ in range(call.n)]
    return [{"text": text, "terminal": len(call.steps) > 1} for text in steps] if call.kind == "step" else steps


class Runs(Case):
    def test_the_quickstart(self):
        store, seen = self.work / "run.db", []
        for status in crux.run(puzzles(20), store=store, **QUICK):
            seen.append((status["running"], status["problems"]["finished"]))
        self.assertEqual(seen[-1], (False, 20))
        self.assertEqual(sorted(finished for _, finished in seen), [finished for _, finished in seen])
        found = crux.open(store)
        self.assertEqual([tree["problem_id"] for tree in found.trees()], [one["id"] for one in puzzles(20)])
        pairs = list(found.pairs())
        self.assertEqual(len(pairs), found.status()["pairs"])
        self.assertTrue(all(pair["wrong_steps"] and pair["right_steps"] for pair in pairs) and pairs)

    def test_mappings_are_what_a_file_is(self):
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in puzzles(4))
        (self.work / "file.jsonl").write_text(lines, encoding="utf-8")
        rows = []
        for problems in (self.work / "file.jsonl", (dict(one) for one in puzzles(4))):
            store = self.work / f"{len(rows)}.db"
            self.assertEqual(crux.run(problems, store=store, order="issued", per_tree=2, **QUICK).wait(), 0)
            rows.append(list(crux.open(store).rows("critique")))
        self.assertEqual(rows[0], rows[1])

    def test_a_name_like_an_option(self):
        (self.work / "--calls").write_text(json.dumps(puzzles(1)[0]) + "\n", encoding="utf-8")
        with contextlib.chdir(self.work):
            self.assertEqual(crux.run("--calls", store="-run.db", **QUICK).wait(), 0)
            self.assertEqual([one["id"] for one in crux.solve("--calls", calls=10)], [puzzles(1)[0]["id"]])
            with self.assertRaisesRegex(crux.Error, "nothing"):
                crux.run("-nothing", store="other.db").wait()

    def test_flags(self):
        said = crux.binary.flags({"keep_if": "side = 'wrong'", "force": True, "quiet": False, "seed": None,
                                  "endpoint": ["a", "b"], "critic": {"value": "none"}, "calls": 3, "with_": 0})
        self.assertEqual(said, ["--keep-if", "side = 'wrong'", "--force", "--endpoint", "a", "--endpoint", "b",
                                "--critic", "value=none", "--calls", "3", "--with", "0"])

    def test_mistakes_have_the_programs_sentence(self):
        store = self.work / "run.db"
        with self.assertRaisesRegex(crux.Error, "cannot open .*nothing.jsonl") as caught:
            crux.run(self.work / "nothing.jsonl", store=store).wait()
        self.assertEqual(caught.exception.exit, 3)
        with self.assertRaisesRegex(crux.Error, "--colour") as caught:
            list(crux.run(puzzles(1), store=store, colour=3))
        self.assertEqual(caught.exception.exit, 2)
        with self.assertRaisesRegex(TypeError, "not JSON serializable"):
            crux.run([{"id": object()}], store=store)
        with self.assertRaises(TypeError):
            crux.run(puzzles(1))
        self.assertEqual(list(self.work.iterdir()), [])

    def test_a_limit_and_going_on(self):
        store = self.work / "run.db"
        self.assertEqual(crux.run(puzzles(8), store=store, limit_calls=10, **QUICK).wait(), 5)
        with self.assertRaises(crux.Error) as caught:  # another run
            crux.run(puzzles(7), store=store, limit_calls=10, **QUICK).wait()
        self.assertEqual(caught.exception.exit, 2)
        run = crux.run(puzzles(8), store=store, **QUICK)
        self.assertEqual((run.wait(), run.exit, run.stop()), (0, 0, 0))
        self.assertEqual(crux.open(store).status()["problems"]["finished"], 8)

    def test_what_it_says(self):
        with mock.patch("sys.stderr", io.StringIO()) as said:
            run = crux.run(puzzles(2), store=self.work / "run.db", echo=True, **QUICK)
            run.wait()
        self.assertIn("crux: 2 of 2 problems done", run.log[0])
        self.assertEqual(said.getvalue().splitlines(), list(run.log))

    def test_passes(self):
        store = self.work / "run.db"
        crux.run(puzzles(4), store=store, **QUICK).wait()
        self.assertEqual(crux.run(store=store, command="locate").wait(), 0)

    def test_solving(self):
        rows = list(crux.solve(puzzles(5), calls=10, no_store=True, json=False))  # its rows are read here
        self.assertEqual([row["id"] for row in rows], [one["id"] for one in puzzles(5)])
        with self.assertRaises(crux.Error):
            list(crux.solve(puzzles(1), colour=3))


class Functions(Case):
    def test_the_readmes_critic(self):
        """As it stands there, with answers of ours in place of the server's: half of them end in a longer number."""
        page = (MODULE / "README.md").read_text(encoding="utf-8")
        block = next(block for block in re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE) if "judge" in block)
        problems = [{"id": f"q{i}", "problem": f"What is {i} + 1?", "answer": str(i + 1)} for i in range(4)]
        (self.work / "problems.jsonl").write_text("".join(json.dumps(one) + "\n" for one in problems), encoding="utf-8")

        def policy(call):
            right = int(call.problem["id"][1:]) + 1
            return [{"text": f"The answer is {'1' * (k % 2)}{right}.", "terminal": True} for k in range(call.n)]

        ran, run = [], crux.run
        with contextlib.chdir(self.work), mock.patch.object(crux, "run", lambda *words, endpoint, **how: ran.append(
                run(*words, policy=policy, children=2, **how, **QUICK))):
            exec(block, {"__name__": "judging"})
            self.assertEqual(ran[0].wait(), 0)
            found = crux.open("run.db")
            self.assertEqual([pair["problem_id"] for pair in found.pairs()], [one["id"] for one in problems])

    def test_64_calls_at_once(self):
        """As many as are let in, and no more: each waits a while for 64 to be there at once."""
        now, most, full, changed = 0, 0, threading.Event(), threading.Lock()

        def critic(call):
            nonlocal now, most
            with changed:
                now += 1
                most = max(most, now)
                if now == 64:
                    full.set()
            full.wait(0.5)
            with changed:
                now -= 1
            return judged(call)

        run = crux.run(puzzles(80), store=self.work / "run.db", critic=critic, in_flight=64, calls=8)
        self.assertEqual(run.wait(), 0)
        self.assertEqual((most, full.is_set()), (64, True))
        status = crux.open(self.work / "run.db").status()
        self.assertEqual((status["problems"]["finished"], status["running"]), (80, False))

    def test_policy_and_critics_by_name(self):
        asked = collections.Counter()

        def policy(call):
            asked[call.op] += 1
            return proposed(call)

        def critic(call):
            asked[call.op] += 1
            return [0.5] * len(call.candidates) if call.op == "score" else [False] * len(call.candidates)

        how = {"policy": policy, "critic": {"outcome": critic, "execution": critic, "annotate": "none"}, **QUICK}
        run = crux.run(puzzles(3), store=self.work / "run.db", **how)
        self.assertEqual(run.wait(), 0)
        self.assertTrue(asked["propose"] and asked["score"] and asked["judge"], asked)
        trees = list(crux.open(self.work / "run.db").trees())
        self.assertTrue(all(" of " in node["text"] for tree in trees for node in tree["nodes"][1:]))
        before = sum(asked.values())
        self.assertEqual(crux.run(puzzles(3), store=self.work / "again.db", replay=self.work / "run.db", **how).wait(), 0)
        self.assertEqual(sum(asked.values()), before, "what the ledger knows was asked again")

    def test_coroutines(self):
        async def critic(call):
            return judged(call)

        rows = list(crux.solve(puzzles(3), critic=critic, calls=10, no_store=True, oracle=True))
        self.assertEqual({row["status"] for row in rows}, {"done"})

    def test_a_function_that_raises(self):
        second = puzzles(3)[1]["id"]

        def critic(call):
            if call.problem["id"] == second:
                raise ArithmeticError("this one not")
            return judged(call)

        with contextlib.redirect_stderr(io.StringIO()) as said:
            run = crux.run(puzzles(3), store=self.work / "run.db", critic=critic, **QUICK)
            self.assertEqual(run.wait(), 6)
        self.assertIn("ArithmeticError: this one not", said.getvalue())
        states = [one["state"] for one in crux.open(self.work / "run.db").problems()]
        self.assertEqual(states, ["finished", "failed", "finished"])
        failed = list(crux.open(self.work / "run.db").problems())[1]
        self.assertIn("ArithmeticError: this one not", failed["failure"])

    def test_two_of_one_name(self):
        with self.assertRaisesRegex(crux.Error, "two functions are called"):
            crux.run(puzzles(1), store=self.work / "run.db", critic={"outcome": lambda c: 1, "value": lambda c: 1})

    def test_a_method_in_two_roles(self):
        class Judge:
            def critic(self, call):
                return [0.5] * len(call.candidates) if call.op == "score" else judged(call)

        one = Judge()
        rows = list(crux.solve(puzzles(2), critic={"outcome": one.critic, "execution": one.critic}, calls=5, no_store=True,
                               oracle=True))
        self.assertEqual([row["status"] for row in rows], ["done", "done"])

    def test_without_the_python_program(self):
        crux.run(puzzles(2), store=self.work / "run.db", critic=judged, limit_calls=4, **QUICK).wait()
        spec = crux.open(self.work / "run.db").status()["configuration"]["critic"][0].partition("=")[2]
        self.assertNotIn(sys.prefix, spec)
        with contextlib.suppress(KeyError):
            del os.environ["CRUX_PYTHON"]
        run = crux.run(puzzles(2), store=self.work / "other.db", critic=spec, **QUICK)
        self.assertEqual(run.wait(), 6)
        self.assertIn("this function is in the Python program that began the run", "\n".join(run.log))


class Ends(Case):
    """Whatever ends a run early, no process of it is left, nor a socket."""

    def slow(self, **more):
        return {"critic": lambda call: time.sleep(0.05) or judged(call), "calls": 1000, "store": self.work / "run.db",
                "in_flight": 4, "every": 0.1, **more}

    def setUp(self):
        super().setUp()
        self.temporary = self.work / "tmp"
        self.temporary.mkdir()
        patch = mock.patch("tempfile.tempdir", str(self.temporary))
        patch.start()
        self.addCleanup(patch.stop)

    def tearDown(self):
        self.assertEqual(list(self.temporary.iterdir()), [])

    def test_stop_and_go_on(self):
        run = crux.run(puzzles(4), **self.slow())
        next(iter(run))
        with self.assertRaises(TimeoutError):
            run.wait(0.01)
        self.assertIsNone(run.exit)
        self.assertEqual(run.stop(), 130)
        self.assertTrue(gone(run.pid, 0.1))
        self.assertEqual(run.stop(), 130)
        self.assertEqual(run.wait(), 130)
        again = crux.run(puzzles(4), **self.slow())
        next(iter(again))
        self.assertEqual(again.stop(), 130)

    def test_a_critic_that_does_not_answer(self):
        """The second signal leaves without what is in flight."""
        forever = threading.Event()
        self.addCleanup(forever.set)
        run = crux.run(puzzles(2), **self.slow(critic=lambda call: forever.wait()))
        next(iter(run))
        self.assertEqual(run.stop(grace=0.2), 130)

    def test_a_block_that_is_left(self):
        with self.assertRaises(ZeroDivisionError):
            with crux.run(puzzles(4), **self.slow()) as run:
                for _ in run:
                    raise ZeroDivisionError
        self.assertTrue(gone(run.pid, 0.1))

    def test_a_run_that_is_forgotten(self):
        run = crux.run(puzzles(4), **self.slow())
        pid = run.pid
        del run
        gc.collect()
        self.assertTrue(gone(pid, 0.1))

    def test_a_long_way_to_temporary_files(self):
        """A socket's name has a limit, folders have none."""
        deep = self.work / ("x" * 100)
        deep.mkdir()
        with mock.patch("tempfile.tempdir", str(deep)):
            self.assertEqual(crux.run(puzzles(2), store=self.work / "run.db", critic=judged, **QUICK).wait(), 0)
        self.assertEqual(list(deep.iterdir()), [])

    def test_a_forked_process_leaves_it_alone(self):
        with crux.run(puzzles(4), **self.slow()) as run:
            next(iter(run))
            child = os.fork()
            if child == 0:
                run._leave()
                os._exit(0)
            os.waitpid(child, 0)
            self.assertFalse(gone(run.pid, 0))

    def test_a_keeper_that_cannot_start(self):
        children, start = [], subprocess.Popen

        def second_fails(*words, **how):
            if children:
                raise OSError("no more processes")
            children.append(start(*words, **how))
            return children[-1]

        with mock.patch("subprocess.Popen", second_fails), self.assertRaisesRegex(OSError, "no more processes"):
            crux.run(puzzles(4), **self.slow())
        self.assertIsNotNone(children[0].returncode)

    def test_without_handles_of_processes(self):
        with mock.patch("os.pidfd_open", side_effect=OSError):
            self.assertEqual(crux.run(puzzles(2), store=self.work / "run.db", **QUICK).wait(), 0)

    def test_solving_that_is_left(self):
        def threads():
            return {one for one in threading.enumerate() if one.name.startswith("crux")}

        before = threads()
        rows = crux.solve(puzzles(20), no_store=True, oracle=True, calls=1000, in_flight=64, critic=self.slow()["critic"])
        next(rows)
        self.assertGreater(len(threads()), len(before))
        rows.close()
        for one in threads() - before:
            one.join(60)
        self.assertLessEqual(threads(), before)

    ALONE = """
import sys, time, crux
def critic(call):
    time.sleep(0.05)
    return [False] * len(call.candidates)
problems = [{"id": str(i), "numbers": [1, 2, 3, 4 + i], "target": 24} for i in range(9)]
run = crux.run(problems, store=sys.argv[1], critic=critic, calls=1000, in_flight=4)
next(iter(run))
"""
    SAY = "print(run.pid, flush=True)\n"

    def alone(self, more):
        words, environment = script(self.work, self.ALONE + more)
        environment["TMPDIR"] = str(self.temporary)
        process = subprocess.Popen([*words, str(self.work / "run.db")], stdout=subprocess.PIPE, env=environment)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        pid, *other = map(int, process.stdout.readline().split())
        self.other = other[0] if other else None
        return process, pid

    def wait_for_cleaning(self):
        """keeper.py removes what the killed program cannot."""
        until = time.monotonic() + 60
        while list(self.temporary.iterdir()) and time.monotonic() < until:
            time.sleep(0.02)

    def test_the_program_is_killed(self):
        process, pid = self.alone(self.SAY + "time.sleep(1000)")
        self.assertFalse(gone(pid, 0))
        process.kill()
        process.wait()
        self.assertTrue(gone(pid))
        self.assertFalse(crux.open(self.work / "run.db").status()["running"])
        self.wait_for_cleaning()

    def test_a_child_of_the_killed_program_does_not_hold_it(self):
        process, pid = self.alone("""
import os
child = os.fork()
if child == 0:
    time.sleep(120)
    os._exit(0)
print(run.pid, child, flush=True)
time.sleep(1000)
""")
        process.kill()
        process.wait()
        self.assertTrue(gone(pid))
        self.wait_for_cleaning()
        os.kill(self.other, signal.SIGKILL)

    def test_the_program_ends_without_waiting(self):
        process, pid = self.alone(self.SAY)
        self.assertEqual(process.wait(), 0)
        self.assertTrue(gone(pid, 0.1))

    def test_an_interrupt_is_ours_alone(self):
        """Ctrl-C reaches the program in Python; what it does then ends the run, in order."""
        process, pid = self.alone("""
try:
    print(run.pid, flush=True)
    time.sleep(1000)
except KeyboardInterrupt:
    print(run.exit, run.stop(), flush=True)
""")
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.stdout.read(), b"None 130\n")
        self.assertTrue(gone(pid, 0.1))


class Finding(Case):
    def found(self, **environment):
        crux.binary._found.cache_clear()
        self.addCleanup(crux.binary._found.cache_clear)
        with mock.patch.dict(os.environ, environment), mock.patch("crux.binary._installed", lambda: self.installed):
            return crux.program()

    def program(self, name, text):
        path = self.work / name / "crux"
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
        path.chmod(0o755)
        return path

    def test_where_it_is(self):
        real, other = self.program("real", "#!/bin/sh\necho crux 9\n"), self.program("other", "#!/bin/sh\necho sheep\n")
        self.installed = [self.work / "none"]
        self.assertEqual(self.found(CRUX=str(other)), str(other))
        self.assertEqual(self.found(CRUX="", PATH=str(real.parent)), str(real))
        with self.assertRaisesRegex(crux.Error, "another program of that name"):
            self.found(CRUX="", PATH=str(other.parent))
        with self.assertRaisesRegex(crux.Error, "there is no program crux: install"):
            self.found(CRUX="", PATH=str(self.work))
        for wrong in (self.work / "none", self.work):
            with self.assertRaisesRegex(crux.Error, "CRUX names no program"):
                self.found(CRUX=str(wrong))
        self.installed.append(other)
        self.assertEqual(self.found(CRUX="", PATH=str(real.parent)), str(other))


if __name__ == "__main__":
    unittest.main()
