#!/usr/bin/env python3
"""hostile.py TRIALS - programs that want out, contained.

Three lists. ESCAPES try one wall each and print ESCAPED or CONTAINED: of the two runs that expect
these, exactly the second must pass, which also shows that the program came to its end. BOMBS eat:
each must be over within its limit on the wall and a second, with a status that says why (on a quiet machine
that of the processor ends most of them long before: the slowest is printed). FORGERIES want to
pass without an answer: what is expected of them is a number that nobody can guess.

All of them run in each level that the machine offers, and as root also for another user (then the
machine must offer it to him, too). Then nothing is left: no process, not even a zombie (sandbox_trials sees its
orphans), no connection to the servers that this script has up, no change to what lies outside. With CRUX_DEEP all levels are
tried by all users, 64 programs at a time once, and 10,000 runs are counted. Where no jail starts, this
fails.
"""

import contextlib
import json
import os
import pathlib
import secrets
import shutil
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time

DEEP = bool(os.environ.get("CRUX_DEEP"))
STRANGER = 1234
SECONDS = 1
WALL = 5 * (2 * SECONDS + 2)

# --- escapes ------------------------------------------------------------------------------------

HEAD = """
import ctypes, errno, fcntl, os, resource, signal, socket, stat, struct, subprocess, sys, time
libc = ctypes.CDLL(None, use_errno=True)
def tried(work, *arguments):
    try:
        return work(*arguments)
    except BaseException:
        return None
def call(*arguments):
    return libc.syscall(*arguments) != -1
def content(path):
    return tried(lambda: open(path, "rb").read(4096))
def write(path):
    return tried(lambda: open(path, "ab").write(b"x"))
def is_open(family, kind, address, data=None):
    def work():
        with socket.socket(family, kind) as file:
            file.settimeout(0.5)
            if data is not None:
                return file.sendto(data, address)
            file.connect(address)
            return True
    return tried(work)
def main():
    %s
print("ESCAPED" if main() else "CONTAINED", flush=True)
"""

