"""Listeners in a row, in this process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pytest

from tests.worker.fakes import Capitals, Notes, Typist, frame
from voiceagent.events import EarsFailed, Event, Heard, Scored, Settle
from voiceagent.hearing import Chain, InlineEars
from voiceagent.hearing.chain import FAILURES, WITHIN_MS
from voiceagent.parts import Cue, Expect, Frame, Listener, Reset, Tune


class Fragile:
    """Raises at every frame; counts how often it was opened."""

    def __init__(self) -> None:
        self.opened = 0

    def listen(self) -> Listener:
        self.opened += 1
        return self

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        raise ValueError("odd")

    def tell(self, cue: Cue) -> Iterable[Event]:
        return ()


def texts(events: Iterable[Event]) -> list[str]:
    return [event.text for event in events if isinstance(event, Heard)]


def test_each_ear_sees_what_those_before_it_heard() -> None:
    chain = Chain([Typist(), Capitals(), Capitals()])
    assert texts(chain.feed(frame(0, "hi"))) == ["hi", "HI", "HI", "HI"]


def test_what_was_heard_elsewhere_is_seen_too() -> None:
    chain = Chain([Capitals()])
    assert texts(chain.feed(frame(0), [Heard(0, "hi", 0)])) == ["HI"]


def test_what_a_cue_brought_is_seen_with_the_next_frame_and_once() -> None:
    chain = Chain([Typist(), Capitals()])
    chain.feed(frame(0, "hi"))
    assert texts(chain.tell(Settle(20))) == ["hi"]
    assert texts(chain.feed(frame(20))) == ["HI"]
    assert chain.feed(frame(40)) == []


def test_an_ear_that_fails_is_reported_and_replaced() -> None:
    chain = Chain([Typist()])
    chain.feed(frame(0, "lost"))
    assert chain.feed(frame(20, "raise")) == [EarsFailed(40, "Typist: RuntimeError: a bad frame")]
    assert texts(chain.feed(frame(40, "new"))) == ["new"]


def test_a_fresh_ear_is_told_again_what_lasts() -> None:
    chain = Chain([Typist()])
    for cue in (Tune(language="yue"), Expect("digits"), Expect("name"), Reset()):
        chain.tell(cue)
    chain.feed(frame(0, "raise"))
    assert texts(chain.feed(frame(20, "hi"))) == ["<yue> <name> hi"]


def test_a_failing_ear_does_not_silence_the_others() -> None:
    chain = Chain([Fragile(), Typist()])
    assert texts(chain.feed(frame(0, "hi"))) == ["hi"]


def test_an_ear_that_keeps_failing_is_off_for_a_while_and_then_tried_again() -> None:
    ear = Fragile()
    chain = Chain([ear])
    frames = [frame(at) for at in range(0, 2 * WITHIN_MS, 20)]
    errors = [event for each in frames for event in chain.feed(each)]
    assert ear.opened == 2 * FAILURES
    assert [type(error) for error in errors] == [
        EarsFailed
    ] * 2  # one for each time that it went off


@pytest.mark.anyio
async def test_inline_ears_have_listened_to_what_they_were_sent() -> None:
    notes = Notes()
    ears = InlineEars([Typist()], notes)
    await ears.send(frame(20, "hi"))
    assert ears.listened == 40
    assert texts(notes) == ["hi"]


@pytest.mark.anyio
async def test_events_come_in_the_order_of_their_making_though_a_cue_is_told_meanwhile() -> None:
    class Twice(Capitals):
        def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
            return [Heard(0, "first", 0), Scored(0, 0.5)]

        def tell(self, cue: Cue) -> Iterable[Event]:
            return [Heard(0, "told", 0, final=True)]

    got: list[Event] = []

    def session(event: Event) -> None:
        got.append(event)
        if event == Heard(0, "first", 0):
            ears.tell(Settle(0))

    ears = InlineEars([Twice()], session)
    await ears.send(frame(0))
    assert got == [Heard(0, "first", 0), Scored(0, 0.5), Heard(0, "told", 0, final=True)]
