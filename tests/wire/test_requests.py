"""Client events: read or refused, and the golden file has one of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from voiceagent.errors import Refused
from voiceagent.wire import checks
from voiceagent.wire import requests as r

GOLDEN = json.loads((Path(__file__).parent.parent / "data" / "protocol.json").read_text())
DEEP: Any = "x"
for _ in range(2_000):
    DEEP = [DEEP]


@pytest.mark.parametrize(
    ("data", "request_"),
    [
        ({"type": "session.update", "session": {"a": 1}}, r.UpdateSession({"a": 1})),
        ({"type": "input_audio_buffer.append", "audio": "AQI="}, r.AppendAudio(b"\1\2")),
        ({"type": "input_audio_buffer.append", "audio": ""}, r.AppendAudio(b"")),
        ({"type": "input_audio_buffer.commit"}, r.CommitAudio()),
        ({"type": "input_audio_buffer.clear", "event_id": "x"}, r.ClearAudio()),
        ({"type": "output_audio_buffer.clear"}, r.ClearOutput()),
        ({"type": "conversation.item.create", "item": {}}, r.CreateItem({})),
        (
            {"type": "conversation.item.create", "item": {}, "previous_item_id": "root"},
            r.CreateItem({}, "root"),
        ),
        (
            {"type": "conversation.item.create", "item": {}, "previous_item_id": None},
            r.CreateItem({}),
        ),
        ({"type": "conversation.item.retrieve", "item_id": "a"}, r.RetrieveItem("a")),
        ({"type": "conversation.item.delete", "item_id": "a"}, r.DeleteItem("a")),
        (
            {"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": 5},
            r.TruncateItem("a", 0, 5),
        ),
        (
            {
                "type": "conversation.item.truncate",
                "item_id": "a",
                "audio_end_ms": 0,
                "content_index": 2,
            },
            r.TruncateItem("a", 2, 0),
        ),
        ({"type": "response.create"}, r.CreateResponse({})),
        ({"type": "response.create", "response": None}, r.CreateResponse({})),
        ({"type": "response.create", "response": {"a": 1}}, r.CreateResponse({"a": 1})),
        ({"type": "response.cancel"}, r.CancelResponse()),
        ({"type": "response.cancel", "response_id": None}, r.CancelResponse()),
        ({"type": "response.cancel", "response_id": "a"}, r.CancelResponse("a")),
        ({"type": "voiceagent.playback", "item_id": "a", "played_ms": 7}, r.ReportPlayback("a", 7)),
    ],
)
def test_every_event_is_read(data: dict[str, Any], request_: r.Request) -> None:
    assert r.read(data) == request_


@pytest.mark.parametrize(
    ("data", "code", "param"),
    [
        (None, None, None),
        ([], None, None),
        ("x", None, None),
        ({}, None, "type"),
        ({"type": None}, None, "type"),
        ({"type": 5}, "invalid_value", "type"),
        ({"type": ["response.create"]}, "invalid_value", "type"),
        ({"type": DEEP}, "invalid_value", "type"),
        ({"type": "transcription_session.update"}, "invalid_value", "type"),
        ({"type": "response.create", "event_id": 5}, "invalid_type", "event_id"),
        ({"type": "response.create", "event_id": "x" * 513}, "invalid_value", "event_id"),
        ({"type": "response.create", "response": 5}, "invalid_type", "response"),
        ({"type": "response.cancel", "response_id": 5}, "invalid_type", "response_id"),
        ({"type": "session.update"}, "missing_required_parameter", "session"),
        ({"type": "session.update", "session": []}, "invalid_type", "session"),
        ({"type": "input_audio_buffer.append"}, "missing_required_parameter", "audio"),
        ({"type": "input_audio_buffer.append", "audio": [1]}, "invalid_type", "audio"),
        ({"type": "conversation.item.create"}, "missing_required_parameter", "item"),
        ({"type": "conversation.item.create", "item": "x"}, "invalid_type", "item"),
        (
            {"type": "conversation.item.create", "item": {}, "previous_item_id": 5},
            "invalid_type",
            "previous_item_id",
        ),
        ({"type": "conversation.item.retrieve"}, "missing_required_parameter", "item_id"),
        ({"type": "conversation.item.delete", "item_id": {}}, "invalid_type", "item_id"),
        (
            {"type": "conversation.item.truncate", "item_id": "a"},
            "missing_required_parameter",
            "audio_end_ms",
        ),
        (
            {"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": 1.5},
            "invalid_type",
            "audio_end_ms",
        ),
        (
            {"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": True},
            "invalid_type",
            "audio_end_ms",
        ),
        (
            {"type": "conversation.item.truncate", "item_id": "a", "audio_end_ms": -1},
            "invalid_value",
            "audio_end_ms",
        ),
        (
            {"type": "voiceagent.playback", "item_id": "a"},
            "missing_required_parameter",
            "played_ms",
        ),
    ],
)
def test_a_wrong_event_is_refused_by_the_name_of_its_field(
    data: Any, code: str | None, param: str | None
) -> None:
    with pytest.raises(Refused) as refused:
        r.read(data)
    assert (refused.value.code, refused.value.param) == (code, param)
    assert len(str(refused.value)) < 1_000


@pytest.mark.parametrize(
    "audio",
    [
        "A",
        "AA",
        "AAA",
        "AQI",
        "AQI==",
        "=AQI",
        "AQ=I",
        "AQI=AQI=",
        "A QI",
        "AQI=\n",
        "_-8=",
        "§",
        "\x00AAA",
    ],
)
def test_base64_is_read_strictly(audio: str) -> None:
    with pytest.raises(Refused) as refused:
        checks.audio(audio, "audio")
    assert refused.value.param == "audio"


def test_the_clients_own_id_of_an_event_is_found_only_where_it_is_one() -> None:
    assert r.event_id({"event_id": "mine"}) == "mine"
    assert r.event_id({"event_id": 5}) is None
    assert r.event_id({}) is None
    assert r.event_id([]) is None


def test_metadata_are_a_few_short_strings() -> None:
    assert r.read_metadata({}) is None
    assert r.read_metadata({"metadata": None}) is None
    most = {f"{n:064}": "x" * 512 for n in range(16)}
    assert r.read_metadata({"metadata": most}) == most
    wrongs: tuple[Any, ...] = ({**most, "more": ""}, {"x" * 65: ""}, {"x": "x" * 513}, {"x": 5}, [])
    for wrong in wrongs:
        with pytest.raises(Refused):
            r.read_metadata({"metadata": wrong})


def test_the_golden_file_has_every_event_of_the_client_and_all_are_read() -> None:
    assert {message["type"] for message in GOLDEN["client"]} == set(r.READERS)
    for message in GOLDEN["client"]:
        r.read(message)


@pytest.mark.parametrize(
    "value",
    [
        DEEP,
        {"a": DEEP},
        [0] * 10_001,
        {str(n): n for n in range(5_001)},
        "x" * 200_001,
        ["x" * 150_000, "x" * 150_000],
        {"x" * 200_001: 1},
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_only_passed_on_is_neither_deep_nor_large(value: Any) -> None:
    with pytest.raises(Refused) as refused:
        checks.plain(value, "session.tracing")
    assert refused.value.param == "session.tracing"


@pytest.mark.parametrize(
    "value", [None, "auto", 5, [], {}, {"a": [1, {"b": "c"}]}, [[[["x"]]]], [0] * 9_000]
)
def test_what_is_small_is_passed_on_as_it_is(value: Any) -> None:
    assert checks.plain(value, "session.tracing") is value
