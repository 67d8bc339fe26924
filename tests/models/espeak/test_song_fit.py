"""Notes and syllables are made to agree."""

from __future__ import annotations

import pytest

from models.espeak.song_fit import fitted
from models.espeak.song_notes import Slot, slots, written
from voiceagent.errors import Refused

LINE = slots(written("G4:.75 G4:.25 G5 E5 C5 B4 A4:2", "it"))


def fit(syllables: int) -> tuple[Slot, ...]:
    return fitted(LINE, syllables, 500, "Line 3, 'happy birthday, dear ...',")


def test_what_agrees_stays_as_it_is() -> None:
    assert fit(7) == LINE


def test_a_short_name_is_held_over_two_notes_and_a_long_one_halves_the_last() -> None:
    jo = fit(6)
    assert jo[:5] == LINE[:5]
    assert [note.pitch for note in jo[5].notes] == [71, 69]
    assert jo[5].notes[1].tied
    alexander = fit(9)
    assert alexander[:5] == LINE[:5]
    assert [[note.beats for note in slot.notes] for slot in alexander[5:]] == [
        [1],
        [1],
        [0.5],
        [0.5],
    ]


@pytest.mark.parametrize("syllables", range(3, 13))
def test_the_line_stays_as_long_as_it_was(syllables: int) -> None:
    found = fit(syllables)
    assert len(found) == syllables
    assert sum(slot.beats + slot.rest for slot in found) == pytest.approx(7.0)


def test_a_repeated_note_under_one_syllable_is_one_long_note() -> None:
    (slot,) = fitted(slots(written("C4 C4", "it")), 1, 500, "Line 1")
    assert [note.beats for note in slot.notes] == [2.0]


def test_far_too_few_or_too_many_words_are_refused_with_the_line_and_what_to_do() -> None:
    with pytest.raises(Refused, match=r"Line 3, .*has 2 syllables.*7 notes.*more words"):
        fit(2)
    with pytest.raises(Refused, match=r"Line 3, .*has 40 syllables.*7 notes.*fewer words"):
        fit(40)
