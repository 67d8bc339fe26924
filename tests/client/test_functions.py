"""A typed function is a tool: its schema, its call, and what cannot be one."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, Optional

import anyio
import pytest

from voiceagent.client.functions import function_tool
from voiceagent.errors import ConfigError, ToolError


@dataclass
class Place:
    city: str
    floor: int = 0
    tags: list[str] = field(default_factory=list)


def everything(
    name: str,
    count: int,
    ratio: float = 0.5,
    loud: bool = False,
    unit: Literal["C", "F"] = "C",
    tags: list[str] | None = None,
    where: Optional[Place] = None,  # noqa: UP045  both spellings are to work
    more: Annotated[dict[str, int], "what else"] = {},  # noqa: B006
) -> str:
    """Do everything.

    At length.

    Args:
        name: whose name
            it is
        count (int): how many

    Returns:
        text
    """
    return f"{name} {count} {ratio} {loud} {unit} {tags} {where} {more}"


def call(function: Callable[..., Any], **arguments: Any) -> tuple[str, bool]:
    return anyio.run(function_tool(function).call, json.dumps(arguments))


def parameters(function: Callable[..., Any]) -> dict[str, Any]:
    found: dict[str, Any] = function_tool(function).parameters["properties"]
    return found


def test_the_signature_is_the_schema_and_the_docstring_the_description() -> None:
    tool = function_tool(everything)
    assert tool.description == "Do everything.\n\nAt length."
    assert tool.parameters["required"] == ["name", "count"]
    assert tool.parameters["properties"] == {
        "name": {"type": "string", "description": "whose name it is"},
        "count": {"type": "integer", "description": "how many"},
        "ratio": {"type": "number"},
        "loud": {"type": "boolean"},
        "unit": {"type": "string", "enum": ["C", "F"]},
        "tags": {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "null"}]},
        "where": {"anyOf": [PLACE, {"type": "null"}]},
        "more": {
            "type": "object",
            "additionalProperties": {"type": "integer"},
            "description": "what else",
        },
    }


PLACE = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "floor": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["city"],
    "additionalProperties": False,
}


def test_docstrings_in_the_style_of_sphinx_are_read_too() -> None:
    def light(room: str, on: bool) -> None:
        """Switch a light.

        :param room: which room
        :param bool on: on or off
        """

    tool = function_tool(light)
    assert tool.description == "Switch a light."
    assert tool.parameters["properties"]["room"]["description"] == "which room"
    assert tool.parameters["properties"]["on"]["description"] == "on or off"


def test_arguments_become_what_the_function_wants() -> None:
    where = {"city": "Oslo", "tags": ["a"]}
    output, failed = call(everything, name="x", count=3.0, ratio=1, where=where, tags=None)
    assert not failed
    assert output == "x 3 1.0 False C None Place(city='Oslo', floor=0, tags=['a']) {}"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"count": 1}, "needs 'name'"),
        ({"name": "x", "count": "many"}, "everything.count must be a whole number"),
        ({"name": "x", "count": True}, "everything.count must be a whole number"),
        ({"name": "x", "count": 1.5}, "everything.count must be a whole number"),
        ({"name": 7, "count": 1}, "everything.name must be text"),
        ({"name": "x", "count": 1, "unit": "K"}, 'everything.unit cannot be "K"'),
        ({"name": "x", "count": 1, "size": 2}, "has no 'size'"),
        ({"name": "x", "count": 1, "where": {}}, "everything.where needs 'city'"),
        ({"name": "x", "count": 1, "tags": ["a", 2]}, "everything.tags[1] must be text"),
    ],
)
def test_wrong_arguments_are_told_to_the_model_by_name(
    arguments: dict[str, Any], told: str
) -> None:
    output, failed = call(everything, **arguments)
    assert failed
    assert told in output


@pytest.mark.parametrize("text", ["{", "[]", "7", '"x"'])
def test_arguments_that_are_no_object_are_an_error(text: str) -> None:
    output, failed = anyio.run(function_tool(everything).call, text)
    assert failed
    assert "arguments of everything" in output


def test_what_a_function_returns_becomes_text() -> None:
    def nothing() -> None: ...
    def table() -> dict[str, Any]:
        return {"grüße": [1, None]}

    def place() -> Place:
        return Place("Oslo")

    assert call(nothing) == ("done", False)
    assert call(table) == ('{"grüße": [1, null]}', False)
    assert json.loads(call(place)[0]) == {"city": "Oslo", "floor": 0, "tags": []}


def test_an_async_function_is_awaited() -> None:
    async def wait(s: float) -> str:
        await anyio.sleep(s)
        return "waited"

    assert call(wait, s=0) == ("waited", False)


def test_a_blocking_function_does_not_hold_up_the_loop() -> None:
    release = threading.Event()

    def block() -> str:
        return "released" if release.wait(30) else "held up"

    async def both() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(set_it)
            assert await function_tool(block).call("{}") == ("released", False)

    async def set_it() -> None:
        release.set()

    anyio.run(both)


def test_faults_of_a_function_are_told_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> None:
        raise LookupError("no such room")

    def refuses() -> None:
        raise ToolError("the door is locked")

    with caplog.at_level(logging.WARNING, "voiceagent.client"):
        assert call(broken) == ("error: LookupError: no such room", True)
        assert call(refuses) == ("error: the door is locked", True)
    assert len(caplog.records) == 1


class Lamp:
    def switch(self, on: bool) -> str:
        """Switch the lamp."""
        return f"on={on}"


def test_a_method_is_a_tool_without_its_self() -> None:
    assert list(parameters(Lamp().switch)) == ["on"]
    assert call(Lamp().switch, on=True) == ("on=True", False)


def no_type(room) -> None: ...  # type: ignore[no-untyped-def]
def many(*rooms: str) -> None: ...
def keywords(**rooms: str) -> None: ...
def positional(room: str, /) -> None: ...
def raw(data: bytes) -> None: ...
def nested(data: list[set[int]]) -> None: ...
def mixed(data: Literal["a", 1]) -> None: ...
def unknown(data: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (no_type, "'room' has no type"),
        (many, "'rooms' takes any number"),
        (keywords, "'rooms' takes any number"),
        (positional, "'room' is positional only"),
        (raw, "'data' is of the type bytes"),
        (nested, "'data' is of the type set"),
        (mixed, "'data' has choices of several types"),
        (unknown, "'Nowhere'"),
        (lambda: None, "cannot be a tool"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_no_schema_can_say_is_refused_by_name(function: Callable[..., Any], told: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        function_tool(function)
    assert told in str(refusal.value)
