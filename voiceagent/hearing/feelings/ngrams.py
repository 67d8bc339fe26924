"""What the words ear sees of a sentence: words, pairs, beginnings of words, and what is denied.

"Not happy" is the word `!happy`: a denied word is another word. In Mandarin characters take the
place of words, and pairs and threes of them that of the pairs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

from voiceagent.hearing.feelings.data import HAN

LONGEST = 600  # characters of a turn that are looked at, its last ones
REACH, REACH_ZH = 3, 4  # so many words after a denial are denied
PREFIX = 5

_TOKEN = re.compile(rf"[{HAN}]|(?:(?![{HAN}])[^\W_])+|[,.;:!?，。；：！？、]")  # noqa: RUF001
_WORD = re.compile(r"\w")
_SHORT = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'s\b"), " is"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"\bisnt\b"), "is not"),
    (re.compile(r"\bdont\b"), "do not"),
)
_ASIDE = re.compile(r"\[[^]]*\]|<[^>]*>")  # what a recogniser writes for noises
DENIALS = frozenset(["not", "no", "never", "nothing", "nobody", "none", "without", "hardly"])
DENIALS_ZH = frozenset("不没别无未")
PLAIN = frozenset(
    [
        "i",
        "you",
        "he",
        "she",
        "it",
        "we",
        "they",
        "me",
        "him",
        "her",
        "us",
        "them",
        "my",
        "your",
        "his",
        "our",
        "their",
        "this",
        "that",
        "these",
        "those",
        "a",
        "an",
        "the",
        "is",
        "am",
        "are",
        "was",
        "were",
        "be",
        "been",
        "do",
        "does",
        "did",
        "have",
        "has",
        "had",
        "will",
        "would",
        "can",
        "could",
        "to",
        "of",
        "in",
        "on",
        "at",
        "for",
        "from",
        "with",
        "by",
        "and",
        "or",
        "so",
        "as",
        "if",
        "there",
        "here",
        "who",
        "which",
        "again",
        "please",
    ]
)
"""Words that say nothing by themselves, nor two of them together."""
PLAIN_ZH = frozenset("我你他她它们的了是在这那个有和就都也很把被给到")
ENDS_DENIAL = frozenset(("but", "and", "because", *",.;:!?，。；：！？、"))  # noqa: RUF001


@lru_cache(maxsize=4096)
def features(text: str) -> frozenset[str]:
    return frozenset(_features(tokens(text)))


def words_and_pairs(text: str) -> frozenset[str]:
    """What the English reader sees: plain words too, with what goes before and after them."""
    return frozenset(_words_and_pairs(tokens(text)))


def tokens(text: str) -> tuple[str, ...]:
    """Words, Chinese characters and stops; nothing contracted."""
    text = _ASIDE.sub(" ", text[-LONGEST:]).casefold().replace("\u2019", "'")
    for short, full in _SHORT:
        text = short.sub(full, text)
    return tuple(_TOKEN.findall(text))


def denied(found: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Each word, and whether it is denied; "but" and every stop end a denial."""
    left = 0
    for token in found:
        if token in ENDS_DENIAL:
            left = 0
        if _WORD.match(token):
            yield token, left > 0
        left = max(0, left - 1)
        if token in DENIALS or token in DENIALS_ZH:
            left = REACH if token.isascii() else REACH_ZH


def _features(found: tuple[str, ...]) -> Iterator[str]:
    marked = [("!" if no else "") + word for word, no in denied(found)]
    telling = [word for word in marked if not _plain(word)]
    yield from telling
    yield from (f"{word[: PREFIX + (word[0] == '!')]}~" for word in telling if len(word) > PREFIX)
    words = ["<", *(word for word in found if _WORD.match(word)), ">"]
    for pair in (*pairwise(words), *pairwise(marked)):
        if not all(_plain(word) for word in pair):
            yield " ".join(pair)
    if len(words) > 2 and not any(word.isascii() for word in words[1:-1]):
        yield from map("".join, zip(words, words[1:], words[2:], strict=False))


def _words_and_pairs(found: tuple[str, ...]) -> Iterator[str]:
    marked = [("!" if no else "") + word for word, no in denied(found)]
    yield from marked
    yield from (f"{word[: PREFIX + (word[0] == '!')]}~" for word in marked if len(word) > PREFIX)
    if marked:
        yield from map(" ".join, pairwise(["<", *marked, ">"]))


def _plain(word: str) -> bool:
    return word in ("<", ">") or word.lstrip("!") in PLAIN or word.lstrip("!") in PLAIN_ZH
