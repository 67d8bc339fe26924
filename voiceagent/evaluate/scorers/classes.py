"""One label of several: the mean recall over labels, and how far the confidences can be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10


@dataclass(frozen=True, slots=True)
class Answered:
    """`told` is None where nothing was claimed."""

    right: str
    told: str | None
    confidence: float = 0.0

    @property
    def hit(self) -> bool:
        return self.told == self.right


def recalls(answers: Sequence[Answered]) -> dict[str, float]:
    found: dict[str, float] = {}
    for label in sorted({answer.right for answer in answers}):
        own = [answer.hit for answer in answers if answer.right == label]
        found[label] = sum(own) / len(own)
    return found


def uar(answers: Sequence[Answered]) -> float:
    """The unweighted average recall: chance is one over the number of labels, however many of each
    there are.
    """
    each = recalls(_some(answers))
    return sum(each.values()) / len(each)


def confusion(answers: Sequence[Answered]) -> dict[tuple[str, str | None], int]:
    """How often what was taken for what."""
    counts: dict[tuple[str, str | None], int] = {}
    for answer in answers:
        counts[answer.right, answer.told] = counts.get((answer.right, answer.told), 0) + 1
    return counts


def calibration_error(answers: Sequence[Answered], bins: int = BINS) -> float:
    """ECE: how far the confidences are from the share that is right, in bins of confidence."""
    claimed = [answer for answer in _some(answers) if answer.told is not None]
    if not claimed:
        return 0.0
    of_bin: list[list[Answered]] = [[] for _ in range(bins)]
    for answer in claimed:
        if not 0 <= answer.confidence <= 1:
            raise ValueError(f"a confidence is {answer.confidence}; it must be from 0 to 1")
        of_bin[min(bins - 1, int(answer.confidence * bins))].append(answer)
    gaps = (abs(sum(a.confidence for a in own) - sum(a.hit for a in own)) for own in of_bin if own)
    return sum(gaps) / len(claimed)


def risk_coverage(answers: Sequence[Answered]) -> list[tuple[float, float]]:
    """What share is answered, and what share of that is wrong, as less and less sure ones are let
    in. Answers of the same confidence come in together; what is not claimed never does.
    """
    count = len(_some(answers))
    claimed = sorted((a for a in answers if a.told is not None), key=lambda a: -a.confidence)
    points: list[tuple[float, float]] = []
    wrong = 0
    for place, answer in enumerate(claimed, 1):
        wrong += not answer.hit
        last = place == len(claimed) or claimed[place].confidence < answer.confidence
        if last:
            points.append((place / count, wrong / place))
    return points


def accuracy_at(answers: Sequence[Answered], coverage: float) -> float:
    """How much is right of the surest ones that make at least this share of all."""
    for share, risk in risk_coverage(answers):
        if share >= coverage - 1e-9:
            return 1 - risk
    raise ValueError(f"fewer than {coverage:.0%} of the samples were answered")


def area_under_risk(answers: Sequence[Answered]) -> float:
    """AURC: the mean risk over the coverages that are reached; less is better."""
    points = risk_coverage(answers)
    if not points:
        return 0.0
    before, area = 0.0, 0.0
    for share, risk in points:
        area += (share - before) * risk
        before = share
    return area / before


def _some(answers: Sequence[Answered]) -> Sequence[Answered]:
    if not answers:
        raise ValueError("there are no samples")
    return answers
