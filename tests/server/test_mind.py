"""A mind behind an endpoint, through the whole server: streamed, stopped, failing."""

from __future__ import annotations

import json

import pytest

from tests.fakes.chat_server import Bill, Call, ChatServer, Cut, Finish, Refuse, Stall
from tests.server.live import Live, thinking
from tests.server.test_replies import CALLED, TELL, kinds
from tests.server.voices import spoken

pytestmark = pytest.mark.anyio
STORY = "Well, this is a long story. "
SORRY = "Sorry, something went wrong on my side. Could you say that again?"


async def test_a_streamed_reply_is_told_as_it_comes_and_its_cost_at_the_end() -> None:
    with (
        ChatServer(["One moment. ", Stall(), "Here it is.", Bill(7, 5, 2)]) as endpoint,
        Live(thinking(endpoint)) as server,
    ):
        async with server.call(output_modalities=["text"], instructions="Be brief.") as call:
            await call.say("Now?")
            await call.send("response.create")
            await call.expect("response.output_text.delta")
            assert not call.of("response.done")
            endpoint.release()
            done = await call.done()
            text = done["output"][0]["content"][0]["text"]
            assert text == "One moment. Here it is."
            usage = done["usage"]
            assert (usage["input_tokens"], usage["output_tokens"]) == (7, 5)
            assert usage["input_token_details"]["cached_tokens"] == 2
            sent = endpoint.chats[0].body["messages"]
            assert sent[0]["role"] == "system"
            assert "Be brief." in sent[0]["content"]
            assert sent[-1] == {"role": "user", "content": "Now?"}


async def test_the_words_of_the_user_reach_the_endpoint_and_its_answer_the_user() -> None:
    with ChatServer(otherwise=["Good evening."]) as endpoint, Live(thinking(endpoint)) as server:
        async with server.call() as call:
            await call.append(spoken())
            done = await call.done()
            assert done["output"][0]["content"][0]["transcript"] == "Good evening."
            assert endpoint.chats[-1].body["messages"][-1]["content"] == "hello there"


async def test_a_tool_call_is_passed_through_and_its_result_back() -> None:
    asked = Call("tell", '{"city": "Oslo"}', id="call_7", pieces=3)
    with ChatServer([asked], ["It is cold."]) as endpoint, Live(thinking(endpoint)) as server:
        async with server.call(tools=[TELL]) as call:
            await call.say("Tell me.")
            begin = len(call.log)
            done = await call.ask()
            assert kinds(call, begin) == CALLED
            (item,) = done["output"]
            assert json.loads(item["arguments"]) == {"city": "Oslo"}
            assert endpoint.chats[0].body["tools"][0]["function"]["name"] == "tell"
            result = {"type": "function_call_output", "call_id": item["call_id"], "output": "-4"}
            await call.send("conversation.item.create", item=result)
            done = await call.ask()
            assert done["output"][0]["content"][0]["transcript"] == "It is cold."
            told = endpoint.chats[1].body["messages"]
            assert [message["role"] for message in told[-2:]] == ["assistant", "tool"]
            assert told[-1]["content"] == "-4"


async def test_words_and_a_call_in_one_reply_are_two_items_told_side_by_side() -> None:
    """The call leaves as soon as it is known, which may be before the first sound of the words."""
    with ChatServer(["Let me see. ", Call("tell")]) as endpoint, Live(thinking(endpoint)) as server:
        async with server.call(tools=[TELL]) as call:
            done = await call.ask()
            by_type = {item["type"]: item for item in done["output"]}
            message, called = by_type["message"], by_type["function_call"]
            assert message["content"][0]["transcript"] == "Let me see."
            added = call.of("response.output_item.added")
            assert [m["item"]["id"] for m in added] == [item["id"] for item in done["output"]]
            assert [m["output_index"] for m in added] == [0, 1]
            closed = call.of("response.output_item.done")
            assert {m["output_index"]: m["item"] for m in closed} == dict(enumerate(done["output"]))
            in_conversation = call.of("conversation.item.added")
            assert in_conversation[1]["previous_item_id"] == in_conversation[0]["item"]["id"]
            result = {"type": "function_call_output", "call_id": called["call_id"], "output": "x"}
            await call.send("conversation.item.create", item=result)
            await call.ask()
            told = endpoint.chats[1].body["messages"]
            assert [message["role"] for message in told] == ["assistant", "tool"]
            assert told[0]["content"] == "Let me see."


