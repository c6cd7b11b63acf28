"""crux from Python: run searches, read their stores, be their policy or critic.

    for status in crux.run("problems.jsonl", store="run.db", endpoint="http://127.0.0.1:8000/v1"):
        print(status["problems"])
    for pair in crux.open("run.db").pairs():
        print(pair["wrong_steps"], pair["right_steps"])

Nothing here is compiled: all of it is done by the program `crux`, which is started and read by lines of JSON, as a
shell would. What a keyword argument means is what `crux help generate` says of the flag of that name.
"""

from crux.binary import Error, find as program, version
from crux.running import Run, run, solve
from crux.serving import Call, serve
from crux.store import Store, open

__all__ = ["Call", "Error", "Run", "Store", "open", "program", "run", "serve", "solve", "version"]
