"""The shapes in which words leave the server, and what may be asked of them."""

from __future__ import annotations

import math
import sys

import pytest
from starlette.datastructures import FormData

from voiceagent.audio import encode_ulaw, wav_bytes, wav_header
from voiceagent.errors import Refused
from voiceagent.events import HeardWord
from voiceagent.hearing.recording import Passage
from voiceagent.parts import Tune
from voiceagent.server.written import Wanted, decoded, read_wanted, shown

SAID = (
    Passage(
        "two teas",
        500,
        1_400,
        (HeardWord("two", 520, 800, 0.5), HeardWord("teas", 810, 1_390, 0.0)),
        ("to tease",),
    ),
    Passage("please", 2_500, 3_000, (HeardWord("please", 2_500, 3_000, 1.0),)),
)


def asked(**fields: str) -> Wanted:
    return read_wanted(FormData([*fields.items()]))


def test_plain_json_has_logprobs_only_where_they_are_asked_for() -> None:
    usage = {"type": "duration", "seconds": 4.0}
    assert shown(asked(), SAID, 4.0) == {"text": "two teas please", "usage": usage}
    told = shown(asked(**{"include[]": "logprobs"}), SAID, 4.0)["logprobs"]
    assert [entry["token"] for entry in told] == ["two", "teas", "please"]
    assert told[0] == {"token": "two", "bytes": [116, 119, 111], "logprob": -0.6931}
    assert told[1]["logprob"] < -13
    assert told[2]["logprob"] == 0.0


def test_verbose_json_has_a_segment_for_each_turn() -> None:
    told = shown(asked(response_format="verbose_json", language="en"), SAID, 4.0)
    assert (told["text"], told["duration"], told["language"]) == ("two teas please", 4.0, "en")
    assert "words" not in told
    first, second = told["segments"]
    assert (first["id"], first["start"], first["end"], first["text"]) == (0, 0.5, 1.4, "two teas")
    assert first["others"] == ["to tease"]
    assert math.isclose(first["avg_logprob"], (math.log(0.5) + math.log(1e-6)) / 2, abs_tol=0.001)
    assert (second["id"], second["text"], second["avg_logprob"]) == (1, "please", 0.0)


def test_words_have_times_and_confidences_if_they_are_asked_for() -> None:
    word = {"response_format": "verbose_json", "timestamp_granularities[]": "word"}
    told = shown(asked(**word), SAID, 4.0)["words"]
    assert told[0] == {"word": "two", "start": 0.52, "end": 0.8, "confidence": 0.5}
    assert len(told) == 3
    assert shown(asked(**word), [Passage("hi", 0, 1)], 4.0)["words"] == []


def test_lists_may_be_written_with_brackets_or_without() -> None:
    form = FormData([("response_format", "verbose_json"), ("timestamp_granularities", "word")])
    assert read_wanted(form) == Wanted("verbose_json", Tune(), words=True, logprobs=False)


def test_the_prompt_and_the_language_are_for_the_ears() -> None:
    assert asked(prompt="mocha", language="en").tune == Tune(None, "en", "mocha")


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"response_format": "vtt"}, "response_format"),
        ({"timestamp_granularities[]": "word"}, "timestamp_granularities"),
        (
            {"response_format": "verbose_json", "timestamp_granularities[]": "letter"},
            "timestamp_granularities",
        ),
        ({"include[]": "everything"}, "include"),
        ({"response_format": "text", "include[]": "logprobs"}, "include"),
        ({"prompt": "x" * 5_000}, "prompt"),
        ({"language": "x" * 65}, "language"),
        ({"stream": "True"}, "stream"),
    ],
)
def test_what_cannot_be_had_is_refused_by_its_name(fields: dict[str, str], param: str) -> None:
    with pytest.raises(Refused) as refused:
        asked(**fields)
    assert refused.value.param == param


# --- files ---------------------------------------------------------------------------------------


def telephone(samples: int, tag: int = 7) -> bytes:
    """A wav of mu-law at 8 kHz, as telephone systems write it."""
    header = bytearray(wav_header(8_000, samples))
    header[20:22] = tag.to_bytes(2, "little")
    header[28:32] = (8_000).to_bytes(4, "little")
    header[32:36] = b"\1\0\10\0"
    return bytes(header) + encode_ulaw(b"\0\1" * samples)


def test_recordings_of_any_rate_and_of_the_telephone_come_to_the_ears_alike() -> None:
    for data in (
        wav_bytes(bytes(16_000), 8_000),
        wav_bytes(bytes(96_000), 48_000),
        telephone(8_000),
        telephone(8_000, tag=6),
    ):
        assert len(decoded(data)) == 32_000


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no audio"),
        (b"RIFF\0\0\0\0WAVE", "without audio"),
        (wav_bytes(b"", 16_000), "0 ms long"),
        (wav_bytes(bytes(3_000), 16_000), "93 ms long"),
        (wav_bytes(bytes(2_000 * 2 * 1_801), 2_000), "longer than 1800 seconds"),
        (b"fLaC and no more", "cannot be decoded|pip install"),
    ],
)
def test_files_that_are_no_recording_are_refused(data: bytes, told: str) -> None:
    with pytest.raises(Refused, match=told) as refused:
        decoded(data)
    assert refused.value.param == "file"


def test_a_library_that_is_missing_is_no_fault_of_the_server(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "soundfile", None)
    with pytest.raises(Refused, match=r"pip install soundfile Or send a wav\."):
        decoded(b"ID3 some music")
