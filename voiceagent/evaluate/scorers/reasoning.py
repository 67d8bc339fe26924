"""Reasoning about emotion, step by step, as MME-Emotion scores it (arXiv 2508.09210), with a judge
of measurements in the place of a model.

A step that claims what the log of measurements contradicts is wrong; the last step is the answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SAME = 0.5  # a claimed number may be off by so much of the measured one


@dataclass(frozen=True, slots=True)
class Step:
    """A claim about a clue: which way it is from the usual (-1, 0, 1), and how far if told."""

    clue: str
    way: int
    value: float | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """How far a clue really is from the usual, and what is nothing in it."""

    value: float
    least: float = 0.0


@dataclass(frozen=True, slots=True)
class Answer:
    """`steps` come before the last one, which names the emotions."""

    steps: tuple[float, ...]
    last: float


@dataclass(frozen=True, slots=True)
class ChainScore:
    recognition: float  # Rec-S
    reasoning: float  # Rea-S
    steps: float  # how many there were, the last one included, in the mean

    def chain(self, alpha: float = 0.5) -> float:
        """CoT-S: both in one."""
        return alpha * self.recognition + (1 - alpha) * self.reasoning


def judge(step: Step, log: Mapping[str, Measured]) -> float:
    """1 if the step is borne out by what was measured, else 0. What nobody measured is made up."""
    measured = log.get(step.clue)
    if measured is None:
        return 0.0
    stands_out = abs(measured.value) >= measured.least and measured.value != 0
    way = (1 if measured.value > 0 else -1) if stands_out else 0
    if step.way != way:
        return 0.0
    if step.value is None:
        return 1.0
    off = abs(abs(step.value) - abs(measured.value))
    return float(off <= SAME * max(abs(measured.value), measured.least))


def recognised(told: Iterable[str], right: Iterable[str]) -> float:
    """C/K of the last step: how much of what is right was told. Too long a list is cut to K."""
    wanted, named = set(right), list(dict.fromkeys(told))
    if not wanted:
        raise ValueError("there is no right emotion")
    return len(wanted & set(named[: len(wanted)])) / len(wanted)


def answer(
    steps: Iterable[Step], log: Mapping[str, Measured], told: Iterable[str], right: Iterable[str]
) -> Answer:
    return Answer(tuple(judge(step, log) for step in steps), recognised(told, right))


def score(answers: Sequence[Answer]) -> ChainScore:
    """An answer without reasons has no part in Rea-S but the 0 that it counts as."""
    if not answers:
        raise ValueError("there are no answers")
    reasons = [sum(a.steps) / len(a.steps) if a.steps else 0.0 for a in answers]
    count = len(answers)
    return ChainScore(
        sum(a.last for a in answers) / count,
        sum(reasons) / count,
        sum(len(a.steps) + 1 for a in answers) / count,
    )
