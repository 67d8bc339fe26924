"""Recalls, calibration and risk, on cases that can be reckoned by hand."""

from __future__ import annotations

import pytest

from voiceagent.evaluate.scorers.classes import (
    Answered,
    accuracy_at,
    area_under_risk,
    calibration_error,
    confusion,
    recalls,
    risk_coverage,
    uar,
)


def test_every_label_counts_the_same_however_rare() -> None:
    answers = [Answered("neutral", "neutral")] * 98 + [Answered("sad", "neutral")] * 2
    assert uar(answers) == 0.5
    assert recalls(answers) == {"neutral": 1.0, "sad": 0.0}


def test_always_the_same_answer_is_chance() -> None:
    answers = [Answered(label, "sad") for label in ("angry", "happy", "neutral", "sad") * 3]
    assert uar(answers) == 0.25


def test_what_is_not_claimed_is_no_hit() -> None:
    answers = [Answered("sad", None), Answered("sad", "sad", 0.9)]
    assert uar(answers) == 0.5
    assert confusion(answers) == {("sad", None): 1, ("sad", "sad"): 1}


def test_confidences_that_come_true_have_no_error() -> None:
    answers = [Answered("sad", "sad", 0.75)] * 3 + [Answered("sad", "angry", 0.75)]
    assert calibration_error(answers) == pytest.approx(0)
    proud = [Answered("sad", "angry", 0.95)] * 2
    assert calibration_error(proud) == pytest.approx(0.95)
    assert calibration_error([*answers, *proud]) == pytest.approx(0.95 / 3)
    assert calibration_error([Answered("sad", "sad", 1.0)]) == 0


def test_risk_rises_as_less_sure_answers_are_let_in() -> None:
    answers = [
        Answered("sad", "sad", 0.9),
        Answered("sad", "sad", 0.8),
        Answered("sad", "angry", 0.6),
        Answered("sad", None),
    ]
    assert risk_coverage(answers) == [(0.25, 0.0), (0.5, 0.0), (0.75, pytest.approx(1 / 3))]
    assert accuracy_at(answers, 0.5) == 1
    assert area_under_risk(answers) == pytest.approx(1 / 9)
    with pytest.raises(ValueError, match="answered"):
        accuracy_at(answers, 0.9)


def test_answers_as_sure_as_each_other_come_in_together() -> None:
    answers = [Answered("sad", "sad", 0.5), Answered("sad", "angry", 0.5)]
    assert risk_coverage(answers) == [(1.0, 0.5)]
    assert risk_coverage(answers[::-1]) == [(1.0, 0.5)]


def test_no_samples_and_impossible_confidences_are_refused() -> None:
    with pytest.raises(ValueError, match="no samples"):
        uar([])
    with pytest.raises(ValueError, match="from 0 to 1"):
        calibration_error([Answered("sad", "sad", 1.5)])
