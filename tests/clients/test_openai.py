"""The official Python client, unmodified, in conversation with the server."""

from __future__ import annotations

import asyncio
import base64
from typing import Any

import pytest

pytest.importorskip("openai")

from tests.clients.call import Call, calling, speaking
from tests.clients.speech import recorded

pytestmark = [pytest.mark.clients, pytest.mark.anyio]

WORDS = "hello there"  # what the profile's ears make of any speech
ANSWER = "Thank you, I heard you, and this is my answer."
HEARING = [
    "input_audio_buffer.speech_started",
    "input_audio_buffer.speech_stopped",
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
]
OPENING = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
]
CLOSING = [
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]
DELTAS = ["response.output_audio_transcript.delta", "response.output_audio.delta"]
TRANSCRIPTION = [
    "conversation.item.input_audio_transcription.delta",
    "conversation.item.input_audio_transcription.completed",
]
BOOK: Any = {
    "type": "function",
    "name": "book_table",
    "description": "Book a table.",
    "parameters": {"type": "object", "properties": {}},
}


# --- spoken turns ---------------------------------------------------------------------------------

SERVER_VAD = {"type": "server_vad", "silence_duration_ms": 300}
SEMANTIC_VAD = {"type": "semantic_vad", "eagerness": "high"}
MANNERS: dict[str, tuple[Any, Any]] = {
    "server_vad": (SERVER_VAD, {"type": "audio/pcm", "rate": 24000}),
    "semantic_vad": (SEMANTIC_VAD, {"type": "audio/pcm", "rate": 24000}),
    "mu-law": (SERVER_VAD, {"type": "audio/pcmu"}),
    "A-law": (SEMANTIC_VAD, {"type": "audio/pcma"}),
}
Turns = dict[str, tuple[Any, Call]]


@pytest.fixture(scope="module")
def turns(server: str) -> Turns:
    """The same order spoken in every manner, at the same time: the session told, and the call."""

    async def talk(detection: Any, format: Any) -> tuple[Any, Call]:
        async with calling(server) as call:
            heard = {"format": format, "turn_detection": detection}
            session = await call.configure(
                audio={
                    "input": {**heard, "transcription": {"model": "gpt-4o-mini-transcribe"}},
                    "output": {"format": format, "voice": "marin"},
                }
            )
            async with speaking(call, format["type"]) as microphone:
                microphone.say("espresso")
                await call.until("response.done")
        return session, call

    async def talk_all() -> Turns:
        told = await asyncio.gather(*(talk(*manner) for manner in MANNERS.values()))
        return dict(zip(MANNERS, told, strict=True))

    return asyncio.run(talk_all())


every_manner = pytest.mark.parametrize("manner", MANNERS)


@every_manner
def test_the_session_is_what_was_asked_for(turns: Turns, manner: str) -> None:
    session, _ = turns[manner]
    detection, format = MANNERS[manner]
    audio = session.audio
    assert detection.items() <= audio.input.turn_detection.model_dump().items()
    assert audio.input.format.model_dump(exclude_none=True) == format
    assert audio.output.format.model_dump(exclude_none=True) == format


@every_manner
def test_a_spoken_turn_is_told_in_the_order_of_the_protocol(turns: Turns, manner: str) -> None:
    _, call = turns[manner]
    opened = ["session.created", "session.updated"]
    assert call.kinds(without=DELTAS + TRANSCRIPTION) == opened + HEARING + OPENING + CLOSING


@every_manner
def test_the_turn_keeps_one_item_and_its_words_arrive(turns: Turns, manner: str) -> None:
    _, call = turns[manner]
    item_id = call.all("input_audio_buffer.committed")[0].item_id
    about = call.all(*HEARING[:3], *TRANSCRIPTION)
    assert {event.item_id for event in about} == {item_id}
    assert call.all("conversation.item.added")[0].item.id == item_id
    assert [event.transcript for event in call.all(TRANSCRIPTION[1])] == [WORDS]
    assert "".join(event.delta for event in call.all(TRANSCRIPTION[0])) == WORDS


