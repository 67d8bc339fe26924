"""Every event that the server can send, through a socket, in its shape of data/protocol.json."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from tests.server.live import Call, Live, Message, bench
from tests.server.voices import quiet, spoken, voiced

pytestmark = pytest.mark.anyio
HERE = Path(__file__).parent
GOLDEN = HERE.parent / "data" / "protocol.json"
MHM = ["webrtcvad", {"model": "known", "text": "mm-hm"}]
EARS: list[Any] = ["webrtcvad", str(HERE / "parts" / "feeling"), "known"]
TELL = {
    "type": "function",
    "name": "tell",
    "description": "Tells.",
    "parameters": {"type": "object"},
}
PRIVATE = ["hold", "turn", "emotion", "style"]


def detection(**fields: Any) -> Message:
    turns = {"type": "server_vad", "silence_duration_ms": 300, **fields}
    return {"input": {"transcription": {"model": "any"}, "turn_detection": turns}}


# --- one conversation with everything in it ------------------------------------------------------


async def everything(call: Call) -> None:
    await call.say("Hello.", id="item_hello")
    await call.refused("conversation.item.delete", item_id="item_nobody")
    await call.append(spoken())
    await call.done()
    await over_a_reply(call)
    await call.send("conversation.item.delete", item_id="item_hello")
    await call.expect("conversation.item.deleted")
    await call.ask(voiceagent={"style": {"emotion": "sad"}})
    await tools_and_texts(call)
    await call.append(voiced(300))
    await call.send("input_audio_buffer.clear")
    await call.expect("input_audio_buffer.cleared")


async def over_a_reply(call: Call) -> None:
    """An interruption, and what a client does about it."""
    await call.send("response.create")
    first = await call.expect("response.output_audio.delta")
    item_id, response_id = first["item_id"], first["response_id"]
    while len(call.sound(response_id)) < 48 * 900:
        await call.expect("response.output_audio.delta")
    await call.append(spoken(1_500, before=0, after=0))
    await call.done()
    truncated = {"item_id": item_id, "content_index": 0, "audio_end_ms": 100}
    await call.send("conversation.item.truncate", **truncated)
    await call.expect("conversation.item.truncated")
    await call.retrieve(item_id)
    await call.append(quiet(600))
    await call.expect("response.output_audio.delta")
    await call.send("output_audio_buffer.clear")
    await call.expect("output_audio_buffer.cleared")


async def tools_and_texts(call: Call) -> None:
    await call.ask(tools=[TELL], tool_choice="required")
    await call.ask(output_modalities=["text"], conversation="none", metadata={"mine": "yes"})
    await call.send(
        "session.update", session={"audio": detection(idle_timeout_ms=200, create_response=True)}
    )
    await call.ask(output_modalities=["text"])
    await call.expect("input_audio_buffer.timeout_triggered")
    await call.done()


async def backchannel(call: Call) -> None:
    """The user says "mm-hm": the reply is ducked, maybe held, and goes on."""
    await call.send("response.create")
    while len(call.sound()) < 48 * 900:
        await call.expect("response.output_audio.delta")
    await call.append(spoken(350, before=0))
    await call.expect("voiceagent.resume")
    assert (await call.done())["status"] == "completed"
    assert not call.of("input_audio_buffer.speech_started")


async def failing(call: Call) -> None:
    """Ears that break lose the words of this turn, and of no other."""
    await call.append(spoken())
    failed = await call.expect("conversation.item.input_audio_transcription.failed")
    assert "out of order" in failed["error"]["message"]
    await call.done()
    await call.append(spoken())
    await call.expect("conversation.item.input_audio_transcription.completed")


# --- shapes --------------------------------------------------------------------------------------


def shape(value: Any) -> Any:
    """What there is, without what it says. Lists: their first entry."""
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in sorted(value.items())}
    if isinstance(value, list):
        return [shape(entry) for entry in value[:1]]
    return (
        "number"
        if isinstance(value, int | float) and not isinstance(value, bool)
        else type(value).__name__
    )


def golden() -> Message:
    found: Message = json.loads(GOLDEN.read_text())
    return found


async def test_every_event_of_the_server_comes_in_its_golden_shape() -> None:
    known: dict[str, list[Message]] = {}
    for message in golden()["server"]:
        known.setdefault(message["type"], []).append(message)
    seen: list[Message] = []
    with Live(bench(1.6, ears=EARS)) as server:
        async with server.call(audio=detection(), voiceagent={"events": PRIVATE}) as call:
            await everything(call)
            seen += call.log
    with Live(bench(2.0, ears=MHM)) as server:
        async with server.call(audio=detection(), voiceagent={"events": PRIVATE}) as call:
            await backchannel(call)
            seen += call.log
    with Live(bench(ears=[*EARS, str(HERE / "parts" / "failing")])) as server:
        async with server.call(audio=detection()) as call:
            await failing(call)
            seen += call.log
    assert {message["type"] for message in seen} == set(known)
    for message in seen:
        assert shape(message) in [shape(one) for one in known[message["type"]]], message


async def test_every_event_of_the_client_is_understood_by_the_server(server: Live) -> None:
    """In order they make one conversation; refused is only what names an item that is none."""
    async with server.call() as call:
        for message in golden()["client"]:
            await call.raw(json.dumps(message))
        while True:
            message = await call.next()
            if message["type"] == "error":
                assert "item" in message["error"]["param"], message
            if message["type"] == "response.done":
                break


def recorded(messages: list[Message]) -> list[Message]:
    """One of each shape, with ids that do not change: how the golden file was made."""
    kept, shapes, ids = [], [], {}  # type: ignore[var-annotated]

    def tidy(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: tidy(entry, name) for name, entry in value.items()}
        if isinstance(value, list):
            return [tidy(entry) for entry in value]
        if key.endswith("id") and isinstance(value, str) and "_" in value:
            kind = value.partition("_")[0]
            return ids.setdefault(value, f"{kind}_{sum(i.startswith(kind) for i in ids) + 1:03}")
        if key == "expires_at":
            return 1_800_000_000
        return value

    for message in messages:
        if message["type"] == "response.output_audio.delta":
            message = {**message, "delta": base64.b64encode(bytes(6)).decode()}
        if (kind := (message["type"], shape(message))) not in shapes:
            shapes.append(kind)
            kept.append(tidy(message))
    return sorted(kept, key=lambda message: str(message["type"]))
