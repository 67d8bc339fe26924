"""Trains bursts.npz: laughs against words and against other sounds that people make.

python -m models.affect.train_bursts --data DIR, from the root of a checkout. DIR holds
emotion/emogator_55, emotion/emodb4, speech, noise and rir. A third of the people and recordings
is kept out for tests/bench/bursts.py. When it is a laugh is decided on people left out in turn.
"""

from __future__ import annotations

import argparse
import csv
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path

import numpy as np

from .bursts import LEAD, LOOKS, STEP, Weights, nothing, scores
from .conditions import Condition, Surroundings, changed, surroundings, training
from .frames import RATE, Floats, analyse, joined
from .recordings import AFTER_MS, BEFORE_MS, Array, Ints, Mask, read_sound
from .rhythm import LATE, LOUD_DB, NAMES, SPAN, seconds
from .weights import shares

LAUGHS = ("Amusement",)
MAYBE = (  # there may be laughs in them, or what nobody could tell from one
    *("Adoration", "Contempt", "Contentment", "Desire", "Distress", "Ecstasy", "Elation"),
    *("Embarrassment", "Pride", "Relief", "Romantic Love", "Sadness", "Serenity"),
    *("Surprise (Positive)", "Triumph"),
)
MEETINGS = "overlap_ami"  # people laugh in them, and nobody wrote down where
COPIES = 2
WORDS, OTHERS = 6.0, 2.0  # how much they count, against laughs
FOLDS = 3
MOST_A_MINUTE = 0.05  # false alarms; people of another corpus raise some four times as many
APART = 10  # looks between two alarms
HIDDEN, NETS = 16, 3
STEPS, BATCH, RATE_OF_LEARNING, L2 = 3_000, 1_024, 0.01, 3e-3
NOISE = 2.0  # of 32768: nothing is quite silent


@dataclass(frozen=True, slots=True)
class Recording:
    corpus: str
    name: str
    person: str
    label: str  # what EmoGator says
    sound: Floats

    @property
    def held(self) -> bool:
        """Whether it is kept out of training: by its person where that is known."""
        if self.corpus == MEETINGS:
            return not self.name.startswith("trn")
        return "zh" in self.label or self.draw(3) == 0

    def draw(self, count: int, salt: str = "") -> int:
        return zlib.crc32(f"{self.corpus} {self.person}{salt}".encode()) % count


def recordings(data: Path, corpus: str) -> Iterator[Recording]:
    """Of a folder with labels.csv; without it, every file is a person's."""
    folder = data / corpus
    for name, person, label in _listed(folder):
        yield Recording(folder.name, name, person, label, read_sound(folder / name))


def _listed(folder: Path) -> Iterator[tuple[str, str, str]]:
    if not (folder / "labels.csv").exists():
        yield from ((path.name, path.stem, "") for path in sorted(folder.glob("*.flac")))
        return
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            known = row["speaker"] != "?"
            label = row["emotion"] if row["emotion"] != "none" else row["language"]
            yield row["file"], row["speaker"] if known else row["file"], label


# --- seconds of sound ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Looks:
    """A row for each look at a recording, in its order."""

    numbers: Floats
    recent_db: Floats  # how loud it was just now, against the loudest of the recording
    recording: Ints
    place: Ints  # the condition it is heard in
    look: Ints

    def __len__(self) -> int:
        return len(self.look)

    def only(self, rows: Mask) -> Looks:
        return Looks(*(getattr(self, field.name)[rows] for field in fields(self)))


