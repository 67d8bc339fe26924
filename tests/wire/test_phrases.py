"""What a session's tools and instructions say that a user may say."""

from __future__ import annotations

import pytest

from voiceagent.errors import Refused
from voiceagent.parts import ToolSpec
from voiceagent.wire.phrases import MOST_KNOWN, MOST_LETTERS, phrases_of, read_phrases, spoken

LIGHTS = ToolSpec(
    "setLights",
    'Switches the light. Users say "lights on" or "make it dark".',
    {
        "type": "object",
        "properties": {
            "room": {"type": "string", "enum": ["kitchen", "living_room", 3]},
            "how": {"anyOf": [{"const": "on"}, {"type": "array", "items": {"enum": ["dim"]}}]},
        },
    },
    phrases=("let there be light",),
)


def test_what_the_author_of_a_tool_wrote_comes_before_what_is_guessed() -> None:
    assert phrases_of([LIGHTS], "") == (
        "let there be light",
        "lights on",
        "make it dark",
        "set Lights",
        "kitchen",
        "living room",
        "on",
        "dim",
    )


def test_other_values_that_an_argument_may_have_may_stand_in_a_phrase() -> None:
    sizes = {"size": {"enum": ["small", "Large"]}, "drink": {"enum": ["tea", "iced tea", "milk"]}}
    tool = ToolSpec("order", parameters=sizes, phrases=("a large iced tea please", "hello"))
    known = phrases_of([tool], "")
    assert {text for text in known if text.endswith("please")} == {
        *("a large iced tea please", "a Large iced tea please", "a small iced tea please"),
        *("a Large tea please", "a small tea please"),
        *("a Large milk please", "a small milk please"),
    }
    assert known == phrases_of([tool], "")


def test_what_the_instructions_quote_may_be_said() -> None:
    told = (
        'When the user says "start the game" or \u201cgive up\u201d, obey. An inch is 1". So is 2".'
    )
    assert phrases_of([], told) == ("start the game", "give up")


def test_a_session_without_tools_expects_nothing() -> None:
    assert phrases_of([], "Be kind.") == ()


def test_nothing_is_said_twice_and_nothing_without_letters() -> None:
    tools = [ToolSpec("roll", phrases=("roll", " 1 2 3 ", "roll  it"))]
    assert phrases_of(tools, '"roll"') == ("roll", "roll it")


def test_however_much_a_client_sends_ears_are_told_a_bounded_part() -> None:
    short = [ToolSpec(f"t{n}", phrases=tuple(f"a{n} b{m}" for m in range(50))) for n in range(50)]
    assert len(phrases_of(short, "")) == MOST_KNOWN
    long = [ToolSpec("t", phrases=tuple(f"{n} {'x' * 190}" for n in range(500)))]
    assert sum(map(len, phrases_of(long, ""))) <= MOST_LETTERS


def test_a_schema_without_a_bottom_is_left_at_some_depth() -> None:
    schema: dict[str, object] = {}
    for _ in range(2_000):
        schema = {"items": schema, "enum": ["yes"]}
    assert phrases_of([ToolSpec("deep", parameters=schema)], "") == ("deep", "yes")


@pytest.mark.parametrize(
    ("name", "said"),
    [("roll_the_dice", "roll the dice"), ("rollTheDice", "roll The Dice"), ("tell-it", "tell it")],
)
def test_a_name_is_said_as_words(name: str, said: str) -> None:
    assert spoken(name) == said


@pytest.mark.parametrize(
    ("value", "param"),
    [
        ("roll the dice", "phrases"),
        (["x"] * 51, "phrases"),
        (["fine", 5], r"phrases\[1\]"),
        (["x" * 201], r"phrases\[0\]"),
    ],
)
def test_wrong_phrases_are_refused_by_name(value: object, param: str) -> None:
    with pytest.raises(Refused, match=param):
        read_phrases(value, "phrases")
