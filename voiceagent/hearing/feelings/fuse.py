"""Weighs what voice, words and the turns before say, by how sure each is.

p is the product of the views' probabilities, each to the power of its weight (probability-guided
fusion, arXiv 2404.17858). The surest view has the weight 1 and none less than a fifth, so that no
view silences another; one that is missing or says nothing changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import exp, log, log2, sqrt

Labels = Mapping[str, float]

LEAST_WEIGHT = 0.2
FLOOR = 0.04  # no view is so sure that another could not speak against it
NOTHING = 0.01  # a view less sure than this says nothing
AT_MOST: Mapping[str, float] = {"history": 0.5}  # the turns before are no view of this one
FOLDS: Mapping[str, Labels] = {
    "calm": {"neutral": 1.0},
    "excited": {"happy": 1.0},
    "tender": {"happy": 0.5, "neutral": 0.5},
    "fearful": {"sad": 0.6, "angry": 0.2, "neutral": 0.2},
    "disgusted": {"angry": 0.8, "sad": 0.2},
    "surprised": {"happy": 0.5, "neutral": 0.3, "angry": 0.2},
}
"""What a feeling is taken for where only some are told apart."""


def certainty(labels: Labels) -> float:
    """1 - H / log C: 0 for a view that says nothing, 1 for one that is certain."""
    if len(labels) < 2:
        return float(len(labels))
    entropy = -sum(p * log(p) for p in labels.values() if p > 0)
    return min(1.0, max(0.0, 1 - entropy / log(len(labels))))


def folded(labels: Labels, onto: Iterable[str]) -> dict[str, float]:
    """The same told in fewer words. What has no place there is shared by all."""
    sums = dict.fromkeys(onto, 0.0)
    for name, probability in labels.items():
        parts = {name: 1.0} if name in sums else FOLDS.get(name, {})
        shares = {part: share for part, share in parts.items() if part in sums}
        whole = sum(shares.values())
        for part in sums:
            share = shares.get(part, 0.0) / whole if whole else 1 / len(sums)
            sums[part] += probability * share
    return sums


def evidence(words: Labels, onto: Iterable[str]) -> dict[str, float]:
    """What words say for one label or another. Plain words say nothing: any voice may say them."""
    names = tuple(onto)
    told = folded({name: p for name, p in words.items() if name != "neutral"}, names)
    return {name: p + words.get("neutral", 0.0) / len(names) for name, p in told.items()}


def weights(views: Mapping[str, Labels]) -> dict[str, float]:
    """The power of each view that says something."""
    sure = {name: certainty(labels) for name, labels in views.items()}
    sure = {name: value for name, value in sure.items() if value >= NOTHING}
    most = max((value for name, value in sure.items() if name not in AT_MOST), default=1.0)
    return {
        name: min(AT_MOST.get(name, 1.0), max(LEAST_WEIGHT, value / most))
        for name, value in sure.items()
    }


def fuse(views: Mapping[str, Labels]) -> dict[str, float]:
    """What the views, of the same labels, say together. One that is alone is given back as it is,
    and so is the first where none says anything.
    """
    powers = weights(views)
    first = next(iter(views))
    if not powers.keys() - {first}:
        return dict(views[first])
    logs = {
        name: sum(power * log(floored(views[view], name)) for view, power in powers.items())
        for name in views[first]
    }
    top = max(logs.values())
    raised = {name: exp(value - top) for name, value in logs.items()}
    whole = sum(raised.values())
    return {name: value / whole for name, value in raised.items()}


def floored(labels: Labels, name: str) -> float:
    return (1 - FLOOR) * labels[name] + FLOOR / len(labels)


def incongruence(one: Labels, other: Labels) -> float:
    """How far two views of the same labels contradict each other: 0 to 1 (Jensen-Shannon)."""
    means = {name: (one[name] + other[name]) / 2 for name in one}
    costs = (p * log2(p / means[n]) for view in (one, other) for n, p in view.items() if p > 0)
    return sqrt(max(0.0, sum(costs) / 2))
