"""The labels of other readers in our words: a reading of any of them becomes one of ours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache

from voiceagent.events import NO_READING, Reading
from voiceagent.hearing.feelings.data import read
from voiceagent.style import EMOTIONS

CLAIMED = 0.2  # less than this of the whole is claimed: nothing is known


@cache
def known() -> Mapping[str, str | None]:
    """What each label of any reader means; None: that nothing is claimed."""
    found: dict[str, str | None] = {name: name for name in EMOTIONS}
    for names in read("labels")["readers"].values():
        found |= {str(name).casefold(): ours for name, ours in names.items()}
    return found


def ours(labels: Mapping[str, float]) -> dict[str, float]:
    """The same in our words, to one in all; what is not known is left out. Empty: unknown."""
    if set(labels) <= set(EMOTIONS):
        return dict(labels)
    sums: dict[str, float] = {}
    for name, probability in labels.items():
        mine = known().get(name.casefold())
        if mine is not None:
            sums[mine] = sums.get(mine, 0.0) + probability
    claimed = sum(sums.values())
    if claimed < CLAIMED * sum(labels.values()):
        return {}
    return {name: probability / claimed for name, probability in sums.items()}


def normal(reading: Reading) -> Reading:
    """The reading in our words; the same one, if it is already."""
    labels = ours(reading.labels)
    if labels == dict(reading.labels):
        return reading
    return replace(reading, labels=labels) if labels else replace(NO_READING, span=reading.span)
