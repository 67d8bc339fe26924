"""The optimiser finds what is to be found, and moods and speakers are what they are said to be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.affect.describe import NAMES
from models.affect.recordings import Table
from models.affect.train import (
    balanced,
    first_read,
    learn,
    one_hot,
    people,
    regression,
    strangers,
    streams,
    weaker,
)
from models.affect.weights import FOUR, inputs, score, shares

COUNT = len(NAMES)


def table(people: int = 6, each: int = 4) -> Table:
    """Everybody has a voice of their own; each emotion moves it in a way of its own."""
    rng = np.random.default_rng(0)
    moves = rng.normal(0, 1, (len(FOUR), COUNT))
    moves[:, 4:] = 0
    moves[FOUR.index("neutral")] = 0
    size = people * each * len(FOUR)
    person, emotion = np.divmod(np.arange(size) // each, len(FOUR))
    own = rng.normal(0, 2, (people, COUNT))
    numbers = own[person] + moves[emotion] + rng.normal(0, 0.3, (size, COUNT))
    whole, clear = np.zeros(size), np.full(size, 30.0)
    return Table(
        numbers=numbers,
        level_db=whole - 20,
        clear_db=clear,
        speech_s=whole + 2,
        prefix_s=whole,
        person=person.astype(str),
        place=np.zeros(size, np.int64),
        clip=np.arange(size),
        emotion=np.array(FOUR)[emotion],
    )


def test_every_emotion_weighs_the_same() -> None:
    emotions = np.array(["sad", "sad", "sad", "happy"])
    weight = balanced(emotions)
    assert weight[:3].sum() == pytest.approx(weight[3])


def test_the_regression_tells_apart_what_can_be_told_apart() -> None:
    rows = table()
    model = regression(rows.numbers, one_hot(rows.emotion, FOUR), balanced(rows.emotion), 0.01)
    said = np.array(FOUR)[(rows.numbers @ model[:-1] + model[-1]).argmax(axis=1)]
    assert (said == rows.emotion).mean() > 0.95


def test_less_feeling_lies_between_and_neutral_stays() -> None:
    rows = table()
    less = weaker(rows, np.random.default_rng(0))
    plain = rows.emotion == "neutral"
    assert (less.numbers[plain] == rows.numbers[plain]).all()
    mean = rows.numbers[plain & (rows.person == "0")].mean(axis=0)
    felt = ~plain & (rows.person == "0")
    before, after = (np.linalg.norm(it.numbers[felt] - mean, axis=1) for it in (rows, less))
    assert (after < 1.11 * before).all()
    assert after.mean() < 0.9 * before.mean()


def test_what_is_usual_comes_from_the_same_speaker_only() -> None:
    rows = table()
    weights = replace(people(rows), prior=np.full(COUNT, 0.5, np.float32))
    felt = one_hot(rows.emotion, FOUR)
    usual = streams(rows, felt, weights, np.random.default_rng(0))
    moved = rows.numbers + np.where(rows.person == "0", 50.0, 0.0)[:, None]
    again = streams(replace(rows, numbers=moved), felt, weights, np.random.default_rng(0))
    others = rows.person != "0"
    assert (usual[others] == again[others]).all()
    assert (again[~others] > usual[~others] + 10).all()


def test_the_turns_a_speaker_is_known_by_matter_less_than_their_feelings() -> None:
    """With the feelings taken off, two histories of one speaker are nearer to each other."""
    rows = table()
    weights = replace(people(rows), prior=np.full(COUNT, 0.5, np.float32))
    apart = []
    for felt in (np.zeros((len(rows), len(FOUR))), one_hot(rows.emotion, FOUR)):
        usual = streams(rows, felt, weights, np.random.default_rng(0))
        apart.append(np.mean([usual[rows.person == one].std(axis=0)[:4] for one in "012345"]))
    assert apart[1] < 0.8 * apart[0]


def test_nobody_is_read_by_a_model_that_has_heard_them() -> None:
    """A voice whose moods move it like nobody else's is read like nobody's."""
    rows = table()
    odd = rows.person == "0"
    own = np.random.default_rng(1).normal(0, 3, (len(FOUR), COUNT))
    which = one_hot(rows.emotion, FOUR).argmax(axis=1)
    rows = replace(rows, numbers=np.where(odd[:, None], own[which], rows.numbers))
    weights = people(rows)
    felt = first_read(rows, strangers(rows, weights), weights)
    assert felt.sum(axis=1) == pytest.approx(1.0)
    right = felt.argmax(axis=1) == which
    assert right[~odd].mean() > right[odd].mean() + 0.1


def test_knowing_the_speaker_helps_with_somebody_new() -> None:
    rows = table(people=8)
    mine = rows.person == "7"
    weights = learn(rows.only(~mine), None)
    new = rows.only(mine)
    own = np.tile(new.numbers.mean(axis=0), (len(new), 1))
    found = inputs(weights, new.numbers, own)
    right = [
        (np.array(FOUR)[shares(score(weights.four, *found, turns)).argmax(axis=1)] == new.emotion)
        for turns in (0.0, 20.0)
    ]
    assert right[1].mean() > right[0].mean() + 0.1
    assert right[1].mean() > 0.7