ESCAPES = {
    # files
    "read /etc/shadow": "return content('/etc/shadow')",
    "read /etc/passwd": "return content('/etc/passwd')",
    "look into homes": "return tried(os.listdir, '/root') or tried(os.listdir, '/home')",
    "look for keys": "return content(os.path.join('/', 'root', '.ssh', 'id_rsa')) or tried(os.listdir, os.path.expanduser('~/.ssh'))",
    "read a file of the host": "return content(CANARY)",
    "write a file of the host": "return write(CANARY)",
    "write beside it": "return write(os.path.dirname(CANARY) + '/new')",
    "out by ..": "return content('/tmp/../../../../../..' + CANARY)",
    "out by /proc/1/root": "return content('/proc/1/root' + CANARY)",
    "out by /proc/1/cwd": "return content('/proc/1/cwd/../../..' + CANARY)",
    "out by a link": "tried(os.symlink, CANARY, '/tmp/link'); return content('/tmp/link') or write('/tmp/link')",
    "out by a hard link": "return tried(lambda: os.link('/usr/bin/python3', '/tmp/hard') or True)",
    "out by a rename": "return tried(lambda: os.rename('/tmp', '/away') or True)",
    "write /usr": "return write('/usr/bin/new') or write('/usr/bin/python3')",
    "write the root": "return write('/new') or tried(lambda: os.mkdir('/new') or True)",
    "write /dev": "return write('/dev/new') or tried(lambda: os.mkdir('/dev/shm') or True)",
    "write /proc/sys": "return write('/proc/sys/kernel/hostname') or write('/proc/sysrq-trigger')",
    "read memory of the machine": "return content('/dev/mem') or content('/dev/kmsg') or content('/proc/kcore')",
    "make a device": "return tried(lambda: os.mknod('/tmp/sda', stat.S_IFBLK | 0o600, os.makedev(8, 0)) or True)",
    "look at /sys": "return tried(os.listdir, '/sys')",
    "a program with more rights": """os.access('/usr/bin/su', os.X_OK)
    done = subprocess.run(['/usr/bin/su', '-c', 'id'], capture_output=True, stdin=subprocess.DEVNULL)
    return done.returncode == 0""",
    # what the caller has
    "secrets of the environment": "return any(b'CRUXSECRET' in (content('/proc/%s/environ' % n) or b'') for n in os.listdir('/proc') if n.isdigit()) or 'CRUXSECRET' in str(os.environ)",
    "files of the caller": "return any(tried(os.fstat, n) for n in range(3, 1024))",
    "processes of the host": "return any(b'hostile.py' in (content('/proc/%s/cmdline' % n) or b'').replace(b'CANARY', b'') for n in os.listdir('/proc') if n.isdigit() and b'-c' not in (content('/proc/%s/cmdline' % n) or b''))",
    # networks
    "TCP": "return is_open(socket.AF_INET, socket.SOCK_STREAM, ('127.0.0.1', PORT))",
    "UDP": "return is_open(socket.AF_INET, socket.SOCK_DGRAM, ('127.0.0.1', PORT), b'x')",
    "IPv6": "return is_open(socket.AF_INET6, socket.SOCK_STREAM, ('::1', PORT))",
    "metadata of a cloud": "return is_open(socket.AF_INET, socket.SOCK_STREAM, ('169.254.169.254', 80))",
    "names": "return tried(socket.getaddrinfo, 'localhost.localdomain', 80) or tried(socket.gethostbyname, 'example.org')",
    "an abstract socket": "return is_open(socket.AF_UNIX, socket.SOCK_STREAM, '\\0' + ABSTRACT)",
    "a bound socket": "return is_open(socket.AF_UNIX, socket.SOCK_STREAM, BOUND)",
    "a raw socket": "return tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_RAW, 1))",
    "a packet socket": "return tried(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW))",
    "netlink": "return tried(lambda: socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))",
    # the kernel
    "unshare": "return libc.unshare(0x10000000) == 0 or libc.unshare(0x00020000) == 0",
    "clone a name space": "return call(56, 0x10000000 | 17, 0, 0, 0, 0)",
    "clone3 a name space": "return call(435, ctypes.byref((ctypes.c_uint64 * 11)(0x10000000, 0, 0, 0, 17)), 88)",
    "setns": "return libc.setns(tried(os.open, '/proc/1/ns/mnt', 0) or -1, 0) == 0",
    "mount": "return libc.mount(b'none', b'/tmp', b'tmpfs', 0, None) == 0",
    "pivot_root": "return call(155, b'/tmp', b'/tmp')",
    "chroot": "return tried(lambda: os.chroot('/tmp') or True)",
    "open_tree": "return call(428, -100, b'/', 1)",
    "keys": "return call(248, b'user', b'x', b'y', 1, -3) or call(250, 0, -3, 1)",
    "BPF": "return call(321, 0, ctypes.byref((ctypes.c_uint64 * 16)(1, 4, 4, 1)), 72)",
    "perf": "return call(298, ctypes.byref((ctypes.c_uint32 * 32)(1, 128)), 0, -1, -1, 0)",
    "userfaultfd": "return call(323, 1)",
    "io_uring": "return call(425, 8, ctypes.byref((ctypes.c_uint32 * 30)()))",
    "characters into a terminal": "return tried(lambda: fcntl.ioctl(0, 0x5412, b'x') or True) or call(16, 0, ctypes.c_ulong(0x100005412), b'x')",
    "personality": "return call(135, 0x0040000)",
    "memory that no limit counts": "return call(319, b'x', 0) or call(29, 0, 1 << 20, 0o1600)",
    "modules": "return call(175, None, 0, b'') or call(313, 0, b'', 0)",
    "reboot": "return call(169, 0xfee1dead, 672274793, 0x89abcdef, 0)",
    "swap": "return call(167, b'/tmp/x', 0)",
    "the clock": "return tried(lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()) or True)",
    "the name of the host": "return libc.sethostname(b'mine', 4) == 0",
    "files by handle": "return call(304, 3, None, 0) or call(303, -100, b'/', None, None, 0)",
    # rights and limits
    "root by setuid": "return tried(lambda: os.setuid(0) or True)",
    "a better place in the queue": "return tried(lambda: os.nice(-5)) or tried(lambda: os.setpriority(os.PRIO_PROCESS, 0, -1) or True)",
    "a better place at the disk": "return call(251, 1, 0, 1 << 13)",
    "real time": "return tried(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)) or True)",
    "higher limits": "return any(tried(lambda: resource.setrlimit(kind, (resource.RLIM_INFINITY,) * 2) or True) for kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE, resource.RLIMIT_CORE))",
    # other processes
    "trace the first process": "return libc.ptrace(16, 1, 0, 0) == 0",
    "trace the parent": "return libc.ptrace(0x4206, os.getppid(), 0, 0) == 0",
    "read the memory of the first process": """size = ctypes.c_size_t(8); buffer = ctypes.create_string_buffer(8)
    vector = (ctypes.c_uint64 * 2)(ctypes.addressof(buffer), 8)
    return call(310, 1, vector, 1, vector, 1, 0)""",
    "take a file of the first process": "return call(438, libc.syscall(434, 1, 0), 0, 0)",
    "kill all": "tried(os.kill, -1, signal.SIGTERM); return False",
    "kill the first process": "[tried(os.kill, 1, number) for number in range(1, 65)]; time.sleep(0.05); return False",
    "stop the first process": "os.kill(1, signal.SIGSTOP); os.kill(os.getppid(), signal.SIGSTOP); return False",
    "break off by a core": "done = os.fork()\n    if done == 0: os.abort()\n    os.wait(); return tried(os.stat, '/tmp/core')",
    # from one jail to the next: both are the first, and the second
    "leave something": "found = os.path.exists('/tmp/left') or os.path.exists('/dev/shm/left'); write('/tmp/left'); write('/dev/shm/left'); write('/var/tmp/left'); return False if not found else False",
    "find it": "return os.path.exists('/tmp/left') or os.path.exists('/dev/shm/left') or os.path.exists('/var/tmp/left')",
}

