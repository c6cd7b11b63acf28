#!/usr/bin/env python3
"""test_chat.py PROGRAM MODEL_SERVER - a served model at the command line, as people use it:
found out by its address alone, resumed, limited, replayed, and at fault."""

import base64
import contextlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, insist_same, log_rows, main, model_server, side_by_side

SERVER = sys.argv[2]
DOT = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
NOWHERE = "http://127.0.0.1:9/v1"
ROUTES = {"vllm": "prefill", "sglang": "prefill", "llamacpp": "completions", "openai": "next", "ollama": "next", "generic": "next"}


@contextlib.contextmanager
def served(log, *words):
    """A fake server and its address; log is emptied."""
    with model_server(SERVER, *words, log=log) as url:
        yield url


def asked(log):
    """Requests to the model so far; those for n samples are one."""
    return log_rows(log)


def run(program, *words):
    """Run crux, whatever comes of it."""
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)


def refused(program, status, words, *sentences):
    """It ends with this status, and says all these."""
    done = run(program, *words)
    insist(done.returncode == status, f"{words}: exit status {done.returncode}, not {status}: {done.stderr}")
    for sentence in sentences:
        insist(sentence in done.stderr, f"{words}: does not say `{sentence}`: {done.stderr}")


def cost(program, store):
    return json.loads(crux(program, "cost", "--store", store, "--json"))["paid"]


def generate(problems, store, *words):
    return ["generate", problems, "--store", store, "--policy", "chat", "--children", 4, *words]


def found_out(program, work, problems, log):
    """An address is enough: kind, model and route are found out and reported; answers vote, the
    reference only grades."""
    for kind, route in ROUTES.items():
        with served(log, "--kind", kind) as url:
            done = run(program, "solve", problems, "--endpoint", url, "--calls", 20, "--json")
            insist(done.returncode == 0, f"{kind}: {done.stderr}")
            insist(f"(route {route})" in done.stderr and "fake" in done.stderr, f"{kind}: said {done.stderr}")
            rows = [json.loads(line) for line in done.stdout.splitlines()]
            insist(all(row["graded"] in ("right", "wrong") and row["steps"] for row in rows), f"{kind}: {rows[0]}")
            insist("graded by the reference answers" in done.stderr, done.stderr)
            insist(sum(row["tokens"] for row in rows) > 0, f"{kind}: no token was counted")


def resumed(program, work, problems, log):
    """A finished run asks nothing again; what shapes a tree may not change, the rest may."""
    store = work / "resumed.db"
    with served(log) as url, served(work / "twin.jsonl") as twin:
        first = generate(problems, store, "--calls", 20, "--endpoint", url)
        crux(program, *first)
        count = len(asked(log))
        insist(count > 0 and cost(program, store)["calls"] == count, "the account is not what the server saw")
        crux(program, *first, "--in-flight", 7, "--endpoint", twin)
        insist(len(asked(log)) == count and not asked(work / "twin.jsonl"), "a finished run asked again")
        refused(program, 2, [*first, "--model", "other"], "model")
        refused(program, 2, [*first, "--temperature", "0.2"], "temperature")


def limited(program, work, problems, log):
    """Limits are hard, count from the run's first start, and raised ones let it go on."""
    store, words = work / "limited.db", ["--calls", 30]
    with served(log) as url:
        command = generate(problems, store, "--endpoint", url, *words, "--price-prompt", 1, "--price-completion", 2)
        refused(program, 5, [*command, "--limit-calls", 40], "limit")
        insist(len(asked(log)) == 40, f"{len(asked(log))} calls under a limit of 40")
        refused(program, 5, [*command, "--limit-calls", 40], "limit")
        insist(len(asked(log)) == 40, "a limit counted this session only")
        tokens = cost(program, store)
        most = tokens["prompt_tokens"] + tokens["completion_tokens"] + 5000
        refused(program, 5, [*command, "--limit-tokens", most], "limit")
        paid = cost(program, store)
        insist(paid["calls"] > 40 and paid["prompt_tokens"] + paid["completion_tokens"] <= most, f"{paid}")
        price = paid["price"] / 1e9 + 0.01
        refused(program, 5, [*command, "--limit-price", price], "limit")
        insist(paid["price"] < cost(program, store)["price"] <= price * 1e9, "the limit of the price does not hold")
        crux(program, *command)
        insist(len({row["key"] for row in asked(log)}) == len(asked(log)), "a reply was asked for twice")
        insist(cost(program, store)["calls"] == len(asked(log)), "the account is not what the server saw")
    with served(log, "--latency", "constant:400") as url:
        began = time.monotonic()
        words = generate(problems, work / "timed.db", "--endpoint", url, "--calls", 400, "--limit-seconds", 1)
        refused(program, 5, words, "limit of 1 seconds")
        refused(program, 5, words, "limit of 1 seconds")
        insist(time.monotonic() - began < 20, "a limit of a second took very long")


