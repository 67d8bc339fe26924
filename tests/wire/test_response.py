"""One response, whatever becomes of it: always the same order, always closed."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from voiceagent.conversation import Content, Item
from voiceagent.parts import ToolCall, Usage
from voiceagent.wire.response import Heading, Response, show_usage, status_details
from voiceagent.wire.settings import Settings, update

GOLDEN = json.loads((Path(__file__).parent.parent / "data" / "protocol.json").read_text())
BOXED = ["response.output_item.added", "conversation.item.added", "response.content_part.added"]
AUDIO = ["response.output_audio.done", "response.output_audio_transcript.done"]
CLOSED = [
    "response.content_part.done",
    "conversation.item.done",
    "response.output_item.done",
    "response.done",
]
CALLED = [
    "response.output_item.added",
    "conversation.item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "conversation.item.done",
    "response.output_item.done",
]
CALL = ToolCall("call_1", "tell", '{"a": 1}')


class Told:
    """A response, and everything that it has told."""

    def __init__(self, modality: str = "audio", conversation: str | None = "conv_1") -> None:
        settings = update(Settings(), {"output_modalities": [modality]})
        self.kind: Any = "output_audio" if modality == "audio" else "output_text"
        self.response = Response(Heading("resp_1", conversation, settings, {"mine": "yes"}))
        self.events = self.response.created()

    def begin(self) -> Told:
        item = Item("item_1", role="assistant", content=(Content(self.kind, ""),))
        self.events += self.response.begin(item, "item_0")
        return self

    def say(self, text: str, sound: bytes = b"") -> Told:
        self.events += self.response.say(text, sound)
        return self

    def call(self) -> Told:
        item = Item("item_2", "function_call", call_id="call_1", name="tell", arguments='{"a": 1}')
        self.events += self.response.call(item, CALL, self.response.item_id or "item_0")
        return self

    def end(self, status: str = "completed", heard: str = "", reason: str = "") -> Told:
        details = status_details(status, reason, "broken")
        self.events += self.response.end(status, details, show_usage(Usage(), 0, 0), heard, None)
        return self

    @property
    def kinds(self) -> list[str]:
        return [event["type"] for event in self.events]

    @property
    def done(self) -> dict[str, Any]:
        assert self.events[-1]["type"] == "response.done"
        found: dict[str, Any] = self.events[-1]["response"]
        return found


def test_spoken_words_are_boxed_told_and_unboxed() -> None:
    told = Told().begin().say("Hel", b"\1\2").say("lo", b"").say("", b"\3\4").end()
    deltas = ["response.output_audio_transcript.delta", "response.output_audio.delta"]
    assert told.kinds == [
        "response.created",
        *BOXED,
        *deltas,
        deltas[0],
        deltas[1],
        *AUDIO,
        *CLOSED,
    ]
    sounds = [e["delta"] for e in told.events if e["type"] == deltas[1]]
    assert b"".join(map(base64.b64decode, sounds)) == b"\1\2\3\4"
    (item,) = told.done["output"]
    assert item["content"] == [{"type": "output_audio", "transcript": "Hello"}]
    assert (told.done["status"], told.done["status_details"]) == ("completed", None)
    parts = [e["part"] for e in told.events if "part" in e]
    assert parts == [{"type": "audio", "transcript": ""}, {"type": "audio", "transcript": "Hello"}]


def test_written_words_have_parts_of_text() -> None:
    told = Told("text").begin().say("Hello").end()
    assert told.kinds == [
        "response.created",
        *BOXED,
        "response.output_text.delta",
        "response.output_text.done",
        *CLOSED,
    ]
    parts = [e["part"] for e in told.events if "part" in e]
    assert parts == [{"type": "text", "text": ""}, {"type": "text", "text": "Hello"}]
    assert told.done["output"][0]["content"] == [{"type": "output_text", "text": "Hello"}]


def test_a_call_is_added_before_its_arguments_and_done_with_all_of_them() -> None:
    told = Told().call().end()
    assert told.kinds == ["response.created", *CALLED, "response.done"]
    added, in_conversation, delta, done, _, closed = told.events[1:7]
    assert added["item"]["arguments"] == ""
    assert added["item"]["status"] == "in_progress"
    assert in_conversation["item"]["name"] == "tell"
    assert delta["delta"] == done["arguments"] == closed["item"]["arguments"] == '{"a": 1}'
    assert (done["call_id"], done["name"]) == ("call_1", "tell")


@pytest.mark.parametrize("call_first", [True, False])
def test_a_message_and_a_call_have_places_of_their_own(call_first: bool) -> None:
    told = Told()
    told = told.call().begin() if call_first else told.begin().say("Well").call()
    told = told.say(", yes", b"\1\2").end()
    order = ["item_2", "item_1"] if call_first else ["item_1", "item_2"]
    assert [item["id"] for item in told.done["output"]] == order
    for event in told.events:
        if "output_index" in event:
            item_id = event.get("item_id") or event["item"]["id"]
            assert order[event["output_index"]] == item_id
    assert told.kinds.count("response.output_item.done") == 2


@pytest.mark.parametrize(
    ("status", "reason", "details"),
    [
        ("cancelled", "turn_detected", {"type": "cancelled", "reason": "turn_detected"}),
        ("cancelled", "client_cancelled", {"type": "cancelled", "reason": "client_cancelled"}),
        ("cancelled", "link_lost", {"type": "cancelled"}),
        ("incomplete", "max_output_tokens", {"type": "incomplete", "reason": "max_output_tokens"}),
        ("incomplete", "content_filter", {"type": "incomplete", "reason": "content_filter"}),
        (
            "failed",
            "",
            {
                "type": "failed",
                "error": {"type": "server_error", "code": "model_error", "message": "broken"},
            },
        ),
    ],
)
def test_a_reply_that_was_cut_keeps_what_was_heard_and_says_why(
    status: str, reason: str, details: dict[str, Any]
) -> None:
    told = Told().begin().say("Hello you", b"\1\2").end(status, "Hello", reason)
    assert told.kinds[-6:] == AUDIO + CLOSED
    (item,) = told.done["output"]
    assert item["status"] == "incomplete"
    assert item["content"][0]["transcript"] == "Hello"
    assert (told.done["status"], told.done["status_details"]) == (status, details)
    transcript = next(e for e in told.events if e["type"].endswith("transcript.done"))
    assert transcript["transcript"] == "Hello you", "what was sent, not what was heard"


def test_a_reply_that_said_nothing_has_no_item() -> None:
    told = Told().end("cancelled", reason="turn_detected")
    assert told.kinds == ["response.created", "response.done"]
    assert told.done["output"] == []


def test_out_of_band_nothing_is_said_of_the_conversation() -> None:
    told = Told(conversation=None).begin().say("Hello").call().end()
    assert not [kind for kind in told.kinds if kind.startswith("conversation.")]
    assert told.done["conversation_id"] is None


def test_it_says_of_itself_what_it_was_asked_for_from_first_to_last() -> None:
    told = Told().begin().end()
    first, last = told.events[0]["response"], told.done
    for key in ("id", "conversation_id", "output_modalities", "audio", "metadata"):
        assert first[key] == last[key]
    assert first["metadata"] == {"mine": "yes"}
    assert "usage" not in first
    assert first["output"] == []


def test_what_the_voice_lacks_is_told_from_first_to_last_and_once() -> None:
    heading = replace(Told().response.heading, degraded=("pace 4.0 became 2.0",))
    response = Response(heading)
    created = response.created()[0]["response"]
    assert created["voiceagent"] == {"degraded": ["pace 4.0 became 2.0"]}
    lacks = ("pace 4.0 became 2.0", "sound 'sigh' was left out")
    done = response.end("completed", None, {}, "", None, lacks)[-1]["response"]
    assert done["voiceagent"] == {"degraded": list(lacks)}


def test_usage_adds_up() -> None:
    usage = show_usage(Usage(7, 5, 2), 1_000, 2_000)
    assert usage["input_tokens"] == 7 + 10
    assert usage["output_tokens"] == 5 + 40
    assert usage["total_tokens"] == 62
    assert usage["input_token_details"]["cached_tokens"] == 2
    assert usage["input_token_details"]["audio_tokens"] == 10
    assert usage["output_token_details"] == {"text_tokens": 5, "audio_tokens": 40}


def keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: keys(entry) for key, entry in value.items() if key != "event_id"}
    return [keys(entry) for entry in value] if isinstance(value, list) else None


@pytest.mark.parametrize(
    "told",
    [Told().begin().say("a", b"a").end(), Told("text").begin().say("a").end(), Told().call().end()],
)
def test_its_events_have_the_golden_shape(told: Told) -> None:
    golden = [(message["type"], keys(message)) for message in GOLDEN["server"]]
    for event in told.events:
        event = json.loads(json.dumps(event))
        if event["type"] in ("response.created", "response.done"):
            event["response"]["metadata"] = None
        assert (event["type"], keys(event)) in golden
