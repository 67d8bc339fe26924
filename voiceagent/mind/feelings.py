"""What a mind is told of how the user feels, and whether it is told at all.

Two paths: a plain task is answered as if there were no reading; only where the gate opens does the
mind hear of it (the routing of arXiv 2505.06685, in one number).
"""

from __future__ import annotations

from voiceagent.events import Reading
from voiceagent.hearing.feelings.reasons import NOTHING

OPEN = 0.5
SURE = ((0.7, "sure"), (0.45, "fairly sure"))
STILL = ("neutral", "calm")


def gate(reading: Reading | None) -> float:
    """How much the feeling matters beside the task: 0 to 1; the rest is the task's."""
    if reading is None or not reading.labels:
        return 0.0
    stirred = max(0.0, 1 - sum(reading.labels.get(name, 0.0) for name in STILL))
    sure = 0.6 + 0.4 * reading.confidence
    return min(1.0, stirred**2 * sure + 0.2 * stirred * max(0.0, reading.arousal))


def matters(reading: Reading | None) -> bool:
    return gate(reading) >= OPEN and reading is not None and bool(how_sure(reading))


def how_sure(reading: Reading) -> str:
    """In words; empty where it is too unsure to be told."""
    return next((words for least, words in SURE if reading.confidence >= least), "")


def line(reading: Reading | None) -> str:
    """One line for a mind; empty where the user just wants something done."""
    if reading is None or not matters(reading):
        return ""
    label = max(reading.labels, key=lambda name: reading.labels[name])
    why = "; ".join(reason for reason in reading.reasons if reason not in NOTHING.values())
    why = why.replace("your usual", "usual")
    told = f"The user sounds {label} ({how_sure(reading)}){f': {why}' if why else ''}."
    return f"{told} Let it guide your tone; answer what was asked."
