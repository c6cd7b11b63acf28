#!/usr/bin/env python3
"""test_requests.py PROGRAM MODEL_SERVER - what is sent, where to, and with which key: members and
headers of the user's own, routes for pictures, models of several endpoints, and what doctor tries."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from scripted import Reply, asked_of, good, models, problems, refusal, serving
from support import crux, insist, main

DOT = ("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
KEY = "sk-a-key-0123456789"


def run(program, *words, **environment):
    return subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False,
                          env={**os.environ, **environment})


def generate(program, work, store, *words, count=3, **environment):
    questions = problems(work / "questions.jsonl", count)
    return run(program, "generate", questions, "--store", work / store, "--simulations", 6, "--children", 2,
               "--quiet", *words, **environment)


def ends(done, status, *sentences):
    """It ended with this status and said all these."""
    insist(done.returncode == status, f"exit status {done.returncode}, not {status}: {done.stderr}")
    for sentence in sentences:
        insist(sentence in done.stderr, f"does not say `{sentence}`: {done.stderr}")


def doctor(program, *words):
    done = run(program, "doctor", "--json", *words)
    found = json.loads(done.stdout)["looked_at"][0]["findings"]
    return done.returncode, " ".join(f["sentence"] for f in found if f["state"] == "mend"), found


# --- members and headers ----------------------------------------------------------------------

def members(program, work):
    """What --body has is in every request, what it takes away in none, and both are recorded; route
    next needs no stop."""
    body = json.dumps({"stop": None, "seed": None, "temperature": None, "reasoning_effort": "low",
                       "chat_template_kwargs": {"enable_thinking": False}})

    def reply(request, _):
        wrong = [name for name in ("stop", "seed", "temperature", "top_p", "logprobs") if name in request]
        if wrong:
            return refusal(400, f"unsupported: {wrong}")
        return good({**request, "stop": "x", "seed": len(asked_of(request))})

    with serving(reply) as server:
        words = ["--endpoint", server.url, "--body", body, "--no-logprobs", "--header", "X-Title: sums"]
        ends(generate(program, work, "members.db", *words), 0)
        insist(all(r["chat_template_kwargs"] == {"enable_thinking": False} and r["reasoning_effort"] == "low"
                   for r in server.requests), "a request lacks what --body says")
        insist(all(headers.get("X-Title") == "sums" for headers in server.headers[1:]), "a request lacks the header")
        count = len(server.requests)
        ends(generate(program, work, "members.db", *words), 0)
        insist(len(server.requests) == count, "the same command asked again")
        ends(generate(program, work, "members.db", *words[:2], "--no-logprobs"), 2, "body", "header")
        status, mends, _ = doctor(program, *words)
        insist(status == 0, f"doctor: {mends}")
        status, mends, _ = doctor(program, "--endpoint", server.url)
        insist(status == 1 and "unsupported" in mends and "--body" in mends, f"doctor: {mends}")


def not_to_be_said(program, work):
    """Keys are refused unquoted in bodies, headers and addresses; so is what crux counts on."""
    refused = (
        (["--header", f"Authorization: Bearer {KEY}"], "--api-key-env"),
        (["--header", "api-key: plainly-a-secret"], "--api-key-header"),
        (["--header", "X-Auth-Token: plainly-a-secret"], "--api-key-file"),
        (["--header", f"X-Title: Bearer {KEY}"], "looks like"),
        (["--header", KEY], "looks like"),
        (["--header", "plainly-a-secret"], "Name: value"),
        (["--header", "Content-Type: text/plain"], "written by crux itself"),
        (["--header", "X-Title: a\nX-Evil: b"], "visible ASCII"),
        (["--body", json.dumps({"extra": {"api_key": "plainly-a-secret"}})], "api_key"),
        (["--body", json.dumps({"extra": [[{"authorization": ["plainly-a-secret"]}]]})], "authorization"),
        (["--body", '{"messages": []}'], "--prompt"),
        (["--body", '{"n": 3}'], "--per-request"),
        (["--body", '{"max_tokens": 9}'], "--max-tokens"),
        (["--body", '{"stream": true}'], "as a whole"),
        (["--body", "[1]"], "JSON object"),
        (["--body", "{"], "--body"),
        (["--system", "above"], "turn or user"),
        (["--endpoint", f"http://127.0.0.1:9/v1?api_key=plainly-a-secret"], "--api-key-file"),
    )
    with serving() as server:
        for number, (words, sentence) in enumerate(refused):
            done = generate(program, work, f"refused{number}.db", "--endpoint", server.url, *words)
            ends(done, 2, sentence)
            insist(KEY not in done.stderr + done.stdout and "plainly" not in done.stderr, f"{words}: the key is repeated")
            for file in work.glob(f"refused{number}.db*"):
                held = file.read_bytes()
                insist(KEY.encode() not in held and b"plainly" not in held, f"{words}: the key is in {file.name}")


def key_and_query(program, work):
    """As Azure wants it: a header of its own for the key, and a query in the address."""
    with serving() as server:
        words = ["--endpoint", server.url + "?api-version=2024-10-21", "--api-key-env", "THE_KEY", "--api-key-header", "api-key"]
        ends(generate(program, work, "azure.db", *words, THE_KEY=KEY), 0)
        insist(all(headers.get("api-key") == KEY and "Authorization" not in headers for headers in server.headers), "the key is elsewhere")
        insist(all(path.endswith("/chat/completions?api-version=2024-10-21") for path in server.paths), f"{set(server.paths)}")


def keys_that_change(program, work):
    """A key file is read again on 401, with 16 calls in flight; one that nobody may write is taken and
    that is said; and a key that is no longer good ends the run with nothing lost."""
    file = work / "key"
    file.write_text("the-first-key", encoding="utf-8")
    file.chmod(0o600)
    wanted = {"Bearer the-first-key"}

    def reply(request, number):
        if number == 12:  # as a secret is mounted anew: whole, and before the old one ends
            wanted.add("Bearer the-second-key")
            new = work / "key.new"
            new.write_text("the-second-key\n", encoding="utf-8")
            new.chmod(0o600)
            new.replace(file)
            wanted.discard("Bearer the-first-key")
        if server.headers[number - 1].get("Authorization") not in wanted:
            return refusal(401, "expired")
        return good(request)

    with serving(reply) as server:
        ends(generate(program, work, "keys.db", "--endpoint", server.url, "--api-key-file", file, count=6), 0)
    file.chmod(0o444)
    with serving() as server:
        done = generate(program, work, "mounted.db", "--endpoint", server.url, "--api-key-file", file)
        ends(done, 0, "mounted secret")
        insist(done.stderr.count("mounted secret") == 1, done.stderr)
    file.chmod(0o644)
    with serving() as server:
        ends(generate(program, work, "open.db", "--endpoint", server.url, "--api-key-file", file), 2, "chmod 600")


def greedy(program, work):
    """At temperature 0 one choice is asked for at a time, which is all that vLLM allows."""
    def reply(request, _):
        return refusal(400, "n must be 1 when using greedy sampling") if (request.get("n") or 1) > 1 else good(request)

    with serving(reply, {"/v1/models": models("fake", owner="vllm")}) as server:
        ends(generate(program, work, "greedy.db", "--endpoint", server.url, "--temperature", 0), 0)
        ends(generate(program, work, "warm.db", "--endpoint", server.url), 2, "--per-request 1")


# --- what a server is -------------------------------------------------------------------------

def system_turns(program, work):
    """A template without a system turn gets its words in front of the user's; it is found out, recorded
    and said by doctor."""
    def reply(request, _):
        if any(turn["role"] == "system" for turn in request.get("messages", [])):
            return refusal(400, "System role not supported")
        return good(request)

    with serving(reply) as server:
        ends(generate(program, work, "system.db", "--endpoint", server.url), 0)
        insist("one thought each" in server.requests[-1]["messages"][0]["content"], "the system's words are lost")
        count = len(server.requests)
        ends(generate(program, work, "system.db", "--endpoint", server.url), 0)
        insist(len(server.requests) == count, "a finished run asked again")
        status, mends, found = doctor(program, "--endpoint", server.url)
        insist(status == 0 and "no system turn" in str(found), f"{mends} {found}")


def doctor_as_run(program, work):
    """Whatever member of a run's first request a server refuses, doctor is refused it, too, and well
    with the option that leaves it out."""
    rows = (("stop", ["--body", '{"stop": null}']), ("seed", ["--body", '{"seed": null}']),
            ("logprobs", ["--no-logprobs"]), ("temperature", ["--body", '{"temperature": null}']))
    for member, words in rows:
        with serving(lambda request, _: refusal(400, f"no {member}") if member in request else good(request)) as server:
            status, mends, _ = doctor(program, "--endpoint", server.url)
            insist(status == 1 and f"no {member}" in mends, f"{member}: doctor finds nothing: {mends}")
            status, mends, _ = doctor(program, "--endpoint", server.url, *words)
            insist(status == 0, f"{member}: {mends}")
            ends(generate(program, work, f"{member}.db", "--endpoint", server.url, *words, count=2), 0)
    with serving(lambda request, _: refusal(400, "both") if "top_p" in request else good(request)) as server:
        insist(doctor(program, "--endpoint", server.url)[0] == 0, "a top_p of 1 was sent")


def lists(program, work):
    """A list that cannot be read, or lacks the model, is a note; without a name it says what to do."""
    for said in (Reply(401, {"error": {"message": "no list for you"}}), Reply(405, {}), "<html>", models("fake:latest")):
        with serving(get={"/v1/models": said}) as server:
            done = generate(program, work, f"list{server.url[-9:-3]}.db", "--endpoint", server.url, "--model", "fake")
            ends(done, 0, "is asked for all the same")
    with serving(get={"/v1/models": Reply(403, {"error": {"message": "missing scope"}})}) as server:
        ends(generate(program, work, "closed.db", "--endpoint", server.url), 2, "is there, but does not let you list its models",
             "missing scope", "--model NAME")


def with_pictures(program, work):
    """A server that could be asked with prompts of our own is asked with chats where questions have
    pictures; where the route was chosen it is said before anything is asked."""
    template = {"prompt": "<s>[CruxSystemTurn]CruxUserTurn:"}
    get = {"/v1/models": models("fake", owner="vllm")}
    (work / "dot.png").write_bytes(__import__("base64").b64decode(DOT))
    pictured = problems(work / "pictured.jsonl", 2)
    lines = [{**json.loads(line), "images": ["dot.png"]} for line in pictured.read_text(encoding="utf-8").splitlines()]
    pictured.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")

    def start(store, *words):
        return run(program, "generate", pictured, "--store", work / store, "--endpoint", server.url, "--simulations", 4, *words)

    with serving(get=get) as server:
        server.posts = {"/tokenize": {"tokens": [1]}, "/detokenize": template}
        done = start("pictures.db")
        ends(done, 0, "(route prefill)")
        insist(not any("prompt" in request for request in server.requests), "pictures were put into a prompt")
        count = len(server.requests)
        ends(start("stubborn.db", "--route", "completions", "--chat-template", "chatml"), 2, "have images", "--route prefill")
        insist(len(server.requests) == count, "something was asked all the same")
        done = run(program, "generate", problems(work / "plain.jsonl", 2), "--store", work / "plain.db", "--endpoint", server.url, "--simulations", 4)
        ends(done, 0, "(route completions)")


def strangers(program, work):
    """Of two endpoints the one that is another model is left out: by its list, or by its replies; an
    alias makes them one."""
    def named(name):
        return lambda request, _: {**good(request), "model": name}

    with serving(named("fake")) as one, serving(named("other"), {"/v1/models": models("other")}) as two:
        both = ["--endpoint", one.url, "--endpoint", two.url]
        ends(generate(program, work, "lists.db", *both), 0, f"{two.url} is left out", "--model-alias")
        insist(len(two.requests) == 1, f"{len(two.requests)} requests to the other model")
        ends(generate(program, work, "replies.db", *both, "--model", "fake"), 0, "answers as model `other`")
        insist(len(two.requests) == 2, f"{len(two.requests)} requests to the other model")
        done = generate(program, work, "alias.db", *both, "--model-alias", "other=fake", count=8)
        ends(done, 0)
        insist("left out" not in done.stderr and len(two.requests) > 3, done.stderr)
    with serving(named("fake")) as one, serving(named("org/fake-2024-08-06")) as two:
        done = generate(program, work, "dated.db", "--endpoint", one.url, "--endpoint", two.url, count=8)
        ends(done, 0)
        insist("left out" not in done.stderr and len(two.requests) > 1, done.stderr)


def strangers_later(program, work):
    """A server that becomes another model while the run goes on is left out, with none of its replies
    used; when it is the only one the run ends, and an alias lets it go on."""
    def becomes(name, number):
        return lambda request, count: {**good(request), "model": "fake" if count <= number else name}

    with serving() as one, serving(becomes("other", 2)) as two:
        done = generate(program, work, "becomes.db", "--endpoint", one.url, "--endpoint", two.url, "--in-flight", 2, count=24)
        ends(done, 0, f"{two.url} answers as model `other`", "it is left out")
        insist(done.stderr.count("it is left out") == 1, done.stderr)
        insist(2 < len(two.requests) < 8, f"{len(two.requests)} requests to a server that was left out")
    with serving(becomes("other", 9)) as server:
        ends(generate(program, work, "only.db", "--endpoint", server.url), 2, "answers as model `other`", "--model-alias")
        ends(generate(program, work, "only.db", "--endpoint", server.url, "--model-alias", "fake=other"), 0)
    with serving(becomes("loaded", 0)) as server:
        ends(generate(program, work, "told.db", "--endpoint", server.url), 0, "`fake` is asked for, and replies name it `loaded`")


def all_that_was_paid(program, work):
    """The account has what the server counted, with what was paid on finding out what it is, in this
    session and in those before."""
    with serving() as server, serving() as other:
        for session, store in ((3, "paid.db"), (6, "paid.db"), (0, "two.db")):
            where = ["--endpoint", server.url, "--price-completion", 1]
            if session == 0:
                server.requests.clear()
                where += ["--endpoint", other.url]
            ends(generate(program, work, store, *where, "--limit-calls", session, count=4), 5 if session else 0)
            bill = json.loads(crux(program, "cost", "--store", work / store, "--json"))["paid"]
            if session: # what it cost to find out the server is no problem's
                insist("(for no problem)" in crux(program, "cost", "--store", work / store), "a line without a name")
            told = [good(request)["usage"] for request in server.requests + other.requests]
            insist(bill["calls"] == len(told), f"{bill}, and {len(told)} requests")
            insist(bill["completion_tokens"] == sum(usage["completion_tokens"] for usage in told), f"{bill}")
            insist(bill["price"] == 1000 * bill["completion_tokens"], f"{bill}")
            insist(session == 0 or bill["calls"] <= session, f"{bill} under a limit of {session}")


def doctor_sees(program, work):
    """Thoughts that a step's end cuts off, endpoints of two models, a request for several that was
    answered with one."""
    def thinks(request, _):
        said = good(request)
        for choice in said["choices"]:
            if "stop" in request:
                choice["message"] = {"content": None, "reasoning_content": "Okay, a sum."}
            elif "message" in choice:
                choice["message"]["reasoning_content"] = "Okay."
        return said

    def lacks(request, _):
        said = good(request)
        return {**said, "choices": said["choices"][:1]}

    with serving(thinks) as server:
        status, mends, found = doctor(program, "--endpoint", server.url)
        insist(status == 1 and "cut off where a step ends" in mends and "enable_thinking" in mends, str(found))
        status, mends, found = doctor(program, "--endpoint", server.url, "--thoughts", "steps")
        insist(status == 0 and "thinks before it speaks" in str(found), str(found))
    with serving(lacks, {"/v1/models": models("fake", owner="openai")}) as server:
        status, mends, found = doctor(program, "--endpoint", server.url)
        insist(status == 0 and "was answered with 1" in str(found), str(found))
    with serving() as server, serving(get={"/v1/models": models("other")}) as other:
        words = ["doctor", "--json", "--endpoint", server.url, "--endpoint", other.url]
        done = run(program, *words)
        insist(done.returncode == 1 and "serves `other`" in done.stdout, done.stdout)
        done = run(program, *words, "--model-alias", "fake=other")
        insist(done.returncode == 0, done.stdout)


def words_that_help(program, work):
    """A proxy that was asked is named, 0.0.0.0 goes past it, and the other scheme is suggested."""
    with serving(get={"http://models.example/v1/models": Reply(502, "<html>proxy</html>")}) as server:
        proxy = server.url[:-3]
        done = generate(program, work, "proxy.db", "--endpoint", "http://models.example/v1", http_proxy=proxy.replace("//", "//me:secret@"))
        ends(done, 2, f"(through the proxy {proxy[7:]})")
        insist("secret" not in done.stderr, done.stderr)
        here = server.url.replace("127.0.0.1", "0.0.0.0")
        ends(generate(program, work, "here.db", "--endpoint", here, http_proxy="http://127.0.0.1:9"), 0)
        ends(generate(program, work, "tls.db", "--endpoint", server.url.replace("http:", "https:")), 2, "try http://")
        blank = work / "blank.jsonl"
        blank.write_text('{"id":"a","problem":"What is 1 + 2?","answer":" "}\n{"id":"b","problem":"What is 3 + 4?"}\n', encoding="utf-8")
        done = run(program, "generate", blank, "--store", work / "blank.db", "--endpoint", server.url, "--simulations", 2)
        insist("2 of 2 problems have no `answer`" in done.stderr, done.stderr)


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-requests-") as folder:
        work = pathlib.Path(folder)
        for part in (members, not_to_be_said, key_and_query, keys_that_change, greedy, system_turns, doctor_as_run,
                     lists, with_pictures, strangers, strangers_later, words_that_help,
                     all_that_was_paid, doctor_sees):
            part(program, work)


if __name__ == "__main__":
    main(test)
