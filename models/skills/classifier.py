"""Which skill a sentence is for: softmax regression over n-grams, trained from examples at once.

The weights are a sum of the examples' vectors, W = X'A, so that training works on the examples'
similarities K = XX' alone: the gradient step on W is one on A with K in the place of X.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from .words import features

Array = NDArray[np.float32]
Vector = tuple[NDArray[np.intp], Array]  # the columns that are not zero, and their values

DECAY = 0.02  # of the weights, per example
STEPS = 15
OFTEN = 12  # a feature of so many examples is frequent
HELD_OUT = 4  # every fourth example says how far the probabilities can be trusted
TEMPERATURES = np.geomspace(0.25, 4.0, 60)


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    label: str
    origin: int  # sentences made of one template share it


@dataclass(frozen=True, slots=True)
class Guess:
    label: str
    probability: float


class Classifier:
    def __init__(self, examples: Sequence[Example]) -> None:
        self.labels = tuple(sorted({example.label for example in examples}))
        seen = [features(example.text) for example in examples]
        found = Counter(feature for row in seen for feature in row)
        self._rarity = {name: log((1 + len(seen)) / (1 + n)) + 1 for name, n in found.items()}
        self._unseen = log(1 + len(seen)) + 1
        self._columns = {feature: column for column, feature in enumerate(sorted(found))}
        vectors = [self._vector(text) for text in seen]
        wanted = np.array([self.labels.index(example.label) for example in examples])
        alike = similarities(vectors)
        origins = np.array([example.origin for example in examples])
        self.temperature = calibrate(alike, wanted, origins % HELD_OUT == 0, len(self.labels))
        shares = train(alike, wanted, len(self.labels))
        self._weights = np.zeros((len(found), len(self.labels)), np.float32)
        for (columns, values), share in zip(vectors, shares, strict=True):
            self._weights[columns] += values[:, None] * share

    def guesses(self, text: str) -> list[Guess]:
        """Every label, the likeliest first. The probabilities sum to one."""
        columns, values = self._vector(features(text))
        scores = (values[:, None] * self._weights[columns]).sum(axis=0)  # too small for BLAS
        chances = softmax(scores[None] / self.temperature)[0]
        return [
            Guess(self.labels[i], float(chances[i])) for i in np.argsort(-chances, kind="stable")
        ]

    def _vector(self, text: Iterable[str]) -> Vector:
        """Of length one with what was never seen: the less is known, the less is claimed."""
        known = sorted(feature for feature in text if feature in self._columns)
        values = np.array([self._rarity[feature] for feature in known], np.float32)
        unseen = sum(feature not in self._columns for feature in text) * self._unseen**2
        length = np.sqrt(float(values @ values) + unseen) or 1.0
        columns = np.array([self._columns[feature] for feature in known], np.intp)
        return columns, (values / length).astype(np.float32)


def similarities(vectors: Sequence[Vector]) -> Array:
    """The product of every two sparse vectors. Frequent features go through a dense product, rare
    ones through the few pairs that share them.
    """
    rows = np.repeat(np.arange(len(vectors)), [len(columns) for columns, _ in vectors])
    columns = np.concatenate([columns for columns, _ in vectors])
    values = np.concatenate([values for _, values in vectors])
    counts = np.bincount(columns)
    often = counts >= OFTEN
    dense = np.zeros((len(vectors), int(often.sum())), np.float32)
    here = often[columns]
    dense[rows[here], (np.cumsum(often) - 1)[columns[here]]] = values[here]
    alike: Array = dense @ dense.T
    order = np.argsort(columns, kind="stable")
    ends = np.cumsum(counts)
    for end, count in zip(ends[~often], counts[~often], strict=True):
        own = order[end - count : end]
        alike[np.ix_(rows[own], rows[own])] += np.outer(values[own], values[own])
    return alike


def train(alike: Array, wanted: NDArray[np.intp], labels: int) -> Array:
    """Nesterov's gradient descent on the cross entropy. Returns A: examples x labels."""
    target = np.eye(labels, dtype=np.float32)[wanted]
    counts = target.sum(axis=0)
    weight = np.sqrt(counts[counts > 0].mean() / counts[wanted])[:, None].astype(np.float32)
    ones = np.ones(len(alike), np.float32)
    for _ in range(8):
        ones = alike @ ones
        ones /= np.linalg.norm(ones)
    curved = min(0.5, 5 / labels)  # at most a half, and far from it among many labels
    steepest = float(ones @ (alike @ ones)) * curved * float(weight.max()) + DECAY
    now = before = np.zeros_like(target)
    for step in range(STEPS):
        ahead = now + np.float32(step / (step + 3)) * (now - before)
        slope = weight * (softmax(alike @ ahead) - target) + DECAY * ahead
        now, before = ahead - slope / np.float32(steepest), now
    return now


def calibrate(
    alike: Array, wanted: NDArray[np.intp], held: NDArray[np.bool_], labels: int
) -> float:
    """The temperature at which what is said of examples left out is the likeliest."""
    if not held.any() or held.all():
        return 1.0
    weights = train(alike[np.ix_(~held, ~held)], wanted[~held], labels)
    scores = alike[np.ix_(held, ~held)] @ weights
    rows = np.arange(len(scores))
    losses = [-np.log(softmax(scores / t)[rows, wanted[held]] + 1e-9).mean() for t in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])


def softmax(scores: Array) -> Array:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    chances: Array = raised / raised.sum(axis=-1, keepdims=True)
    return chances
