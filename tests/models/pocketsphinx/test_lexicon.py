"""Pronunciations: from a dictionary, from a known word's plural, by rule; never none."""

from __future__ import annotations

from pathlib import Path
from string import ascii_lowercase

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pocketsphinx.lexicon import by_rule, entries, pronunciations

PHONES = set(
    """AA AE AH AO AW AY B CH D DH EH ER EY F G HH IH IY JH K L M N NG OW OY P R S SH T TH UH UW V
    W Y Z ZH""".split()  # noqa: SIM905
)


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    path = tmp_path / "small.dict"
    path.write_text("a AH\na(2) EY\ncat K AE T\nhorse HH AO R S\ndog D AO G\n")
    return path


def test_every_variant_is_taken_and_numbered(dictionary: Path) -> None:
    known = pronunciations(["cat", "a"], dictionary)
    assert list(entries(known)) == ["a AH\n", "a(2) EY\n", "cat K AE T\n"]


def test_plurals_and_owners_follow_their_words(dictionary: Path) -> None:
    known = pronunciations(["cat", "cats", "horse", "horse's", "dog", "dogs"], dictionary)
    assert known["cats"] == ["K AE T S"]
    assert known["horse's"] == ["HH AO R S IH Z"]
    assert known["dogs"] == ["D AO G Z"]


@pytest.mark.parametrize(
    ("word", "phones"),
    [
        ("brightly", "B R AY T L IY"),
        ("shake", "SH EY K"),
        ("phonebooth", "F AA N EH B UW TH"),
        ("knick", "N IH K"),
        ("stopped", "S T AA P T"),
        ("tv", "T IY V IY"),
        ("nation", "N AE SH AH N"),
    ],
)
def test_unknown_words_are_read_by_rule(word: str, phones: str) -> None:
    assert by_rule(word) == phones


@given(st.text(ascii_lowercase + "'", min_size=1, max_size=15))
def test_every_spelling_has_a_sound_that_the_model_knows(word: str) -> None:
    phones = by_rule(word).split()
    assert phones
    assert set(phones) <= PHONES
