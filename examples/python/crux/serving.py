"""serving.py - a Python function as a policy or a critic, by lines of JSON (io/process/message.h has the language).

    a line of JSON --> Call --> your function, in a thread of its own or as a coroutine --> a line of JSON

Many calls are out at a time. A function that raises fails its call alone, with the exception as the sentence. While
serve() runs, standard output belongs to the protocol: what a function prints goes to standard error.
"""

import asyncio
import inspect
import json
import math
import os
import queue
import random
import sys
import threading
import traceback

REPLY = {"propose": "steps", "score": "scores", "judge": "outcomes", "annotate": "note"}
LINE_MOST = 16 << 20  # bytes of a line that crux takes
DEPTH_MOST = 32
CLOSED = {"error": "the program that has this function has ended"}
WHOLE_MOST = 2**63


class Call(dict):
    """A question, whose members are attributes, too: call.problem, call.steps, call.n, call.seed, call.kind,
    call.sample to a policy; call.op, call.problem, call.steps, call.candidates to a critic."""

    def __getattr__(self, name):
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"this call has no {name}; it has {', '.join(self)}") from None

    def random(self, more=""):
        """A generator of random numbers from the call's seed: equal questions get equal ones."""
        return random.Random(f"{self['seed']} {more}")


def _plain(value, depth=0):
    """What JSON can say and crux reads, of what a function returned; numbers and arrays of numpy, too."""
    if depth > DEPTH_MOST:
        raise ValueError("a reply is nested too deep")
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("a text of a reply has a NUL in it")
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not -WHOLE_MOST <= value < WHOLE_MOST:
            raise ValueError(f"a number of a reply is too large: {value}")
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise ValueError(f"a number of a reply is {value}")
        return float(value)
    if isinstance(value, dict):
        return {str(_plain(str(key))): _plain(one, depth + 1) for key, one in value.items()}
    if hasattr(value, "tolist"):
        return _plain(value.tolist(), depth + 1)
    if hasattr(value, "__iter__"):
        return [_plain(one, depth + 1) for one in value]
    raise TypeError(f"a reply cannot say {type(value).__name__}")


def _outcome(value):
    """An outcome as crux wants it: True, "right" and 0.7 are short for objects."""
    if isinstance(value, bool):
        return {"verdict": "right" if value else "wrong"}
    if isinstance(value, str):
        return {"verdict": value}
    if value is None:
        return {"verdict": "unknown"}
    return value if isinstance(value, dict) else {"reward": value}


def _several(value):
    """A list, also of one thing that came alone."""
    if value is None or isinstance(value, (str, dict, bool)) or not hasattr(value, "__iter__"):
        return [value]
    return list(value)


def shape(op, result):
    """The members of a reply, of what a function returned for an op."""
    key = REPLY[op]
    if isinstance(result, dict) and (key in result or "error" in result):
        reply = _plain(result)  # whole, with tokens and a price maybe
    elif op == "annotate":
        reply = {key: _plain({"text": result} if isinstance(result, str) else result)}
    elif op == "propose" and result is None:
        reply = {key: []}
    else:
        reply = {key: [_plain(one) for one in _several(result)]}
    if op == "judge" and "outcomes" in reply:
        reply["outcomes"] = [_outcome(one) for one in reply["outcomes"]]
    return reply


def _sentence(cause):
    text = f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__
    return text.replace("\0", "?").encode("utf-8", "replace").decode("utf-8")[:1000]


