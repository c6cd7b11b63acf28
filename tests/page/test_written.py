#!/usr/bin/env python3
"""test_written.py PROGRAM - what the program writes, and what `crux watch` serves while a run goes on, in a real browser.

Where there is no Chromium it is skipped (77). What the page does with any data is in test_page.py.
"""

import contextlib
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
sys.dont_write_bytecode = True

import browser
from support import Failed, crux, insist, puzzles

RUN = ["--calls", "40", "--order", "issued", "--quiet"]
NOTICE = "return document.querySelector('.notice').innerText"
NODES = "return document.querySelector('.outline') ? window.cruxPage.view.tree.count : 0"


def quiet(session, own):
    """Nothing was asked of anybody but the server, and the browser has nothing to complain of."""
    asked = [url for url in session.requests() if not url.startswith(("file:", "about:", "data:", "chrome:", own))]
    insist(asked == [] and session.errors() == [], f"{asked} {session.errors()}")


def written(program, session, work):
    """Of a store: every problem opens, with its nodes; so does a pair by its address."""
    problems, store = puzzles(program, work / "p.jsonl", 4), work / "p.db"
    crux(program, "generate", problems, "--store", store, *RUN)
    crux(program, "export", "--store", store, "--to", work / "look", "--view", "html")
    page = (work / "look" / "index.html").as_uri()
    session.open(page)
    session.shown("index")
    for name in [json.loads(line)["id"] for line in problems.read_text("utf-8").splitlines()]:
        tree = json.loads(crux(program, "show", name, "--store", store, "--json"))
        session.open("about:blank")
        session.open(f"{page}#problem={name}")
        session.shown("problem")
        insist(session.run(NODES) == len(tree["nodes"]), f"{name}: {session.run(NODES)} nodes")
    session.open("about:blank")
    session.open(f"{page}#problem={name}&pair={name}%2Fw0000")
    session.shown("pair")
    quiet(session, "file:")


def stop_early(address, run):
    """Let a run stand still when it has begun and is not done, however slow the browser is."""
    for _ in range(1200):
        with urllib.request.urlopen(address + "index.json", timeout=60) as reply:
            index = json.load(reply)
        if index["pulse"]["running"] and len(index["problems"]) == 12:
            run.send_signal(signal.SIGSTOP)
            insist(index["pulse"]["done"] < 12, "the run was over before anybody looked: this was no test")
            return
        time.sleep(0.05)
    raise Failed("the run does not begin")


def served(program, session, work):
    """From before there is a store to the end of its run: a problem that waits is there when it is done."""
    problems, store = puzzles(program, work / "q.jsonl", 12), work / "q.db"
    last = json.loads(problems.read_text("utf-8").splitlines()[-1])["id"]
    watch = [program, "watch", "--store", store]
    generate = [program, "generate", problems, "--store", store, "--delay", "constant:60", "--in-flight", "4", *RUN]
    with subprocess.Popen(watch, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        address = server.stdout.readline().strip()
        session.open(address)
        session.shown("index")
        insist(session.run("return window.cruxPage.data.problems.length") == 0, "there are problems without a store")
        with subprocess.Popen(generate, stderr=subprocess.DEVNULL) as run, contextlib.ExitStack() as stack:
            stack.callback(run.kill)  # it may stand still
            stop_early(address, run)
            session.until("return window.cruxPage.data.problems.length === 12", seconds=60)
            session.until("return document.querySelector('.live').innerText.startsWith('Running')", seconds=60)
            session.run(f"location.hash = '#problem={last}'")
            session.until("return document.querySelector('.notice').innerText.includes('not done yet')")
            run.send_signal(signal.SIGCONT)
            insist(run.wait(120) == 0, "the run failed")
        session.until("return document.querySelector('.live').innerText.startsWith('Not running: 12 of 12')", seconds=60)
        session.shown("problem")
        insist(session.run(NOTICE) == "", session.run(NOTICE))
        quiet(session, address)
        with contextlib.suppress(BrokenPipeError):
            server.stdin.close()
        insist(server.wait(60) == 0, "watch does not end with its pipe")


def main():
    if not browser.DRIVER or not browser.CHROMIUM:
        print("skipped: there is no chromium or chromedriver (Debian: chromium, chromium-driver)")
        return 77
    program = str(pathlib.Path(sys.argv[1]).resolve())
    try:
        with tempfile.TemporaryDirectory(prefix="crux-page-") as folder, browser.browser() as session:
            session.requests()
            for part in (written, served):
                part(program, session, pathlib.Path(folder))
                print(f"{part.__name__}: as promised", flush=True)
    except (Failed, RuntimeError) as failure:
        print(f"FAILED: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
