"""`voiceagent sing`, `voiceagent voices`, and a style in words."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.server.live import Live, bench
from tests.speaking.test_midi import END, LINE, midi
from tests.test_cli import fails
from voiceagent.audio import read_audio
from voiceagent.cli import main, parser
from voiceagent.cli.singing import lyrics_of, style_of
from voiceagent.style import Style


@pytest.fixture(scope="module")
def live() -> Generator[Live]:
    with Live(bench()) as server:
        yield server


def style(*argv: str) -> Style:
    return style_of(parser().parse_args(["sing", *argv]))


def lyrics(*argv: str) -> str:
    return lyrics_of(parser().parse_args(["sing", *argv]))


def test_a_song_is_a_style(tmp_path: Path) -> None:
    notes, file = tmp_path / "notes.json", tmp_path / "file.mid"
    notes.write_text("[[60, 1], [null, 0.5]]")
    file.write_bytes(midi(LINE + END))
    assert style("--tune", "twinkle", "la") == Style(mode="sing", melody="twinkle")
    given = style("--notes", str(notes), "--bpm", "90", "--style", "sadly", "la")
    expected = Style(mode="sing", melody="[[60,1],[null,0.5]]", bpm=90.0, instructions="sadly")
    assert given == expected
    assert style("--midi", str(file), "la").bpm == 120.0
    assert style("--midi", str(file), "--bpm", "80", "la").bpm == 80.0
    assert style("--rap", "yo", "--language", "yue") == Style(mode="rap", language="yue")


def test_the_words_may_be_given_in_two_ways_or_be_the_tunes_own() -> None:
    assert lyrics("one", "two") == lyrics("--lyrics", "one two") == "one two"
    assert lyrics("--lyrics", r"one\ntwo") == "one\ntwo"
    assert not any(char.isalnum() for char in lyrics("--tune", "twinkle"))


def test_what_cannot_be_sung_is_one_line(
    live: Live, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.wav"
    odd = tmp_path / "odd.json"
    odd.write_text("[[60, 1], [999, 1]]")
    cases = [
        ((), "what shall be sung?"),
        (("a", "--lyrics", "b"), "give the words once"),
        (("a", "--notes", f"{tmp_path}/no.json"), "cannot be read"),
        (("a", "--notes", str(odd)), "notes[1] is [999, 1]"),
        (("a", "--midi", str(odd)), "no MIDI file"),
        (("a", "--bpm", "7"), "style.bpm is 7"),
        (("a", "--tune", "twinkle", "--strict"), "mode 'sing' became 'speak'"),
    ]
    for argv, told in cases:
        code, line = fails(capsys, "sing", *argv, "-o", str(out), "--url", live.url)
        assert (code, told in line) == (2, True), line
    assert not out.exists()


def test_a_style_in_words_is_heard(
    live: Live, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.wav"
    where = ("-o", str(out), "--url", live.url)
    assert main(["say", "Hello.", "--style", "at half speed", *where]) == 0
    assert read_audio(out).ms == 600
    code, line = fails(capsys, "say", "Hello.", "--style", "like a pirate", "--strict", *where)
    assert (code, "not understood: 'pirate'" in line) == (2, True)


def test_what_voices_can_do_is_listed(live: Live, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["voices", "--profile", "bench"]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith("bench:\n")
    assert "  pace: 0.25 to 4\n" in listed
    assert main(["voices", "--url", live.url, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out).values()
    assert (found["modes"], found["pace"], found["instructions"]) == (["speak"], [0.25, 4.0], False)


def test_without_a_profile_every_profile_is_listed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voiceagent.bundle.profiles", lambda: ("bench", "nowhere"))
    assert main(["voices", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["bench"]["modes"] == ["speak"]
    assert "nowhere" in found["nowhere"]["error"]