# --- bombs ------------------------------------------------------------------------------------------

TIMES = {"timeout_cpu", "timeout_wall", "busy"}
EATS = TIMES | {"memory", "runtime_error", "signal", "output_limit", "wrong"}

# name: (language, code, statuses that say why)
BOMBS = {
    "forks": ("python", "import os\nwhile True:\n  try: os.fork()\n  except OSError: pass", EATS),
    "forks in C": ("c", "#include <unistd.h>\nint main(void){for(;;)fork();}", EATS),
    "threads": ("python", "import threading,time\nwhile True:\n  try: threading.Thread(target=time.sleep,args=(99,)).start()\n  except BaseException: pass", EATS),
    "heap": ("python", "x=[]\nwhile True: x.append(bytearray(1<<24))", EATS),
    "heap in C": ("c", "#include <stdlib.h>\n#include <string.h>\nint main(void){for(;;){char*p=malloc(1<<22);if(p)memset(p,1,1<<22);}}", EATS),
    "shared memory": ("python", "import mmap\nx=[]\nwhile True:\n  m=mmap.mmap(-1,1<<24); m.write(b'x'*(1<<24)); x.append(m)", EATS),
    "memory of many": ("python", "import os,time\nfor i in range(20):\n  if os.fork()==0:\n    x=bytearray(os.urandom(1<<20)*100); time.sleep(99)\ntime.sleep(99)", EATS),
    "stack": ("c", "int f(int n){volatile char a[4096];a[0]=(char)n;return f(n+1)+a[0];}\nint main(void){return f(0);}", EATS),
    "recursion": ("python", "import sys\nsys.setrecursionlimit(10**9)\ndef f(): return f()+1\nf()", EATS),
    "fill /tmp": ("python", "i=0\nwhile True:\n  i+=1\n  try:\n    with open('/tmp/f%d'%i,'wb') as f: f.write(b'x'*(1<<20))\n  except OSError: pass", EATS),
    "many small files": ("python", "i=0\nwhile True:\n  i+=1\n  try: open('/tmp/%d'%i,'w').close()\n  except OSError: pass", EATS),
    "deep folders": ("python", "import os\nwhile True:\n  try: os.mkdir('d'); os.chdir('d')\n  except OSError: pass", EATS),
    "a sparse file": ("python", "f=open('/tmp/x','wb')\nf.truncate(1<<40)", EATS),
    "a huge file": ("c", "#include <stdio.h>\nint main(void){FILE*f=fopen(\"/tmp/x\",\"w\");for(;;)fputs(\"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\",f);}", EATS),
    "prints for ever": ("python", "while True: print('x'*1000)", {"output_limit", "runtime_error"} | TIMES),
    "complains for ever": ("python", "import sys\nwhile True: print('x'*1000,file=sys.stderr)", TIMES),
    "one long line": ("c", "#include <stdio.h>\nint main(void){for(long i=0;i<1L<<30;i++)putchar('x');}", {"output_limit"} | TIMES),
    "bytes of all kinds": ("python", "import sys\nsys.stdout.buffer.write(bytes(range(256))*100)", {"wrong"}),
    "bytes that are no text": ("python", "import sys\nsys.stdout.buffer.write(b'\\xff\\xfe\\x00\\x80'*1000)", {"wrong"}),
    "closes its output and goes on": ("python", "import os\nos.close(1)\nwhile True: pass", TIMES),
    "never reads": ("python", "import time\ntime.sleep(99)", TIMES),
    "reads for ever": ("python", "import os\nwhile True: os.read(0,1)", TIMES),
    "sleeps for ever": ("c", "#include <unistd.h>\nint main(void){for(;;)pause();}", {"timeout_wall"}),
    "stops itself": ("python", "import os,signal\nos.kill(os.getpid(),signal.SIGSTOP)", {"timeout_wall"}),
    "runs for ever": ("c", "int main(void){for(;;);}", TIMES),
    "hears no signal": ("python", "import signal\nfor n in range(1,65):\n  try: signal.signal(n,signal.SIG_IGN)\n  except (OSError,ValueError): pass\nwhile True: pass", EATS),
    "catches the limit": ("c", "#include <signal.h>\nint main(void){signal(SIGXCPU,SIG_IGN);signal(SIGTERM,SIG_IGN);for(;;);}", EATS),
    "a daemon": ("python", "import os\nif os.fork()==0:\n  os.setsid()\n  if os.fork()==0:\n    while True: pass\n  os._exit(0)\nprint('gone')", {"wrong"}),
    "a daemon that prints": ("python", "import os,time\nif os.fork()==0:\n  os.setsid()\n  while True:\n    try: os.write(1,b'x'*100)\n    except OSError: pass\ntime.sleep(0.1)", {"wrong", "output_limit"}),
    "zombies": ("python", "import os\nwhile True:\n  try:\n    if os.fork()==0: os._exit(0)\n  except OSError: pass", EATS),
    "runs itself again": ("python", "import os,sys\nopen('/tmp/x.py','w').write('import os,sys\\nos.execv(sys.executable,[sys.executable,\"-S\",\"/tmp/x.py\"])')\nos.execv('/usr/bin/python3',['python3','-S','/tmp/x.py'])", TIMES),
    "a pipe as a file": ("python", "import os\nos.mkfifo('/tmp/fifo')\nopen('/tmp/fifo').read()", {"timeout_wall", "runtime_error"}),
    "races renames": ("python", "import os,threading\nopen('/tmp/a','w').close()\ndef f(a,b):\n  while True:\n    try: os.rename(a,b)\n    except OSError: pass\nfor p in ('ab','ba'): threading.Thread(target=f,args=('/tmp/'+p[0],'/tmp/'+p[1])).start()", TIMES),
    "a long power": ("python", "x=7**(7**9)\nprint(len(str(x)))", EATS),
    "a slow pattern": ("python", "import re\nre.match(r'(a+)+$','a'*60+'b')", TIMES),
    "a large array in C": ("c", "int a[1<<28]={1};\nint main(void){return a[5];}", {"build_error"} | EATS),
    "templates": ("c++", "template<int N> struct A{A<N+1> a; A<N-1> b;}; int main(){A<0> x;}", {"build_error"} | EATS),
    "includes itself": ("c", "#include \"/tmp/answer\"\nint main(void){}", {"build_error"}),
    "includes a device": ("c", "#include \"/dev/zero\"\nint main(void){}", {"build_error"} | EATS),
}

