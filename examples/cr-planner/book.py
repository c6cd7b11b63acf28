#!/usr/bin/env python3
"""A book of worked combinations, as a corpus for crux index.

crux problems game24 > puzzles.jsonl
examples/cr-planner/book.py puzzles.jsonl > book.jsonl
crux index book.jsonl --out book.db

Each document is a hand of two, three or four numbers that makes 24, worked through step by step:
{"id": "b17", "title": "make 24 from 5 8 35", "contents": "35 + 5 = 40 (left: 8 40)\\n..."}. No hand
on any line of it is a problem of the files, nor can be reached from one by any steps, but for the
24 at the end: what a policy reads there it can use by analogy alone. The same files give the same
book.

It is written from the end: 24 is split into two numbers, one of these into two, and so on, and
what must not be in the book is left out on the way.
"""
import argparse, itertools, json, random, sys
from fractions import Fraction

NAMES = {"+": "sum", "-": "difference", "*": "product", "/": "quotient"}

def after_one_step(hand):
    """Every hand that a legal operation on two of its numbers leaves."""
    made = set()
    for i, j in itertools.combinations(range(len(hand)), 2):
        a, b, rest = hand[i], hand[j], hand[:i] + hand[i + 1:j] + hand[j + 1:]
        results = [a + b, a - b, b - a, a * b] + ([a / b] if b else []) + ([b / a] if a else [])
        made |= {tuple(sorted((*rest, result))) for result in results}
    return made

def reached_from(hands):
    """These hands, and every hand of two numbers or more that steps lead to from one."""
    reached, last = set(hands), set(hands)
    while last := {made for hand in last if len(hand) > 2 for made in after_one_step(hand)} - reached:
        reached |= last
    return reached

def splits(number, most, larger):
    """Every (a, sign, b) of whole numbers that makes the number: 1 <= b <= most, b <= a <= larger."""
    for b in range(1, most + 1):
        for sign, a in (("+", number - b), ("-", number + b), ("*", Fraction(number, b)), ("/", number * b)):
            if a.denominator == 1 and b <= a <= larger and (sign not in "*/" or b > 1):
                yield int(a), sign, b

def grow(works, reached, limits, draw):
    """Works of hands of one number more, a hand once: each of the drawn splits in front of a work."""
    longer = {}
    for hand, steps in works.items():
        ways = [(number, split) for number in sorted(set(hand)) for split in splits(number, *limits)]
        for number, (a, sign, b) in draw(ways):
            rest = list(hand)
            rest.remove(number)
            before = tuple(sorted((*rest, a, b)))
            if before not in reached and before not in longer:
                longer[before] = [(a, sign, b, number, hand), *steps]
    return longer

def works_of(target, reached, arguments):
    """Hands and their steps to the target: pairs, some threes of each pair, some fours of each three."""
    draws = random.Random(arguments.seed)

    def some(ways):
        return draws.sample(ways, min(len(ways), arguments.each))

    most = arguments.most
    works = grow({(target,): []}, reached, (most, target * most), lambda ways: ways)
    for _ in range(2):
        yield from works.items()
        works = grow(works, reached, (most, most), some)
    yield from works.items()

def document(number, hand, target, steps):
    lines = [f"{a} {sign} {b} = {result} (left: {' '.join(map(str, left))})" for a, sign, b, result, left in steps]
    lines.append("by " + ", ".join(NAMES[step[1]] for step in steps))
    return {"id": f"b{number}", "title": f"make {target} from {' '.join(map(str, hand))}",
            "contents": "\n".join(lines)}

def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("problems", nargs="+", help="JSON lines with `numbers`: what must not be in the book")
    parser.add_argument("--target", type=int, default=24)
    parser.add_argument("--most", type=int, default=48, help="the largest number that another is made from")
    parser.add_argument("--each", type=int, default=6, help="longer hands that are made of one")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    hands, count = set(), 0
    for path in arguments.problems:
        with open(path, encoding="utf-8") as lines:
            hands |= {tuple(sorted(map(Fraction, json.loads(one)["numbers"]))) for one in lines}
    reached = reached_from(hands)
    for hand, steps in works_of(arguments.target, reached, arguments):
        count += 1
        print(json.dumps(document(count, hand, arguments.target, steps)))
    print(f"{count} documents; the problems are {len(hands)} hands and lead to {len(reached) - len(hands)} others",
          file=sys.stderr)

if __name__ == "__main__":
    main()
