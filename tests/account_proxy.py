#!/usr/bin/env python3
"""account_proxy.py PROGRAM MODEL_SERVER [RUNS] - is the account never below what was really billed?

Between crux and the fake model server stands a proxy that keeps an account of its own: each request
that it has let the server work on is billed, whatever becomes of the reply. It spoils one reply in
five, in ten ways: it says nothing of the usage, cuts the reply off, closes the connection without a
word, falls silent, or answers with something that is no reply, billed all the same. Every run is
killed with SIGKILL at random instants and gone on with by the same command; a part of them has
deadlines, a part a limit. Afterwards:

  never below   calls, tokens and price of `crux cost` are at least the proxy's
  hardly above  and at most the proxy's with the worst case in place of what crux cannot know: of
                requests whose reply did not say what it cost, or did not arrive, that crux called
                off, or that a kill met
  limits        the proxy has billed no more than the limit
  once          nothing is asked for that the ledger has as a reply
"""

import asyncio
import collections
import json
import pathlib
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time

from support import DEEP, Failed, crux, main

PROBLEMS = 5
SPOILED = 0.2  # of all replies
SERVER = "--kind vllm --latency lognormal:25 --seed 5".split()
SETTINGS = ("--policy chat --calls 14 --children 3 --in-flight 12 --per-tree 4 --workers 2 --max-tokens 80 "
            "--price-prompt 3 --price-completion 7").split()
DEADLINE = 0.25
PRICE = {"prompt": 3000, "completion": 7000}  # billionths for a token

# How a reply is spoiled, and what of its cost arrives: told in full, or not at all.
TOLD = ["choices", "null", "fewer", "broken text", "error with usage"]
UNTOLD = ["no usage", "cut", "closed", "silent", "page"]


class Visit:
    """A request that the proxy let through, and what it cost."""

    def __init__(self, key, body):
        self.key, said = key, json.loads(body)
        each = said.get("max_tokens") or said["max_completion_tokens"]
        self.most = {"prompt": len(body), "completion": each * said.get("n", 1)}
        self.cost = dict.fromkeys(PRICE, 0)
        self.billed = False
        self.told = self.good = False  # its cost has gone out, and a reply that can be read
        self.came, self.went, self.left = time.monotonic(), None, None  # left: crux has hung up

    def may_be_unknown(self, deadline, kills):
        """May crux, with all its rights, not know what this cost?"""
        end = self.went or time.monotonic()
        late = deadline is not None and end - self.came > 0.6 * deadline
        killed = any(self.came < kill < end + 0.3 for kill in kills)
        called_off = self.left is not None and self.left < end + 0.3
        return not self.told or late or killed or called_off


