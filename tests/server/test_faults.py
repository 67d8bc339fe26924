"""What is no event, or no sensible one: each gets an error, and the session goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.live import Call, Live, bench, dial

pytestmark = pytest.mark.anyio
DEEP = "[" * 900 + "]" * 900
DEEP_TOOL = f'{{"tools": [{{"name": "a", "parameters": {{"a": {DEEP}}}}}]}}'


async def lives(call: Call) -> None:
    """The session is as it was."""
    await call.say("Say: still here")
    done = await call.ask(output_modalities=["text"])
    assert done["output"][0]["content"][0]["text"] == "still here"


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "{",
        "not json",
        '"text"',
        "[]",
        "null",
        "5",
        "NaN",
        "{}",
        b"\x00\x01binary",
        b'{"type": "response.create"}',
        '{"type": null}',
        '{"type": 5}',
        '{"type": "poem.write"}',
        '{"type": "transcription_session.update"}',
        '{"type": "response.create", "event_id": 5}',
        '{"type": "session.update"}',
        '{"type": "session.update", "session": 5}',
        '{"type": "input_audio_buffer.append"}',
        '{"type": "input_audio_buffer.append", "audio": 5}',
        '{"type": "input_audio_buffer.append", "audio": "A"}',
        '{"type": "input_audio_buffer.append", "audio": "AA AA"}',
        '{"type": "input_audio_buffer.append", "audio": "__--"}',
        '{"type": "conversation.item.retrieve"}',
        '{"type": "conversation.item.delete", "item_id": 5}',
        '{"type": "conversation.item.truncate", "item_id": "x"}',
        '{"type": "conversation.item.create", "item": []}',
        '{"type": "conversation.item.create", "item": {}, "previous_item_id": 5}',
        '{"type": "response.cancel", "response_id": 5}',
        '{"type": "response.create", "response": "x"}',
        '{"type": "voiceagent.playback", "item_id": "x"}',
        f'{{"type": {DEEP}}}',
        f'{{"type": "session.update", "session": {{"tracing": {DEEP}}}}}',
        f'{{"type": "session.update", "session": {{"audio": {DEEP}}}}}',
        f'{{"type": "session.update", "session": {{"tool_choice": {DEEP}}}}}',
        f'{{"type": "session.update", "session": {{"voiceagent": {{"style": {{"a": {DEEP}}}}}}}}}',
        f'{{"type": "response.create", "response": {DEEP_TOOL}}}',
    ],
)
async def test_it_is_answered_by_one_error_and_the_session_goes_on(
    server: Live, frame: str | bytes
) -> None:
    async with server.call() as call:
        await call.raw(frame)
        told = await call.error()
        assert told["type"] == "invalid_request_error"
        assert told["message"]
        assert set(told) == {"type", "code", "message", "param", "event_id"}
        assert await call.settled() == []
        await lives(call)


async def test_an_error_names_the_event_that_caused_it(server: Live) -> None:
    async with server.call() as call:
        await call.send("poem.write", event_id="mine")
        assert (await call.error())["event_id"] == "mine"
        await call.send("poem.write")
        assert (await call.error())["event_id"] is None


@pytest.mark.parametrize(
    "event",
    [
        {"type": "x" * 3_000_000},
        {"type": "response.create", "response": {"conversation": "x" * 3_000_000}},
        {"type": "response.create", "response": {"output_modalities": ["x" * 3_000_000]}},
        {"type": "session.update", "session": {"tracing": "x" * 3_000_000}},
        {"type": "session.update", "session": {"tracing": [0] * 1_000_000}},
        {"type": "session.update", "session": {"voiceagent": {"style": {"x" * 3_000_000: 1}}}},
        {"type": "conversation.item.retrieve", "item_id": "x" * 3_000_000},
    ],
    ids=lambda event: str(event)[:60],
)
async def test_a_huge_mistake_gets_a_small_answer(server: Live, event: dict[str, Any]) -> None:
    async with server.call() as call:
        await call.raw(json.dumps(event))
        assert len(json.dumps(await call.error())) < 2_000
        await lives(call)


async def test_a_large_picture_is_taken_and_not_said_back(server: Live) -> None:
    picture = "data:image/png;base64," + "A" * 5_000_000
    async with server.call() as call:
        await call.send(
            "conversation.item.create",
            item={
                "type": "message",
                "role": "user",
                "id": "mine",
                "content": [{"type": "input_image", "image_url": picture, "detail": "low"}],
            },
        )
        await call.expect("conversation.item.done")
        content = (await call.retrieve("mine"))["content"]
        assert content == [{"type": "input_image", "detail": "low"}]


async def test_a_message_over_the_limit_closes_its_own_session_and_no_other() -> None:
    with Live(bench(serving__message_bytes=100_000)) as server:
        async with server.call() as other:
            async with server.call() as call:
                await call.append(bytes(60_000))
                assert await call.settled() == []
                await call.append(bytes(100_000))
                assert await call.closed() == 1009
            await server.sessions(1)
            await lives(other)


async def test_frames_that_are_no_text_close_the_session(server: Live) -> None:
    async with dial(server.ws) as call:
        await call.expect("session.created")
        await call.socket.send([b"\xff\xfe"], text=True)
        assert await call.closed() == 1007


async def test_a_conversation_that_is_full_says_so_and_goes_on() -> None:
    with Live(bench(serving__items=3)) as server:
        async with server.call(output_modalities=["text"]) as call:
            for n in range(3):
                await call.say(f"Say: {n}", id=f"item{n}")
            item = {"type": "message", "role": "user", "content": []}
            told = await call.refused("conversation.item.create", item=item)
            assert told["code"] == "conversation_full"
            done = await call.ask()
            assert done["output"][0]["content"][0]["text"] == "2"
            told = await call.refused("conversation.item.retrieve", item_id="item0")
            assert told["code"] == "item_retrieve_invalid_item_id", "the oldest made room"
