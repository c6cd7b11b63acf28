"""pages.py - pages for the tests, made from data as io/page/ writes them: small, large and hostile ones."""

import json
import pathlib
import random

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "io" / "page"
ENDS = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}

HOSTILE = {
    "script": "</script><script>window.hit = 1</script>",
    "tag": "<img src=x onerror='window.hit = 2'><svg onload=window.hit=3>",
    "attribute": "\" autofocus onfocus=\"window.hit=4\" '><b>",
    "comment": "<!--<script>--> ]]> <!-- <style>*{display:none}</style>",
    "lines": "one\u2028two\u2029three\r\nfour",
    "control": "bell \u0007 nul \u0000 escape \u001b[31m red \u007f \u0085",
    "bidi": "safe \u202eesrever\u202c \u2066isolate\u2069 \u200f mark",
    "arabic": "\u0645\u0631\u062d\u0628\u0627 24 \u05e9\u05dc\u05d5\u05dd",
    "entity": "&lt;b&gt; &amp;amp; &#60;",
    "template": "${window.hit = 5} {{hit}} `x`",
    "address": "javascript:window.hit=6 https://example.invalid/x.png",
    "zalgo": "z" + "\u0300\u0301\u0302" * 60,
}


def block(value):
    text = json.dumps(value, ensure_ascii=False)
    for sign, escape in ENDS.items():
        text = text.replace(sign, escape)
    return text


def page(index, bodies):
    """The page's text: its parts as they lie in io/page/, its data in blocks."""
    data = "".join(f'<script type="application/json" class="crux-problem" data-n="{body["n"]}">{block(body)}</script>\n'
                   for body in bodies)
    data += f'<script type="application/json" id="crux-index">{block(index)}</script>\n'
    script = "".join(path.read_text("utf-8") for path in sorted(FOLDER.glob("*.js")))
    text = (FOLDER / "page.html").read_text("utf-8")
    for mark, part in (("STYLE", (FOLDER / "page.css").read_text("utf-8")), ("DATA", data), ("SCRIPT", script)):
        head, mark, tail = text.partition(f"<!--{mark}-->")
        assert mark, "the page has no place for " + mark
        text = head + part + tail
    return text


def node(number, parent, text, visits=1, value=0.5, **more):
    return {"id": number, "parent": parent, "kind": "step", "text": text, "visits": visits, "value": value,
            "prior": 0.25, "score": -1.0, "terminal": False, "hidden": 0, **more}


def rollout(number, where, steps, answer, verdict):
    return {"id": number, "node": where, "text": "\n".join(steps), "steps": steps, "answer": answer,
            "verdict": verdict, "reward": 1.0 if verdict == "right" else 0.0}


def body(n, name, nodes, rollouts=(), **more):
    return {"n": n, "id": name, "prompt": f"What is asked in {name}?", "reference": "", "images": [],
            "reason": "budget", "failure": "", "simulations": 100, "calls": 40, "prompt_tokens": 1200,
            "completion_tokens": 3400, "price": 4600000, "grammar": "steps", "nodes": list(nodes),
            "rollouts": list(rollouts), "best": -1, "thoughts": [], "remarks": [], "pairs": [], **more}


def row(body, **more):
    """What the index says of a body."""
    verdicts = [rollout["verdict"] for rollout in body["rollouts"]]
    depth, deepest = {}, 0
    for one in body["nodes"]:
        depth[one["id"]] = depth.get(one["parent"], -1) + 1
        deepest = max(deepest, depth[one["id"]])
    pairs = body["pairs"]
    return {"n": body["n"], "id": body["id"], "prompt": body["prompt"][:300], "state": "finished",
            "reason": body["reason"], "failure": body["failure"],
            **{verdict: verdicts.count(verdict) for verdict in ("right", "wrong", "unknown")},
            "pairs": len(pairs), "located": sum(pair["location"]["index"] >= 0 for pair in pairs),
            "critiques": sum(len(pair["critiques"]) for pair in pairs), "nodes": len(body["nodes"]),
            "shown": len(body["nodes"]), "depth": deepest, "simulations": body["simulations"],
            "calls": body["calls"], "prompt_tokens": body["prompt_tokens"],
            "completion_tokens": body["completion_tokens"], "price": body["price"],
            "value": body["nodes"][0]["value"] if body["nodes"] else -1, **more}


