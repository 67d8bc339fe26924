"""Cuts an LLM's stream of text into phrases that a voice can say one after the other.

The first phrase is short, so that the voice can begin; the later ones are sentences or long
clauses. Where the cuts fall depends on the text alone, never on how it came in.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass

from voiceagent.speaking.markup import Plain
from voiceagent.speaking.script import is_han


@dataclass(frozen=True, slots=True)
class Lengths:
    """How long phrases are. A Chinese character counts as three quarters of a word."""

    first_words: int = 3  # the first phrase may end at a comma or before an "and" from here on
    first_chars: int = 60  # the first phrase ends here at the latest, if a word does
    clause_chars: int = 90  # a later phrase may end at a comma from here on
    max_chars: int = 200


USUAL = Lengths()
SUNG_LENGTHS = Lengths(first_words=200, first_chars=200, clause_chars=120)


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


ENDS = frozenset("!?。！？｡।॥؟")
HAN_ENDS = frozenset("。！？｡")
CLAUSE_ENDS = frozenset(",;:،؛，；：、—–-")
HAN_CLAUSE_ENDS = frozenset("，；：、")
OPENERS = "\"'“‘([{«「『《（【¿¡"
CLOSERS = "\"'”’)]}»」』》）】"

CONJUNCTIONS = _set(
    "and but or so because then which while when where if although though since unless until"
    " und oder aber weil wenn et mais ou parce y pero o porque"
)
PREPOSITIONS = _set(
    "about after as at before between by during for from in into near of on over through to under"
    " with without"
)
NEVER_ENDS = _set(
    "dr mr mrs ms prof st gen sen rep capt lt col sgt rev hon mt e.g i.e eg ie vs cf approx fig"
    " al ca bzw z.b d.h nr sra sr no vol pp"
)
"""Abbreviations that the sentence goes on after. "No." ends one unless a number follows."""
SOMETIMES_END = _set("etc a.m p.m inc ltd co corp jr dept est ph.d u.s u.k usw min max")

_WORDLESS = re.compile(r"[\W_]*")


class Splitter:
    """Text in, phrases out. The phrases put together are the text, its spaces included.

    `verbatim` keeps the text as it is, for replies that are read; else markdown and emoji are
    taken out first.
    """

    def __init__(self, lengths: Lengths = USUAL, *, verbatim: bool = False) -> None:
        self.lengths = lengths
        self._plain = None if verbatim else Plain()
        self._text = ""
        self._first = True
        self._begin()

    def feed(self, text: str) -> list[str]:
        """The phrases that this text completes."""
        self._text += self._plain.feed(text) if self._plain else text
        return self._cut(ahead=1)

    def flush(self) -> list[str]:
        """The last phrases: no more text comes."""
        if self._plain:
            self._text = (self._text + self._plain.flush()).rstrip()
        phrases = self._cut(ahead=0)
        rest = self._text
        if rest and not (self._plain and _WORDLESS.fullmatch(rest)):
            phrases.append(self._phrase(rest))
        self._text, self._first = "", True
        self._begin()
        return phrases

    def _begin(self) -> None:
        """A new phrase begins with the text that is left."""
        self._at = 0  # how far the text was read
        self._words = 0.0
        self._word_at = 0  # where the word being read begins
        self._has_words = False
        self._clause = 0  # where the phrase could be cut if it must be
        self._preposition = 0
        self._space = 0

    def _cut(self, ahead: int) -> list[str]:
        """Read on while the next `ahead` characters are known, too."""
        phrases: list[str] = []
        while True:
            if self._plain and not self._at:
                self._text = self._text.lstrip()
            if self._at + ahead >= len(self._text):
                return phrases
            if end := self._look():
                phrases.append(self._phrase(self._text[:end]))
                self._text, self._first = self._text[end:], False
                self._begin()

    def _phrase(self, text: str) -> str:
        if not self._plain:
            return text
        return " ".join(text.split()) + (" " if text[-1].isspace() else "")

    def _look(self) -> int:
        """Read one character more; return where the phrase ends, or 0 if it goes on."""
        at, char = self._at, self._text[self._at]
        after = self._text[at + 1] if at + 1 < len(self._text) else ""
        self._at += 1
        if char.isspace():
            end = self._after_word(at, char, after)
            self._word_at = at + 1
        else:
            end = self._inside(at, char, after)
        return end or self._too_long()

    def _after_word(self, at: int, space: str, after: str) -> int:
        word = self._text[self._word_at : at]
        if not word:
            return at + 1 if space == "\n" and self._has_words else 0
        alone = bool(_WORDLESS.fullmatch(word))  # a dash, a bullet
        ordinal = self._words == 0 and word[:-1].isdecimal()  # "2." of a numbered list
        self._words += not alone and not is_han(word[-1])
        self._has_words = self._has_words or not alone
        if not self._has_words:
            return 0
        if space == "\n" or (_ends_sentence(word, after) and not (ordinal and word[-1] == ".")):
            return at + 1
        if not (word[-1].isdigit() and after.isdigit()):
            self._space = at + 1
        if _ends_clause(word):
            return self._clause_ends(at + 1)
        if word.lower() in CONJUNCTIONS and self._word_at:
            return self._clause_ends(self._word_at, self._words - 1)
        if word.lower() in PREPOSITIONS and self._words > self.lengths.first_words:
            self._preposition = self._word_at
        return 0

    def _inside(self, at: int, char: str, after: str) -> int:
        """Cuts that need no space: after the punctuation of Chinese, and after a long dash."""
        if is_han(char):
            self._words += 0.75
        if char.isalnum():
            self._has_words = True
        if not self._has_words or not after or after.isspace() or after in CLOSERS:
            return 0
        word = self._text[self._word_at : at + 1].rstrip(CLOSERS)
        mark = word[-1:]
        number = word[-2:-1].isdigit()
        stop = mark in ENDS or (mark == "." and not number)
        if mark in HAN_ENDS or (stop and is_han(after)):
            return 0 if after in ENDS or after in CLAUSE_ENDS else at + 1
        if char in HAN_CLAUSE_ENDS or char in "—…":
            goes_on = after in "—…" or (number and after.isdigit())
            last = not is_han(self._text[at - 1 : at] or char)  # a word that no space has ended
            return 0 if goes_on else self._clause_ends(at + 1, self._words + last)
        return 0

    def _clause_ends(self, end: int, words: float | None = None) -> int:
        """The phrase could end at `end`, after so many words: does it?"""
        if not end or _WORDLESS.fullmatch(self._text[:end]):
            return 0
        self._clause = end
        if self._first and (self._words if words is None else words) >= self.lengths.first_words:
            return end
        return end if end >= self.lengths.clause_chars else 0

    def _too_long(self) -> int:
        limit = self.lengths.max_chars
        place = self._clause or self._preposition or self._space
        if self._at >= limit:
            return place or limit
        return place if self._first and self._at >= self.lengths.first_chars else 0


async def split(
    texts: AsyncIterator[str], lengths: Lengths = USUAL, *, verbatim: bool = False
) -> AsyncGenerator[str, None]:
    """The phrases of a stream of text. The caller closes `texts`."""
    splitter = Splitter(lengths, verbatim=verbatim)
    async for text in texts:
        for phrase in splitter.feed(text):
            yield phrase
    for phrase in splitter.flush():
        yield phrase


def _ends_clause(word: str) -> bool:
    core = word.rstrip(CLOSERS)
    return core[-1:] in CLAUSE_ENDS or core.endswith(("...", "…")) if core else False


def _ends_sentence(word: str, after: str) -> bool:
    """Whether a sentence ends with this word, which a space follows, and then `after`."""
    core = word.rstrip(CLOSERS)
    if core[-1:] in ENDS and core:
        return core == word or not after.islower()  # "Really?" she asked
    if not core.endswith(".") or core.endswith(".."):
        return core.endswith("..") and after.isupper()
    stem = core[:-1].lstrip(OPENERS).lower()
    if stem == "no":
        return not after.isdigit()
    if stem in NEVER_ENDS or (len(stem) == 1 and stem.isalpha() and stem != "i"):
        return False
    if stem in SOMETIMES_END or "." in stem:
        return not (after.islower() or after.isdigit())
    return True
