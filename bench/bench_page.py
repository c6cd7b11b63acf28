#!/usr/bin/env python3
"""bench_page.py [COUNT...] - how long a page of so many nodes takes to open in a headless Chromium.

For each count one tree of that many nodes, and as many trees of 500 as make that many. A page opens
from a file by a link to the problem; times are from the beginning of the navigation to the first
drawing of the index and of the tree, by the browser's own clock. `all open`: the button Open all, to
the end of its drawing. The least and the most of three. Nothing is asserted.
"""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "page"))
sys.dont_write_bytecode = True

import browser
import pages

MARK = "return performance.getEntriesByName('crux-{}')[0]?.startTime"
OPEN_ALL = """const done = arguments[arguments.length - 1], view = window.cruxPage.view, began = performance.now();
              view.all(false);
              requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)));"""


def opened(session, url, mark, address):
    session.open("about:blank")
    session.open(url + address)
    return session.until(MARK.format(mark)) / 1000


def spread(times):
    return f"{min(times):.2f} to {max(times):.2f} s"


def main():
    counts = [int(word) for word in sys.argv[1:]] or [10000, 50000]
    with tempfile.TemporaryDirectory(prefix="crux-page-") as folder, browser.browser() as session:
        for count in counts:
            one = [pages.tree(0, count)]
            many = [pages.tree(n, 500, seed=n) for n in range(count // 500)]
            for name, bodies in (("one tree", one), (f"{len(many)} trees", many)):
                path = pathlib.Path(folder) / f"{count}-{len(bodies)}.html"
                path.write_text(pages.page(pages.index([pages.row(body) for body in bodies] + [{**pages.row(bodies[0]), "n": -1, "id": "other"}]), bodies), "utf-8")
                url, size = path.as_uri(), path.stat().st_size / 1e6
                address = f"#problem={bodies[0]['id']}"
                index = [opened(session, url, "index", "") for _ in range(3)]
                problem = [opened(session, url, "problem", address) for _ in range(3)]
                session.do("POST", "/timeouts", {"script": 60000})
                every = [session.do("POST", "/execute/async", {"script": OPEN_ALL, "args": []}) / 1000 for _ in range(3)]
                print(f"{count} nodes, {name}, {size:.1f} MB: index {spread(index)}, tree {spread(problem)}, all open {spread(every)}", flush=True)


if __name__ == "__main__":
    main()
