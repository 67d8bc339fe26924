"""What is carried over from the turns before: a linear recurrence, one step a turn.

Each turn's evidence (log-probabilities about their mean) is added to the sums of the turns before,
which fade with a half-life in turns. What was said itself is not kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp, log

from voiceagent.hearing.feelings.fuse import FLOOR, Labels

MOST_SPEAKERS = 8


@dataclass(frozen=True, slots=True)
class Carry:
    half_life: float = 2.0  # turns
    share: float = 0.15  # of the evidence that is carried over: more helps only who never changes

    def __post_init__(self) -> None:
        if self.half_life <= 0 or not 0 <= self.share <= 1:
            raise ValueError("half_life must be more than 0 and share from 0 to 1")

    @property
    def kept(self) -> float:
        """Of a turn in the next one."""
        return float(0.5 ** (1 / self.half_life))


@dataclass(frozen=True, slots=True)
class State:
    turns: int = 0
    sums: Mapping[str, float] = field(default_factory=dict)


def after(state: State, labels: Labels, carry: Carry) -> State:
    """The state when a turn with this evidence is over."""
    fresh = centred(labels)
    names = state.sums.keys() | fresh.keys()
    sums = {n: carry.kept * state.sums.get(n, 0.0) + fresh.get(n, 0.0) for n in sorted(names)}
    return State(state.turns + 1, sums)


def after_all(turns: Iterable[Labels], carry: Carry) -> State:
    """The same for many turns at once, not one after the other: what `after` must agree with."""
    found = [centred(labels) for labels in turns]
    names = sorted({name for fresh in found for name in fresh})
    ages = range(len(found) - 1, -1, -1)
    sums = {
        name: sum(
            carry.kept**age * fresh.get(name, 0.0) for age, fresh in zip(ages, found, strict=True)
        )
        for name in names
    }
    return State(len(found), sums)


def expected(state: State, names: Iterable[str], carry: Carry) -> dict[str, float]:
    """What the turns before make likely now. Before the first turn everything is alike."""
    raised = {name: exp(carry.share * state.sums.get(name, 0.0)) for name in names}
    whole = sum(raised.values())
    return {name: value / whole for name, value in raised.items()}


def centred(labels: Labels) -> dict[str, float]:
    logs = {n: log((1 - FLOOR) * p + FLOOR / len(labels)) for n, p in labels.items()}
    mean = sum(logs.values()) / max(1, len(logs))
    return {name: value - mean for name, value in logs.items()}


class States:
    """One state a speaker; of many speakers the latest few."""

    def __init__(self, carry: Carry) -> None:
        self._carry = carry
        self._states: OrderedDict[str, State] = OrderedDict()

    def of(self, speaker: str) -> State:
        return self._states.get(speaker, State())

    def add(self, speaker: str, labels: Labels) -> None:
        self._states[speaker] = after(self.of(speaker), labels, self._carry)
        self._states.move_to_end(speaker)
        if len(self._states) > MOST_SPEAKERS:
            self._states.popitem(last=False)

    def expected(self, speaker: str, names: Iterable[str]) -> dict[str, float]:
        return expected(self.of(speaker), names, self._carry)
