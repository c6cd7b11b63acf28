"""Functions as programs: what they return and what they break, one call at a time and many."""

import asyncio
import io
import json
import subprocess
import threading
import time
import unittest
from unittest import mock

from crux.serving import Call, Server, shape
from world import Case, script

SCORE = {"op": "score", "problem": {"id": "p"}, "steps": [], "candidates": ["a", "b"], "seed": 7}


def answers(calls, **roles):
    """Replies by the number of their call."""
    lines, said = b"".join(json.dumps({"id": i, **call}).encode() + b"\n" for i, call in enumerate(calls)), []
    server = Server(**roles)
    server.serve(io.BytesIO(lines), said.append)
    server.close()
    replies = [json.loads(line) for line in said]
    assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in said)
    return {reply.pop("id"): reply for reply in replies}


class Shapes(unittest.TestCase):
    def test_what_functions_may_return(self):
        for op, result, reply in (
                ("propose", "a", {"steps": ["a"]}), ("propose", ["a", {"text": "b", "terminal": True}],
                                                     {"steps": ["a", {"text": "b", "terminal": True}]}),
                ("propose", ("a" for _ in range(2)), {"steps": ["a", "a"]}), ("propose", None, {"steps": []}),
                ("propose", {"text": "a"}, {"steps": [{"text": "a"}]}),
                ("propose", {"steps": ["a"], "entropy": 0.5}, {"steps": ["a"], "entropy": 0.5}),
                ("score", [0.5, None], {"scores": [0.5, None]}), ("score", 0.5, {"scores": [0.5]}),
                ("score", {"score": None, "why": "x"}, {"scores": [{"score": None, "why": "x"}]}),
                ("score", None, {"scores": [None]}),
                ("judge", [True, False, None, "right", 0.25, {"verdict": "wrong", "reward": 0}],
                 {"outcomes": [{"verdict": "right"}, {"verdict": "wrong"}, {"verdict": "unknown"}, {"verdict": "right"},
                               {"reward": 0.25}, {"verdict": "wrong", "reward": 0}]}),
                ("judge", True, {"outcomes": [{"verdict": "right"}]}),
                ("judge", {"outcomes": [True], "price": 3}, {"outcomes": [{"verdict": "right"}], "price": 3}),
                ("annotate", None, {"note": None}), ("annotate", "why", {"note": {"text": "why"}}),
                ("annotate", {"text": "why", "first_error": 1}, {"note": {"text": "why", "first_error": 1}}),
                ("score", {"error": "no"}, {"error": "no"})):
            self.assertEqual(shape(op, result), reply, (op, result))

    def test_arrays_and_numbers_of_others(self):
        class Number:
            def tolist(self):
                return 0.5

        self.assertEqual(shape("score", [Number(), 1]), {"scores": [0.5, 1]})
        self.assertEqual(shape("score", range(2)), {"scores": [0, 1]})

    def test_a_call(self):
        call = Call(SCORE)
        self.assertEqual((call.candidates, call["seed"]), (["a", "b"], 7))
        self.assertEqual(call.random(1).random(), Call(SCORE).random(1).random())
        self.assertNotEqual(call.random(1).random(), call.random(2).random())
        self.assertRaisesRegex(AttributeError, "has no n; it has op, problem", lambda: call.n)


class Failures(unittest.TestCase):
    def test_one_call_fails_and_others_do_not(self):
        deep = []
        for _ in range(100):
            deep = [deep]
        bad = {"nan": [float("nan")], "infinite": [float("inf")], "nul": "a\0b", "half": "\ud800", "large": 2**63,
               "deep": deep, "strange": object(), "long": "x" * (17 << 20)}

        def judge(call):
            name = call.candidates[0]
            if name == "raise":
                raise ValueError("not today\0")
            if name == "exit":
                raise SystemExit(3)
            return {"outcomes": [{"verdict": "right", "why": bad[name]}]} if name in bad else [True]

        names = ["fine", "raise", "exit", *bad, "fine"]
        replies = answers([{**SCORE, "op": "judge", "candidates": [name]} for name in names], critic=judge)
        self.assertEqual(len(replies), len(names))
        for i, name in enumerate(names):
            self.assertEqual("error" in replies[i], name != "fine", (name, replies[i]))
        self.assertEqual(replies[1]["error"], "ValueError: not today?")
        self.assertEqual(replies[2]["error"], "SystemExit: 3")
        self.assertRegex(replies[names.index("nan")]["error"], "a number of a reply is nan")
        self.assertRegex(replies[names.index("long")]["error"], "crux takes 16777216")

    def test_what_is_told_of_a_failure_stays_together(self):
        """Functions fail in many threads at a time, and each tells all of it at once."""
        def judge(call):
            raise ValueError(call.candidates[0])

        told = mock.Mock()
        with mock.patch("sys.stderr", told):
            answers([{**SCORE, "op": "judge", "candidates": [f"n{i}"]} for i in range(20)], critic=judge)
        written = [call.args[0] for call in told.write.call_args_list]
        self.assertEqual(len(written), 20)
        self.assertEqual({text.splitlines()[-1] for text in written}, {f"ValueError: n{i}" for i in range(20)})
        self.assertEqual({text.splitlines()[0] for text in written}, {"Traceback (most recent call last):"})

    def test_coroutines_fail_alone_too(self):
        async def judge(call):
            if call.candidates == ["raise"]:
                raise asyncio.CancelledError
            return [True]

        replies = answers([{**SCORE, "op": "judge", "candidates": [c]} for c in ("raise", "fine")], critic=judge)
        self.assertEqual(replies, {0: {"error": "CancelledError"}, 1: {"outcomes": [{"verdict": "right"}]}})

    def test_questions_for_others(self):
        replies = answers([SCORE, {**SCORE, "op": "propose"}, {**SCORE, "op": "sing"}], critic=lambda call: [1, 0])
        self.assertEqual(replies[0], {"scores": [1, 0]})
        self.assertIn("no questions of op propose", replies[1]["error"])
        self.assertIn("no questions of op sing", replies[2]["error"])

    def test_what_is_no_question_is_passed_over(self):
        said = []
        Server(critic=lambda call: 1).serve(io.BytesIO(b'no\n[]\n{"id": 1}\n\n' + json.dumps({"id": 5, **SCORE}).encode()),
                                            said.append)
        self.assertEqual([json.loads(line)["id"] for line in said], [5])

    def test_nobody_listens(self):
        def gone(line):
            raise BrokenPipeError

        Server(critic=lambda call: 1).serve(io.BytesIO(json.dumps({"id": 5, **SCORE}).encode() + b"\n"), gone)

    def test_what_is_no_function(self):
        self.assertRaises(TypeError, Server)
        self.assertRaises(TypeError, Server, critic="judge")
        self.assertRaises(ValueError, Server, critic=print, threads=0)


