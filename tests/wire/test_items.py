"""Items: read, shown, and read again."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from voiceagent.conversation import Content, Item
from voiceagent.errors import Refused
from voiceagent.wire.items import MOST_SHOWN_IMAGE, read_item, show_item

IMAGE = "data:image/png;base64,AAAA"
ITEMS: list[dict[str, Any]] = [
    {"type": "message", "role": "system", "content": [{"type": "input_text", "text": "Be."}]},
    {"type": "message", "role": "user", "content": [{"type": "input_text", "text": ""}]},
    {"type": "message", "role": "user", "content": []},
    {"type": "message", "role": "user", "content": [{"type": "input_audio", "transcript": "Hi."}]},
    {
        "type": "message",
        "role": "user",
        "content": [
            {"type": "input_text", "text": "Look:"},
            {"type": "input_image", "image_url": IMAGE, "detail": "high"},
            {"type": "input_image", "image_url": IMAGE},
        ],
    },
    {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Oh."}]},
    {"type": "function_call", "call_id": "call_1", "name": "tell", "arguments": "{}"},
    {"type": "function_call_output", "call_id": "call_1", "output": ""},
]


@pytest.mark.parametrize("data", ITEMS)
def test_an_item_comes_back_as_it_was_read(data: dict[str, Any]) -> None:
    item, sound = read_item({"id": "mine", **data}, "item", "new")
    assert sound == []
    expected = {"id": "mine", "object": "realtime.item", "status": "completed", **data}
    assert show_item(item) == expected
    assert read_item(show_item(item), "item", "new") == (item, [])


@pytest.mark.parametrize("given", [{}, {"id": None}, {"id": ""}])
def test_an_item_without_an_id_gets_one(given: dict[str, Any]) -> None:
    assert read_item({**given, **ITEMS[0]}, "item", "new")[0].id == "new"


def test_a_call_without_an_id_of_its_own_is_called_by_the_items() -> None:
    item, _ = read_item({"type": "function_call", "name": "x", "arguments": ""}, "item", "new")
    assert item.call_id == "new"


def test_audio_is_handed_over_in_the_order_of_its_parts_and_its_words_are_unknown() -> None:
    parts = [{"type": "input_audio", "audio": base64.b64encode(s).decode()} for s in (b"ab", b"cd")]
    item, sound = read_item({"type": "message", "role": "user", "content": parts}, "item", "new")
    assert sound == [b"ab", b"cd"]
    assert show_item(item)["content"] == [{"type": "input_audio", "transcript": None}] * 2


def test_a_turn_is_first_shown_without_its_words() -> None:
    item = Item("a", content=(Content("input_audio", "hello"),))
    assert show_item(item, transcript=False)["content"][0]["transcript"] is None
    assert show_item(item)["content"][0]["transcript"] == "hello"


def test_nothing_but_the_words_of_a_turn_is_ever_null() -> None:
    items = [
        Item("a", role="assistant", content=(Content("output_audio"),)),
        Item("b", role="assistant", content=(Content("output_text"),)),
        Item("c", content=(Content("input_text"), Content("input_image", None, IMAGE))),
        Item("d", "function_call", call_id="x", name="y", arguments="{}"),
        Item("e", "function_call_output", call_id="x"),
    ]
    for item in items:
        shown = show_item(item)
        values = [*shown.values(), *(v for part in shown.get("content", ()) for v in part.values())]
        assert None not in values


def test_a_large_picture_is_not_said_back() -> None:
    item = Item("a", content=(Content("input_image", None, "x" * (MOST_SHOWN_IMAGE + 1)),))
    assert show_item(item)["content"] == [{"type": "input_image"}]


@pytest.mark.parametrize(
    ("data", "param"),
    [
        ([], "item"),
        ({"type": "message", "role": "user", "content": [{}]}, "item.content[0].type"),
        ({"type": "message", "role": "user", "content": [{"type": {}}]}, "item.content[0].type"),
        ({**ITEMS[0], "content": [{"type": "input_text"}]}, "item.content[0].text"),
        ({**ITEMS[1], "content": [{"type": "input_image"}]}, "item.content[0].image_url"),
        ({**ITEMS[1], "content": [{"type": "input_audio", "audio": 5}]}, "item.content[0].audio"),
        ({**ITEMS[1], "content": [{"type": "input_text", "text": ""}] * 65}, "item.content"),
        ({**ITEMS[1], "id": "x" * 65}, "item.id"),
        ({**ITEMS[5], "content": [{"type": "audio"}]}, "item.content[0].type"),
        ({"type": "function_call", "arguments": "{}"}, "item.name"),
        ({"type": "function_call_output", "call_id": "x"}, "item.output"),
        ({"type": "function_call_output", "call_id": "x", "output": {}}, "item.output"),
        ({"type": "mcp_approval_response"}, "item.type"),
    ],
)
def test_what_is_no_item_is_refused_by_its_path(data: Any, param: str) -> None:
    with pytest.raises(Refused) as refused:
        read_item(data, "item", "new")
    assert refused.value.param == param
