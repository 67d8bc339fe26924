"""Words and speech of a server over plain HTTP: what is sent, and what its answers mean."""

from __future__ import annotations

import httpx
import numpy as np
import pytest

from voiceagent.client.sound import PART_S, body, parts, passages_of, pieces, refusal
from voiceagent.errors import Busy, Refused, RemoteLinkError
from voiceagent.events import HeardWord
from voiceagent.hearing.recording import Passage
from voiceagent.parts import EAR_RATE
from voiceagent.style import Style

# --- words ---------------------------------------------------------------------------------------


def test_a_short_recording_goes_in_one_piece() -> None:
    assert list(parts(b"\1\1" * EAR_RATE)) == [b"\1\1" * EAR_RATE]
    assert list(parts(b"")) == [b""]


def test_a_long_recording_is_cut_where_it_is_quiet_and_nothing_is_lost() -> None:
    loud = np.full(PART_S * EAR_RATE * 5 // 2, 5_000, np.int16)
    quiet = (PART_S - 8) * EAR_RATE
    loud[quiet : quiet + EAR_RATE // 2] = 3
    cut = list(parts(loud.tobytes()))
    assert b"".join(cut) == loud.tobytes()
    assert len(cut) == 3
    assert max(map(len, cut)) <= PART_S * EAR_RATE * 2
    assert quiet <= len(cut[0]) // 2 <= quiet + EAR_RATE // 2


def test_what_our_servers_tell_is_understood() -> None:
    word = {"word": "tea", "start": 0.5, "end": 0.9, "confidence": 0.7}
    segment = {"text": "tea", "start": 0.4, "end": 1.0, "others": ["tee"]}
    data = {"text": "tea", "words": [word], "segments": [segment]}
    heard = HeardWord("tea", 60_500, 60_900, 0.7)
    assert passages_of(data, 60_000) == [Passage("tea", 60_400, 61_000, (heard,), ("tee",))]


def test_servers_that_tell_less_are_understood_too() -> None:
    assert passages_of({"text": " Tea. ", "duration": 2.5}, 0) == [Passage("Tea.", 0, 2_500)]
    assert passages_of({"text": "Tea."}, 0) == [Passage("Tea.", 0, 0)]
    assert passages_of({"text": "", "segments": [], "duration": 1.0}, 0) == []


@pytest.mark.parametrize("data", [None, [], "tea", {}, {"text": "x", "words": [{"word": 1}]}])
def test_an_answer_that_is_no_transcript_is_an_error(data: object) -> None:
    with pytest.raises(RemoteLinkError, match="no transcript"):
        passages_of(data, 0)


# --- speech --------------------------------------------------------------------------------------


def test_a_long_text_goes_in_requests_that_the_protocol_allows() -> None:
    text = "One sentence after the other. " * 500
    asked = list(pieces(text))
    assert max(map(len, asked)) <= 4_096
    assert "".join(asked).split() == text.split()
    assert list(pieces("Hello.")) == ["Hello."]


def test_only_what_is_not_plain_is_asked_for() -> None:
    plain = {"input": "Hi.", "response_format": "pcm", "model": "voiceagent"}
    assert body("Hi.", Style(), "") == plain
    style = Style(pace=1.5, instructions="softly", language="de")
    assert body("Hi.", style, "ada") == {
        **plain,
        "voice": "ada",
        "speed": 1.5,
        "instructions": "softly",
        "voiceagent": {"style": {"language": "de"}},
    }
    assert body("a\udcffb", Style(), "")["input"] == "a?b"


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (httpx.Response(401), RemoteLinkError, "a call without a key"),
        (httpx.Response(503, headers={"Retry-After": "7"}), Busy, "Try again in 7 s"),
        (httpx.Response(400, json={"error": {"message": "too odd"}}), Refused, "too odd"),
        (httpx.Response(413, text="<html>"), Refused, "HTTP 413"),
        (httpx.Response(500, json={"error": None}), RemoteLinkError, "gave no speech: HTTP 500"),
        (httpx.Response(404, json=[]), RemoteLinkError, "HTTP 404"),
    ],
)
def test_a_refusal_says_whose_problem_it_is(
    answer: httpx.Response, kind: type[Exception], told: str
) -> None:
    problem = refusal(answer, "http://h/v1", "speech", None)
    assert type(problem) is kind
    assert told in str(problem)
