"""Shares of emotions: the four that are decided come first, and the less there is the less sure."""

from __future__ import annotations

import numpy as np
import pytest

from models.affect import adapter
from models.affect.describe import Description
from models.affect.reader import HINTS, MOST_HINTED, learn, named
from models.affect.weights import FOUR, SEVEN, heat, load, score, shares, trust

WEIGHTS = load(adapter.OURS)


def test_hints_are_never_more_than_a_part() -> None:
    four = np.array([0.55, 0.15, 0.15, 0.15])
    seven = np.array([1.0 if name == "fearful" else 0.0 for name in SEVEN])
    told = named(four, seven)
    assert next(iter(told)) == "angry"
    assert sum(told.get(name, 0) for name in HINTS) == pytest.approx(MOST_HINTED)
    assert sum(told.values()) == pytest.approx(1, abs=0.005)


def test_what_is_hardly_hinted_at_is_left_out() -> None:
    four = np.array([0.7, 0.1, 0.1, 0.1])
    seven = np.array([0.04 if name in HINTS else 0.22 for name in SEVEN])
    assert set(named(four, seven)) == set(FOUR)


def test_the_shorter_and_the_stranger_the_less_sure() -> None:
    assert heat(WEIGHTS, 0.5, 0) > heat(WEIGHTS, 1.5, 0) > heat(WEIGHTS, 6.0, 0)
    assert heat(WEIGHTS, 1.5, 0) > heat(WEIGHTS, 1.5, 5)


def test_of_a_stranger_only_the_comparison_with_people_counts() -> None:
    size = len(WEIGHTS.people)
    beside, here, there = (np.full(size, value, np.float32) for value in (0.3, -1.0, 2.0))
    strangers = [score(WEIGHTS.four, beside, own, 0) for own in (here, there)]
    friends = [score(WEIGHTS.four, beside, own, 8) for own in (here, there)]
    assert (strangers[0] == strangers[1]).all()
    assert (friends[0] != friends[1]).any()
    assert trust(0) == 0
    assert 0.7 < trust(8) < 1


def test_many_rows_are_read_as_each_alone() -> None:
    rng = np.random.default_rng(0)
    beside, own = rng.normal(size=(2, 5, len(WEIGHTS.people)))
    turns = np.arange(5.0)
    together = shares(score(WEIGHTS.four, beside, own, turns))
    for row in range(5):
        alone = shares(score(WEIGHTS.four, beside[row], own[row], turns[row]))
        assert together[row] == pytest.approx(alone)
    assert together.sum(axis=1) == pytest.approx(np.ones(5))


def test_who_is_angry_all_day_is_not_usually_like_that() -> None:
    """What was heard is told as it was; models go by less of it."""
    angry = WEIGHTS.people + 2 * WEIGHTS.moves[FOUR.index("angry")]
    baseline = WEIGHTS.baseline()
    for _ in range(10):
        learn(Description(angry, -20.0, 30.0, 2.0), baseline, WEIGHTS)
    assert baseline.own == pytest.approx(angry, rel=1e-3, abs=1e-3)
    along = WEIGHTS.moves[FOUR.index("angry")] / WEIGHTS.own_spread
    heard, taken = (
        float(((it - WEIGHTS.people) / WEIGHTS.own_spread) @ along / (along @ along))
        for it in (angry, baseline.usual)
    )
    assert heard == pytest.approx(2, rel=1e-3)
    assert 0 < taken < 0.7 * heard
