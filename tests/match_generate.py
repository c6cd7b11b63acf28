#!/usr/bin/env python3
"""match_generate.py MATCH_PAIRS [--pairs N] [--seed S] [--references FILE.jsonl ...] [--show]

Makes references and answers to them, by rewriting (which leaves them right) and by changing one
thing (which as a rule does not), and asks critic `match` about each pair. What is expected is
computed here, from what was built and not from its writing: exactly, in fractions, where there
are no roots and functions, else with 60 digits at points of this program's own.

Without --references the references come from the grammar below; with it, they are those of the
files' members `reference` or `answer` that are expressions which read() understands.

Prints what it counted by kind. Ends with status 1 if a verdict was falsely RIGHT or falsely WRONG.
"""
import argparse
import collections
import json
import random
import re
import subprocess
import sys
import tempfile
from decimal import Decimal, getcontext
from fractions import Fraction

getcontext().prec = 60
NEAR, FAR = Decimal(10) ** -40, Decimal(10) ** -12
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494")

# --- expressions: trees of tuples, and their values -----------------------------------------------


class NoValue(Exception):
    """Of an expression at a place."""


def decimal(value):
    if isinstance(value, Fraction):
        return Decimal(value.numerator) / Decimal(value.denominator)
    return value


def sine(x):
    x = x % (2 * PI)
    total, term, n = Decimal(0), x, 1
    while abs(term) > Decimal(10) ** -58:
        total, term, n = total + term, -term * x * x / ((n + 1) * (n + 2)), n + 2
    return total


FUNCTIONS = {
    "sin": sine,
    "cos": lambda x: sine(x + PI / 2),
    "tan": lambda x: sine(x) / sine(x + PI / 2),
    "ln": lambda x: x.ln() if x > 0 else none(),
}


def none():
    raise NoValue


def power(base, exponent):
    if isinstance(exponent, Fraction) and exponent.denominator == 1 and abs(exponent) <= 40:
        if base == 0 and exponent <= 0:
            raise NoValue
        return base ** int(exponent)
    if base <= 0 or abs(decimal(exponent)) > 400:
        raise NoValue
    return (decimal(exponent) * decimal(base).ln()).exp()


def value(tree, at):
    kind = tree[0]
    if kind == "number":
        return tree[1]
    if kind == "name":
        return PI if tree[1] == "pi" else Decimal(1).exp() if tree[1] == "e" else at[tree[1]]
    if kind == "call":
        return FUNCTIONS[tree[1]](decimal(value(tree[2], at)))
    if kind == "root":
        inner = value(tree[1], at)
        return decimal(inner).sqrt() if inner >= 0 else none()
    if kind == "minus":
        return -value(tree[1], at)
    a, b = value(tree[1], at), value(tree[2], at)
    if kind == "^":
        return power(a, b)
    if kind == "/" and b == 0:
        raise NoValue
    if not (isinstance(a, Fraction) and isinstance(b, Fraction)):
        a, b = decimal(a), decimal(b)
    return a + b if kind == "+" else a - b if kind == "-" else a * b if kind == "*" else a / b


def names(tree):
    if tree[0] == "name":
        return set() if tree[1] in ("pi", "e") else {tree[1]}
    return set().union(*(names(part) for part in tree[1:] if isinstance(part, tuple)))


def nodes(tree):
    yield tree
    for part in tree[1:]:
        if isinstance(part, tuple):
            yield from nodes(part)


def same(a, b, chance):
    """True, False, or None: it depends on where one looks, or cannot be told."""
    said = set()
    free = sorted(names(a) | names(b))
    for _ in range(12):
        at = {name: Fraction(chance.randint(3, 400), chance.randint(20, 90)) for name in free}
        try:
            one, two = value(a, at), value(b, at)
        except (NoValue, ArithmeticError):
            continue
        if isinstance(one, Fraction) and isinstance(two, Fraction):
            said.add(one == two)
            continue
        apart = abs(decimal(one) - decimal(two))
        scale = max(abs(decimal(one)), abs(decimal(two)))
        said.add(None if scale < FAR else  # what is left of 0 and of a root of it
                 True if apart < NEAR * scale else False if apart > FAR * scale else None)
    return said.pop() if len(said) == 1 else None