@every_manner
def test_the_answer_is_heard_whole_with_its_words(turns: Turns, manner: str) -> None:
    _, call = turns[manner]
    sound = b"".join(base64.b64decode(event.delta) for event in call.all(DELTAS[1]))
    per_ms = 48 if MANNERS[manner][1]["type"] == "audio/pcm" else 8
    assert 2_000 <= len(sound) / per_ms <= 2_010  # two seconds, and the tail of a filter
    assert "".join(event.delta for event in call.all(DELTAS[0])) == ANSWER
    done = call.all("response.done")[0].response
    assert done.status == "completed"
    assert done.output[0].content[0].transcript == ANSWER
    assert done.output[0].content[0].type == "output_audio"
    assert done.usage.total_tokens == done.usage.input_tokens + done.usage.output_tokens


@every_manner
def test_pieces_of_audio_and_words_come_between_opening_and_closing(
    turns: Turns, manner: str
) -> None:
    _, call = turns[manner]
    kinds = call.kinds()
    places = [n for n, kind in enumerate(kinds) if kind in DELTAS]
    assert min(places) > kinds.index(OPENING[-1])
    assert max(places) < kinds.index(CLOSING[0])


# --- interruptions --------------------------------------------------------------------------------


async def test_speech_over_the_reply_cancels_it_and_is_answered(server: str) -> None:
    async with calling(server) as call:
        await call.configure(audio={"input": {"turn_detection": SERVER_VAD}})
        await call.write("Say: one two three four five six seven eight nine ten")
        await call.connection.response.create()
        async with speaking(call) as microphone:
            await call.until(DELTAS[0], delta=" three")
            microphone.say("americano")
            await call.until("input_audio_buffer.speech_started")
            mark = len(call.events)
            first = (await call.until("response.done")).response
            second = (await call.until("response.done")).response
    kinds = [event.type for event in call.events[mark:]]
    assert kinds[: len(CLOSING)] == CLOSING
    assert first.status == "cancelled"
    assert first.status_details.reason == "turn_detected"
    cut = first.output[0]
    assert cut.status == "incomplete"
    assert "one two three four five six".startswith(cut.content[0].transcript)
    assert second.status == "completed"
    assert second.output[0].content[0].transcript == ANSWER


async def test_truncating_leaves_only_the_words_that_were_heard(server: str) -> None:
    async with calling(server) as call:
        await call.write("Say: one two three four five six seven eight nine ten")
        await call.connection.response.create()
        item = (await call.until("response.done")).response.output[0]
        await call.connection.conversation.item.truncate(
            item_id=item.id, content_index=0, audio_end_ms=700
        )
        told = await call.until("conversation.item.truncated")
        await call.connection.conversation.item.retrieve(item_id=item.id)
        kept = (await call.until("conversation.item.retrieved")).item
    assert (told.item_id, told.content_index, told.audio_end_ms) == (item.id, 0, 700)
    words = kept.content[0].transcript
    assert words.startswith("one two")
    assert len(words) < len("one two three four five six seven")


async def test_a_cancelled_response_closes_in_order(server: str) -> None:
    async with calling(server) as call:
        await call.write("Hello.")
        await call.connection.response.create()
        started = await call.until("response.created")
        await call.until(DELTAS[1])
        await call.connection.response.cancel(response_id=started.response.id)
        done = (await call.until("response.done")).response
        await call.write("Are you still there?")
        await call.connection.response.create(response={"output_modalities": ["text"]})
        again = (await call.until("response.done")).response
    assert done.id == started.response.id
    assert (done.status, done.status_details.reason) == ("cancelled", "client_cancelled")
    kinds = call.kinds()
    closed = kinds.index(CLOSING[0])
    assert kinds[closed : closed + len(CLOSING)] == CLOSING
    assert not set(kinds[closed:]) & set(DELTAS)
    assert again.status == "completed"


# --- turns by hand --------------------------------------------------------------------------------


