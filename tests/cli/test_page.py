#!/usr/bin/env python3
"""test_page.py PROGRAM MODEL_SERVER - the page that `export --view html` and `show --html` write: whole, the same
bytes each time, with every problem in its index, and with model text as text whatever it holds."""

import hashlib
import html.parser
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from support import QUICK, contents, crux, insist, main, puzzles

STORES = pathlib.Path(__file__).resolve().parent.parent / "stores"
RUN = ["--simulations", 60, "--order", "issued", "--quiet"]
HOSTILE = ["</script><script>window.hit = 1</script>", "<!-- <style>*{display:none}</style> & &amp; ]]>",
           "one\u2028two\u2029three", "'\"><img src=x onerror=hit()>", "<SCRIPT>", "x" * 1_000_000]

# Half of what it says is hostile, and of one problem it says nothing at all.
POLICY = '''
import json, sys
HOSTILE = json.loads(sys.argv[1])
for line in sys.stdin:
    call = json.loads(line)
    if call["problem"]["id"] == "fails":
        reply = {"error": "no <b>words</b> for it"}
    elif call["kind"] == "answer":
        reply = {"steps": [HOSTILE[(call["seed"] + i) % 5] + "\\n#### " + str((call["seed"] + i) % 2) for i in range(call["n"])]}
    else:
        reply = {"steps": [HOSTILE[(call["sample"] + i) % 6] for i in range(call["n"])]}
    print(json.dumps({"id": call["id"], **reply}), flush=True)
'''


class Page(html.parser.HTMLParser):
    """The page as a browser reads it: its blocks of data, and the elements that it has besides."""

    def __init__(self, path):
        super().__init__()
        self.blocks, self.elements, self.open, self.ends = [], [], None, []
        self.bytes = path.read_bytes()
        self.feed(self.bytes.decode("utf-8"))
        self.close()
        data = [(dict(attributes), json.loads(text)) for tag, attributes, text in self.blocks if "type" in dict(attributes)]
        self.bodies = {int(head["data-n"]): body for head, body in data if head.get("class") == "crux-problem"}
        self.index = next(body for head, body in data if head.get("id") == "crux-index")
        self.problems = {problem["id"]: problem for problem in self.index["problems"]}

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        if tag == "script":
            self.open = [tag, attributes, ""]

    def handle_data(self, data):
        if self.open:
            self.open[2] += data

    def handle_endtag(self, tag):
        self.ends.append(tag)
        if tag == "script":
            self.blocks.append(self.open)
            self.open = None


def refused(program, status, words, *sentences):
    ended = subprocess.run([program, *map(str, words)], capture_output=True, text=True, check=False)
    insist(ended.returncode == status, f"{words}: exit status {ended.returncode}, not {status}: {ended.stderr}")
    for sentence in sentences:
        insist(sentence in ended.stderr, f"{words}: does not say `{sentence}`: {ended.stderr}")


def export(program, folder, *stores, more=("--partial",)):
    crux(program, "export", "--view", "html", "--to", folder, *[word for store in stores for word in ("--store", store)],
         *more)
    return Page(folder / "index.html")


def whole(page):
    """Promises of every page: what refers to something finds it, and what is left out is counted."""
    left = page.index["left_out"]
    shown = sum(problem["shown"] for problem in page.problems.values())
    insist(left["nodes"] == sum(problem["nodes"] for problem in page.problems.values()) - shown, f"{left}")
    insist(left["problems"] == sum(problem["nodes"] > 0 == problem["shown"] for problem in page.problems.values()), f"{left}")
    insist(bool(left["why"]) == any((left["problems"], left["nodes"], left["rollouts"])), f"{left}")
    answers = sum(problem[verdict] for problem in page.problems.values() for verdict in ("right", "wrong", "unknown"))
    insist(left["rollouts"] == answers - sum(len(body["rollouts"]) for body in page.bodies.values()), f"{left}")
    insist(set(page.bodies) == {problem["n"] for problem in page.index["problems"] if problem["shown"]}, "bodies")
    for problem in page.index["problems"]:
        if problem["shown"]:
            whole_body(page.bodies[problem["n"]], problem)