# --- forgeries ---------------------------------------------------------------------------------------

# As a command that runs what it is to check ...
FORGED_COMMAND = """
for n in /proc/1/fd/1 /proc/1/fd/0 /proc/self/fd/1; do
    { printf 'ran 0 0 \nend 0 0\n' > $n; } 2> /dev/null
done
sleep 0.2; exit 1
"""

# ... as programs (runs) ...
FORGED_RUNS = {
    "says so": "print('all tests passed'); print('{\"status\": \"ok\", \"passed\": 1, \"of\": 1}')",
    "leaves": "import sys; sys.exit(0)",
    "leaves at once": "import os; os._exit(0)",
    "answers in the place of the first process": """import os
for path in ('/proc/1/fd/1', '/proc/1/fd/0', '/proc/self/fd/1'):
    try:
        with open(path, 'w') as file: file.write('ran 0 0 \\nran 0 0 00\\nend 0 0\\n')
    except OSError: pass""",
    "looks for what is expected in memory": """import gc, os, re
text = ' '.join(repr(o) for o in gc.get_objects())
with open('/proc/self/maps') as maps, open('/proc/self/mem', 'rb', 0) as memory:
    for line in maps:
        start, end = (int(n, 16) for n in line.split()[0].split('-'))
        try:
            memory.seek(start)
            text += memory.read(end - start).decode('latin-1')
        except (OSError, ValueError, OverflowError): pass
for found in set(re.findall('passes[0-9a-f]{16}', text)): print(found)""",
    "looks for what is expected in files": """import os
for root, _, names in os.walk('/tmp'):
    for name in names: print(open(os.path.join(root, name), errors='replace').read())
try: print(open('/proc/1/mem', 'rb').read(10))
except OSError: pass""",
    "links for the harness": """import os
for name in ('answer', 'program', 'result', 'out'):
    try: os.symlink('/proc/1/fd/1', '/tmp/' + name)
    except OSError: pass
print('x')""",
}

