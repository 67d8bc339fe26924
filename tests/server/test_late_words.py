"""Requests while words are awaited, and slow lines: in virtual time, without a socket."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import partial
from typing import Any

import anyio

from voiceagent.events import (
    Event,
    Felt,
    Heard,
    Judged,
    Reading,
    SpeechStarted,
    SpeechStopped,
)
from voiceagent.hearing import InlineEars
from voiceagent.rules import Patience, Rules
from voiceagent.server.realtime import Gone, Realtime, Terms
from voiceagent.session import House
from voiceagent.speaking.cascade import Cascade
from voiceagent.testing import Monotone, Parrot, ScriptedEars, run_virtual
from voiceagent.wire.settings import Settings, update

MANUAL = {"audio": {"input": {"turn_detection": None, "transcription": {"model": "any"}}}}
LATE: list[Event] = [
    SpeechStarted(100, 40),
    SpeechStopped(500, 400),
    Heard(900, "good evening", 400, final=True),
]


class Desk:
    """A client beside the server, in the same loop."""

    def __init__(self, settings: dict[str, Any] = MANUAL, hears: Sequence[Event] = LATE) -> None:
        ears = [ScriptedEars(hears)]
        rules = Rules(patience=Patience(text_wait_ms=400))
        house = House(
            Cascade(Parrot(), Monotone()), lambda tell: InlineEars(ears, tell), rules=rules
        )
        self.said: list[dict[str, Any]] = []
        self.slow_s = 0.0
        self._house, self._terms = house, Terms(update(Settings(), settings))
        self._in, self._out = anyio.create_memory_object_stream[Any](1_000)

    async def talk(self, *events: dict[str, Any], seconds: float = 3.0) -> list[str]:
        """Send half a second of audio and these events; what is said within so long."""
        realtime = Realtime(self._house, self._terms)
        async with anyio.create_task_group() as group:
            group.start_soon(realtime.converse, self._receive, self._send)
            await anyio.sleep(0.5)
            await realtime.session.hear(bytes(16_000))
            for event in events:
                await self._in.send(event)
            for _ in range(int(seconds * 50)):
                await anyio.sleep(0.02)
                await realtime.session.hear(bytes(640))
            self._in.close()
        self._out.close()
        return [event["type"] for event in self.said]

    async def _receive(self) -> Any:
        try:
            return await self._out.receive()
        except anyio.EndOfStream:
            raise Gone from None

    async def _send(self, event: dict[str, Any]) -> None:
        await anyio.sleep(self.slow_s)
        self.said.append(event)


COMMIT = {"type": "input_audio_buffer.commit"}
CREATE = {"type": "response.create", "response": {"metadata": {"id": "mine"}}}
CANCEL = {"type": "response.cancel"}
CLEAR = {"type": "input_audio_buffer.clear"}


def buffered() -> dict[str, Any]:
    return {
        "type": "input_audio_buffer.append",
        "audio": base64.b64encode(bytes(48 * 200)).decode(),
    }


def test_a_response_waits_for_the_words_of_the_turn_before_it() -> None:
    desk = Desk()
    kinds = run_virtual(partial(desk.talk, buffered(), COMMIT, CREATE))
    words = kinds.index("conversation.item.input_audio_transcription.completed")
    assert kinds.index("input_audio_buffer.committed") < words < kinds.index("response.created")
    done = next(event for event in desk.said if event["type"] == "response.done")
    assert done["response"]["output"][0]["content"][0]["transcript"] == "You said: good evening"


def test_a_response_cancelled_while_it_waits_is_told_from_its_beginning_to_its_end() -> None:
    desk = Desk()
    kinds = run_virtual(partial(desk.talk, buffered(), COMMIT, CREATE, CANCEL))
    mine = [event["response"] for event in desk.said if "response" in event]
    assert [kind for kind in kinds if kind.startswith("response.")] == [
        "response.created",
        "response.done",
    ]
    assert [response["status"] for response in mine] == ["in_progress", "cancelled"]
    assert {response["metadata"]["id"] for response in mine} == {"mine"}
    assert mine[1]["output"] == []


def test_a_second_response_while_the_first_waits_is_refused() -> None:
    desk = Desk()
    run_virtual(partial(desk.talk, buffered(), COMMIT, CREATE, {**CREATE, "event_id": "two"}))
    (told,) = [event["error"] for event in desk.said if event["type"] == "error"]
    assert told["code"] == "conversation_already_has_active_response"
    assert told["event_id"] == "two"


def test_many_requests_at_once_over_a_slow_line_are_all_answered() -> None:
    desk = Desk()
    desk.slow_s = 0.005
    item = {"type": "message", "role": "user", "content": []}
    creates = [{"type": "conversation.item.create", "item": item} for _ in range(600)]
    kinds = run_virtual(partial(desk.talk, *creates, seconds=8.0))
    assert kinds.count("conversation.item.done") == 600


def test_of_a_cancelled_reply_nothing_leaves_any_more_however_slow_the_line() -> None:
    desk = Desk()
    desk.slow_s = 0.15
    kinds = run_virtual(partial(desk.talk, CREATE, *[CLEAR] * 12, CANCEL, seconds=8.0))
    done = kinds.index("response.done")
    assert not [kind for kind in kinds[done:] if kind.endswith(".delta")]


HAPPY = Reading({"happy": 0.8, "neutral": 0.2}, 0.5, 0.5, 0.8, (), ("lively",), (40, 400))
TRANSCRIBED = {"input": {"transcription": {"model": "any"}}}
AUTO = {"voiceagent": {"events": ["emotion"]}, "audio": TRANSCRIBED}
OVER: list[Event] = [
    SpeechStarted(100, 40),
    SpeechStopped(500, 400),
    Felt(500, HAPPY, final=True),
    Heard(520, "good evening and " * 12, 400, final=True),
    SpeechStarted(2_400, 2_340),
    Felt(2_700, HAPPY),
    SpeechStopped(2_800, 2_700),
]
"""A turn, and then something over the reply."""


def felt(*more: Event) -> tuple[list[dict[str, Any]], list[str]]:
    """What is told of feelings, and the items of the user that there are."""
    desk = Desk(AUTO, [*OVER, *more])
    run_virtual(partial(desk.talk, seconds=5.0))
    told = [it for it in desk.said if it["type"] == "voiceagent.user_emotion"]
    began = [it for it in desk.said if it["type"] == "input_audio_buffer.committed"]
    return told, [it["item_id"] for it in began]


def test_what_was_felt_in_a_backchannel_is_told_of_no_turn() -> None:
    """Nor what is heard of it a moment later, when it is over."""
    told, items = felt(Judged(2_850, "backchannel"), Felt(3_300, HAPPY, final=True))
    assert len(items) == 1
    assert {it["item_id"] for it in told} == set(items)
    assert [it["final"] for it in told].count(True) == 1


def test_what_was_felt_before_an_interruption_was_one_is_told_with_it() -> None:
    told, items = felt(Judged(2_850, "interruption"), Heard(2_900, "stop that", 2_700, final=True))
    assert len(items) == 2
    assert [it["item_id"] for it in told if it["final"]] == items
