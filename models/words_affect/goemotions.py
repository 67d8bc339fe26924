"""GoEmotions' sentences as a recogniser would hear them, with what they say in our ten emotions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from voiceagent.style import EMOTIONS

FILE = "goemotions.tsv"
COLUMNS = ("text", "labels", "split", "id")
MEANS: Mapping[str, str] = {
    "admiration": "happy",
    "amusement": "happy",
    "joy": "happy",
    "pride": "happy",
    "excitement": "excited",
    "caring": "tender",
    "gratitude": "tender",
    "love": "tender",
    "relief": "calm",
    "anger": "angry",
    "annoyance": "angry",
    "disappointment": "sad",
    "embarrassment": "sad",
    "grief": "sad",
    "remorse": "sad",
    "sadness": "sad",
    "disgust": "disgusted",
    "fear": "fearful",
    "nervousness": "fearful",
    "surprise": "surprised",
    "neutral": "neutral",
}
PLAIN = frozenset(("approval", "confusion", "curiosity", "realization"))
"""What an assistant is told and asked all day: neutral where nothing else is said. Of desire,
disapproval and optimism nothing is learnt: they are no feeling of ours, and not plain either.
"""
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_WRITTEN = re.compile(r"\[[^]]*\]|https?://\S+|/?\b[ru]/\S+")  # [NAME], addresses


@dataclass(frozen=True, slots=True)
class Sentence:
    """`shares`: what it says, of EMOTIONS; they add up to one. `certain`: its own emotion, where
    it was given one and only one that means ours.
    """

    text: str
    shares: Mapping[str, float]
    certain: str | None = None


def as_heard(text: str) -> str:
    """Small letters, no stops, no signs: what a recogniser gives."""
    text = _WRITTEN.sub(" ", text.lower().replace("\u2019", "'"))
    return " ".join(_WORD.findall(text))


def sentences(folder: Path, split: str) -> Iterator[Sentence]:
    lines = (folder / FILE).read_text(encoding="utf-8").split("\n")
    if lines[0].split("\t") != list(COLUMNS):
        raise SystemExit(f"{folder / FILE} must have the columns {', '.join(COLUMNS)}")
    for line in filter(None, lines[1:]):
        text, labels, part, _ = line.rsplit("\t", 3)
        shares = meaning(labels.split(","))
        if part == split and shares and (heard := as_heard(text)):
            yield Sentence(heard, shares, certain(labels.split(",")))


def meaning(labels: Iterable[str]) -> dict[str, float]:
    """Each of the labels counts the same; empty where none has a place here."""
    given = tuple(labels)
    ours = [MEANS[name] for name in given if name in MEANS]
    if not ours and PLAIN.issuperset(given):
        ours = ["neutral"]
    return {name: ours.count(name) / len(ours) for name in EMOTIONS if name in ours}


def certain(labels: Iterable[str]) -> str | None:
    ours = {MEANS[name] for name in labels if name in MEANS}
    return ours.pop() if len(ours) == 1 else None
