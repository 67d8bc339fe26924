"""What the words of a turn say about how somebody feels, whatever the voice does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from voiceagent.hearing.feelings import english
from voiceagent.hearing.feelings.classifier import Classifier
from voiceagent.hearing.feelings.data import LANGUAGES, Language, language_of, read, texts
from voiceagent.hearing.feelings.ngrams import denied, features, tokens
from voiceagent.hearing.feelings.wheel import wheel
from voiceagent.style import EMOTIONS

FILE = "configs/feelings/phrases.yaml"
TEMPERATURE = 0.6  # the best one for phrases left out of the training, every fourth
THEIRS, OURS = 0.9, 0.3  # powers of the two English readers; the best for sentences left out
PLAIN = 0.7  # of neutral in English: fewer of people's own words to an agent are plain than there
MOST_TRUST = 0.9  # of words, however sure the recogniser is

Example = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Saying:
    """`named`: words of the wheel that stand in the text, not denied."""

    labels: Mapping[str, float]
    valence: float
    language: Language = "en"
    named: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return max(self.labels, key=lambda name: self.labels[name])


@lru_cache(maxsize=1024)
def read_words(text: str, sure: float = 1.0) -> Saying | None:
    """None where there are no words. `sure`: how far the words themselves are believed."""
    if not features(text):
        return None
    trust = MOST_TRUST * min(1.0, max(0.0, sure))
    told = guess(text)
    labels = {name: trust * p + (1 - trust) / len(told) for name, p in told.items()}
    return Saying(labels, wheel().place(labels)[0], language_of(text), tuple(named(text)))


def guess(text: str) -> dict[str, float]:
    """Mandarin by our own phrases; English by them and by what many people wrote, together."""
    ours = learn().guess(features(text))
    if language_of(text) != "en":
        return ours
    theirs = english.load().guess(text)
    raised = {name: theirs[name] ** THEIRS * p**OURS for name, p in ours.items()}
    raised["neutral"] *= PLAIN
    whole = sum(raised.values())
    return {name: p / whole for name, p in raised.items()}


def named(text: str) -> Iterator[str]:
    """The feelings that somebody calls by their names."""
    found, on = tokens(text), wheel()
    for word, no in denied(found):
        if word.isascii() and not no and len(word) > 2 and (normal := on.normal(word)):
            yield normal
    said = "".join(("!" if no else "") + word for word, no in denied(found) if not word.isascii())
    yield from (word for word in on.words if not word.isascii() and word in said)


@cache
def learn() -> Classifier:
    """Once in a process: it takes a part of a second. The English weights are read with it."""
    english.load()
    return Classifier([(features(text), label) for text, label in examples()], TEMPERATURE)


def examples() -> list[Example]:
    return [*phrases(), *phrases("hints"), *framed()]


def phrases(kind: str = "phrases") -> Iterator[Example]:
    written = read("phrases")[kind]
    for emotion in EMOTIONS:
        for language in LANGUAGES:
            where = f"{FILE}: {kind}.{emotion}"
            yield from ((text, emotion) for text in texts(written[emotion], language, where))


def framed() -> Iterator[Example]:
    """Every word of the wheel in a sentence, and denied in another one."""
    data = read("phrases")
    for language in LANGUAGES:
        frames = texts(data["frames"], language, f"{FILE}: frames")
        against = texts(data["denied"], language, f"{FILE}: denied")
        for emotion in EMOTIONS:
            for place, word in enumerate(wheel().of_emotion(emotion, language)):
                yield frames[place % len(frames)].replace("{word}", word), emotion
                opposite = data["opposite"].get(emotion)
                if opposite:
                    yield against[place % len(against)].replace("{word}", word), opposite
