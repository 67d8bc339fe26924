"""What is said for a text, and where in the text each word of it comes from.

"It costs $3.50." is said as "It costs three dollars and fifty cents.", and all five words lie
where "$3.50" does. A language without rules of ours is read by espeak alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import repeat

from .binding import Sound
from .languages import UNSPACED
from .reading_claims import Claim, Rule, claims
from .reading_en import english
from .reading_zh import chinese

KEPT = 256  # readings: the same part is read up to three times while it is made
HALF_WIDTH = {0xFF10 + digit: 0x30 + digit for digit in range(10)}
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something of what is said: where it begins, there and in the text."""

    said_at: int
    text_at: int
    copied: bool  # it is the text's own, letter by letter


@dataclass(frozen=True, slots=True)
class Reading:
    said: str
    stretches: tuple[Stretch, ...] = (Stretch(0, 0, True),)

    def place(self, at: int) -> int:
        """Where in the text that comes from which is said at this place."""
        number = bisect_right(self.stretches, at, key=lambda it: it.said_at) - 1
        stretch = self.stretches[number]
        return stretch.text_at + (at - stretch.said_at if stretch.copied else 0)

    def placed(self, sound: Sound) -> Sound:
        """The sound of what is said, with its words marked in the text."""
        marks = (replace(mark, place=self.place(mark.place)) for mark in sound.words)
        return replace(sound, words=tuple(marks))


@lru_cache(KEPT)
def read(text: str, language: str) -> Reading:
    """What is said for a text in a language, by its tag."""
    found = claims(text.translate(HALF_WIDTH), rules(language))
    return _joined(text, found) if found else Reading(text)


@lru_cache
def rules(language: str) -> tuple[Rule, ...]:
    if language in ("cmn", "yue"):
        return tuple(chinese(language))
    if language.startswith("en-") and language != "en-shaw":
        return tuple(english(language))
    return ()


def _joined(text: str, found: Iterable[Claim]) -> Reading:
    said, at = "", 0
    stretches: list[Stretch] = []
    for start, end, words in found:
        said += _gap(said, text[at:start])
        stretches.append(Stretch(len(said), at, True))
        said += text[at:start]
        for begins, word in zip(_word_starts(text, start, end), words.split("\n"), strict=False):
            said += _gap(said, word)
            stretches.append(Stretch(len(said), begins, False))
            said += word
        at = end
    said += _gap(said, text[at:])
    stretches.append(Stretch(len(said), at, True))
    return Reading(said + text[at:], tuple(stretches))


def _word_starts(text: str, start: int, end: int) -> Iterator[int]:
    """Where the words of a claim begin; to the last one belongs all that is still to be said."""
    last = start
    for word in _WORD.finditer(text, start, end):
        last = word.start()
        yield last
    yield from repeat(last)


def _gap(before: str, after: str) -> str:
    """What parts two words that the text did not part: nothing in Chinese."""
    if not (before[-1:].isalnum() and after[:1].isalnum()):
        return ""
    return "" if UNSPACED.match(before[-1]) or UNSPACED.match(after) else " "