# --- writing ----------------------------------------------------------------------------------------

TIGHT = {"+": 1, "-": 1, "minus": 1, "*": 2, "/": 2, "^": 4}


class Writer:
    """One hand: it writes fractions, products and brackets in its own way throughout."""

    def __init__(self, chance):
        self.chance = chance
        self.slash = chance.random() < 0.3
        self.times = chance.choice(["", "", r" \cdot ", "*", r"\times "])
        self.left = chance.random() < 0.4
        self.half = chance.random() < 0.3
        self.space = chance.choice(["", " ", r"\,"])
        self.fraction = chance.choice([r"\frac", r"\dfrac", r"\tfrac"])

    def number(self, number):
        if number < 0:
            return "-" + self.number(-number)
        if number.denominator == 1:
            return str(number.numerator)
        if self.slash:
            return f"{number.numerator}/{number.denominator}"
        return self.fraction + "{%d}{%d}" % (number.numerator, number.denominator)

    def bracket(self, text):
        return rf"\left({text}\right)" if self.left else f"({text})"

    def product(self, a, b):
        left, right = self.write(a, 2), self.write(b, 3)
        plain = self.times if self.times.strip() else ""
        if right[0].isdigit() or right.startswith(("\\frac", "\\dfrac", "\\tfrac")) or "/" in left:
            plain = r" \cdot "
        if not plain and (left[-1].isalpha() or right[0] == "("):
            plain = " " if right[0] != "(" else ""
            if left[-1].isalpha() and right[0] == "(":
                plain = r" \cdot "  # x(y + 1) may be a function's value
        return left + plain + right

    def write(self, tree, least=0):
        text = self.plain(tree)
        tight = TIGHT.get(tree[0], 5)
        if tree[0] == "number":
            tight = 1 if tree[1] < 0 else 5 if tree[1].denominator == 1 else 2 if self.slash else 3
        if tree[0] == "/" and not self.slash:
            tight = 3
        if tree[0] == "root" and self.half:
            tight = 4
        return self.bracket(text) if tight < least else text

    def plain(self, tree):
        kind = tree[0]
        if kind == "number":
            return self.number(tree[1])
        if kind == "name":
            return {"pi": r"\pi"}.get(tree[1], tree[1])
        if kind == "call":
            return rf"\{tree[1]}" + self.bracket(self.write(tree[2]))
        if kind == "root":
            if self.half:
                return self.write(tree[1], 5) + "^{1/2}"
            return r"\sqrt{%s}" % self.write(tree[1])
        if kind == "minus":
            return "-" + self.write(tree[1], 2)
        if kind == "*":
            return self.product(tree[1], tree[2])
        if kind == "/":
            if self.slash:
                return self.write(tree[1], 3) + "/" + self.write(tree[2], 4)
            return self.fraction + "{%s}{%s}" % (self.write(tree[1]), self.write(tree[2]))
        if kind == "^":
            return self.write(tree[1], 5) + "^{%s}" % self.write(tree[2])
        gap = self.space or ""
        return self.write(tree[1], 1) + gap + kind + gap + self.write(tree[2], 2)


# --- reading: a second reader, for references that come from files ------------------------------------

TOKEN = re.compile(r"\s*(\\left|\\right|\\[,;! ]|\$)*\s*(\d+|\\[a-zA-Z]+|[a-zA-Z]|[-+*/^(){}])")