async def test_a_manual_turn_waits_for_the_client(server: str) -> None:
    async with calling(server) as call:
        hearing = {"turn_detection": None, "transcription": {"model": "whisper-1"}}
        await call.configure(audio={"input": hearing}, output_modalities=["text"])
        buffer = call.connection.input_audio_buffer
        await buffer.append(audio=base64.b64encode(recorded("americano")).decode())
        await buffer.clear()
        await call.until("input_audio_buffer.cleared")
        await buffer.append(audio=base64.b64encode(recorded("espresso")).decode())
        await buffer.commit()
        committed = await call.until("input_audio_buffer.committed")
        words = await call.ever(TRANSCRIPTION[1])
        assert call.all("response.created") == []
        await call.connection.response.create()
        done = (await call.until("response.done")).response
    assert words.item_id == committed.item_id
    assert words.transcript == WORDS
    assert done.output[0].content[0].text == ANSWER
    assert call.all("input_audio_buffer.speech_started") == []
    assert len(call.all("input_audio_buffer.committed")) == 1


# --- text, tools, out of band ---------------------------------------------------------------------


async def test_a_typed_message_is_answered_in_text_alone(server: str) -> None:
    async with calling(server) as call:
        await call.configure(output_modalities=["text"])
        await call.write("Say: no sound at all", id="my_own_id")
        await call.connection.response.create()
        done = (await call.until("response.done")).response
    assert call.all(*DELTAS) == []
    told = "".join(event.delta for event in call.all("response.output_text.delta"))
    assert told == "no sound at all"
    assert call.all("response.output_text.done")[0].text == told
    assert (done.output[0].content[0].type, done.output[0].content[0].text) == ("output_text", told)
    assert call.all("conversation.item.added")[0].item.id == "my_own_id"


async def test_a_function_is_called_and_its_result_told(server: str) -> None:
    async with calling(server) as call:
        await call.configure(output_modalities=["text"], tools=[BOOK], tool_choice="required")
        await call.write("Book a table.")
        await call.connection.response.create()
        asked = (await call.until("response.done")).response.output[0]
        output: Any = {"type": "function_call_output", "call_id": asked.call_id, "output": "done"}
        await call.connection.conversation.item.create(item=output)
        await call.connection.response.create()
        told = (await call.until("response.done")).response.output[0]
    assert (asked.type, asked.name, asked.arguments) == ("function_call", "book_table", "{}")
    kinds = call.kinds()
    start = kinds.index("response.created")
    assert kinds[start : kinds.index("response.done") + 1] == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.function_call_arguments.delta",
        "response.function_call_arguments.done",
        "conversation.item.done",
        "response.output_item.done",
        "response.done",
    ]
    finished = call.all("response.function_call_arguments.done")[0]
    assert (finished.name, finished.call_id) == (asked.name, asked.call_id)
    assert told.content[0].text == "The result is done"


async def test_a_response_out_of_band_runs_beside_the_conversation(server: str) -> None:
    async with calling(server) as call:
        await call.write("Hello.")
        await call.connection.response.create()
        spoken = await call.until("response.created")
        await call.until(DELTAS[1])
        text = [{"type": "input_text", "text": "Say: a note"}]
        note: Any = {
            "conversation": "none",
            "metadata": {"topic": "note"},
            "output_modalities": ["text"],
            "input": [{"type": "message", "role": "user", "content": text}],
        }
        await call.connection.response.create(response=note)
        aside = (await call.until("response.done")).response
        main = (await call.until("response.done")).response
    assert aside.metadata == {"topic": "note"}
    assert aside.conversation_id is None
    assert aside.output[0].content[0].text == "a note"
    assert main.id == spoken.response.id
    assert main.status == "completed"
    added = [event.item.id for event in call.all("conversation.item.added")]
    assert aside.output[0].id not in added


# --- items ----------------------------------------------------------------------------------------