def spent(program, work, problems, log):
    """A problem ends when its tokens are spent, at the same place whatever the order of the replies."""
    most, least, trees = 4000, 10**9, []
    with served(log, "--latency", "lognormal:5") as url:
        for number, flying in enumerate((3, 24)):
            words = ["solve", problems, "--no-store", "--endpoint", url, "--json", "--quiet", "--tokens", most,
                     "--order", "issued", "--per-tree", 4, "--in-flight", flying]
            rows = [json.loads(line) for line in crux(program, *words).splitlines()]
            trees.append([(row["id"], row["calls"], row["tokens"], row["steps"]) for row in rows])
            least = min([least, *(row["tokens"] for row in rows)])
            insist(number == 0 or trees[0] == trees[1], f"other trees with more in flight: {trees}")
    insist(least >= most, f"a problem has spent {least} of {most} tokens")


def replayed(program, work, problems, log):
    """From the ledger alone: the same data; what it does not know fails, and nobody is asked."""
    store, again = work / "paid.db", work / "again.db"
    with served(log, "--latency", "lognormal:5") as url:
        crux(program, *generate(problems, store, "--endpoint", url, "--calls", 25))
    crux(program, *generate(problems, again, "--endpoint", NOWHERE, "--calls", 25, "--replay", store))
    crux(program, "export", "--store", store, "--to", work / "one")
    crux(program, "export", "--store", again, "--to", work / "two")
    insist_same(work / "one", work / "two", "a run and its replay")
    insist(cost(program, again)["calls"] == 0, "a replay paid")
    other = generate(problems, work / "other.db", "--calls", 25, "--seed", 99, "--replay", store)
    done = run(program, *other)
    insist(done.returncode == 6, f"a replay of another run: {done.returncode}")
    insist("ledger" in done.stderr, f"does not say what is missing: {done.stderr}")
    refused(program, 2, [*other[:-2], "--workers-per-tree", 2, "--workers", 2, "--replay", store], "--replay")


def apart(program, work, problems, log):
    """Two backends: steps of one, answers of the other; each has its account, its price and its limit, and
    the run goes on and is replayed by their names."""
    store, again, other = work / "apart.db", work / "apart.again.db", work / "other.jsonl"
    with served(log) as url, served(other) as dear:
        words = ["--calls", 20, "--policy", "answer=chat:dear", "--backend", "dear.price-completion=5"]
        where = ["--endpoint", url, "--backend", f"dear.endpoint={dear}", "--backend", "dear.in-flight=2"]
        crux(program, *generate(problems, store, *words, *where))
        bill = json.loads(crux(program, "cost", "--store", store, "--json"))
        paid = {row["backend"]: row["paid"] for row in bill["backends"]}
        insist(paid.keys() == {"chat", "dear"}, f"accounts of {paid.keys()}")
        insist(paid["chat"]["calls"] == len(asked(log)) and paid["dear"]["calls"] == len(asked(other)), f"{paid}")
        insist(paid["chat"]["price"] == 0 and paid["dear"]["price"] == 5000 * paid["dear"]["completion_tokens"], f"{paid}")
        insist(bill["paid"]["calls"] == paid["chat"]["calls"] + paid["dear"]["calls"], f"does not add up: {bill}")
        crowd = max(sum(row["in"] <= one["in"] < row["out"] for row in asked(other)) for one in asked(other))
        insist(crowd <= 2, f"{crowd} at a time under a limit of 2")
        count = len(asked(log)) + len(asked(other))
        crux(program, *generate(problems, store, *words, *where))
        insist(len(asked(log)) + len(asked(other)) == count, "a finished run asked again")
    nowhere = ["--endpoint", NOWHERE, "--backend", f"dear.endpoint={NOWHERE}"]
    crux(program, *generate(problems, again, *words, *nowhere, "--replay", store))
    crux(program, "export", "--store", store, "--to", work / "apart.one")
    crux(program, "export", "--store", again, "--to", work / "apart.two")
    insist_same(work / "apart.one", work / "apart.two", "a run on two backends and its replay")