def looks(
    sound: Floats, condition: Condition, around: Surroundings, seed: int
) -> tuple[Floats, Floats]:
    """The numbers that the ear would have of it, and how loud each look's newest half is."""
    rng = np.random.default_rng(seed)
    padded = np.pad(sound, (BEFORE_MS * RATE // 1000, 2 * AFTER_MS * RATE // 1000))
    heard = changed(padded, condition, around, rng)
    noisy = np.round(heard + rng.normal(0, NOISE, len(heard)))
    frames = analyse(noisy.astype(np.float32))
    first = round(BEFORE_MS / 10 / condition.rate)
    background = frames.bands[max(0, first - 36) : first - 6].mean(axis=0)
    frames = joined((nothing(LEAD), frames.part(first, len(frames))))
    ends = np.arange(SPAN, len(frames) + 1, STEP)
    if not len(ends):
        return np.zeros((0, len(NAMES)), np.float32), np.zeros(0, np.float32)
    power = np.maximum(frames.bands - background, 0).sum(axis=1)
    newest = np.lib.stride_tricks.sliding_window_view(power, SPAN // 2)[ends - SPAN // 2]
    recent = np.partition(newest, -5, axis=1)[:, -5] / max(float(np.partition(power, -5)[-5]), 1e-9)
    return seconds(frames, ends, background), 10 * np.log10(recent + 1e-9)


def gather(found: Sequence[Recording], around: Surroundings, copies: int = COPIES) -> Looks:
    """Every recording as it is, and `copies` times in other conditions; a person's in the same."""
    parts = []
    for number, one in enumerate(found):
        for place in range(copies + 1):
            seed = one.draw(1 << 31, f" {place}")
            condition = training(np.random.default_rng(seed)) if place else Condition()
            rows, recent = looks(one.sound, condition, around, seed + number)
            each = np.arange(len(rows))
            parts.append(Looks(rows, recent, 0 * each + number, 0 * each + place, each))
    columns = ([getattr(part, field.name) for part in parts] for field in fields(Looks))
    return Looks(*(np.concatenate(column) for column in columns))


def sure_looks(found: Looks, said: Floats) -> Floats:
    """The least of each look and those before it: what is held against `sure`."""
    least = said.copy()
    for back in range(1, LOOKS):
        before = np.roll(said, back)
        least = np.minimum(least, np.where(found.look >= back, before, -np.inf))
    return least


def alarms(found: Looks, least: Floats, sure: float) -> int:
    """How often one would be told; what follows at once is the same."""
    at = np.flatnonzero(least >= sure)
    fresh = np.diff(at, prepend=-2 * APART) > APART
    other = np.diff(found.recording[at] * 100 + found.place[at], prepend=-1) != 0
    return int((fresh | other).sum())


# --- training ------------------------------------------------------------------------------------


def net(x: Floats, laugh: Mask, weight: Array, seed: int) -> list[Array]:
    """Two layers, by Adam."""
    rng = np.random.default_rng(seed)
    wide = x.shape[1]
    layers = [rng.normal(0, wide**-0.5, (wide, HIDDEN)), np.zeros(HIDDEN)]
    layers += [rng.normal(0, 0.1, (HIDDEN, 2)), np.zeros(2)]
    first, second = ([np.zeros_like(it) for it in layers] for _ in range(2))
    drawn = np.cumsum(weight / weight.sum())
    for step in range(1, STEPS + 1):
        rows = np.searchsorted(drawn, rng.random(BATCH)).clip(max=len(x) - 1)
        for it, slope in enumerate(_slopes(layers, x[rows], laugh[rows])):
            first[it] = 0.9 * first[it] + 0.1 * slope
            second[it] = 0.999 * second[it] + 0.001 * slope**2
            size = np.sqrt(second[it] / (1 - 0.999**step)) + 1e-8
            rate = RATE_OF_LEARNING * (1 - step / STEPS)
            layers[it] = layers[it] - rate * first[it] / (1 - 0.9**step) / size
    return layers


def _slopes(layers: Sequence[Array], x: Floats, laugh: Mask) -> tuple[Array, ...]:
    hidden = np.tanh(x @ layers[0] + layers[1])
    said = shares(hidden @ layers[2] + layers[3])
    error = (said - np.stack((~laugh, laugh), axis=1)) / len(x)
    back = error @ layers[2].T * (1 - hidden**2)
    return (
        x.T @ back + L2 * layers[0],
        back.sum(axis=0),
        hidden.T @ error + L2 * layers[2],
        error.sum(axis=0),
    )


@dataclass(frozen=True, slots=True)
class Lesson:
    """Looks, and what they are. What is none of these teaches nothing."""

    looks: Looks
    laugh: Mask
    words: Mask
    other: Mask

    def without(self, rows: Mask) -> Lesson:
        return Lesson(self.looks, *(it & ~rows for it in (self.laugh, self.words, self.other)))


def lesson(found: Sequence[Recording], rows: Looks) -> Lesson:
    label = np.array([one.label for one in found])[rows.recording]
    burst = np.array([one.corpus == "emogator_55" for one in found])[rows.recording]
    sounding = (rows.numbers[:, LATE] > 0) & (~burst | (rows.recent_db > LOUD_DB))
    laugh = burst & np.isin(label, LAUGHS)
    other = burst & ~laugh & ~np.isin(label, MAYBE)
    return Lesson(rows, laugh & sounding, ~burst & sounding, other & sounding)


def learn(lesson: Lesson) -> Weights:
    """Some nets, as one."""
    used = lesson.laugh | lesson.words | lesson.other
    x, laugh = lesson.looks.numbers[used], lesson.laugh[used]
    mean, spread = x.mean(axis=0), x.std(axis=0)
    beside = np.clip((x - mean) / spread, -4, 4)
    shared = ((lesson.laugh, 1.0), (lesson.words, WORDS), (lesson.other, OTHERS))
    weight = sum(share * it[used] / max(1, it.sum()) for it, share in shared)
    nets = [net(beside, laugh, np.asarray(weight), seed) for seed in range(NETS)]
    hidden = np.concatenate([np.vstack((it[0], it[1])) for it in nets], axis=1)
    out = [np.append(it[2][:, 1] - it[2][:, 0], 0) / NETS for it in nets]
    bias = sum(float(it[3][1] - it[3][0]) for it in nets) / NETS
    flat = np.append(np.concatenate([it[:-1] for it in out]), bias)
    mean, spread, hidden, flat = (it.astype(np.float32) for it in (mean, spread, hidden, flat))
    return Weights(NAMES, mean, spread, hidden, flat, sure=0.0)


def cleaned(lesson: Lesson, meetings: Mask) -> Lesson:
    """Without the laughs in meetings that nobody wrote down: found by who has not heard them."""
    said = scores(learn(lesson.without(meetings)), lesson.looks.numbers)
    return lesson.without(meetings & (said > 0))


def sure_from(lesson: Lesson, fold: Ints) -> float:
    """The least score at which words raise few enough false alarms, in whoever was left out."""
    said = np.zeros(len(lesson.looks), np.float32)
    for one in range(FOLDS):
        weights = learn(lesson.without(fold == one))
        said[fold == one] = scores(weights, lesson.looks.numbers[fold == one])
    words = lesson.looks.only(lesson.words)
    least = sure_looks(lesson.looks, said)[lesson.words]
    most = MOST_A_MINUTE * len(words) * STEP / 6_000
    tried = np.arange(-3, 6, 0.05)
    return float(next(it for it in tried if alarms(words, least, it) <= most))


def taught(data: Path, corpora: Iterable[str]) -> list[Recording]:
    return [one for name in corpora for one in recordings(data, name) if not one.held]


SHOWN = (
    *("emotion/emogator_55", "emotion/emodb4"),
    *("speech/commands_en", "speech/misc", "speech/overlap_ami"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--save", type=Path, default=Path(__file__).with_name("bursts.npz"))
    asked = parser.parse_args()
    found = taught(asked.data, SHOWN)
    rows = gather(found, surroundings(asked.data, read_sound))
    meetings = np.array([one.corpus == MEETINGS for one in found])[rows.recording]
    known = cleaned(lesson(found, rows), meetings)
    fold = np.array([one.draw(FOLDS, "fold") for one in found])[rows.recording]
    sure = sure_from(known, fold)
    replace(learn(known), sure=sure).save(asked.save)
    print(f"{known.laugh.sum()} looks at laughs, {known.words.sum()} at words", end=", ")
    print(f"{known.other.sum()} at other sounds; sure from {sure:.2f}")


if __name__ == "__main__":
    main()
