"""How likely the words are those of a finished turn."""

from __future__ import annotations

import math
from collections.abc import Sequence

DANGLING = """
    a an the of to in on at by for from with without and or but if because so that than as my your
    his her our their its some any no very too is are was were be am do does did can could will
    would should may might i we they he she want like get set make give put add um uh er hm please
    what's it's i'm i'd i'll little bit lot lots
"""
UNFINISHED = frozenset(DANGLING.split())

# Fitted on the pauses and the ends of the coffee orders, but for the number of words: that an order
# is longer at its end than at its pauses says nothing about "stop".
MODEL, DANGLES, BIAS = 0.9, -0.7, 2.0
SHARE = 0.6  # of pauses that are ends; both opinions know it, so that it is taken off once
LEAST, MOST = 0.02, 0.98


def finished(words: Sequence[str], ends: float, voice: float | None = None) -> float:
    """`ends`: P(sentence end) after these words under the language model. `voice`: how finished the
    turn sounds, where another ear has said so.
    """
    logit = BIAS + MODEL * math.log(max(ends, 1e-4)) + DANGLES * (words[-1] in UNFINISHED)
    if voice is not None:
        logit += logit_of(voice) - logit_of(SHARE)
    return min(MOST, max(LEAST, 1 / (1 + math.exp(-logit))))


def logit_of(probability: float) -> float:
    p = min(MOST, max(LEAST, probability))
    return math.log(p / (1 - p))
