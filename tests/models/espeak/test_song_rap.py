"""Syllables on the beat, and the beat."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from models.espeak.binding import Phoneme
from models.espeak.envelope import RATE
from models.espeak.song_drums import drums
from models.espeak.song_rap import bars, placed
from models.espeak.song_syllables import Syllable


def said(stresses: Sequence[bool]) -> list[Syllable]:
    """Syllables of a fifth of a second."""
    size = RATE // 5
    return [
        Syllable(
            at * size, Phoneme("a", at * size + 1000, (at + 1) * size), (at + 1) * size, at, it
        )
        for at, it in enumerate(stresses)
    ]


@pytest.mark.parametrize("count", range(1, 40))
def test_slots_rise_and_leave_room_to_breathe(count: int) -> None:
    slots = placed(said([at % 3 == 0 for at in range(count)]), 92)
    assert slots == sorted(set(slots))
    assert slots[0] >= 0
    assert slots[-1] < 16 * bars(count) - 2


def test_stress_falls_on_beats_and_the_rhyme_on_the_last_one() -> None:
    stresses = [True, False, False, True, False, True, False, True, False, True]
    slots = placed(said(stresses), 92)
    assert slots[-1] == 12
    on_beat = [slot % 4 == 0 for slot, stressed in zip(slots, stresses, strict=True) if stressed]
    assert sum(on_beat) >= 3
    off_beat = [
        slot % 4 == 0 for slot, stressed in zip(slots, stresses, strict=True) if not stressed
    ]
    assert not any(off_beat)


def test_a_feminine_rhyme_has_its_stress_on_the_last_beat() -> None:
    assert placed(said([True, False, True, False, True, False]), 92)[-2] == 12


def test_drums_are_the_same_in_pieces_and_hit_on_the_beat() -> None:
    whole = drums(0, 2 * RATE, 120)
    pieces = [drums(start, RATE // 4, 120) for start in range(0, 2 * RATE, RATE // 4)]
    assert np.array_equal(np.concatenate(pieces)[: len(whole)], whole)
    for at in range(RATE // 2, 2 * RATE, RATE // 2):
        before, after = np.abs(whole[at - 600 : at]).max(), np.abs(whole[at : at + 600]).max()
        assert after > max(0.1, 3 * before)


def test_nothing_is_drummed_before_the_song() -> None:
    assert not drums(-RATE, RATE // 2, 92).any()
