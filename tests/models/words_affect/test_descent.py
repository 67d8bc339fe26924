"""The least of a function."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from models.words_affect.descent import least

Array = NDArray[np.float32]


def test_it_finds_the_bottom_of_a_long_valley() -> None:
    steep = np.array([[1.0], [30.0], [900.0]], np.float32)
    bottom = np.array([[3.0], [-2.0], [0.5]], np.float32)

    def slope(at: Array) -> tuple[float, Array]:
        away = at - bottom
        return float((steep * away * away).sum() / 2), steep * away

    found = least(slope, np.zeros((3, 1), np.float32), 40)
    np.testing.assert_allclose(found, bottom, atol=1e-3)


def test_it_does_not_climb() -> None:
    values = []

    def slope(at: Array) -> tuple[float, Array]:
        value, down = float(np.sqrt(1 + at * at).sum()), at / np.sqrt(1 + at * at)
        return value, np.asarray(down, np.float32)

    start = np.array([[40.0]], np.float32)
    for steps in range(6):
        values.append(slope(least(slope, start, steps))[0])
    assert values == sorted(values, reverse=True)
    assert values[-1] < values[0]
