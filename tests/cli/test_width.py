#!/usr/bin/env python3
"""test_width.py PROGRAM SERVER - what is printed for people fits where they read it.

A progress line tells from its first seconds, while no problem is done, and fits a terminal of any width, also one
that becomes narrower; outlines, status and help break between words. Columns are counted as wcwidth() counts them.
"""

import contextlib
import ctypes
import fcntl
import json
import locale
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, main, model_server, puzzles

SERVER = str(pathlib.Path(sys.argv[2]).resolve())
LIBC = ctypes.CDLL(None)
LINE = b"\r\x1b[K"


def columns(text):
    return sum(max(LIBC.wcwidth(ctypes.c_wchar(letter)), 0) for letter in text)


def resize(terminal, wide):
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, wide, 0, 0))


@contextlib.contextmanager
def on_terminal(words, wide, only_errors=False):
    """The program, and a function that reads what it shows until `enough(shown)`."""
    ours, theirs = pty.openpty()
    resize(ours, wide)
    environment = {**os.environ, "TERM": "xterm"}
    environment.pop("COLUMNS", None)
    shown = bytearray()

    def read(enough, seconds=20):
        until = time.monotonic() + seconds
        while not enough(bytes(shown)) and time.monotonic() < until:
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    shown.extend(os.read(ours, 65536))
                except OSError:
                    break
        return bytes(shown)

    out = subprocess.DEVNULL if only_errors else theirs
    with subprocess.Popen(list(map(str, words)), stdin=theirs, stdout=out, stderr=theirs, env=environment) as process:
        os.close(theirs)
        try:
            yield process, read, ours
        finally:
            process.send_signal(signal.SIGINT)
            read(lambda _: process.poll() is not None, 10)
            process.kill()
    os.close(ours)


def lines_of(shown):
    """Lines that were written anew, as they stood."""
    return [piece.split(b"\r")[0].split(b"\n")[0].decode() for piece in shown.split(LINE)[1:]]


def from_the_first_second(program, words, work):
    """No problem is done, and it tells what goes on; 60 columns, then 34, then 200."""
    store, other = work / "slow.db", work / "other.txt"
    other.write_text("somebody's\n", encoding="utf-8")
    (work / "slow.db-live~").symlink_to(other)  # by whoever may write in the folder
    with on_terminal([*words, "--store", store], 60, only_errors=True) as (_, read, terminal):
        shown = read(lambda text: any("calls" in line and " .. " in line for line in lines_of(text)))
        lines = lines_of(shown)
        insist(lines and max(map(columns, lines)) < 60, f"60 columns: {lines}")
        insist(any(re.match(r"0/40 problems  \d+:\d\d .. [\d:]+ left  \d+ calls", line) for line in lines),
               f"nothing is known of a run that has begun: {lines}")
        for wide in (34, 200):
            resize(terminal, wide)
            before = len(read(lambda _: True))
            more = read(lambda text, before=before: text[before:].count(LINE) >= 3)[before:]
            fresh = lines_of(more)[1:]  # the first may have been measured before
            insist(fresh and max(map(columns, fresh)) < wide, f"{wide} columns: {fresh}")
        insist(any("tokens/s" in line and "refused" in line and "empty" not in line.split("left")[0] for line in fresh),
               f"a wide line has room for all: {fresh}")
        beside(program, store)
    insist(other.read_text(encoding="utf-8") == "somebody's\n", "what the run tells was written through a link")


def beside(program, store):
    """Another process knows the same, as a text of 60 columns and as JSON."""
    status = json.loads(crux(program, "status", "--store", store, "--json"))
    live = status["live"]
    insist(status["running"] and live["calls"] > 0 and live["problems"] == 40, str(live))
    insist(live["refused"]["faulty"] > 0 and status["paid"]["calls"] >= live["calls"] / 2, str(live))
    for what, (low, high) in live["left"].items():
        insist(0 <= low <= high and (high > 0 or what == "price"), f"{what}: {low} .. {high}")
    for wide in ("60", "80"):
        done = subprocess.run([program, "status", "--store", str(store)], capture_output=True, text=True, check=True,
                              env={**os.environ, "COLUMNS": wide})
        insist(max(map(columns, done.stdout.splitlines())) <= int(wide), done.stdout)
        insist(" left" in done.stdout and "refused" in done.stdout, done.stdout)


