#!/usr/bin/env python3
"""humaneval.py TRIALS [FILE] - functions with their tests: the right ones pass all, the same with one
token broken do not.

FILE has lines as HumanEval publishes them (prompt, entry_point, canonical_solution, test); without it a few
of our own in the same form are taken. Each solution is tried as it is, and once more with its first
token that can be broken: a comparison turned round, an operator changed, a number one higher, a truth
value the other one, or, if there is none, another name. Where a function's own tests do not notice
that, its next token is broken, and it is said how often that was so.
"""

import io
import json
import subprocess
import sys
import tokenize

OWN = [
    {"prompt": 'from typing import List\n\n\ndef largest(numbers: List[int]) -> int:\n    """ The largest one.\n    >>> largest([1, 3, 2])\n    3\n    """\n',
     "entry_point": "largest",
     "canonical_solution": "    best = numbers[0]\n    for number in numbers:\n        if number > best:\n            best = number\n    return best\n",
     "test": "METADATA = {}\n\n\ndef check(candidate):\n    assert candidate([1, 3, 2]) == 3\n    assert candidate([-1, -3]) == -1\n    for i in range(5):\n        assert candidate(list(range(i + 1))) == i\n"},
    {"prompt": 'def shift(text: str):\n    """ Each letter by three. """\n    return "".join(chr((ord(c) - 97 + 3) % 26 + 97) for c in text)\n\n\ndef back(text: str):\n    """ The other way. """\n',
     "entry_point": "back",
     "canonical_solution": '    return "".join(chr((ord(c) - 97 - 3) % 26 + 97) for c in text)\n',
     "test": "def check(candidate):\n    import random\n    random.seed(1)\n    for _ in range(20):\n        text = ''.join(random.choice('abcxyz') for _ in range(8))\n        assert candidate(shift(text)) == text\n"},
    {"prompt": 'import math\n\n\ndef area(radius: float) -> float:\n    """ Of a circle. """\n',
     "entry_point": "area", "canonical_solution": "    return math.pi * radius ** 2\n",
     "test": "def check(candidate):\n    assert abs(candidate(1) - 3.14159265) < 1e-6\n    assert math.isnan(candidate(math.nan))\n    assert candidate(float('inf')) == float('inf')\n    try:\n        candidate('x')\n        assert False\n    except TypeError:\n        pass\n"},
    {"prompt": 'def kinds(items):\n    """ How often each comes, and which. """\n',
     "entry_point": "kinds",
     "canonical_solution": "    counts = {}\n    for item in items:\n        counts[item] = counts.get(item, 0) + 1\n    return counts, set(items), tuple(sorted(counts))\n",
     "test": "def check(candidate):\n    assert candidate('aab') == ({'a': 2, 'b': 1}, {'a', 'b'}, ('a', 'b'))\n    assert candidate([(1, 2), (1, 2)]) == ({(1, 2): 2}, {(1, 2)}, ((1, 2),))\n    assert candidate(b'') == ({}, set(), ())\n"},
]

OPERATORS = {"==": "!=", "!=": "==", "<": ">=", ">": "<=", "<=": ">", ">=": "<", "+": "-", "-": "+", "*": "+",
             "/": "*", "//": "*", "%": "*", "**": "*", "+=": "-=", "-=": "+=", "*=": "+="}
WORDS = {"True": "False", "False": "True", "and": "or", "or": "and", "min": "max", "max": "min"}


def replacement(token):
    if token.type == tokenize.OP:
        return OPERATORS.get(token.string)
    if token.type == tokenize.NUMBER and token.string.isdigit():
        return str(int(token.string) + 1)
    return WORDS.get(token.string) if token.type == tokenize.NAME else None


def broken(solution, number):
    """The solution with a breakable token broken; the last name of all, if there are not so many."""
    code = "def f():\n" + solution
    tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    names = [token for token in tokens[5:] if token.type == tokenize.NAME]
    places = [token for token in tokens[5:] if replacement(token)] + names[-1:]
    where = places[min(number, len(places) - 1)]
    lines = code.splitlines(keepends=True)
    row, column = where.start
    line = lines[row - 1]
    lines[row - 1] = line[:column] + (replacement(where) or "nowhere") + line[where.end[1]:]
    return "".join(lines[1:])


def read(path):
    with open(path, encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def question(problem, solution):
    return {"language": "python", "code": problem["prompt"] + solution, "setup": problem["prompt"],
            "entry": problem["entry_point"], "check": problem["test"]}


def tried(trials, questions):
    done = subprocess.run([trials, "strict", "4", "0", "0", "0", "0"], text=True, capture_output=True, check=False,
                          input="".join(json.dumps(line) + "\n" for line in questions))
    if done.returncode != 0:
        sys.exit(f"humaneval: {done.stderr}")
    answers = dict(line.split(" ", 2)[::2] for line in done.stdout.splitlines())
    return [json.loads(answers[str(i)]) for i in range(len(questions))]


def try_broken(problems):
    """Of each function one answer that is not `ok`, if there is one; and how many tokens were not missed."""
    answers = [{"status": "ok"}] * len(problems)
    unnoticed = -len(problems)
    for number in range(4):
        left = [i for i, answer in enumerate(answers) if answer["status"] == "ok"]
        unnoticed += len(left)
        codes = [question(problems[i], broken(problems[i]["canonical_solution"], number)) for i in left]
        for i, answer in zip(left, tried(sys.argv[1], codes)):
            answers[i] = answer
    return answers, unnoticed


def passed(answers):
    return sum(answer["status"] == "ok" for answer in answers)


def main():
    problems = read(sys.argv[2]) if len(sys.argv) > 2 else OWN
    right = tried(sys.argv[1], [question(p, p["canonical_solution"]) for p in problems])
    wrong, unnoticed = try_broken(problems)
    faults = 0
    for problem, good, bad in zip(problems, right, wrong):
        name = problem["entry_point"]
        if good["status"] != "ok" or good["passed"] != good["of"]:
            faults += 1
            print(f"{name} is right, and was found {good}")
        if bad["status"] in ("ok", "sandbox_error"):
            faults += 1
            print(f"{name} with one token broken was found {bad}")
    tests = sum(good.get("of", 0) for good in right)
    unknown = sum(bad["status"] == "busy" for bad in wrong)
    print(f"humaneval: {len(problems)} functions, {tests} tests; right: {passed(right)} pass; one token broken: "
          f"{passed(wrong)} pass, {unknown} unknown ({unnoticed} times the next token was taken); {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
