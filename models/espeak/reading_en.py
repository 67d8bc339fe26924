"""How English is read: all rules, in the order in which they take hold, and the signs."""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from re import Match

from .reading_claims import Rule
from .reading_en_figures import Figures
from .reading_en_names import names
from .reading_en_quantities import Quantities
from .reading_en_when import When

_SIDE = r"[\w\x00)\]]"
SIGNS = (
    (r"&", "and"),
    (rf"(?<={_SIDE})\s?(?:→|->|=>)\s?(?={_SIDE})", "to"),
    (r"!=|≠", "is not"),
    (r">=|≥", "is at least"),
    (r"<=|≤", "is at most"),
    (r"≈", "is about"),
    (r"={1,3}", "equals"),
    (r"±|\+/-", "plus or minus"),
    (r"\+", "plus"),
    (r"×|(?<=[0-9\x00])\s?\*\s?(?=[0-9\x00])", "times"),
    (r"(?<=[0-9\x00])\s?[x×]\s?(?=[0-9\x00])", "by"),
    (r"÷", "divided by"),
    (rf"(?<={_SIDE}\s)<(?=\s{_SIDE})", "less than"),
    (rf"(?<={_SIDE}\s)>(?=\s{_SIDE})", "greater than"),
    (r"(?<=[\x00]\s)[-−–](?=\s[\x00])", "minus"),
    (r"(?<=[\w)\x00])(?:²)", "squared"),
    (r"(?<=[\w)\x00])(?:³)", "cubed"),
    (r"(?<=[\w)\x00])\^(?=[-\w\x00])", "to the power of"),
    (r"(?<=[0-9\x00]\s)/(?=\s[0-9\x00])", "divided by"),
    (r"(?<![\w\x00])<(?=\s?[$£€]?[0-9\x00])", "less than"),
    (r"(?<![\w\x00])>(?=\s?[$£€]?[0-9\x00])", "more than"),
    (r"(?<!\w)[~≈](?=\s?[$£€]?[0-9\x00])", "about"),
    (r"(?<=\s)@(?=\s)", "at"),
    (r"(?<=[\w\x00])%", "percent"),
)
_POWER = re.compile(r"(?<=[\w)])\^([23])\b")
_EITHER = re.compile(r"(?<![\w/.~:\\])([A-Za-z]{2,})/([A-Za-z]{2,})(?![\w/])")  # and/or
_ENTITY = re.compile(r"&(amp|lt|gt|quot|nbsp|#39);")


def english(language: str) -> Iterator[Rule]:
    american = language.startswith("en-us")
    region = american, " " if american else " and "
    figures = Figures(*region)
    yield from names()
    when = When(*region)
    yield from when.rules()
    yield _POWER, lambda it: "squared" if it[1] == "2" else "cubed"
    yield _EITHER, lambda it: f"{it[1]} {it[2]}"
    yield _ENTITY, lambda it: "and" if it[1] == "amp" else " "
    yield from figures.first()
    yield from Quantities(*region).rules()
    yield from when.years()
    yield from figures.last()
    for sign, words in SIGNS:
        yield re.compile(sign), _says(words)


def _says(words: str) -> Callable[[Match[str]], str]:
    return lambda _: words
