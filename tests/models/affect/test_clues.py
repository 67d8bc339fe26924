"""Only what was measured is told, and only if it stands out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.affect import adapter
from models.affect.baseline import Baseline
from models.affect.clues import Clue, clues, sentence, words
from models.affect.describe import Description, describe
from models.affect.frames import Floats, analyse
from models.affect.weights import load
from tests.models.affect.speech import PLAIN, Talk, speech

WEIGHTS = load(adapter.OURS)


def described(talk: Talk, cut: Floats | None = None) -> Description:
    found = describe(analyse(speech(talk).astype(np.float32)))
    assert found is not None
    return found


def known(*talks: Talk) -> Baseline:
    baseline = WEIGHTS.baseline()
    for talk in talks:
        baseline.learn(replace(described(talk), clear_db=30.0))
    return baseline


def told(talk: Talk, baseline: Baseline) -> dict[str, Clue]:
    found = clues(described(talk), baseline, WEIGHTS.plain, WEIGHTS.people_spread)
    return {clue.name: clue for clue in found}


def test_what_is_as_usual_is_not_told() -> None:
    assert told(PLAIN, known(PLAIN, PLAIN)) == {}


@pytest.mark.parametrize(
    ("talk", "name", "direction"),
    [
        (replace(PLAIN, pitch_hz=160), "pitch", "more"),
        (replace(PLAIN, pitch_hz=90), "pitch", "less"),
        (replace(PLAIN, level=0.03), "level", "less"),
        (replace(PLAIN, syllables_per_s=6.5), "pace", "more"),
        (replace(PLAIN, range_semitones=12), "range", "more"),
        (replace(PLAIN, tilt_db=6), "strain", "more"),
    ],
)
def test_what_is_changed_is_told(talk: Talk, name: str, direction: str) -> None:
    found = told(talk, known(PLAIN, PLAIN))
    assert found[name].direction == direction
    assert found[name].against == "own"
    assert next(iter(found)) == name


def test_a_stranger_is_held_against_people_where_people_are_alike() -> None:
    found = told(replace(PLAIN, pitch_hz=160, level=0.5, syllables_per_s=8), known())
    assert {clue.against for clue in found.values()} <= {"people"}
    assert found["pace"].direction == "more"
    assert not {"pitch", "level", "strain"} & set(found)


@pytest.mark.parametrize(
    ("talk", "name"),
    [(replace(PLAIN, pitch_hz=330), "pitch"), (replace(PLAIN, tilt_db=2), "strain")],
)
def test_what_is_rare_in_anybody_is_told_of_a_stranger_too(talk: Talk, name: str) -> None:
    found = told(talk, known())
    assert found[name].direction == "more"
    assert found[name].against == "people"


def test_how_loud_a_stranger_is_nobody_knows() -> None:
    assert "level" not in told(replace(PLAIN, level=0.9), known())


def test_clues_are_sentences_in_english() -> None:
    assert sentence(Clue("pitch", 2.6, "semitones", "more", "own")) == (
        "higher than your usual by 3 semitones"
    )
    assert sentence(Clue("pitch", -1.2, "semitones", "less", "own")) == (
        "lower than your usual by 1 semitone"
    )
    assert sentence(Clue("pace", 25.0, "percent", "more", "people")) == (
        "faster than what people usually are by 25 %"
    )
    assert sentence(Clue("pauses", 0.0, "seconds", "none", "own")) == "no pauses"
    assert sentence(Clue("pauses", 0.62, "seconds", "more", "own")) == "pauses of 0.6 s"


def test_clues_are_words_for_the_voice() -> None:
    found = (
        Clue("level", 8.0, "dB", "more", "own"),
        Clue("pauses", 0.0, "seconds", "none", "own"),
    )
    assert words(found) == ("loud",)
