#!/usr/bin/env python3
"""orders.py KERNEL... - is each memory order of search/ needed, and does a kernel show it?

Every atomic operation of search/ that names an order above relaxed, or none (then it is
seq_cst), is a site. Each kernel is run with the orders of the sites it uses replaced by
each weaker one (`--orders`, weak.c). A weaker order that no kernel catches holds as far as
they can tell; the weakest ones that hold are what the site needs. That must be what the code
says, or what STRONGER says, with the reason why the code says more. A row there that is no
longer true, or fits no site, is a fault as well; so a change of an order is noticed
here, in both directions. `--list` prints what every site needs.
"""

import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

# function, words of the call, what it needs, why it says more. Both are regular expressions.
STRONGER = ()

PARTS = {"relaxed": 0, "acquire": 1, "release": 2, "acq_rel": 3, "seq_cst": 7}
CALL = re.compile(r"\batomic_(load|store|exchange|fetch_\w+?|compare_exchange)(_weak|_strong)?(_explicit)?\s*\(")
FUNCTION = re.compile(r"^\w[\w\s*]*?\b(\w+)\([^;]*$")


class Site:
    """One atomic operation in the source, success or failure of a compare_exchange apart."""

    def __init__(self, file, function, lines, kind, part, order, text):
        self.file, self.function, self.lines, self.kind = file, function, lines, kind
        self.part, self.order, self.text = part, order, text
        self.tried, self.caught = set(), set()

    def needs(self):
        """The weakest orders that hold; "unreached" when no kernel comes here."""
        if not self.tried:
            return "unreached"
        holds = self.tried - self.caught | {self.order}
        weakest = [one for one in holds
                   if not any(other != one and PARTS[other] & PARTS[one] == PARTS[other] for other in holds)]
        return "|".join(sorted(weakest))

    def __str__(self):
        return f"{self.file}:{self.lines[0]} {self.function}(): {self.text}"


def closing(text, start):
    """Where the bracket that opens at start is closed."""
    depth = 0
    for at in range(start, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if depth == 0:
            return at
    raise ValueError("a bracket is not closed")


def function_before(lines, number):
    for line in reversed(lines[:number]):
        found = FUNCTION.match(line)
        if found:
            return found.group(1)
    return "?"


def sites_of(path):
    text = path.read_text("utf-8")
    lines = text.splitlines()
    for match in CALL.finditer(text):
        end = closing(text, match.end() - 1)
        call = " ".join(text[match.start():end + 1].split())
        named = re.findall(r"memory_order_(\w+)", call)
        number = text.count("\n", 0, match.start()) + 1
        span = (number, text.count("\n", 0, end) + 1)
        if re.search(r"\bassert\([^;]*$", text[:match.start()].rsplit(";", 1)[-1]):
            continue  # gone in a release
        orders = named if match.group(3) else ["seq_cst", "seq_cst"]
        for part, order in zip(("success", "failure"), orders):
            if order != "relaxed" and (part == "success" or match.group(1) == "compare_exchange"):
                yield Site(path.name, function_before(lines, number), span, match.group(1), part,
                           order, call + " on failure" * (part == "failure"))


def code_places(kernel, codes):
    """Function and line of each address."""
    done = subprocess.run(["addr2line", "-f", "-e", kernel, *codes], capture_output=True, text=True,
                          check=True)
    lines = done.stdout.splitlines()
    for code, function, place in zip(codes, lines[::2], lines[1::2]):
        number = re.search(r":(\d+)", place)
        yield code, (function, int(number.group(1)) if number else 0)


def run_kernel(kernel, index):
    """Enter into the sites what the kernel says of them."""
    done = subprocess.run([kernel, "--orders"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print(done.stdout, done.stderr, f"orders: {kernel} does not hold as it is", sep="\n")
        return False
    rows = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("order ")]
    codes = sorted({row[0] for row in rows})
    places = dict(code_places(kernel, codes)) if codes else {}
    for code, kind, part, _, weaker, verdict in rows:
        function, line = places[code]
        for site in index[function]:
            if site.lines[0] <= line <= site.lines[1] and kind.startswith(site.kind) and site.part == part:
                site.tried.add(weaker)
                if verdict == "caught":
                    site.caught.add(weaker)
    return True


def listed(site):
    for row in STRONGER:
        if re.fullmatch(row[0], site.function) and re.search(row[1], site.text):
            return row
    return None


def judge(sites):
    """Sentences on what is not as it should be."""
    used = set()
    for site in sites:
        row, needs = listed(site), site.needs()
        if needs == site.order:
            continue
        used.add(row)
        if row is None:
            yield f"{site}: says {site.order}, and {needs} " + (
                "by any kernel" if needs == "unreached" else "would do")
        elif row[2] != needs:
            yield f"{site}: is listed as {row[2]}, but {needs} is what the kernels find"
    for row in STRONGER:
        if row not in used:
            yield f"the row {row[:3]} of the list fits no site, or none that says more than it needs"


def main(arguments):
    kernels = [argument for argument in arguments if argument != "--list"]
    sites = [site for path in sorted((ROOT / "search").rglob("*.[ch]")) for site in sites_of(path)]
    index = collections.defaultdict(list)
    for site in sites:
        index[site.function].append(site)
    if not all([run_kernel(kernel, index) for kernel in kernels]):
        return 1
    if "--list" in arguments:
        for site in sites:
            print(f"{site.needs():16} {site.order:8} {site}")
    faults = list(judge(sites))
    for fault in faults:
        print(f"orders: {fault}")
    print(f"orders: {len(sites)} sites, {sum(site.needs() == site.order for site in sites)} need what "
          f"they say, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