class Reader:
    """Of a small part of what match reads; anything else is refused."""

    def __init__(self, text):
        self.tokens, at = [], 0
        text = re.sub(r"[\s$.]*$", "", text)
        while at < len(text):
            found = TOKEN.match(text, at)
            if not found:
                raise ValueError(text)
            self.tokens.append(found.group(2))
            at = found.end()
        self.tokens.append("")
        self.at = 0

    def peek(self):
        return self.tokens[self.at]

    def take(self, wanted=None):
        token = self.peek()
        if wanted is not None and token != wanted:
            raise ValueError(token)
        self.at += 1
        return token

    def whole(self):
        tree = self.sum()
        self.take("")
        return tree

    def sum(self):
        tree = self.signed()
        while self.peek() in ("+", "-"):
            tree = (self.take(), tree, self.product())
        return tree

    def signed(self):
        if self.peek() == "-":
            self.take()
            return ("minus", self.product())
        return self.product()

    def product(self):
        tree, slash = self.power(), False
        while True:
            token = self.peek()
            if token in ("*", r"\cdot", r"\times"):
                self.take()
                tree = ("*", tree, self.power())
            elif token == "/":
                self.take()
                tree, slash = ("/", tree, self.power()), True
            elif re.fullmatch(r"[a-zA-Z({]|\\d?frac|\\sqrt|\\pi", token):
                if slash or tree[0] == "name" and token == "(":
                    raise ValueError("two readings")
                tree = ("*", tree, self.power())
            else:
                return tree

    def power(self):
        tree = self.atom()
        if self.peek() == "^":
            self.take()
            tree = ("^", tree, self.atom())
        return tree

    def group(self, close):
        tree = self.sum()
        self.take(close)
        return tree

    def atom(self):
        token = self.take()
        if token.isdigit():
            return ("number", Fraction(token))
        if token in ("(", "{"):
            return self.group(")" if token == "(" else "}")
        if token in (r"\frac", r"\dfrac"):
            self.take("{")
            over = self.group("}")
            self.take("{")
            return ("/", over, self.group("}"))
        if token == r"\sqrt":
            self.take("{")
            return ("root", self.group("}"))
        if token == r"\pi" or re.fullmatch(r"[a-df-hj-zA-Z]", token):
            return ("name", token.lstrip("\\"))
        raise ValueError(token)


def read(text):
    """The tree of an expression; None: it is something else."""
    try:
        tree = Reader(text).whole()
    except (ValueError, IndexError, RecursionError):
        return None
    return tree if sum(1 for _ in nodes(tree)) < 60 else None


# --- references ----------------------------------------------------------------------------------------


def number(chance, most=12):
    return ("number", Fraction(chance.randint(2, most)))


def grow(chance, variables, depth, functions):
    """An expression of the grammar."""
    if depth == 0:
        if variables and chance.random() < 0.6:
            return ("name", chance.choice(variables))
        if chance.random() < 0.1:
            return ("name", "pi")
        return number(chance)
    kind = chance.choice("++--**/^" + ("rc" if functions else ""))
    deeper = lambda: grow(chance, variables, depth - 1 - (chance.random() < 0.4), functions)
    if depth == 1:
        deeper = lambda: grow(chance, variables, 0, functions)
    if kind == "^":
        return ("^", deeper(), ("number", Fraction(chance.choice([2, 2, 2, 3, 3, 4]))))
    if kind == "r":
        return ("root", deeper())
    if kind == "c":
        return ("call", chance.choice(sorted(FUNCTIONS)), deeper())
    return (kind, deeper(), deeper())


# --- rewriting: the same value ---------------------------------------------------------------------------


def rewrite_node(tree, chance):
    kind = tree[0]
    if kind in "+*" and chance.random() < 0.6:
        return (kind, tree[2], tree[1])
    if kind == "-":
        return chance.choice([("+", ("minus", tree[2]), tree[1]), ("minus", ("-", tree[2], tree[1]))])
    if kind == "*" and tree[2][0] in "+-":
        return (tree[2][0], ("*", tree[1], tree[2][1]), ("*", tree[1], tree[2][2]))
    if kind == "*" and tree[1][0] in "+-":
        return (tree[1][0], ("*", tree[1][1], tree[2]), ("*", tree[1][2], tree[2]))
    if kind == "^" and tree[2] == ("number", Fraction(2)):
        base = tree[1]
        if base[0] in "+-" and chance.random() < 0.7:
            middle = ("*", ("number", Fraction(2)), ("*", base[1], base[2]))
            squares = ("^", base[1], tree[2]), ("^", base[2], tree[2])
            return ("+", (base[0], squares[0], middle), squares[1])
        return ("*", base, base)
    if kind == "/":
        if tree[1][0] in "+-":
            return (tree[1][0], ("/", tree[1][1], tree[2]), ("/", tree[1][2], tree[2]))
        more = number(chance)
        return ("/", ("*", more, tree[1]), ("*", more, tree[2]))
    if kind == "number" and chance.random() < 0.3:
        part = chance.randint(1, 5)
        return ("+", ("number", tree[1] - part), ("number", Fraction(part)))
    if kind == "root" and chance.random() < 0.5:
        return ("/", ("root", ("*", ("number", Fraction(9)), tree[1])), ("number", Fraction(3)))
    return tree


