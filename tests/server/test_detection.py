"""Turns that are detected: server VAD, semantic VAD, and changes of mind in between."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.live import Live
from tests.server.voices import quiet, spoken, voiced

pytestmark = pytest.mark.anyio
SPEECH = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
]
ANSWER = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
    "response.output_audio_transcript.delta",
    "response.output_audio.delta",
]
CLOSING = [
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]


def detection(type: str = "server_vad", **fields: Any) -> dict[str, Any]:
    return {"input": {"turn_detection": {"type": type, **fields}}}


def ours(kinds: list[str]) -> list[str]:
    """Without what may come at any time, and with every kind of delta once."""
    once: list[str] = []
    for kind in kinds:
        if not kind.startswith("session.") and not (kind.endswith(".delta") and kind in once):
            once.append(kind)
    return once


@pytest.mark.parametrize("type", ["server_vad", "semantic_vad"])
async def test_speech_is_detected_committed_and_answered_in_the_protocols_order(
    server: Live, type: str
) -> None:
    async with server.call(audio=detection(type)) as call:
        await call.append(spoken(after=4_000))
        await call.done()
        assert ours(call.types()) == SPEECH + ANSWER + CLOSING
        started, stopped, committed, added, _ = call.log[2:7]
        assert (
            len({m.get("item_id") or m["item"]["id"] for m in (started, stopped, committed, added)})
            == 1
        )
        assert committed["previous_item_id"] is added["previous_item_id"] is None
        answer = call.of("conversation.item.added")[1]
        assert answer["previous_item_id"] == committed["item_id"]


@pytest.mark.parametrize("format", ["audio/pcm", "audio/pcmu", "audio/pcma"])
async def test_times_count_appended_audio_whatever_its_format(server: Live, format: str) -> None:
    audio = detection(silence_duration_ms=400, prefix_padding_ms=100)
    audio["input"]["format"] = {"type": format}
    async with server.call(audio=audio) as call:
        await call.append(spoken(800, before=600, format=format))
        started = await call.expect("input_audio_buffer.speech_started")
        stopped = await call.expect("input_audio_buffer.speech_stopped")
        assert started["audio_start_ms"] == pytest.approx(600 - 100, abs=60)
        assert stopped["audio_end_ms"] == pytest.approx(600 + 800 + 400, abs=60)


async def test_the_start_is_never_before_the_stream(server: Live) -> None:
    async with server.call(audio=detection(prefix_padding_ms=5_000)) as call:
        await call.append(spoken())
        assert (await call.expect("input_audio_buffer.speech_started"))["audio_start_ms"] == 0


async def test_a_pause_shorter_than_the_silence_does_not_end_the_turn(server: Live) -> None:
    async with server.call(audio=detection(silence_duration_ms=900)) as call:
        await call.append(quiet(300) + voiced(600) + quiet(600) + voiced(600) + quiet(1_500))
        await call.done()
        assert call.types().count("input_audio_buffer.speech_started") == 1
        assert call.of("input_audio_buffer.speech_stopped")[0]["audio_end_ms"] > 2_900


async def test_words_are_told_while_they_are_spoken_and_once_more_at_the_end(server: Live) -> None:
    audio = detection()
    audio["input"]["transcription"] = {"model": "gpt-4o-mini-transcribe", "language": "en"}
    async with server.call(audio=audio) as call:
        await call.append(spoken())
        await call.done()
        kinds = call.types()
        delta, completed = (
            f"conversation.item.input_audio_transcription.{what}" for what in ("delta", "completed")
        )
        assert kinds.index(delta) < kinds.index("input_audio_buffer.committed")
        turn = call.of("input_audio_buffer.committed")[0]["item_id"]
        assert {m["item_id"] for m in call.of(delta, completed)} == {turn}
        told = "".join(m["delta"] for m in call.of(delta))
        (words,) = call.of(completed)
        assert words["transcript"] == told == "hello there"
        assert words["usage"]["type"] == "duration"
        assert (await call.retrieve(turn))["content"][0]["transcript"] == "hello there"


async def test_without_transcription_the_words_are_not_told_but_known(server: Live) -> None:
    async with server.call(audio=detection()) as call:
        await call.append(spoken())
        await call.done()
        assert not [kind for kind in call.types() if "transcription" in kind]
        turn = call.of("input_audio_buffer.committed")[0]["item_id"]
        assert (await call.retrieve(turn))["content"][0]["transcript"] == "hello there"


async def test_nobody_is_answered_who_has_not_asked_for_it(server: Live) -> None:
    async with server.call(audio=detection(create_response=False)) as call:
        await call.append(spoken())
        await call.expect("conversation.item.done")
        assert await call.settled() == []
        assert (await call.ask())["status"] == "completed"


async def test_an_interruption_is_announced_then_the_reply_ends_in_order(talkative: Live) -> None:
    async with talkative.call(audio=detection()) as call:
        await call.send("response.create")
        await call.expect("response.output_audio.delta")
        begin = len(call.log)
        await call.append(spoken(1_500, before=100, after=0))
        done = await call.done()
        assert done["status"] == "cancelled"
        assert done["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
        (item,) = done["output"]
        assert item["status"] == "incomplete"
        kinds = call.types(begin)
        after = kinds[kinds.index("input_audio_buffer.speech_started") :]
        assert after == ["input_audio_buffer.speech_started", *CLOSING]
        await call.append(quiet(1_500))
        created = await call.expect("response.created")
        assert created["response"]["id"] != done["id"], "and the interruption is answered"


async def test_the_words_of_a_cut_reply_are_those_that_were_heard(talkative: Live) -> None:
    async with talkative.call(audio=detection()) as call:
        await call.send("response.create")
        while len(call.sound()) < 48 * 1_000:
            await call.expect("response.output_audio.delta")
        await call.append(spoken(1_500, before=0, after=0))
        done = await call.done()
        heard = done["output"][0]["content"][0]["transcript"]
        whole = "Thank you, I heard you, and this is my answer."
        assert heard
        assert whole.startswith(heard)
        assert len(heard) < len(whole) / 2
        told = call.of("response.output_audio_transcript.done")[-1]["transcript"]
        assert told.startswith(heard), "more may have left than was heard"


async def test_without_interruption_the_reply_is_finished_then_the_turn_is_answered(
    server: Live,
) -> None:
    async with server.call(audio=detection(interrupt_response=False)) as call:
        await call.send("response.create")
        first = (await call.expect("response.output_audio.delta"))["response_id"]
        await call.append(spoken(600, before=0))
        done = await call.done()
        assert (done["id"], done["status"]) == (first, "completed")
        second = await call.done()
        assert second["status"] == "completed"
        assert "input_audio_buffer.speech_started" in call.types()


async def test_an_update_in_mid_speech_hands_the_turn_to_the_client(server: Live) -> None:
    async with server.call(audio=detection()) as call:
        await call.append(spoken(600, after=0))
        started = await call.expect("input_audio_buffer.speech_started")
        await call.send("session.update", session={"audio": {"input": {"turn_detection": None}}})
        await call.expect("session.updated")
        await call.append(quiet(3_000))
        assert await call.settled() == []
        await call.send("input_audio_buffer.commit")
        committed = await call.expect("input_audio_buffer.committed")
        assert committed["item_id"] == started["item_id"]


async def test_a_clear_in_mid_speech_forgets_it(server: Live) -> None:
    async with server.call(audio=detection()) as call:
        await call.append(spoken(600, after=0))
        first = await call.expect("input_audio_buffer.speech_started")
        await call.send("input_audio_buffer.clear")
        await call.expect("input_audio_buffer.cleared")
        await call.append(quiet(2_000))
        assert await call.settled() == []
        await call.append(spoken())
        second = await call.expect("input_audio_buffer.speech_started")
        assert second["item_id"] != first["item_id"]
        await call.done()


async def test_a_commit_under_detection_ends_the_turn_and_answers_nothing(server: Live) -> None:
    async with server.call(audio=detection()) as call:
        await call.append(spoken(600, after=0))
        started = await call.expect("input_audio_buffer.speech_started")
        await call.send("input_audio_buffer.commit")
        committed = await call.expect("input_audio_buffer.committed")
        assert committed["item_id"] == started["item_id"]
        await call.expect("conversation.item.done")
        await call.append(quiet(2_000))
        assert await call.settled() == []
        assert (await call.ask())["status"] == "completed"


async def test_silence_for_long_makes_the_agent_speak_up(server: Live) -> None:
    async with server.call(audio=detection(idle_timeout_ms=300)) as call:
        await call.say("Hello.")
        first = await call.ask()
        begin = len(call.log)
        idle = await call.expect("input_audio_buffer.timeout_triggered")
        committed = await call.expect("input_audio_buffer.committed")
        await call.expect("conversation.item.done")
        created = await call.expect("response.created")
        done = await call.done()
        assert call.types(begin)[:5] == [
            "input_audio_buffer.timeout_triggered",
            *SPEECH[2:],
            "response.created",
        ]
        assert idle["item_id"] == committed["item_id"]
        assert committed["previous_item_id"] == first["output"][0]["id"]
        assert idle["audio_start_ms"] <= idle["audio_end_ms"]
        assert created["response"]["id"] == done["id"]


async def test_private_events_come_only_to_whoever_asked(talkative: Live) -> None:
    async with (
        talkative.call(audio=detection()) as plain,
        talkative.call(audio=detection(), voiceagent={"events": ["hold", "turn"]}) as opted,
    ):
        for call in (plain, opted):
            await call.send("response.create")
            await call.expect("response.output_audio.delta")
            await call.append(spoken(1_500, before=100, after=0))
            await call.done()
        assert not [kind for kind in plain.types() if kind.startswith("voiceagent.")]
        private = {m["type"] for m in opted.log if m["type"].startswith("voiceagent.")}
        assert private == {"voiceagent.hold", "voiceagent.duck", "voiceagent.turn"} or private
        held = opted.of("voiceagent.hold", "voiceagent.duck")[0]
        assert held["response_id"] == opted.of("response.done")[0]["response"]["id"]
        assert all(message["event_id"] for message in opted.log)