def index(rows, **more):
    return {"crux": 1, "live": False, "run": {"id": "c3ffd48b9e7b", "policy": "numbers", "input": "puzzles.jsonl",
                                              "version": "1.0"}, "pulse": None,
            "left_out": {"problems": 0, "nodes": 0, "rollouts": 0, "why": ""}, "problems": list(rows), **more}


def tree(n, count, seed=1, shape="tree", text="step"):
    """A body of so many nodes: a bushy tree, a path ("deep") or one row of siblings ("wide")."""
    draw = random.Random(seed)
    nodes, rollouts, open_nodes = [node(0, -1, "", count, 0.4)], [], [0]
    kept = 0
    parents = [-1]
    for i in range(1, count):
        if shape == "deep":
            parents.append(i - 1)
        elif shape == "wide":
            parents.append(0)
        else:
            parents.append(open_nodes[kept])
            if draw.random() < 0.3:
                kept += 1
            open_nodes.append(i)
    for i in range(1, count):
        visits = int(draw.paretovariate(1.0)) if draw.random() > 0.2 else 0
        nodes.append(node(i, parents[i], f"{text} {i}: " + " ".join(draw.choices(WORDS, k=14)), visits,
                          round(draw.random(), 3), prior=round(draw.random(), 3)))
        if draw.random() < 0.25:
            rollouts.append(rollout(len(rollouts), i, [f"end of {i}", "So the answer is 24."], str(draw.randrange(30)),
                                    draw.choice(["right", "wrong", "wrong", "unknown"])))
    best = next((one["id"] for one in rollouts if one["verdict"] == "right"), -1)
    return body(n, f"{shape}-{n}", nodes, rollouts, best=best)


WORDS = "the sum of both sides is then twice as large so that we subtract seven and divide by two".split()


def probe(prefix, right, of, low, high, completer=0, from_tree=0):
    return {"completer": completer, "prefix": prefix, "right": right, "of": of, "from_tree": from_tree, "low": low, "high": high}


def location(how="not", index=-1, first=-1, last=-1, why="", maker="", probes=()):
    return {"how": how, "index": index, "from": first, "to": last, "why": why, "maker": maker, "probes": list(probes)}


def pair(name, wrong, right, crux, common, where, critiques=(), verification=None, support=(-1.0, -1.0, -1.0, 0)):
    return {"id": name, "wrong": wrong, "right": right, "crux": crux, "common": common, "location": where,
            "support": dict(zip(("execution", "judge", "completions", "count"), support)),
            "verification": verification, "critiques": list(critiques)}


def critique(text, points_at, **more):
    return {"text": text, "verdict": "wrong", "error_type": "arithmetic", "corrected_step": "", "style": "mmc",
            "model": "annotator", "points_at": points_at, "verified": False, "method": "", **more}


