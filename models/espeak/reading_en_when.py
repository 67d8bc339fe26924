"""English dates, years and times of day in words."""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Iterator
from re import Match

from .reading_claims import Rule
from .reading_en_numbers import cardinal, listed, ordinal, plural, year

MONTHS = listed(
    "January February March April May June July August September October November December"
)
WEEKDAYS = listed("Monday Tuesday Wednesday Thursday Friday Saturday Sunday")

_MONTH = "(?P<month>{})".format("|".join(rf"{it[:3]}(?:{it[3:]}\b|t?\.|t?\b)" for it in MONTHS))
_DAY = r"(?P<day>[0-3]?[0-9])(?:st|nd|rd|th)?"
_OF_YEAR = r"(?:,?(?P<gap>\s+)(?P<year>[12][0-9]{3})(?![\w:%]))?"
_FREE = r"(?<![\w.,:$£€/-])"  # nothing that a number could belong to is before it
_AND = re.compile(r"\b(?:and|or)\s$")  # the second and third of May
_CLOCK = r"(?<![\w.,:$£€/])"

ISO = re.compile(
    rf"{_FREE}([12][0-9]{{3}})([-/])([01]?[0-9])\2([0-3]?[0-9])(?:T(?=[0-9])|(?![\w-]))"
)
SHORT = re.compile(
    rf"{_FREE}([0-3]?[0-9])([/.])([0-3]?[0-9])\2([12][0-9]{{3}}|(?<=/)[0-9]{{2}})(?![\w/])"
)
NO_YEAR = re.compile(r"(?<=\b(?:[Oo]n|[Bb]y) )([0-3]?[0-9])/([0-3]?[0-9])(?![\w/])")
MONTH_DAY = re.compile(rf"\b{_MONTH}\s+{_DAY}(?![\w:%/]|[.,-][0-9]){_OF_YEAR}")
DAY_MONTH = re.compile(rf"(?P<the>\b[Tt]he\s)?{_FREE}{_DAY}\s(?P<of>of\s)?{_MONTH}{_OF_YEAR}")
MONTH_YEAR = re.compile(rf"\b{_MONTH}\s(?P<year>[12][0-9]{{3}})(?![\w:%]|[.,][0-9])")
SHORT_WEEKDAY = re.compile(r"\b(Mon|Tues?|Wed|Thu(?:rs?)?|Fri|Sat|Sun)(?:\.(?=\s+\S|,)|(?=,))")
TIME = re.compile(
    rf"{_CLOCK}([01]?[0-9]|2[0-4]):([0-5][0-9])(?::([0-5][0-9]))?(?!:|[.]?[0-9])"
    r"(?:\s?(?P<half>[AaPp])\.?[Mm]\b\.?)?(?!\w)"
)
RATIO = re.compile(rf"{_FREE}([0-9]{{1,3}}):([0-9]{{1,3}})(?![\w:])")
HOUR = re.compile(rf"{_CLOCK}(1[0-2]|0?[1-9])\s?(?P<half>[AaPp])\.?[Mm]\b")
DECADE = re.compile(
    r"(?<![\w.])(?:([12][0-9])|['’]|(?<=\b[Tt]he )|(?<=ly )|(?<=ate )|(?<=mid-)|(?<=\b[Mm]y )"
    r"|(?<=\b[Hh](?:is|er) )|(?<=eir )|(?<=our ))([0-9]0)['’]?s\b"
)
YEARS = re.compile(rf"{_FREE}((?:1[1-9]|20)[0-9]{{2}})\s?[-–]\s?((?:1[1-9]|20)[0-9]{{2}})\b")
YEAR = re.compile(
    rf"{_FREE}(1[1-9][0-9]{{2}}|20[0-9]{{2}})(?![\w/%°]|[.,:-][0-9])"
    r"(?!\s(?:[a-z]+s|people|men|women|of)\b)"
)
ANY_YEAR = re.compile(r"(?<=\b[Ii]n )(1[0-9]{3}|20[0-9]{2})(?![\w/%°]|[.,:-][0-9]|\s[a-z]+s\b)")