def afterwards(program, work):
    """It has been stopped: nothing is told of it any more, and what it has paid is known."""
    store = work / "slow.db"
    insist(not (work / "slow.db-live").exists(), "what a run told has outlived it")
    status = json.loads(crux(program, "status", "--store", store, "--json"))
    insist(status["live"] is None and not status["running"] and status["paid"]["calls"] > 0, str(status)[:400])
    for text in ("no JSON", "", "{}", '{"process": 1}', "[" * 100000):
        (work / "slow.db-live").write_text(text)
        again = json.loads(crux(program, "status", "--store", store, "--json"))
        insist(again == status, f"{text[:20]} has changed what is told")
    (work / "slow.db-live").unlink()
    os.mkfifo(work / "slow.db-live")
    done = subprocess.run([program, "status", "--store", str(store), "--json"], capture_output=True, check=False, timeout=120)
    insist(json.loads(done.stdout) == status, f"a pipe in its place: {done.stderr}")
    (work / "slow.db-live").unlink()


def plain(program, words, work):
    """Where no terminal is, whole lines with the same facts; with --quiet none; and before the first call no
    sentence of how many there will be, which is for a terminal."""
    with subprocess.Popen(list(map(str, [*words, "--store", work / "plain.db"])), stderr=subprocess.PIPE, text=True) as run:
        for line in run.stderr:
            insist("at most" not in line, line)
            if " left  " in line:
                break
        insist(re.match(r"crux: 0/40 problems  \S+ .. \S+ left  \d+ calls  \d+ in flight", line) is not None, line)
        run.kill()
    with subprocess.Popen(list(map(str, [*words, "--store", work / "quiet.db", "--quiet"])), stderr=subprocess.PIPE,
                          text=True) as run:
        time.sleep(0.5)
        run.kill()
        insist(run.stderr.read() == "", "--quiet speaks")


def results_and_a_line(program, problems, url):
    """On one terminal the line of crux solve makes room for results: none is glued to it."""
    words = [program, "solve", problems, "--endpoint", url, "--calls", 6, "--in-flight", 4]
    with on_terminal(words, 70) as (process, read, _):
        shown = read(lambda _: process.poll() is not None, 60)
    text = shown.replace(b"\r\n", b"\n")
    insist(shown.count(LINE) >= 2 and b" left" in shown, f"no line: {shown[:400]}")
    results = re.findall(rb"(?m)^(.*)word-\d+: ", text)
    insist(len(results) == 40, f"{len(results)} results")
    insist(all(before == b"" or before.endswith(LINE) for before in results), f"glued: {set(results)}")
    insist(b"40 problems, at most 6 calls each (--calls): up to 240 calls" in text, "nothing said of what it may cost")


def outlines(program, work):
    """show at many widths: nothing is wider, no word is lost, and numbers stand where they stood."""
    problems, store = work / "texts.jsonl", work / "texts.db"
    text = ("Ada thinks. " * 30 + "中文" * 70 + " " + "x" * 300 + "\n    indented: " + "e\u0301" * 100)
    asked = json.loads(puzzles(program, work / "p.jsonl", 1).read_text())
    problems.write_text(json.dumps({**asked, "problem": text}) + "\n", encoding="utf-8")
    crux(program, "generate", problems, "--store", store, "--quiet", "--calls", 60)
    whole = crux(program, "show", "--store", store, asked["id"], "--width", 0)
    squeezed = re.sub(r"\s+", "", whole)
    for width in (40, 60, 79, 100, 500):
        out = crux(program, "show", "--store", store, asked["id"], "--width", width)
        insist(max(map(columns, out.splitlines())) <= width, f"{width}: {max(out.splitlines(), key=columns)}")
        insist(re.sub(r"\s+", "", out) == squeezed, f"{width}: other words")
        path = crux(program, "show", "--store", store, asked["id"], "--path", "--width", width)
        insist(max(map(columns, path.splitlines())) <= width, f"{width}: {max(path.splitlines(), key=columns)}")
    insist(crux(program, "show", "--store", store, asked["id"]) ==
           crux(program, "show", "--store", store, asked["id"], "--width", 100), "a file is not 100 wide")
    golden(program, work)


