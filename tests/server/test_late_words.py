"""Requests while words are awaited, and slow lines: in virtual time, without a socket."""

from __future__ import annotations

import base64
from functools import partial
from typing import Any

import anyio

from voiceagent.events import Event, Heard, SpeechStarted, SpeechStopped
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

    def __init__(self, settings: dict[str, Any] = MANUAL) -> None:
        ears = [ScriptedEars(LATE)]
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
