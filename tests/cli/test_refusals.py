#!/usr/bin/env python3
"""test_refusals.py PROGRAM MODEL_SERVER - one question that a server refuses ends no run, a
configuration that cannot work does, and replies that hold nothing end it, too."""

import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from scripted import asked_of, good, problems, refusal, serving
from support import crux, insist, main

# What public servers say to a question that they do not want, or that is too long for them.
REFUSALS = (
    refusal(400, "Content Exists Risk", type="invalid_request_error"),
    refusal(400, "Input data may contain inappropriate content.", code="data_inspection_failed"),
    refusal(403, "Your chosen model requires moderation and your input was flagged"),
    refusal(400, "Invalid prompt: your prompt was flagged", code="invalid_prompt"),
    refusal(400, "The decoder prompt (length 5000) is longer than the maximum model length of 4096."),
    refusal(400, "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576)."),
    refusal(400, "ContextWindowExceededError: this is too much"),
    refusal(400, "The response was filtered due to Azure's content management policy"),
    refusal(413, "Payload Too Large"),
    refusal(422, "Unprocessable"),
)


def generate(program, work, server, store, *words, count=4):
    questions = problems(work / "questions.jsonl", count)
    words = [program, "generate", questions, "--store", work / store, "--endpoint", server.url,
             "--simulations", 6, "--children", 2, "--quiet", *words]
    return subprocess.run([*map(str, words)], capture_output=True, text=True, check=False)


def states(program, work, store):
    found = json.loads(crux(program, "status", "--store", work / store, "--json"))
    return tuple(found["problems"][name] for name in ("finished", "failed", "waiting"))


def one_question(program, work):
    """Whatever a server says about one question alone: that one fails by its name, the others are
    done, and the same command has nothing left to do."""
    for number, said in enumerate(REFUSALS):
        store = f"one{number}.db"
        with serving(lambda request, _: said if "14 + 26" in asked_of(request) else good(request)) as server:
            done = generate(program, work, server, store, "--in-flight", 1, "--workers", 1) # so that q1 has its reply before
            insist(done.returncode == 6, f"{said.body}: exit status {done.returncode}: {done.stderr}")
            overflow = "ContextWindow" not in str(said.body) and "too long" in str(said.body)
            insist("problem `q2`" in done.stderr or overflow, f"{said.body}: q2 is not named: {done.stderr}")
            insist(states(program, work, store) == (3, 1, 0), f"{said.body}: {states(program, work, store)}")
            count = len(server.requests)
            if number == 0:
                insist(generate(program, work, server, store).returncode == 6 and len(server.requests) == count, "asked again")


def deep_in_a_tree(program, work):
    """A path that is refused is a dead end: its problem goes on, and is named."""
    def reply(request, _):
        words = asked_of(request)
        return refusal(400, "no") if "14 and 26, way 1" in words else good(request)

    with serving(reply) as server:
        done = generate(program, work, server, "deep.db", "--children", 4)
        insist(done.returncode == 0, f"exit status {done.returncode}: {done.stderr}")
        insist("problem `q2`" in done.stderr and "without a reply" in done.stderr, done.stderr)


def nothing_came(program, work):
    """While nothing has come through a refusal is about all: the run ends and nobody has failed."""
    for said in (refusal(400, "unknown field"), refusal(401, "who?"), refusal(404, "no such model"), refusal(403, "no")):
        store = f"all{said.status}.db"
        with serving(lambda request, number: said if number > 1 else good(request)) as server:
            done = generate(program, work, server, store)
            insist(done.returncode == 2 and said.body["error"]["message"] in done.stderr, done.stderr)
            insist("nothing like it has come through yet" in done.stderr, done.stderr)
            insist(states(program, work, store) == (0, 0, 4), f"{states(program, work, store)}")
        with serving() as server: # and what was mended goes on in the same store
            done = generate(program, work, server, store)
            insist(done.returncode == 0 and states(program, work, store) == (4, 0, 0), done.stderr)


def in_a_row(program, work):
    """Several questions in a row end a run that has gone well; only those that were ruled on before
    have failed."""
    with serving(lambda request, number: refusal(401, "expired") if number > 75 else good(request)) as server:
        done = generate(program, work, server, "row.db", count=30)
        insist(done.returncode == 2 and "in a row" in done.stderr and "expired" in done.stderr, done.stderr)
        finished, failed, waiting = states(program, work, "row.db")
        insist(waiting >= 10, f"{failed} of 30 problems have failed by a key that expired")
    with serving() as server:
        done = generate(program, work, server, "row.db", "--retry-failed", count=30)
        insist(done.returncode == 0 and states(program, work, "row.db") == (30, 0, 0), done.stderr)


def earlier_sessions(program, work):
    """What came in an earlier session counts: the first refusal of a later one is its question's."""
    with serving() as server:
        insist(generate(program, work, server, "earlier.db", "--estimate", 2).returncode == 0, "the estimate failed")
    with serving(lambda request, _: refusal(400, "flagged") if "28 + 32" in asked_of(request) else good(request)) as server:
        done = generate(program, work, server, "earlier.db", "--in-flight", 1, "--workers", 1)
        insist(done.returncode == 6 and "problem `q4`" in done.stderr, f"{done.returncode}: {done.stderr}")
        insist(states(program, work, "earlier.db") == (3, 1, 0), done.stderr)


def ends_in(reason):
    def reply(request, _):
        said = good(request)
        for choice in said["choices"]:
            choice["finish_reason"] = reason
        return said

    return reply


def nothing_usable(program, work):
    """Replies that come and hold nothing: the run ends early and says what is wrong with most."""
    with serving(ends_in("length")) as server:
        done = generate(program, work, server, "usable.db", count=8)
        insist(done.returncode == 2 and "--max-tokens" in done.stderr, f"{done.returncode}: {done.stderr}")
        insist("first 5 problems held a next step" in done.stderr, done.stderr)
    with serving(ends_in("length")) as server: # fewer problems than are waited for
        done = generate(program, work, server, "few.db", count=2)
        insist(done.returncode == 2 and "first 2 problems" in done.stderr, f"{done.returncode}: {done.stderr}")
    with serving(lambda request, number: ends_in("length")(request, number) if number == 2 else good(request)) as server:
        done = generate(program, work, server, "once.db")
        insist(done.returncode == 0, f"one cut reply ended the run: {done.stderr}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-refusals-") as folder:
        work = pathlib.Path(folder)
        one_question(program, work)
        deep_in_a_tree(program, work)
        nothing_came(program, work)
        in_a_row(program, work)
        earlier_sessions(program, work)
        nothing_usable(program, work)


if __name__ == "__main__":
    main(test)