class Many(unittest.TestCase):
    """A barrier opens only when as many calls as it has places are there at once."""

    def test_threads(self):
        barrier, now, most, lock = threading.Barrier(64), 0, 0, threading.Lock()

        def score(call):
            nonlocal now, most
            with lock:
                now += 1
                most = max(most, now)
            barrier.wait(60)
            with lock:
                now -= 1
            return [call.seed, 0]

        replies = answers([{**SCORE, "seed": i} for i in range(192)], critic=score)
        self.assertEqual(replies, {i: {"scores": [i, 0]} for i in range(192)})
        self.assertEqual(most, 64)

    def test_coroutines_need_no_threads(self):
        barrier = None

        async def score(call):
            nonlocal barrier
            barrier = barrier or asyncio.Barrier(300)
            async with asyncio.timeout(60):
                await barrier.wait()
            return [call.seed, 0]

        replies = answers([{**SCORE, "seed": i} for i in range(300)], critic=score)
        self.assertEqual(replies, {i: {"scores": [i, 0]} for i in range(300)})

    def test_objects_and_what_they_make(self):
        class Later:
            async def __call__(self, call):
                await asyncio.sleep(0)
                return [1, 0]

        later = Later()
        self.assertEqual(answers([SCORE], critic=later), {0: {"scores": [1, 0]}})
        self.assertEqual(answers([SCORE], critic=lambda call: later(call)), {0: {"scores": [1, 0]}})


class Closing(unittest.TestCase):
    def test_threads_end_and_what_waits_fails(self):
        opened, entered, said = threading.Event(), threading.Event(), []

        def score(call):
            entered.set()
            opened.wait(60)
            return [1, 0]

        before, server = set(threading.enumerate()), Server(critic=score, threads=1)
        lines = b"".join(json.dumps({"id": i, **SCORE}).encode() + b"\n" for i in range(3))
        serving = threading.Thread(target=server.serve, args=[io.BytesIO(lines), said.append])
        serving.start()
        entered.wait(60)
        while server._jobs.qsize() < 2:
            time.sleep(0.01)
        server.close()
        opened.set()
        serving.join(60)
        server.serve(io.BytesIO(lines), said.append)
        for one in set(threading.enumerate()) - before:
            one.join(60)
        replies = [json.loads(line) for line in said]
        self.assertEqual([sorted(reply) for reply in replies], [["id", "scores"]] + 5 * [["error", "id"]])
        self.assertEqual(set(threading.enumerate()) - before, set())

    def test_coroutines_are_cancelled(self):
        entered, said = threading.Event(), []

        async def score(call):
            entered.set()
            await asyncio.sleep(1000)

        before, server = set(threading.enumerate()), Server(critic=score)
        line = json.dumps({"id": 1, **SCORE}).encode()
        serving = threading.Thread(target=server.serve, args=[io.BytesIO(line), said.append])
        serving.start()
        entered.wait(60)
        server.close()
        for one in set(threading.enumerate()) - before:
            one.join(60)
        self.assertEqual(json.loads(said[0]), {"id": 1, "error": "CancelledError"})
        self.assertEqual(set(threading.enumerate()) - before, set())


class Script(Case):
    NOISY = """
import os, subprocess, sys
import crux

def policy(call):
    print("printed", flush=True)
    os.write(1, b"written\\n")
    subprocess.run(["echo", "by a child"])
    try:
        return [input()]
    except EOFError:
        return [f"step of {call.problem['id']}"]

crux.serve(policy=policy)
print("after the end", flush=True)
"""

    def test_the_streams_are_the_protocols(self):
        words, environment = script(self.work, self.NOISY)
        lines = "".join(json.dumps({"id": i, **SCORE, "op": "propose", "n": 1}) + "\n" for i in range(3))
        done = subprocess.run(words, input=lines, capture_output=True, text=True, env=environment, check=True)
        replies = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual(sorted(reply["id"] for reply in replies), [0, 1, 2])
        self.assertTrue(all(reply["steps"] == ["step of p"] for reply in replies), replies)
        for noise in ("printed", "written", "by a child", "after the end"):
            self.assertIn(noise, done.stderr)

    def test_the_end_of_input_waits_for_what_is_owed(self):
        words, environment = script(self.work, """
import time, crux
def score(call):
    time.sleep(0.3)
    return [1, 0]
crux.serve(critic=score, threads=2)
""")
        lines = "".join(json.dumps({"id": i, **SCORE}) + "\n" for i in range(4))
        done = subprocess.run(words, input=lines, capture_output=True, text=True, env=environment, check=True)
        self.assertEqual(done.stdout.count("scores"), 4)


if __name__ == "__main__":
    unittest.main()