def changed(tree, chance, change, share):
    """The tree with some of its nodes changed, from the bottom."""
    parts = [changed(part, chance, change, share) if isinstance(part, tuple) else part
             for part in tree]
    tree = tuple(parts)
    return change(tree, chance) if chance.random() < share else tree


# --- mutating: one thing is another --------------------------------------------------------------------------


def mutate_node(tree, chance, variables):
    kind = tree[0]
    if kind == "number":
        digits = list(str(abs(tree[1].numerator)))
        at = chance.randrange(len(digits))
        digits[at] = chance.choice("123456789")
        return ("number", Fraction(int("".join(digits)), tree[1].denominator) * chance.choice([1, 1, -1]))
    if kind == "name":
        return ("name", chance.choice(variables or ["x"])) if chance.random() < 0.7 else ("minus", tree)
    if kind == "call":
        return ("call", chance.choice(sorted(FUNCTIONS)), tree[2])
    if kind in ("root", "minus"):
        return tree[1]
    if kind == "*" and tree[2][0] in "+-" and chance.random() < 0.5:  # a bracket is lost
        return (tree[2][0], ("*", tree[1], tree[2][1]), tree[2][2])
    if kind in "-/^" and chance.random() < 0.5:
        return (kind, tree[2], tree[1])
    if kind in "+-":
        return chance.choice([("-" if kind == "+" else "+", tree[1], tree[2]), tree[1], tree[2]])
    return chance.choice([tree[1], ("+", tree[1], tree[2]), ("minus", tree)])


def mutate(tree, chance, variables):
    at = chance.randrange(sum(1 for _ in nodes(tree)))

    def walk(part):
        nonlocal at
        at -= 1
        if at == -1:
            return mutate_node(part, chance, variables)
        return tuple(walk(child) if isinstance(child, tuple) else child for child in part)

    return walk(tree)


# --- kinds of pairs: reference, answer, and are they the same? ---------------------------------------------


def vary(tree, chance, variables):
    """Another tree, by rewriting or by mutating it."""
    if chance.random() < 0.5:
        return changed(tree, chance, rewrite_node, 0.4)
    other = mutate(tree, chance, variables)
    return changed(other, chance, rewrite_node, 0.2) if chance.random() < 0.5 else other


def expressions(chance, functions, count):
    variables = chance.sample("xyabtrkn", count)
    while True:
        tree = grow(chance, variables, chance.randint(1, 3), functions)
        if bool(names(tree)) == bool(variables):
            return tree, variables


def pair_of(tree, variables, chance):
    other = vary(tree, chance, variables)
    return Writer(chance).write(tree), Writer(chance).write(other), same(tree, other, chance)


def an_expression(chance):
    tree, variables = expressions(chance, False, chance.randint(1, 2))
    return pair_of(tree, variables, chance)


def a_function(chance):
    tree, variables = expressions(chance, True, chance.randint(1, 2))
    return pair_of(tree, variables, chance)


def a_number(chance):
    return pair_of(*expressions(chance, True, 0), chance)


def a_plain_number(chance):
    number_ = Fraction(chance.randint(1, 99999), chance.choice([1, 1, 1, 2, 3, 4, 7, 8, 12]))
    other = number_ if chance.random() < 0.5 else mutate_node(("number", number_), chance, [])[1]
    texts = []
    for one in (number_, other):
        text = Writer(chance).number(one)
        if one.denominator in (1, 2, 4, 8) and chance.random() < 0.3 and one > 0:
            text = str(decimal(one))
        elif one.denominator == 1 and one > 999 and chance.random() < 0.5:
            text = f"{one.numerator:,}".replace(",", chance.choice([",", "{,}", r"\,"]))
        texts.append(text)
    rounded = any("." in text for text in texts) and number_ != other
    return texts[0], texts[1], None if rounded and abs(number_ - other) < 1 else number_ == other


