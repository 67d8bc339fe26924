"""When a turn with a recording is over."""

from __future__ import annotations

import pytest

from voiceagent.client.events import (
    AgentFinished,
    AgentSaid,
    AgentStarted,
    CallEvent,
    ToolCalled,
    UserSaid,
    UserStartedSpeaking,
    UserStoppedSpeaking,
)
from voiceagent.client.turn import Notes

TALKS, STOPS = UserStartedSpeaking(0, "u1"), UserStoppedSpeaking(900, "u1")
STARTS, ENDS = AgentStarted("r1"), AgentFinished("r1", "completed")
CUT_IN = AgentFinished("r1", "cancelled", "turn_detected")
CALLS = ToolCalled("weather", "{}", "c1", "r1")
TELLS, TOLD = AgentStarted("r2"), AgentFinished("r2", "completed")


def noted(*events: CallEvent) -> Notes:
    notes = Notes()
    for event in events:
        notes.take(event)
    return notes


@pytest.mark.parametrize(
    ("events", "answered"),
    [
        ((TALKS, STOPS), False),
        ((TALKS, STOPS, STARTS), False),
        ((TALKS, STOPS, STARTS, ENDS), True),
        ((TALKS, STOPS, STARTS, TALKS, CUT_IN, STOPS), False),
        ((TALKS, STOPS, STARTS, TALKS, CUT_IN, STOPS, TELLS, TOLD), True),
        ((STARTS, CALLS, ENDS), False),
        ((STARTS, CALLS, ENDS, TELLS), False),
        ((STARTS, CALLS, ENDS, TELLS, TOLD), True),
        ((STARTS, CALLS, AgentFinished("r1", "cancelled", "client_cancelled")), True),
        ((STARTS, AgentFinished("r1", "failed", "gone")), True),
        ((STARTS, ENDS, TALKS), False),
        ((ENDS,), False),
    ],
)
def test_a_turn_is_answered_when_its_last_reply_is_over(
    events: tuple[CallEvent, ...], answered: bool
) -> None:
    assert noted(*events).answered is answered


def test_a_reply_from_before_is_no_part_of_the_turn() -> None:
    before = AgentSaid("from before", True, False, "r0", "i0")
    said = AgentSaid("now", True, False, "r1", "i1")
    assert noted(before, STARTS, said, ENDS).turn().said == "now"


def test_the_users_words_are_waited_for() -> None:
    partial, final = UserSaid("hel", False, "u1"), UserSaid("hello", True, "u1")
    assert not noted(TALKS, partial).understood
    assert noted(TALKS, partial, final).understood
    assert noted(TALKS, partial, final).turn().heard == "hello"
