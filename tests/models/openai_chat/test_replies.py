from __future__ import annotations

import json
from typing import Any

import pytest

from models.openai_chat.replies import REPLY_CHARS, BadReply, Reply
from voiceagent.parts import Ended, Phrase, Thought, ToolCall, Usage


def scrap(text: str) -> Phrase:
    """What a model streams is no phrase yet."""
    return Phrase(text, goes_on=True)


def chunk(finish: str | None = None, **delta: Any) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})


def piece(arguments: Any = "", **fields: Any) -> str:
    name = {"name": fields.pop("name")} if "name" in fields else {}
    return chunk(tool_calls=[{"function": {**name, "arguments": arguments}, **fields}])


def read(*events: str) -> list[Thought]:
    reply = Reply()
    thoughts = [thought for event in events for thought in reply.read(event)]
    return [*thoughts, reply.end()]


DONE = Ended()


def test_text_comes_as_it_came() -> None:
    events = chunk(role="assistant", content=""), chunk(content="Hel"), chunk(content="lo. "), ""
    assert read(*events, chunk("stop")) == [scrap("Hel"), scrap("lo. "), DONE]


@pytest.mark.parametrize(
    ("told", "reason"),
    [("stop", "stop"), ("length", "length"), ("content_filter", "filter"), ("eos", "stop")],
)
def test_a_reply_ends_for_this_reason(told: str, reason: str) -> None:
    ended = read(chunk(told))[-1]
    assert isinstance(ended, Ended)
    assert ended.reason == reason


def test_the_usage_may_come_last_or_with_every_chunk() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 2, "prompt_tokens_details": None}
    cached = {**usage, "prompt_tokens_details": {"cached_tokens": 8}}
    first = json.dumps({"choices": [], "usage": usage})
    last = json.dumps({"choices": [], "usage": cached})
    assert read(first, chunk("stop"), last, "[DONE]") == [Ended("stop", Usage(9, 2, 8))]
    assert read(first, chunk("length")) == [Ended("length", Usage(9, 2))]
    odd = {"prompt_tokens": None, "completion_tokens": True}
    assert read(json.dumps({"choices": None, "usage": odd})) == [DONE]


def test_what_a_model_thinks_to_itself_is_no_phrase_but_progress() -> None:
    reply = Reply()
    events = chunk(reasoning_content="hm"), chunk(reasoning="hm"), chunk(content="<think>a</think>")
    assert [thought for event in events for thought in reply.read(event)] == []
    assert reply.progress > 0


def test_text_in_parts_and_a_refusal_are_spoken() -> None:
    parts = [{"type": "thinking", "thinking": [{"text": "hm"}]}, {"type": "text", "text": "Hi"}]
    assert read(chunk(content=parts), chunk(refusal="No.")) == [scrap("Hi"), scrap("No."), DONE]


def test_words_held_back_come_before_a_call_and_at_the_end() -> None:
    call = piece("{}", index=0, id="a", name="f")
    words = [scrap("1 "), scrap("<")]
    assert read(chunk(content="1 <"), call, "[DONE]") == [*words, ToolCall("a", "f", "{}"), DONE]
    assert read(chunk("stop", content="1 <")) == [*words, DONE]


CALLS = [ToolCall("a", "f", '{"x": 1}'), ToolCall("b", "g", '{"y": 2}')]


@pytest.mark.parametrize(
    "events",
    [
        pytest.param(
            [
                piece(index=0, id="a", name="f"),
                piece('{"x"', index=0),
                piece(": 1}", index=0),
                piece(index=1, id="b", name="g"),
                piece('{"y": 2}', index=1),
            ],
            id="in pieces, by index",
        ),
        pytest.param(
            [
                piece('{"x": 1}', index=0, id="a", name="f"),
                piece('{"y": 2}', index=1, id="b", name="g"),
            ],
            id="whole",
        ),
        pytest.param(
            [
                piece('{"x": 1}', index=0, id="a", name="f"),
                piece('{"y": 2}', index=0, id="b", name="g"),
            ],
            id="whole, all numbered 0",
        ),
        pytest.param(
            [piece('{"x": 1}', id="a", name="f"), piece('{"y": 2}', id="b", name="g")],
            id="whole, without numbers",
        ),
        pytest.param(
            [
                piece('{"x"', index=0, name="f"),
                piece(": 1}", index=0, id="a"),
                piece("", index=1, name="g"),
                piece('{"y": 2}', index=1, id="b"),
            ],
            id="the id comes late",
        ),
        pytest.param(
            [
                piece('{"x"', index=0, id="a", name="f"),
                piece(": 1}", index=0, id="other", name="f"),
                piece("", index=0, id="yet another", name="f"),
                piece('{"y": ', index=1, id="b", name="g"),
                piece("2}", index=1, id="b", name="g"),
            ],
            id="named again with each piece",
        ),
        pytest.param(
            [
                piece('{"x": 1', index=0, id="a", name="f"),
                piece("}", index=0, id="a", name="f"),
                piece('{"y": 2', index=0, id="b", name="g"),
                piece("}", index=0, id="b", name="g"),
            ],
            id="told apart by the ids alone",
        ),
        pytest.param(
            [
                piece({"x": 1}, index=0, id="a", name="f"),
                piece({"y": 2}, index=1, id="b", name="g"),
            ],
            id="arguments as an object",
        ),
    ],
)
def test_calls_in_every_shape_come_out_alike(events: list[str]) -> None:
    assert read(*events, chunk("tool_calls")) == [*CALLS, DONE]


