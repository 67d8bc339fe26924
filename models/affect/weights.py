"""What training leaves behind: plain arrays in one file."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from . import arrays
from .baseline import Baseline
from .describe import NAMES
from .frames import Floats

Numbers = NDArray[np.floating]

FOUR = ("angry", "happy", "neutral", "sad")
SEVEN = ("angry", "calm", "disgusted", "fearful", "happy", "neutral", "sad")
FARTHEST = 4.0  # spreads
KNOWN = 2.0  # turns after which a speaker is half known


@dataclass(frozen=True, slots=True)
class Weights:
    names: tuple[str, ...]
    people: Floats  # means of the numbers
    plain: Floats  # means of neutral speech
    people_spread: Floats
    own_spread: Floats  # within one speaker
    prior: Floats  # how many turns people in general count for
    moves: Floats  # how far each of the four emotions takes a voice from its speaker's mean
    four: Floats  # of strangers and of known speakers; inputs and a bias; emotions
    seven: Floats
    excited: Floats  # likewise: awake or at rest
    temperature: Floats  # of strangers and of known speakers: of a long turn, added for a second
    extreme: float
    unsure: float  # under this confidence nothing is claimed

    def baseline(self) -> Baseline:
        return Baseline(self.people, self.own_spread, self.prior, self.extreme)

    def save(self, path: Path) -> None:
        arrays.save(path, asdict(self))


def load(path: Path) -> Weights:
    told = arrays.load(path, NAMES, "train.py")
    extreme, unsure = (float(told.pop(key)) for key in ("extreme", "unsure"))
    return Weights(names=NAMES, extreme=extreme, unsure=unsure, **told)


def inputs(weights: Weights, numbers: Numbers, usual: Numbers) -> tuple[Floats, Floats]:
    """What the models see: the voice beside people's, and beside what is usual for its speaker."""
    beside = (numbers - weights.people) / weights.people_spread
    own = (numbers - usual) / weights.own_spread
    first, second = (np.clip(it, -FARTHEST, FARTHEST).astype(np.float32) for it in (beside, own))
    return first, second


def score(
    model: Numbers, beside: Numbers, own: Numbers, turns: float | NDArray[np.float64]
) -> Numbers:
    """Of strangers the first half of a model speaks, of those who are known the second."""
    known = trust(turns)
    strange = beside @ model[0, :-1] + model[0, -1]
    return np.asarray((1 - known) * strange + known * (own @ model[1, :-1] + model[1, -1]))


def trust(turns: float | NDArray[np.float64]) -> Numbers:
    """How far one goes by what is usual for a speaker of whom so many turns are known."""
    known = np.asarray(turns) / (np.asarray(turns) + KNOWN)
    return known[..., None] if known.ndim else known


def heat(
    weights: Weights, speech_s: float | Numbers, turns: float | NDArray[np.float64]
) -> Numbers:
    """What scores are divided by: the less there is to go by, the less sure."""
    short = 1 / np.maximum(speech_s, 0.3)
    strange, known = (whole + more * short for whole, more in weights.temperature)
    return np.atleast_1d(strange + np.ravel(trust(turns)) * (known - strange))


def emotions(
    weights: Weights,
    model: Numbers,
    found: tuple[Numbers, Numbers],
    speech_s: float | Numbers,
    turns: float | NDArray[np.float64],
) -> Numbers:
    """How likely each is, for `found` as `inputs` gives it: a row each."""
    scores = np.atleast_2d(score(model, *found, turns))
    return shares(scores / heat(weights, speech_s, turns)[:, None])


def shares(scores: Numbers) -> Numbers:
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))
