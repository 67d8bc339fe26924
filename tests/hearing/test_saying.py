"""What words over a living reply mean."""

from __future__ import annotations

import pytest

from voiceagent.events import Verdict
from voiceagent.hearing.saying import assents, clear_stop, judge

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


@pytest.mark.parametrize(
    ("text", "yes"),
    [("yes", True), ("Yeah, ok", True), ("好的", True), ("mm-hm", False), ("", False)],
)
def test_only_a_yes_is_an_assent(text: str, yes: bool) -> None:
    assert assents(text) is yes


@pytest.mark.parametrize(
    ("text", "stop"),
    [("stop", "stop"), ("oh wait a bit", "wait"), ("hold on", "hold on"), ("停", "停")]
    + [(text, "") for text in ("no", "mm", "stopwatch", "")],
)
def test_a_clear_wish_to_stop_is_none_that_a_hum_is_taken_for(text: str, stop: str) -> None:
    assert clear_stop(text) == stop
