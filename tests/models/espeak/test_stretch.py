"""How phonemes share out a change of tempo."""

# ruff: noqa: RUF001

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.espeak.binding import Phoneme
from models.espeak.sounding import Kind, kind, stressed
from models.espeak.stretch import clock, stretched
from models.espeak.words import TimedWord

PAPA = (
    Phoneme("p", 0, 1000),
    Phoneme("ˈɑː", 1000, 4000),
    Phoneme("", 4000, 5000),
    Phoneme("s", 5000, 7000),
)


@pytest.mark.parametrize("factor", [0.25, 0.5, 1.0, 1.37, 2.0, 4.0])
def test_the_whole_is_exactly_as_long_as_was_asked(factor: float) -> None:
    assert clock(PAPA, 7200, factor).samples == round(7200 * factor)


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_vowels_give_and_take_more_than_consonants(factor: float) -> None:
    moved = clock(PAPA, 7000, factor).phonemes(PAPA)
    by = {
        it.name: np.log((it.end - it.start) / (old.end - old.start))
        for it, old in zip(moved, PAPA, strict=True)
    }
    assert abs(by[""]) > abs(by["ˈɑː"]) > abs(by["p"]) == pytest.approx(abs(by["s"]), rel=0.01)


def test_words_move_with_their_phonemes() -> None:
    slow = clock(PAPA, 7000, 2.0)
    (word,) = slow.words([TimedWord("s", 5000, 7000)])
    assert (word.start, word.end) == (slow.phonemes(PAPA)[3].start, 14000)
    assert slow.back(np.array([float(word.start)]))[0] == pytest.approx(5000, abs=1)


@given(
    st.lists(st.tuples(st.floats(0, 1e5), st.floats(0.4, 1.4)), min_size=1, max_size=50),
    st.floats(0.25, 4),
)
def test_lengths_add_up_and_none_is_negative(given: list[tuple[float, float]], by: float) -> None:
    lengths, pliant = (np.array(column) for column in zip(*given, strict=True))
    total = float(lengths.sum()) * by
    changed = stretched(lengths, pliant, total)
    assert (changed >= 0).all()
    assert changed.sum() == pytest.approx(total, abs=0.5, rel=1e-6)


def test_no_phonemes_at_all_is_no_error() -> None:
    assert clock((), 500, 2.0).samples == 1000
    assert clock((), 0, 2.0).samples == 0


def test_phonemes_are_told_by_their_names() -> None:
    kinds = {
        "ˈɑː": 0,
        "aɪ": 0,
        "ʊ": 0,
        "m": 1,
        "ɹ": 1,
        "v": 2,
        "dʒ": 2,
        "b": 2,
        "tʃ": 3,
        "s": 3,
        "": 4,
    }
    assert {name: kind(name) for name in kinds} == {name: Kind(n) for name, n in kinds.items()}
    assert stressed("ˈoʊ")
    assert not stressed("ˌoʊ")
    assert not stressed("ˈm")