GOLDEN = """\
game24-1-1-4-6: 9 nodes, 4 rollouts, 0 right paths, 0 pairs;
  4 simulations, 6 calls; ended by budget
  visits   value   prior   ('*': the best path)
       4  0.0000  1.0000 * Use 1, 1, 4 and 6, each exactly
                            once, with + - * / to make 24.
                              wrong = 4 - 6 - 1 / 1 = -3: 4
                              - 6 = -2 (left: -2 1 1) | 1 /
                              1 = 1 (left: -2 1) | -2 - 1 =
                              -3 (left: -3)
       2  0.0000  0.4853 *   4 / 1 = 4 (left: 1 4 6)
                                wrong = 6 - (1 + 4 / 1) = 1:
                                4 + 1 = 5 (left: 5 6) | 6 -
                                5 = 1 (left: 1)
       1  0.0000  0.3900 *     4 / 1 = 4 (left: 4 6)
                          *       wrong = 6 - 4 / 1 / 1 = 2:
                                  6 - 4 = 2 (left: 2)
                                (3 more, not visited)
       1  0.0000  0.2410     6 - 1 = 5 (left: 1 4 5)
                                wrong = 6 - 1 - (4 - 1) = 2:
                                4 - 1 = 3 (left: 3 5) | 5 -
                                3 = 2 (left: 2)
                              (2 more, not visited)
"""


def golden(program, work):
    """An outline of 60 columns, letter by letter."""
    problems, store = work / "one.jsonl", work / "one.db"
    problems.write_text('{"id": "game24-1-1-4-6", "problem": "Use 1, 1, 4 and 6, each exactly once, with + - * / to '
                        'make 24.", "numbers": [1, 1, 4, 6], "target": 24}\n')
    crux(program, "generate", problems, "--store", store, "--quiet", "--calls", 6, "--children", 4, "--order", "issued")
    insist(crux(program, "show", "--store", store, "game24-1-1-4-6", "--width", 60) == GOLDEN, "another outline")


def helps(program):
    """Every page fits 80 columns."""
    for page in crux(program, "help").split("\n"):
        insist(len(page) <= 80, page)
    for name in re.findall(r"(?m)^    (\w+) ", crux(program, "help")):
        for line in crux(program, "help", name, "all").splitlines():
            insist(len(line) <= 80 or line.startswith("    crux "), f"crux help {name}: {line}")


def test(program):
    locale.setlocale(locale.LC_CTYPE, "C.UTF-8")
    with tempfile.TemporaryDirectory(prefix="crux-width-") as folder:
        work = pathlib.Path(folder)
        problems = work / "words.jsonl"
        problems.write_bytes(subprocess.run([SERVER, "--problems", "40"], capture_output=True, check=True).stdout)
        faults = json.dumps([{"fault": "reply", "status": 500, "body": "no", "every": 9}])
        with model_server(SERVER, "--latency", "constant:150", "--slots", 8, "--faults", faults) as url:
            words = [program, "generate", problems, "--endpoint", url, "--calls", 60, "--in-flight", 8]
            from_the_first_second(program, words, work)
            afterwards(program, work)
            plain(program, words, work)
        with model_server(SERVER, "--latency", "constant:60") as url:
            results_and_a_line(program, problems, url)
        outlines(program, work)
        helps(program)


if __name__ == "__main__":
    main(test)
