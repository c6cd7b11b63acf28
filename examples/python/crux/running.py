"""running.py - a run of the program as a child: started, looked at, stopped, never left behind.

    run() --> Run: for status in run ... run.wait() or run.stop()
                |          functions of yours: policy=f, critic=f
                '-- crux -- relay.py -- socket -- Server (serving.py) in this process

Three things end the child: stop(), the end of the block `with crux.run(...)` or of this program, and keeper.py when
this program is killed. In each case what a model was paid for is kept, and the same run() goes on.
"""

import collections
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import weakref

from crux import binary
from crux.serving import Server

GOES_ON = (0, 5, 6, 130)  # ends of a run that are no mistake: done, a limit, some failed, interrupted
HERE = pathlib.Path(__file__).resolve().parent

# What a store remembers of a function: neither this machine's Python nor the socket, so that the run goes on anywhere.
FUNCTION = ('process:{timeout}exec "${{CRUX_PYTHON:?this function is in the Python program that began the run}}"'
            ' -I -S "$CRUX_RELAY" {name}')


class _Functions:
    """Functions that a child asks through relay.py: a socket that only this user can reach, and who is behind it."""

    def __init__(self, threads, timeout):
        self.threads, self.servers = threads, {}
        self.timeout = f"timeout={timeout}:" if timeout is not None else ""
        self.folder = self.listener = None

    def name(self, function, role):
        """The text of an option --policy or --critic that is this function."""
        label = f"{getattr(function, '__module__', '?')}.{getattr(function, '__qualname__', type(function).__name__)}"
        name = role + ":" + "".join(letter if letter.isalnum() or letter in "._" else "_" for letter in label)
        known = self.servers.setdefault(name, Server(threads=self.threads, **{role: function}))
        if getattr(known, role) != function:  # a method is another object whenever it is asked for, and equal
            raise binary.Error(f"two functions are called {label}")
        return FUNCTION.format(timeout=self.timeout, name=name)

    def option(self, value, role):
        """A policy or critic as the caller has it: words, a function, a mapping KIND or ROLE to one, several."""
        if isinstance(value, dict):
            return [f"{key}={self.option(one, role)}" for key, one in value.items()]
        if isinstance(value, (list, tuple)):
            return [self.option(one, role) for one in value]
        return self.name(value, role) if callable(value) else value

    def listen(self):
        """The environment in which a child finds us."""
        if not self.servers:
            return {}
        self.folder = tempfile.mkdtemp(prefix="crux-")
        if len(os.fsencode(self.folder)) > 90:  # a socket's name has 107 bytes at most
            os.rmdir(self.folder)
            self.folder = tempfile.mkdtemp(prefix="crux-", dir="/tmp")
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{self.folder}/socket")
        self.listener.listen()
        threading.Thread(target=_accept, args=[self.listener, self.servers], name="crux listens", daemon=True).start()
        return {"CRUX_PYTHON": sys.executable, "CRUX_RELAY": str(HERE / "relay.py"),
                "CRUX_RELAY_SOCKET": f"{self.folder}/socket"}

    def close(self):
        for server in self.servers.values():
            server.close()
        if self.listener is not None:
            with _ignored(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)  # wakes who accepts
            self.listener.close()
            shutil.rmtree(self.folder, ignore_errors=True)


class _ignored:
    def __init__(self, *kinds):
        self.kinds = kinds

    def __enter__(self):
        return self

    def __exit__(self, kind, cause, trace):
        return kind is not None and issubclass(kind, self.kinds)


def _accept(listener, servers):
    while True:
        try:
            peer, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_attend, args=[peer, servers], name="crux asks", daemon=True).start()


def _attend(peer, servers):
    with peer, peer.makefile("rb") as source, _ignored(OSError):
        server = servers.get(source.readline().decode().strip())
        if server is not None:
            server.serve(source, peer.sendall)


# --- the child ---------------------------------------------------------------------------------------


_keepers = weakref.WeakSet()


def _forked():
    """A process that was forked holds no pipe of ours: keeper.py would wait for its end, too."""
    for keeper in list(_keepers):
        keeper.stdin.close()


os.register_at_fork(after_in_child=_forked)


def _keep(process, folder):
    """A process that ends the child when this one is gone, and where it looks for that; None where the kernel gives
    no handle of a process: then only stop() and the end of this program end the child."""
    try:
        handle = os.pidfd_open(process.pid)
    except OSError:
        return None
    try:
        words = [sys.executable, "-I", "-S", HERE / "keeper.py", str(handle), *([folder] if folder else [])]
        keeper = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  pass_fds=[handle], start_new_session=True)
    finally:
        os.close(handle)
    _keepers.add(keeper)
    return keeper


def _end(process, grace):
    """SIGINT: what is in flight is waited for, `grace` seconds. A second one keeps what has come. Then there is no
    more patience."""
    for number, seconds in ((signal.SIGINT, grace), (signal.SIGINT, 10), (signal.SIGKILL, None)):
        if process.poll() is None:
            process.send_signal(number)
            with _ignored(subprocess.TimeoutExpired):
                process.wait(seconds)


def _leave(owner, process, keeper, functions):
    """All that a run holds, given back, in whatever way it ends; but not by the end of a process that was forked."""
    if os.getpid() != owner:
        return
    _end(process, 5)
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with _ignored(OSError):
                pipe.close()
    if keeper is not None:
        with _ignored(OSError):
            keeper.stdin.close()
        keeper.wait()
    functions.close()


def _listen(said, log, echo):
    for line in said:
        log.append(line.decode("utf-8", "replace").rstrip("\n"))
        if echo:
            print(log[-1], file=sys.stderr, flush=True)
    said.close()


