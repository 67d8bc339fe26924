"""Words and speech in one line of a program without async."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

import voiceagent
from tests.server.live import Live, bench
from tests.speaking.test_midi import key, midi
from voiceagent.audio import read_audio, silence
from voiceagent.doctor import PHRASE_RATE, phrase
from voiceagent.waiting import melody_of


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
    wheres: tuple[Any, ...] = ({"url": live.url}, {"profile": "bench"})
    for where in wheres:
        caplog.clear()
        voiceagent.say("Hello.", emotion="sad", style="slowly, like a pirate", **where)
        assert [
            record.getMessage() for record in caplog.records if record.levelname == "WARNING"
        ] == [
            "instructions: not understood: 'pirate'",
            "emotion 'sad' became 'neutral'",
        ]
        with pytest.raises(voiceagent.Refused, match="emotion 'sad' became 'neutral'"):
            voiceagent.say("Hello.", style="sadly", strict=True, **where)


def test_a_style_may_be_words_or_fields_or_both(live: Live) -> None:
    assert voiceagent.say("Hello.", style="at half speed", url=live.url).ms == 600
    how = voiceagent.Style(pace=2.0)
    assert voiceagent.say("Hello.", style=how, url=live.url).ms == 150
    assert voiceagent.say("Hello.", style="sadly", pace=0.5, url=live.url).ms == 600


def test_what_a_voice_can_do_is_told_here_and_by_a_server(live: Live) -> None:
    assert voiceagent.voices(url=live.url) == voiceagent.voices(profile="bench")
    assert voiceagent.voices(profile="bench") == voiceagent.Styles(pace=(0.25, 4.0))


def test_words_are_sung_to_a_tune_to_notes_or_to_a_file(tmp_path: Path) -> None:
    assert melody_of("twinkle") == ("twinkle", None)
    assert melody_of(notes=[[60, 1], [None, 0.5]]) == ("[[60,1],[null,0.5]]", None)
    data = midi(key(0, 60) + key(96, 60, 0))
    (tmp_path / "a.mid").write_bytes(data)
    for file in (data, str(tmp_path / "a.mid")):
        assert melody_of(midi=file) == ("[[60,1]]", 120.0)
    with pytest.raises(voiceagent.ConfigError, match="only one of"):
        melody_of("twinkle", midi=data)
    with pytest.raises(voiceagent.ConfigError, match="cannot be read"):
        melody_of(midi="nowhere.mid")


def test_what_cannot_be_sung_is_spoken_or_refused(live: Live) -> None:
    assert voiceagent.sing("Hello.", tune="twinkle", bpm=90, url=live.url).ms == 300
    with pytest.raises(voiceagent.Refused, match="mode 'rap' became 'speak'"):
        voiceagent.sing("Hello.", mode="rap", strict=True, url=live.url)
    with pytest.raises(voiceagent.Refused, match=r"style\.bpm is 5; it must be"):
        voiceagent.sing("Hello.", tune="twinkle", bpm=5, url=live.url)


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
