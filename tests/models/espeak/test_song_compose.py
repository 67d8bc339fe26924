"""Melodies that are made up."""

from __future__ import annotations

import pytest

from models.espeak.song_compose import MAJOR, MINOR, MOODS, TONIC, composed, even
from voiceagent.style import EMOTIONS

WORDS = (True, False, True, False, False, True, False, True)


def pitches(number: int, mood: str = "neutral", seed: int = 7) -> list[int]:
    line = composed(WORDS, number, MOODS[mood], seed)
    return [round(note.pitch or 0) - TONIC for slot in line for note in slot.notes]


def test_every_emotion_has_a_mood() -> None:
    assert set(EMOTIONS) <= set(MOODS)


@pytest.mark.parametrize("mood", MOODS)
@pytest.mark.parametrize("seed", range(20))
def test_a_line_keeps_to_its_scale_and_fills_whole_bars(mood: str, seed: int) -> None:
    line = composed(WORDS, 0, MOODS[mood], seed)
    assert len(line) == len(WORDS)
    beats = sum(slot.beats + slot.rest for slot in line)
    assert beats % MOODS[mood].bar == 0
    steps = {(round(note.pitch or 0) - TONIC) % 12 for slot in line for note in slot.notes}
    assert steps <= set(MOODS[mood].scale)


def test_sad_is_minor_and_slow_and_happy_is_major_and_quick() -> None:
    assert MOODS["sad"].scale == MINOR
    assert MOODS["happy"].scale == MAJOR
    assert MOODS["sad"].bpm < MOODS["neutral"].bpm < MOODS["happy"].bpm


@pytest.mark.parametrize("seed", range(20))
def test_every_second_line_comes_home_and_the_others_do_not(seed: int) -> None:
    assert pitches(1, seed=seed)[-1] % 12 == pitches(3, seed=seed)[-1] % 12 == 0
    assert pitches(0, seed=seed)[-1] % 12 != 0


def test_the_third_line_is_the_first_again_and_the_same_words_get_the_same_melody() -> None:
    assert pitches(2) == pitches(0)
    assert pitches(1) != pitches(0)
    assert pitches(0, seed=8) != pitches(0)


@pytest.mark.parametrize("count", range(1, 5))
def test_few_syllables_get_a_melody_too(count: int) -> None:
    assert len(composed([True] * count, 0, MOODS["neutral"], 1)) == count


def test_where_a_language_has_no_stress_every_other_syllable_has_it() -> None:
    assert even([True] * 5) == even([False] * 5) == [True, False, True, False, True]
    assert even(WORDS) == list(WORDS)
