"""A kind word and a kind voice where the user plainly feels something; else nothing changes.

The voice alone only makes the agent's voice kinder. A kind word takes words of the user's that say
it too, and is said once, not at every turn.
"""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.events import Cause, Reading
from voiceagent.parts import Asked, HistoryItem, Said
from voiceagent.style import Emotion

SURE = 0.45
MOST_STILL = 0.3  # of probability that the user feels nothing much
MANNERS: dict[str, Emotion] = {
    "sad": "tender",
    "angry": "calm",
    "fearful": "calm",
    "happy": "happy",
}
WORDS = ("sad", "angry", "fearful")
IN_WORDS = ("the words", "话里")


def feeling(reading: Reading | None) -> str:
    """The feeling that is plain enough to be answered; empty: none."""
    if reading is None or not reading.labels or reading.confidence < SURE:
        return ""
    still = sum(reading.labels.get(name, 0.0) for name in ("neutral", "calm"))
    label = max(reading.labels, key=lambda name: reading.labels[name])
    return label if label in MANNERS and still <= MOST_STILL else ""


def manner(asked: Asked) -> Emotion | None:
    """How the agent's voice takes it."""
    return MANNERS.get(feeling(asked.reading)) if asked.cause is Cause.USER else None


def kind_word(asked: Asked) -> str:
    """The name of the sentence that comes before the answer; empty: none."""
    reading, felt = asked.reading, feeling(asked.reading)
    if reading is None or felt not in WORDS or asked.cause is not Cause.USER:
        return ""
    in_words = any(part in reason for reason in reading.reasons for part in IN_WORDS)
    agree = in_words and not any("not agree" in r or "不一致" in r for r in reading.reasons)
    return f"kind_{felt}" if agree and felt != _before(asked.history) else ""


def _before(history: Sequence[HistoryItem]) -> str:
    """What the user felt in the turn before this one."""
    said = [item for item in history if isinstance(item, Said) and item.role == "user"]
    return feeling(said[-2].reading) if len(said) > 1 else ""