async def test_cancelling_reaches_the_endpoint() -> None:
    with ChatServer(["One. ", Stall()], ["Two."]) as endpoint, Live(thinking(endpoint)) as server:
        async with server.call(output_modalities=["text"]) as call:
            await call.send("response.create")
            await endpoint.seen(lambda: bool(endpoint.stalled))
            await call.send("response.cancel")
            assert (await call.done())["status"] == "cancelled"
            await endpoint.seen(lambda: endpoint.disconnects == 1)
            done = await call.ask()
            assert done["output"][0]["content"][0]["text"] == "Two."


async def test_talking_over_it_reaches_the_endpoint() -> None:
    with (
        ChatServer([STORY, "It began", Stall()]) as endpoint,
        Live(thinking(endpoint, 4.0)) as server,
    ):
        async with server.call() as call:
            await call.send("response.create")
            await call.expect("response.output_audio.delta")
            await call.append(spoken(1_500, before=0, after=0))
            assert (await call.done())["status_details"]["reason"] == "turn_detected"
            await endpoint.seen(lambda: endpoint.disconnects == 1)


@pytest.mark.parametrize("modality", ["audio", "text"])
async def test_a_failure_in_mid_reply_is_said_in_a_sentence_and_the_next_turn_works(
    modality: str,
) -> None:
    with (
        ChatServer(["It is ", "twelve. ", Cut()], ["Fine."]) as endpoint,
        Live(thinking(endpoint)) as server,
    ):
        async with server.call(output_modalities=[modality]) as call:
            await call.say("What time is it?")
            done = await call.ask()
            assert done["status"] == "failed"
            details = done["status_details"]
            assert details["type"] == "failed"
            assert "closed the connection" in details["error"]["message"]
            (item,) = done["output"]
            words = [*item["content"][0].values()][1]
            assert words.startswith("It is twelve.")
            assert words.endswith(SORRY)
            assert not call.of("error")
            await call.say("Again?")
            done = await call.ask()
            assert done["status"] == "completed"


async def test_an_endpoint_that_refuses_is_said_in_a_sentence() -> None:
    with ChatServer([Refuse(500, "out of memory")]) as endpoint, Live(thinking(endpoint)) as server:
        async with server.call() as call:
            done = await call.ask()
            assert done["status"] == "failed"
            assert done["output"][0]["content"][0]["transcript"] == SORRY
            assert "out of memory" in done["status_details"]["error"]["message"]
            assert (await call.ask())["status"] == "completed"


async def test_a_failure_out_of_band_fails_that_response_alone() -> None:
    with ChatServer([Refuse(500)]) as endpoint, Live(thinking(endpoint)) as server:
        async with server.call() as call:
            done = await call.ask(conversation="none")
            assert done["status"] == "failed"
            assert done["output"] == []
            assert (await call.ask())["status"] == "completed"


async def test_a_reply_that_the_endpoint_cut_at_its_limit_is_incomplete() -> None:
    with (
        ChatServer(["It goes on", Finish("length")]) as endpoint,
        Live(thinking(endpoint)) as server,
    ):
        async with server.call(output_modalities=["text"], max_output_tokens=4) as call:
            done = await call.ask()
            assert done["status_details"] == {
                "type": "incomplete",
                "reason": "max_output_tokens",
            }
            assert endpoint.chats[0].body["max_tokens"] == 4
