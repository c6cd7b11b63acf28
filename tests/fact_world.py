"""fact_world.py - word problems that nobody can solve without looking something up, and where it stands.

    python3 fact_world.py FOLDER [PROBLEMS] [SEED]     writes train.jsonl, test.jsonl and corpus.jsonl

A quarter of the problems names the thing whose measure is needed ("Mia buys 3 Orlan crates of pears."), and one
document says it ("Each Orlan crate holds 14 pears."). The others name a farm ("Mia buys 3 crates of pears at the
Halden farm."). A third of the farms has its own crates, and one document says what they hold ("The Halden farm packs
its pears in crates of 14."). The rest buys its crates: one document says which, another what such a crate holds.
Nothing in such a problem leads to the second document, so who looks up once, with the problem's own words, cannot
find it. Two to four steps lead to the answer: what the containers hold, then what is done to it.

Around each of these documents stand others on the same name, with the same words: another thing of that name and
what it holds, its history, its trade. No name is in a problem for training and in one for the test.

The fake model server reads and answers these problems (world/server/facts.h).
"""

import json
import pathlib
import random
import sys

ITEMS = ("pears", "apples", "plums", "cherries", "quinces", "figs")
CONTAINERS = ("crate", "basket", "sack", "tray", "barrel")
KINDS = ("named", "bought", "own", "bought")  # of problems, in turn
PEOPLE = ("Mia", "Tom", "Ann", "Ben", "Eva", "Leo", "Ida", "Max")
FIRST = ("Ha", "Or", "Ta", "Ves", "Mer", "Kil", "Bra", "Don", "Fel", "Gri", "Jor", "Lun", "Nav", "Pel", "Ros", "Sut",
         "Thur", "Ul", "Wen", "Yar", "Zim", "Quor", "Ost", "Cal")
SECOND = ("l", "v", "d", "m", "r", "n", "b", "g", "k", "st", "nd", "lm")
LAST = ("an", "en", "or", "uk", "im", "ond", "ap", "ot", "ax", "ulf")


def names(source):
    """Invented names, each once, in an order that the seed shuffles."""
    made = [first + middle + last for first in FIRST for middle in SECOND for last in LAST]
    source.shuffle(made)
    return iter(made)


class World:
    def __init__(self, seed):
        self.source = random.Random(seed)
        self.names = names(self.source)
        self.documents = []

    def write(self, title, *sentences):
        self.documents.append({"id": "", "title": title, "contents": " ".join(sentences)})

    def other(self, words, word):
        return self.source.choice([one for one in words if one != word])

    def brand(self, container, item):
        """A container that holds so many, and the documents on its name: name, number."""
        name, holds = next(self.names), self.source.randint(12, 400)
        near = holds % 300 + self.source.randint(30, 90)
        wood, year = self.source.choice(("beech", "birch", "willow", "poplar")), self.source.randint(1880, 1960)
        another = self.other(CONTAINERS, container)
        self.write(name, f"Each {name} {container} holds {holds} {item}.", f"It is made of {wood}.")
        self.write(name, f"Each {name} {another} holds {near} {self.other(ITEMS, item)}.",
                   f"It is older than the {container}, and hardly used now.")
        self.write(name, f"The {name} {container} was first shown in {year}.",
                   f"Before that {item} were carried loose, and many were lost.")
        self.write(name, f"Makers of the {name} {container} ask for dry {wood}.",
                   "What becomes of the rest of the tree nobody says.")
        return name, holds

    def farm(self, container, item, packs):
        """A farm, and the documents on it, the first of which says what it packs in: its name."""
        name = next(self.names)
        self.write(name, f"The {name} farm packs its {item} in {packs}.", "It has done so for three generations.")
        self.write(name, f"The {name} farm lies by a river and keeps {self.source.randint(20, 90)} geese.",
                   f"Its {item} ripen late.")
        self.write(name, f"At the {name} farm {self.other(ITEMS, item)} are packed by hand.",
                   f"Visitors buy {item} at the gate.")
        self.write(name, f"The {name} farm has {self.source.randint(4, 30)} workers in summer.",
                   f"They give away {item} that fell from the trees.")
        return name

    def changes(self, who, value):
        """One to three sentences, and the number behind them."""
        words = []
        for _ in range(self.source.randint(1, 3)):
            by, how = self.source.randint(2, 15), self.source.choice(("finds", "gives", "loses"))
            if how != "finds" and by >= value:
                how = "finds"
            words.append({"finds": f"{who} finds {by} more.", "gives": f"{who} gives {by} away.",
                          "loses": f"{who} loses {by}."}[how])
            value += by if how == "finds" else -by
        return " ".join(words), value

    def problem(self, name, kind):
        who, item, container = (self.source.choice(words) for words in (PEOPLE, ITEMS, CONTAINERS))
        count, holds = self.source.randint(2, 6), self.source.randint(12, 400)
        if kind == "own":
            packs = f"{container}s of {holds}"
        else:
            brand, holds = self.brand(container, item)
            packs = f"{brand} {container}s"
        if kind == "named":
            begin = f"{who} buys {count} {packs} of {item}."
        else:
            begin = f"{who} buys {count} {container}s of {item} at the {self.farm(container, item, packs)} farm."
        story, value = self.changes(who, count * holds)
        return {"id": name, "problem": f"{begin} {story} How many {item} does {who} have now?", "answer": str(value),
                "kind": kind}

    def corpus(self):
        self.source.shuffle(self.documents)
        for number, document in enumerate(self.documents):
            document["id"] = f"d{number:05}"
        return self.documents


def make(count, seed):
    """Problems to train with, as many for the test, and the corpus of both."""
    world = World(seed)
    sets = [[world.problem(f"{name}-{number:04}", KINDS[number % len(KINDS)]) for number in range(count)]
            for name in ("train", "test")]
    return (*sets, world.corpus())


def write(folder, count, seed):
    for name, rows in zip(("train", "test", "corpus"), make(count, seed)):
        (pathlib.Path(folder) / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows),
                                                           encoding="utf-8")


if __name__ == "__main__":
    write(sys.argv[1], *map(int, [*sys.argv[2:4], *(300, 1)[len(sys.argv) - 2:]]))
