"""The tunes that everybody knows, from configs/tunes. A mistake is refused by file and key."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from voiceagent.errors import ConfigError, Refused

from .song_notes import TEMPO, Slot, slots, written

SHIPPED = Path(__file__).resolve().parents[2] / "configs" / "tunes"
NAME = "{name}"
_KEYS = {"aka", "bpm", "language", "someone", "lines"}
_FOR = re.compile(r"(?P<tune>.+?)\s+(?:to|for|dear)\s+(?P<name>.+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tune:
    name: str
    bpm: float
    lines: tuple[tuple[Slot, ...], ...]
    words: tuple[str, ...] = ()  # of each line, if they are free
    language: str | None = None  # of the words
    someone: str = ""  # who is sung to if nobody is named

    def lyrics(self, name: str = "") -> str:
        return "\n".join(self.words).replace(NAME, name or self.someone)


def find(name: str) -> tuple[Tune, str] | None:
    """The tune of this name, and to whom it is sung: "happy birthday to Ada"."""
    book = shelf()
    if tune := book.get(_key(name)):
        return tune, ""
    if (match := _FOR.fullmatch(name.strip())) and (tune := book.get(_key(match["tune"]))):
        return tune, match["name"].strip()
    return None


def names() -> tuple[str, ...]:
    return tuple(sorted({tune.name for tune in shelf().values()}))


@cache
def shelf() -> Mapping[str, Tune]:
    """Every tune, by each of its names."""
    found: dict[str, Tune] = {}
    for file in sorted(SHIPPED.glob("*.yaml")):
        found |= read(yaml.safe_load(file.read_text(encoding="utf-8")), file.name)
    return found


def read(data: Any, file: str) -> dict[str, Tune]:
    if not isinstance(data, dict):
        raise ConfigError(f"{file} must hold tunes by name")
    found: dict[str, Tune] = {}
    for name, entry in data.items():
        tune = _tune(str(name), entry, f"{file}: {name}")
        for known in (name, *entry.get("aka", ())):
            found[_key(str(known))] = tune
    return found


def _tune(name: str, entry: Any, where: str) -> Tune:
    if not isinstance(entry, dict) or not isinstance(entry.get("lines"), list):
        raise ConfigError(f"{where} needs lines")
    if strange := sorted(set(entry) - _KEYS):
        raise ConfigError(f"{where}.{strange[0]} is unknown; there are: {', '.join(sorted(_KEYS))}")
    bpm = entry.get("bpm", 100)
    if not isinstance(bpm, int | float) or not TEMPO[0] <= bpm <= TEMPO[1]:
        raise ConfigError(f"{where}.bpm is {bpm!r}; it is a number from 20 to 300")
    lines = [_line(line, f"{where}.lines[{at}]") for at, line in enumerate(entry["lines"])]
    words = tuple(text for _, text in lines)
    return Tune(
        name,
        float(bpm),
        tuple(notes for notes, _ in lines),
        words if all(words) else (),
        entry.get("language"),
        entry.get("someone", ""),
    )


def _line(line: Any, where: str) -> tuple[tuple[Slot, ...], str]:
    if not isinstance(line, dict) or not isinstance(line.get("notes"), str):
        raise ConfigError(f"{where}.notes is missing: write them as 'C4 C4 G4:2'")
    try:
        notes = written(line["notes"], where)
    except Refused as refusal:
        raise ConfigError(str(refusal)) from refusal
    if not slots(notes):
        raise ConfigError(f"{where}.notes has no notes")
    return slots(notes), str(line.get("words", ""))


def _key(name: str) -> str:
    """Letters and digits alone, without case and accents."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in plain if char.isalnum())
