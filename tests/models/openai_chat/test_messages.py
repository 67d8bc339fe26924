from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.openai_chat.messages import PENDING, chat_body, chat_messages, tool_fields
from voiceagent.events import Cause
from voiceagent.parts import Asked, HistoryItem, Manner, Said, ToolCall, ToolResult, ToolSpec

USER, AGENT = Said("user", "book it"), Said("assistant", "I will.")
BOOK = ToolCall("c1", "book", '{"day": 1}')
TIME = ToolCall("c2", "time", "{}")


def called(*calls: ToolCall, content: str | None = None) -> dict[str, Any]:
    tool_calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in calls
    ]
    return {"role": "assistant", "content": content, "tool_calls": tool_calls}


def user(text: str) -> dict[str, str]:
    return {"role": "user", "content": text}


def agent(text: str) -> dict[str, str]:
    return {"role": "assistant", "content": text}


def tool(call: str, output: str) -> dict[str, str]:
    return {"role": "tool", "tool_call_id": call, "content": output}


def test_the_instructions_come_first_and_nothing_of_our_own() -> None:
    assert chat_messages("Be kind.", [USER]) == [
        {"role": "system", "content": "Be kind."},
        user("book it"),
    ]
    assert chat_messages("", [USER]) == [user("book it")]


def test_a_reply_that_was_cut_stands_as_it_was_heard() -> None:
    cut = Said("assistant", "I will bo", cut=True)
    again = [user("book it"), agent("I will bo"), user("book it")]
    assert chat_messages("", [USER, cut, USER]) == again


def test_a_role_never_comes_twice_in_a_row() -> None:
    unheard = Said("assistant", "", cut=True)
    assert chat_messages("", [USER, unheard, Said("user", "now")]) == [user("book it\nnow")]
    system = Said("system", "It is noon.")
    assert chat_messages("Be kind.", [system, USER])[0]["content"] == "Be kind.\nIt is noon."


def test_an_agent_that_speaks_first_still_sends_a_user_message() -> None:
    assert chat_messages("Greet.", [])[-1] == user("")


def test_images_are_parts() -> None:
    seen = Said("user", "what is it?", images=("data:image/png;base64,AA==",))
    text = {"type": "text", "text": "what is it?"}
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}
    assert chat_messages("", [seen]) == [{"role": "user", "content": [text, image]}]
    hello = {"type": "text", "text": "hello"}
    joined = {"role": "user", "content": [hello, text, image]}
    assert chat_messages("", [Said("user", "hello"), seen]) == [joined]


def test_calls_made_together_are_one_message_with_the_words_before_them() -> None:
    noon, ok = ToolResult("c2", "noon"), ToolResult("c1", "ok")
    assert chat_messages("", [USER, AGENT, BOOK, TIME, noon, ok]) == [
        user("book it"),
        called(BOOK, TIME, content="I will."),
        tool("c2", "noon"),
        tool("c1", "ok"),
    ]


def test_calls_made_one_after_the_other_are_two_messages() -> None:
    one_by_one: list[HistoryItem] = [BOOK, ToolResult("c1", "ok"), TIME, ToolResult("c2", "noon")]
    assert chat_messages("", one_by_one) == [
        called(BOOK),
        tool("c1", "ok"),
        called(TIME),
        tool("c2", "noon"),
    ]


def test_a_call_that_is_still_running_is_answered_as_pending() -> None:
    assert chat_messages("", [USER, BOOK, TIME, ToolResult("c2", "noon"), USER]) == [
        user("book it"),
        called(BOOK, TIME),
        tool("c2", "noon"),
        tool("c1", PENDING),
        user("book it"),
    ]


def test_a_late_result_takes_its_call_along_so_that_it_is_news() -> None:
    assert chat_messages("", [USER, BOOK, AGENT, USER, ToolResult("c1", "ok")]) == [
        user("book it"),
        agent("I will."),
        user("book it"),
        called(BOOK),
        tool("c1", "ok"),
    ]


def test_a_result_whose_call_was_forgotten_gets_one() -> None:
    made_up = ToolCall("c9", "time", "{}")
    assert chat_messages("", [ToolResult("c9", "noon", "time")]) == [
        called(made_up),
        tool("c9", "noon"),
    ]


@pytest.mark.parametrize("text", ["{", "[1]", "hello"])
def test_arguments_that_are_no_object_cannot_spoil_the_rest_of_the_conversation(text: str) -> None:
    message = chat_messages("", [ToolCall("c1", "book", text), ToolResult("c1", "bad")])[0]
    sent = message["tool_calls"][0]["function"]["arguments"]
    assert json.loads(sent) == {"invalid": text}


@st.composite
def histories(draw: st.DrawFn) -> list[HistoryItem]:
    said = st.sampled_from([USER, AGENT, Said("user", ""), Said("assistant", "", cut=True)])
    result = st.integers(0, 5).map(lambda id: ToolResult(str(id), "ok"))
    items: list[HistoryItem | None] = draw(st.lists(said | result | st.none(), max_size=12))
    return [ToolCall(str(i), "f", "{}") if item is None else item for i, item in enumerate(items)]


@given(histories(), st.sampled_from(["", "Be kind."]))
def test_no_history_makes_an_invalid_request(history: list[HistoryItem], text: str) -> None:
    messages = chat_messages(text, history)
    open_calls: list[str] = []
    for before, message in zip([None, *messages], messages, strict=False):
        if message["role"] == "tool":
            open_calls.remove(message["tool_call_id"])
            continue
        assert not open_calls
        assert before is None or before["role"] != message["role"]
        open_calls = [call["id"] for call in message.get("tool_calls", ())]
    assert not open_calls
    sent = [call["id"] for message in messages for call in message.get("tool_calls", ())]
    assert len(sent) == len(set(sent))
    assert {item.id for item in history if isinstance(item, ToolCall)} <= set(sent)


LIGHT = ToolSpec("light", "Turns it on.", {"type": "object", "properties": {"on": {}}})
LIGHT_SENT = {
    "type": "function",
    "function": {
        "name": "light",
        "description": "Turns it on.",
        "parameters": {"type": "object", "properties": {"on": {}}},
    },
}


@pytest.mark.parametrize(
    ("manner", "fields"),
    [
        (Manner(tool_choice="required", parallel_tools=False), {}),
        (Manner(tools=(LIGHT,)), {"tools": [LIGHT_SENT]}),
        (
            Manner(tools=(LIGHT,), tool_choice="none", parallel_tools=False),
            {"tools": [LIGHT_SENT], "tool_choice": "none", "parallel_tool_calls": False},
        ),
        (
            Manner(tools=(LIGHT,), tool_choice="light"),
            {
                "tools": [LIGHT_SENT],
                "tool_choice": {"type": "function", "function": {"name": "light"}},
            },
        ),
    ],
)
def test_tools_are_named_only_where_there_are_any(manner: Manner, fields: dict[str, Any]) -> None:
    assert tool_fields(manner) == fields


def test_a_tool_without_parameters_gets_an_empty_object() -> None:
    function = tool_fields(Manner(tools=(ToolSpec("now"),)))["tools"][0]["function"]
    assert function == {"name": "now", "parameters": {"type": "object", "properties": {}}}


def test_a_body_streams_and_says_nothing_that_was_not_set() -> None:
    body = chat_body(Asked(Cause.USER, (USER,)), {"model": "m"})
    assert body == {"model": "m", "messages": [user("book it")], "stream": True}
