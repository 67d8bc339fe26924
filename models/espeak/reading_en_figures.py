"""English numbers that are no quantities: telephones, versions, scores, fractions; and the rest."""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Iterator
from re import Match

from .reading_claims import Rule
from .reading_en_numbers import cardinal, digits, fraction, number, ordinal
from .reading_en_quantities import DIGITS, FREE, amount

_ENDS = r"(?![\w-]|[.,][0-9])"
PHONE = re.compile(
    r"(?<![\w.,-])(?:\+[0-9]{1,3}(?:[\s.-]?\(?[0-9]{2,4}\)?){2,4}"
    r"|\(?0[0-9]{2,4}\)?(?:[\s.-][0-9]{3,6}){1,3}"
    r"|(?:1[\s.-])?(?:\([0-9]{3}\)\s?|[0-9]{3}-)?[0-9]{3}-[0-9]{4}"
    rf"|[0-9]{{3}}\.[0-9]{{3}}\.[0-9]{{4}}){_ENDS}"
)
BARE = re.compile(rf"(?<![\w.,+-])\+?[0-9]{{3,15}}{_ENDS}")
FLIGHT = re.compile(r"(?<=\b[A-Z]{2})[0-9]{3,4}\b|(?<=[Ff]light\s[A-Z]{2}\s)[0-9]{2,4}\b")
VERSION = re.compile(
    r"(?<![\w.])[vV]?([0-9]+(?:\.[0-9]+){2,})(?!\w)|\b[vV]\.?([0-9]+(?:\.[0-9]+)?)(?!\w)"
)
ALWAYS = re.compile(r"(?<![\w/])24/7(?![/\w])")
SCORE = re.compile(rf"{FREE}([0-9]{{1,2}})[-–]([0-9]{{1,2}}){_ENDS}")
TIMES = re.compile(rf"{FREE}({DIGITS})\s?[x×](?!\w|\s?[0-9\x00])")
MIXED = re.compile(rf"{FREE}(?P<whole>[0-9]+)?\s?(?P<sign>[½⅓⅔¼¾⅛])")
FRACTION = re.compile(
    r"(?<![\w.,/])(?:(?P<whole>[0-9]+)\s)?([0-9]{1,3})/([0-9]{1,3})(?![\w/]|[.,][0-9])"
)
RANGE = re.compile(r"(?:(?<=[0-9%°\x00])|(?<=°[CF]))(?:[-~]|\s?–\s?)(?=[$£€]?[0-9\x00])")
NTH = re.compile(rf"{FREE}([0-9]+(?:,[0-9]{{3}})*)(?:st|nd|rd|th)\b", re.IGNORECASE)
PLAIN = re.compile(amount())

SIGNS = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅛": (1, 8)}
_CALL = re.compile(
    r"\b(?:call|dial|phone|text|code|pin|zip)\s(?:is\s|at\s|number\s|[\w'\"]+\sto\s)?$",
    re.IGNORECASE,
)
_NUMBER_OF = re.compile(r"\b(?:number|account|order|ticket)\s(?:is\s)?$", re.IGNORECASE)
_STATE = re.compile(r",\s[A-Z]{2}\s$")  # before its postal code
_GAME = re.compile(r"\b(?:w[io]ns?|won|lost|loses?|beats?|leads?|led|score|drew|tied)\b[^.]{0,24}$")
_LOW = re.compile(r"([0-9][0-9.,]*)[%°CF]*$")
_HIGH = re.compile(r"[$£€]?([0-9]+(?:[.,][0-9]+)*)(?!-)")


class Figures:
    """As they are said in a region."""

    def __init__(self, american: bool, joint: str) -> None:
        self._american, self._joint = american, joint

    def first(self) -> Iterator[Rule]:
        """What would be taken for quantities."""
        yield PHONE, lambda it: _spelled(it[0])
        yield BARE, self._bare
        yield FLIGHT, lambda it: digits(it[0])
        yield VERSION, _version
        yield ALWAYS, lambda _: "twenty four seven"
        yield SCORE, self._score
        yield FRACTION, self._fraction
        yield RANGE, lambda it: "to" if _rises(it) else None

    def last(self) -> Iterator[Rule]:
        yield MIXED, lambda it: self._mixed(it["whole"], *SIGNS[it["sign"]])
        yield TIMES, lambda it: f"{number(it[1], self._joint)} times"
        yield NTH, lambda it: ordinal(int(it[1].replace(",", "")), self._joint)
        yield PLAIN, self._plain

    def _plain(self, found: Match[str]) -> str:
        return ("minus " if found["minus"] else "") + number(found["number"], self._joint)

    def _bare(self, found: Match[str]) -> str | None:
        text, before = found[0], (found.string, 0, found.start())
        long = len(text) > 6 and text[0] in "+0"
        called = _CALL.search(*before) or (len(text) > 4 and _NUMBER_OF.search(*before))
        called = called or (len(text) == 5 and _STATE.search(*before))
        return _spelled(text) if long or called else None

    def _score(self, found: Match[str]) -> str | None:
        if found[2] != "0" and not _GAME.search(found.string, 0, found.start()):
            return None
        one, other = (cardinal(int(it), " ") for it in found.groups())
        if self._american:
            return f"{one} to {other}"
        return f"{one} {'nil' if other == 'zero' else other}"

    def _fraction(self, found: Match[str]) -> str:
        top, bottom = int(found[2]), int(found[3])
        if found["whole"] and top < bottom:
            return self._mixed(found["whole"], top, bottom)
        whole = number(found["whole"], self._joint) + " " if found["whole"] else ""
        return whole + self._share(top, bottom)

    def _share(self, top: int, bottom: int) -> str:
        """3/4, 7/10, 9/11, 120/80."""
        names = cardinal(top, self._joint), cardinal(bottom, self._joint)
        if (bottom in (10, 100) and top <= bottom) or top == bottom:
            return " out of ".join(names)
        if top > bottom or not top:
            return " over ".join(names)
        return fraction(top, bottom, " ") if bottom < 10 or bottom in (16, 32) else " ".join(names)

    def _mixed(self, whole: str | None, top: int, bottom: int) -> str:
        part = fraction(top, bottom, " ")
        if not whole:
            return part
        part = part.replace("one ", "an " if bottom == 8 else "a ", 1) if top == 1 else part
        return f"{cardinal(int(whole), self._joint)} and {part}"


def _spelled(text: str) -> str:
    groups = re.findall(r"\+?[0-9]+", text)
    return ", ".join(("plus " if it[0] == "+" else "") + digits(it) for it in groups)


def _version(found: Match[str]) -> str:
    parts = (found[1] or found[2]).split(".")
    dot = " dot " if len(parts) == 4 else " point "
    said = dot.join(cardinal(int(it), " ") if len(it) < 3 else digits(it) for it in parts)
    return f"version {said}" if found[0][0] in "vV" else said


def _rises(found: Match[str]) -> bool:
    """Whether the number before it is less than the one after it; unclear ones pass."""
    low, high = (
        _LOW.search(found.string, 0, found.start()),
        _HIGH.match(found.string, found.end()),
    )
    if not (low and high):
        return True
    return _value(low[1]) < _value(high[1])


def _value(text: str) -> float:
    whole, _, part = text.replace(",", "").partition(".")
    return float(f"{whole}.{part.replace('.', '') or 0}")
