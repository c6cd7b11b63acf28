#!/usr/bin/env python3
"""test_page.py - the page in a real browser: what it shows, by mouse and by keyboard, whatever the texts are.

The pages are made from the sources in io/page/ and data of pages.py; what the program writes is in
other tests. One browser does all of it. Where there is no Chromium it is skipped (77).
"""

import contextlib
import http.server
import json
import pathlib
import sys
import tempfile
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
sys.dont_write_bytecode = True

import browser
import pages
from support import DEEP, Failed, insist

ROWS = "return [...document.querySelectorAll('.problems .row')].map(row => row.dataset.problem)"
ACTIVE = """const list = document.querySelector('.outline');
            const row = document.getElementById(list.getAttribute('aria-activedescendant'));
            return row ? Number(row.dataset.node) : -1"""
HEADING = "return document.querySelector('.panel h2')?.firstChild.textContent"


def same(found, wanted, what):
    insist(found == wanted, f"{what}: {str(found)[:400]} instead of {str(wanted)[:400]}")


class Test:
    def __init__(self, session, folder):
        self.browser, self.folder, self.number = session, folder, 0

    def write(self, bodies, rows=None, **more):
        self.number += 1
        path = self.folder / f"page{self.number}.html"
        path.write_text(pages.page(pages.index(rows or [pages.row(body) for body in bodies], **more), bodies), "utf-8")
        return path.as_uri()

    def visit(self, url, shown, address=""):
        """A new document, also where only the address behind # is another."""
        self.browser.open("about:blank")
        self.browser.open(url + address)
        self.browser.shown(shown)

    def set(self, selector, value, event="input"):
        self.browser.run("""const field = document.querySelector(arguments[0]);
                            field.value = arguments[1];
                            field.dispatchEvent(new Event(arguments[2]))""", selector, value, event)

    def press(self, words):
        """Presses the first button that has these words and can be seen."""
        found = self.browser.run("""const button = [...document.querySelectorAll('button')]
                                        .find(one => one.textContent.includes(arguments[0]) && one.offsetParent);
                                    button?.click();
                                    return Boolean(button)""", words)
        insist(found, f"there is no button {words}")

    def text(self, selector):
        return self.browser.run("return document.querySelector(arguments[0])?.innerText ?? null", selector)

    # --- the index ---

    def index(self):
        bodies = [pages.story(0), pages.planner(1), pages.tree(2, 60)]
        states = [("finished", 0), ("failed", 0), ("waiting", 2)]
        rows = [pages.row(body) for body in bodies]
        rows += [{**rows[1], "n": n, "id": f"p{n}", "state": states[n % 3][0], "right": states[n % 3][1], "wrong": 1, "calls": n,
                  "pairs": 0, "located": 0, "failure": "it was refused" if n % 3 == 1 else ""} for n in range(3, 3000)]
        left = {"problems": 2, "nodes": 512, "rollouts": 0, "why": "--nodes 50000"}
        self.visit(self.write(bodies, rows, left_out=left), "index")
        get = self.browser.run
        same(get(ROWS)[:4], ["p1", "plan", "tree-2", "p3"], "first rows")
        insist(len(get(ROWS)) < 100, "only what is in view is in the document")
        insist("2 problems, 512 nodes (--nodes 50000)" in self.text(".left-out"), "what is left out is told")
        for selector, value, wanted in (
                ("label:nth-of-type(1) select", "right", "1,002"), ("label:nth-of-type(1) select", "failed", "999"),
                ("label:nth-of-type(1) select", "waiting", "999"), ("label:nth-of-type(1) select", "none", "999"),
                ("label:nth-of-type(1) select", "mixed", "1,002"), ("label:nth-of-type(2) select", "some", "2"),
                ("label:nth-of-type(2) select", "critiques", "1"), ("label:nth-of-type(2) select", "none", "2,998")):
            self.set(f".filters {selector}", value, "change")
            insist(self.text(".index .told").startswith(wanted + " of "), f"{value}: {self.text('.index .told')}, wanted {wanted}")
            self.set(f".filters {selector}", "all", "change")
        self.set(".filters .cost select", "calls", "change")
        self.set(".filters [aria-label='cost from']", "2990")
        self.set(".filters [aria-label='cost to']", "2995")
        same(get(ROWS), [f"p{n}" for n in range(2990, 2996)], "calls 2,990 to 2,995")
        get("document.querySelector('[aria-label=\"Largest first\"]').click()")
        self.set(".filters .cost:last-of-type select", "calls", "change")
        same(get(ROWS), [f"p{n}" for n in range(2995, 2989, -1)], "the dearest first")
        for field in ("from", "to"):
            self.set(f".filters [aria-label='cost {field}']", "")
        self.set(".filters > input", "five BOXES")
        same(get(ROWS), ["p1"], "by words")
        self.set(".filters > input", "")
        self.keyboard_in_index()

    def keyboard_in_index(self):
        get = self.browser.run
        get("document.querySelector('.problems').focus()")
        self.browser.keys("Home", "End")
        last = get("return document.querySelector('.problems [aria-selected=true]').ariaPosInSet")
        same(last, "3000", "End")
        self.browser.keys("/")
        same(get("return document.activeElement.type"), "search", "/ goes to the words")
        self.browser.keys(*"tree-2")
        get("document.querySelector('.problems').focus()")
        self.browser.keys("ArrowDown", "Enter")
        self.browser.shown("problem")
        same(get("return location.hash"), "#problem=tree-2", "Enter opens a problem")
        get("history.back()")
        self.browser.shown("index")
        same(get(ROWS), ["tree-2"], "the filter is as it was")

    # --- a tree ---

    def outline(self):
        """Every node by arrows alone, first all open, then all closed; with what a reader is told."""
        body = pages.tree(0, 400 if DEEP else 31, seed=5)
        self.visit(self.write([body]), "problem")
        wanted = [node["id"] for node in preorder(body)]
        same(self.walk(["ArrowDown"] * len(wanted)), wanted, "down through all that is open")
        self.check_aria(body)
        self.press("Close all")
        get = self.browser.run
        get("document.querySelector('.outline').focus()")
        self.browser.keys("Home")
        first = sum(node["parent"] == 0 for node in body["nodes"])
        same(len(get("return document.querySelectorAll('.outline .row')")), 1 + first, "closed but the root")
        same(self.walk(["ArrowDown"] + ["ArrowRight", "ArrowDown"] * len(wanted)), wanted, "open and down through all that was closed")
        self.browser.keys("End")
        same(get(ACTIVE), wanted[-1], "End")
        self.browser.keys("Home", "ArrowLeft")
        same(get(ACTIVE), 0, "Home; the root stays open")
        text = next(node for node in body["nodes"] if node["id"] == 30)["text"]
        get("""for (const key of arguments[0])
                   document.querySelector('.outline').dispatchEvent(new KeyboardEvent('keydown', {key}))""", text[:8])
        same(get(ACTIVE), 30, "by the first letters")
        self.browser.keys("Enter")
        same((get(HEADING), get("return document.activeElement === document.querySelector('.panel h2')")), ("Node 30", True),
             "Enter goes to what is known of it")
        self.browser.until("return location.hash.endsWith('&node=30')")

    def walk(self, keys):
        """The nodes that become active while keys are pressed, from the root on."""
        self.browser.run("""const list = document.querySelector('.outline');
                            list.focus();
                            window.walked = [0];
                            window.watching?.disconnect();
                            window.watching = new MutationObserver(() => {
                                const row = document.getElementById(list.getAttribute('aria-activedescendant'));
                                const node = Number(row.dataset.node);
                                if (node !== window.walked.at(-1))
                                    window.walked.push(node);
                            });
                            window.watching.observe(list, {attributes: true, attributeFilter: ['aria-activedescendant']})""")
        self.browser.keys("Home", *keys)
        return self.browser.run("return window.walked")

    def check_aria(self, body):
        children, depth = {}, {}
        for node in body["nodes"]:
            children.setdefault(node["parent"], []).append(node["id"])
            depth[node["id"]] = depth.get(node["parent"], 0) + 1
        parent = {node["id"]: node["parent"] for node in body["nodes"]}
        rows = self.browser.run("""return [...document.querySelectorAll('.outline .row')].map(row => [Number(row.dataset.node), row.role,
            Number(row.ariaLevel), Number(row.ariaPosInSet), Number(row.ariaSetSize), row.ariaExpanded])""")
        insist(5 < len(rows) < 120, f"{len(rows)} rows are in the document")
        for node, role, level, position, size, expanded in rows:
            siblings = children[parent[node]]
            same((role, level, position, size, expanded),
                 ("treeitem", depth[node], siblings.index(node) + 1, len(siblings), "true" if node in children else None), f"row of node {node}")

    def picture(self):
        """A click on the picture selects what stands there; so do zoom, root and back."""
        body = pages.story()
        self.visit(self.write([body]), "problem")
        get = self.browser.run
        at = get("""const {canvas, tree} = window.cruxPage.view, box = canvas.canvas.getBoundingClientRect();
                    const at = canvas.screenOf(tree.place.get(6));
                    return [box.x + at.x, box.y + at.y]""")
        self.browser.click(*at)
        same(get(HEADING), "Node 6", "a click")
        same(get(ACTIVE), 6, "the outline follows")
        for words in ("+7 not on this page", "7 more not on this page"):
            insist(words in self.text(".tree-area"), f"{words} is told")
        colours = get("""const canvas = document.querySelector('canvas');
                         const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                         return new Set(Array.from({length: data.length / 4}, (_, i) => data.slice(4 * i, 4 * i + 3).join())).size""")
        insist(colours > 30, f"{colours} colours in the picture")
        get("window.cruxPage.view.select(window.cruxPage.view.tree.place.get(4))")
        self.press("Make this the root")
        same(get("return [...document.querySelectorAll('.outline .row')].map(row => Number(row.dataset.node))"), [4, 9], "seen from node 4")
        self.press("Back to the problem")
        same(len(get("return [...document.querySelectorAll('.outline .row')]")), 7, "back")
        self.press("Hide unvisited")
        same(len(get("return [...document.querySelectorAll('.outline .row')]")), 6, "without what nobody visited")
        self.press("Best path")
        same(get(ACTIVE), 9, "the best path's end")

        self.picture_names()
        self.picture_fits()
        self.picture_marks()

    def picture_names(self):
        """No name is drawn over another, also of nodes with children that stand close to others."""
        self.browser.size(1600, 800)
        nodes = [pages.node(0, -1, "", 30)] + [pages.node(i, 0, f"{i} + 2 = {i + 2} (left: 1 3 6)", 1) for i in range(1, 21)]
        nodes += [pages.node(100 * one + i, one, f"{one} * {i} = {one * i}", 1) for one in (7, 15) for i in range(1, 19)]
        self.visit(self.write([pages.body(0, "close", nodes)]), "problem")
        drawn = self.browser.run("""const drawn = [], context = CanvasRenderingContext2D.prototype, was = context.strokeText;
            context.strokeText = function (text, x, y) { drawn.push([text, x, y, this.measureText(text).width]); };
            window.cruxPage.view.canvas.paint();
            context.strokeText = was;
            return drawn""")
        self.browser.size(1200, 800)
        insist(len(drawn) == len(nodes), f"{len(drawn)} names are drawn")
        for i, (name, x, y, width) in enumerate(drawn):
            for other, at, height, wide in drawn[:i]:
                insist(abs(y - height) >= 10 or x + width <= at or at + wide <= x, f"{name} is drawn over {other}")

    def picture_fits(self):
        """Where no names are drawn a picture has the room that they would take."""
        for shape in ("deep", "wide"):
            self.visit(self.write([pages.tree(0, 600, shape=shape)]), "problem")
            far, step, width = self.browser.run("""const {canvas, sight} = window.cruxPage.view;
                const across = [...sight.order].map(node => canvas.screenOf(node).x);
                return [Math.max(...across), canvas.zoomX, canvas.width]""")
            insist(0.75 * width < far < width - 20 or step == 1, f"{shape}: the last level is at {far} of {width}")

    def picture_marks(self):
        """Of a thousand levels so many marks are drawn as there is room for."""
        body = pages.tree(0, 1025, shape="deep")
        body["pairs"] = [pages.pair(f"w{i}", 0, 1, i, 0, pages.location()) for i in range(1, 1025)]
        self.visit(self.write([body]), "problem")
        marks = self.browser.run("""const drawn = {mark: 0, diamond: 0}, was = {};
            for (const name of Object.keys(drawn)) {
                was[name] = TreePicture.prototype[name];
                TreePicture.prototype[name] = () => drawn[name]++;
            }
            window.cruxPage.view.canvas.paint();
            Object.assign(TreePicture.prototype, was);
            return [drawn.mark, drawn.diamond]""")
        insist(10 < marks[0] < 100 and 10 < marks[1] < 30, f"{marks} marks are drawn")

    def node(self):
        self.visit(self.write([pages.story()]), "problem", "#problem=p1&node=6")
        panel = self.text(".panel")
        for words in ("Add 3 to both sides: 5x = 51.", "0.04", "2 candidates", "chosen: on the best path", "rejected", "3 judges",
                      "48 + 3 is 51", "0 right, 1 wrong, 0 unknown"):
            insist(words in panel, f"node 6 is told with: {words}")
        insist("Apples are whole" in panel and "51 / 5 is no whole number" in self.browser.run("return document.querySelector('.panel').textContent"),
               "its answer and the thought before that")
        self.visit(self.write([pages.planner(0)]), "problem", "#problem=plan&node=8")
        same(self.text(".answer .caption"), "The whole path in 3 steps, with 4 sub-goals, 1 query, 1 document", "a path of a planner")
        same(self.browser.run("return [...document.querySelectorAll('.answer .steps > li')].map(one => one.firstChild.textContent)"),
             ["reason", "1.", "genquery", "query", "retrieve", "doc", "reason", "2.", "3."], "only steps of the reasoning have numbers")
        same(self.browser.run("return getComputedStyle(document.querySelector('.home'), '::after').content"), "none",
             "a page of one problem leads to no other")
        words = "the server said no " * 50
        self.visit(self.write([pages.body(0, "fails", [pages.node(0, -1, "", 0)], failure=words, reason="failed", reference=words), pages.story(1)]),
                   "problem", "#problem=fails")
        for _ in range(2):
            self.press("show all (950 characters)")
        same(self.text(".problem-head").count(words.strip()), 2, "a reason and a reference are there whole")
        insist("all problems" in self.browser.run("return getComputedStyle(document.querySelector('.home'), '::after').content"), "back to the others")

    def search(self):
        self.visit(self.write([pages.story()]), "problem")
        get = self.browser.run
        self.browser.keys("/")
        self.browser.keys(*"divide BY 5")
        told = "return document.querySelector('.search .told').textContent"
        self.browser.until(told + ".startsWith('1 of')")
        same(get(told), "1 of 2 hits", "hits in a node and in an answer")
        first = get(HEADING)
        self.browser.keys("Enter")
        same((get(told), get(HEADING) != first), ("2 of 2 hits", True), "the next one")
        insist(get("return document.querySelector('.panel mark')?.textContent") == "Divide by 5", "it is marked")
        self.browser.chord("Shift", "Enter")
        same((get(told), get(HEADING)), ("1 of 2 hits", first), "the one before")
        self.set(".search input", "(no[thing*")
        self.browser.until(told + " === 'not found'")

    # --- a pair ---

    def pair(self):
        url = self.write([pages.story(), pages.planner(1)])
        self.visit(url, "pair", "#problem=p1&pair=" + "p1%2Fw0000")
        view = self.text(".pairview")
        for words in ("Step 2 is the first wrong step", "two policies agree", "locate:base+small", "The first step is shared", "here they part",
                      "wrong path answers 10", "right path answers 9", "first wrong step, agreed", "0 of 16 completions from here right (0 to 19 %)",
                      "second policy: 7 of 10 completions", "2 of them the search\u2019s own", "Step 2 adds 3", "the first wrong one", "was checked (exact)",
                      "8 of 10", "3 of 10", "2 of 10", "completions 0.75"):
            insist(words in view, f"the pair is told with: {words}; not in: {view}")
        cells = self.browser.run("return [...document.querySelectorAll('.paths > *')].map(one => one.className)")
        same(cells, ["title wrong", "title right", "cell wrong", "cell right", "critique wide", "cell wrong", "cell right", "cell wrong", "cell empty right",
                     "end wrong", "end right"],
             "step beside step, the critique below the step that it points at")
        same(self.browser.run("return [...document.querySelectorAll('.step')].map(one => one.className)"),
             ["step ", "step first", "step ", "step behind", "step ", "step behind"], "the marked step")
        same(self.browser.run("return document.querySelectorAll('.chart .point').length"), 6, "points of the chart")
        for number, words in ((1, "one of steps 1 to 2"), (2, "is not known"), (3, "proved by the domain"), (4, "Step 3 is the first wrong step")):
            self.press("Next pair")
            insist(words in self.text(".pair-verdict"), f"pair {number}: {self.text('.pair-verdict')}")
        same(self.browser.run("return location.hash"), "#problem=p1&pair=p1%2Fw0004", "the address follows")
        self.set(".pairview select", "p1/w0001", "change")
        insist("pair 2 of 5" in self.text(".pairview h2"), "a pair is chosen by its name")
        self.press("Next pair")
        self.press("Show in the tree")
        same(self.browser.run(HEADING), "Node 1", "where they part, in the tree")
        long = {**pages.story(), "id": "x" * 200}
        long["pairs"] = [{**one, "id": one["id"].replace("p1", long["id"])} for one in long["pairs"]]
        self.visit(self.write([long]), "pair", f"#problem={long['id']}&pair={long['pairs'][1]['id']}")
        insist("w0001, pair 2 of 5" in self.text(".pairview h2"), "a pair of a problem with a long id has its own name")
        self.visit(url, "pair", "#problem=plan&pair=plan%2Fw0000")
        chips = self.browser.run("return [...document.querySelectorAll('.chip')].map(one => one.textContent)")
        same(chips, ["reason", "step 1", "genquery", "query", "retrieve", "doc", "reason", "step 2", "step 2", "step 3", "step 3"],
             "only steps of the reasoning are counted")
        same(self.text(".prefix summary"), "They share 1 step, with 4 sub-goals, 1 query, 1 document", "what they share")
        same(self.browser.run("return document.querySelector('.step.first .model').textContent"), "rationale of another kind", "the marked one")

    # --- texts that would do harm ---

    def hostile(self):
        body = pages.hostile()
        url = self.write([body])
        self.visit(url, "problem")
        self.browser.keys("End")
        get = self.browser.run
        for name, text in pages.HOSTILE.items():
            number = list(pages.HOSTILE).index(name) + 1
            shown = get("""window.cruxPage.view.selectId(arguments[0]);
                           for (const one of document.querySelectorAll('details')) one.open = true;
                           return document.querySelector('.node > .model').textContent""", number)
            wanted = [character for character in text if character.isprintable() and ord(character) not in range(0x200b, 0x2070)]
            insist([c for c in shown if c in wanted][:3] == wanted[:3], f"{name} is shown")
            insist(not any(ord(c) < 32 and c not in "\n\t" or ord(c) in range(0x202a, 0x202f) for c in shown), f"{name}: nothing in it acts")
        get("window.cruxPage.view.selectId(6)")
        same(get("return [...document.querySelectorAll('.node > .model .control')].map(one => one.textContent)"), ["<BEL>", "<NUL>", "<ESC>", "<DEL>", "<U+0085>"],
             "controls by their names")
        get("window.cruxPage.view.selectId(7)")
        insist("<U+202E>" in self.text(".node > .model"), "what turns the direction has a name")
        self.visit(url, "pair", "#problem=" + quote(body["id"]) + "&pair=" + quote(body["pairs"][0]["id"]))
        insist("</script><script>" in self.text(".critique"), "a critique is text")
        same(get("return [window.hit ?? 0, document.querySelectorAll('#page :is(script, img, svg:not(.chart), b b, i, u, s, iframe, object)').length]"),
             [0, 0], "no text is markup")
        self.long_texts()

    def long_texts(self):
        get = self.browser.run
        self.press("Show in the tree")
        for number, length in ((100, 1 << 20), (102, 99990)):
            get("window.cruxPage.view.selectId(arguments[0])", number)
            insist(len(self.text(".node > .model")) < 2000, "a long text is cut")
            self.press("show all")
            found = get("""const block = document.querySelector('.node > .model'); block.querySelector('.cut')?.remove();
                           return block.textContent.length""")
            insist(abs(found - length) < 5, f"{found} of {length} characters are shown")
        get("window.cruxPage.view.selectId(101)")
        insist(get("return document.querySelectorAll('.control').length") <= 600, "ten thousand controls are not ten thousand elements")

    # --- the layout ---

    def layout(self):
        found = self.browser.run((HERE / "layout_holds.js").read_text("utf-8"))
        same(found, [], "the layout")

    # --- colours ---

    def contrast(self):
        """Texts are told from every ground they stand on by 4.5 to 1, lines and rings by 3 to 1, in both schemes."""
        for scheme in ("light", "dark"):
            self.browser.scheme(scheme)
            self.visit(self.write([]), "index")
            colours = self.browser.run("""const style = getComputedStyle(document.documentElement);
                return Object.fromEntries(arguments[0].map(name => [name, style.getPropertyValue('--' + name).trim()]))""", [*TEXTS, *GROUNDS, *LINES])
            for names, grounds, least in ((TEXTS, GROUNDS, 4.5), (LINES, ("back",), 3)):
                for name in names:
                    for ground in grounds:
                        found = contrast(colours[name], colours[ground])
                        insist(found >= least, f"{name} on {ground}, {scheme}: {found:.2f}")
        same(contrast("#000000", "#ffffff"), 21, "black on white")
        self.browser.scheme("light")

    # --- addresses, widths, faults ---

    # --- while it runs ---

    def live(self):
        """The index grows, the open problem with it; what was selected and closed stays; then the server goes."""
        first, second = pages.story(), pages.story()
        second["nodes"].append(pages.node(30, 2, "A step that came later.", 1, 0.0))
        second["nodes"][3]["text"] += " It has changed."
        answers = {}

        def set_answers(body, done, running):
            pulse = {"done": done, "problems": 4, "calls": 10 * done, "pairs": done, "prompt_tokens": 5, "completion_tokens": 6,
                     "price": 0, "in_flight": 8, "running": running}
            row = pages.row(body)
            answers["index.json"] = pages.index([row, {**row, "n": 1, "id": "next", "state": "waiting", "right": 0, "wrong": 0, "unknown": 0}], live=True, pulse=pulse)
            answers["problem.json?n=0"] = body

        set_answers(first, 1, True)
        with serving(lambda: pages.page(answers["index.json"], []), answers) as server:
            self.visit(server.address, "index")
            insist("Running: 1 of 4 problems done" in self.text(".live") and "8 in flight" in self.text(".live"), self.text(".live"))
            get = self.browser.run
            get("location.hash = '#problem=p1&node=9'")
            self.browser.shown("problem")
            get("const view = window.cruxPage.view; view.toggle(view.tree.place.get(2)); view.go(view.tree.place.get(6), true); view.toggle(view.tree.place.get(4))")
            set_answers(second, 2, False)
            self.browser.until("return window.cruxPage.view.tree.count === 8")
            insist("Not running: 2 of 4" in self.text(".live"), self.text(".live"))
            same(get("const view = window.cruxPage.view; return [view.tree.nodes[view.selected].id, [...view.sight.order].map(i => view.tree.nodes[i].id)]"),
                 [6, [0, 1, 4, 6, 2, 30, 3]], "selected and closed as before, the new node seen")
            asked = len(server.asked)
            self.browser.until("return window.cruxPage.data.pulse.done === 2")
            self.browser.requests()
            server.fail = True
            self.browser.until("return document.querySelector('.live.gone')?.textContent.includes('answered 500 when it was asked for index.json: it is ill. What')")
            server.fail = False
            self.browser.until("return document.querySelector('.live:not(.gone)')?.textContent.includes('Not running')")
            bodies = [path for path in server.asked[asked:] if path.startswith("problem.json")]
            same(bodies, [], "an open problem is not fetched again while its numbers are the same")
            self.live_gone(answers)
        self.browser.until("return document.querySelector('.live.gone')?.textContent.includes('does not answer any more. What is here is of')")
        insist(all(url.startswith(server.address) for url in self.browser.requests()), "only its own server was asked")
        self.browser.errors()

    def live_gone(self, answers):
        """An open problem that the store has no more is told, as long as it has none."""
        notice = "return document.querySelector('.notice').textContent"
        there = answers["index.json"]
        answers["index.json"] = {**there, "problems": [], "pulse": {**there["pulse"], "problems": 0}}
        self.browser.until(notice + " === 'The store has no problem p1 any more: what is here is what it was.'")
        insist("no problem is there yet" in self.text(".live"), self.text(".live"))
        answers["index.json"] = there
        self.browser.until(notice + " === ''")

    def replaced(self):
        """Another run's store in the place of the first: its problem is shown, not the one that had its number."""
        first, second = pages.story(), {**pages.story(), "id": "other"}
        answers = {"index.json": pages.index([pages.row(first), pages.row(pages.planner(1))], live=True), "problem.json?n=0": first}
        with serving(lambda: pages.page(answers["index.json"], []), answers) as server:
            self.visit(server.address, "problem", "#problem=p1&node=4")
            answers["problem.json?n=0"] = second
            answers["index.json"] = pages.index([pages.row(second), pages.row(pages.planner(1))], live=True)
            self.browser.until("return document.querySelector('.notice').textContent.includes('no problem p1 any more')")
            self.browser.run("location.hash = '#problem=other'")
            self.browser.until("return cruxPage.state.problem === 'other' && cruxPage.turn === null")
            same(self.browser.run("return [document.querySelector('h1').textContent, cruxPage.view.tree.body.id]"), ["other", "other"], "what is shown")
            same(self.browser.run(HEADING), "The problem", "nothing is selected that was in another tree")
        self.browser.requests()
        self.browser.errors()

    def late(self):
        """A problem that comes when nobody waits for it any more takes nobody away from where he is."""
        bodies = [pages.story(), pages.planner(1)]
        answers = {"index.json": pages.index([pages.row(body) for body in bodies], live=True)}
        answers |= {f"problem.json?n={body['n']}": body for body in bodies}
        get = self.browser.run
        for elsewhere, seen in (("", "return document.querySelector('.problems')?.isConnected && location.hash === '' && !cruxPage.state.problem"),
                                ("#problem=p1", "return document.querySelector('h1')?.textContent === 'p1' && cruxPage.state.problem === 'p1'")):
            with serving(lambda: pages.page(answers["index.json"], []), answers) as server:
                self.visit(server.address, "index")
                if elsewhere:
                    get("location.hash = arguments[0]", elsewhere)
                    self.browser.until(seen)
                get("""const body = cruxPage.body;
                       cruxPage.body = async (problem) => {
                           const came = await body.call(cruxPage, problem);
                           window.came = problem.id;
                           return came;
                       }""")
                server.gates["problem.json?n=1"] = gate = threading.Event()
                get("location.hash = '#problem=plan'")
                insist(server.heard.wait(60), "the problem was not asked for")
                get("location.hash = arguments[0]", elsewhere)
                self.browser.until(seen)
                gate.set()
                self.browser.until("return window.came === 'plan'")
                insist(get(seen), f"{elsewhere or 'the index'} was left for a problem that came late")
                get("location.hash = '#problem=plan'")
                self.browser.until("return document.querySelector('h1')?.textContent === 'plan'")
        self.browser.requests()
        self.browser.errors()

    def addresses(self):
        url = self.write([pages.story(), pages.planner(1)])
        get = self.browser.run
        self.visit(url, "problem", "#problem=p1&node=4")
        same(get(HEADING), "Node 4", "a link to a node")
        self.press("To its parent")
        same(get("return location.hash"), "#problem=p1&node=1", "the address follows")
        get("history.back()")
        self.browser.until(HEADING + " === 'Node 4'")
        get("location.hash = '#problem=plan'")
        self.browser.until("return document.querySelector('h1')?.textContent === 'plan'")
        for address, words in (("#problem=none", "no problem none"), ("#problem=p1&node=77", "Node 77 is not"), ("#problem=p1&pair=x", "no pair x"),
                               ("#problem=%ff", "not as this page writes it")):
            get("location.hash = arguments[0]", address)
            self.browser.until("return document.querySelector('.notice').textContent.includes(arguments[0])", words)
        get("location.hash = ''")
        self.browser.shown("index")
        insist(get("return document.querySelector('.notice').hidden"), "the notice is gone")
        self.visit(url, "index")
        same(get("const before = history.length; cruxPage.push({}); cruxPage.push({}); return history.length - before"), 0,
             "entries of the history for where one is already")

    def widths(self):
        url = self.write([pages.story(), pages.hostile(1, 3000), pages.tree(2, 1025, shape="deep"), pages.tree(3, 600, shape="wide")])
        name = quote(pages.hostile()["id"])
        for width in (1600, 1000, 999, 699, 400) if DEEP else (1600, 400):
            self.browser.size(width, 900)
            self.visit(url, "index")
            for shown, address in (("index", ""), ("problem", "#problem=p1&node=6"), ("pair", "#problem=p1&pair=p1%2Fw0000"), ("problem", f"#problem={name}&node=100"),
                                   ("pair", f"#problem={name}&pair={quote(pages.hostile()['pairs'][0]['id'])}"), ("problem", "#problem=deep-2&node=1024"))[:None if DEEP else 5]:
                self.browser.run("delete document.documentElement.dataset.shown; if (location.hash !== arguments[0]) location.hash = arguments[0]; else cruxPage.follow()", address)
                self.browser.shown(shown)
                wide, view = self.browser.run("return [document.documentElement.scrollWidth, innerWidth]")
                insist(wide <= view, f"{address} is {wide} pixels wide in {view}")
                tall = self.browser.run("return document.documentElement.scrollHeight")
                insist(tall <= 900 or width < 1000, f"{address} is {tall} pixels tall in 900: what is below its foot is blank")
        self.figures(url)
        self.browser.size(1200, 800)

    def figures(self, url):
        """No number of the outline is cut, however deep its row: half a number is another one."""
        for width in (1600, 1000, 400):
            self.browser.size(width, 900)
            self.visit(url, "problem", "#problem=deep-2&node=1000")
            rows = self.browser.run("""const box = document.querySelector('.outline').getBoundingClientRect();
                return [...document.querySelectorAll('.outline .row')].map(row => {
                    const figures = row.querySelector('.figures');
                    return [row.dataset.node, figures.getBoundingClientRect().right > box.right, figures.scrollWidth > figures.clientWidth + 1];
                })""")
            insist(len(rows) > 10, f"{len(rows)} rows")
            same([node for node, out, cut in rows if out or cut], [], f"rows whose figures are cut at {width}")
        self.browser.size(1600, 900)
        self.visit(self.write([pages.tree(0, 20000)]), "problem", "#problem=tree-0&node=7000")
        rows = self.browser.run("""return [...document.querySelectorAll('.outline .row:has(.away)')].map(row => {
            const [name, away] = ['.name', '.away'].map(part => row.querySelector(part));
            const before = away.getBoundingClientRect().width;
            away.style.flex = 'none';
            return [row.dataset.node, name.clientWidth > 30 && before < away.getBoundingClientRect().width];
        })""")
        insist(len(rows) > 5, f"{len(rows)} rows are closed")
        same([node for node, cut in rows if cut], [], "rows that are cut where there is room")

    def faults(self):
        good = pages.story()
        orphan = pages.body(1, "orphan", [pages.node(0, -1, ""), pages.node(5, 4, "x")])
        stray = pages.body(2, "stray", [pages.node(0, -1, "")], [pages.rollout(0, 9, [], "", "right")])
        empty = pages.body(3, "empty", [])
        rows = [pages.row(good), pages.row(orphan), pages.row(stray), pages.row(empty), {**pages.row(good), "n": 4, "id": "cut"},
                {**pages.row(empty), "n": 5, "id": "later", "state": "waiting"}, {**pages.row(good), "n": 6, "id": "gone"}]
        text = pages.page(pages.index(rows), [good, orphan, stray, empty])
        cut = '<script type="application/json" class="crux-problem" data-n="4">{"n": 4, "nodes": [</script>'
        path = self.folder / "faults.html"
        path.write_text(text.replace('<script type="application/json" id=', cut + '<script type="application/json" id='), "utf-8")
        self.visit(path.as_uri(), "index")
        for name, words in (("orphan", "Node 5 has the parent 4"), ("stray", "Rollout 0 belongs to node 9"), ("cut", "problem cut cannot be read"),
                            ("later", "was not begun"), ("gone", "is not on this page")):
            self.browser.run("location.hash = arguments[0]", f"#problem={name}")
            self.browser.until("return document.querySelector('.notice').textContent.includes(arguments[0])", words)
        self.browser.run("location.hash = '#problem=empty'")
        self.browser.until("return document.querySelector('.tree-place')?.textContent.includes('has no tree yet')")
        for index, words in (({**pages.index([]), "crux": 2}, "version 2"), ({"crux": 1}, "no list of problems")):
            path.write_text(pages.page(index, []), "utf-8")
            self.browser.open(path.as_uri())
            insist(words in self.text("#page"), f"{words}: {self.text('#page')}")
        path.write_text(pages.page(pages.index([]), []).replace('id="crux-index"', 'id="other"'), "utf-8")
        self.browser.open(path.as_uri())
        insist("no data" in self.text("#page"), "a page without data says so")
        self.visit(self.write([], []), "index")
        same(self.text(".index .told"), "0 problems", "a page of nothing")


