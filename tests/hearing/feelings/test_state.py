"""What is carried over from turn to turn."""

from __future__ import annotations

import random

import pytest

from voiceagent.hearing.feelings.fuse import fuse
from voiceagent.hearing.feelings.state import (
    MOST_SPEAKERS,
    Carry,
    State,
    States,
    after,
    after_all,
    expected,
)

FOUR = ("angry", "happy", "neutral", "sad")
CARRY = Carry()
ANGRY = {"angry": 0.7, "happy": 0.1, "neutral": 0.1, "sad": 0.1}
FINE = {"angry": 0.15, "happy": 0.15, "neutral": 0.55, "sad": 0.15}


def turns(count: int, seed: int = 1) -> list[dict[str, float]]:
    rng = random.Random(seed)
    rows = [[rng.expovariate(1.0) for _ in FOUR] for _ in range(count)]
    return [{n: v / sum(row) for n, v in zip(FOUR, row, strict=True)} for row in rows]


def one_by_one(told: list[dict[str, float]]) -> State:
    state = State()
    for labels in told:
        state = after(state, labels, CARRY)
    return state


@pytest.mark.parametrize("count", [0, 1, 2, 7, 60])
def test_step_by_step_is_the_same_as_all_at_once(count: int) -> None:
    told = turns(count)
    step, batch = one_by_one(told), after_all(told, CARRY)
    assert step.turns == batch.turns == count
    assert dict(step.sums) == pytest.approx(dict(batch.sums))


def test_a_state_does_not_grow_with_the_turns() -> None:
    assert set(one_by_one(turns(500)).sums) == set(FOUR)


def test_what_was_long_ago_does_not_count_whatever_its_order() -> None:
    old, late = turns(30), turns(40, seed=2)
    shuffled = random.Random(5).sample(old, len(old))
    one, other = (expected(one_by_one([*o, *late]), FOUR, CARRY) for o in (old, shuffled))
    assert one == pytest.approx(other, abs=1e-5)


def test_three_angry_turns_colour_a_neutral_one_and_fade_with_the_half_life() -> None:
    state = one_by_one([ANGRY] * 3)
    alone = fuse({"voice": FINE})["angry"]
    first = fuse({"voice": FINE, "history": expected(state, FOUR, CARRY)})
    assert first["angry"] > 1.1 * alone
    assert max(first, key=lambda name: first[name]) == "neutral"
    even = {name: 0.25 for name in FOUR}
    faded = after(after(state, even, CARRY), even, CARRY)
    assert faded.sums["angry"] == pytest.approx(state.sums["angry"] / 2)  # two turns: a half-life


def test_before_the_first_turn_everything_is_alike() -> None:
    assert expected(State(), FOUR, CARRY) == {name: 0.25 for name in FOUR}


def test_labels_that_come_and_go_are_carried_by_name() -> None:
    state = one_by_one([{**ANGRY, "fearful": 0.05}, ANGRY])
    assert set(state.sums) == {*FOUR, "fearful"}
    assert sum(expected(state, ("angry", "sad"), CARRY).values()) == pytest.approx(1)


def test_speakers_do_not_leak_into_each_other() -> None:
    both, alone = States(CARRY), States(CARRY)
    for _ in range(3):
        both.add("a", ANGRY)
        both.add("b", FINE)
        alone.add("b", FINE)
    assert both.expected("b", FOUR) == alone.expected("b", FOUR)
    assert both.expected("a", FOUR)["angry"] > 0.35


def test_only_the_latest_speakers_are_kept() -> None:
    states = States(CARRY)
    for number in range(MOST_SPEAKERS + 1):
        states.add(str(number), ANGRY)
    assert states.of("0") == State()
    assert states.of(str(MOST_SPEAKERS)).turns == 1


@pytest.mark.parametrize("wrong", [{"half_life": 0.0}, {"share": 1.5}, {"share": -0.1}])
def test_a_carry_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="half_life"):
        Carry(**wrong)
