"""`session.update` over a socket: laid over what is there, shown whole, or refused whole."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.live import Live, Message

pytestmark = pytest.mark.anyio


async def test_the_session_begins_with_graded_patience_and_says_so(server: Live) -> None:
    async with server.call("?model=gpt-realtime-2.1") as call:
        (created,) = call.of("session.created")
        session = created["session"]
        assert call.log[0] is created
        assert session["type"] == "realtime"
        assert session["object"] == "realtime.session"
        assert session["id"].startswith("sess_")
        assert session["model"] == "gpt-realtime-2.1"
        assert session["audio"]["input"]["turn_detection"] == {
            "type": "semantic_vad",
            "create_response": True,
            "interrupt_response": True,
            "eagerness": "auto",
        }
        assert session["output_modalities"] == ["audio"]
        assert session["voiceagent"]["events"] == []


async def test_an_update_changes_what_it_names_and_shows_all(server: Live) -> None:
    async with server.call() as call:
        before = call.log[0]["session"]
        await call.send("session.update", session={"type": "realtime", "instructions": "Be kind."})
        after = (await call.expect("session.updated"))["session"]
        assert after == {**before, "instructions": "Be kind."}


@pytest.mark.parametrize(
    "session",
    [
        {"tracing": "auto"},
        {"tracing": {"workflow_name": "x"}},
        {"truncation": {"type": "retention_ratio", "retention_ratio": 0.8}},
        {"include": ["item.input_audio_transcription.logprobs"]},
        {"prompt": {"id": "pmpt_1"}},
        {"model": "gpt-realtime-mini"},
        {"parallel_tool_calls": False},
        {"max_output_tokens": 100},
        {"max_output_tokens": "inf"},
        {"tool_choice": {"type": "function", "name": "x"}},
        {"output_modalities": ["text"]},
    ],
)
async def test_what_stock_clients_send_is_taken_and_said_back(
    server: Live, session: Message
) -> None:
    async with server.call() as call:
        await call.send("session.update", session={"type": "realtime", **session})
        assert (await call.expect("session.updated"))["session"].items() >= session.items()


async def test_unknown_voices_and_recognisers_are_no_reason_to_refuse(server: Live) -> None:
    audio = {
        "input": {
            "transcription": {"model": "gpt-4o-mini-transcribe"},
            "noise_reduction": {"type": "near_field"},
        },
        "output": {"voice": "marin"},
    }
    async with server.call(audio=audio) as call:
        shown = call.log[-1]["session"]["audio"]
        assert shown["input"]["transcription"] == {"model": "gpt-4o-mini-transcribe"}
        assert shown["input"]["noise_reduction"] == {"type": "near_field"}
        assert shown["output"]["voice"] == "marin"
        assert (await call.ask())["status"] == "completed"


@pytest.mark.parametrize(
    ("session", "param"),
    [
        ({"type": "transcription"}, "session.type"),
        ({"modalities": ["text"]}, "session.modalities"),
        ({"output_modalities": ["text", "audio"]}, "session.output_modalities"),
        ({"instructions": 5}, "session.instructions"),
        (
            {"instructions": "new", "audio": {"input": {"format": {"type": "audio/opus"}}}},
            "session.audio.input.format.type",
        ),
        (
            {
                "instructions": "new",
                "audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 5}}},
            },
            "session.audio.input.turn_detection.threshold",
        ),
        ({"instructions": "new", "tools": [{"type": "mcp"}]}, "session.tools[0].type"),
        (
            {"instructions": "new", "voiceagent": {"events": ["gossip"]}},
            "session.voiceagent.events",
        ),
    ],
)
async def test_a_wrong_update_is_refused_and_nothing_changes(
    server: Live, session: Any, param: str
) -> None:
    async with server.call(instructions="old") as call:
        told = await call.refused("session.update", session=session)
        assert told["param"] == param
        await call.send("session.update", session={})
        assert (await call.expect("session.updated"))["session"]["instructions"] == "old"


async def test_our_own_style_is_set_shown_and_reset(server: Live) -> None:
    style = {"emotion": "tender", "pace": 1.2}
    async with server.call(voiceagent={"style": style, "events": ["turn"]}) as call:
        shown = call.log[-1]["session"]["voiceagent"]
        assert shown["style"].items() >= style.items()
        assert shown["events"] == ["turn"]
        await call.send("session.update", session={"voiceagent": {"style": None}})
        shown = (await call.expect("session.updated"))["session"]["voiceagent"]
        assert shown["style"]["emotion"] == "neutral"
        assert shown["events"] == ["turn"]
