"""The tunes that everybody knows."""

from __future__ import annotations

import pytest

from models.espeak import song_tunes as tunes
from models.espeak.song_tunes import find, names, read
from voiceagent.errors import ConfigError


def test_there_are_a_dozen_at_least_some_in_mandarin_all_with_words() -> None:
    assert len(names()) >= 20
    shelf = tunes.shelf().values()
    assert sum(tune.language == "cmn" for tune in set(shelf)) >= 5
    assert all(len(tune.words) == len(tune.lines) for tune in shelf)


@pytest.mark.parametrize(
    "name", ["Twinkle", "FRÈRE JACQUES", "frere-jacques", "mo li hua", "茉莉花", "Brahms' lullaby"]
)
def test_a_tune_is_found_by_any_of_its_names(name: str) -> None:
    assert find(name)


def test_a_tune_can_be_for_somebody() -> None:
    found = find("Happy birthday to Ada")
    assert found
    assert "dear Ada," in found[0].lyrics(found[1])
    assert "dear friend," in found[0].lyrics()
    assert find("happy birthday to you") == (found[0], "")


def test_what_is_unknown_is_not_found() -> None:
    assert find("bohemian rhapsody") is None
    assert find("rhapsody to Ada") is None


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({}, "a tune needs lines"),
        ({"lines": [{"words": "la"}]}, r"lines\[0\].notes is missing"),
        ({"lines": [{"notes": "C4 X9"}]}, r"lines\[0\]: 'X9' is no note"),
        ({"lines": [{"notes": "r:1"}]}, "has no notes"),
        ({"lines": [], "tempo": 3}, "tempo is unknown"),
        ({"lines": [{"notes": "C4"}], "bpm": 1000}, "bpm is 1000"),
    ],
)
def test_a_mistake_in_a_file_is_refused_by_its_place(entry: object, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read({"a tune": entry}, "my.yaml")
