"""The rules of turn-taking: what a profile, a session or a client may set."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Curve = tuple[tuple[float, int], ...]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a silence must be before the turn is taken to be over."""

    curve: Curve = ((0.0, 1200), (0.3, 700), (0.6, 500), (0.9, 280), (1.0, 180))
    """End-of-turn probability to milliseconds of silence; straight lines between the points."""
    unscored: float = 0.45  # the probability assumed while nobody has given one
    fixed_ms: int | None = None  # an explicit silence, obeyed exactly; the curve is not asked
    scale: float = 1.0  # eagerness: over 1 is more patient
    draft_ms: int = 80  # silence after which a draft begins
    text_wait_ms: int = 400  # a due commit waits so long for final words; 0: the ears give no words


@dataclass(frozen=True, slots=True)
class Overlap:
    """What speech over a living reply does to it."""

    hold_ms: int = 200  # speech that lasts so long silences the reply, resumably
    confirm_ms: int = 1_000  # speech that lasts so long is an interruption, whatever it says
    give_back_ms: int = 800  # silence after which speech without a verdict is forgotten
    likely_ms: int = 300  # a gate that opened for nothing ducks the reply for so long
    fresh_ms: int = 500  # a reply heard for less cannot be meant by a backchannel
    backchannels: bool = True  # False: any speech silences the reply at once


@dataclass(frozen=True, slots=True)
class Limits:
    """What happens when nothing, or too much, happens."""

    idle_ms: int | None = None  # silence of the user after which the agent speaks up
    idle_times: int = 1  # how often in a row
    turn_max_ms: int = 60_000
    filler_ms: int = 700  # from the commit, while a tool runs and nothing was said
    final_ms: int = 800  # silence after the commit before something final is done
    wordless_ms: int = 2_000  # speech without a new word for so long is a pause
    unheard_max: int = 2  # replies talked away unheard before the next is put on trial


@dataclass(frozen=True, slots=True)
class Rules:
    turns: Literal["auto", "manual"] = "auto"
    create: bool = True  # a closed turn is answered without being asked
    interrupt: bool = True  # the user may talk the agent quiet
    patience: Patience = field(default_factory=Patience)
    overlap: Overlap = field(default_factory=Overlap)
    limits: Limits = field(default_factory=Limits)


def patience_ms(rules: Rules, probability: float | None) -> int:
    """How much silence ends the turn, given how finished it sounds."""
    patience = rules.patience
    if patience.fixed_ms is not None:
        return patience.fixed_ms
    p = patience.unscored if probability is None else min(1.0, max(0.0, probability))
    return round(patience.scale * _between(patience.curve, p))


def _between(curve: Curve, p: float) -> float:
    low = curve[0]
    for high in curve:
        if p <= high[0]:
            span = high[0] - low[0]
            part = (p - low[0]) / span if span else 1.0
            return low[1] + part * (high[1] - low[1])
        low = high
    return low[1]