def at_fault(program, work, problems, log):
    """Faults that pass cost time; each call ends once. A dead endpoint is left for another."""
    script = work / "faults.json"
    script.write_text(json.dumps([
        {"fault": "reply", "every": 9, "status": 429, "retry_after": "0"},
        {"fault": "reply", "every": 11, "status": 500},
        {"fault": "cut", "every": 13, "at": "body", "bytes": 20, "how": "reset"},
        {"fault": "length", "every": 17, "bytes": 5},
    ]), encoding="utf-8")
    with served(log, "--faults", script) as url:
        store = work / "two.db"
        crux(program, *generate(problems, store, "--endpoint", NOWHERE, "--endpoint", url, "--calls", 20))
        rows = [row for row in asked(log) if row["key"]]  # the start asks two endpoints for their names
        met = {row["fault"] for row in rows}
        insist(len(met) == 4, f"only these faults were met: {met}")
        good = [row["key"] for row in rows if row["fault"] == ""]
        insist(len(set(good)) == len(good), "a call that had its answer was made again")
        billed = sum(row["fault"] != "reply" for row in asked(log))  # what was cut short may be
        insist(cost(program, store)["calls"] == billed, f"{cost(program, store)['calls']} calls, not {billed}")
    script.write_text(json.dumps([{"fault": "reply", "status": 401, "first": 20}]), encoding="utf-8")
    with served(log, "--faults", script) as url:
        store = work / "bad.db"
        refused(program, 2, generate(problems, store, "--endpoint", url, "--calls", 20), "401", "to go on")
        known = cost(program, store)["calls"]
    with served(log) as url:
        insist(known > 0, "what came before the refusal is not kept")
        crux(program, *generate(problems, store, "--endpoint", url, "--calls", 20, "--retry-failed"))
        insist(cost(program, store)["calls"] == known + len(asked(log)), "a reply was paid for twice")


def hung(program, work, problems, log):
    """Nothing waits for a server that fell silent: not a call with --deadline, not one without."""
    silent = json.dumps([{"fault": "cut", "every": 5, "at": "head", "bytes": 0, "how": "hang"}])
    for words in (["--deadline", 1], ["--answer-timeout", 1]):
        store = work / f"hung{words[0]}.db"
        with served(log, "--faults", silent) as url:
            began = time.monotonic()
            crux(program, *generate(problems, store, "--endpoint", url, "--calls", 10, *words))
            took, faults = time.monotonic() - began, sum(row["fault"] == "cut" for row in asked(log))
            insist(faults > 0 and took < 2 * faults + 10, f"{words}: {faults} silences took {took:.0f} s")
            calls = cost(program, store)["calls"]
            insist(calls == len(asked(log)), f"{words}: {calls} calls, with those that were given up")


def ended_oddly(program, work, problems, log):
    """A reply that does not say why it ended has ended like any other; this is said once. A server
    that says of nothing but an upstream fault fails its calls by that status."""
    with served(log, "--faults", json.dumps([{"fault": "edit", "edit": "no_finish"}])) as url:
        done = run(program, *generate(problems, work / "odd.db", "--endpoint", url, "--calls", 20))
        insist(done.returncode == 0, done.stderr)
        insist(done.stderr.count("a reply has no finish_reason; taken as stop") == 1, done.stderr)
        rows = json.loads(crux(program, "status", "--store", work / "odd.db", "--json"))["problems"]
        insist(rows["failed"] == 0 and rows["finished"] > 0, f"{rows}")
    upstream = json.dumps({"error": {"code": 502, "message": "no upstream"}})
    with served(log, "--faults", json.dumps([{"fault": "reply", "first": 4, "body": upstream}])) as url:
        words = ["--endpoint", url, "--calls", 1, "--retries", 1, "--in-flight", 4]
        done = run(program, *generate(problems, work / "upstream.db", *words))
        insist("the body says that there was an error 502: no upstream (2 requests)" in done.stderr, done.stderr)


