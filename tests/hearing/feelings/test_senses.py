"""Side channels: aligned, weighed by their quality, kept only as sums."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from voiceagent.hearing.feelings.senses import ALIGN_MS, CHANNELS, SHIFT, Senses
from voiceagent.parts import SENSES, Sample


def learnt(*extra: Sample) -> Senses:
    """A channel whose usual is known, and speech from 10 s to 12 s."""
    senses = Senses()
    for number in range(10):
        senses.take(Sample(number * 500, "heart_rate", 70.0 + number % 3))
    senses.begin(10_000)
    feed(senses, (one for one in extra if one.at <= 12_000))
    senses.end(12_000)
    feed(senses, (one for one in extra if one.at > 12_000))
    return senses


def feed(senses: Senses, samples: Iterable[Sample]) -> None:
    for sample in samples:
        senses.take(sample)


def fast(at: int, quality: float = 1.0) -> Sample:
    return Sample(at, "heart_rate", 110.0, quality)


def test_without_samples_nothing_is_moved() -> None:
    assert Senses().shift() == learnt().shift() == (0.0, 0.0)


def test_a_heart_that_beats_faster_than_usual_stirs() -> None:
    valence, arousal = learnt(fast(11_000)).shift()
    assert valence == 0
    assert 0 < arousal <= SHIFT


@pytest.mark.parametrize(
    "sample",
    [
        fast(11_000, quality=0.0),
        fast(11_000, quality=-1.0),
        fast(11_000, quality=float("nan")),
        Sample(11_000, "heart_rate", float("nan")),
        Sample(11_000, "shoe_size", 110.0),
    ],
)
def test_what_is_of_no_use_changes_nothing(sample: Sample) -> None:
    assert learnt(sample).shift() == (0.0, 0.0)


@pytest.mark.parametrize(
    ("at", "counts"),
    [
        (12_000 + ALIGN_MS, True),
        (12_001 + ALIGN_MS, False),
        (10_000 - ALIGN_MS, True),
        (9_999 - ALIGN_MS, False),
    ],
)
def test_samples_are_aligned_within_200_ms(at: int, counts: bool) -> None:
    senses = learnt(fast(at)) if at > 10_000 else Senses()
    if at < 10_000:
        feed(senses, (Sample(n * 500, "heart_rate", 70.0 + n % 3) for n in range(10)))
        senses.take(fast(at))
        senses.begin(10_000)
    assert (senses.shift() != (0.0, 0.0)) is counts


def test_a_poor_sample_moves_less_than_a_good_one() -> None:
    poor, good = learnt(fast(11_000, 0.2)).shift()[1], learnt(fast(11_000)).shift()[1]
    assert 0 < poor < good


def test_nothing_is_unusual_before_the_usual_is_known() -> None:
    senses = Senses()
    senses.begin(0)
    feed(senses, (Sample(n * 100, "heart_rate", 70.0 + 40 * n) for n in range(4)))
    assert senses.shift() == (0.0, 0.0)


def test_when_a_turn_is_over_its_samples_are_forgotten_and_the_usual_is_not() -> None:
    senses = learnt(fast(11_000))
    senses.forget()
    assert senses.shift() == (0.0, 0.0)
    senses.begin(20_000)
    senses.take(fast(20_100))
    assert senses.shift()[1] > 0


def test_nothing_that_came_is_kept_as_it_came() -> None:
    senses = learnt(*(fast(11_000 + n) for n in range(500)))
    channel = senses._channels["heart_rate"]
    kept = [getattr(channel, name) for name in channel.__slots__]
    assert 110.0 not in kept
    assert all(isinstance(one, int | float | tuple) for one in kept)


def test_a_sample_that_comes_late_does_not_hide_one_that_belongs_to_the_speech() -> None:
    senses = Senses()
    feed(senses, (Sample(n * 500, "heart_rate", 70.0 + n % 3) for n in range(10)))
    feed(senses, [fast(9_900), fast(9_000)])
    senses.begin(10_000)
    assert senses.shift()[1] > 0


def test_every_channel_has_a_weight_and_none_moves_more_than_it_may() -> None:
    assert set(CHANNELS) == set(SENSES)
    assert all(-1 <= weight <= 1 for weights in CHANNELS.values() for weight in weights)
    assert all(weights != (0.0, 0.0) for weights in CHANNELS.values())