def preorder(body):
    children = {}
    for node in body["nodes"]:
        children.setdefault(node["parent"], []).append(node)
    waiting, order = [body["nodes"][0]], []
    while waiting:
        node = waiting.pop()
        order.append(node)
        waiting += reversed(children.get(node["id"], []))
    return order


TEXTS = ("text", "soft", "right", "wrong", "unknown", "crux", "best")
GROUNDS = ("back", "raised", "right-back", "wrong-back", "crux-back", "best-back")
LINES = ("line", "focus", "low", "high")


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@contextlib.contextmanager
def serving(page, answers):
    """A server of a page and its data, as long as it is wanted; it notes what was asked and can be made to fail."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            path = self.path.removeprefix("/token/")
            self.server.asked.append(path)
            if path in self.server.gates:
                self.server.heard.set()
                self.server.gates[path].wait(60)
            found = page() if path == "" else json.dumps(answers[path]) if path in answers else None
            self.send_response(500 if self.server.fail else 200 if found is not None else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8" if path == "" else "application/json")
            self.end_headers()
            self.wfile.write(("it is ill\n" if self.server.fail else found or "").encode())

        def log_message(self, *words):
            """Not on the test's error output."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.asked, server.fail = [], False
    server.gates, server.heard = {}, threading.Event()  # answers that wait, and that one of them was asked for
    server.address = f"http://127.0.0.1:{server.server_port}/token/"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        for gate in server.gates.values():
            gate.set()
        server.shutdown()
        thread.join()
        server.server_close()


def quote(text):
    return browser.urllib.parse.quote(text, safe="")


NAMES = ("index", "outline", "picture", "node", "search", "pair", "hostile", "layout", "contrast", "live", "replaced", "late", "addresses", "widths", "faults")


def run(names):
    with tempfile.TemporaryDirectory(prefix="crux-page-") as folder, browser.browser() as session:
        test = Test(session, pathlib.Path(folder))
        session.requests()
        for name in names:
            began = time.process_time(), time.monotonic()
            getattr(test, name)()
            asked = [url for url in session.requests() if not url.startswith(("file:", "about:", "data:", "chrome:"))]
            same(asked, [], f"{name}: nothing was asked for")
            same(session.errors(), [], f"{name}: the browser has nothing to complain of")
            print(f"{name}: {time.monotonic() - began[1]:.1f} s", flush=True)


def main():
    if not browser.DRIVER or not browser.CHROMIUM:
        print("skipped: there is no chromium or chromedriver (Debian: chromium, chromium-driver)")
        return 77
    names = [word for word in sys.argv[1:] if word in NAMES] or NAMES
    try:
        run(names)
    except (Failed, RuntimeError) as failure:
        print(f"FAILED: {failure}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
