"""Open vocabularies: sets of feeling words, compared on a wheel as MER-UniBench does it
(arXiv 2501.16566).

Words that a wheel does not know are dropped. A sample without any truth left is skipped; an answer
without any word left has neither precision nor recall.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

Wheel = Callable[[str], str | None]
"""One level of a wheel: from a word to its group; None: out of the vocabulary."""
Pair = tuple[Iterable[str], Iterable[str]]
"""The words that are right, and those that were told."""


@dataclass(frozen=True, slots=True)
class SetScore:
    precision: float
    recall: float

    @property
    def f(self) -> float:
        """Of the means, not the mean of each sample's."""
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def grouped(words: Iterable[str], wheel: Wheel) -> frozenset[str]:
    groups = (wheel(word) for word in words)
    return frozenset(group for group in groups if group is not None)


def set_score(pairs: Sequence[Pair], wheel: Wheel) -> SetScore:
    """Precision and recall, each the mean over samples. Listing every word costs precision."""
    sides = ((grouped(right, wheel), grouped(told, wheel)) for right, told in pairs)
    known = [(right, told) for right, told in sides if right]
    if not known:
        raise ValueError("no sample has a right word that is on the wheel")
    precision = sum(len(right & told) / len(told) for right, told in known if told)
    recall = sum(len(right & told) / len(right) for right, told in known)
    return SetScore(precision / len(known), recall / len(known))


def set_f(pairs: Sequence[Pair], wheels: Sequence[Wheel]) -> float:
    """F on every wheel, or on every level of one, and the mean of those."""
    return sum(set_score(pairs, wheel).f for wheel in wheels) / len(wheels)


def hit_rate(pairs: Sequence[tuple[str, Iterable[str]]], wheels: Sequence[Wheel]) -> float:
    """How often the one right word is among those told. It rewards long lists: never use it alone.

    As in the benchmark a right word that no wheel knows cannot be hit.
    """
    if not pairs:
        raise ValueError("there are no samples")
    hits = [
        wheel(right) is not None and wheel(right) in grouped(told, wheel)
        for right, told in ((right, tuple(told)) for right, told in pairs)
        for wheel in wheels
    ]
    return sum(hits) / len(hits)