class When:
    """As they are said in a region."""

    def __init__(self, american: bool, joint: str) -> None:
        self._american, self._joint = american, joint

    def rules(self) -> Iterator[Rule]:
        yield ISO, lambda it: self._date(it[1], it[3], it[4])
        yield SHORT, self._short
        yield NO_YEAR, lambda it: self._in_order(it[1], it[2], "", self._american)
        yield DAY_MONTH, self._day_month
        yield MONTH_DAY, self._month_day
        yield MONTH_YEAR, lambda it: f"{_named(it['month'])}\n{self._year(it['year'])}"
        yield SHORT_WEEKDAY, lambda it: _named(it[1], WEEKDAYS)
        yield TIME, self._time
        yield HOUR, lambda it: f"{cardinal(int(it[1]), ' ')} {it['half'].lower()}.m."
        yield RATIO, lambda it: " to ".join(cardinal(int(part), " ") for part in it.groups())
        yield DECADE, self._decade

    def years(self) -> Iterator[Rule]:
        """What could be a quantity as well, if nothing says so."""
        yield YEARS, lambda it: f"{self._year(it[1])} to {self._year(it[2])}"
        yield YEAR, lambda it: self._year(it[1])
        yield ANY_YEAR, lambda it: self._year(it[1])

    def _year(self, text: str) -> str:
        return year(int(text), self._joint)

    def _short(self, found: Match[str]) -> str | None:
        first, mark, second, of_year = found.groups()
        if len(of_year) == 2:
            of_year = ("20" if int(of_year) < 70 else "19") + of_year
        return self._in_order(first, second, of_year, self._american and mark == "/")

    def _in_order(self, first: str, second: str, of_year: str, month_first: bool) -> str | None:
        month, day = (first, second) if month_first else (second, first)
        if int(month) > 12:
            month, day = day, month
        return self._date(of_year, month, day)

    def _date(self, of_year: str, month: str, day: str) -> str | None:
        if not (1 <= int(month) <= 12 and 1 <= int(day) <= 31):
            return None
        name, nth = MONTHS[int(month) - 1], ordinal(int(day), " ")
        said = f"{name} {nth}" if self._american else f"the {nth} of {name}"
        return f"{said}, {self._year(of_year)}" if of_year else said

    def _day_month(self, found: Match[str]) -> str | None:
        day = int(found["day"])
        if not 1 <= day <= 31:
            return None
        follows = _AND.search(found.string, 0, found.start())
        the = "the\n" if found["the"] else "" if follows else "the "
        of = "\nof" if found["of"] else " of"
        return f"{the}{ordinal(day, ' ')}{of}\n{_named(found['month'])}" + self._of_year(found)

    def _month_day(self, found: Match[str]) -> str | None:
        day = int(found["day"])
        if not 1 <= day <= 31:
            return None
        return f"{_named(found['month'])}\n{ordinal(day, ' ')}" + self._of_year(found)

    def _of_year(self, found: Match[str]) -> str:
        return f",\n{self._year(found['year'])}" if found["year"] else ""

    def _time(self, found: Match[str]) -> str | None:
        hour, minute, half = int(found[1]), int(found[2]), found["half"]
        said = _clock(hour, minute, bool(half or found[3]))
        if found[3]:
            said += f" and {cardinal(int(found[3]), ' ')} seconds"
        return f"{said} {half.lower()}.m." if half else said

    def _decade(self, found: Match[str]) -> str | None:
        century, decade = found.groups()
        if century and decade == "00":
            return plural(self._year(f"{century}00"))
        if decade == "00":
            return None
        tens = plural(cardinal(int(decade), " "))
        return f"{cardinal(int(century), ' ')} {tens}" if century else tens


def _clock(hour: int, minute: int, bare: bool) -> str:
    """`bare`: something follows, so that no o'clock does."""
    said = cardinal(hour, " ")
    if minute:
        return f"{said} {'oh ' if minute < 10 else ''}{cardinal(minute, ' ')}"
    if bare:
        return said
    return f"{said} o'clock" if 0 < hour <= 12 else f"{said} hundred" if hour else "midnight"


def _named(text: str, names: list[str] = MONTHS) -> str:
    return next(name for name in names if name.startswith(text.rstrip(".")[:3]))
