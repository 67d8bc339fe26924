"""How likely the words are those of a finished turn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from voiceagent.parts import Expect

DANGLING = """
    a an the of to in on at by for from with without and or but if because so that than as my your
    his her our their its some any no very too is are was were be am do does did can could will
    would should may might i we they he she want like get set make give put add um uh er hm please
    what's it's i'm i'd i'll little bit lot lots
"""
UNFINISHED = frozenset(DANGLING.split())
YES_NO = frozenset(
    ("yes", "yeah", "yep", "yup", "sure", "ok", "okay", "right", "correct", "no", "nope", "never")
)
NUMBERS = "zero oh one two three four five six seven eight nine"
DIGITS = frozenset(NUMBERS.split())

# Fitted on the pauses and the ends of the coffee orders, but for the number of words: that an order
# is longer at its end than at its pauses says nothing about "stop".
MODEL, DANGLES, BIAS = 0.9, -0.7, 2.0
SHARE = 0.6  # of pauses that are ends; both opinions know it, so that it is taken off once
ANSWERED, LACKING = 3.0, -3.0  # what was asked for is there, or is not: set by hand
LEAST, MOST = 0.02, 0.98


def finished(
    words: Sequence[str], ends: float, voice: float | None = None, asked: Expect | None = None
) -> float:
    """`ends`: P(sentence end) after these words under the language model. `voice`: how finished the
    turn sounds, where another ear has said so. `asked`: what the agent wants to know.
    """
    logit = BIAS + MODEL * math.log(max(ends, 1e-4)) + DANGLES * (words[-1] in UNFINISHED)
    if voice is not None:
        logit += logit_of(voice) - logit_of(SHARE)
    if asked is not None:
        logit += answered(words, asked)
    return min(MOST, max(LEAST, 1 / (1 + math.exp(-logit))))


def answered(words: Sequence[str], asked: Expect) -> float:
    """For and against an end, as what was asked for is there or lacks."""
    if asked.kind == "yes_no" and words[0] in YES_NO:
        goes_on = len(words) > 1 and words[-1] in UNFINISHED - {"please"}
        return 0.0 if goes_on else ANSWERED
    said = digits(words)
    if asked.kind == "digits" and said:
        wanted = min(filter(None, (digits(phrase.split()) for phrase in asked.phrases)), default=0)
        return ANSWERED if 0 < wanted <= said else LACKING
    return 0.0


def digits(words: Iterable[str]) -> int:
    return sum(word in DIGITS for word in words)


def logit_of(probability: float) -> float:
    p = min(MOST, max(LEAST, probability))
    return math.log(p / (1 - p))
