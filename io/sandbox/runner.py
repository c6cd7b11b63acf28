"""runner.py - the first process of a program's jail: runs it on what it is sent and says what it gave.

Lines come on standard input, lines go to standard output. The first one is a job:
    {"mode": "calls", "code": ...}       a child has the code as a module and answers calls:
                                         NONCE ["name", (arguments), {keywords}] as a literal of Python,
                                         by NONCE v VALUE, or NONCE e EXCEPTION; VALUE is JSON as
                                         encode() writes it
    {"mode": "runs", "language": ..., "code": ..., "command": ..., "inputs": [...]}
                                         built first: `built 1`, or `built 0`, or
                                         `lacks` and the compiler that is not there; then a child for each input, and of
                                         each `ran EXIT SIGNAL OUTPUT`, what it printed in hexadecimal
It begins with `ready` and ends with `end EXIT SIGNAL`. The child shares nothing with this process that
could tell it what is expected: nothing here knows that. What it says in this one's place is not believed
more than what it says itself.
"""

import _signal  # what `signal` and `json` import beside takes longer than all the rest
import os
import resource
import select
import sys
from _json import encode_basestring_ascii as quoted

VALUE_MOST = 1 << 20
ITEMS_MOST = 10000  # of an iterator, which may not end


def say(file, text):
    data = text.encode() + b"\n"
    while data:
        data = data[os.write(file, data):]


def hear(file):
    """The next line, without its end; None: there is none."""
    global rest
    parts = [rest]
    while b"\n" not in parts[-1]:
        part = os.read(file, 1 << 16)
        if not part:
            return None
        parts.append(part)
    line, _, rest = b"".join(parts).partition(b"\n")
    return line.decode()


def encode(value):
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, int):
        return int.__repr__(value)
    if isinstance(value, float):
        return '["f","%s"]' % float.__repr__(value)
    if isinstance(value, complex):
        return '["c","%s"]' % complex.__repr__(value)
    if isinstance(value, (bytes, bytearray)):
        return '["b","%s"]' % bytes(value).hex()
    for kind, tag in ((list, "l"), (tuple, "t"), (set, "s"), (frozenset, "z")):
        if isinstance(value, kind):
            return "[%s]" % ",".join(['"%s"' % tag, *(encode(item) for item in kind.__iter__(value))])
    if isinstance(value, dict):
        return "[%s]" % ",".join(
            ['"d"', *(encode(key) + "," + encode(item) for key, item in dict.items(value))])
    if isinstance(value, range):
        return '["r",%d,%d,%d]' % (value.start, value.stop, value.step)
    if "fractions" in sys.modules and isinstance(value, sys.modules["fractions"].Fraction):
        return '["q",%d,%d]' % (value.numerator, value.denominator)
    if "decimal" in sys.modules and isinstance(value, sys.modules["decimal"].Decimal):
        return '["m",%s]' % quoted(str(value))
    if hasattr(type(value), "__next__"):
        return encode_items(value)
    return '["o"]'


def encode_items(iterator):
    """What an iterator has left."""
    items = ['"i"']
    for item in iterator:
        if len(items) > ITEMS_MOST:
            raise OverflowError
        items.append(encode(item))
    return "[%s]" % ",".join(items)


def module(code, name):
    """The code's own names, once it has run."""
    import builtins

    builtins.exit = builtins.quit = sys.exit
    sys.argv = ["answer.py"]
    sys.path.append("/usr/lib/python3/dist-packages")
    main = type(sys)(name)
    sys.modules[name] = main
    exec(compile(code, "answer.py", "exec", dont_inherit=True), main.__dict__)
    return main.__dict__


def answer_calls(code, down, up):
    failed = None
    names = {}
    try:
        names = module(code, "answer")
    except BaseException as error:
        failed = type(error).__name__
    while (line := hear(down)) is not None:
        nonce, _, call = line.partition(" ")
        try:
            name, arguments, keywords = eval(call, {"__builtins__": {}, "set": set, "frozenset": frozenset})
            if failed is not None:
                said = "e " + failed
            elif name not in names:
                said = "e NameError"
            else:
                said = "v " + encode(names[name](*arguments, **keywords))
                if len(said) > VALUE_MOST:
                    said = "e OverflowError"
        except SystemExit as error:
            said = "e SystemExit"
        except BaseException as error:
            said = "e " + type(error).__name__
        say(up, nonce + " " + said)


def quiet(inp, out):
    """Standard files of a child."""
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null if inp is None else inp, 0)
    os.dup2(null if out is None else out, 1)
    os.dup2(null, 2)
    os.closerange(3, 64)