async def test_items_are_put_in_place_found_and_deleted(server: str) -> None:
    async with calling(server) as call:
        item = call.connection.conversation.item
        await call.write("one", id="one")
        await call.write("two", id="two")
        between: Any = {
            "type": "message",
            "role": "system",
            "id": "between",
            "content": [{"type": "input_text", "text": "between"}],
        }
        await item.create(item=between, previous_item_id="one")
        placed = await call.until("conversation.item.added", previous_item_id="one")
        while placed.item.id != "between":
            placed = await call.until("conversation.item.added", previous_item_id="one")
        await item.retrieve(item_id="two")
        found = (await call.until("conversation.item.retrieved")).item
        await item.delete(item_id="two")
        gone = await call.until("conversation.item.deleted")
        await item.retrieve(item_id="two")
        missing = (await call.until("error")).error
    assert placed.item.role == "system"
    assert found.content[0].text == "two"
    assert gone.item_id == "two"
    assert missing.code == "item_retrieve_invalid_item_id"


# --- errors ---------------------------------------------------------------------------------------

MISTAKES: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({"type": "no.such.event"}, "invalid_value", "type"),
    ({"type": "input_audio_buffer.append", "audio": "!"}, "invalid_value", "audio"),
    ({"type": "input_audio_buffer.commit"}, "input_audio_buffer_commit_empty", None),
    ({"type": "response.cancel"}, "response_cancel_not_active", None),
    (
        {"type": "conversation.item.retrieve", "item_id": "nobody"},
        "item_retrieve_invalid_item_id",
        "item_id",
    ),
    (
        {"type": "conversation.item.delete", "item_id": "nobody"},
        "item_delete_invalid_item_id",
        "item_id",
    ),
    (
        {
            "type": "conversation.item.truncate",
            "item_id": "nobody",
            "content_index": 0,
            "audio_end_ms": 1,
        },
        "item_truncate_invalid_item_id",
        "item_id",
    ),
    (
        {"type": "session.update", "session": {"type": "realtime", "output_modalities": ["smell"]}},
        "invalid_value",
        "session.output_modalities",
    ),
    (
        {
            "type": "session.update",
            "session": {"type": "realtime", "audio": {"output": {"speed": 9}}},
        },
        "invalid_value",
        "session.audio.output.speed",
    ),
    ({"type": "session.update", "session": {"type": "transcription"}}, "invalid_value", None),
]


async def test_every_mistake_is_told_by_its_event_and_the_session_goes_on(server: str) -> None:
    async with calling(server) as call:
        for n, (event, code, param) in enumerate(MISTAKES):
            sent: Any = {**event, "event_id": f"mistake_{n}"}
            await call.connection.send(sent)
            error = (await call.until("error")).error
            assert error.event_id == f"mistake_{n}"
            assert error.type == "invalid_request_error"
            assert error.code == code
            assert param is None or error.param == param
            assert error.message
        await call.configure(output_modalities=["text"])
        await call.write("Say: still here")
        await call.connection.response.create()
        done = (await call.until("response.done")).response
    assert done.output[0].content[0].text == "still here"


async def test_a_second_response_is_refused_while_one_is_spoken(server: str) -> None:
    async with calling(server) as call:
        await call.write("Hello.")
        await call.connection.response.create()
        await call.until("response.created")
        await call.connection.response.create(event_id="too_many")
        error = (await call.until("error")).error
        done = (await call.until("response.done")).response
    assert error.code == "conversation_already_has_active_response"
    assert error.event_id == "too_many"
    assert done.status == "completed"


async def test_what_is_harmless_is_not_an_error(server: str) -> None:
    """Names of the hosted service's models and voices, tracing and the like."""
    async with calling(server) as call:
        session = await call.configure(
            model="gpt-realtime-2.1",
            tracing="auto",
            truncation={"type": "retention_ratio", "retention_ratio": 0.8},
            audio={
                "input": {"noise_reduction": {"type": "near_field"}},
                "output": {"voice": "cedar", "speed": 1.2},
            },
            include=["item.input_audio_transcription.logprobs"],
        )
    assert call.all("error") == []
    assert session.audio.output.speed == 1.2