def several(chance, count):
    return [expressions(chance, False, chance.choice([0, 0, 0, 1])) for _ in range(count)]


def a_point(chance):
    items = several(chance, chance.randint(2, 3))
    others = [vary(tree, chance, variables) if chance.random() < 0.4 else tree
              for tree, variables in items]
    if chance.random() < 0.2:
        others[0], others[-1] = others[-1], others[0]
    verdicts = [same(tree, other, chance) for (tree, _), other in zip(items, others)]
    equal = False if False in verdicts else None if None in verdicts else True
    one, two = Writer(chance), Writer(chance)
    return ("(" + ", ".join(one.write(tree) for tree, _ in items) + ")",
            r"\left(" + ",".join(two.write(tree) for tree in others) + r"\right)", equal)


def a_matrix(chance):
    rows, columns = chance.randint(1, 2), chance.randint(2, 3)
    items = several(chance, rows * columns)
    others = [tree for tree, _ in items]
    if chance.random() < 0.5:
        at = chance.randrange(len(items))
        others[at] = mutate(items[at][0], chance, items[at][1])
    else:
        others = [changed(tree, chance, rewrite_node, 0.3) for tree in others]
    verdicts = [same(tree, other, chance) for (tree, _), other in zip(items, others)]
    equal = False if False in verdicts else None if None in verdicts else True

    def text(trees, name, hand):
        lines = [" & ".join(hand.write(tree) for tree in trees[i * columns:(i + 1) * columns])
                 for i in range(rows)]
        return rf"\begin{{{name}}}" + r" \\ ".join(lines) + rf"\end{{{name}}}"

    return (text([tree for tree, _ in items], "pmatrix", Writer(chance)),
            text(others, chance.choice(["pmatrix", "bmatrix"]), Writer(chance)), equal)


def a_set(chance):
    items = chance.sample(range(-30, 60), chance.randint(2, 4))
    others = list(items)
    chance.shuffle(others)
    if chance.random() < 0.5:
        others[0] = chance.randint(-30, 60)
    if chance.random() < 0.2:
        others.pop()
    form = chance.choice([r"\{%s\}", "%s"])
    return (form % ", ".join(map(str, items)), form % ", ".join(map(str, others)),
            set(items) == set(others))


def named_values(chance):
    letters = chance.sample("xyzabc", chance.randint(2, 3))
    values = chance.sample(range(-20, 40), len(letters))
    others = list(values)
    if chance.random() < 0.5:
        chance.shuffle(others)
    elif chance.random() < 0.5:
        others[0] += chance.randint(1, 5)
    order = list(range(len(letters)))
    chance.shuffle(order)
    equal = values == others
    return (", ".join(f"{letter}={one}" for letter, one in zip(letters, values)),
            ", ".join(f"{letters[i]} = {others[i]}" for i in order), equal)


def an_equation(chance):
    """a x + b y = c, or with squares; what it is worth is its coefficients, but for a factor."""
    square = chance.random() < 0.3
    parts = [Fraction(chance.choice([n for n in range(-9, 10) if n])) for _ in range(3)]
    others = list(parts)
    if chance.random() < 0.5:
        others[chance.randrange(3)] += chance.choice([-2, -1, 1, 2])
    factor = Fraction(chance.choice([-3, -2, -1, 1, 2, 3, 5]))
    others = [part * factor for part in others]
    proportional = all(parts[i] * others[j] == parts[j] * others[i]
                       for i in range(3) for j in range(3))

    def side(terms):
        text = ""
        for part, letter in terms:
            if part == 0:
                continue
            size = "" if abs(part) == 1 and letter else str(abs(part))
            text += ("-" if part < 0 else "+" if text else "") + size + letter
        return text or "0"

    letters = ("x^2", "y^2") if square else ("x", "y")
    a, b, c = parts
    d, e, f = others
    turned = chance.random() < 0.5
    answer = (side([(d, letters[0]), (e, letters[1]), (-f, "")]) + "=0" if turned
              else side([(e, letters[1]), (d, letters[0])]) + "=" + side([(f, "")]))
    return side([(a, letters[0]), (b, letters[1])]) + " = " + side([(c, "")]), answer, proportional