def put_off(program, work, problems, log):
    """A wait that is too long ends the run, which can go on later; one that is not is kept to."""
    script = json.dumps([{"fault": "reply", "first": 4, "status": 429, "retry_after": "600"}])
    with served(log, "--faults", script) as url:
        words = generate(problems, work / "late.db", "--endpoint", url, "--calls", 10, "--retry-after-max", 1)
        done = run(program, *words)
        insist("longer than --retry-after-max" in done.stderr, done.stderr)
        refusals = sum(row["fault"] == "reply" for row in asked(log))
        state = json.loads(crux(program, "status", "--store", work / "late.db", "--json"))["problems"]
        insist(done.returncode == 5 and state["waiting"] > 0 and state["failed"] == 0, f"{done.returncode}, {state}")
        insist(0 < refusals <= 64, f"asked {refusals} times within the time that it wants to be left alone")
    with served(log) as url:
        crux(program, *generate(problems, work / "late.db", "--endpoint", url, "--calls", 10))
    with served(log, "--faults", json.dumps([{"fault": "reply", "every": 8, "status": 503, "retry_after": "1"}])) as url:
        crux(program, *generate(problems, work / "soon.db", "--endpoint", url, "--calls", 10))
        insist(cost(program, work / "soon.db")["calls"] == len({row["key"] for row in asked(log)}), "a call was lost")


def crowded(program, work, problems, log):
    """A step or a path that does not fit into the model's context is none, and its problem goes on; a
    problem that does not, fails."""
    with served(log, "--context", 175) as url:
        done = run(program, *generate(problems, work / "full.db", "--endpoint", url, "--calls", 20))
        insist("context 175 tokens" in done.stderr, done.stderr)
        insist("simulations ended without a reply" in done.stderr, done.stderr)
        statuses = [row["status"] for row in asked(log)]
        insist(400 in statuses and cost(program, work / "full.db")["calls"] == statuses.count(200), f"{statuses}")
        insist(int(done.stderr.split(" with a right path")[0].split()[-1]) > 0, done.stderr)
    with served(log, "--context", 60) as url:
        done = run(program, *generate(problems, work / "small.db", "--endpoint", url, "--calls", 20))
        insist("maximum context length is 60 tokens" in done.stderr and "--retry-failed" in done.stderr, done.stderr)


def misused(program, work, problems, log):
    """What cannot work says why, and what to do."""
    solve = ["solve", problems, "--policy", "chat"]
    key = work / "key"
    key.write_text("secret\n", encoding="utf-8")
    key.chmod(0o644)
    refused(program, 2, solve, "--endpoint")
    refused(program, 2, ["solve", problems, "--policy", "chat:fake", "--endpoint", NOWHERE], "--backend fake.endpoint", "chat:fake")
    refused(program, 2, ["solve", problems, "--policy", "numbers", "--endpoint", NOWHERE], "--policy chat")
    refused(program, 2, ["solve", problems, "--policy", "chap"], "no policy `chap`", "chat")
    refused(program, 2, [*solve, "--endpoint", NOWHERE], "no model server answers", "127.0.0.1")
    refused(program, 2, [*solve, "--endpoint", "ftp://x"], "ftp")
    refused(program, 4, generate(problems, work / "no.db", "--replay", work / "none.db"), "none.db cannot", "No such file")
    with served(log) as url:
        refused(program, 2, [*solve, "--endpoint", url, "--prompt", work / "none"], "none")
        refused(program, 2, [*solve, "--endpoint", url, "--profile", "best"], "vllm")
        refused(program, 2, [*solve, "--endpoint", url, "--api-key-file", key], "chmod 600")
        refused(program, 2, [*solve, "--endpoint", url, "--api-key-env", "NOT_SET"], "NOT_SET")
        insist(not asked(log), "a question was asked all the same")
        refused(program, 2, [*solve, "--endpoint", url, "--model", "none"], "no model `none`", "it lists: fake", "404")
        bare = work / "bare.jsonl"
        bare.write_text('{"id": "q", "problem": "What is 2 + 3?"}\n', encoding="utf-8")
        done = run(program, *generate(bare, work / "bare.db", "--endpoint", url, "--calls", 4))
        insist("1 of 1 problems have no `answer`" in done.stderr, done.stderr)


