"""What a classifier sees of a sentence: its words, its pairs of words, its runs of letters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

LONGEST = 300
"""Letters of a turn that are looked at: more is no command."""
RUN = 4

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN = re.compile(f"[{HAN}]")
WORD = re.compile(rf"[{HAN}]|(?:(?![{HAN}])[^\W_])+(?:'(?:(?![{HAN}])[^\W_])+)*")
_FULL = (
    (re.compile(r"\bcan't\b|\bcannot\b"), "can not"),
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"\b(what|who|how|where|when|it|that|there|here|everything|name)'s\b"), r"\1 is"),
    (re.compile(r"\bi'm\b"), "i am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"\bi'd\b"), "i would"),
)


def language_of(text: str) -> Language:
    return "zh" if _HAN.search(text) else "en"


def plain(text: str) -> str:
    """Small letters, no punctuation, nothing contracted."""
    text = unicodedata.normalize("NFKC", text[:LONGEST]).casefold().replace("\u2019", "'")
    for short, full in _FULL:
        text = short.sub(full, text)
    return joined(WORD.findall(text))


def joined(words: list[str]) -> str:
    """Words as they are written: Chinese characters stand without spaces among themselves."""
    text = ""
    for word in words:
        apart = text and not (_HAN.match(text[-1]) and _HAN.match(word))
        text += f" {word}" if apart else word
    return text


@lru_cache(maxsize=4096)
def features(text: str) -> frozenset[str]:
    return frozenset(_features(plain(text)))


def _features(text: str) -> Iterator[str]:
    words = ["<", *WORD.findall(text), ">"]
    yield from words[1:-1]
    yield from map(" ".join, pairwise(words))
    padded = f" {text} " if text else ""
    yield from (f"~{padded[at : at + RUN]}" for at in range(len(padded) - RUN + 1))
