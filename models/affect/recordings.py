"""Recordings of felt speech, as rows of descriptions in one condition and another.

Nothing of this runs in a conversation.
"""

from __future__ import annotations

import csv
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voiceagent.audio import read_audio

from .conditions import Condition, Surroundings, changed, training
from .describe import Description, describe
from .frames import RATE, Floats, Frames, analyse

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

OURS = {
    **{"anger": "angry", "happiness": "happy", "sadness": "sad", "fear": "fearful"},
    **{"disgust": "disgusted", "boredom": "calm", "surprise": "surprised"},
}
COPIES = 6  # of every recording, each in another condition
BEFORE_MS, AFTER_MS = 400, 100
PREFIXES_S = (0.5, 1.0, 1.5)


@dataclass(frozen=True, slots=True)
class Clip:
    number: int
    person: str
    emotion: str
    sound: Floats
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Descriptions, a row each."""

    numbers: Array
    level_db: Array
    clear_db: Array
    speech_s: Array
    prefix_s: Array  # 0: all of it
    person: NDArray[np.str_]
    place: Ints  # the condition that this person is heard in
    clip: Ints
    emotion: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.emotion)

    def only(self, rows: Mask | Ints) -> Table:
        return Table(*(getattr(self, field.name)[rows] for field in fields(self)))


def read_sound(path: Path) -> Floats:
    return np.frombuffer(read_audio(path).at(RATE).pcm, np.int16).astype(np.float32)


def corpus(data: Path, name: str) -> list[Clip]:
    return labelled(data / "emotion" / name)


def labelled(folder: Path) -> list[Clip]:
    """A folder whose labels.csv names each file, its speaker and what was felt."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return [
            Clip(
                number,
                row["speaker"],
                OURS.get(row["emotion"].lower(), row["emotion"].lower()),
                read_sound(folder / row["file"]),
                "int02" in row.get("extra", ""),
            )
            for number, row in enumerate(csv.DictReader(file))
        ]


def gather(clips: Sequence[Clip], around: Surroundings, copies: int = COPIES) -> Table:
    """Every clip as it is, and `copies` times as if somebody else had said it elsewhere."""
    return table([row for place in range(copies + 1) for row in _in_place(clips, around, place)])


@dataclass(frozen=True, slots=True)
class Row:
    clip: Clip
    place: int
    prefix_s: float
    description: Description


def _in_place(clips: Sequence[Clip], around: Surroundings, place: int) -> Iterator[Row]:
    """With the same quiet before and after it that the ear would hear."""
    for clip in clips:
        seed = zlib.crc32(f"{clip.person} {place}".encode())
        condition = training(np.random.default_rng(seed)) if place else Condition()
        padded = np.pad(clip.sound, (BEFORE_MS * RATE // 1000, AFTER_MS * RATE // 1000))
        sound = changed(padded, condition, around, np.random.default_rng(seed + clip.number))
        first = round(BEFORE_MS / 10 / condition.rate)
        yield from rows_of(clip, analyse(sound), first, place)


def rows_of(
    clip: Clip,
    frames: Frames,
    first: int,
    place: int = 0,
    prefixes: Iterable[float] = (0.0, *PREFIXES_S),
) -> Iterator[Row]:
    """What is heard of it, from the frame with which the speech begins."""
    before = frames.part(max(0, first - 36), max(0, first - 6))
    for prefix in prefixes:
        last = first + round(prefix * 100) if prefix else len(frames)
        description = describe(frames.part(first, last), before)
        if description is not None and last <= len(frames):
            yield Row(clip, place, prefix, description)


def table(rows: Sequence[Row]) -> Table:
    told = [row.description for row in rows]
    return Table(
        np.array([one.numbers for one in told], np.float64),
        np.array([one.level_db for one in told]),
        np.array([one.clear_db for one in told]),
        np.array([one.speech_s for one in told]),
        np.array([row.prefix_s for row in rows]),
        np.array([row.clip.person for row in rows]),
        np.array([row.place for row in rows]),
        np.array([row.clip.number for row in rows]),
        np.array([row.clip.emotion for row in rows]),
    )


def joined(parts: Sequence[Table]) -> Table:
    columns = ([getattr(part, field.name) for part in parts] for field in fields(Table))
    return Table(*(np.concatenate(column) for column in columns))


def speakers(table: Table) -> Iterator[Ints]:
    """The rows of each person in each condition."""
    keys = np.char.add(np.char.add(table.person, "/"), table.place.astype(str))
    _, which = np.unique(keys, return_inverse=True)
    for one in range(which.max() + 1):
        yield np.flatnonzero(which == one)
