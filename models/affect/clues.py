"""What was measured in a voice and stands out: the only facts that reasons may be made of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from .baseline import Baseline
from .describe import NAMES, Description
from .frames import Floats

Against = Literal["own", "people"]
SURE_TURNS = 2.0  # from then on there is something that is usual for this speaker
LEAST_PAUSED = 0.12  # share of the turn
LONG_S = 2.5  # that nobody paused in less says nothing


@dataclass(frozen=True, slots=True)
class Clue:
    """`value` is how far it is from what is usual: of this speaker, or of people in general."""

    name: str  # pitch, level, pace, range, strain, pauses
    value: float
    unit: str  # semitones, dB, percent, seconds
    direction: Literal["more", "less", "none"]
    against: Against


@dataclass(frozen=True, slots=True)
class _Sign:
    """A number that may stand out."""

    name: str
    number: str
    unit: str
    least: float  # under it nobody would notice
    up: str
    down: str
    personal: bool = False  # people differ much in it, and so do microphones
    ratio: bool = False
    factor: float = 1.0


SIGNS = (
    _Sign("pitch", "pitch_p50", "semitones", 1.5, "higher", "lower", personal=True),
    _Sign("level", "", "dB", 4.0, "louder", "softer", personal=True),
    _Sign("pace", "syllables_per_s", "percent", 20.0, "faster", "slower", ratio=True),
    _Sign("range", "pitch_range", "semitones", 3.0, "livelier", "flatter"),
    _Sign("strain", "alpha_p50", "dB", 3.0, "sharper", "mellower", personal=True, factor=-1.0),
)
_WORDS = {sign.name: (sign.up, sign.down) for sign in SIGNS}
RARE = 1.0  # spreads of all that people say, felt or not
_PEOPLE_FACTOR = 1.7  # people differ more from each other than from themselves
_AT = {name: place for place, name in enumerate(NAMES)}


def clues(
    description: Description, baseline: Baseline, plain: Floats, spread: Floats
) -> tuple[Clue, ...]:
    """What stands out, the plainest first. `plain`: how people speak who feel nothing special;
    `spread`: how far they and their microphones lie apart.
    """
    own = baseline.own if baseline.turns >= SURE_TURNS else None
    known, usual = own is not None, plain if own is None else own
    level_db = baseline.level_db if known else None
    found = []
    for sign in SIGNS:
        away = _away(sign, description, usual, level_db)
        size = abs(away) / (sign.least if known else _least_of_people(sign, spread))
        if size >= 1:
            found.append((size, _clue(sign, away, "own" if known else "people")))
    found.sort(key=lambda one: -one[0])
    return (*(clue for _, clue in found), *_pauses(description, usual, known))


def _least_of_people(sign: _Sign, spread: Floats) -> float:
    """From which on somebody is unlike most people. What people differ in has to be rare."""
    own = RARE * float(spread[_AT[sign.number]]) if sign.personal and sign.number else 0.0
    return max(sign.least * _PEOPLE_FACTOR, own)


def _away(sign: _Sign, description: Description, usual: Floats, level_db: float | None) -> float:
    if not sign.number:
        return 0.0 if level_db is None else description.level_db - level_db
    now, before = description[sign.number], float(usual[_AT[sign.number]])
    if sign.ratio:
        return 100 * (now / before - 1) if before > 0 else 0.0
    return sign.factor * (now - before)


def _clue(sign: _Sign, away: float, against: Against) -> Clue:
    return Clue(sign.name, away, sign.unit, "more" if away > 0 else "less", against)


def _pauses(description: Description, usual: Floats, known: bool) -> Iterator[Clue]:
    """Pauses are told where there were some, and none where there usually are."""
    share, before = description["pauses"], float(usual[_AT["pauses"]])
    against: Against = "own" if known else "people"
    if share >= max(LEAST_PAUSED, 2 * before):
        yield Clue("pauses", description["pause_s"], "seconds", "more", against)
    elif share == 0 and before >= LEAST_PAUSED / 2 and description.speech_s >= LONG_S:
        yield Clue("pauses", 0.0, "seconds", "none", against)


def sentence(clue: Clue) -> str:
    """In English, as a person would say it."""
    whose = "your usual" if clue.against == "own" else "what people usually are"
    if clue.name == "pauses":
        return "no pauses" if clue.direction == "none" else f"pauses of {clue.value:.1f} s"
    up, down = _WORDS[clue.name]
    size = math.floor(abs(clue.value) + 0.5)
    unit = clue.unit.removesuffix("s") if size == 1 else clue.unit
    told = f"{size} %" if clue.unit == "percent" else f"{size} {unit}"
    return f"{up if clue.value > 0 else down} than {whose} by {told}"


def words(found: Sequence[Clue]) -> tuple[str, ...]:
    """How the voice is, in single words."""
    named = {
        ("pitch", "more"): "high",
        ("pitch", "less"): "low",
        ("level", "more"): "loud",
        ("level", "less"): "soft",
        ("pace", "more"): "fast",
        ("pace", "less"): "slow",
        ("range", "more"): "lively",
        ("range", "less"): "flat",
        ("strain", "more"): "sharp",
        ("strain", "less"): "mellow",
        ("pauses", "more"): "halting",
    }
    told = (named.get((clue.name, clue.direction)) for clue in found)
    return tuple(word for word in told if word is not None)
