"""The conversation's items: added, retrieved, deleted, truncated; in order, twice, too late."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.server.live import Call, Live, Message
from tests.server.voices import spoken, voiced

pytestmark = pytest.mark.anyio
MANUAL: dict[str, Any] = {"input": {"turn_detection": None}}
ADDED = ["conversation.item.added", "conversation.item.done"]
IMAGE = "data:image/png;base64,iVBORw0KGgo="


def message(role: str, kind: str, text: str, **item: Any) -> Message:
    content = [{"type": kind, "text": text}]
    return {"type": "message", "role": role, "content": content, **item}


async def order(call: Call) -> list[str]:
    """The ids of the conversation, as the chain of `previous_item_id` gives them."""
    chain: list[str] = []
    for added in call.of("conversation.item.added"):
        previous, item_id = added["previous_item_id"], added["item"]["id"]
        chain.insert(0 if previous is None else chain.index(previous) + 1, item_id)
    return chain


# --- adding --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("item", "content"),
    [
        (message("system", "input_text", "Be kind."), None),
        (message("user", "input_text", "Hello."), None),
        (message("assistant", "output_text", "Hello yourself."), None),
        (
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_image", "image_url": IMAGE}],
            },
            [{"type": "input_image", "image_url": IMAGE}],
        ),
        (
            {
                "type": "message",
                "role": "user",
                "content": [{"type": "input_audio", "transcript": "what I said"}],
            },
            [{"type": "input_audio", "transcript": "what I said"}],
        ),
    ],
)
async def test_a_message_comes_back_as_it_was_sent(
    server: Live, item: Message, content: list[Message] | None
) -> None:
    async with server.call() as call:
        await call.send("conversation.item.create", item={"id": "mine", **item})
        added = await call.expect("conversation.item.added")
        done = await call.expect("conversation.item.done")
        expected = {
            "id": "mine",
            "object": "realtime.item",
            "status": "completed",
            **item,
            "content": content or item["content"],
        }
        assert added["item"] == done["item"] == expected
        assert added["previous_item_id"] is done["previous_item_id"] is None
        assert await call.retrieve("mine") == expected


async def test_calls_and_their_results_come_back_as_they_were_sent(server: Live) -> None:
    called = {"type": "function_call", "call_id": "call_1", "name": "tell", "arguments": '{"a": 1}'}
    result = {"type": "function_call_output", "call_id": "call_1", "output": "42"}
    async with server.call() as call:
        for item_id, item in (("one", called), ("two", result)):
            await call.send("conversation.item.create", item={"id": item_id, **item})
            assert (await call.expect("conversation.item.added"))["item"].items() >= item.items()
        assert await order(call) == ["one", "two"]


async def test_a_result_before_its_call_is_kept_and_does_no_harm(server: Live) -> None:
    result = {"type": "function_call_output", "call_id": "call_unknown", "output": "42"}
    async with server.call(output_modalities=["text"]) as call:
        await call.send("conversation.item.create", item=result)
        await call.expect("conversation.item.done")
        assert (await call.ask())["status"] == "completed"


async def test_items_go_where_the_client_wants_them(server: Live) -> None:
    async with server.call() as call:
        for item_id, after in (("b", None), ("d", None), ("a", "root"), ("c", "b"), ("e", "d")):
            await call.send(
                "conversation.item.create",
                item=message("user", "input_text", item_id, id=item_id),
                **({"previous_item_id": after} if after else {}),
            )
        await call.settled()
        assert await order(call) == ["a", "b", "c", "d", "e"]


async def test_an_item_after_one_that_is_unknown_is_refused_and_not_added(server: Live) -> None:
    async with server.call() as call:
        told = await call.refused(
            "conversation.item.create",
            item=message("user", "input_text", "hi", id="lost"),
            previous_item_id="nobody",
        )
        assert (told["code"], told["param"]) == (
            "item_create_invalid_previous_item_id",
            "previous_item_id",
        )
        told = await call.refused("conversation.item.retrieve", item_id="lost")
        assert told["code"] == "item_retrieve_invalid_item_id"


async def test_the_same_id_twice_is_refused_and_the_first_item_stays(server: Live) -> None:
    async with server.call() as call:
        await call.say("first", id="mine")
        told = await call.refused(
            "conversation.item.create", item=message("user", "input_text", "second", id="mine")
        )
        assert told["code"] == "item_create_duplicate_item_id"
        assert (await call.retrieve("mine"))["content"][0]["text"] == "first"


async def test_audio_in_an_item_is_put_in_words_before_anybody_answers(server: Live) -> None:
    sound = base64.b64encode(spoken()).decode()
    item = {
        "type": "message",
        "role": "user",
        "id": "mine",
        "content": [{"type": "input_audio", "audio": sound}],
    }
    async with server.call(audio={"input": {"transcription": {"model": "any"}}}) as call:
        await call.send("conversation.item.create", item=item)
        added = await call.expect("conversation.item.added")
        assert added["item"]["content"] == [{"type": "input_audio", "transcript": None}]
        words = await call.expect("conversation.item.input_audio_transcription.completed")
        assert (words["item_id"], words["transcript"]) == ("mine", "hello there")
        assert words["usage"] == {"type": "duration", "seconds": 2.7}
        assert (await call.retrieve("mine"))["content"][0]["transcript"] == "hello there"


@pytest.mark.parametrize(
    ("item", "code", "param"),
    [
        ({}, "missing_required_parameter", "item.type"),
        ({"type": "poem"}, "invalid_value", "item.type"),
        ({"type": "mcp_call"}, "invalid_value", "item.type"),
        ({"type": "message"}, "missing_required_parameter", "item.role"),
        ({"type": "message", "role": "poet"}, "invalid_value", "item.role"),
        ({"type": "message", "role": "user"}, "missing_required_parameter", "item.content"),
        ({"type": "message", "role": "user", "content": "hi"}, "invalid_type", "item.content"),
        ({"type": "message", "role": "user", "content": ["hi"]}, "invalid_type", "item.content[0]"),
        (message("user", "output_text", "hi"), "invalid_value", "item.content[0].type"),
        (message("system", "input_audio", "hi"), "invalid_value", "item.content[0].type"),
        (message("assistant", "output_audio", "hi"), "invalid_value", "item.content[0].type"),
        (message("user", "input_text", 5), "invalid_type", "item.content[0].text"),  # type: ignore[arg-type]
        (message("user", "input_text", "hi", id=5), "invalid_type", "item.id"),
        (
            {"type": "function_call_output", "output": "x"},
            "missing_required_parameter",
            "item.call_id",
        ),
        ({"type": "function_call", "name": "x"}, "missing_required_parameter", "item.arguments"),
        (
            {"type": "message", "role": "user", "content": [{"type": "input_audio", "audio": "§"}]},
            "invalid_value",
            "item.content[0].audio",
        ),
    ],
)
async def test_an_item_that_is_none_is_refused_by_the_name_of_its_field(
    server: Live, item: Message, code: str, param: str
) -> None:
    async with server.call() as call:
        told = await call.refused("conversation.item.create", item=item)
        assert (told["type"], told["code"], told["param"]) == ("invalid_request_error", code, param)


# --- deleting ------------------------------------------------------------------------------------


async def test_a_deleted_item_is_gone_and_its_neighbours_close_ranks(server: Live) -> None:
    async with server.call() as call:
        for item_id in "abc":
            await call.say(item_id, id=item_id)
        await call.send("conversation.item.delete", item_id="b")
        assert (await call.expect("conversation.item.deleted"))["item_id"] == "b"
        for type, code in (
            ("conversation.item.retrieve", "item_retrieve_invalid_item_id"),
            ("conversation.item.delete", "item_delete_invalid_item_id"),
        ):
            assert (await call.refused(type, item_id="b"))["code"] == code
        await call.send(
            "conversation.item.create",
            previous_item_id="a",
            item=message("user", "input_text", "again", id="b"),
        )
        assert (await call.expect("conversation.item.added"))["previous_item_id"] == "a"


async def test_a_deleted_item_is_not_thought_of_any_more(server: Live) -> None:
    async with server.call(output_modalities=["text"]) as call:
        await call.say("Say: first")
        await call.say("Say: second", id="mine")
        await call.send("conversation.item.delete", item_id="mine")
        done = await call.ask()
        assert done["output"][0]["content"] == [{"type": "output_text", "text": "first"}]


async def test_an_item_may_be_deleted_while_it_is_spoken(talkative: Live) -> None:
    async with talkative.call() as call:
        await call.send("response.create")
        item_id = (await call.expect("response.output_audio.delta"))["item_id"]
        await call.send("conversation.item.delete", item_id=item_id)
        await call.expect("conversation.item.deleted")
        await call.send("response.cancel")
        done = await call.done()
        assert done["status"] == "cancelled"
        told = await call.refused("conversation.item.retrieve", item_id=item_id)
        assert told["code"] == "item_retrieve_invalid_item_id"


# --- truncating ----------------------------------------------------------------------------------


async def spoken_item(call: Call) -> str:
    done = await call.ask()
    item_id: str = done["output"][0]["id"]
    return item_id


async def test_truncating_keeps_the_words_that_were_heard(server: Live) -> None:
    async with server.call() as call:
        item_id = await spoken_item(call)
        await call.send(
            "conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=150
        )
        told = await call.expect("conversation.item.truncated")
        assert (told["item_id"], told["content_index"], told["audio_end_ms"]) == (item_id, 0, 150)
        item = await call.retrieve(item_id)
        assert item["status"] == "incomplete"
        words = item["content"][0]["transcript"]
        assert words
        assert "Thank you, I heard you, and this is my answer.".startswith(words)
        assert len(words) < 40


async def test_truncating_twice_can_only_take_words_away(server: Live) -> None:
    async with server.call() as call:
        item_id = await spoken_item(call)
        found = []
        for end in (150, 0, 300):
            await call.send(
                "conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=end
            )
            await call.expect("conversation.item.truncated", audio_end_ms=end)
            found.append((await call.retrieve(item_id))["content"][0]["transcript"])
        assert found[0]
        assert found[1:] == ["", ""]


async def test_truncating_exactly_at_the_end_takes_nothing_away(server: Live) -> None:
    async with server.call() as call:
        item_id = await spoken_item(call)
        length = len(call.sound()) // 48
        await call.send(
            "conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=length
        )
        await call.expect("conversation.item.truncated")
        assert (await call.retrieve(item_id))["status"] == "completed"


async def test_truncating_a_living_reply_ends_it_there(talkative: Live) -> None:
    async with talkative.call() as call:
        await call.send("response.create")
        delta = await call.expect("response.output_audio.delta")
        await call.send(
            "conversation.item.truncate",
            item_id=delta["item_id"],
            content_index=0,
            audio_end_ms=0,
        )
        done = await call.done()
        assert done["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
        await call.expect("conversation.item.truncated")
        assert "response.output_audio.delta" not in [m["type"] for m in await call.settled()]
        assert (await call.retrieve(delta["item_id"]))["content"][0]["transcript"] == ""


async def test_what_cannot_be_truncated_is_refused(server: Live) -> None:
    async with server.call(audio=MANUAL) as call:
        mine = (await call.say("Hello."))["item"]["id"]
        await call.say("Say: x", id="other")
        heard = await spoken_item(call)
        written = (await call.ask(output_modalities=["text"]))["output"][0]["id"]
        await call.append(voiced(300))
        await call.send("input_audio_buffer.commit")
        turn = (await call.expect("input_audio_buffer.committed"))["item_id"]
        await call.expect("conversation.item.done")
        await call.send("conversation.item.delete", item_id="other")
        await call.expect("conversation.item.deleted")

        async def told(**fields: Any) -> tuple[str | None, str | None]:
            fields = {"item_id": heard, "content_index": 0, "audio_end_ms": 0, **fields}
            error = await call.refused("conversation.item.truncate", **fields)
            return error["code"], error["param"]

        assert await told(item_id="nobody") == ("item_truncate_invalid_item_id", "item_id")
        assert await told(item_id="other") == ("item_truncate_invalid_item_id", "item_id")
        for item_id in (mine, written, turn):
            assert await told(item_id=item_id) == (None, "item_id")
        assert await told(content_index=3) == ("invalid_value", "content_index")
        assert await told(content_index=-1) == ("invalid_value", "content_index")
        assert await told(audio_end_ms=60_000) == ("invalid_value", "audio_end_ms")
        assert await told(audio_end_ms=-1) == ("invalid_value", "audio_end_ms")
        assert await told(audio_end_ms="1") == ("invalid_type", "audio_end_ms")
        assert await told(audio_end_ms=None) == ("missing_required_parameter", "audio_end_ms")
        assert (await call.retrieve(heard))["status"] == "completed"


async def test_a_client_that_counts_on_while_nothing_plays_may_truncate_a_little_late(
    server: Live,
) -> None:
    async with server.call() as call:
        item_id = await spoken_item(call)
        length = len(call.sound()) // 48
        await call.send(
            "conversation.item.truncate",
            item_id=item_id,
            content_index=0,
            audio_end_ms=length + 1_500,
        )
        await call.expect("conversation.item.truncated")


async def test_a_playback_report_keeps_the_history_to_what_was_played(talkative: Live) -> None:
    async with talkative.call() as call:
        await call.send("response.create")
        delta = await call.expect("response.output_audio.delta")
        await call.send("voiceagent.playback", item_id=delta["item_id"], played_ms=0)
        while len(call.sound()) < 48 * 700:
            await call.expect("response.output_audio.delta")
        await call.send("response.cancel")
        done = await call.done()
        assert done["output"][0]["content"][0]["transcript"] == ""
        await call.send("voiceagent.playback", item_id="nobody", played_ms=5)
        assert await call.settled() == []
        told = await call.refused("voiceagent.playback", item_id=delta["item_id"], played_ms=-5)
        assert told["param"] == "played_ms"
