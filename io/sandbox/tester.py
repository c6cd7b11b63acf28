"""tester.py - the first process of the jail of tests: runs tests that are code, a child for each job.

Lines come on standard input, lines go to standard output. A job is a line of JSON:
    {"nonce": ..., "setup": ..., "entry": ..., "check": ...}       check(candidate), as HumanEval has it
    {"nonce": ..., "setup": ..., "asserts": [...]}                 statements; names that neither they, setup
                                                                   nor Python define are the candidate's
    {"nonce": ..., "entry": ..., "calls": [[[argument, ...], value], ...]}
While it runs, a call of the candidate is a line `call NONCE LITERAL`, which waits for `NONCE v VALUE`,
`NONCE e EXCEPTION` or `gone`. Its verdict is `verdict NONCE {"passed": ..., "of": ..., "why": ...}`, with
the job's nonce; then comes `end`. "broken": true says that the tests themselves do not work.
"""

import ast
import builtins
import decimal
import fractions
import json
import os
import resource
import select
import signal
import sys


def say(text):
    data = text.encode() + b"\n"
    while data:
        data = data[os.write(up, data):]


def hear():
    global rest
    parts = [rest]
    while b"\n" not in parts[-1]:
        part = os.read(down, 1 << 16)
        if not part:
            os._exit(0)
        parts.append(part)
    line, _, rest = b"".join(parts).partition(b"\n")
    return line.decode()


class Broken(Exception):
    """The tests do not work, whatever the candidate is."""


class Gone(Exception):
    """The candidate's process has ended."""


class Opaque:
    """A value that is no data; it equals nothing. Tests that want more of it cannot tell."""

    def __call__(self, *_, **__):
        raise Broken("the tests call what a call of the program gave, which cannot be carried out of its jail")

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self


def decode(value):
    if not isinstance(value, list):
        return value
    tag, items = value[0], value[1:]
    if tag == "f":
        return float(items[0])
    if tag == "c":
        return complex(items[0])
    if tag == "b":
        return bytes.fromhex(items[0])
    if tag == "o":
        return Opaque()
    if tag == "q":
        return fractions.Fraction(int(items[0]), int(items[1]))
    if tag == "m":
        return decimal.Decimal(items[0])
    items = [decode(item) for item in items]
    if tag == "i":
        return iter(items)
    if tag == "r":
        return range(*items)
    if tag == "d":
        return dict(zip(items[::2], items[1::2]))
    return {"l": list, "t": tuple, "s": set, "z": frozenset}[tag](items)


def literal(value):
    """The value as Python writes it."""
    if value is None or isinstance(value, (bool, str, bytes)):
        return repr(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return {"inf": "1e999", "-inf": "-1e999", "nan": "(1e999-1e999)"}.get(repr(value), repr(value))
    if isinstance(value, complex):
        return repr(value)
    if isinstance(value, tuple):
        return "(%s)" % "".join(literal(item) + "," for item in value)
    if isinstance(value, list):
        return "[%s]" % ",".join(map(literal, value))
    if isinstance(value, (set, frozenset)):
        return "%s([%s])" % (type(value).__name__, ",".join(map(literal, value)))
    if isinstance(value, dict):
        return "{%s}" % ",".join(literal(key) + ":" + literal(item) for key, item in value.items())
    raise Broken("the tests hand a %.40s to the program, which cannot be carried into a jail"
                 % type(value).__name__)


def raised(name):
    """The candidate's exception, marked as its own."""
    kind = getattr(builtins, name, None)
    if not (isinstance(kind, type) and issubclass(kind, Exception)):
        kind = RuntimeError
    try:
        error = kind(name)
    except TypeError:
        error = RuntimeError(name)
    error.candidate = name
    return error


def stand_in(name):
    def call(*arguments, **keywords):
        nonce = os.urandom(8).hex()
        say("call %s [%r,%s,%s]" % (nonce, name, literal(arguments), literal(keywords)))
        said = hear()
        if said == "gone":
            error = Gone("its process has ended")
            error.candidate = "end"
            raise error
        _, kind, text = said.split(" ", 2)
        if kind == "e":
            raise raised(text)
        try:
            return decode(json.loads(text))
        except Exception:
            raise raised("ValueError") from None

    call.__name__ = name
    return call


class Tally:
    def __init__(self):
        self.passed, self.of, self.why = 0, 0, ""

    def fail(self, why):
        if not self.why:
            self.why = "test %d failed: %s" % (self.of, why)

    def error(self, error):
        """Whose fault is it?"""
        name = getattr(error, "candidate", None)
        if isinstance(error, Broken):
            raise error
        if name is None and isinstance(error, (NameError, ImportError, SyntaxError, MemoryError)):
            raise Broken("the tests do not work: %s: %.200s" % (type(error).__name__, error)) from error
        if name == "end":
            self.fail("the program has ended")
        elif name is not None:
            self.fail("a call raised %.60s" % name)
        else:
            self.fail("a call gave something of another kind")

    def test(self, what):
        self.of += 1
        try:
            good = bool(what())
        except Exception as error:
            self.error(error)
        else:
            self.passed += good
            if not good:
                self.fail("a call gave another value")


class Asserts(ast.NodeTransformer):
    """Assertions are counted, and one that fails does not hide those behind it. `assert True` that is always
    reached, as HumanEval has it, is no test."""

    count = 0

    def visit_Module(self, node):
        node.body = [part for part in node.body if not (
            isinstance(part, ast.Assert) and isinstance(part.test, ast.Constant) and part.test.value)] or [ast.Pass()]
        return self.generic_visit(node)

    visit_FunctionDef = visit_Module

    def visit_Assert(self, node):
        self.count += 1
        nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        call = ast.Call(func=ast.Name("__crux_test__", ast.Load()),
                        args=[ast.Lambda(args=nothing, body=node.test)], keywords=[])
        return ast.copy_location(ast.Expr(call), node)


def compiled(code, asserts):
    try:
        tree = ast.fix_missing_locations(asserts.visit(ast.parse(code)))
        return tree, compile(tree, "tests", "exec")
    except (SyntaxError, ValueError, RecursionError) as error:
        raise Broken("the tests cannot be read: %.200s" % error) from error


def run_code(tally, asserts, code, names):
    """Code in which assertions are tests; what it raises beside them ends it."""
    try:
        exec(code, names)
    except Exception as error:
        tally.of += 1
        tally.error(error)
        tally.of = max(tally.of, asserts.count)


def same(value, expected):
    """JSON has no tuples; true is not 1."""
    if isinstance(value, (list, tuple)) and isinstance(expected, list):
        return len(value) == len(expected) and all(map(same, value, expected))
    if isinstance(value, dict) and isinstance(expected, dict):
        return ({str(key) for key in value} == set(expected)
                and all(same(item, expected[str(key)]) for key, item in value.items()))
    if isinstance(value, float) or isinstance(expected, float):
        return (isinstance(value, (int, float)) and isinstance(expected, (int, float))
                and (value == expected or abs(value - expected) <= 1e-9 * max(abs(value), abs(expected))))
    return type(value) is type(expected) and value == expected


def run_check(tally, job, names):
    asserts = Asserts()
    _, code = compiled(job["check"], asserts)
    names[job["entry"]] = names["candidate"] = stand_in(job["entry"])
    run_code(tally, asserts, code, names)
    if "check" in names:
        names["check"].__globals__["__crux_test__"] = tally.test
        try:
            names["check"](names["candidate"])
        except Exception as error:
            tally.of += 1
            tally.error(error)
            tally.of = max(tally.of, asserts.count)


def unknown_names(tree):
    """The names that code does not make itself."""
    nodes = list(ast.walk(tree))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    stored = {node.id for node in nodes if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)}
    stored |= {node.arg for node in nodes if isinstance(node, ast.arg)}
    stored |= {alias.asname or alias.name.split(".")[0] for node in nodes
               if isinstance(node, (ast.Import, ast.ImportFrom)) for alias in node.names}
    return used - stored - {"__crux_test__"}


