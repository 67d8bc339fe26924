"""A hold that is taken back at once, as for an echo, is heard by nobody."""

from __future__ import annotations

from tests.session.talk import Talk
from voiceagent import events as e
from voiceagent.events import Event, Judged, SpeechStarted
from voiceagent.parts import Phrase
from voiceagent.session import Ended
from voiceagent.testing import Parrot, says

HELLO = says("hello", 500, 1500)
LONG = "this is a rather long answer that goes on and on for quite a while"
WHOLE_MS = len("You said: hello") * 60


def sound_ms(*over: Event) -> int:
    """How much of the reply to HELLO is handed out in all; it becomes audible at 2000."""
    talk = Talk([*HELLO, *over]).run(8)
    assert [n.status for _, n in talk.tape.of(Ended) if isinstance(n, Ended)] == ["completed"]
    return talk.tape.sound_ms(1)


def test_a_hold_that_is_taken_back_before_anything_fell_silent_repeats_no_word() -> None:
    assert sound_ms(SpeechStarted(2240, 2180), Judged(2240, "noise")) == WHOLE_MS


def test_a_hold_that_was_heard_repeats_the_word_that_it_cut() -> None:
    assert sound_ms(SpeechStarted(2240, 2180), Judged(2400, "noise")) > WHOLE_MS


def test_a_repeated_noise_keeps_a_reply_going_that_its_own_echo_would_cut() -> None:
    echo = [Judged(at, "noise") for at in range(2340, 6000, 300)]
    talk = Talk([*HELLO, SpeechStarted(2340, 2280), *echo], Parrot([Phrase(LONG)])).run(8)
    assert not talk.actions(e.Cancel)
    assert len(talk.actions(e.Hold)) <= 1