def whole_body(body, problem):
    insist(body["id"] == problem["id"] and len(body["nodes"]) == problem["shown"], f"{problem}")
    children, seen = {}, set()
    for node in body["nodes"]:
        insist(node["parent"] in seen or (node["parent"] == -1 and not seen), f"{problem['id']}: node {node['id']}")
        insist(node["id"] not in seen, "a node is there twice")
        seen.add(node["id"])
        children[node["parent"]] = children.get(node["parent"], 0) + 1
    rollouts = {rollout["id"] for rollout in body["rollouts"]}
    insist(all(rollout["node"] in seen for rollout in body["rollouts"]), "a rollout without its node")
    insist(body["best"] in rollouts or body["best"] == -1, "best")
    for note in body["thoughts"] + body["remarks"]:
        insist((note["node"] in seen) != (note["rollout"] in rollouts), f"{note}")
    for pair in body["pairs"]:
        insist(pair["wrong"] in rollouts and pair["right"] in rollouts and pair["crux"] in seen, f"{pair}")
    if problem["shown"] == problem["nodes"]:
        insist(not any(node["hidden"] for node in body["nodes"]) and len(body["pairs"]) == problem["pairs"], "hidden")


def same(program, work):
    """One store, its shards and another run of it: the same bytes, with nothing of the machine in them."""
    problems, one = puzzles(program, work / "p.jsonl", 12), work / "one.db"
    crux(program, "generate", problems, "--store", one, *RUN)
    page = export(program, work / "one", one)
    whole(page)
    insist(len(page.bodies) == 12 and page.index["left_out"]["why"] == "", "all of it")
    insist(export(program, work / "again", one).bytes == page.bytes, "the same store makes other bytes")
    shards = [work / f"{i}.db" for i in (1, 2, 3)]
    for i, shard in enumerate(shards, 1):
        crux(program, "generate", problems, "--store", shard, "--shard", f"{i}/3", *RUN)
    insist(export(program, work / "shards", *reversed(shards)).bytes == page.bytes, "shards make another page")
    insist(str(work).encode() not in page.bytes, "the page has a path in it")
    manifest = json.loads((work / "one" / "manifest.json").read_text(encoding="utf-8"))
    entry = next(file for file in manifest["files"] if file["path"] == "index.html")
    insist(entry["sha256"] == hashlib.sha256(page.bytes).hexdigest(), "the manifest has another hash")
    insist(manifest["page"]["trees"] == 12 and manifest["rows"] == {}, f"{manifest['page']}")
    insist("`index.html`" in (work / "one" / "README.md").read_text(encoding="utf-8"), "the card does not mention it")


def beside_rows(program, work):
    """The page changes nothing about the rows, and its place among the views does not matter."""
    store, rows = work / "beside.db", ["--view", "critique", "--view", "trees"]
    crux(program, "generate", puzzles(program, work / "q.jsonl", 3), "--store", store, *RUN)
    crux(program, "export", "--store", store, "--to", work / "rows", *rows)
    crux(program, "export", "--store", store, "--to", work / "both", "--view", "html", *rows)
    rows, both = contents(work / "rows"), contents(work / "both")
    insist(set(both) - set(rows) == {"index.html"}, f"{sorted(both)}")
    insist(all(both[name] == rows[name] for name in rows if name.startswith("data/")), "other rows")
    manifests = [json.loads(made["manifest.json"]) for made in (rows, both)]
    insist(all(manifests[0][key] == manifests[1][key] for key in ("rows", "balance", "splits", "funnel")), "another manifest")
    crux(program, "export", "--store", store, "--to", work / "both", "--view", "html", "--force")
    refused(program, 4, ["export", "--store", store, "--to", work / "both", "--view", "html"], "--force")
    refused(program, 2, ["export", "--store", store, "--to", work / "no", "--view", "html", "--view", "html"], "named twice")
    refused(program, 2, ["export", "--store", store, "--to", work / "no", "--view", "htlm"], "trees, html")
    crux(program, "export", "--store", store, "--to", work / "all")
    insist("index.html" not in contents(work / "all"), "the page is written by itself")
    (work / "both" / "index.html").write_text("mine", encoding="utf-8")
    refused(program, 4, ["export", "--store", store, "--to", work / "both", "--view", "html", "--force"], "index.html in it was changed")


