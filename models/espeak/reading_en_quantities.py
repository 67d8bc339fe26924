"""English money, units and shares in words."""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Iterator
from re import Match

from .reading_claims import Rule
from .reading_en_numbers import cardinal, number
from .reading_en_units import BRITISH, CODES, MONEY, PER, SCALES, UNITS, many, one

FREE = r"(?<![\w.,])(?<![0-9][-–/:])"  # nothing that a number could belong to is before it
DIGITS = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])|[0-9]+)(?:\.[0-9]+)?|(?<![0-9])\.[0-9]+"


def amount(sign: str = "") -> str:
    """What finds a number, with its sign of money before it."""
    minus = r"(?P<minus>(?<![\w)\]])[-−]\s?(?=[$£€¥₹₩.]?[0-9]))?"
    return rf"{minus}{sign}(?P<number>{DIGITS})"


_SCALE = rf"(?:(?P<gap>[\s-])?(?P<scale>{'|'.join(SCALES)})\b)?"
_UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
_PER = r"(?:\s?/\s?(?P<per>[A-Za-z]+)\b)?"

SIGN_FIRST = re.compile(FREE + amount(r"(?P<sign>(?:US|HK|NT|A|C)?\$|[£€¥₹₩])\s?") + _SCALE + _PER)
CODE_FIRST = re.compile(amount(rf"\b(?P<sign>{'|'.join(CODES)})\s") + _SCALE)
SIGN_LAST = re.compile(
    FREE + amount() + rf"{_SCALE}\s?(?P<sign>[€£¢¥](?!\w)|(?:{'|'.join(CODES)}|[cp])\b)"
)
SCALED = re.compile(FREE + amount() + r"(?P<scale>bn|mn|mil|tn|M)\b")
FEET = re.compile(rf"{FREE}(?<!['‘\"“])([0-9]+)\s?['′’]\s?(?:([0-9]+)\s?(?:\"|″|”|'')?)?(?!\w)")
FEET_IN = re.compile(rf"{FREE}([0-9]+)\s?ft\s([0-9]+)\s?in\b")
MEASURED = re.compile(
    FREE + amount() + rf"(?P<gap>[\s-])?(?P<unit>{_UNIT})(?![\w²³'’]){_PER}(?!\w)"
)
ALONE = re.compile(r"(?<![\w\x00])(?P<unit>[kcmµ]?m[²³]|km/h|m/s|kWh|°[CF]|[℃℉])(?!\w)")
SHARED = re.compile(rf"(?<=\x00\s)(?P<unit>{_UNIT})(?<=\w\w)(?!\w)")  # 1/4 tsp
PERCENT = re.compile(FREE + amount() + r"\s?(?P<unit>[%‰])")

_ADJECTIVE = re.compile(r"\b(?:an?|another|every|each)\s$", re.IGNORECASE)
_NOUN = re.compile(r"[ -][a-z]")


class Quantities:
    """As they are said in a region."""

    def __init__(self, american: bool, joint: str) -> None:
        self._american, self._joint = american, joint

    def rules(self) -> Iterator[Rule]:
        yield SIGN_FIRST, self._money
        yield CODE_FIRST, self._money
        yield SIGN_LAST, self._sign_last
        yield FEET, self._feet
        yield FEET_IN, lambda it: self._feet(it) + " inches"
        yield MEASURED, self._measured
        yield SHARED, lambda it: self._unit(it["unit"])
        yield ALONE, lambda it: self._unit(it["unit"], single=False)
        yield PERCENT, self._percent
        yield SCALED, lambda it: f"{self._number(it)} {SCALES[it['scale']]}"

    def _number(self, found: Match[str]) -> str:
        return ("minus " if found["minus"] else "") + number(found["number"], self._joint)

    def _percent(self, found: Match[str]) -> str:
        return self._number(found) + (" percent" if found["unit"] == "%" else " per thousand")

    def _sign_last(self, found: Match[str]) -> str | None:
        pence_or_page = found["sign"] == "p" and (self._american or found["scale"])
        return None if pence_or_page else self._money(found)

    def _money(self, found: Match[str]) -> str:
        name, small = MONEY[found["sign"]]
        whole, _, part = found["number"].replace(",", "").partition(".")
        if found["scale"] or len(part) not in (0, 2) or not part.strip("0"):
            said = self._whole(found, name)
        else:
            said = self._with_cents(int(whole or 0), int(part), name, small)
            said = f"minus {said}" if found["minus"] else said
        per = found.groupdict().get("per")
        return f"{said} per {self._unit(per)}" if per else said

    def _whole(self, found: Match[str], name: str) -> str:
        """All of it in dollars."""
        single = _is_adjective(found) or (found["number"] == "1" and not found["scale"])
        amount = found["number"].removesuffix(".00")
        said = ("minus " if found["minus"] else "") + number(amount, self._joint)
        if found["scale"]:
            said += ("\n" if found["gap"] == " " else " ") + SCALES[found["scale"]]
        return f"{said} {one(name) if single else many(name)}"

    def _with_cents(self, whole: int, part: int, name: str, small: str) -> str:
        cents = cardinal(part, " ")
        below = f"{cents} {one(small) if part == 1 else many(small)}"
        if not whole:
            return below
        above = f"{cardinal(whole, self._joint)} {one(name) if whole == 1 else many(name)}"
        return f"{above} {cents}" if small == "penny" and part > 9 else f"{above} and {below}"

    def _feet(self, found: Match[str]) -> str:
        feet = f"{cardinal(int(found[1]), self._joint)} {'foot' if found[1] == '1' else 'feet'}"
        return f"{feet} {cardinal(int(found[2]), ' ')}" if found[2] else feet

    def _measured(self, found: Match[str]) -> str:
        single = found["number"] == "1" or found["gap"] == "-" or _is_adjective(found)
        gap = "\n" if (found["gap"] or "").isspace() else " "
        said = f"{self._number(found)}{gap}{self._unit(found['unit'], single)}"
        return f"{said} per {self._unit(found['per'])}" if found["per"] else said

    def _unit(self, short: str, single: bool = True) -> str:
        name = PER.get(short, "") if short in PER else UNITS.get(short, short)
        said = one(name) if single else many(name)
        if not self._american:
            for american, british in BRITISH.items():
                said = said.replace(american, british)
        return said


def _is_adjective(found: Match[str]) -> bool:
    """A five dollar bill, against five dollars."""
    before = _ADJECTIVE.search(found.string, 0, found.start())
    return bool(before and _NOUN.match(found.string, found.end()))
