"""hold.py - how the first process of a jail begins: its limits, and a pipe that ended children wake.

It stands before runner.py and before tester.py, as one script with either.
"""

import _signal  # what `signal` imports beside takes longer than all the rest
import os
import resource
import sys

DIGITS = 100000
sys.set_int_max_str_digits(DIGITS)
seconds, memory, processes, output = (int(text) for text in sys.argv[1:5])
rest = b""
woken, wakes = os.pipe()


def limit(kind, most):
    resource.setrlimit(kind, (most, most))


def hold(*usual):
    """Limits that every process here inherits, and none can raise again; these signals end it, as usual."""
    limit(resource.RLIMIT_AS, memory << 20)
    limit(resource.RLIMIT_NPROC, processes)
    limit(resource.RLIMIT_NOFILE, 64)
    limit(resource.RLIMIT_CORE, 0)
    limit(resource.RLIMIT_MSGQUEUE, 0)
    limit(resource.RLIMIT_MEMLOCK, 0)
    limit(resource.RLIMIT_FSIZE, 64 << 20)
    for number in usual:
        _signal.signal(number, _signal.SIG_DFL)
    os.set_blocking(wakes, False)
    _signal.set_wakeup_fd(wakes, warn_on_full_buffer=False)
    _signal.signal(_signal.SIGCHLD, lambda *_: None)