def candidate_names(codes, names):
    """What the tests call of the program: what nobody else defines; else the one function of Python's that each
    of them calls, as in `assert sum(10, 15) == 6` of MBPP, which is then the program's."""
    asked = [unknown_names(tree) - set(names) for tree, _ in codes]
    own = set.union(*asked) - set(dir(builtins))
    if own:
        return own
    called = [{node.func.id for node in ast.walk(tree)
               if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)} & unknown
              for (tree, _), unknown in zip(codes, asked)]
    own = set.intersection(*called)
    if len(own) != 1:
        raise Broken("the tests call nothing of the program")
    return own


def run_asserts(tally, job, names):
    asserts = Asserts()
    codes = [compiled(text, asserts) for text in job["asserts"]]
    for name in candidate_names(codes, names):
        names[name] = stand_in(name)
    for _, code in codes:
        run_code(tally, asserts, code, names)


def run_calls(tally, job):
    call = stand_in(job["entry"])
    for arguments, expected in job["calls"]:
        tally.test(lambda: same(call(*arguments), expected))


def judge(job):
    tally = Tally()
    names = {"__name__": "tests", "__crux_test__": tally.test}
    sys.path.append("/usr/lib/python3/dist-packages")
    try:
        if job.get("setup"):
            try:
                exec(compile(job["setup"], "setup", "exec"), names)
            except Exception as error:
                raise Broken("what stands before the tests does not work: %.200s" % error) from error
        if "calls" in job:
            run_calls(tally, job)
        elif "asserts" in job:
            run_asserts(tally, job, names)
        else:
            run_check(tally, job, names)
        if tally.of == 0:
            raise Broken("there is no test in the tests")
        said = {"passed": tally.passed, "of": tally.of, "why": tally.why}
    except Broken as error:
        said = {"broken": True, "why": str(error)}
    say("verdict %s %s" % (job["nonce"], json.dumps(said)))


def wait(number):
    """The status of a child, once it has ended. When nobody is left who could hear of it, with this process
    all others of the jail end, too."""
    files = select.poll()
    files.register(down, 0)  # that it is closed is always told
    files.register(woken, select.POLLIN)
    while True:
        ended_one, status = os.waitpid(number, os.WNOHANG)
        if ended_one:
            return status
        for file, _ in files.poll():
            if file != woken:
                os._exit(1)
            os.read(woken, 4096)


def clear():
    try:
        os.kill(-1, signal.SIGKILL)
    except ProcessLookupError:
        pass
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


def main():
    hold(signal.SIGINT)
    say("ready")
    while True:
        job = json.loads(hear())
        number = os.fork()
        if number == 0:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            try:
                judge(job)
            finally:
                os._exit(0)
        wait(number)
        clear()
        say("end")


down, up = os.dup2(0, 62), os.dup2(1, 63)
null = os.open("/dev/null", os.O_RDWR)
os.dup2(null, 0)
os.dup2(null, 1)
os.close(null)
main()
