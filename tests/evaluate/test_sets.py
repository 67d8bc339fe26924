"""Set-level scores on wheels, on cases that can be reckoned by hand."""

from __future__ import annotations

import pytest

from voiceagent.evaluate.scorers.sets import hit_rate, set_f, set_score
from voiceagent.hearing.feelings.wheel import wheel

LETTERS = {"a": "A", "a2": "A", "b": "B", "c": "C"}.get
COARSE = {"a": "AB", "a2": "AB", "b": "AB", "c": "C"}.get


def test_the_same_words_score_one_and_so_do_synonyms() -> None:
    assert set_f([(["a", "b"], ["a", "b"])], [LETTERS]) == 1
    assert set_f([(["a"], ["a2"])], [LETTERS]) == 1
    assert set_f([(["happy", "worried"], ["worrying", "glad"])], [wheel().ring]) == 1


def test_more_words_than_right_cost_precision_and_no_recall() -> None:
    score = set_score([(["a"], ["a", "b", "c"])], LETTERS)
    assert (score.precision, score.recall) == pytest.approx((1 / 3, 1))
    assert score.f == pytest.approx(0.5)


def test_words_out_of_the_vocabulary_are_dropped() -> None:
    assert set_f([(["a"], ["a", "xyz"])], [LETTERS]) == 1


def test_a_sample_without_a_known_truth_is_skipped_and_an_empty_answer_is_wrong() -> None:
    pairs = [(["a"], ["a"]), (["xyz"], ["a"]), (["b"], [])]
    score = set_score(pairs, LETTERS)
    assert (score.precision, score.recall) == (0.5, 0.5)


def test_f_is_of_the_means_and_not_the_mean_of_each() -> None:
    pairs = [(["a"], ["a", "b"]), (["a", "b"], ["a"])]
    score = set_score(pairs, LETTERS)
    assert (score.precision, score.recall, score.f) == (0.75, 0.75, 0.75)


def test_wheels_are_averaged() -> None:
    pairs = [(["a"], ["b"])]
    assert set_f(pairs, [LETTERS]) == 0
    assert set_f(pairs, [LETTERS, COARSE]) == 0.5


def test_listing_every_word_does_not_win() -> None:
    everything = wheel().words
    truths = [["sad"], ["furious", "annoyed"], ["joyful"], ["anxious"]]
    pairs = [(truth, everything) for truth in truths]
    assert set_f(pairs, [wheel().emotion, wheel().ring]) < 0.3
    assert hit_rate([(truth[0], everything) for truth in truths], [wheel().emotion]) == 1


def test_a_hit_is_any_right_word_and_is_averaged_over_wheels() -> None:
    assert hit_rate([("a", ["b", "a2"]), ("c", ["a"])], [LETTERS]) == 0.5
    assert hit_rate([("a", ["b"])], [LETTERS, COARSE]) == 0.5
    assert hit_rate([("xyz", ["xyz"])], [LETTERS]) == 0


def test_no_samples_have_no_score() -> None:
    with pytest.raises(ValueError, match="no sample"):
        set_score([(["xyz"], ["a"])], LETTERS)
    with pytest.raises(ValueError, match="no samples"):
        hit_rate([], [LETTERS])
