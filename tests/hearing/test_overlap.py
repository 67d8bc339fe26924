"""What words over a living reply mean."""

from __future__ import annotations

import pytest

from tests.worker.fakes import frame
from voiceagent.events import Event, Heard, Judged, SpeechStarted, Verdict
from voiceagent.hearing.overlap import OverlapEar, assents, judge
from voiceagent.parts import Expect, Reset

OPEN = None


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Mm-hm.", "backchannel"),
        ("uh huh", "backchannel"),
        ("Yeah, right.", "backchannel"),
        ("I see", "backchannel"),
        ("Okay okay okay", "backchannel"),
        ("嗯嗯, 对对对。", "backchannel"),
        ("好的 OK", "backchannel"),
        ("that\u2019s right", "backchannel"),
        ("yeah right okay sure cool", "interruption"),
        ("right here", "interruption"),
        ("Okay, but tomorrow?", "interruption"),
        ("wait", "interruption"),
        ("no", "interruption"),
        ("yeah no", "interruption"),
        ("Excuse me", "interruption"),
        ("等一下", "interruption"),
        ("不对", "interruption"),
        ("我要改时间", "interruption"),
        ("42", "interruption"),
        ("go", "interruption"),
        ("", "noise"),
        ("[cough] ...", "noise"),
    ],
)
def test_final_words_are_judged(text: str, verdict: Verdict) -> None:
    judged = judge(text, final=True)
    assert judged is not None
    assert judged[0] == verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("", OPEN),
        ("ye", OPEN),
        ("okay i", OPEN),
        ("go", OPEN),
        ("sounds go", OPEN),
        ("yeah", "backchannel"),
        ("hold on", "interruption"),
        ("stop", "interruption"),
        ("can you", "interruption"),
        ("停", "interruption"),
    ],
)
def test_partial_words_that_may_still_become_a_backchannel_are_waited_for(
    text: str, verdict: Verdict | None
) -> None:
    judged = judge(text, final=False)
    assert (judged and judged[0]) == verdict


def test_a_verdict_is_given_when_it_changes_and_afresh_for_new_speech() -> None:
    listener = OverlapEar().listen()

    def hear(*events: Event) -> list[Verdict]:
        return [e.verdict for e in listener.feed(frame(0), events) if isinstance(e, Judged)]

    assert hear(Heard(0, "yeah", 0)) == ["backchannel"]
    assert hear(Heard(0, "yeah okay", 0)) == []
    assert hear(Heard(0, "yeah okay but", 0)) == ["interruption"]
    assert hear(Heard(0, "yeah okay but no", 0, final=True)) == []
    assert hear(SpeechStarted(0, 0), Heard(0, "but", 0)) == ["interruption"]
    listener.tell(Reset())
    assert hear(Heard(0, "but", 0)) == ["interruption"]


def test_a_yes_is_an_answer_where_the_agent_has_asked_and_a_backchannel_elsewhere() -> None:
    listener = OverlapEar().listen()
    for cue, verdict in (
        (Expect(), "backchannel"),
        (Expect("yes_no"), "interruption"),
        (Expect(), "backchannel"),
    ):
        listener.tell(cue)
        listener.tell(Reset())
        judged = list(listener.feed(frame(0), [Heard(100, "yes", 90)]))
        assert [event.verdict for event in judged if isinstance(event, Judged)] == [verdict]


@pytest.mark.parametrize(
    ("text", "yes"),
    [("yes", True), ("Yeah, ok", True), ("好的", True), ("mm-hm", False), ("", False)],
)
def test_only_a_yes_is_an_assent(text: str, yes: bool) -> None:
    assert assents(text) is yes