class Server:
    """Answers calls by a policy and a critic, either may be None. Any number of connections share its threads and
    its event loop, which are made when they are needed and end with close(). One that a function never leaves stays as
    long as the process, and does not hold that up."""

    def __init__(self, policy=None, critic=None, threads=64):
        if policy is None and critic is None:
            raise TypeError("neither a policy nor a critic is given")
        for one in (policy, critic):
            if one is not None and not callable(one):
                raise TypeError(f"a policy or a critic is a function, and not {one!r}")
        if threads < 1:
            raise ValueError("a server has at least one thread")
        self.policy, self.critic, self.most = policy, critic, threads
        self._jobs, self._threads, self._idle = queue.SimpleQueue(), 0, 0
        self._lock, self._loop, self._closed = threading.Lock(), None, False

    def serve(self, source, write):
        """Answer the lines of source, a binary file, until its end, and return when all are answered. write(bytes)
        is given a whole line; it is called by one thread at a time. OSError of it means that nobody listens."""
        connection = _Connection(write)
        for line in source:
            if line.strip():
                self._take(line, connection)
        connection.wait()

    def close(self):
        """Functions that run are left to end; calls that wait for a thread fail, and so do later ones."""
        with self._lock:
            loop, self._loop, self._closed = self._loop, None, True
            for _ in range(self._threads):
                self._jobs.put(None)
        if loop is not None:
            loop.call_soon_threadsafe(loop.stop)

    def _take(self, line, connection):
        try:
            call = Call(json.loads(line))
            number, op = call["id"], call["op"]
        except (ValueError, KeyError, TypeError) as cause:
            print(f"crux: no question: {_sentence(cause)}: {line[:100]!r}", file=sys.stderr)
            return
        connection.begin()
        function = self.policy if op == "propose" else self.critic
        if self._closed:
            connection.end({"id": number, **CLOSED})
        elif function is None or op not in REPLY:
            connection.end({"id": number, "error": f"this program answers no questions of op {op}"})
        elif inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(type(function).__call__):
            self._soon(self._answer_soon(function, call, connection))
        else:
            self._work(function, call, connection)

    # --- coroutines, all in one thread

    def _soon(self, coroutine):
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_loop, args=[self._loop], name="crux loop", daemon=True).start()
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    async def _answer_soon(self, function, call, connection):
        number, op = call["id"], call["op"]
        try:
            reply = shape(op, await function(call))
        except BaseException as cause:  # also what ends other programs: here it is one call's
            reply = _failed(cause)
        connection.end({**reply, "id": number})

    # --- functions, each call in a thread

    def _work(self, function, call, connection):
        with self._lock:
            grow = self._idle <= self._jobs.qsize() and self._threads < self.most
            self._threads += grow
        self._jobs.put((function, call, connection))
        if grow:
            threading.Thread(target=self._worker, name="crux call", daemon=True).start()

    def _worker(self):
        while True:
            with self._lock:
                self._idle += 1
            job = self._jobs.get()
            with self._lock:
                self._idle -= 1
            if job is None:
                return
            if self._closed:
                job[2].end({"id": job[1]["id"], **CLOSED})
            else:
                self._answer(*job)

    def _answer(self, function, call, connection):
        number, op = call["id"], call["op"]
        try:
            result = function(call)
            if inspect.isawaitable(result):
                result = self._soon(_awaited(result)).result()
            reply = shape(op, result)
        except BaseException as cause:
            reply = _failed(cause)
        connection.end({**reply, "id": number})


def _loop(loop):
    """Until it is stopped; what is not done then is cancelled, and says so to its connection."""
    loop.run_forever()
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left))
    loop.close()


async def _awaited(result):
    return await result


def _failed(cause):
    sys.stderr.write("".join(traceback.format_exception(cause)))  # one write: threads fail at a time
    return {"error": _sentence(cause)}


class _Connection:
    """Where the replies of one source go, and how many are owed."""

    def __init__(self, write):
        self._write, self._owed, self._changed = write, 0, threading.Condition()
        self._deaf = False

    def begin(self):
        with self._changed:
            self._owed += 1

    def end(self, reply):
        """Once for each begin()."""
        number = reply.pop("id")
        try:
            line = json.dumps({"id": number, **reply}, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n"
            if len(line) > LINE_MOST:
                raise ValueError(f"a reply of {len(line)} bytes; crux takes {LINE_MOST}")
        except ValueError as cause:  # half a surrogate pair is one, too
            line = json.dumps({"id": number, "error": _sentence(cause)}).encode() + b"\n"
        with self._changed:
            try:
                if not self._deaf:
                    self._write(line)
            except (OSError, ValueError):  # ValueError: the file is closed
                self._deaf = True
            self._owed -= 1
            self._changed.notify_all()

    def wait(self):
        with self._changed:
            self._changed.wait_for(lambda: self._owed == 0)


def _take_streams():
    """Standard input and output for the protocol alone: what functions and their children read is empty, and what
    they print goes to standard error."""
    sys.stdout.flush()
    source, target = os.dup(0), os.dup(1)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)
    return os.fdopen(source, "rb"), os.fdopen(target, "wb", buffering=0)


def serve(*, policy=None, critic=None, threads=64):
    """Be a program for --policy process:... or --critic process:...: answer until standard input ends.

        import crux
        crux.serve(policy=lambda call: ["a next step", {"text": "the last one", "terminal": True}][: call.n])

    A policy returns up to call.n steps: texts, or mappings with text and prior, logprob, tokens, terminal. A critic
    is asked by call.op to `score` call.candidates: a number from 0 to 1 for each, None where it knows none; to
    `judge` them: True, False, "unknown", a reward from 0 to 1, or a mapping for each; to `annotate`: a text or a mapping. A function may
    be a coroutine function; others run in up to `threads` threads."""
    server = Server(policy, critic, threads)
    source, target = _take_streams()

    def write(line):
        view = memoryview(line)
        while view:
            view = view[target.write(view):]

    with source, target:
        server.serve(source, write)
    server.close()