def room(program, work):
    """--nodes: in the order of the input until the room is used, and of the last tree what counts."""
    store = work / "one.db"
    full = Page(work / "one" / "index.html")
    sizes = [problem["nodes"] for problem in full.index["problems"]]
    for nodes in (1, 7, sizes[0], sizes[0] + sizes[1] + 20, sum(sizes), sum(sizes) + 1):
        page = export(program, work / f"room{nodes}", store, more=("--nodes", nodes))
        whole(page)
        insist(sum(problem["shown"] for problem in page.problems.values()) == min(nodes, sum(sizes)), f"{nodes} nodes")
        shown = [problem["shown"] for problem in page.index["problems"]]
        filled = next((i for i, problem in enumerate(page.index["problems"]) if problem["shown"] < problem["nodes"]), len(shown))
        insist(not any(shown[filled + 1:]), f"--nodes {nodes}: {shown}")
        insist(nodes > sum(sizes) - 1 or page.index["left_out"]["why"] == f"--nodes {nodes}", "why")
    cut = page_body(program, work, store, sizes[0] - 5)
    insist(cut["best"] != -1 and len(cut["pairs"]) > 0, "pairs and the best path come first")
    insist(sum(node["hidden"] for node in cut["nodes"]) >= 1, "nothing is hidden")


def page_body(program, work, store, nodes):
    name = Page(work / "one" / "index.html").index["problems"][0]["id"]
    crux(program, "show", name, "--store", store, "--html", work / "cut.html", "--nodes", nodes, "--force")
    page = Page(work / "cut.html")
    whole(page)
    return page.bodies[page.problems[name]["n"]]


def hostile(program, work):
    """Whatever a model, a file or a critic says is data; problems that failed or wait are named, and why."""
    policy, problems, store = work / "policy.py", work / "hostile.jsonl", work / "hostile.db"
    policy.write_text(POLICY.replace("sys.argv[1]", repr(json.dumps(HOSTILE))), encoding="utf-8")
    lines = [{"id": "q</script>&1", "problem": HOSTILE[0] + "\u2028", "answer": "1"}, {"id": "fails", "problem": "?", "answer": "1"},
             {"id": "waits", "problem": "w" * 500, "answer": "1"}]
    command = ["generate", problems, "--store", store, "--policy", f"process:{sys.executable} {policy}", "--critic", "outcome=match",
               "--children", 6, "--calls", 40, "--order", "issued", "--quiet"]
    problems.write_text("".join(json.dumps(line) + "\n" for line in lines[:2]), encoding="utf-8")
    crux(program, *command, status=6)
    problems.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    crux(program, *command, "--extend", "--limit-calls", 1, status=5)
    failed = work / "failed.jsonl"
    failed.write_text(json.dumps(lines[1]) + "\n", encoding="utf-8")
    crux(program, "generate", failed, "--store", work / "failed.db", *command[4:], status=6)
    refused(program, 4, ["export", "--view", "html", "--to", work / "no", "--store", work / "failed.db"], "no problem is finished, and 1 failed; crux list")
    page = export(program, work / "hostile", store)
    whole(page)
    insist(page.ends.count("script") == len(page.blocks) and not {"img", "b"} & set(page.elements), f"{page.elements}")
    insist(len([tag for tag in page.elements if tag == "script"]) == len(page.bodies) + 2, "there are other scripts")
    body = page.bodies[0]
    insist(body["prompt"] == HOSTILE[0] + "\u2028" and body["reference"] == "1" and body["id"] == "q</script>&1", "texts")
    insist({node["text"] for node in body["nodes"]} >= set(HOSTILE), "a step lost its text")
    states = {name: (problem["state"], problem["failure"]) for name, problem in page.problems.items()}
    insist(states["q</script>&1"] == ("finished", "") and states["waits"] == ("waiting", ""), f"{states}")
    insist(states["fails"][0] == "failed" and "no <b>words</b> for it" in states["fails"][1], f"{states}")
    insist(len(page.problems["waits"]["prompt"]) == 300, "the index has whole prompts")
    for mark in ("\u2028", "\u2029"):
        insist(mark.encode() not in page.bytes, "a line separator is in the file")


