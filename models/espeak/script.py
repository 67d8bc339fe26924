"""A phrase made ready for espeak: clean, cut where the language changes, and in bounded pieces."""

# ruff: noqa: RUF001

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .languages import SCRIPTS, UNSPACED, reader, script_of
from .reading_zh_units import ANY_UNIT, MEASURES

MOST = 160
"""Letters said at once: some 10 s of speech, made in as many milliseconds; nobody waits longer."""
WIDE = 3  # a letter of a script without spaces counts for so many
NUMERAL = 3  # and a figure so many: "77" is "seventy-seven"
LONGEST_WORD = 36  # espeak cuts off what is longer
_ENDS, _STOPS = "!?。！？।॥؟…", ",;:،؛，；：、"
_CLOSERS = "\"'”’)]}»」』》）】"
SENTENCE_ENDS = re.compile(rf"(?:[{_ENDS}]|\.)[{re.escape(_CLOSERS)}]*\s*$")
CLAUSE_ENDS = re.compile(rf"(?:[{_STOPS}–—]|\s-)[{re.escape(_CLOSERS)}]*\s*$")

_CUTS = (
    re.compile(rf"[{_ENDS}][{re.escape(_CLOSERS)}]*\s*|\.[{re.escape(_CLOSERS)}]*\s+"),
    re.compile(rf"(?:[{_STOPS}](?![0-9/])|[–—])[{re.escape(_CLOSERS)}]*\s*"),
    re.compile(r"\s+"),
)
_LINES = re.compile(r"[^\n\v\f\r\x85\u2028\u2029]+")
_FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ud800-\udfff]"
)
"""Control characters (the first of them starts espeak's own commands), the invisible, halves."""


HAN = next(script for script in SCRIPTS if script.name == "Han")
_HAN = re.compile(f"[{HAN.letters}]")
_KANA = re.compile("[\u3041-\u3096\u30a1-\u30fa]")
_LATIN_WORDS = re.compile(r"[A-Za-z]{2,}")
_NUMBERS = re.compile(
    r"(?<![A-Za-z0-9.@/_-])(?:(?:US|HK|NT)?[$€£¥￥]\s?|[-−](?=[0-9]))?[0-9][0-9.,:/~–-]*"
    rf"(?:\s?(?:{ANY_UNIT}|[AaPp]\.?[Mm]\.?)(?![A-Za-z0-9])|[A-Z](?![A-Za-z0-9]))?"
)


@dataclass(frozen=True, slots=True)
class Part:
    """What espeak gets at once, as long as the text that it stands for."""

    text: str
    language: str
    line_ends: bool = False  # the text before it ended with its line


def parts(text: str, languages: Sequence[str]) -> Iterator[Part]:
    """The parts of a phrase. Each is in the first of `languages` that reads its script; the last
    of them must be one in Latin letters. What has no sound is in no part.
    """
    new_line = False
    for line in _LINES.finditer(text):
        for run, language in _runs(_FORBIDDEN.sub(" ", line[0]), languages):
            for piece in _pieces(run):
                if has_sound(piece):
                    yield Part(piece, language, new_line)
                    new_line = False
        new_line = True


def has_sound(text: str) -> bool:
    """Whether there is a letter, a digit, or a sign such as $ in it."""
    return any(unicodedata.category(char)[0] in "LNS" for char in text)


def _runs(line: str, languages: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Cut where the language changes. What every script has stays with what is before it."""
    start, current = 0, ""
    chinese = _in_chinese(line)
    for at, char in enumerate(line):
        script = HAN if at in chinese else script_of(char)
        if script is None:
            continue
        language = reader(script, languages)
        if current and language != current:
            yield line[start:at], current
            start = at
        current = language
    yield line[start:], current or languages[0]


def _in_chinese(line: str) -> set[int]:
    """The places of numbers that are read in Chinese, with the unit or the letter behind them:
    they touch a Chinese character, count what follows, or most of the line is Chinese.
    """
    han = len(_HAN.findall(line))
    if not han or _KANA.search(line):
        return set()
    mostly = han >= 2 * len(_LATIN_WORDS.findall(line))
    found = (match.span() for match in _NUMBERS.finditer(line))
    return {
        at
        for start, end in found
        if mostly or _touches(line, start, end)
        for at in range(start, end)
    }


def _touches(line: str, start: int, end: int) -> bool:
    beside = line[max(0, start - 1) : start] + line[end : end + 1]
    counts = line[end:].lstrip()[:1]
    return any(script_of(char) is HAN for char in beside) or bool(counts and counts in MEASURES)


def _weight(char: str) -> int:
    if UNSPACED.match(char):
        return WIDE
    return NUMERAL if char.isdecimal() else 1


def _pieces(run: str) -> Iterator[str]:
    for stretch in _bounded_words(run):
        start = 0
        while start < len(stretch):
            end = _end(stretch, start)
            yield stretch[start:end]
            start = end


def _bounded_words(run: str) -> Iterator[str]:
    """Cut within words that are too long."""
    start = word = 0
    for at, char in enumerate(run):
        if char.isspace() or UNSPACED.match(char):
            word = at + 1
        elif at - word >= LONGEST_WORD:
            yield run[start:at]
            start = word = at
    yield run[start:]


def _end(text: str, start: int) -> int:
    """Where the piece ends that begins at `start`: at the best place before it is too long."""
    weight, at = 0, start
    while at < len(text) and weight < MOST:
        weight += _weight(text[at])
        at += 1
    if at == len(text):
        return at
    for cut in _CUTS:
        if found := [match.end() for match in cut.finditer(text, start, at)]:
            return found[-1]
    return at