class Proxy(threading.Thread):
    """Forwards to a model server, spoils, and keeps an account."""

    def __init__(self, target, seed):
        super().__init__(daemon=True)
        host, port = target.split("//")[1].split("/")[0].split(":")
        self.target, self.draw = (host, int(port)), random.Random(seed)
        self.visits, self.loop, self.port = [], asyncio.new_event_loop(), None
        self.ready = threading.Event()

    def run(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()

    def end(self):
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.call_later(0.05, self.loop.stop)

    @staticmethod
    async def read_message(reader):
        """Head and body, or None at the end of the connection."""
        head = await reader.readuntil(b"\r\n\r\n")
        length = 0
        for line in head.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        return head, await reader.readexactly(length)

    async def ask(self, head, body):
        reader, writer = await asyncio.open_connection(*self.target)
        writer.write(head + body)
        answer = await self.read_message(reader)
        writer.close()
        return answer

    async def serve(self, reader, writer):
        visit = None
        try:
            while True:
                head, body = await self.read_message(reader)
                route = head.split(b" ")[1]
                if not route.endswith(b"/completions"):
                    writer.write(b"".join(await self.ask(head, body)))
                    continue
                key = next((line.split(b": ")[1].decode() for line in head.split(b"\r\n")
                            if line.lower().startswith(b"idempotency-key:")), None)
                visit = Visit(key, body)
                self.visits.append(visit)
                answer = await self.ask(head, body)
                if reader.at_eof():
                    visit.left = time.monotonic()
                if not await self.answer(visit, writer, *answer):
                    return
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            if visit is not None:
                visit.left = visit.left or time.monotonic()
        finally:
            writer.close()

    async def answer(self, visit, writer, head, body):
        """Bill it, and answer well or badly; False: the connection is over."""
        reply = json.loads(body)
        usage = reply["usage"]
        visit.cost = {"prompt": usage["prompt_tokens"], "completion": usage["completion_tokens"]}
        visit.billed = True
        how = self.draw.choice(TOLD + UNTOLD) if self.draw.random() < SPOILED else "well"
        visit.went = time.monotonic()
        if how == "closed":
            return False
        if how == "silent":
            await asyncio.sleep(1.5)
            return False
        status = 500 if how == "error with usage" else 200
        body = json.dumps(self.spoil(reply, how)).encode()
        if how == "page":
            body = b"<html>Please wait</html>"
        length, sent = len(body), len(body) // 2 if how == "cut" else len(body)
        visit.told = how == "well" or how in TOLD
        visit.good = how in ("well", "no usage")
        writer.write(f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
                     .encode() + body[:sent])
        await writer.drain()
        return how != "cut"

    def spoil(self, reply, how):
        if how == "choices":
            reply["choices"] = []
        elif how == "null":
            for choice in reply["choices"]:
                choice["finish_reason"] = "content_filter"
                if "message" in choice:
                    choice["message"]["content"] = None
                else:
                    choice["text"] = None
        elif how == "fewer":
            reply["choices"] = reply["choices"][:-1]
        elif how == "broken text":
            reply["choices"] = "none"
        elif how == "error with usage":
            reply = {"error": {"message": "the engine died"}, "usage": reply["usage"]}
        elif how == "no usage":
            del reply["usage"]
        return reply


def look_into(store, question):
    """Rows of a store that nobody has open, from a copy."""
    if not store.exists():
        return []
    with tempfile.TemporaryDirectory() as folder:
        for path in store.parent.glob(store.name + "*"):
            if path.is_file():  # beside a killed run lies its socket, too
                shutil.copy(path, folder)
        base = sqlite3.connect(pathlib.Path(folder) / store.name)
        try:
            return base.execute(question).fetchall()
        except sqlite3.OperationalError:
            return []  # killed before there were tables
        finally:
            base.close()


def run_once(command, kills, proxy, store, draw):
    """To the end of the run, killed on the way; when it was killed, and the intents that were left
    then, by their numbers."""
    killed, left = [], {}
    for go in range(kills + 1):
        known = {key.hex() for (key,) in look_into(store, "SELECT key FROM replies")}
        before = len(proxy.visits)
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if go < kills:
            while len(proxy.visits) == before and process.poll() is None:
                time.sleep(0.01)
            time.sleep(draw.uniform(0, 0.6))
            if process.poll() is None:
                killed.append(time.monotonic())
                process.send_signal(signal.SIGKILL)
        said = process.communicate()[1]
        if go < kills:
            rows = look_into(store, "SELECT id, key, calls, prompt, completion FROM intents")
            left.update({row[0]: row[1:] for row in rows})
        again = [visit.key for visit in proxy.visits[before:] if visit.key in known]
        if again:
            raise Failed(f"{len(again)} replies of the ledger were asked for again, as {again[0]}")
        if process.returncode not in (0, 5, 6, -signal.SIGKILL):
            raise Failed(f"exit status {process.returncode}: {said[-800:]}")
    return killed, left


def insist_once(visits, killed, deadline):
    """A good reply is asked for once, unless crux may not have seen it."""
    good = {}
    for visit in visits:
        first = good.get(visit.key)
        if first is not None and not first.may_be_unknown(deadline, killed):
            raise Failed(f"{visit.key} was answered well and asked for again")
        if visit.good:
            good.setdefault(visit.key, visit)


def price_of(cost):
    return sum(PRICE[part] * cost[part] for part in PRICE)


def never_sent(store, visits, left):
    """The worst cases of requests that a kill met before they were sent: more is booked for a key
    than came, and kills have left intents for it."""
    more = collections.Counter()
    for table in ("SELECT key FROM replies WHERE first", "SELECT keys FROM bodies",
                  "SELECT key FROM intents WHERE calls > 0"):
        more.update(key[:32].hex() for (key,) in look_into(store, table))
    more.subtract(visit.key for visit in visits)
    unsent = []
    for key, *worst in left.values():
        more[key.hex()] -= 1
        if more[key.hex()] >= 0:
            unsent.append(worst)
    return unsent


def compare(program, store, proxy, killed, left, deadline):
    """The account against the proxy's; what they come to."""
    paid = json.loads(crux(program, "cost", "--store", store, "--json"))["paid"]
    billed = [visit for visit in proxy.visits if visit.billed]
    unknown = [visit for visit in proxy.visits if not visit.billed or visit.may_be_unknown(deadline, killed)]
    unsent = never_sent(store, proxy.visits, left)
    low = {"calls": len(billed)}
    high = {"calls": len(proxy.visits) + sum(worst[0] for worst in unsent)}
    for i, part in enumerate(PRICE):
        low[part] = sum(visit.cost[part] for visit in billed)
        high[part] = (sum(max(visit.cost[part], visit.most[part] if visit in unknown else 0) for visit in proxy.visits)
                      + sum(worst[1 + i] for worst in unsent))
    low["price"], high["price"] = price_of(low), price_of(high)
    mine = {"calls": paid["calls"], "prompt": paid["prompt_tokens"], "completion": paid["completion_tokens"],
            "price": paid["price"]}
    for name in mine:
        if not low[name] <= mine[name] <= high[name]:
            raise Failed(f"{name}: the account has {mine[name]}, not {low[name]} (the proxy's) .. {high[name]}")
    return mine, low, high


def one(program, server, work, number):
    """One run; its account, the proxy's, and the most that it may be."""
    draw = random.Random(1000 + number)
    store, limit = work / f"{number}.db", None
    proxy = Proxy(server, number)
    proxy.start()
    proxy.ready.wait()
    command = [program, "generate", str(work / "problems.jsonl"), "--store", str(store), "--quiet", "--endpoint",
               f"http://127.0.0.1:{proxy.port}/v1", "--seed", str(number), *SETTINGS]
    deadline = DEADLINE if number % 2 == 1 else None
    command += ["--deadline", str(deadline)] if deadline else ["--answer-timeout", "1"]
    if number % 3 == 2:
        limit = draw.choice([("calls", 30), ("tokens", 12000), ("price", 0.03)])
        command += [f"--limit-{limit[0]}", str(limit[1])]
    killed, left = run_once(command, draw.randint(1, 3), proxy, store, draw)
    time.sleep(0.05)
    insist_once(proxy.visits, killed, deadline)
    mine, low, high = compare(program, store, proxy, killed, left, deadline)
    tokens = low["prompt"] + low["completion"]
    billed = {"calls": low["calls"], "tokens": tokens, "price": low["price"] / 1e9}
    if limit is not None and billed[limit[0]] > limit[1]:
        raise Failed(f"run {number}: {billed[limit[0]]} {limit[0]} were billed under a limit of {limit[1]}")
    proxy.loop.call_soon_threadsafe(proxy.end)
    proxy.join()
    return mine, low, high, len(killed)


def test(program):
    runs = int(sys.argv[3]) if len(sys.argv) > 3 else 100 if DEEP else 3
    sums = [dict.fromkeys(("calls", "prompt", "completion", "price"), 0) for _ in range(3)]
    kills = 0
    with tempfile.TemporaryDirectory(prefix="crux-account-") as folder:
        work = pathlib.Path(folder)
        problems = subprocess.run([sys.argv[2], "--problems", str(PROBLEMS)], capture_output=True, check=True)
        (work / "problems.jsonl").write_bytes(problems.stdout)
        server = subprocess.Popen([sys.argv[2], "--leash", "stdin", *SERVER], stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE, text=True)
        url = server.stdout.readline().strip()
        for number in range(runs):
            try:
                *accounts, killed = one(program, url, work, number)
            except Failed as failure:
                raise Failed(f"run {number}: {failure}") from failure
            kills += killed
            for whole, part in zip(sums, accounts):
                for name in whole:
                    whole[name] += part[name]
        server.stdin.close()
        server.wait()
    mine, low, high = sums
    for name in mine:
        print(f"{name}: the proxy's {low[name]}, the account {mine[name]}, at most {high[name]}")
    print(f"{runs} runs, {kills} kills")
    if kills < runs / 2:
        raise Failed("too few runs were killed")


if __name__ == "__main__":
    main(test)