def an_inequality(chance):
    low = chance.randint(-20, 20)
    high = low + chance.randint(1, 20)
    strict = chance.choice([("<", "<"), (r"\le", r"\le"), ("<", r"\le"), (r"\le", "<")])
    other = [low, high, *strict]
    if chance.random() < 0.5:
        at = chance.randrange(4)
        other[at] = (low - 1 if at == 0 else high + 1 if at == 1
                     else r"\le" if other[at] == "<" else "<")
    turned = {"<": ">", r"\le": r"\ge"}
    a, b, s, t = other
    text = chance.choice([
        f"{a} {s} x {t} {b}", f"{b} {turned[t]} x {turned[s]} {a}",
        ("(" if s == "<" else "[") + f"{a}, {b}" + (")" if t == "<" else "]"),
        f"{2 * a} {s} 2x {t} {2 * b}"])
    return f"{low} {strict[0]} x {strict[1]} {high}", text, other == [low, high, *strict]


def a_half_line(chance):
    end = chance.randint(-20, 20)
    sign = chance.choice(["<", ">", r"\le", r"\ge"])
    other, sign_of = end, sign
    if chance.random() < 0.5:
        if chance.random() < 0.5:
            other += chance.choice([-1, 1, 2])
        else:
            sign_of = chance.choice(["<", ">", r"\le", r"\ge"])
    turned = {"<": ">", r"\le": r"\ge", ">": "<", r"\ge": r"\le"}
    bracket = {"<": r"(-\infty, %d)", r"\le": r"(-\infty, %d]", ">": r"(%d, \infty)",
               r"\ge": r"[%d, \infty)"}
    text = chance.choice([f"{other} {turned[sign_of]} x", f"-x {turned[sign_of]} {-other}",
                          bracket[sign_of] % other, f"3x - {3 * other} {sign_of} 0"])
    return f"x {sign} {end}", text.replace("- -", "+ "), (other, sign_of) == (end, sign)


def near_numbers(chance):
    """Numbers that differ by less than doubles show."""
    base, times = chance.randint(2, 9), chance.randint(40, 160)
    small = chance.choice([f"{base}^{{-{times}}}", rf"\frac{{1}}{{{base}^{{{times}}}}}",
                           f"e^{{-{times}}}", f"(1/{base})^{{{times}}}"])
    whole = chance.choice([r"\sqrt{%d}" % chance.choice([2, 3, 5, 7]), r"\pi",
                           str(chance.randint(1, 50)), r"\frac{%d}{7}" % chance.randint(1, 6)])
    if chance.random() < 0.3:
        return f"{whole} + {small}", f"{small} + {whole}", True
    return whole, f"{whole} {chance.choice('+-')} {small}", False


def a_quantity(chance):
    units = [("cm", 10), ("m", 1000), ("mm", 1), ("km", 1000000)]
    (unit, worth), amount = chance.choice(units), chance.randint(1, 300)
    other, other_worth = chance.choice(units)
    amount_of = Fraction(amount * worth, other_worth)
    if chance.random() < 0.5:
        amount_of += chance.randint(1, 5)
    if amount_of.denominator != 1:
        other, other_worth, amount_of = unit, worth, Fraction(amount)
    return (rf"{amount}\text{{ {unit}}}", f"{amount_of.numerator} {other}",
            amount * worth == amount_of * other_worth)


def a_choice(chance):
    letter, other = chance.choice("ABCDE"), chance.choice("ABCDE")
    form = chance.choice(["(%s)", r"\textbf{(%s)}", "%s", r"\text{%s}"])
    return letter, form % other, letter == other


def a_big_number(chance):
    base, times = chance.randint(2, 9), chance.randint(20, 110)
    value_ = base ** times
    other = chance.choice([value_, value_ + 1, value_ - 10 ** 6, value_ * base])
    return f"{base}^{{{times}}}", str(other), other == value_


