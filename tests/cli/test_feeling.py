"""`voiceagent feel`, on the server tests' ear that is always happy."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import voiceagent
from voiceagent.audio import silence, write_wav
from voiceagent.cli import main
from voiceagent.cli.feeling import as_json, as_text
from voiceagent.doctor import PHRASE_RATE, phrase
from voiceagent.events import NO_READING, Reading
from voiceagent.hearing.feelings.recordings import Feeling

FEELING = Path(__file__).parent.parent / "server" / "parts" / "feeling"
KEYS = {
    *("file", "label", "labels", "valence", "arousal"),
    *("confidence", "unknown", "words", "reasons", "span", "sounds"),
}


@pytest.fixture
def profile(tmp_path: Path) -> str:
    path = tmp_path / "feeling.yaml"
    ears = f"ears: [webrtcvad, {{model: '{FEELING.as_posix()}'}}]"
    path.write_text(f"about: Feels.\n{ears}\nmind: instant\nvoice: clip\n")
    return str(path)


@pytest.fixture
def question(tmp_path: Path) -> str:
    write_wav(tmp_path / "question.wav", phrase(), PHRASE_RATE)
    return str(tmp_path / "question.wav")


def test_every_recording_is_one_object_of_a_list(
    question: str, profile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["feel", question, question, "--json", "--profile", profile]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["label"] for one in told] == ["happy", "happy"]
    assert set(told[0]) == KEYS
    assert set(told[0]["labels"]) >= {"angry", "happy", "neutral", "sad"}
    assert told[0]["unknown"] is False


def test_python_gets_the_same_without_async(question: str, profile: str) -> None:
    """Files, whole files in memory, and bare samples."""
    bare, whole = phrase(), Path(question).read_bytes()
    felt = voiceagent.feel(question, whole, bare, profile=profile, rate=PHRASE_RATE)
    assert [one.label for one in felt] == ["happy"] * 3
    assert felt[0].reading.reasons
    assert felt[0].guess == felt[1].guess == felt[2].guess
    quiet = voiceagent.feel(silence(500, 16_000), profile=profile, rate=16_000)
    assert [one.label for one in quiet] == ["unknown"]


def test_people_get_a_line(question: str, profile: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["feel", question, "--profile", profile]) == 0
    assert capsys.readouterr().out.startswith(f"{question}: happy (70%): ")


def test_a_recording_without_speech_is_unknown_and_no_success(
    tmp_path: Path, profile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    write_wav(tmp_path / "quiet.wav", silence(500, 16_000), 16_000)
    assert main(["feel", str(tmp_path / "quiet.wav"), "--json", "--profile", profile]) == 1
    told = capsys.readouterr()
    assert json.loads(told.out)[0]["unknown"] is True
    assert "quiet.wav" in told.err


def test_a_file_that_is_not_there_is_one_line(
    profile: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["feel", "nowhere.wav", "--profile", profile]) == 2
    assert "nowhere.wav" in capsys.readouterr().err


def test_the_four_are_always_there_and_what_is_unknown_favours_none() -> None:
    shown = as_json("a.wav", Feeling(NO_READING, {}))
    assert shown["labels"] == dict.fromkeys(("angry", "happy", "neutral", "sad"), 0.25)
    assert (shown["label"], shown["unknown"]) == ("unknown", True)
    assert as_text(shown) == "a.wav: unknown"
    sad = {"sad": 0.8, "calm": 0.2}
    told = as_json("a.wav", Feeling(Reading(sad, 0, 0, 0.8, (), ("slower",)), sad))
    assert told["labels"] == {"angry": 0, "happy": 0, "neutral": 0, "sad": 0.8, "calm": 0.2}
    assert as_text(told) == "a.wav: sad (80%): slower"


def test_what_is_too_unsure_for_a_claim_has_its_probabilities() -> None:
    shown = as_json("a.wav", Feeling(NO_READING, {"sad": 0.4, "angry": 0.3, "neutral": 0.3}))
    assert (shown["label"], shown["unknown"], shown["labels"]["sad"]) == ("unknown", True, 0.4)
