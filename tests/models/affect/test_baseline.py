"""What is usual grows turn by turn, starts from people in general, and is not led astray."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.affect.baseline import MOST_FROZEN, MOST_TURNS, Baseline
from models.affect.describe import NAMES, Description
from models.affect.frames import Floats

COUNT = len(NAMES)


def at(value: float) -> Description:
    return Description(np.full(COUNT, value, np.float32), -20.0, 30.0, 2.0)


def ones(value: float = 1.0) -> Floats:
    return np.full(COUNT, value, np.float32)


def empty(extreme: float = 2.0) -> Baseline:
    return Baseline(ones(0), ones(), ones(4), extreme)


def test_a_stranger_is_like_people() -> None:
    assert (empty().usual == 0).all()
    assert empty().own is None
    assert empty().level_db is None


def test_people_count_as_four_turns() -> None:
    baseline = empty()
    baseline.learn(at(1.0))
    assert baseline.usual == pytest.approx(ones(0.2))
    for _ in range(3):
        baseline.learn(at(1.0))
    assert baseline.usual == pytest.approx(ones(0.5))
    assert baseline.own == pytest.approx(ones(1.0))
    assert baseline.level_db == -20


def test_what_a_feeling_does_to_a_voice_is_not_its_usual_place() -> None:
    baseline = empty()
    for _ in range(4):
        baseline.learn(at(1.0), moved=ones(0.8))
    assert baseline.usual == pytest.approx(ones(0.1))
    assert baseline.own == pytest.approx(ones(1.0)), "reasons go by what was heard"


@pytest.mark.parametrize("spoilt", [replace(at(1.0), clear_db=3.0), replace(at(1.0), speech_s=0.6)])
def test_noisy_and_short_turns_are_not_learnt_from(spoilt: Description) -> None:
    baseline = empty()
    baseline.learn(spoilt)
    assert baseline.turns == 0


def test_an_outburst_is_not_usual() -> None:
    baseline = empty()
    for _ in range(5):
        baseline.learn(at(0.1))
    before = baseline.usual
    baseline.learn(at(3.5))
    assert (baseline.usual == before).all()


def test_what_goes_on_is_usual_in_the_end() -> None:
    baseline = empty()
    for _ in range(5):
        baseline.learn(at(0.0))
    for _ in range(MOST_FROZEN + 1):
        baseline.learn(at(3.5))
    assert (baseline.usual > 0.3).all()


def test_the_first_turns_are_learnt_however_odd_they_are() -> None:
    baseline = empty()
    baseline.learn(at(3.5))
    assert baseline.turns == 1


def test_old_turns_fade() -> None:
    baseline = empty(extreme=99.0)
    for _ in range(200):
        baseline.learn(at(0.0))
    for _ in range(60):
        baseline.learn(at(1.0))
    assert baseline.turns <= MOST_TURNS
    assert (baseline.usual > 0.75).all()