KINDS = {
    "expressions": (an_expression, 8), "functions": (a_function, 6), "numbers": (a_number, 4),
    "plain numbers": (a_plain_number, 2), "points": (a_point, 3), "matrices": (a_matrix, 2),
    "sets": (a_set, 2), "names": (named_values, 2), "equations": (an_equation, 4),
    "intervals": (an_inequality, 3), "half-lines": (a_half_line, 3), "near": (near_numbers, 2),
    "quantities": (a_quantity, 1), "choices": (a_choice, 1), "big numbers": (a_big_number, 1),
}


def dressed(text, chance):
    form = chance.choice([r"\boxed{%s}", r"So it is $\boxed{%s}$.", "The answer is $%s$.",
                          "We are done.\n#### %s"])
    if "\n" in text or (form.startswith("####") and "=" in text):
        form = r"\boxed{%s}"
    return form % text


def pairs_of_grammar(count, chance):
    makers = [(kind, make) for kind, (make, share) in KINDS.items() for _ in range(share)]
    made = set()
    while len(made) < count:
        kind, make = chance.choice(makers)
        try:
            reference, answer, equal = make(chance)
        except (NoValue, ArithmeticError):
            continue
        if len(reference) > 200 or len(answer) > 300 or (reference, answer) in made:
            continue
        made.add((reference, answer))
        yield kind, reference, answer, equal


def references_of(paths):
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in file:
                row = json.loads(line)
                text = row.get("reference", row.get("answer"))
                unit = not isinstance(text, str) or re.search(
                    r"\d\s+[a-zA-Z/]+$|(?<!\\)\b(?:[A-Za-z]{3,}|No|or)\b", text)
                tree = None if unit else read(text)
                if tree is not None:
                    yield text, tree


def pairs_of_files(paths, count, chance):
    found = list(dict(references_of(paths)).items())
    if not found:
        sys.exit("no reference in these files is an expression that is understood")
    print(f"{len(found)} references are understood")
    for _ in range(count):
        text, tree = chance.choice(found)
        other = vary(tree, chance, sorted(names(tree)))
        yield "of files", text, Writer(chance).write(other), same(tree, other, chance)


# --- asking ---------------------------------------------------------------------------------------------


def ask(program, pairs, chance):
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        for _, reference, answer, _ in pairs:
            json.dump({"text": dressed(answer, chance), "reference": reference}, file)
            file.write("\n")
        file.flush()
        said = subprocess.run([program, "-s", file.name], capture_output=True, text=True, check=False)
    verdicts = said.stdout.split()
    if len(verdicts) != len(pairs):
        sys.exit(f"{program} gave {len(verdicts)} verdicts for {len(pairs)} pairs: {said.stderr}")
    return verdicts


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--pairs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--references", nargs="*", default=[])
    parser.add_argument("--show", action="store_true", help="print undecided pairs, too")
    options = parser.parse_args()
    chance = random.Random(options.seed)
    if options.references:
        pairs = list(pairs_of_files(options.references, options.pairs, chance))
    else:
        pairs = list(pairs_of_grammar(options.pairs, chance))
    counts = collections.defaultdict(collections.Counter)
    for (kind, reference, answer, equal), verdict in zip(pairs, ask(options.program, pairs, chance)):
        expected = {True: "RIGHT", False: "WRONG", None: "either"}[equal]
        false = equal is not None and verdict not in ("UNKNOWN", expected)
        counts[kind][expected] += 1
        counts[kind]["falsely " + verdict if false else
                     "undecided" if verdict == "UNKNOWN" and equal is not None else "right"] += 1
        if false or (options.show and verdict == "UNKNOWN" and equal is not None):
            print(f"{verdict}, not {expected} [{kind}]: {answer}\n    to {reference}")
    columns = ["RIGHT", "WRONG", "either", "right", "undecided", "falsely RIGHT", "falsely WRONG"]
    print("".join(f"{column:>15}" for column in columns), " kind")
    for kind in sorted(counts):
        counts["~ all"].update(counts[kind])
    for kind, count in sorted(counts.items()):
        print("".join(f"{count[column]:>15}" for column in columns), "", kind.lstrip("~ "))
    total = counts["~ all"]
    return 1 if total["falsely RIGHT"] or total["falsely WRONG"] else 0


if __name__ == "__main__":
    sys.exit(main())
