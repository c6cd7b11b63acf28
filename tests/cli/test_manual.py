#!/usr/bin/env python3
"""Manual pages and completion: made from the tables, so they have all that the tables have.

groff reads every page without a warning, at 60 columns no line is wider, and every option of
`crux help COMMAND all` is in it. The shells complete: bash by its function, fish by its own
`complete -C`, zsh on a terminal of its own.
"""

import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time
import unittest

CRUX = sys.argv[1]


def crux(*words):
    return subprocess.run([CRUX, *words], capture_output=True, text=True, check=True).stdout


def options_of(name):
    """How each option is typed, by the terminal's page."""
    said = crux("help", name, "all").split("\nOPTIONS", 1)[1].split("\nEXIT STATUS\n")[0]
    return re.findall(r"^    (--[a-z].*)$", said, re.M)


def commands():
    return re.findall(r"^    ([a-z]+) ", crux("help"), re.M)


def rendered(page, width):
    done = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-Wbreak", "-P-c", f"-rLL={width}n", f"-rLT={width}n"],
        input=page, capture_output=True, text=True, check=True)
    return re.sub(r".\x08", "", done.stdout), done.stderr


class Manual(unittest.TestCase):
    def test_every_page_reads_well_at_sixty_columns(self):
        for name in [None, *commands()]:
            page = crux("help", "man", *([name] if name else []))
            text, warnings = rendered(page, 60)
            self.assertEqual(warnings, "", name)
            for line in text.split("\nEXAMPLES\n")[0].splitlines(): # which stand as they are
                if len(line) > 60 and len(line.split()) > 1: # a word is not broken
                    self.fail(f"{name}: wider than 60: {line}")
            if name is None:
                for other in commands():
                    self.assertIn(f"crux-{other}(1)", text)

    def test_every_option_is_in_its_page(self):
        for name in commands():
            page, _ = rendered(crux("help", "man", name), 200)
            said = re.sub(r"\s+", " ", page)
            self.assertGreater(len(options_of(name)), 0, name)
            for option in options_of(name):
                self.assertIn(option, said, name)

    def test_a_topic_has_one_name(self):
        for name in commands():
            topics = re.findall(rf"^    crux help {name} (\S+)", crux("help", name).partition("\nMORE OPTIONS\n")[2], re.M)
            self.assertEqual(len(topics), len(set(topics)), f"{name}: {topics}")
        said = crux("help", "bench", "server")
        for option in ("--yes", "--endpoint URL", "--api-key-env NAME"):
            self.assertIn(f"\n    {option}\n", said)

    def test_text_is_no_request(self):
        page = crux("help", "man", "generate")
        for line in page.splitlines():
            if line.startswith((".", "'")):
                self.assertRegex(line, r"^\.(TH|SH|SS|TP|B|BR|PP|EX|EE|nh|ad)\b", line)

    def test_what_there_is_not(self):
        for words, said in ((("help", "man", "nosuch"), "no command 'nosuch'"),
                            (("help", "completion"), "bash, zsh or fish"),
                            (("help", "completion", "tcsh"), "bash, zsh or fish")):
            done = subprocess.run([CRUX, *words], capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout), (2, ""))
            self.assertIn(said, done.stderr)


