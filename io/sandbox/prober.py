"""prober.py - tries each wall of a jail from inside; says `held`, or which one is open."""

import ctypes
import os
import resource
import signal
import sys
import _socket

seconds, memory, processes, output = (int(text) for text in sys.argv[1:5])
libc = ctypes.CDLL(None)


def refused(work, *arguments):
    try:
        return work(*arguments) == -1
    except OSError:
        return True


def about(name):
    with open("/proc/self/status", encoding="ascii") as file:
        return next(line.split(":")[1].strip() for line in file if line.startswith(name + ":"))


def processes_are_counted():
    resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    children = []
    try:
        while len(children) <= processes:
            number = os.fork()
            if number == 0:
                signal.pause()
            children.append(number)
    except OSError:
        return True
    finally:
        for number in children:
            os.kill(number, signal.SIGKILL)
            os.waitpid(number, 0)
    return False


WALLS = (
    ("it is another user", lambda: os.getuid() == 65534),
    ("it is the first of its processes", lambda: os.getpid() == 1),
    ("it has no capability", lambda: int(about("CapEff"), 16) == int(about("CapBnd"), 16) == 0),
    ("it gains no privilege", lambda: about("NoNewPrivs") == "1"),
    ("system calls are filtered", lambda: about("Seccomp") == "2"),
    ("there is no name space to be made", lambda: refused(libc.unshare, 0x10000000)),
    ("nothing can be traced", lambda: refused(libc.ptrace, 0, 0, 0, 0)),
    ("there is no socket", lambda: refused(_socket.socket)),
    ("there is no network", lambda: len(open("/proc/net/dev", encoding="ascii").readlines()) == 3),
    ("nothing is written but /tmp", lambda: all(refused(os.mkdir, name + "/x") for name in ("", "/usr", "/dev"))),
    ("no file is inherited", lambda: set(os.listdir("/proc/self/fd")) <= {"0", "1", "2", "3"}),
    ("no variable is inherited", lambda: set(os.environ) <= {"PATH", "HOME", "LANG", "PYTHONHASHSEED", "PWD"}),
    ("processes are counted", processes_are_counted),
)


def main():
    for name, holds in WALLS:
        try:
            good = holds()
        except Exception as error:
            name, good = "%s (%s: %s)" % (name, type(error).__name__, error), False
        if not good:
            print("open: it does not hold that " + name, flush=True)
            return
    print("held", flush=True)


main()
