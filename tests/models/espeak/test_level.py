from __future__ import annotations

import numpy as np
import pytest

from models.espeak.envelope import HOP, Array
from models.espeak.level import Limiter, bent, raised


def tone(rows: int, height: float) -> Array:
    return (height * np.sin(np.arange(rows * HOP) / 9)).astype(np.float32)


def test_what_fits_is_left_as_it_is() -> None:
    assert np.array_equal(Limiter().press(tone(50, 0.6)), tone(50, 0.6))


@pytest.mark.parametrize("height", [0.9, 2.0, 30.0])
def test_what_does_not_fit_is_lowered_and_stays_a_tone(height: float) -> None:
    pressed = Limiter().press(tone(200, height))
    assert 0.7 < np.abs(pressed).max() < 1
    assert np.corrcoef(pressed, tone(200, 1))[0, 1] > 0.98


def test_a_bang_lowers_what_is_round_it_and_nothing_else() -> None:
    wave = np.concatenate([tone(50, 0.5), tone(3, 2.0), tone(50, 0.5)])
    pressed = Limiter().press(wave)
    assert np.abs(pressed).max() < 0.99
    assert np.allclose(pressed[: 40 * HOP], wave[: 40 * HOP])
    assert np.allclose(pressed[70 * HOP :], wave[70 * HOP :])


def test_the_gain_goes_on_from_block_to_block() -> None:
    rising = tone(120, 3.0) * np.linspace(0, 1, 120 * HOP, dtype=np.float32)
    limiter = Limiter()
    joined = np.concatenate([limiter.press(rising[: 60 * HOP]), limiter.press(rising[60 * HOP :])])
    edge = np.abs(np.diff(joined))[59 * HOP : 61 * HOP]
    assert edge.max() < 1.1 * 1.2 / 9, "no steeper than the tone itself"


def test_peaks_bend_and_never_reach_the_top() -> None:
    assert np.abs(bent(np.array([5.0, -9.0, 0.3]))).max() <= 1
    assert bent(np.array([0.3]))[0] == pytest.approx(0.3)
    assert raised(b"\x01\x02", 0.0) == b"\x01\x02"


def test_finished_speech_is_raised_and_lowered_by_decibels_as_far_as_it_fits() -> None:
    quiet = (tone(30, 0.1) * 32_768).astype(np.int16).tobytes()
    for decibels in (-6.0, 6.0):
        got = np.frombuffer(raised(quiet, decibels), np.int16) / 32_768
        assert np.abs(got).max() == pytest.approx(0.1 * 10 ** (decibels / 20), rel=0.02)
    assert np.abs(np.frombuffer(raised(quiet[: 501 * 2], 60.0), np.int16)).max() < 32_767
    assert raised(b"", 6.0) == b""