class Completion(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for shell, name in (("bash", "crux.bash"), ("zsh", "_crux"), ("fish", "crux.fish")):
            with open(os.path.join(self.folder.name, name), "w", encoding="utf-8") as out:
                out.write(crux("help", "completion", shell))
        with open(os.path.join(self.folder.name, "my puzzles.jsonl"), "w", encoding="utf-8"):
            pass

    def in_bash(self, *words):
        script = ('source ./crux.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _crux; '
                  'printf "%s\\n" "${COMPREPLY[@]}"')
        done = subprocess.run(["bash", "--norc", "-c", script, "-", *words], cwd=self.folder.name,
                              capture_output=True, text=True, check=True)
        return done.stdout.split("\n")[:-1]

    def in_fish(self, line):
        done = subprocess.run(["fish", "--no-config", "-c", f"source crux.fish; complete -C '{line}'"],
                              cwd=self.folder.name, capture_output=True, text=True, check=True,
                              env={**os.environ, "HOME": self.folder.name})
        return [row.split("\t")[0] for row in done.stdout.splitlines()]

    def test_bash(self):
        self.assertEqual(self.in_bash("crux", "gen"), ["generate"])
        self.assertEqual(self.in_bash("crux", "generate", "--simul"), ["--simulations"])
        self.assertEqual(self.in_bash("crux", "generate", "x", "--order", ""), ["arrival", "issued"])
        self.assertEqual(self.in_bash("crux", "generate", "my"), ["my puzzles.jsonl"])
        self.assertEqual(self.in_bash("crux", "generate", "--store", "my"), ["my puzzles.jsonl"])
        self.assertEqual(self.in_bash("crux", "help", "gen"), ["generate"])
        self.assertNotIn("--simulations", self.in_bash("crux", "status", "--"))
        self.assertEqual(self.in_bash("crux", "ctl", "re"), ["resume", "requeue"])
        self.assertEqual(self.in_bash("crux", "eval", "critic", "my"), ["my puzzles.jsonl"])
        for name, topics in (("bench", "tree latency limits slots server"), ("eval", "critic"), ("problems", "game24"),
                             ("ctl", "status pause resume limits in-flight requeue stop")):
            self.assertEqual(self.in_bash("crux", name, ""), topics.split(), name)
        self.assertEqual(sorted(self.in_bash("crux", "show", "")), sorted(os.listdir(self.folder.name)))
        for name in commands():
            options = self.in_bash("crux", name, "--")
            for option in options_of(name):
                flag = option.split()[0]
                if not option.startswith("--backend NAME."): # a setting, and no word of its own
                    self.assertIn(flag, options, name)

    def test_fish(self):
        self.assertEqual(self.in_fish("crux gen"), ["generate"])
        self.assertEqual(self.in_fish("crux generate --simul"), ["--simulations"])
        self.assertEqual(sorted(self.in_fish("crux generate --order ")), ["arrival", "issued"])
        self.assertEqual(self.in_fish("crux status --simul"), [])
        self.assertEqual(self.in_fish("crux ctl re"), ["requeue", "resume"])
        self.assertEqual(self.in_fish("crux eval critic my"), ["my puzzles.jsonl"])

    def in_zsh(self, typed):
        """What the line is when a tab was struck behind it."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(self.folder.name)
            os.environ.update({"TERM": "dumb", "PS1": "READY ", "HOME": self.folder.name})
            os.execvp("zsh", ["zsh", "-f", "-i"])
        seen = ""

        def wait_for(words, seconds=30):
            nonlocal seen
            until = time.monotonic() + seconds
            while words not in seen and time.monotonic() < until:
                if select.select([terminal], [], [], 0.1)[0]:
                    seen += os.read(terminal, 4096).decode("utf-8", "replace")
            self.assertIn(words, seen)

        try:
            os.write(terminal, b"fpath=($PWD $fpath); autoload -Uz compinit; compinit -u -D; "
                               b"echo be''gin\n")
            wait_for("begin")
            seen = ""
            # the line is echoed in one piece only when it is printed: echo has it as words
            os.write(terminal, typed.encode() + b"\t\x01print -r -- 'LINE:\x05:END'\n")
            wait_for(":END\r\n")
            return re.findall(r"LINE:(.*?):END\r", seen)[-1].strip()
        finally:
            os.close(terminal)
            os.waitpid(child, 0)

    def test_zsh(self):
        self.assertEqual(self.in_zsh("crux gen"), "crux generate")
        self.assertEqual(self.in_zsh("crux generate --simul"), "crux generate --simulations")
        self.assertEqual(self.in_zsh("crux generate --order iss"), "crux generate --order issued")
        self.assertEqual(self.in_zsh("crux ctl pau"), "crux ctl pause")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