def finish():
    """What Python does at its end, for a process that ends by os._exit()."""
    threading = sys.modules.get("threading")
    if threading is not None:
        threading._shutdown()
    atexit = sys.modules.get("atexit")
    if atexit is not None:
        atexit._run_exitfuncs()
    sys.stdout.flush()


def wait(number):
    """The status of a child, once it has ended. When nobody is left who could hear of it, with this process
    all others of the jail end, too."""
    files = select.poll()
    files.register(0, 0)  # that it is closed is always told
    files.register(woken, select.POLLIN)
    while True:
        ended_one, status = os.waitpid(number, os.WNOHANG)
        if ended_one:
            return status
        for file, _ in files.poll():
            if file != woken:
                os._exit(1)
            os.read(woken, 4096)


def child(work):
    """Run work() in a child; its exit status and signal, when it and all that it began are gone."""
    number = os.fork()
    if number == 0:
        try:
            _signal.set_wakeup_fd(-1)
            _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
            work()
            finish()
        except SystemExit as error:
            code = error.code
            try:
                finish()
            finally:
                os._exit(code & 255 if isinstance(code, int) else 0 if code is None else 1)
        except BaseException:
            os._exit(1)
        os._exit(0)
    status = wait(number)
    clear()
    return os.waitstatus_to_exitcode(status)


def clear():
    try:
        os.kill(-1, _signal.SIGKILL)
    except ProcessLookupError:
        pass
    try:
        while True:
            os.wait()
    except ChildProcessError:
        pass


def ended(code):
    return "%d %d" % ((code, 0) if code >= 0 else (0, -code))


def serve_calls(job):
    def work():
        down, up = os.dup2(0, 62), os.dup2(1, 63)
        null = os.open("/dev/null", os.O_RDWR)
        for file in (0, 1, 2):
            os.dup2(null, file)
        os.closerange(3, 62)
        limit(resource.RLIMIT_FSIZE, output << 10)
        answer_calls(job["code"], down, up)

    return child(work)


BUILDS = {"c": ("gcc", "c"), "c++": ("g++", "c++")}


def build(job):
    """What runs it, as a function for a child; None: it cannot be built."""
    language, code = job["language"], job["code"]
    if language == "python":
        return lambda: module(code, "__main__")
    with open("/tmp/answer", "w", encoding="utf-8", errors="replace") as file:
        file.write(code)
    if language == "command":
        return lambda: os.execv("/bin/sh", ["sh", "-c", job["command"], "sh", "/tmp/answer"])
    compiler, kind = BUILDS[language]
    if not any(os.access(os.path.join(folder, compiler), os.X_OK) for folder in os.get_exec_path()):
        say(1, "lacks " + compiler)

    def work():
        quiet(None, None)
        os.execvp(compiler, [compiler, "-O1", "-x", kind, "/tmp/answer", "-o", "/tmp/program", "-lm"])

    if child(work) != 0:
        return None
    return lambda: os.execv("/tmp/program", ["program"])


def scratch():
    """A file without a name, so that nobody else can open or replace it."""
    name = "/tmp/" + os.urandom(8).hex()
    file = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    os.unlink(name)
    return file


def run_on(start, text):
    inp, out = scratch(), scratch()
    os.write(inp, text.encode("utf-8", "replace"))
    os.lseek(inp, 0, os.SEEK_SET)

    def work():
        quiet(inp, out)
        limit(resource.RLIMIT_FSIZE, output << 10)
        start()

    code = child(work)
    said = os.pread(out, output << 10, 0)
    os.close(inp)
    os.close(out)
    return "ran %s %s" % (ended(code), said.hex())


def hide():
    """A command's word is its exit status, which this process says: keep its files from all others."""
    import ctypes

    ctypes.CDLL(None).prctl(4, 0)  # PR_SET_DUMPABLE


def serve_runs(job):
    if job["language"] == "command":
        hide()
    start = build(job)
    say(1, "built %d" % (start is not None))
    for text in job["inputs"] if start is not None else []:
        say(1, run_on(start, text))
    return 0


def main():
    hold(_signal.SIGINT, _signal.SIGPIPE, _signal.SIGXFSZ)
    say(1, "ready")
    line = hear(0)
    if line is None:
        return
    null = os.open("/dev/null", os.O_RDWR)
    os.dup2(null, 2)
    os.close(null)
    job = eval(line, {"__builtins__": {}, "true": True, "false": False, "null": None})
    code = serve_calls(job) if job["mode"] == "calls" else serve_runs(job)
    say(1, "\nend " + ended(code))


main()
