"""Fusion by certainty, with bounds. The tests need no emotional data."""

from __future__ import annotations

import random
from math import exp, log

import pytest

from voiceagent.hearing.feelings.fuse import (
    LEAST_WEIGHT,
    NOTHING,
    certainty,
    evidence,
    folded,
    fuse,
    incongruence,
    weights,
)
from voiceagent.hearing.feelings.words import read_words

FOUR = ("angry", "happy", "neutral", "sad")
EVEN = dict.fromkeys(FOUR, 0.25)


def mostly(label: str, share: float = 0.7) -> dict[str, float]:
    return {name: share if name == label else (1 - share) / 3 for name in FOUR}


def some(rng: random.Random) -> dict[str, float]:
    raw = [rng.expovariate(1.0) ** 2 for _ in FOUR]
    return {name: value / sum(raw) for name, value in zip(FOUR, raw, strict=True)}


def divergence(one: dict[str, float], other: dict[str, float]) -> float:
    return sum(p * log(p / other[name]) for name, p in one.items() if p > 0)


def test_certainty_is_none_where_all_is_alike_and_whole_where_one_is_certain() -> None:
    assert certainty(EVEN) == pytest.approx(0)
    assert certainty({"angry": 1.0, "sad": 0.0}) == 1
    assert 0 < certainty(mostly("sad", 0.5)) < certainty(mostly("sad", 0.9)) < 1
    assert certainty({}) == 0


def test_a_view_that_is_alone_or_beside_one_that_says_nothing_stays_as_it_is_to_the_bit() -> None:
    voice = {"angry": 0.1, "happy": 0.3000000001, "neutral": 0.25, "sad": 0.3499999}
    assert fuse({"voice": voice}) == voice
    assert fuse({"voice": voice, "words": EVEN}) == voice
    assert fuse({"voice": voice, "words": EVEN, "history": EVEN}) == voice
    assert fuse({"voice": EVEN, "words": EVEN}) == EVEN


def test_views_that_agree_are_surer_together() -> None:
    fused = fuse({"voice": mostly("sad", 0.6), "words": mostly("sad", 0.6)})
    assert fused["sad"] > 0.6
    assert sum(fused.values()) == pytest.approx(1)


def test_the_surer_view_wins_and_the_other_still_counts() -> None:
    voice, words = mostly("angry", 0.85), mostly("happy", 0.45)
    fused = fuse({"voice": voice, "words": words})
    assert max(fused, key=lambda name: fused[name]) == "angry"
    assert fused["happy"] > voice["happy"]


def test_no_view_has_more_than_five_times_the_influence_of_another() -> None:
    """The influence of a view, dp/dlog p_m = w_m (diag(p) - pp'), is in proportion to its weight:
    measured here by finite differences.
    """
    rng, step, checked = random.Random(7), 1e-5, 0
    for _ in range(300):
        views = {"voice": some(rng), "words": some(rng)}
        if min(map(certainty, views.values())) < NOTHING:
            continue
        before, powers = fuse(views), weights(views)
        assert 0.2 <= powers["voice"] / powers["words"] <= 5
        moved = {name: influence(views, name, before, step) for name in views}
        if min(moved.values()) > 1e-4:
            assert 0.15 <= moved["voice"] / moved["words"] <= 6.7  # the floor bends it a little
            checked += 1
    assert checked > 100


def influence(
    views: dict[str, dict[str, float]], which: str, before: dict[str, float], step: float
) -> float:
    """How far the whole moves when a view's log-probabilities are, with its weight held."""
    powers = weights(views)
    total = 0.0
    for label in FOUR:
        logs = {n: sum(w * log(0.96 * views[v][n] + 0.01) for v, w in powers.items()) for n in FOUR}
        logs[label] += powers[which] * step
        raised = {n: exp(value) for n, value in logs.items()}
        after = {n: value / sum(raised.values()) for n, value in raised.items()}
        total += sum(((after[n] - before[n]) / step) ** 2 for n in FOUR)
    return float(total**0.5)


def test_no_view_vetoes_another() -> None:
    fused = fuse({"voice": mostly("angry", 1.0), "words": mostly("happy", 0.9)})
    assert 0.02 < fused["happy"] < fused["angry"]


def test_crossed_views_move_the_whole_whichever_is_swapped() -> None:
    angry, happy = mostly("angry", 0.75), mostly("happy", 0.75)
    crossed = fuse({"voice": angry, "words": happy})
    assert divergence(crossed, fuse({"voice": happy, "words": happy})) > 0.1
    assert divergence(crossed, fuse({"voice": angry, "words": angry})) > 0.1


def test_a_long_turn_leaves_the_voice_half_of_its_influence_at_least() -> None:
    voice = mostly("angry", 0.6)

    def left_out(text: str) -> float:
        saying = read_words(text)
        assert saying is not None
        words = evidence(saying.labels, FOUR)
        return divergence(
            fuse({"voice": voice, "words": words}), fuse({"voice": EVEN, "words": words})
        )

    short = "thank you so much, great"
    assert left_out(" ".join([short] * 100)) >= 0.5 * left_out(short)


def test_plain_words_are_evidence_for_nothing() -> None:
    plain = {"neutral": 0.9, "happy": 0.05, "sad": 0.05}
    assert certainty(evidence(plain, FOUR)) < NOTHING
    assert evidence({"neutral": 1.0}, FOUR) == EVEN


def test_fine_feelings_fold_into_the_few_that_a_reader_tells_apart() -> None:
    assert folded({"excited": 0.6, "happy": 0.4}, FOUR)["happy"] == pytest.approx(1)
    fear = folded({"fearful": 1.0}, FOUR)
    assert max(fear, key=lambda name: fear[name]) == "sad"
    assert folded({"fearful": 1.0}, (*FOUR, "fearful"))["fearful"] == 1
    assert sum(folded({"fearful": 0.5, "surprised": 0.5}, FOUR).values()) == pytest.approx(1)
    assert folded({"fearful": 1.0}, ("happy", "tender")) == {"happy": 0.5, "tender": 0.5}


def test_contradiction_is_seen_and_agreement_is_not() -> None:
    assert incongruence(mostly("sad"), mostly("sad")) == pytest.approx(0, abs=1e-6)
    assert incongruence(mostly("angry", 0.9), mostly("happy", 0.9)) > 0.7
    assert incongruence(EVEN, mostly("happy", 0.4)) < 0.2
    one, other = mostly("angry"), mostly("happy", 0.5)
    assert incongruence(one, other) == pytest.approx(incongruence(other, one))


def test_matched_pairs_are_less_incongruent_than_mismatched_ones() -> None:
    rng = random.Random(3)
    matched, mixed = [], []
    for _ in range(200):
        label, other = rng.sample(FOUR, 2)
        voice = mostly(label, rng.uniform(0.4, 0.9))
        matched.append(incongruence(voice, mostly(label, rng.uniform(0.4, 0.9))))
        mixed.append(incongruence(voice, mostly(other, rng.uniform(0.4, 0.9))))
    area = sum(a < b for a in matched for b in mixed) / len(matched) / len(mixed)
    assert area > 0.95


def test_the_turns_before_never_weigh_more_than_half_of_this_one() -> None:
    powers = weights({"voice": mostly("sad", 0.4), "history": mostly("angry", 0.97)})
    assert powers["history"] == 0.5
    assert LEAST_WEIGHT <= powers["history"] / powers["voice"] <= 5
