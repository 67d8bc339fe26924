"""Recognition, reasoning and chain scores."""

from __future__ import annotations

from dataclasses import replace

import pytest

from voiceagent.evaluate.scorers.reasoning import (
    Answer,
    Measured,
    Step,
    answer,
    judge,
    recognised,
    score,
)

LOG = {"pitch": Measured(-3.0, 1.5), "level": Measured(6.0, 4.0), "pace": Measured(5.0, 20.0)}
TRUE = (Step("pitch", -1, 3.0), Step("level", 1), Step("pace", 0))


def test_steps_that_were_measured_are_right() -> None:
    assert [judge(step, LOG) for step in TRUE] == [1, 1, 1]


@pytest.mark.parametrize(
    "step",
    [
        Step("pitch", 1),  # the other way
        Step("pace", 1),  # too little to be heard
        Step("level", 0),  # it did stand out
        Step("pitch", -1, 9.0),  # far more than it was
        Step("laughter", 1),  # nobody measured it
    ],
)
def test_steps_that_contradict_the_log_are_wrong(step: Step) -> None:
    assert judge(step, LOG) == 0


def test_a_planted_false_clue_costs_exactly_its_share() -> None:
    good = score([answer(TRUE, LOG, ["sad"], ["sad"])])
    planted = (replace(TRUE[0], way=1), *TRUE[1:])
    bad = score([answer(planted, LOG, ["sad"], ["sad"])])
    assert good.reasoning == 1
    assert bad.reasoning == pytest.approx(1 - 1 / 3)
    assert bad.recognition == good.recognition == 1


def test_a_bare_label_has_no_reasons_and_gets_half_of_its_recognition() -> None:
    bare = score([answer((), LOG, ["sad"], ["sad"]), answer((), LOG, ["angry"], ["sad"])])
    assert (bare.recognition, bare.reasoning, bare.chain()) == (0.5, 0.0, 0.25)
    assert bare.steps == 1


def test_of_several_emotions_each_right_one_counts() -> None:
    assert recognised(["sad", "angry"], ["sad", "fearful"]) == 0.5
    assert recognised(["sad"], ["sad", "fearful"]) == 0.5


def test_naming_every_emotion_does_not_win() -> None:
    everything = ["angry", "happy", "neutral", "sad"]
    assert recognised(everything, ["sad"]) == 0
    assert recognised(["sad", "sad", "sad"], ["sad", "fearful"]) == 0.5


def test_the_chain_weighs_both() -> None:
    both = score([Answer((1.0, 0.0), 1.0)])
    assert both.chain() == 0.75
    assert both.chain(alpha=1.0) == 1.0


def test_nothing_cannot_be_scored() -> None:
    with pytest.raises(ValueError, match="no answers"):
        score([])
    with pytest.raises(ValueError, match="no right emotion"):
        recognised(["sad"], [])
