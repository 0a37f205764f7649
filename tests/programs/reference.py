"""Reads reference-outputs.txt: command lines of a reference DTrace with what they printed.

The file shows `$ dtrace WORDS` (words quoted for bash), then `[stdout]` (`cat -A`: each line ends in `$`, a tab is `^I`), `[stderr]`
and `[rc=N]`. Status 124 means that it was ended by SIGTERM after a few seconds.
"""

from __future__ import annotations

import os
import re

_HERE = os.path.dirname(os.path.abspath(__file__))


class Case:
    def __init__(self, words: list[str], stdout: str, stderr: str, status: int) -> None:
        self.words = words
        self.stdout = stdout
        self.stderr = stderr
        self.status = status

    @property
    def name(self) -> str:
        return " ".join(self.words)


def _words(line: str) -> list[str]:
    """The words of a command line: blanks separate, a backslash takes the next character as it is, quotes hold ''."""
    words: list[str] = []
    word: str | None = None
    index = 0
    while index < len(line):
        char = line[index]
        if char == "\\":
            word = (word or "") + line[index + 1]
            index += 1
        elif char == "'":
            end = line.index("'", index + 1)
            word = (word or "") + line[index + 1 : end]
            index = end
        elif char == " ":
            if word is not None:
                words.append(word)
            word = None
        else:
            word = (word or "") + char
        index += 1
    if word is not None:
        words.append(word)
    return words


def _plain(shown: str) -> str:
    """`cat -A` undone."""
    lines = [line.removesuffix("$").replace("^I", "\t") for line in shown.splitlines()]
    text = "\n".join(lines)
    return text + "\n" if shown.endswith("$\n") else text


def cases() -> list[Case]:
    with open(os.path.join(_HERE, "reference-outputs.txt"), encoding="utf-8") as file:
        text = file.read()
    found = []
    for part in re.split(r"^\$ dtrace ", text, flags=re.M)[1:]:
        line, rest = part.split("[stdout]\n", 1)
        stdout, rest = rest.split("[stderr]\n", 1)
        stderr, status = rest.rsplit("[rc=", 1)
        words = _words(line.rstrip("\n"))
        found.append(Case(_regroup(words), _plain(stdout), stderr, int(status.split("]")[0])))
    return found


def _regroup(words: list[str]) -> list[str]:
    """`-c`'s value was written without quotes: the words up to the next flag belong together."""
    out: list[str] = []
    index = 0
    while index < len(words):
        if words[index] == "-c":
            end = index + 2
            while end < len(words) and not (words[end].startswith("-n") or words[end].startswith("-x")):
                end += 1
            out += ["-c", " ".join(words[index + 1 : end])]
            index = end
        else:
            out.append(words[index])
            index += 1
    return [] if out == [""] else out
