"""Melodies in: a standard MIDI file, or a list of notes, becomes the text that a Style carries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

from voiceagent.errors import Refused
from voiceagent.style import LIMITS

MOST_BYTES = 256 * 1024
MOST_NOTES = 2_000
BEATS = (0.05, 32.0)  # of one note
DRUMS = 9  # the channel, counted from 0
LEGATO = 0.2  # beats: a shorter gap is how it was played, and no rest
USUAL_TEMPO = 500_000  # microseconds a beat, where a file says nothing

Notes = tuple[tuple[float | None, float], ...]


@dataclass(frozen=True, slots=True)
class Melody:
    """Notes are (MIDI number, or None for a rest; beats)."""

    notes: Notes
    bpm: float


def written(notes: Notes) -> str:
    """As voices read them: "[[60,1],[null,0.5]]"."""
    rows = [[_short(pitch), _short(beats)] for pitch, beats in notes]
    return json.dumps(rows, separators=(",", ":"))


def _short(value: float | None) -> float | None:
    if value is None:
        return None
    value = round(value, 3)
    return int(value) if value == int(value) else value


def checked(rows: object, where: str = "notes") -> Notes:
    """A list of [MIDI number or null, beats]."""
    if not isinstance(rows, list | tuple) or not 0 < len(rows) <= MOST_NOTES:
        told = f"{where} must be a list of 1 to {MOST_NOTES} entries: [MIDI number or null, beats]."
        raise Refused(told, param=where)
    return tuple(_row(row, f"{where}[{at}]") for at, row in enumerate(rows))


def _row(row: object, where: str) -> tuple[float | None, float]:
    if isinstance(row, list | tuple) and len(row) == 2:
        pitch, beats = row
        if (pitch is None or _within(pitch, (0, 127))) and _within(beats, BEATS):
            return None if pitch is None else float(pitch), float(beats)
    told = f"{where} is {row!r}; it must be [a MIDI number of 0 to 127, or null, 0.05 to 32 beats]."
    raise Refused(told, param=where)


def _within(value: Any, limits: tuple[float, float]) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and limits[0] <= value <= limits[1]


# --- files ---------------------------------------------------------------------------------------


class Struck(NamedTuple):
    pitch: int
    start: int  # ticks
    end: int


def read_midi(data: bytes) -> Melody:
    """The melody of a file: of the track that lies highest the highest notes, one at a time."""
    if len(data) > MOST_BYTES:
        raise Refused(f"The MIDI file is over {MOST_BYTES // 1024} kB; a melody needs a few.")
    if data[:4] != b"MThd" or len(data) < 14:
        raise Refused("This is no MIDI file: it does not begin with MThd.")
    ticks = int.from_bytes(data[12:14])
    if not 0 < ticks < 0x8000:
        raise Refused("The MIDI file counts film frames; export it with ticks per quarter note.")
    try:
        tracks = [Track(chunk) for chunk in _chunks(data)]
    except IndexError:
        raise Refused("The MIDI file ends in the middle; export it again.") from None
    sung = [track.notes for track in tracks if track.notes]
    if not sung:
        raise Refused("The MIDI file has no notes outside the drums; export the melody's track.")
    notes = tuple(_notes(_melody(sung), ticks))
    if len(notes) > MOST_NOTES:
        raise Refused(f"The melody has {len(notes)} notes; at most {MOST_NOTES} are sung.")
    tempo = next((track.tempo for track in tracks if track.tempo), USUAL_TEMPO)
    low, high = LIMITS["bpm"]
    return Melody(notes, round(min(high, max(low, 60e6 / tempo)), 2))


def _chunks(data: bytes) -> Iterator[bytes]:
    at = 8 + int.from_bytes(data[4:8])
    while at + 8 <= len(data):
        begin, end = at + 8, at + 8 + int.from_bytes(data[at + 4 : at + 8])
        if end > len(data):
            raise IndexError
        if data[at : at + 4] == b"MTrk":
            yield data[begin:end]
        at = end


class Track:
    """The notes of one track, drums aside, and its first tempo."""

    def __init__(self, data: bytes) -> None:
        self.notes: list[Struck] = []
        self.tempo = 0
        self._data, self._at, self._now = data, 0, 0
        self._down: dict[tuple[int, int], int] = {}  # when each key went down
        status = 0
        while self._at < len(data):
            self._now += self._number()
            if data[self._at] & 0x80:
                status = self._byte()
            self._event(status)
        for key in list(self._down):
            self._up(key)
        self.notes.sort(key=attrgetter("start"))

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _number(self) -> int:
        """Seven bits a byte, the last byte below 0x80."""
        value = 0
        for _ in range(4):
            byte = self._byte()
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise IndexError

    def _event(self, status: int) -> None:
        kind, channel = status >> 4, status & 0x0F
        if kind == 0xF:
            self._beside(status)
        elif kind in (0xC, 0xD):
            self._byte()
        elif kind >= 0x8:
            self._keys(kind, channel, self._byte(), self._byte())
        else:
            raise IndexError

    def _beside(self, status: int) -> None:
        kind = self._byte() if status == 0xFF else 0
        size = self._number()
        if kind == 0x51 and not self.tempo:
            self.tempo = int.from_bytes(self._data[self._at : self._at + size])
        self._at += size

    def _keys(self, kind: int, channel: int, pitch: int, force: int) -> None:
        if kind not in (0x8, 0x9) or channel == DRUMS:
            return
        self._up((channel, pitch))
        if kind == 0x9 and force:
            self._down[channel, pitch] = self._now

    def _up(self, key: tuple[int, int]) -> None:
        start = self._down.pop(key, self._now)
        if start < self._now:
            self.notes.append(Struck(key[1], start, self._now))


def _melody(tracks: list[list[Struck]]) -> list[Struck]:
    most = max(map(len, tracks))
    leading = [notes for notes in tracks if len(notes) >= most / 4]
    track = max(leading, key=lambda notes: sum(note.pitch for note in notes) / len(notes))
    line: list[Struck] = []
    for note in sorted(track, key=lambda note: (note.start, -note.pitch)):
        if line and note.start < line[-1].end:
            last = line[-1]
            if note.start == last.start or note.pitch < last.pitch:
                continue  # it lies under the melody
            line[-1] = last._replace(end=note.start)
        line.append(note)
    return line


def _notes(line: list[Struck], ticks: int) -> Iterator[tuple[float | None, float]]:
    """In beats, with the rests between them."""
    for at, note in enumerate(line):
        following = line[at + 1].start if at + 1 < len(line) else note.end
        gap = (following - note.end) / ticks
        beats = (note.end - note.start) / ticks + (gap if gap < LEGATO else 0.0)
        yield float(note.pitch), min(BEATS[1], max(BEATS[0], beats))
        if gap >= LEGATO:
            yield None, min(BEATS[1], gap)
