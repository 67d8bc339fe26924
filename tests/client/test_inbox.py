"""An application that does not read loses nothing essential, and memory stays bounded."""

from __future__ import annotations

import logging

import pytest

from voiceagent.client import inbox as inbox_room
from voiceagent.client.events import AgentAudio, AgentSaid, CallEvent, Closed, UserSaid
from voiceagent.client.inbox import MOST_AUDIO_MS, MOST_EVENTS, Inbox
from voiceagent.testing import run_virtual

SECOND = bytes(48_000)


def audio(n: int, reply: str = "r") -> AgentAudio:
    return AgentAudio(n.to_bytes(2, "little") + SECOND[2:], 24_000, reply)


def rest(inbox: Inbox) -> list[CallEvent]:
    """Everything that is left, in order."""
    found: list[CallEvent] = []

    async def take() -> None:
        inbox.finish(Closed("over"))
        while (event := await inbox.take()) is not None:
            found.append(event)

    run_virtual(take)
    return found[:-1]


def test_of_too_much_audio_the_oldest_is_dropped_and_every_word_is_kept() -> None:
    inbox = Inbox()
    said = [UserSaid(str(n), True, "u") for n in range(200)]
    for n, words in enumerate(said):
        inbox.put(audio(n))
        inbox.put(words)
    left = rest(inbox)
    sounds = [event for event in left if isinstance(event, AgentAudio)]
    assert [event for event in left if isinstance(event, UserSaid)] == said
    assert len(sounds) == MOST_AUDIO_MS // 1000
    assert sounds[-1] == audio(199)


def test_words_that_later_ones_contain_go_before_final_ones() -> None:
    inbox = Inbox()
    inbox.put(UserSaid("first", True, "u"))
    for n in range(MOST_EVENTS + 100):
        inbox.put(AgentSaid("word " * n, False, False, "r", "i"))
    left = rest(inbox)
    assert left[0] == UserSaid("first", True, "u")
    assert len(left) <= MOST_EVENTS


def test_a_slow_reader_is_warned_of_once(caplog: pytest.LogCaptureFixture) -> None:
    inbox = Inbox()

    async def read_one_of_many() -> None:
        inbox.put(UserSaid("hello", True, "u"))
        await inbox.take()
        for n in range(300):
            inbox.put(audio(n))

    with caplog.at_level(logging.WARNING, "voiceagent.client"):
        run_virtual(read_one_of_many)
    assert len(caplog.records) == 1


def test_who_never_reads_is_not_warned(caplog: pytest.LogCaptureFixture) -> None:
    inbox = Inbox()
    for n in range(300):
        inbox.put(audio(n))
    assert not caplog.records


def test_audio_of_an_interrupted_reply_is_thrown_away() -> None:
    inbox = Inbox()
    inbox.put(audio(1, "old"))
    inbox.put(audio(2, "new"))
    inbox.forget_audio("old")
    assert rest(inbox) == [audio(2, "new")]


def test_everything_may_be_dropped_before_memory_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inbox_room, "MOST_EVENTS", 3)
    inbox = Inbox()
    for n in range(5):
        inbox.put(UserSaid(str(n), True, "u"))
    assert [event.text for event in rest(inbox) if isinstance(event, UserSaid)] == ["3", "4"]
