"""Softmax regression over sparse features, trained from labelled sentences in a part of a second.

Rows are of length one with what was never seen: the less is known, the less is claimed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

DECAY = 0.02  # of the weights, per example
STEPS = 30


@dataclass(frozen=True, slots=True)
class Rows:
    """A sparse matrix: the entries of row after row. No row is empty."""

    columns: NDArray[np.intp]
    values: Array
    starts: NDArray[np.intp]
    width: int

    def times(self, weights: Array) -> Array:
        product: Array = np.add.reduceat(self.values[:, None] * weights[self.columns], self.starts)
        return product

    def back(self, slopes: Array) -> Array:
        """The transposed matrix times this."""
        lengths = np.diff(np.append(self.starts, len(self.columns)))
        spread = np.repeat(slopes, lengths, axis=0) * self.values[:, None]
        sums = [np.bincount(self.columns, spread[:, k], self.width) for k in range(slopes.shape[1])]
        return np.stack(sums, axis=1).astype(np.float32)


class Classifier:
    def __init__(self, examples: Sequence[tuple[frozenset[str], str]], temperature: float) -> None:
        self.labels = tuple(sorted({label for _, label in examples}))
        found = Counter(feature for row, _ in examples for feature in row)
        self._rarity = {name: log((1 + len(examples)) / (1 + n)) + 1 for name, n in found.items()}
        self._unseen = log(1 + len(examples)) + 1
        self._columns = {feature: column for column, feature in enumerate(sorted(found))}
        rows = rows_of([self._vector(row) for row, _ in examples], len(found))
        wanted = np.array([self.labels.index(label) for _, label in examples])
        self._weights = train(rows, wanted, len(self.labels))
        self._temperature = temperature

    def scores(self, row: Iterable[str]) -> Array:
        columns, values = self._vector(frozenset(row))
        summed: Array = (values[:, None] * self._weights[columns]).sum(axis=0)
        return summed

    def guess(self, row: Iterable[str]) -> dict[str, float]:
        """A probability for every label."""
        chances = softmax(self.scores(row) / self._temperature)
        return {name: float(chance) for name, chance in zip(self.labels, chances, strict=True)}

    def _vector(self, row: frozenset[str]) -> tuple[NDArray[np.intp], Array]:
        known = sorted(feature for feature in row if feature in self._columns)
        values = np.array([self._rarity[feature] for feature in known], np.float32)
        unseen = (len(row) - len(known)) * self._unseen**2
        length = np.sqrt(float(values @ values) + unseen) or 1.0
        columns = np.array([self._columns[feature] for feature in known], np.intp)
        return columns, (values / length).astype(np.float32)


def rows_of(vectors: Sequence[tuple[NDArray[np.intp], Array]], width: int) -> Rows:
    lengths = [len(columns) for columns, _ in vectors]
    starts = np.concatenate(([0], np.cumsum(lengths)[:-1])).astype(np.intp)
    columns = np.concatenate([columns for columns, _ in vectors])
    return Rows(columns, np.concatenate([values for _, values in vectors]), starts, width)


def train(rows: Rows, wanted: NDArray[np.intp], labels: int) -> Array:
    """Nesterov's gradient descent on the cross entropy, every label of the same weight."""
    target = np.eye(labels, dtype=np.float32)[wanted]
    counts = target.sum(axis=0)
    weight = np.sqrt(counts.mean() / counts[wanted])[:, None].astype(np.float32)
    steepest = np.float32(0.5 * largest(rows) * float(weight.max()) + DECAY)
    now: Array = np.zeros((rows.width, labels), np.float32)
    before = now
    for step in range(STEPS):
        ahead = now + np.float32(step / (step + 3)) * (now - before)
        slope = rows.back(weight * (softmax(rows.times(ahead)) - target)) + DECAY * ahead
        now, before = np.asarray(ahead - slope / steepest, np.float32), now
    return now


def largest(rows: Rows) -> float:
    """The largest eigenvalue of the rows' products, by the power method."""
    ones: Array = np.ones((len(rows.starts), 1), np.float32)
    size = 1.0
    for _ in range(8):
        ones = rows.times(rows.back(ones))
        size = float(np.linalg.norm(ones))
        ones = ones / np.float32(size)
    return size


def softmax(scores: Array) -> Array:
    raised = np.exp(scores - scores.max(axis=-1, keepdims=True))
    chances: Array = raised / raised.sum(axis=-1, keepdims=True)
    return chances
