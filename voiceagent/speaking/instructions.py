"""Free words on how to speak become a Style: "a bit slower, in a cheerful Scottish accent".

By rules and a lexicon, in English and Mandarin. What was not understood is told, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import yaml

from voiceagent import bundle
from voiceagent.style import LIMITS, SUNG, Style

MOST_TEXT = 4_096
USUAL = 0.5  # of an emotion, if no degree is said
STEPS = {
    "faster": ("pace", 1.2),
    "slower": ("pace", 1 / 1.2),
    "higher": ("pitch", 2.0),
    "lower": ("pitch", -2.0),
    "louder": ("energy", 6.0),
    "quieter": ("energy", -6.0),
}
DEGREE_FACTOR = {0.25: 0.5, 0.5: 1.0, 0.8: 1.6, 1.0: 2.2}
"""What a degree makes of a step: "a bit slower", "much slower"."""

_HAN = "\u4e00-\u9fff"
_CLAUSE = re.compile(r"[,.;:!?，。；：！？、\n]+|\b(?:and|but|then)\b|然后|但是?|而且|并且")  # noqa: RUF001
_WORD = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:['’-][^\W_{_HAN}]+)*")  # noqa: RUF001
_NUMBER = r"(?<![\d.])(\d{1,4}(?:\.\d{1,3})?)\s{0,2}"
_TIMES = re.compile(
    rf"{_NUMBER}(?:x|×|times|倍)(?!\w*\s(?:loud|quiet|soft))"  # noqa: RUF001
    r"(?:\s?(?:as )?(fast|slow)|的?(?:语?速度?)?)"
    r"?"
)
_PERCENT = re.compile(
    rf"{_NUMBER}(?:%|percent|per cent)\s{{0,2}}(?:of )?(?:the )?(?:normal |usual )?"
    r"(fast|slow|quick|speed|pace|tempo|的?语?速)"
)
_SEMITONES = re.compile(
    r"(?:(up|down|lower|raise)(?: it| by){0,2}\s)?"
    r"(\d{1,2}(?:\.\d{1,2})?|\ba|one|two|three|four|five)\s{0,2}(?:semitones?|个?半音)\s?(\w+)?"
)
_BPM = re.compile(
    rf"{_NUMBER}(?:bpm|beats (?:per|a) minute|拍)"
    r"|(?:每分钟|一分钟)\s{0,2}(\d{1,4})\s{0,2}[拍下]"
)
_TUNE = re.compile(
    r"to the (?:tune|melody) of ([\w' -]{1,60})|用?《([^《》]{1,40})》的?(?:调子|旋律|曲调|调)"
)
_ROUGHLY = {"fast": 1, "quick": 1, "slow": -1}
_NAMED_PACES = {
    "half speed": 0.5,
    "half the speed": 0.5,
    "double speed": 2.0,
    "double the speed": 2.0,
    "twice as fast": 2.0,
    "twice the speed": 2.0,
    "twice as slow": 0.5,
    "half as fast": 0.5,
    "两倍速": 2.0,
    "二倍速": 2.0,
    "两倍": 2.0,
    "快一倍": 2.0,
    "慢一倍": 0.5,
    "一半速度": 0.5,
    "一半的速度": 0.5,
}
_OCTAVES = {"octave up": 12.0, "octave higher": 12.0, "octave down": -12.0, "octave lower": -12.0}
_NUMBERS = {"a": 1.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0}

SILENT = ("nots", "degrees", "idle", "unsaid", "plain")
"""Kinds of words that change nothing by themselves."""


@dataclass(frozen=True, slots=True)
class Understood:
    """`rest`: the words that nobody knew what to do with."""

    style: Style
    sounds: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Found:
    start: int
    end: int
    kind: str
    value: Any


def understand(text: str, base: Style | None = None) -> Understood:
    """The style that is asked for, laid over `base`; its `instructions` are what is left."""
    style, sounds, rest = base or Style(), [], []
    clauses = list(_clauses(text[:MOST_TEXT].lower().replace("\u2019", "'")))
    if any(_resets(matches(clause)) for clause in clauses):
        # whatever else is said counts from there: "warm and natural"
        style = Style(language=style.language)
    for clause in clauses:
        found = matches(clause)
        for one in found:
            if one.kind in SILENT:
                continue
            style, made = _apply(style, one, _negated(found, one), _degree(found, one))
            sounds += made
        rest += _left(clause, found)
    told = " ".join(rest) if rest else ""
    return Understood(replace(style, instructions=told), tuple(dict.fromkeys(sounds)), tuple(rest))


def _resets(found: list[_Found]) -> bool:
    return any(one.kind == "plain" and not _negated(found, one) for one in found)


# --- finding -------------------------------------------------------------------------------------


def _clauses(text: str) -> Iterator[str]:
    protected = re.sub(r"(?<=\d)\.(?=\d)", "\u0000", text)
    for clause in _CLAUSE.split(protected):
        if clause.strip():
            yield clause.replace("\u0000", ".")


def matches(clause: str) -> list[_Found]:
    """What is known of it, from left to right."""
    return sorted(_matches(clause), key=lambda one: one.start)


def _matches(clause: str) -> Iterator[_Found]:
    """Measures, and what is in the lexicon, the longest first."""
    for kind, pattern, read in _MEASURES:
        for match in pattern.finditer(clause):
            if (value := read(match)) is not None:
                yield _Found(match.start(), match.end(), kind, value)
                clause = clause[: match.start()] + " " * len(match[0]) + clause[match.end() :]
    pattern, meanings = _lexicon()
    for match in pattern.finditer(clause):
        kind, value = meanings[match[0]]
        yield _Found(match.start(), match.end(), kind, value)


@cache
def _lexicon() -> tuple[re.Pattern[str], Mapping[str, tuple[str, Any]]]:
    path = bundle.folder("configs") / "styles" / "lexicon.yaml"
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    meanings: dict[str, tuple[str, Any]] = {}
    for phrase, pace in _NAMED_PACES.items():
        meanings[phrase] = ("pace", pace)
    for phrase, pitch in _OCTAVES.items():
        meanings[phrase] = ("pitch", pitch)
    for kind, entries in data.items():
        groups = entries.items() if isinstance(entries, dict) else [(None, entries)]
        for value, phrases in groups:
            for phrase in phrases:
                meanings.setdefault(str(phrase), (kind, value))
    longest = sorted(meanings, key=len, reverse=True)
    return re.compile("|".join(map(_pattern, longest))), meanings


def _pattern(phrase: str) -> str:
    escaped = re.escape(phrase)
    return escaped if re.match(f"[{_HAN}]", phrase) else rf"(?<![a-z0-9'-]){escaped}(?![a-z0-9'-])"


def _times(match: re.Match[str]) -> float | None:
    number = float(match[1])
    return (1 / number if match[2] == "slow" else number) if number else None


def _percent(match: re.Match[str]) -> float | None:
    share = float(match[1]) / 100
    by = 1 + share * _ROUGHLY[match[2]] if match[2] in _ROUGHLY else share
    return by if by > 0 else None


def _semitones(match: re.Match[str]) -> float:
    number = _NUMBERS.get(match[2]) or float(match[2])
    down = match[1] in ("down", "lower") or match[3] in ("lower", "down", "deeper", "below")
    return -number if down else number


def _beats(match: re.Match[str]) -> float:
    low, high = LIMITS["bpm"]
    return min(high, max(low, float(match[1] or match[2])))


_MEASURES: tuple[tuple[str, re.Pattern[str], Callable[[re.Match[str]], Any]], ...] = (
    ("melody", _TUNE, lambda match: (match[1] or match[2]).strip()),
    ("bpm", _BPM, _beats),
    ("pace", _TIMES, _times),
    ("pace", _PERCENT, _percent),
    ("pitch", _SEMITONES, _semitones),
)


def _left(clause: str, found: list[_Found]) -> list[str]:
    """The words that nothing was made of."""
    for one in found:
        if one.kind == "unsaid":  # it is known to be no field of a Style
            continue
        clause = clause[: one.start] + " " * (one.end - one.start) + clause[one.end :]
    return [word for word in _WORD.findall(clause) if not word.isdigit()]


def _before(found: list[_Found], one: _Found, kind: str) -> _Found | None:
    """The nearest of this kind before it, with nothing that matters in between."""
    nearest = None
    for other in found:
        if other.end <= one.start and other.kind not in ("idle",):
            nearest = other if other.kind == kind or nearest is None else nearest
            if other.kind not in ("nots", "degrees"):
                nearest = None
    return nearest if nearest is not None and nearest.kind == kind else None


def _negated(found: list[_Found], one: _Found) -> bool:
    return _before(found, one, "nots") is not None


def _degree(found: list[_Found], one: _Found) -> float | None:
    """Said before it, or right after it as Chinese and "slower, much" do."""
    before = _before(found, one, "degrees")
    if before is not None:
        return float(before.value)
    after = next((other for other in found if other.start >= one.end), None)
    near = after is not None and after.kind == "degrees" and after.start - one.end <= 1
    return float(after.value) if near and after is not None else None


# --- applying ------------------------------------------------------------------------------------


def _apply(
    style: Style, one: _Found, negated: bool, degree: float | None
) -> tuple[Style, list[str]]:
    kind, value = one.kind, one.value
    if kind == "sounds":
        return style, [] if negated else [value]
    if kind == "bpm":
        return replace(style, bpm=value), []
    if kind == "melody":
        mode = style.mode if style.mode in SUNG else "sing"
        return replace(style, melody=value, mode=mode), []
    if kind == "emotions":
        return _feel(style, value, negated, degree), []
    if kind == "languages":
        return replace(style, language=None if negated else value), []
    if kind == "modes":
        return replace(style, mode="speak" if negated else value), []
    return _measure(style, kind, value, negated, degree), []


def _feel(style: Style, emotion: str, negated: bool, degree: float | None) -> Style:
    if negated:
        return replace(style, emotion="neutral", intensity=USUAL)
    intensity = USUAL if degree is None else degree
    if emotion == style.emotion and degree is None:  # said again in other words
        intensity = max(intensity, style.intensity)
    return replace(style, emotion=emotion, intensity=intensity)  # type: ignore[arg-type]


def _measure(style: Style, kind: str, value: Any, negated: bool, degree: float | None) -> Style:
    """Pace, pitch and loudness: a value of its own, or a step from what it was."""
    factor = 1.0 if degree is None else DEGREE_FACTOR[degree]
    if kind in STEPS:
        name, step = STEPS[kind]
        factor = -factor if negated else factor
        old = getattr(style, name)
        new = old * step**factor if name == "pace" else old + step * factor
    else:
        name, plain = kind, 1.0 if kind == "pace" else 0.0
        far = float(value) ** factor if kind == "pace" else float(value) * factor
        new = plain if negated else far
    low, high = LIMITS[name]
    return replace(style, **{name: round(min(high, max(low, new)), 3)})
