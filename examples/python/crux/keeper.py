"""keeper.py PIDFD [FOLDER] - ends a process when whoever started us is gone, however that came: standard input is a pipe
that he holds, and nobody else. First with SIGTERM, which keeps what is paid for, then twice more, some seconds later.
Then the folder goes, in which he had a socket."""

import select
import shutil
import signal
import sys

process = int(sys.argv[1])
poll = select.poll()
poll.register(0, select.POLLIN)
poll.register(process, select.POLLIN)
if process not in dict(poll.poll()):
    for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGKILL):
        try:
            signal.pidfd_send_signal(process, number)
        except ProcessLookupError:
            break
        if select.select([process], [], [], 20)[0]:
            break
    if len(sys.argv) > 2:
        shutil.rmtree(sys.argv[2], ignore_errors=True)