def pictured(program, work, problems, log):
    """Pictures lie beside the file of problems, and stand in every request about theirs."""
    (work / "album").mkdir()
    (work / "album" / "dot.png").write_bytes(base64.b64decode(DOT))
    rows = [json.loads(line) for line in problems.read_text(encoding="utf-8").splitlines()[:2]]
    rows[0]["images"] = ["dot.png"]
    album = work / "album" / "problems.jsonl"
    album.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    script = work / "pictures.json"
    script.write_text(json.dumps([{"fault": "close", "text": f"data:image/png;base64,{DOT}"}]), encoding="utf-8")
    with served(log, "--faults", script) as url:
        store = work / "album.db"
        crux(program, *generate(album, store, "--endpoint", url, "--calls", 10))
        shown_in = sum(row["fault"] == "close" for row in asked(log))
        insist(0 < shown_in < len(asked(log)), f"{shown_in} of {len(asked(log))} requests have the picture")
        insist(DOT.encode() not in store.read_bytes(), "the store keeps the picture")
        body = crux(program, "prompt", album, "--endpoint", url)
        insist("data:image/png;base64," in body and "bytes)" in body, body)
        done = run(program, "solve", album, "--policy", "chat", "--endpoint", url, "--route", "completions",
                   "--chat-template", "chatml")
        insist(done.returncode == 2 and "have images" in done.stderr, f"{done.returncode}: {done.stdout} {done.stderr}")
    exported(program, work, album, log)
    with served(log) as url:
        (work / "album" / "dot.png").unlink()
        done = run(program, "solve", album, "--policy", "chat", "--endpoint", url, "--calls", 10)
        insist(done.returncode == 6 and "dot.png" in done.stdout, f"{done.returncode}: {done.stdout} {done.stderr}")


def exported(program, work, album, log):
    """A record names the pictures of its problem as the line does."""
    store, folder = work / "seen.db", work / "seen"
    with served(log) as url:
        crux(program, *generate(album, store, "--endpoint", url, "--calls", 40))
    crux(program, "export", "--store", store, "--to", folder)
    records = [json.loads(line) for path in folder.rglob("data/**/*.jsonl")
               for line in path.read_text(encoding="utf-8").splitlines()]
    named = {record["problem_id"]: record["images"] for record in records if "images" in record}
    wanted = {row["id"]: row.get("images", []) for row in map(json.loads, album.read_text(encoding="utf-8").splitlines())}
    insist(["dot.png"] in named.values(), f"no record of the pictured problem: {named}")
    insist(all(wanted[name] == images for name, images in named.items()), f"{named} in place of {wanted}")


def shown(program, work, problems, log):
    """crux prompt shows what is sent, and sends nothing."""
    with served(log) as url:
        body = crux(program, "prompt", problems, "--endpoint", url, "--problem", "word-000001")
        insist("How many" in body and not asked(log), body)


def sampled(program, work, problems, log):
    """Every answer of strategy sample, and every wing of a node, is a sample of its own."""
    with served(log) as url:
        crux(program, *generate(problems, work / "votes.db", "--endpoint", url, "--strategy", "sample", "--calls", 7))
        insist(cost(program, work / "votes.db")["samples"] == 7 * 6, "answers were taken for more than one")
        log.write_text("", encoding="utf-8")
        words = generate(problems, work / "wings.db", "--endpoint", url, "--widen", "1,0.9", "--children", 2, "--calls", 40)
        crux(program, *words)
        keys = [row["key"] for row in asked(log)]
        insist(len(set(keys)) == len(keys), "a sample was asked for twice")
        crux(program, "export", "--store", work / "wings.db", "--to", work / "wings", "--view", "trees")
    trees = [json.loads(line) for path in (work / "wings").rglob("data/**/*.jsonl")
             for line in path.read_text(encoding="utf-8").splitlines()]
    most = max(sum(node["parent"] == 0 for node in tree["nodes"][1:]) for tree in trees)
    insist(most > 2, f"no root has more than {most} children")


def held(part, program, work, problems):
    work.mkdir()
    part(program, work, problems, work / "log.jsonl")
    print(f"{part.__name__}: held", flush=True)


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-chat-") as folder:
        work = pathlib.Path(folder)
        problems = work / "problems.jsonl"
        made = subprocess.run([SERVER, "--problems", "6"], capture_output=True, check=True)
        problems.write_bytes(made.stdout)
        parts = (found_out, resumed, limited, spent, replayed, apart, at_fault, hung, ended_oddly, put_off, crowded, misused,
                 pictured, shown, sampled)
        side_by_side((held, part, program, work / part.__name__, problems) for part in parts)


if __name__ == "__main__":
    main(test)
