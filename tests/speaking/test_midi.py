"""A MIDI file, or a list of notes, becomes the text that a style carries."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.errors import Refused
from voiceagent.speaking.midi import MOST_BYTES, checked, read_midi, written

SOUND = b"\x90"  # key down on the first channel
TEMPO = b"\x00\xff\x51\x03\x07\xa1\x20"  # 500,000 microseconds a beat
END = b"\x00\xff\x2f\x00"


def midi(*tracks: bytes, ticks: int = 96) -> bytes:
    head = b"MThd" + (6).to_bytes(4) + (1).to_bytes(2) + len(tracks).to_bytes(2)
    chunks = b"".join(b"MTrk" + len(track).to_bytes(4) + track for track in tracks)
    return head + ticks.to_bytes(2) + chunks


def key(after: int, pitch: int, force: int = 80, status: bytes = SOUND) -> bytes:
    assert after < 0x4000
    delta = bytes([after >> 7 | 0x80, after & 0x7F]) if after > 127 else bytes([after])
    return delta + status + bytes([pitch, force])


LINE = (
    TEMPO
    + key(0, 60)
    + key(96, 60, 0)
    + key(0, 62)
    + key(48, 62, 0)
    + key(96, 64)
    + key(192, 64, 0)
)


def test_the_notes_of_a_line_come_with_their_beats_rests_and_tempo() -> None:
    found = read_midi(midi(LINE + END))
    assert found.notes == ((60.0, 1.0), (62.0, 0.5), (None, 1.0), (64.0, 2.0))
    assert found.bpm == 120.0
    assert written(found.notes) == "[[60,1],[62,0.5],[null,1],[64,2]]"


def test_the_melody_is_the_highest_line_without_drums() -> None:
    bass = b"".join(key(0, 40) + key(96, 40, 0) for _ in range(4)) + END
    drums = b"".join(key(0, 90, status=b"\x99") + key(96, 90, 0, b"\x99") for _ in range(9)) + END
    chord = key(0, 60) + key(0, 67) + key(96, 60, 0) + key(0, 67, 0) + END
    assert read_midi(midi(bass, drums, LINE + END)).notes[0] == (60.0, 1.0)
    assert read_midi(midi(chord)).notes == ((67.0, 1.0),)
    twice = key(0, 67) + key(0, 67, status=b"\x91") + key(96, 67, 0) + key(96, 67, 0, b"\x91") + END
    assert read_midi(midi(twice)).notes == ((67.0, 1.0),)


def test_a_status_may_be_left_out_where_it_is_the_same() -> None:
    running = key(0, 60) + bytes([96, 60, 0]) + bytes([0, 62, 80]) + bytes([96, 62, 0]) + END
    assert read_midi(midi(running)).notes == ((60.0, 1.0), (62.0, 1.0))


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "no MIDI file"),
        (b"RIFF" + bytes(40), "no MIDI file"),
        (midi(LINE)[:-3], "ends in the middle"),
        (midi(END), "has no notes"),
        (midi(LINE, ticks=0x8119), "film frames"),
        (bytes(MOST_BYTES + 1), "over 256 kB"),
        (midi(b"\x00\x10\x10"), "ends in the middle"),
    ],
)
def test_what_is_no_melody_is_refused_by_what_is_wrong(data: bytes, told: str) -> None:
    with pytest.raises(Refused, match=told):
        read_midi(data)


@given(st.binary(max_size=200), st.integers(0, 60))
def test_any_bytes_are_a_melody_or_refused(junk: bytes, place: int) -> None:
    data = midi(LINE + END)
    for broken in (midi(junk), data[:place] + junk[:4] + data[place + 4 :]):
        with suppress(Refused):
            assert read_midi(broken).notes


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "notes must be a list of 1 to 2000"),
        ("C4", "notes must be a list"),
        ({"a": 1}, "notes must be a list"),
        ([[60, 1], [128, 1]], r"notes\[1\] is \[128, 1\]; it must be"),
        ([[60]], r"notes\[0\] is \[60\]"),
        ([[60, 0]], r"notes\[0\]"),
        ([[True, 1]], r"notes\[0\]"),
        ([[60, 1]] * 2_001, "1 to 2000"),
    ],
)
def test_a_list_that_is_no_notes_is_refused_by_its_place(rows: object, told: str) -> None:
    with pytest.raises(Refused, match=told):
        checked(rows)


def test_a_list_of_notes_is_taken_as_it_is() -> None:
    assert written(checked([[60, 1], (None, 0.5), [61.5, 2]])) == "[[60,1],[null,0.5],[61.5,2]]"
