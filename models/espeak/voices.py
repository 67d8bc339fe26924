"""Names for voices that people remember, and what of espeak stands behind each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Character:
    variant: str
    pitch: float = 0.0  # semitones
    language: str = ""  # how it speaks what is written in Latin letters, unless it is told


CHARACTERS = {
    "ben": Character("edward"),
    "ada": Character("f5"),
    "leo": Character("edward", pitch=2.0),
    "otto": Character("edward", pitch=-2.0),
    "clara": Character("f2"),
    "nora": Character("f5", pitch=-2.0),
    "hugo": Character("klatt4", pitch=-2.0),
    "max": Character("klatt5"),
    "arthur": Character("edward", language="en-gb-x-rp"),
    "ruby": Character("f5", language="en-gb"),
    "fiona": Character("f2", language="en-gb-scotland"),
    "angus": Character("edward", language="en-gb-scotland"),
}

OPENAI = {
    "alloy": "nora",
    "ash": "ben",
    "ballad": "arthur",
    "cedar": "otto",
    "coral": "clara",
    "echo": "hugo",
    "fable": "ruby",
    "marin": "ada",
    "nova": "ada",
    "onyx": "otto",
    "sage": "fiona",
    "shimmer": "clara",
    "verse": "leo",
}

NAMES = (*CHARACTERS, *OPENAI)


class Cast:
    """Who speaks under which name: one of ours, one of OpenAI's, or a variant of espeak's own."""

    def __init__(self, variants: Iterable[str]) -> None:
        self._variants = {variant.lower(): variant for variant in variants}

    def find(self, name: str) -> Character | None:
        key = name.strip().lower()
        key = OPENAI.get(key, key)
        if key in CHARACTERS:
            return CHARACTERS[key]
        variant = self._variants.get(key)
        return Character(variant) if variant else None
