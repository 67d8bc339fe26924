"""Notes, and how people write them: "C4 C4 G4:2 ~F4:0.5 r:1 | ..." or lists of MIDI numbers."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from voiceagent.errors import Refused

MOST_NOTES = 2000
BEATS = (0.05, 32.0)
TEMPO = (20.0, 300.0)  # beats a minute
HOW = 'write notes as "C4 C4 G4:2 | F4 E4 r:1" or "[[60, 1], [null, 0.5]]@100"'

_TOKEN = re.compile(r"(~?)(?:([A-Ga-g])([#b]?)(-?\d)|[rR])(?::(\d*\.?\d+))?")
_STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
_SHIFTS = {"": 0, "#": 1, "b": -1}


@dataclass(frozen=True, slots=True)
class Note:
    pitch: float | None  # as in MIDI, 60 is the middle C; None is a rest
    beats: float = 1.0
    tied: bool = False  # goes on with the syllable of the note before it


@dataclass(frozen=True, slots=True)
class Slot:
    """What one syllable is sung on, and how long it is silent after that."""

    notes: tuple[Note, ...]
    rest: float = 0.0  # beats

    @property
    def beats(self) -> float:
        return sum(note.beats for note in self.notes)


def slots(notes: Sequence[Note]) -> tuple[Slot, ...]:
    """Notes by syllable. A rest before the first note is dropped: a line begins with its voice."""
    found: list[Slot] = []
    for note in notes:
        if note.pitch is None:
            if found:
                found[-1] = Slot(found[-1].notes, found[-1].rest + note.beats)
        elif note.tied and found and not found[-1].rest:
            found[-1] = Slot((*found[-1].notes, note))
        else:
            found.append(Slot((note,)))
    return tuple(found)


def written(text: str, where: str) -> tuple[Note, ...]:
    """Notes with names. `where` says whose they are, in an error."""
    return tuple(_note(token, where) for token in text.split())


def are_notes(text: str) -> bool:
    """Whether this is meant to be notes rather than a name."""
    tokens = text.replace("|", " ").split()
    return bool(tokens) and _TOKEN.fullmatch(tokens[0]) is not None


def _note(token: str, where: str) -> Note:
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise Refused(f"{where}: {token!r} is no note; {HOW}.")
    tie, letter, shift, octave, beats = match.groups()
    length = _beats(float(beats) if beats else 1.0, token, where)
    if letter is None:
        return Note(None, length)
    pitch = 12 * (int(octave) + 1) + _STEPS[letter.lower()] + _SHIFTS[shift]
    return Note(float(pitch), length, bool(tie))


def listed(text: str, where: str) -> tuple[tuple[Note, ...], float | None]:
    """Notes as JSON, with the tempo that may stand behind an @."""
    notes, _, tempo = text.partition("@")
    try:
        rows = json.loads(notes)
        bpm = float(tempo) if tempo.strip() else None
    except ValueError:
        raise Refused(f"{where}: {text[:40]!r} cannot be read; {HOW}.") from None
    if bpm is not None and not TEMPO[0] <= bpm <= TEMPO[1]:
        raise Refused(f"{where}: a tempo of {bpm:g}; it is from 20 to 300 beats a minute.")
    if not isinstance(rows, list) or not 0 < len(rows) <= MOST_NOTES:
        raise Refused(f"{where}: a melody is a list of 1 to {MOST_NOTES} notes; {HOW}.")
    return tuple(_pair(row, number, where) for number, row in enumerate(rows, 1)), bpm


def _pair(row: Any, number: int, where: str) -> Note:
    if not isinstance(row, list) or len(row) != 2 or not _number(row[1]):
        raise Refused(f"{where}: note {number} is {row!r}, not [pitch, beats]; {HOW}.")
    pitch, beats = row
    if pitch is not None and not (_number(pitch) and 0 <= pitch <= 127):
        raise Refused(f"{where}: note {number} has the pitch {pitch!r}; 0 to 127, or null: a rest.")
    return Note(None if pitch is None else float(pitch), _beats(float(beats), str(row), where))


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _beats(beats: float, token: str, where: str) -> float:
    if not BEATS[0] <= beats <= BEATS[1]:
        raise Refused(f"{where}: {token!r} is {beats:g} beats long; it may be 0.05 to 32.")
    return beats


def intervals(notes: Sequence[Note]) -> list[float]:
    """Semitones from note to note, rests left out."""
    pitches = [note.pitch for note in notes if note.pitch is not None]
    return [after - before for before, after in pairwise(pitches)]
