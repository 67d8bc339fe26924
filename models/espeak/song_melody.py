"""Which melody is meant: a tune by name, notes, a mood, or one to be made up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from voiceagent.errors import Refused

from . import song_tunes as tunes
from .song_compose import MOODS, Mood, composed, even
from .song_fit import fitted
from .song_notes import Slot, are_notes, listed, slots, written
from .song_syllables import Syllable
from .song_tunes import Tune

USUAL = 8  # syllables of a line that nobody has cut
WHOSE = "The melody"


class Melody(Protocol):
    """Hands out its notes line by line."""

    @property
    def bpm(self) -> float: ...
    @property
    def middle(self) -> float: ...  # of its range, as a MIDI pitch
    def wants(self) -> int: ...  # how many syllables it would like next
    def shape(self) -> list[int]: ...  # notes of each of its lines
    def line(
        self, syllables: Sequence[Syllable], beat_ms: float, where: str
    ) -> tuple[Slot, ...]: ...


@dataclass(frozen=True, slots=True)
class Choice:
    melody: Melody
    lyrics: str = ""  # of its own, if it has some
    language: str | None = None  # of these


def chosen(text: str, emotion: str, seed: int) -> Choice:
    """What a style's `melody` says. Without one, a melody is made up in the mood of the emotion."""
    text = text.strip()
    if not text:
        return Choice(Made(MOODS[emotion], seed))
    if text.startswith("["):
        notes, tempo = listed(text, WHOSE)
        return Choice(_stream(slots(notes), tempo or 100.0))
    if are_notes(text):
        lines = [slots(written(line, WHOSE)) for line in text.split("|")]
        lines = [line for line in lines if line]
        return Choice(
            Verses(Tune("", 100.0, tuple(lines))) if len(lines) > 1 else _stream(lines[0], 100.0)
        )
    return _named(text, seed)


def _named(text: str, seed: int) -> Choice:
    if found := tunes.find(text):
        tune, name = found
        return Choice(Verses(tune), tune.lyrics(name), tune.language)
    if mood := MOODS.get(text.lower()):
        return Choice(Made(mood, seed))
    raise Refused(
        f"There is no tune {text[:60]!r}. Tunes: {', '.join(tunes.names())}. "
        f"Moods, to make one up: {', '.join(MOODS)}. Or write notes: C4 D4:2 | E4."
    )


def _stream(line: tuple[Slot, ...], bpm: float) -> Stream:
    if not line:
        raise Refused(f"{WHOSE} has only rests: write a note such as C4.")
    return Stream(line, bpm)


class Verses:
    """A tune in lines, again from the first when it is through. Notes are fitted to the words."""

    def __init__(self, tune: Tune) -> None:
        self._tune = tune
        self._next = 0
        self.bpm = tune.bpm
        self.middle = _middle([slot for line in tune.lines for slot in line])

    def wants(self) -> int:
        return len(self._tune.lines[self._next % len(self._tune.lines)])

    def shape(self) -> list[int]:
        return [len(line) for line in self._tune.lines]

    def line(self, syllables: Sequence[Syllable], beat_ms: float, where: str) -> tuple[Slot, ...]:
        line = self._tune.lines[self._next % len(self._tune.lines)]
        self._next += 1
        return fitted(line, len(syllables), beat_ms, where)


class Stream:
    """Notes that nobody has cut into lines: a syllable takes the next of them."""

    def __init__(self, line: Sequence[Slot], bpm: float) -> None:
        self._left = list(line)
        self._all = len(line)
        self.bpm = bpm
        self.middle = _middle(line)

    def wants(self) -> int:
        return USUAL

    def shape(self) -> list[int]:
        whole, rest = divmod(len(self._left), USUAL)
        return [USUAL] * whole + [rest] * (rest > 0)

    def line(self, syllables: Sequence[Syllable], beat_ms: float, where: str) -> tuple[Slot, ...]:
        count = len(syllables)
        if count > len(self._left):
            raise Refused(
                f"{where} has {count} syllables, and {len(self._left)} of the melody's "
                f"{self._all} notes are left: write a note for each syllable."
            )
        taken, self._left = self._left[:count], self._left[count:]
        return tuple(taken)


class Made:
    """A melody that is made up as the words come."""

    middle = 65.0

    def __init__(self, mood: Mood, seed: int) -> None:
        self._mood, self._seed, self._next = mood, seed, 0
        self.bpm = mood.bpm

    def wants(self) -> int:
        return USUAL

    def shape(self) -> list[int]:
        return [USUAL] * 4

    def line(self, syllables: Sequence[Syllable], beat_ms: float, where: str) -> tuple[Slot, ...]:
        stresses = even([syllable.stressed for syllable in syllables])
        self._next += 1
        return composed(stresses, self._next - 1, self._mood, self._seed)


def _middle(line: Sequence[Slot]) -> float:
    pitches = [note.pitch or 0.0 for slot in line for note in slot.notes]
    return (min(pitches) + max(pitches)) / 2
