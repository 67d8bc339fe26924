"""Templates of sentences: `[please] turn (on|off) the {room} light[s]`, expanded into sentences.

What is in square brackets may be left out, round ones choose, curly ones name a slot of the file,
which is a template too; `{0..59}` stands for spelled numbers.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

TOKEN = re.compile(r"\{[^{}]*\}|[][()|]|[^][(){}|\s]+|\s+|.")
DEEPEST = 12  # slots may name slots, but not themselves

NUMBERS = """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
    sixteen seventeen eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety
"""
Words = tuple[str, ...]
ONES, TENS = NUMBERS.split()[:20], NUMBERS.split()[20:]


LEFT_OUT = 0.6  # so often what may be left out is left out


@dataclass(frozen=True)
class Text:
    text: str

    count = 1

    def pick(self, number: int) -> tuple[str, float]:
        return self.text, 1.0

    def draw(self, chance: random.Random) -> str:
        return self.text


@dataclass(frozen=True)
class Sequel:
    """One after another."""

    parts: tuple[Node, ...]

    @cached_property
    def count(self) -> int:
        return prod(part.count for part in self.parts)

    def pick(self, number: int) -> tuple[str, float]:
        picked, likely = [], 1.0
        for part in self.parts:
            number, own = divmod(number, part.count)
            text, p = part.pick(own)
            picked.append(text)
            likely *= p
        return "".join(picked), likely

    def draw(self, chance: random.Random) -> str:
        return "".join(part.draw(chance) for part in self.parts)


@dataclass(frozen=True)
class Choice:
    """One of several, each as likely: a long branch is not likelier than a short one."""

    parts: tuple[Node, ...]

    @cached_property
    def count(self) -> int:
        return sum(part.count for part in self.parts)

    def pick(self, number: int) -> tuple[str, float]:
        for part in self.parts:
            if number < part.count:
                text, p = part.pick(number)
                return text, p / len(self.parts)
            number -= part.count
        raise IndexError(number)

    def draw(self, chance: random.Random) -> str:
        return chance.choice(self.parts).draw(chance)


@dataclass(frozen=True)
class Maybe:
    """What may be left out."""

    part: Node

    @cached_property
    def count(self) -> int:
        return self.part.count + 1

    def pick(self, number: int) -> tuple[str, float]:
        if number == 0:
            return "", LEFT_OUT
        text, p = self.part.pick(number - 1)
        return text, p * (1 - LEFT_OUT)

    def draw(self, chance: random.Random) -> str:
        return "" if chance.random() < LEFT_OUT else self.part.draw(chance)


Node = Text | Sequel | Choice | Maybe


@dataclass(slots=True)
class Reader:
    """Reads one template. A template that cannot be read is a ValueError."""

    template: str
    slots: Mapping[str, str]
    depth: int = 0
    _tokens: list[str] = field(default_factory=list)

    def read(self) -> Node:
        if self.depth > DEEPEST:
            raise ValueError(f"{self.template!r}: a slot names itself")
        self._tokens = TOKEN.findall(self.template)[::-1]
        node = self._choice()
        if self._tokens:
            raise ValueError(f"{self.template!r}: {self._tokens[-1]!r} closes nothing")
        return node

    def _choice(self) -> Node:
        parts = [self._sequel()]
        while self._tokens and self._tokens[-1] == "|":
            self._tokens.pop()
            parts.append(self._sequel())
        return parts[0] if len(parts) == 1 else Choice(tuple(parts))

    def _sequel(self) -> Node:
        parts: list[Node] = []
        while self._tokens and self._tokens[-1] not in "|])":
            parts.append(self._part(self._tokens.pop()))
        return parts[0] if len(parts) == 1 else Sequel(tuple(parts))

    def _part(self, token: str) -> Node:
        match token[0]:
            case "(":
                return self._inner(")")
            case "[":
                return Maybe(self._inner("]"))
            case "{" if token[-1] == "}":
                return self._slot(token[1:-1].strip())
            case "{" | "}":
                raise ValueError(f"{self.template!r}: a curly bracket is alone")
        return Text(token)

    def _inner(self, closing: str) -> Node:
        node = self._choice()
        if not self._tokens or self._tokens.pop() != closing:
            raise ValueError(f"{self.template!r}: a {closing!r} is missing")
        return node

    def _slot(self, name: str) -> Node:
        low, dots, high = name.partition("..")
        if dots:
            return Choice(tuple(Text(spelled(n)) for n in range(int(low), int(high) + 1)))
        if not self.slots.get(name):
            raise ValueError(f"{self.template!r}: there is no slot {name!r}")
        return Reader(self.slots[name], self.slots, self.depth + 1).read()


def expand(templates: Iterable[str], slots: Mapping[str, str], most: int) -> dict[Words, float]:
    """Every sentence and how often it is said, or `most` drawn ones of a template that has more.

    A template counts as many times as it has sentences, `most` at most. The same templates always
    give the same sentences.
    """
    said: dict[Words, float] = {}
    for template in templates:
        node = Reader(template, slots).read()
        if node.count <= most:
            picked = (node.pick(number) for number in range(node.count))
            counted = ((text, node.count * p) for text, p in picked)
        else:
            chance = random.Random(template)
            counted = ((node.draw(chance), 1.0) for _ in range(most))
        for text, count in counted:
            if words := words_of(text):
                said[words] = said.get(words, 0.0) + count
    return said


NOT_SPOKEN = re.compile(r"[^a-z' ]+")


def words_of(text: str) -> Words:
    """The words as the recogniser knows them: small letters and apostrophes; numbers spelled."""
    text = re.sub(r"\d+", lambda match: f" {spelled(int(match[0]))} ", text.lower())
    words = NOT_SPOKEN.sub(" ", text.replace("\u2019", "'")).split()
    return tuple(word for word in (w.strip("'") for w in words) if word)


def spelled(number: int) -> str:
    """Digits as they are said: up to 99 as a number, then by the hundred or digit by digit."""
    if number < 20:
        return ONES[number]
    if number < 100:
        tens, ones = divmod(number, 10)
        return TENS[tens - 2] + (f" {ONES[ones]}" if ones else "")
    if number < 1000:
        hundreds, rest = divmod(number, 100)
        return f"{ONES[hundreds]} hundred" + (f" {spelled(rest)}" if rest else "")
    return " ".join(ONES[int(digit)] for digit in str(number))
