"""Responses: in every modality and format, with tools, cancelled, cut, and out of band."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.server.live import Call, Live, Message
from tests.server.test_detection import ANSWER, CLOSING
from tests.server.voices import spoken

pytestmark = pytest.mark.anyio
ALL = "Thank you, I heard you, and this is my answer."
TEXT = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]
CALLED = [
    "response.created",
    "response.output_item.added",
    "conversation.item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]
TELL: Message = {
    "type": "function",
    "name": "tell",
    "description": "Tells.",
    "parameters": {"type": "object", "properties": {}},
}
SHOUT: Message = {"type": "function", "name": "shout", "parameters": {"type": "object"}}


def kinds(call: Call, begin: int = 0) -> list[str]:
    found = [m["type"] for m in call.log[begin:] if m["type"].startswith(("response.", "conv"))]
    return [
        kind for n, kind in enumerate(found) if not (kind.endswith(".delta") and kind in found[:n])
    ]


# --- how it is told ------------------------------------------------------------------------------


async def test_a_spoken_response_comes_in_the_protocols_order(server: Live) -> None:
    async with server.call() as call:
        await call.say("Hello.")
        begin = len(call.log)
        done = await call.ask()
        assert kinds(call, begin) == ANSWER + CLOSING
        created = call.of("response.created")[0]["response"]
        assert created["status"] == "in_progress"
        assert created["output"] == []
        assert "usage" not in created
        assert done["id"] == created["id"]
        assert done["conversation_id"].startswith("conv_")
        (item,) = done["output"]
        assert item["status"] == "completed"
        assert item["content"] == [{"type": "output_audio", "transcript": ALL}]
        told = [m["delta"] for m in call.of("response.output_audio_transcript.delta")]
        assert "".join(told) == ALL
        part = call.of("response.content_part.added")[0]["part"]
        assert part == {"type": "audio", "transcript": ""}
        assert await call.retrieve(item["id"]) == item
        usage = done["usage"]
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


@pytest.mark.parametrize("of_response", [False, True])
async def test_a_written_response_has_words_and_no_sound(server: Live, of_response: bool) -> None:
    asked: Message = {"output_modalities": ["text"]}
    async with server.call(**({} if of_response else asked)) as call:
        begin = len(call.log)
        done = await call.ask(**(asked if of_response else {}))
        assert kinds(call, begin) == TEXT
        assert done["output_modalities"] == ["text"]
        assert done["output"][0]["content"] == [{"type": "output_text", "text": ALL}]
        assert call.of("response.content_part.added")[0]["part"] == {"type": "text", "text": ""}
        again = await call.ask()
        assert again["output_modalities"] == (["audio"] if of_response else ["text"])


@pytest.mark.parametrize(
    ("format", "bytes_per_ms"), [("audio/pcm", 48), ("audio/pcmu", 8), ("audio/pcma", 8)]
)
async def test_the_sound_has_the_length_of_the_clip_in_every_format(
    server: Live, format: str, bytes_per_ms: int
) -> None:
    async with server.call(audio={"output": {"format": {"type": format}}}) as call:
        done = await call.ask()
        assert len(call.sound()) / bytes_per_ms == pytest.approx(300, abs=3)
        assert done["audio"]["output"]["format"]["type"] == format
        deltas = call.of("response.output_audio.delta")
        assert max(len(delta["delta"]) for delta in deltas) < 2**16


async def test_speed_is_how_fast_it_is_spoken(server: Live) -> None:
    async with server.call(audio={"output": {"speed": 1.5}}) as call:
        await call.ask()
        assert len(call.sound()) / 48 == pytest.approx(200, abs=3)
        await call.send("session.update", session={"audio": {"output": {"speed": 0.75}}})
        done = await call.ask()
        assert len(call.sound(done["id"])) / 48 == pytest.approx(400, abs=3)


async def test_instructions_and_input_of_one_response_hold_for_it_alone(server: Live) -> None:
    async with server.call(output_modalities=["text"]) as call:
        await call.say("Say: one", id="first")
        await call.say("Say: two")

        async def words(**response: Any) -> str:
            done = await call.ask(**response)
            text: str = done["output"][0]["content"][0]["text"]
            return text

        assert await words(instructions="Be brief.") == "two"
        reference = {"type": "item_reference", "id": "first"}
        assert await words(input=[reference]) == "one"
        content = [{"type": "input_text", "text": "Say: three"}]
        message = {"type": "message", "role": "user", "content": content}
        assert await words(input=[reference, message]) == "three"
        assert await words(input=[]) == ALL


async def test_audio_in_the_input_of_a_response_is_understood(server: Live) -> None:
    async with server.call(output_modalities=["text"]) as call:
        sound = base64.b64encode(spoken()).decode()
        content = [{"type": "input_audio", "audio": sound}]
        message = {"type": "message", "role": "user", "content": content}
        done = await call.ask(input=[message])
        assert done["status"] == "completed"
        assert not call.of("conversation.item.input_audio_transcription.failed")


@pytest.mark.parametrize("modality", ["text", "audio"])
async def test_a_response_cut_by_its_limit_is_incomplete_and_says_why(
    server: Live, modality: str
) -> None:
    async with server.call(output_modalities=[modality]) as call:
        done = await call.ask(max_output_tokens=3)
        assert done["status"] == "incomplete"
        assert done["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
        assert done["max_output_tokens"] == 3
        (item,) = done["output"]
        assert item["status"] == "incomplete"
        assert [*item["content"][0].values()][1] == "Thank you, I"
        assert (await call.ask())["status"] == "completed"


async def test_metadata_comes_back_from_first_to_last(server: Live) -> None:
    async with server.call() as call:
        done = await call.ask(metadata={"client_event_id": "x1"})
        created = call.of("response.created")[0]["response"]
        assert created["metadata"] == done["metadata"] == {"client_event_id": "x1"}


async def test_words_given_to_say_are_said_exactly(server: Live) -> None:
    async with server.call() as call:
        done = await call.ask(voiceagent={"say": "Exactly this."})
        assert done["output"][0]["content"][0]["transcript"] == "Exactly this."


# --- tools ---------------------------------------------------------------------------------------


async def test_a_function_call_its_result_and_the_answer_to_it(server: Live) -> None:
    async with server.call(tools=[TELL], tool_choice="required") as call:
        await call.say("Tell me.")
        begin = len(call.log)
        done = await call.ask()
        assert kinds(call, begin) == CALLED
        (item,) = done["output"]
        assert (item["type"], item["name"], item["status"]) == (
            "function_call",
            "tell",
            "completed",
        )
        told = call.of("response.function_call_arguments.done")[0]
        assert (told["name"], told["call_id"]) == (item["name"], item["call_id"])
        assert told["arguments"] == item["arguments"] == "{}"
        added = call.of("conversation.item.added")[-1]["item"]
        assert (added["call_id"], added["status"]) == (item["call_id"], "in_progress")
        begin = len(call.log)
        await call.send(
            "conversation.item.create",
            item={"type": "function_call_output", "call_id": item["call_id"], "output": "42"},
        )
        assert [m["type"] for m in await call.settled()] == [
            "conversation.item.added",
            "conversation.item.done",
        ], "the output alone starts nothing"
        answer = await call.ask()
        assert answer["output"][0]["content"][0]["transcript"] == "The result is 42"


@pytest.mark.parametrize(
    ("choice", "called"),
    [
        ("auto", None),
        ("none", None),
        ("required", "tell"),
        ({"type": "function", "name": "shout"}, "shout"),
    ],
)
async def test_the_choice_of_tools_is_the_clients(
    server: Live, choice: Any, called: str | None
) -> None:
    async with server.call(
        tools=[TELL, SHOUT], tool_choice=choice, output_modalities=["text"]
    ) as call:
        assert call.log[-1]["session"]["tool_choice"] == choice
        (item,) = (await call.ask())["output"]
        assert item.get("name") == called
        (item,) = (await call.ask(tools=[SHOUT], tool_choice="required"))["output"]
        assert item["name"] == "shout"
        (item,) = (await call.ask(tool_choice="none"))["output"]
        assert item["type"] == "message"


# --- ended early ---------------------------------------------------------------------------------


@pytest.mark.parametrize("by_id", [False, True])
async def test_a_cancelled_response_is_closed_in_order(talkative: Live, by_id: bool) -> None:
    async with talkative.call() as call:
        await call.send("response.create", response={"metadata": {"mine": "yes"}})
        response_id = (await call.expect("response.output_audio.delta"))["response_id"]
        begin = len(call.log)
        await call.send("response.cancel", **({"response_id": response_id} if by_id else {}))
        done = await call.done()
        assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        assert done["metadata"] == {"mine": "yes"}
        assert done["output"][0]["status"] == "incomplete"
        after = kinds(call, begin)
        assert after[after.index("response.output_audio.done") :] == CLOSING
        told = await call.refused("response.cancel")
        assert told["code"] == "response_cancel_not_active", "twice is once too often"


async def test_cancelling_nothing_is_refused_in_the_words_that_clients_look_for(
    server: Live,
) -> None:
    async with server.call() as call:
        for fields in ({}, {"response_id": "resp_nobody"}):
            told = await call.refused("response.cancel", **fields)
            assert told["code"] == "response_cancel_not_active"
            assert told["message"].startswith("Cancellation failed")
        await call.send("output_audio_buffer.clear")
        assert await call.settled() == []


async def test_a_response_asked_for_twice_is_refused_once(talkative: Live) -> None:
    async with talkative.call() as call:
        await call.send("response.create")
        await call.expect("response.output_audio.delta")
        await call.send("response.create", event_id="second")
        told = await call.error()
        assert told["code"] == "conversation_already_has_active_response"
        assert told["event_id"] == "second"
        await call.expect("response.output_audio.delta")


async def test_clearing_the_output_ends_what_is_played(talkative: Live) -> None:
    async with talkative.call() as call:
        await call.send("response.create")
        response_id = (await call.expect("response.output_audio.delta"))["response_id"]
        await call.send("output_audio_buffer.clear")
        assert (await call.done())["status"] == "cancelled"
        assert (await call.expect("output_audio_buffer.cleared"))["response_id"] == response_id


async def test_a_response_that_waits_for_words_can_be_cancelled_and_both_sides_know(
    server: Live,
) -> None:
    manual = {"input": {"turn_detection": None}}
    async with server.call(audio=manual) as call:
        await call.append(spoken())
        await call.send("input_audio_buffer.commit")
        await call.send("response.create")
        await call.send("response.cancel", event_id="mine")
        last = await call.expect("response.done", "error")
        ended = last["type"] == "error" or last["response"]["status"] == "cancelled"
        assert ended


async def test_the_output_format_cannot_change_under_a_reply(talkative: Live) -> None:
    async with talkative.call() as call:
        await call.send("response.create")
        await call.expect("response.output_audio.delta")
        await call.send(
            "session.update",
            session={"audio": {"output": {"format": {"type": "audio/pcmu"}}}},
        )
        assert (await call.error())["param"] == "session.audio.output.format"
        await call.send("response.cancel")
        await call.done()
        await call.send(
            "session.update",
            session={"audio": {"output": {"format": {"type": "audio/pcmu"}}}},
        )
        await call.expect("session.updated")


# --- out of band ---------------------------------------------------------------------------------


async def test_a_response_out_of_band_leaves_no_trace(server: Live) -> None:
    async with server.call(output_modalities=["text"]) as call:
        await call.say("Say: one")
        begin = len(call.log)
        done = await call.ask(conversation="none", metadata={"topic": "x"})
        assert done["conversation_id"] is None
        assert done["metadata"] == {"topic": "x"}
        assert kinds(call, begin) == [kind for kind in TEXT if not kind.startswith("conv")]
        told = await call.refused("conversation.item.retrieve", item_id=done["output"][0]["id"])
        assert told["code"] == "item_retrieve_invalid_item_id"
        begin = len(call.log)
        added = await call.say("next")
        assert added["previous_item_id"] == call.log[1 + 1]["item"]["id"]


async def test_responses_out_of_band_run_beside_the_conversations_own(talkative: Live) -> None:
    async with talkative.call() as call:
        await call.send("response.create")
        own = (await call.expect("response.output_audio.delta"))["response_id"]
        for number in range(3):
            await call.send(
                "response.create",
                response={
                    "conversation": "none",
                    "metadata": {"number": str(number)},
                    "output_modalities": ["text"],
                    "input": [],
                },
            )
        numbers = {(await call.done())["metadata"]["number"] for _ in range(3)}
        assert numbers == {"0", "1", "2"}
        await call.expect("response.output_audio.delta", response_id=own)


async def test_a_spoken_response_out_of_band_has_its_sound_at_once_and_can_call_tools(
    server: Live,
) -> None:
    async with server.call() as call:
        done = await call.ask(conversation="none")
        assert len(call.sound(done["id"])) / 48 == pytest.approx(300, abs=3)
        done = await call.ask(conversation="none", tools=[TELL], tool_choice="required")
        assert done["output"][0]["name"] == "tell"


async def test_too_many_responses_out_of_band_are_refused(slow_mind: Live) -> None:
    async with slow_mind.call() as call:
        created = []
        for _ in range(4):
            await call.send("response.create", response={"conversation": "none"})
            created.append((await call.expect("response.created"))["response"]["id"])
        told = await call.refused("response.create", response={"conversation": "none"})
        assert told["code"] == "too_many_responses"
        await call.send("response.cancel", response_id=created[1])
        done = await call.done()
        assert (done["id"], done["status"]) == (created[1], "cancelled")
        assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        told = await call.refused("response.cancel", response_id=created[1])
        assert told["code"] == "response_cancel_not_active"
        await call.send("response.create", response={"conversation": "none"})
        await call.expect("response.created")


# --- refused -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("response", "param"),
    [
        ({"conversation": "all"}, "response.conversation"),
        ({"output_modalities": ["audio", "text"]}, "response.output_modalities"),
        ({"output_modalities": "text"}, "response.output_modalities"),
        ({"max_output_tokens": 0}, "response.max_output_tokens"),
        ({"max_output_tokens": "many"}, "response.max_output_tokens"),
        ({"metadata": {"a": 1}}, "response.metadata.a"),
        ({"metadata": {"a" * 65: "b"}}, "response.metadata"),
        ({"metadata": {"a": "b" * 513}}, "response.metadata.a"),
        ({"metadata": {str(n): "" for n in range(17)}}, "response.metadata"),
        ({"metadata": "x"}, "response.metadata"),
        ({"input": "x"}, "response.input"),
        ({"input": [{"type": "item_reference"}]}, "response.input[0].id"),
        ({"input": [{"type": "item_reference", "id": "nobody"}]}, "item_id"),
        ({"input": [{"type": "poem"}]}, "response.input[0].type"),
        ({"tools": [{"type": "mcp", "server_label": "x"}]}, "response.tools[0].type"),
        ({"tool_choice": {"type": "mcp", "server_label": "x"}}, "response.tool_choice.type"),
        ({"tool_choice": "maybe"}, "response.tool_choice"),
        ({"audio": {"output": {"format": {"type": "audio/pcmu"}}}}, "response.audio.output.format"),
        ({"modalities": ["text"]}, "response.modalities"),
        ({"voiceagent": {"style": {"emotion": "hungry"}}}, "response.voiceagent.style.emotion"),
        ("now", "response"),
    ],
)
async def test_a_wrong_response_is_refused_and_none_begins(
    server: Live, response: Any, param: str
) -> None:
    async with server.call() as call:
        told = await call.refused("response.create", response=response)
        assert told["param"] == param
        assert told["type"] == "invalid_request_error"
        assert await call.settled() == []
