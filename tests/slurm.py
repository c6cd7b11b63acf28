#!/usr/bin/env python3
"""slurm.py PROGRAM - the scripts of examples/slurm on a real Slurm of one node: its own munged, slurmctld and slurmd,
in a folder of their own.

  An array of 8 searches one input. The programs of two tasks are killed with SIGKILL; the job that merges when all
  tasks have ended says which problems lack. The array is queued again, all of it: done tasks do nothing and say so.
  Merged, it exports the bytes of one run. So do tasks that are submitted again by their numbers. With one store
  withheld its shard is named, and the job's status is 6.

With CRUX_DEEP=1 there are more puzzles, and two tasks are killed three times. Status 77: no Slurm can be had here;
why is said."""

import contextlib
import ctypes
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from support import DEEP, Failed, contents, crux, insist, insist_same, main, puzzles

HOME = pathlib.Path(__file__).resolve().parent.parent / "examples" / "slurm"
DAEMONS = ("munged", "slurmctld", "slurmd")
TOOLS = ("sbatch", "squeue", "scontrol", "scancel", "sinfo")
SHARDS = 8
PUZZLES = 200 if DEEP else 60
RUN = ["--order", "issued", "--simulations", "12"]
SLOWLY = ["--open-trees", "1", "--in-flight", "1", "--workers", "1", "--delay", "constant:60"]  # so that there is time to kill
WAIT = 300 if DEEP else 90

CONFIG = """ClusterName=crux
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket,cred_expire=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
JobCompType=jobcomp/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_min_interval=100000
SlurmdParameters=config_overrides
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
KillWait=2
ReturnToService=2
JobRequeue=1
NodeName={host} NodeAddr=127.0.0.1 CPUs=32 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES MaxTime=60 State=UP
"""


LIBC = ctypes.CDLL(None)
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def dies_with_us():
    """Also where we are killed and cannot clean up."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


class NoSlurm(Exception):
    """It cannot be had on this machine; the text says why."""


def free_ports(count):
    with contextlib.ExitStack() as stack:
        taken = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]


def children():
    """Ours, also those of daemons that have ended: they come to us (PR_SET_CHILD_SUBREAPER)."""
    found = []
    for task in pathlib.Path("/proc/self/task").iterdir():
        with contextlib.suppress(OSError):
            found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


class Slurm:
    """One node, as long as it is entered."""

    def __init__(self, folder):
        self.folder, self.daemons, self.up = folder, [], False
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}

    def configure(self):
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        user = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True).stdout.strip()
        (self.folder / "slurm.conf").write_text(
            CONFIG.format(host=socket.gethostname().split(".")[0], user=user, folder=self.folder, ports=free_ports(2)),
            encoding="utf-8")
        key = self.folder / "munge.key"
        key.touch(0o600)
        key.write_bytes(secrets.token_bytes(128))

    def daemon(self, name, *words):
        log = (self.folder / f"{name}.said").open("wb")
        process = subprocess.Popen([name, *map(str, words)], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   env=self.environment, preexec_fn=dies_with_us)
        self.daemons.append((name, process))

    def until(self, condition, what, seconds=WAIT):
        deadline = time.monotonic() + seconds
        while not condition():
            ended = [name for name, process in self.daemons if process.poll() is not None]
            if ended or time.monotonic() > deadline:
                why = f"{what}: {'ended: ' + ', '.join(ended) if ended else 'not in time'}\n{self.words()}"
                raise Failed(why) if self.up else NoSlurm(why)
            time.sleep(0.25)

    def words(self):
        """The last that the daemons have said."""
        said = [path for path in sorted(self.folder.glob("*.said")) + sorted(self.folder.glob("*.log")) if path.is_file()]
        return "\n".join(f"{path.name}: {path.read_text(errors='replace')[-600:]}" for path in said)

    def start(self):
        here, munge = self.folder, self.folder / "munge.socket"
        self.daemon("munged", "--foreground", "--force", f"--key-file={here}/munge.key", f"--socket={munge}",
                    f"--pid-file={here}/munge.pid", f"--log-file={here}/munge.log", f"--seed-file={here}/munge.seed")
        self.until(munge.exists, "munged")
        self.daemon("slurmctld", "-D", "-f", here / "slurm.conf")
        self.daemon("slurmd", "-D", "-f", here / "slurm.conf")
        self.until(lambda: "idle" in self.tool("sinfo", "--noheader", "--format=%T"), "the node", 45)
        self.up = True

    def __enter__(self):
        missing = [name for name in (*DAEMONS, *TOOLS) if shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin") is None]
        if missing:
            raise NoSlurm(f"{', '.join(missing)} not installed (packages slurm-wlm and munge)")
        self.environment["PATH"] = os.environ["PATH"] = os.environ["PATH"] + ":/usr/sbin"
        try:
            self.configure()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if len(self.daemons) == len(DAEMONS):
            self.tool("scancel", "--state=RUNNING", "--signal=KILL", "--full")
            self.tool("scancel", "--state=PENDING", "--state=RUNNING")
        for name, process in reversed(self.daemons):
            process.terminate()
            try:
                process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        deadline = time.monotonic() + 20
        while children() and time.monotonic() < deadline:
            for process in children():
                with contextlib.suppress(OSError):
                    os.kill(process, signal.SIGKILL)
            with contextlib.suppress(OSError):
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            time.sleep(0.02)

    def tool(self, *words, check=False, **environment):
        done = subprocess.run([*map(str, words)], capture_output=True, text=True, check=False,
                              env={**self.environment, **environment}, cwd=self.folder)
        if check and done.returncode != 0:
            raise Failed(f"{' '.join(map(str, words))}: status {done.returncode}: {done.stderr}\n{self.words()}")
        return done.stdout.strip()

    def ended(self, job):
        """Until all tasks of a job have ended, its merge too: nothing of it is queued."""
        self.until(lambda: not self.tool("squeue", "--noheader", "--format=%T", "--jobs", job), f"job {job}")

    def exit_status(self, job):
        return int(re.search(r"ExitCode=(\d+):", self.tool("scontrol", "show", "job", job, check=True)).group(1))


class Array:
    """A run of the examples' scripts."""

    def __init__(self, slurm, program, problems):
        self.slurm, self.program, self.problems = slurm, program, problems
        self.stores = slurm.folder / "run"
        self.everything = self.stores / "all.db"

    def store(self, task):
        return self.stores / f"shard-{task}.db"

    def submit(self):
        words = [HOME / "submit.sh", self.problems, self.stores, SHARDS, *RUN, *SLOWLY]
        self.job, merge = self.slurm.tool(*words, check=True, CRUX=self.program).split()
        return merge

    def running(self, task):
        """The process of a task's crux, which its store tells; 0: none is at work."""
        done = subprocess.run([self.program, "status", "--store", str(self.store(task))], capture_output=True, text=True,
                              check=False)
        found = re.search(r"^process +(\d+):", done.stdout, re.MULTILINE)
        finished = re.search(r"^problems +([1-9]\d*) finished", done.stdout, re.MULTILINE)
        return int(found.group(1)) if found and finished else 0

    def kill(self, task):
        process = 0
        deadline = time.monotonic() + WAIT
        while process == 0 and time.monotonic() < deadline:
            process = self.running(task)
            time.sleep(0.1)
        insist(process > 0, f"task {task} was never seen at work\n{self.log(task)}\n{self.slurm.words()}")
        os.kill(process, signal.SIGKILL)

    def log(self, task):
        path = self.slurm.folder / f"crux-{self.job}-{task}.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def merge(self, *dependency):
        """The examples' job, to its end: its status and what it said."""
        job = self.slurm.tool("sbatch", "--parsable", *dependency, HOME / "merge.sbatch", self.stores, check=True,
                              CRUX=self.program)
        return self.merged(job)

    def merged(self, job):
        self.slurm.ended(job)
        said = (self.slurm.folder / f"crux-merge-{job}.log").read_text(encoding="utf-8")
        return self.slurm.exit_status(job), said

    def export(self, store, name):
        folder = self.slurm.folder / name
        crux(self.program, "export", "--store", store, "--to", folder)
        return folder


