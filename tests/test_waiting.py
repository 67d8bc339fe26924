"""Words and speech in one line of a program without async."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

import voiceagent
from tests.server.live import Live, bench
from voiceagent.audio import read_audio, silence
from voiceagent.doctor import PHRASE_RATE, phrase


@pytest.fixture(scope="module")
def live() -> Generator[Live]:
    with Live(bench()) as server:
        yield server


def test_a_text_is_spoken_here_or_by_a_server(live: Live, tmp_path: Path) -> None:
    path = tmp_path / "hello.wav"
    assert voiceagent.say("Hello.", path, url=live.url, pace=0.5).ms == 600
    assert read_audio(path).ms == 600
    clip = voiceagent.say("Hello.", profile="bench")
    assert (clip.ms, clip.rate) == (2_000, 24_000)


def test_what_the_voice_cannot_do_is_a_warning(
    live: Live, caplog: pytest.LogCaptureFixture
) -> None:
    for where in ({"url": live.url}, {"profile": "bench"}):
        caplog.clear()
        voiceagent.say("Hello.", emotion="sad", instructions="slowly", **where)
        assert [
            record.getMessage() for record in caplog.records if record.levelname == "WARNING"
        ] == [
            "emotion 'sad' became 'neutral'",
            "instructions are not followed by this voice",
        ]


def test_what_is_no_style_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(voiceagent.Refused, match=r"Unknown field style\.mood"):
        voiceagent.say("Hello.", profile="bench", mood="sad")
    with pytest.raises(voiceagent.Refused, match="the text is empty"):
        voiceagent.say("  ", profile="bench")
    with pytest.raises(voiceagent.ConfigError, match="cannot be written"):
        voiceagent.say("Hello.", tmp_path / "no" / "where.wav", profile="bench")
    with pytest.raises(voiceagent.ConfigError, match="not both"):
        voiceagent.say("Hello.", profile="bench", url="ws://127.0.0.1:1")


def test_a_long_recording_is_written_down_turn_by_turn(live: Live) -> None:
    pcm = (phrase() + silence(1_500, PHRASE_RATE)) * 3
    for where in ({"url": live.url}, {"profile": "bench"}):
        assert voiceagent.transcribe(pcm, rate=PHRASE_RATE, **where) == "hello there " * 2 + (
            "hello there"
        )


def test_a_recording_without_speech_has_no_words() -> None:
    assert voiceagent.transcribe(b"", profile="bench") == ""
    assert voiceagent.transcribe(bytes(48_000), profile="bench", prompt="tea", language="en") == ""
