#!/usr/bin/env python3
"""test_doctor.py PROGRAM MODEL_SERVER - crux doctor says what is there, and what to mend."""

import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import crux, insist, main, model_server, puzzles

SERVER = sys.argv[2]
ROUTES = {"vllm": "prefill", "sglang": "prefill", "llamacpp": "completions", "openai": "next", "ollama": "next", "generic": "next"}


def doctor(program, *words, **environment):
    """What it finds, by what it looked at, and its exit status."""
    done = subprocess.run([program, "doctor", "--json", *map(str, words)], capture_output=True, text=True,
                          check=False, env={**os.environ, **environment})
    insist(done.returncode in (0, 1), f"{words}: {done.returncode}: {done.stderr}")
    said = json.loads(done.stdout)
    insist(said["well"] == (done.returncode == 0), f"{words}: {said}")
    return {patient["kind"]: patient for patient in said["looked_at"]}, done.returncode


def mends(patient, *sentences):
    """It has to be mended, and what is said has all these."""
    text = " ".join(f["sentence"] for f in patient["findings"] if f["state"] == "mend")
    for sentence in sentences:
        insist(sentence in text, f"does not say `{sentence}`: {patient}")


def servers(program):
    """What each kind is, and how it is best asked."""
    for kind, route in ROUTES.items():
        with model_server(SERVER, "--kind", kind, "--context", "4096", "--slots", "8") as url:
            found, status = doctor(program, "--endpoint", url)
            facts = found["endpoint"]["facts"]
            insist(status == 0 and facts["profile"] == kind and facts["model"] == "fake", f"{kind}: {facts}")
            insist(facts["route"] == route and facts["routes"][route], f"{kind}: {facts}")
            insist(facts["in_flight"] == facts["slots"] == (8 if kind == "llamacpp" else 0), f"{kind}: {facts}")
            insist(("--in-flight 8 keeps it busy" if kind == "llamacpp" else "does not tell how many") in str(found), f"{kind}: {found}")
            insist(("OLLAMA_NUM_PARALLEL" in str(found)) == (kind == "ollama"), f"{kind}: {found}")
            insist(("--max-num-seqs" in str(found)) == (kind == "vllm"), f"{kind}: {found}")
            insist(facts["context"] in (0, 4096) and facts["round_trip_ms"] > 0, f"{kind}: {facts}")
            insist(facts["routes"]["prefill"] == (kind in ("vllm", "sglang", "llamacpp")), f"{kind}: {facts}")
            insist(facts["logprobs"]["chats"] and facts["logprobs"]["completions"] == (kind in ("vllm", "sglang", "llamacpp", "openai")), f"{kind}: {facts}")


def troubles(program, work):
    """What is in the way of a server has its own sentence."""
    found, status = doctor(program, "--endpoint", "http://127.0.0.1:9/v1")
    insist(status == 1, "a closed port is well")
    mends(found["endpoint"], "no model server answers", "127.0.0.1:9")
    found, status = doctor(program, "--backend", "judge.model=fake")
    insist(status == 1, "a backend without an address is well")
    mends(found["backend"], "--backend judge.endpoint=URL")
    with model_server(SERVER, "--key-env", "THE_KEY", THE_KEY="right-key") as url:
        for words, key in ([], ""), (["--api-key-env", "THE_KEY"], "wrong-key"):
            found, status = doctor(program, "--endpoint", url, *words, THE_KEY=key or "none-given")
            insist(status == 1, "a key that does not fit is well")
            mends(found["endpoint"], "--api-key-env", "401")
        found, status = doctor(program, "--endpoint", url, "--api-key-env", "THE_KEY", THE_KEY="right-key")
        insist(status == 0, f"the right key does not fit: {found['endpoint']}")
        found, status = doctor(program, "--endpoint", url, "--api-key-env", "THE_KEY", "--model", "other", THE_KEY="right-key")
        mends(found["endpoint"], "other")
        insist("lists no model `other`" in str(found) and "it lists: fake" in str(found), f"the list is no advice: {found}")
    for fault, sentence in ({"status": 429}, "ask again later"), ({"status": 403}, "may this key"), ({"status": 503}, "has it been loaded?"):
        with model_server(SERVER, "--faults", json.dumps([{"fault": "reply", **fault}])) as url:
            found, status = doctor(program, "--endpoint", url)
            insist(status == 1, f"who answers {fault} alone is well")
            mends(found["endpoint"], sentence, f"status {fault['status']}")
            insist(("loaded?" in str(found)) == (fault["status"] == 503), f"{fault}: {found}")
            insist("log-probabilities" not in str(found), f"who answers nothing reports none: {found}")
    with model_server(SERVER) as url:
        found, _ = doctor(program, "--endpoint", url.replace("/v1", "/wrong"))
        mends(found["endpoint"], "/v1")


def stores(program, work):
    """A store is whole, damaged, in the way, or can be made."""
    store = work / "run.db"
    puzzles(program, work / "puzzles.jsonl", 3)
    found, status = doctor(program, "--store", store)
    insist(status == 0 and "not there yet" in str(found["store"]), f"{found}")
    crux(program, "generate", work / "puzzles.jsonl", "--store", store, "--calls", 20, "--quiet")
    found, status = doctor(program, "--store", store)
    insist(status == 0 and "3 problems finished" in str(found["store"]), f"{found}")
    data = bytearray(store.read_bytes())
    for at in range(2 * 4096, len(data), 4096):
        data[at : at + 64] = bytes(64)
    store.write_bytes(data)
    found, status = doctor(program, "--store", store)
    insist(status == 1, f"a damaged store is well: {found}")
    (work / "text.db").write_text("not a store", encoding="utf-8")
    found, status = doctor(program, "--store", work / "text.db")
    insist(status == 1, f"a text is a store: {found}")
    found, status = doctor(program, "--store", work / "nowhere" / "run.db")
    insist(status == 1, f"a store can be made nowhere: {found}")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-doctor-") as folder:
        work = pathlib.Path(folder)
        servers(program)
        troubles(program, work)
        stores(program, work)
        text = crux(program, "doctor")
        insist("sandbox bubblewrap" in text and "store here" in text, text)
        few = subprocess.run([program, "doctor"], capture_output=True, text=True, check=True,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NPROC, (30, 30))).stdout
        insist("can be run apart" not in few and "only critics that run programs" in few, few)


if __name__ == "__main__":
    main(test)
