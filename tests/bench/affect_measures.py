"""Readings of a speaker's turns, and how right they are: what the benches of affect share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.affect import reader
from models.affect.describe import Description
from models.affect.frames import Floats
from models.affect.recordings import Table
from models.affect.weights import FOUR, SEVEN, Weights, emotions, inputs, score

Array = NDArray[np.float64]
AWAKE = ("angry", "fearful", "happy", "surprised")
ORDERS = 5  # of a speaker's turns, drawn
DRAWS = 2_000  # of the bootstrap
COLUMNS = ("emotion", "person", "said", "awake", "turn")


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of each row, and what it should have been."""

    emotion: NDArray[np.str_]
    person: NDArray[np.str_]
    said: Array  # shares of `names`
    awake: Array
    turn: NDArray[np.int64]  # 0: nothing was known of the speaker
    names: tuple[str, ...] = FOUR

    def only(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> Told:
        return replace(self, **{key: getattr(self, key)[rows] for key in COLUMNS})

    @property
    def four(self) -> Told:
        return self.only(np.isin(self.emotion, FOUR))

    @property
    def label(self) -> NDArray[np.str_]:
        return np.asarray(np.array(self.names)[self.said.argmax(axis=1)], np.str_)

    @property
    def right(self) -> NDArray[np.bool_]:
        return np.asarray(self.label == self.emotion)

    def between(self, low: int, high: int = 999) -> Told:
        """Of these turns."""
        return self.only((self.turn >= low) & (self.turn <= high))


def joined(parts: Sequence[Told]) -> Told:
    columns: dict[str, Any] = {
        key: np.concatenate([getattr(it, key) for it in parts]) for key in COLUMNS
    }
    return replace(parts[0], **columns)


# --- measures ------------------------------------------------------------------------------------


def recall(right: NDArray[np.bool_], emotion: NDArray[np.str_]) -> float:
    """The mean over the emotions of how many of each are found (UAR)."""
    return float(np.mean([right[emotion == name].mean() for name in np.unique(emotion)]))


def by_speaker(told: Told) -> Array:
    return np.array(
        [
            recall(told.right[told.person == one], told.emotion[told.person == one])
            for one in np.unique(told.person)
        ]
    )


def interval(told: Told) -> tuple[float, float]:
    """Of the mean over speakers, by drawing speakers with replacement: 95 %."""
    each = by_speaker(told)
    drawn = np.random.default_rng(0).choice(each, (DRAWS, len(each))).mean(axis=1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)


def auc(score: Array, high: NDArray[np.bool_]) -> float:
    """The chance that one of the high scores above one of the low."""
    over, under = score[high][:, None], score[~high][None]
    return float((over > under).mean() + 0.5 * (over == under).mean())


def awake_auc(told: Told) -> float:
    return auc(told.awake, np.isin(told.emotion, AWAKE))


def calibration_error(told: Told, bins: int = 10) -> float:
    sure = told.said.max(axis=1)
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = (
        abs(told.right[place == one].mean() - sure[place == one].mean()) * (place == one).mean()
        for one in np.unique(place)
    )
    return float(sum(gaps))


def accuracy_at(told: Told, coverage: float) -> float:
    """Of the readings that it is surest of."""
    order = np.argsort(-told.said.max(axis=1), kind="stable")
    return float(told.right[order[: round(coverage * len(order))]].mean())


def line(name: str, told: Told) -> str:
    four = told.four if told.names == FOUR else told
    each, (low, high) = by_speaker(four), interval(four)
    return (
        f"| {name} | {each.mean():.3f} ± {each.std():.3f} | {low:.3f}-{high:.3f} "
        f"| {recall(four.right, four.emotion):.3f} | {awake_auc(told):.3f} "
        f"| {calibration_error(four):.3f} "
        f"| {four.right.mean():.3f} | {accuracy_at(four, 0.5):.3f} |"
    )


HEAD = (
    "| | UAR, mean ± sd over speakers | 95 % | UAR pooled | arousal AUC | ECE | accuracy "
    "| of the surer half |\n|---|---|---|---|---|---|---|---|"
)


# --- readings ------------------------------------------------------------------------------------


def fresh(rows: Table, weights: Weights, names: tuple[str, ...] = FOUR) -> Told:
    """Each as the first thing that this speaker says."""
    usual = np.tile(weights.people, (len(rows), 1)).astype(np.float64)
    blank = np.zeros(len(rows))
    return told_of(rows, weights, usual, blank, blank.astype(np.int64), names)


def in_turn(
    rows: Table,
    weights: Weights,
    orders: int = ORDERS,
    mood: str = "",
    prefix_s: float = 0,
    names: tuple[str, ...] = FOUR,
) -> Told:
    """One after the other, with what the ear itself would have learnt of the speaker by then.

    `mood`: three quarters of 24 turns are of this one.
    """
    rng = np.random.default_rng(0)
    heard: list[tuple[int, Floats, float, int]] = []
    for _ in range(orders):
        for one in np.unique(rows.person):
            whole = np.flatnonzero((rows.person == one) & (rows.prefix_s == 0))
            baseline = weights.baseline()
            for number, row in enumerate(whole[_order(rows.emotion[whole], rng, mood)]):
                same = (rows.clip == rows.clip[row]) & (rows.prefix_s == prefix_s)
                known = (baseline.usual, baseline.turns, number + 1)
                heard += [(int(place), *known) for place in np.flatnonzero(same)]
                reader.learn(description_of(rows, int(row)), baseline, weights)
    places, usual, turns, turn = zip(*heard, strict=True)
    shown = rows.only(np.array(places))
    return told_of(shown, weights, np.array(usual), np.array(turns), np.array(turn), names)


def _order(emotions: NDArray[np.str_], rng: np.random.Generator, mood: str) -> NDArray[np.int64]:
    """All of them, or some again and again."""
    if not mood:
        return np.asarray(rng.permutation(len(emotions)))
    same, other = np.flatnonzero(emotions == mood), np.flatnonzero(emotions != mood)
    return np.asarray(rng.permutation([*rng.choice(same, 18), *rng.choice(other, 6)]))


def description_of(rows: Table, place: int) -> Description:
    return Description(
        rows.numbers[place].astype(np.float32),
        float(rows.level_db[place]),
        float(rows.clear_db[place]),
        float(rows.speech_s[place]),
    )


def told_of(
    rows: Table,
    weights: Weights,
    usual: Array,
    turns: Array,
    turn: NDArray[np.int64],
    names: tuple[str, ...],
) -> Told:
    found = inputs(weights, rows.numbers, usual)
    model = weights.seven if names == SEVEN else weights.four
    said = emotions(weights, model, found, rows.speech_s, turns)
    awake = score(weights.excited, *found, turns)[:, 0]
    return Told(rows.emotion, rows.person, np.asarray(said), np.asarray(awake), turn, names)


def paired(told: Told) -> Told:
    """Two later turns of the same emotion, read together."""
    kept: list[int] = []
    said = []
    for one in np.unique(told.person):
        for name in FOUR:
            mine = np.flatnonzero((told.person == one) & (told.emotion == name) & (told.turn > 10))
            for first, second in zip(mine[::2], mine[1::2], strict=False):
                both = told.said[first] * told.said[second]
                kept.append(int(first))
                said.append(both / both.sum())
    return replace(told.only(np.array(kept)), said=np.array(said))
