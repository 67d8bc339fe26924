"""An open vocabulary of feelings: any word of the wheel, inflected or not, leads to its family and
to one of our emotion words.

A wheel with levels, and what is out of it dropped, as MER-UniBench has them (arXiv 2501.16566).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from math import hypot
from typing import Any

from voiceagent.errors import ConfigError
from voiceagent.hearing.feelings.data import LANGUAGES, Language, language_of, read, texts
from voiceagent.style import EMOTIONS

FILE = "configs/feelings/wheel.yaml"
ROUNDS, SHORTEST = 2, 3
WHOLE = 5  # letters of a word that may be the root of others: "hop" is none of "hopeful"
SUFFIXES = (
    *("fulness", "iness", "ingly", "fully", "edly", "ness", "ment", "ily", "ied", "ies"),
    *("ing", "ful", "ly", "ed", "es", "y", "e", "s"),
)
_BEFORE = re.compile(
    "^(?:非常|有点儿|有点|有些|十分|特别|比较|感到|觉得|感觉|很|太|好|挺|真|更|最)+"
)
_AFTER = re.compile("(?:极了|死了|坏了|的|地|了|着)+$")


@dataclass(frozen=True, slots=True)
class Family:
    """Feelings that are nearly the same, and where they lie: -1 to 1."""

    name: str
    emotion: str
    valence: float
    arousal: float
    words: Mapping[Language, tuple[str, ...]]


class Wheel:
    def __init__(self, data: Mapping[str, Any]) -> None:
        self.families = tuple(_families(data.get("wheel", {})))
        self._of: dict[str, Family] = {}
        for family in self.families:
            for word in (word for words in family.words.values() for word in words):
                if word in self._of:
                    raise ConfigError(f"{FILE}: {word!r} stands on the wheel twice")
                self._of[word] = family
        self._forms: dict[str, str] = {}
        for form, word in data.get("forms", {}).items():
            if word not in self._of:
                raise ConfigError(f"{FILE}: forms.{form} is {word!r}, which is not on the wheel")
            self._forms[form] = word
        self._stems = _stems({**{word: word for word in self._of}, **self._forms})

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(self._of)

    def normal(self, word: str) -> str | None:
        """The word of the wheel that this one is a form of; None if there is none."""
        plain = " ".join(word.casefold().replace("_", " ").split()).strip(" .,!?;:。，！？")  # noqa: RUF001
        for form in (plain, _AFTER.sub("", plain), _bare(plain)):
            if form in self._of:
                return form
            if form in self._forms:
                return self._forms[form]
        root = stem(plain)
        inflected = root != plain or len(plain) >= WHOLE
        return self._stems.get(root) if plain.isascii() and inflected else None

    def family(self, word: str) -> Family | None:
        normal = self.normal(word)
        return None if normal is None else self._of[normal]

    def emotion(self, word: str) -> str | None:
        """Level 1: our emotion word."""
        family = self.family(word)
        return None if family is None else family.emotion

    def ring(self, word: str) -> str | None:
        """Level 2: the family."""
        family = self.family(word)
        return None if family is None else family.name

    def of_emotion(self, emotion: str, language: Language) -> tuple[str, ...]:
        own = (family for family in self.families if family.emotion == emotion)
        return tuple(word for family in own for word in family.words[language])

    def place(self, labels: Mapping[str, float]) -> tuple[float, float]:
        """Valence and arousal of a mixture of our emotion words."""
        total = sum(labels.values()) or 1.0
        places = {emotion: self.middle(emotion) for emotion in labels}
        valence = sum(p * places[emotion][0] for emotion, p in labels.items()) / total
        return valence, sum(p * places[emotion][1] for emotion, p in labels.items()) / total

    def middle(self, emotion: str) -> tuple[float, float]:
        """Where an emotion's first family lies, which is the plainest."""
        first = next((f for f in self.families if f.emotion == emotion), None)
        return (0.0, 0.0) if first is None else (first.valence, first.arousal)

    def near(self, emotion: str, valence: float, arousal: float) -> Family | None:
        """The emotion's family that lies nearest."""

        def away(family: Family) -> float:
            return hypot(family.valence - valence, family.arousal - arousal)

        own = (family for family in self.families if family.emotion == emotion)
        return min(own, key=away, default=None)


def stem(word: str) -> str:
    """What the forms of an English word have in common."""
    for _ in range(ROUNDS):
        for suffix in SUFFIXES:
            least = SHORTEST + (suffix == "s")
            if word.endswith(suffix) and len(word) - len(suffix) >= least:
                word = word.removesuffix(suffix)
                break
        else:
            break
    return word


def _bare(word: str) -> str:
    return _BEFORE.sub("", _AFTER.sub("", word)) if language_of(word) == "zh" else word


def _stems(forms: Mapping[str, str]) -> dict[str, str]:
    """Of words that share a stem the first in the alphabet has it."""
    stems: dict[str, str] = {}
    for form in sorted((form for form in forms if form.isascii()), reverse=True):
        stems[stem(form)] = forms[form]
    return stems


def _families(data: Mapping[str, Any]) -> Iterator[Family]:
    _check(data, EMOTIONS)
    for emotion, families in data.items():
        for name, family in families.items():
            where = f"{FILE}: wheel.{emotion}.{name}"
            match family.get("at"):
                case [int() | float() as valence, int() | float() as arousal]:
                    words = {language: texts(family, language, where) for language in LANGUAGES}
                    yield Family(name, emotion, float(valence), float(arousal), words)
                case _:
                    raise ConfigError(f"{where}.at must be valence and arousal, such as [0.5, -1]")


def _check(data: Mapping[str, Any], known: Iterable[str]) -> None:
    wrong = set(data) ^ set(known)
    if wrong:
        raise ConfigError(f"{FILE}: wheel must hold each emotion once; see: {sorted(wrong)}")


@cache
def wheel() -> Wheel:
    return Wheel(read("wheel"))
