"""word_world.py - the truth about the fake server's word problems: where an answer goes wrong.

A problem says with which number someone starts and what is done to it, one sentence an operation. A
step of an answer ends in the number that is left ("Now there are 25 * 2 = 50.", or "50, for 25 * 2 =
50."). So the first wrong step is the first whose number is another than the one worked out here.
"""

import re

OPERATIONS = (
    (re.compile(r" (?:finds|buys) (\d+) more"), lambda left, n: left + n),
    (re.compile(r" (?:gives|loses) (\d+)"), lambda left, n: left - n),
    (re.compile(r" (?:makes it|trades each one for) (\d+)"), lambda left, n: left * n),
)


def numbers_left(problem):
    """The number behind each sentence of the problem, the first one's aside."""
    begin, *sentences = problem.split("?")[0].split(". ")
    left = int(re.search(r" starts with (\d+)", begin).group(1))
    numbers = []
    for sentence in sentences:
        for words, operation in OPERATIONS:
            found = words.search(f" {sentence}")
            if found:
                left = operation(left, int(found.group(1)))
                numbers.append(left)
    return numbers


def number_of(step):
    """The number that a step ends in."""
    return int(re.findall(r"-?\d+", step)[-1])


def first_wrong(problem, steps):
    """The index of the first wrong step; -1: none is wrong."""
    truth = numbers_left(problem)
    truth.append(truth[-1])  # the answer says the last one again
    for index, step in enumerate(steps):
        if index >= len(truth) or number_of(step) != truth[index]:
            return index
    return -1
