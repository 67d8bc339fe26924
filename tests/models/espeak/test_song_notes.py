"""Notes as people write them."""

from __future__ import annotations

import pytest

from models.espeak.song_notes import Note, Slot, are_notes, listed, slots, written
from voiceagent.errors import Refused


def test_notes_have_names_lengths_ties_and_rests() -> None:
    assert written("C4 F#4:.5 ~Bb3:2 r:1 c4", "it") == (
        Note(60, 1.0),
        Note(66, 0.5),
        Note(58, 2.0, tied=True),
        Note(None, 1.0),
        Note(60, 1.0),
    )


def test_a_list_has_numbers_rests_and_perhaps_a_tempo() -> None:
    assert listed("[[60, 1], [null, 0.5]]@90", "it") == ((Note(60, 1.0), Note(None, 0.5)), 90.0)
    assert listed("[[60.5, 1]]", "it") == ((Note(60.5, 1.0),), None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[60, 1]", "cannot be read"),
        ("[[60, 1]]@fast", "cannot be read"),
        ("[[60, 1]]@1000", "20 to 300"),
        ("[]", "1 to 2000 notes"),
        ("[[60, 1], [200, 1]]", "note 2 has the pitch 200"),
        ("[[60, 0]]", "0.05 to 32"),
        ("[[60]]", "note 1"),
        ("[[true, 1]]", "note 1"),
    ],
)
def test_a_bad_list_is_refused_with_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises(Refused, match=told):
        listed(text, "The melody")


def test_a_bad_note_is_refused_by_whose_it_is() -> None:
    with pytest.raises(Refused, match="my tune: 'H4' is no note"):
        written("C4 H4", "my tune")


def test_names_of_tunes_are_no_notes() -> None:
    assert are_notes("C4 D4 | E4")
    assert not are_notes("amazing grace")
    assert not are_notes("")


def test_a_syllable_gets_tied_notes_and_the_rest_behind_them() -> None:
    line = slots(written("r:1 C4 ~D4 r:2 E4", "it"))
    assert line == (
        Slot((Note(60), Note(62, tied=True)), 2.0),
        Slot((Note(64),)),
    )
    assert line[0].beats == 2.0