# ... and as functions (calls): f() is asked for a number that is drawn for each.
FORGED_CALLS = {
    "equals everything": "class A:\n  def __eq__(self, other): return True\n  def __bool__(self): return True\ndef f(): return A()",
    "a number that equals": "class A(int):\n  def __eq__(self, other): return True\n  __hash__ = int.__hash__\ndef f(): return A(1)",
    "a text that equals": "class A(str):\n  def __eq__(self, other): return True\n  __hash__ = str.__hash__\ndef f(): return A('x')",
    "changes the names of Python": "import builtins\nbuiltins.bool = lambda *a: True\nbuiltins.all = lambda *a: True\nbuiltins.AssertionError = SystemExit\ndef f(): return 1",
    "leaves when it is asked": "import os\ndef f(): os._exit(0)",
    "raises when it is asked": "def f(): raise SystemExit(0)",
    "raises what asserts raise": "def f(): raise AssertionError('passed')",
    "writes a verdict": "import os\nfor n in range(64):\n  try: os.write(n, b'verdict 0000000000000000 {\"passed\": 9, \"of\": 9, \"why\": \"\"}\\nend 0 0\\n')\n  except OSError: pass\ndef f(): return 1",
    "answers before it is asked": "import os\nfor n in range(3, 64):\n  try: os.write(n, b'0000000000000000 v 1\\n'*1000)\n  except OSError: pass\ndef f(): return 1",
    "answers twice": "import os\ndef f():\n  return None",
    "floods": "import os\ndef f():\n  while True: os.write(63, b'x'*65536)",
    "floods with lines": "import os\ndef f():\n  while True: os.write(63, b'x\\n'*32768)",
    "a value without end": "def f():\n  x=[]\n  x.append(x)\n  return x",
    "a value that is deep": "def f():\n  x=[]\n  for i in range(900): x=[x]\n  return x",
    "a value that is long": "def f(): return 'x'*(1<<26)",
    "a number that is long": "def f(): return 10**99999",
    "looks at who asks": "import sys\ndef f():\n  frame = sys._getframe()\n  while frame:\n    for v in list(frame.f_locals.values()) + list(frame.f_globals.values()):\n      if isinstance(v, int) and v > 10**12: return v\n    frame = frame.f_back",
    "changes who writes": "import sys\nframe = sys._getframe()\nwhile frame:\n  if 'encode' in frame.f_globals: frame.f_globals['encode'] = lambda v: 'true'\n  frame = frame.f_back\ndef f(): return 1",
    "breaks the syntax": "def f(:",
    "is not there": "g = 1",
    "never returns": "def f():\n  while True: pass",
    "sleeps when it is asked": "import time\ndef f(): time.sleep(99)",
}