def _feed(pipe, lines):
    with _ignored(OSError), pipe:  # OSError: it has ended, and says why
        pipe.write(lines)


class Run:
    """A run of the program that goes on beside this one. Iterating gives its status, about once every `every` seconds
    while it runs and once at its end, and raises crux.Error where the program ended with a mistake."""

    def __init__(self, words, *, lines=None, store=None, functions=None, every=1.0, echo=False, printing=False):
        functions = functions or _Functions(1, None)
        self.store, self.every, self.log = store, every, collections.deque(maxlen=1000)
        path = binary.find()
        try:
            self._process = subprocess.Popen(
                [path, *words], stdin=subprocess.DEVNULL if lines is None else subprocess.PIPE,
                stdout=subprocess.PIPE if printing else subprocess.DEVNULL, stderr=subprocess.PIPE,
                env={**os.environ, **functions.listen()}, process_group=0)
        except BaseException:
            functions.close()
            raise
        try:
            keeper = _keep(self._process, functions.folder)
        except BaseException:
            _leave(os.getpid(), self._process, None, functions)
            self._process.stderr.close()
            raise
        self._leave = weakref.finalize(self, _leave, os.getpid(), self._process, keeper, functions)
        self._listener = threading.Thread(target=_listen, args=[self._process.stderr, self.log, echo], daemon=True)
        self._listener.start()
        if lines is not None:
            threading.Thread(target=_feed, args=[self._process.stdin, lines], daemon=True).start()

    @property
    def pid(self):
        return self._process.pid

    @property
    def exit(self):
        """The exit status; None: it runs."""
        return self._process.poll()

    def status(self):
        """What `crux status --json` says now; None: the store is not there yet."""
        with _ignored(binary.Error):
            return binary.output(["status", "--json", "--store", self.store])

    def __iter__(self):
        seconds = min(self.every, 0.2)  # the first one soon
        while True:
            with _ignored(subprocess.TimeoutExpired):
                self._process.wait(seconds)
            ended, found = self.exit is not None, self.status()
            if found is not None:
                yield found
                seconds = self.every
            if ended:
                break
        self.wait()

    def wait(self, timeout=None):
        """Wait for its end: 0 done, 5 a limit was reached, 6 some problems failed, 130 interrupted; after 5 and 130 the
        same run() goes on. Any other end is a crux.Error with the program's sentence. TimeoutError: it still runs."""
        try:
            exit = self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"the run has not ended in {timeout} seconds") from None
        self._listener.join(10)
        self._leave()
        if exit not in GOES_ON:
            raise binary.Error(binary.sentence("\n".join(self.log), exit), exit)
        return exit

    def stop(self, grace=30):
        """End it, and give its exit status: calls in flight have `grace` seconds to come, then what has come is kept.
        Nothing happens to one that has ended."""
        _end(self._process, grace)
        self._listener.join(10)
        self._leave()
        return self._process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *ended):
        self.stop()


# --- what is run -------------------------------------------------------------------------------------


def _input(problems):
    """(operand, lines for standard input) of a path, or of problems as mappings."""
    if problems is None:
        return [], None
    if isinstance(problems, (str, os.PathLike)):
        path = os.fspath(problems)
        return [os.path.join(".", path) if path.startswith("-") else path], None  # else it would be an option
    lines = [json.dumps(one, ensure_ascii=False, allow_nan=False).encode("utf-8") + b"\n" for one in problems]
    return ["-"], b"".join(lines)


def _words(command, problems, policy, critic, functions, options):
    operand, lines = _input(problems)
    given = {"policy": functions.option(policy, "policy"), "critic": functions.option(critic, "critic"), **options}
    return [command, *operand, *binary.flags(given)], lines


def _start(command, problems, policy, critic, threads, timeout, options, **more):
    functions = _Functions(threads or options.get("in_flight") or 64, timeout)
    words, lines = _words(command, problems, policy, critic, functions, options)
    return Run(words, lines=lines, functions=functions, **more)


def run(problems=None, *, store, policy=None, critic=None, command="generate", threads=None, timeout=None, every=1.0,
        echo=False, **options):
    """Start `crux generate`, or another command that works on a store (locate, annotate, verify, inject; these take no
    problems), and come back at once with a Run.

    problems  a file's path, or mappings: {"id": "p1", "problem": "What is 2 + 3?", "answer": "5"}
    policy    what --policy takes, or a function, a mapping from kinds of steps to these, or a list; see crux.serve().
    critic    likewise, by roles: critic=f judges answers, critic={"execution": f} scores steps
    threads   how many calls of a function run at a time: as many as in_flight, or 64
    timeout   seconds for an answer of a function
    every     seconds between two looks at the status
    echo      print what the program says to standard error; in any case the end of it is in Run.log
    options   flags of the command: calls=40, in_flight=64, endpoint=["http://one:8000/v1", ...], seed=7, extend=True

    A store that is there goes on with its run, if options and problems are the same. Of a function it knows the name."""
    store = os.fspath(store)
    return _start(command, problems, policy, critic, threads, timeout, {"store": store, **options}, store=store,
                  every=every, echo=echo)


def solve(problems, *, policy=None, critic=None, threads=None, timeout=None, echo=False, **options):
    """Solve problems, and give for each what `crux solve --json` prints, in their order, as soon as it is there.
    Arguments as those of run(); a store only if one is given."""
    options = {**options, "json": True}
    child = _start("solve", problems, policy, critic, threads, timeout, options, echo=echo, printing=True)
    with child:
        for line in child._process.stdout:
            if line.endswith(b"\n"):
                yield json.loads(line)
        child.wait()
