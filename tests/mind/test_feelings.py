"""When a mind hears of a feeling, and what."""

from __future__ import annotations

from dataclasses import replace

import pytest

from voiceagent.events import NO_READING, Reading
from voiceagent.mind.feelings import gate, line, matters

SAD = Reading(
    {"sad": 0.75, "neutral": 0.15, "happy": 0.05, "angry": 0.05},
    *(-0.6, -0.3, 0.68),
    ("sorrowful",),
    ("lower by 3 semitones than your usual; the words agree",),
)
PLAIN = Reading({"neutral": 0.6, "sad": 0.2, "happy": 0.1, "angry": 0.1}, 0.0, 0.1, 0.6)


def test_a_clear_feeling_is_told_in_one_line() -> None:
    assert line(SAD) == (
        "The user sounds sad (fairly sure): lower by 3 semitones than usual; the words agree. "
        "Let it guide your tone; answer what was asked."
    )
    assert line(replace(SAD, reasons=("nothing measured stands out",))).startswith(
        "The user sounds sad (fairly sure). "
    )
    assert "(sure)" in line(replace(SAD, confidence=0.9))


@pytest.mark.parametrize("reading", [None, NO_READING, PLAIN, replace(SAD, confidence=0.3)])
def test_a_plain_task_is_answered_as_if_there_were_no_reading(reading: Reading | None) -> None:
    assert line(reading) == ""
    assert not matters(reading)


def test_a_neutral_voice_keeps_the_gate_shut() -> None:
    assert gate(PLAIN) < 0.3
    assert gate(None) == gate(NO_READING) == 0


def test_a_stirred_voice_opens_the_gate_further() -> None:
    assert gate(replace(PLAIN, arousal=0.9)) > gate(PLAIN)
    assert gate(replace(SAD, arousal=0.9)) > gate(SAD) > 0.5


@pytest.mark.parametrize("share", [0.0, 0.25, 0.5, 0.75, 1.0])
def test_the_gate_is_a_share(share: float) -> None:
    angry = Reading({"angry": share, "neutral": 1 - share}, -1, 1, 1.0)
    assert 0 <= gate(angry) <= 1