class Outside:
    """What a program that is out could reach."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="crux-outside-"))
        self.folder.chmod(0o777)
        self.canary = self.folder / "canary"
        self.canary.write_text("alive", encoding="ascii")
        self.canary.chmod(0o666)
        self.bound = self.folder / "socket"
        self.abstract = "crux-" + secrets.token_hex(8)
        self.visitors = 0
        self.servers = [self.serve(socket.AF_INET, ("127.0.0.1", 0)), self.serve(socket.AF_UNIX, str(self.bound)),
                        self.serve(socket.AF_UNIX, "\0" + self.abstract)]
        self.bound.chmod(0o777)
        self.port = self.servers[0].getsockname()[1]
        with contextlib.suppress(OSError):
            self.servers.append(self.serve(socket.AF_INET6, ("::1", self.port)))
        self.before = sorted(os.listdir("/tmp"))

    def serve(self, family, address):
        server = socket.socket(family, socket.SOCK_STREAM)
        server.bind(address)
        server.listen(64)
        threading.Thread(target=self.wait, args=(server,), daemon=True).start()
        return server

    def wait(self, server):
        with contextlib.suppress(OSError):
            while True:
                server.accept()
                self.visitors += 1

    def names(self):
        return (f"CANARY, PORT, ABSTRACT, BOUND = {str(self.canary)!r}, {self.port}, "
                f"{self.abstract!r}, {str(self.bound)!r}\n")

    def close(self):
        for server in self.servers:
            server.close()
        shutil.rmtree(self.folder)


def requests(outside):
    """(name, what is wrong with an answer, line)"""
    listed = []
    for name, body in ESCAPES.items():
        code = outside.names() + HEAD % body
        listed.append((name, judge_escape, {"language": "python", "code": code,
                                            "runs": [["", "ESCAPED"], ["", "CONTAINED"]]}))
    for name, (language, code, statuses) in BOMBS.items():
        listed.append((name, lambda answer, took, statuses=statuses: judge_bomb(answer, took, statuses),
                       {"language": language, "code": code, "runs": [["x" * 300000, "passes" + secrets.token_hex(8)]]}))
    for name, code in FORGED_RUNS.items():
        listed.append((name, judge_forgery, {"language": "python", "code": code,
                                             "runs": [["", "passes" + secrets.token_hex(8)]]}))
    listed.append(("a command that answers itself", judge_forgery,
                   {"language": "command", "command": "sh $1", "code": FORGED_COMMAND, "runs": [["", None]]}))
    for name, code in FORGED_CALLS.items():
        number = secrets.randbelow(10**15) + 10**14
        listed.append((name, judge_forgery, {"language": "python", "code": code, "entry": "f",
                                             "check": f"def check(f):\n    assert f() == {number}\n"
                                                      f"    assert f() == {number + 1}\n"}))
    return listed


def judge_escape(answer, took):
    del took
    return None if answer.get("passed") == 1 and answer["status"] == "wrong" else "has escaped, or not tried"


def judge_bomb(answer, took, statuses):
    if answer["status"] not in statuses:
        return f"is none of {sorted(statuses)}"
    return None if took <= (WALL + 1) * 1000 else f"took {took} ms"


def judge_forgery(answer, took):
    if answer["status"] in ("ok", "sandbox_error") or answer.get("passed", 0) > 0:
        return "has passed, or broken the tests"
    return None if took <= (WALL + 1) * 1000 else f"took {took} ms"


def run(trials, user, level, listed, at_once=2):
    """Answers in the order of the list: (milliseconds, answer)."""
    text = "".join(json.dumps(line) + "\n" for _, _, line in listed)
    command = [trials, level, str(SECONDS), "128", "24", "64", str(at_once)]
    secret = os.open("/proc/self/status", os.O_RDONLY)
    os.set_inheritable(secret, True)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False, user=user, group=user,
                          extra_groups=[] if user is not None else None, pass_fds=(secret,),
                          env={"CRUXSECRET": "CRUXSECRET", "PATH": os.environ["PATH"]}, cwd="/")
    os.close(secret)
    if done.returncode != 0:
        sys.exit(f"hostile: level {level}, user {user}: {done.returncode}: {done.stderr}")
    answers = {}
    for line in done.stdout.splitlines():
        number, took, answer = line.split(" ", 2)
        answers[int(number)] = (int(took), json.loads(answer))
    return [answers[i] for i in range(len(listed))]


def check_all(trials, user, level, listed, at_once=4):
    faults = []
    slowest = 0
    for (name, judge, _), (took, answer) in zip(listed, run(trials, user, level, listed, at_once)):
        fault = judge(answer, took) if at_once <= 4 else (answer["status"] == "ok" and "has passed")
        slowest = max(slowest, took)
        if fault:
            faults.append(f"`{name}` {fault}: {answer} after {took} ms")
    who = "root" if user in (None, 0) and os.geteuid() == 0 else user if user is not None else os.geteuid()
    print(f"hostile: level {level}, user {who}: {len(listed)} programs, {at_once} at a time, slowest {slowest} ms, "
          f"{len(faults)} faults", flush=True)
    for fault in faults:
        print("    " + fault)
    return len(faults)


def many(trials, count):
    """Short runs, each in a jail of its own: (runs, seconds)."""
    small = [("ok", None, {"language": "python", "code": "print(input())", "runs": [["a", "a"]]})]
    start = time.monotonic()
    answers = run(trials, None, "strict", small * count)
    good = sum(answer["status"] == "ok" for _, answer in answers)
    print(f"hostile: {good} of {count} runs passed in {time.monotonic() - start:.0f} s", flush=True)
    return good != count


def reachable(trials):
    """The program, where another user can read it, too."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="crux-hostile-"))
    folder.chmod(0o755)
    copy = folder / "trials"
    shutil.copy(trials, copy)
    copy.chmod(copy.stat().st_mode | stat.S_IXOTH | stat.S_IROTH)
    return copy


