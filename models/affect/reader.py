"""From a description to a reading: how awake, how pleasant, which emotion, how sure, and why."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from voiceagent.events import Reading

from .baseline import Baseline
from .clues import clues, sentence, words
from .describe import Description
from .weights import FOUR, SEVEN, Numbers, Weights, emotions, inputs, score

PLEASANT = {
    **{"angry": -0.7, "fearful": -0.6, "sad": -0.6, "disgusted": -0.6},
    **{"neutral": 0.0, "calm": 0.2, "happy": 0.8},
}
HINTS = ("calm", "disgusted", "fearful")
MOST_HINTED = 0.3  # the four are told apart on real data from elsewhere, the hints are not
LEAST_HINT = 0.05


def read(description: Description, baseline: Baseline, weights: Weights, unsure: float) -> Reading:
    """What is to be said of one piece of speech; below `unsure` no emotion is named."""
    turns = baseline.turns
    found = inputs(weights, description.numbers, baseline.usual)
    four, seven = (
        emotions(weights, model, found, description.speech_s, turns)[0]
        for model in (weights.four, weights.seven)
    )
    confidence = float(four.max())
    told = clues(description, baseline, weights.plain, weights.people_spread)
    labels = named(four, seven) if confidence >= unsure else {}
    return Reading(
        labels=labels,
        valence=round(float(sum(PLEASANT[it] * share for it, share in labels.items())), 3),
        arousal=round(float(np.tanh(score(weights.excited, *found, turns)[0])), 3),
        confidence=round(confidence, 3),
        words=words(told),
        reasons=tuple(sentence(clue) for clue in told),
    )


def learn(description: Description, baseline: Baseline, weights: Weights) -> None:
    """The turn is over: what it sounded like is a little more usual for this speaker."""
    turns = baseline.turns
    found = inputs(weights, description.numbers, baseline.usual)
    four = emotions(weights, weights.four, found, description.speech_s, turns)[0]
    baseline.learn(description, np.asarray(four @ weights.moves, np.float32))


def named(four: Numbers, seven: Numbers) -> Mapping[str, float]:
    """The four as they were decided; of the others a little, if they may be it."""
    hinted = {name: float(seven[SEVEN.index(name)]) for name in HINTS}
    hinted = {name: share for name, share in hinted.items() if share >= LEAST_HINT}
    scale = min(1.0, MOST_HINTED / sum(hinted.values())) if hinted else 1.0
    hinted = {name: scale * share for name, share in hinted.items()}
    rest = 1 - sum(hinted.values())
    both = {name: rest * share for name, share in zip(FOUR, four.tolist(), strict=True)} | hinted
    return {name: round(share, 3) for name, share in sorted(both.items(), key=lambda it: -it[1])}