def killed_and_merged(array):
    """Two tasks are killed; the merge that waits for all of them says what lacks."""
    merge = array.submit()
    for task in (3, 6):
        array.kill(task)
    status, said = array.merged(merge)
    insist(status == 6 and "it lacks problems game24-" in said, f"after two kills merging ended with {status}: {said}")
    insist("8 stores" in said, f"the merge did not wait for all tasks: {said}")


def queued_again(array):
    """All of the array again: finished tasks do nothing, and say so."""
    for _ in range(2 if DEEP else 0):
        array.slurm.tool("scontrol", "requeue", array.job, check=True)
        for task in (3, 6):
            array.kill(task)
        array.slurm.ended(array.job)
    array.slurm.tool("scontrol", "requeue", array.job, check=True)
    status, said = array.merge(f"--dependency=afterany:{array.job}")
    insist(status == 0 and "it lacks" not in said, f"queued again, merging ended with {status}: {said}")
    for task in range(1, SHARDS + 1):
        log = array.log(task)
        insist(("going on with" in log) == (task in (3, 6)), f"task {task} said {log}")
        insist(("nothing to do" in log) == (task not in (3, 6)), f"task {task} said {log}")


def some_again(array):
    """A part of the array, submitted by its numbers: each task is the part that its store has."""
    slurm = array.slurm
    words = ["--array=3,5", "--export=ALL,SHARDS=8", HOME / "array.sbatch", array.problems, array.stores, *RUN]
    array.job = slurm.tool("sbatch", "--parsable", *words, check=True, CRUX=array.program)
    slurm.ended(array.job)
    for task in (3, 5):
        insist("nothing to do" in array.log(task), f"task {task}, submitted again, said {array.log(task)}")
    shutil.copy(array.store(2), slurm.folder / "aside.db")
    array.store(5).rename(slurm.folder / "five.db")
    array.job = slurm.tool("sbatch", "--parsable", *words, check=True, CRUX=array.program)
    slurm.ended(array.job)
    insist("say --shard I/8" in array.log(5) and not array.store(5).exists(), f"without its store it said {array.log(5)}")
    (slurm.folder / "five.db").rename(array.store(5))


def withheld(array):
    array.store(4).rename(array.slurm.folder / "four.db")
    status, said = array.merge()
    insist(status == 6 and "it lacks shards 4/8" in said, f"without a shard merging ended with {status}: {said}")
    (array.slurm.folder / "four.db").rename(array.store(4))


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-slurm-") as name, Slurm(pathlib.Path(name)) as slurm:
        problems = puzzles(program, slurm.folder / "puzzles.jsonl", PUZZLES)
        array = Array(slurm, program, problems)
        one = slurm.folder / "one.db"
        crux(program, "generate", problems, "--store", one, "--quiet", *RUN)
        killed_and_merged(array)
        queued_again(array)
        insist_same(array.export(one, "one"), array.export(array.everything, "all"), "the merged array and one run")
        print(f"{len(contents(slurm.folder / 'one'))} files are the same", flush=True)
        some_again(array)
        withheld(array)


try:
    main(test)
except NoSlurm as why:
    print(f"SKIPPED: no Slurm on this machine: {why}", flush=True)
    sys.exit(77)