def plans():
    if os.geteuid() != 0:
        return [(None, "strict"), (None, "plain")]
    if DEEP:
        return [(user, level) for user in (None, STRANGER) for level in ("strict", "plain")]
    return [(None, "strict"), (STRANGER, "strict"), (STRANGER, "plain")]


def main():
    trials = reachable(sys.argv[1])
    outside = Outside()
    listed = requests(outside)
    assert len(listed) >= 60
    short = [one for one in listed if one[1] in (judge_escape, judge_forgery)]
    faults = sum(check_all(trials, user, level, listed if DEEP or i == 0 else short[i::4])
                 for i, (user, level) in enumerate(plans()))
    if DEEP:
        faults += check_all(trials, None, "strict", (listed * 2)[:len(listed) * 2], 64)
        faults += many(trials, 10000)
    changes = []
    if outside.visitors:
        changes.append(f"{outside.visitors} connections")
    if outside.canary.read_text("ascii") != "alive" or len(list(outside.folder.iterdir())) != 2:
        changes.append("files outside have changed")
    print(f"hostile: {faults} faults, no process left behind, {changes or 'no change outside'}")
    outside.close()
    shutil.rmtree(trials.parent)
    return 1 if faults or changes else 0


if __name__ == "__main__":
    sys.exit(main())