def shown(program, work):
    """show --html: these problems in this order, in a file that is there whole or as it was."""
    store, out = work / "one.db", work / "some.html"
    names = [problem["id"] for problem in Page(work / "one" / "index.html").index["problems"]]
    crux(program, "show", names[4], names[1], "--store", store, "--html", out)
    page = Page(out)
    whole(page)
    insist([problem["id"] for problem in page.index["problems"]] == [names[4], names[1]], "other problems")
    before = out.read_bytes()
    for status, words, sentence in ((4, [names[0]], "--force replaces it"), (3, [names[0], "game24-0", "--force"], "has no problem `game24-0`"),
                                    (2, [names[0], names[0], "--force"], "named twice"),
                                    (2, [names[0], "--json", "--force"], "--json is for a tree that is printed"),
                                    (2, [names[0], "--depth", 2], "--depth is for a tree that is printed")):
        refused(program, status, ["show", *words, "--store", store, "--html", out], sentence)
    refused(program, 3, ["show", "waits", "--store", work / "hostile.db", "--html", out, "--force"], "still waiting")
    refused(program, 2, ["show", names[0], names[1], "--store", store], "--html")
    refused(program, 2, ["show", names[0], "--store", store, "--nodes", 100], "--nodes is for a page")
    refused(program, 4, ["show", names[0], "--store", store, "--html", store, "--force"], "is a store")
    refused(program, 4, ["show", names[0], "--store", store, "--html", work / "no" / "where.html"], "no")
    insist(out.read_bytes() == before, "a page that was refused changed what was there")
    insist(not list(work.glob(".*")), f"left behind: {list(work.glob('.*'))}")
    crux(program, "show", "fails", "--store", work / "hostile.db", "--html", out, "--force")
    insist(Page(out).problems["fails"]["state"] == "failed", "a problem that failed has a tree, too")


def older(program, work):
    """Stores of every earlier version make a page."""
    for store in sorted(STORES.glob("store*.db")):
        copy = pathlib.Path(shutil.copy(store, work))
        page = export(program, work / store.stem, copy)
        whole(page)
        insist(len(page.bodies) in (3, 4), f"{store.name}: {len(page.bodies)}")


def strangers(program, work):
    """What is no store, a damaged one, and one in which nothing is finished: named, and nothing is written."""
    empty, text, cut, unbegun = (work / name for name in ("empty.db", "text.db", "cut.db", "unbegun.db"))
    empty.write_bytes(b"")
    text.write_text("no store\n" * 100, encoding="utf-8")
    cut.write_bytes((work / "one.db").read_bytes()[:40000])
    crux(program, "generate", work / "p.jsonl", "--store", unbegun, "--limit-calls", 1, *RUN, status=5)
    for store, sentence in ((empty, "no run has begun"), (text, "no store of crux"), (cut, "damaged"), (work / "none.db", "No such file")):
        refused(program, 4, ["export", "--view", "html", "--to", work / "no", "--store", store], f"{store}", sentence)
        refused(program, 4, ["show", "game24-1-1-1-8", "--html", work / "no.html", "--store", store], f"{store}", sentence)
    refused(program, 4, ["export", "--view", "html", "--to", work / "no", "--store", unbegun], "no problem is finished")
    refused(program, 2, ["export", "--view", "html", "--to", work / "no", "--store", work / "one.db", "--store", work / "beside.db"])
    insist(not (work / "no").exists() and not (work / "no.html").exists() and not list(work.glob(".*")), "something was written")


def test(program):
    with tempfile.TemporaryDirectory(prefix="crux-page-", dir=QUICK) as folder:
        for part in (same, beside_rows, room, hostile, shown, older, strangers):
            part(program, pathlib.Path(folder))
            print(f"{part.__name__}: as promised", flush=True)


main(test)
