"""What the words of an English sentence say of a feeling: a softmax regression, trained beforehand.

models/words_affect trains the weights, and says on what and how good they are. Rows are of length
one with what was never seen, and the bias counts as far as a row is known: the less is known, the
less is claimed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voiceagent.hearing.feelings.classifier import softmax
from voiceagent.hearing.feelings.ngrams import words_and_pairs

Array = NDArray[np.float32]

FILE = Path(__file__).with_name("english.npz")
UNSEEN = 4.5  # how rare what was never seen is taken to be
RARITIES = 20  # steps of rarity to one, as they are kept
LEVELS = 127  # of a weight on either side


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is known, and how rare each is."""

    places: Mapping[str, int]
    rarity: Array

    def vector(self, row: Iterable[str]) -> tuple[NDArray[np.intp], Array, float]:
        """Columns, their values, and how much of the row is known: 0 to 1."""
        row = frozenset(row)
        columns = np.array(sorted(self.places[f] for f in row if f in self.places), np.intp)
        values = self.rarity[columns]
        known = float(values @ values)
        length = np.sqrt(known + (len(row) - len(columns)) * UNSEEN**2) or 1.0
        return columns, np.asarray(values / length, np.float32), float(np.sqrt(known) / length)


@dataclass(frozen=True, slots=True)
class English:
    labels: tuple[str, ...]
    vocabulary: Vocabulary
    weights: Array  # a row for every word or pair, the bias last
    temperature: float = 1.0

    def guess(self, text: str) -> dict[str, float]:
        """A probability for every label."""
        columns, values, known = self.vocabulary.vector(words_and_pairs(text))
        scores = values @ self.weights[columns] + np.float32(known) * self.weights[-1]
        chances = softmax(scores / np.float32(self.temperature))
        return {name: float(chance) for name, chance in zip(self.labels, chances, strict=True)}

    def save(self, path: Path) -> None:
        steps = np.abs(self.weights).max(axis=1, keepdims=True) / LEVELS
        steps = np.maximum(steps, 1e-6).astype(np.float32)
        places = self.vocabulary.places
        np.savez_compressed(
            path,
            labels=_packed(self.labels),
            words=_packed(sorted(places, key=places.__getitem__)),
            rarity=np.round(self.vocabulary.rarity * RARITIES).astype(np.uint8),
            weights=np.round(self.weights / steps).astype(np.int8),
            steps=steps,
            temperature=np.float32(self.temperature),
        )


@cache
def load(path: Path = FILE) -> English:
    with np.load(path, allow_pickle=False) as kept:
        labels, words = _unpacked(kept["labels"]), _unpacked(kept["words"])
        rarity = kept["rarity"].astype(np.float32) / RARITIES
        places = {word: place for place, word in enumerate(words)}
        weights = kept["weights"] * kept["steps"]
        return English(labels, Vocabulary(places, rarity), weights, float(kept["temperature"]))


def _packed(texts: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(texts).encode(), np.uint8)


def _unpacked(packed: NDArray[np.uint8]) -> tuple[str, ...]:
    return tuple(packed.tobytes().decode().split("\n"))