def test_a_call_is_made_as_soon_as_the_next_one_begins() -> None:
    reply = Reply()
    assert not list(reply.read(piece('{"x": 1}', index=0, id="a", name="f")))
    assert list(reply.read(piece("", index=1, id="b", name="g"))) == CALLS[:1]


def test_one_tool_called_twice_in_whole_calls_is_two_calls() -> None:
    again = piece('{"x": 2}', index=0, id="b", name="f")
    calls = read(piece('{"x": 1}', index=0, id="a", name="f"), again, "[DONE]")[:-1]
    assert calls == [ToolCall("a", "f", '{"x": 1}'), ToolCall("b", "f", '{"x": 2}')]


def test_one_id_is_one_call_even_where_its_arguments_look_whole() -> None:
    pieces = piece("{}", index=0, id="a", name="f"), piece(" ", index=0, id="a", name="f")
    assert read(*pieces, "[DONE]") == [ToolCall("a", "f", "{} "), DONE]


def test_a_call_without_an_id_gets_one_of_its_own() -> None:
    one, other, _ = read(piece("{}", index=0, name="f"), piece("{}", index=1, name="f"), "[DONE]")
    assert isinstance(one, ToolCall)
    assert isinstance(other, ToolCall)
    assert one.id.startswith("call_")
    assert one.id != other.id


def test_invalid_arguments_are_passed_on() -> None:
    assert read(piece('{"x', index=0, id="a", name="f"), chunk("length")) == [
        ToolCall("a", "f", '{"x'),
        Ended("length"),
    ]


def test_a_call_that_is_over_cannot_go_on() -> None:
    with pytest.raises(BadReply, match="was over"):
        read(
            piece('{"x"', index=0, id="a", name="f"),
            piece("{}", index=1, id="b", name="g"),
            piece(": 1}", index=0),
        )


def test_a_call_that_was_cut_is_not_made_but_held_words_are_said() -> None:
    reply = Reply()
    list(reply.read(piece('{"x"', index=0, id="a", name="f")))
    list(reply.read(chunk(content="a <")))
    assert list(reply.cut()) == [scrap("<")]
    assert not reply.finished


@pytest.mark.parametrize(
    "event",
    ["{", "7", "[]", "null", "[" * 100_000, '{"error": "no"}', '{"error": {"message": "no"}}'],
)
def test_what_is_no_chunk_or_an_error_is_a_bad_reply(event: str) -> None:
    with pytest.raises(BadReply, match="no"):
        read(event)


@pytest.mark.parametrize(
    "event",
    [
        {"choices": [7]},
        {"choices": {"a": 1}},
        {"choices": [{"delta": {"content": 7, "tool_calls": "x"}}]},
        {"choices": [{"delta": None, "finish_reason": None}], "usage": 7},
        {"error": None},
    ],
)
def test_odd_chunks_mean_nothing(event: dict[str, Any]) -> None:
    assert read(json.dumps(event)) == [DONE]


def test_a_call_without_a_name_is_a_bad_reply() -> None:
    with pytest.raises(BadReply, match="without a name"):
        read(piece("{}", index=[0], id="a"), "[DONE]")


@pytest.mark.parametrize("key", ["content", "reasoning", "reasoning_content"])
def test_an_endless_reply_is_broken_off(key: str) -> None:
    event = chunk(**{key: "x" * 10_000})
    reply = Reply()
    for _ in range(REPLY_CHARS // 10_000):
        list(reply.read(event))
    with pytest.raises(BadReply, match="200,000"):
        list(reply.read(event))