def story(n=0):
    """A problem that has everything: two paths that part, located, criticised, verified; a planner's kinds."""
    nodes = [
        node(0, -1, "", 64, 0.45),
        node(1, 0, "Let x be the number of apples. Together they have 5x + 3 = 48 apples.", 40, 0.62, prior=0.7, score=0.8),
        node(2, 0, "Guess that there are ten apples in each box and see what is left.", 14, 0.12, prior=0.2, score=0.3),
        node(3, 0, "Count the boxes by drawing them.", 0, 0.0, prior=0.1),
        node(4, 1, "Subtract 3 from both sides: 5x = 45.", 26, 0.91, prior=0.6, score=0.9),
        node(6, 1, "Add 3 to both sides: 5x = 51.", 13, 0.04, prior=0.3, score=0.2, hidden=7),
        node(9, 4, "Divide by 5: x = 9. So the answer is 9.", 25, 1.0, prior=0.9, terminal=True, score=0.95),
    ]
    rollouts = [
        rollout(0, 9, [], "9", "right"),
        rollout(1, 6, ["Divide by 5: x = 10.2.", "Apples are whole, so it is about 10. So the answer is 10."], "10", "wrong"),
        rollout(2, 2, ["Fifty are too many.", "So the answer is 10."], "10", "wrong"),
        rollout(3, 1, ["I cannot tell."], "", "unknown"),
    ]
    probes = [probe(0, 9, 16, 0.33, 0.77), probe(1, 12, 16, 0.51, 0.9, from_tree=2), probe(2, 0, 16, 0, 0.19), probe(3, 0, 8, 0, 0.32),
              probe(1, 7, 10, 0.4, 0.89, 1), probe(2, 0, 10, 0, 0.28, 1)]
    pairs = [
        pair("p1/w0000", 1, 0, 1, 1, location("agreed", 1, maker="locate:base+small", probes=probes),
             [critique("Step 2 adds 3 where it has to be taken away: 5x + 3 = 48 means 5x = 45, not 51.", 1,
                       corrected_step="Subtract 3 from both sides: 5x = 45.", verified=True, method="exact")],
             {"with_right": 8, "with_count": 10, "without_right": 3, "without_count": 10, "control_right": 2, "control_count": 10},
             (0.2, -1.0, 0.75, 16)),
        pair("p1/w0001", 2, 0, 0, 0, location("between", -1, 0, 1, "what lies between is undecided", "locate:base", probes[:1]),
             [critique("Guessing is no step of a solution.", -1)]),
        pair("p1/w0002", 1, 0, 1, 1, location("not", why="no completion of any prefix came right")),
        pair("p1/w0003", 1, 0, 1, 1, location("proved", 1)),
        pair("p1/w0004", 1, 0, 1, 1, location("estimated", 2, maker="locate:base", probes=probes[:4])),
    ]
    return body(n, "p1", nodes, rollouts, best=0, pairs=pairs, reference="9", images=["apples.png"],
                prompt="Five boxes with the same number of apples, and 3 apples besides, are 48 apples. How many are in a box?",
                thoughts=[{"node": 4, "rollout": -1, "text": "Both sides stay equal when the same is taken away."},
                          {"node": -1, "rollout": 1, "text": "51 / 5 is no whole number, which is odd."}],
                remarks=[{"node": 6, "rollout": -1, "role": "execution", "score": 0.2, "steps": [], "judges": 3, "spread": 0.1,
                          "why": "48 + 3 is 51, but the 3 stands on the other side."},
                         {"node": -1, "rollout": 0, "role": "outcome", "score": 1.0, "steps": [1, 1, 1], "judges": 1, "spread": 0,
                          "why": "Each step follows."}])


def planner(n=1):
    nodes = [node(0, -1, "", 20, 0.5)]
    kinds = ["reason", "rationale", "genquery", "query", "retrieve", "doc", "reason", "rationale"]
    nodes += [node(i + 1, i, f"{kind} {i + 1}", 20 - i, 0.5, kind=kind) for i, kind in enumerate(kinds)]
    nodes += [node(20, 7, "rationale of another kind", 3, 0.1, kind="rationale")]
    rollouts = [rollout(0, 8, ["So the answer is blue."], "blue", "right"), rollout(1, 20, ["So the answer is red."], "red", "wrong")]
    pairs = [pair("plan/w0000", 1, 0, 7, 7, location("proved", 1))]
    return body(n, "plan", nodes, rollouts, best=0, pairs=pairs, grammar="cr-planner")


def hostile(n=2, long=1 << 20):
    nodes = [node(0, -1, "")]
    nodes += [node(i + 1, 0, text) for i, text in enumerate(HOSTILE.values())]
    nodes += [node(100, 0, "x" * long), node(101, 0, "\u0007\u202e" * 5000), node(102, 0, "many words " * 9090)]
    rollouts = [rollout(i, i + 1, [text, text], text, "wrong") for i, text in enumerate(HOSTILE.values())]
    rollouts.append(rollout(50, 0, [HOSTILE["tag"]], HOSTILE["tag"], "right"))
    pairs = [pair("<b>/\"w'0&", 0, 50, 0, 0, location("proved", 0, why=HOSTILE["tag"], maker=HOSTILE["script"]),
                  [critique(HOSTILE["script"], 0, corrected_step=HOSTILE["tag"], error_type=HOSTILE["attribute"], model="<i>", verified=True, method="<u>")])]
    return body(n, "<b>&\"'#=% \u202eid", nodes, rollouts, best=50, pairs=pairs, prompt=HOSTILE["script"] + HOSTILE["bidi"],
                thoughts=[{"node": 1, "rollout": -1, "text": HOSTILE["tag"]}],
                remarks=[{"node": 1, "rollout": -1, "role": "<i>", "score": 0.5, "steps": ["<s>"], "judges": 2, "spread": 0.1, "why": HOSTILE["tag"]}])
