"""Finds the least of a smooth function by its slopes (L-BFGS): numpy has nothing for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
Slope = Callable[[Array], tuple[float, Array]]

KEPT = 8  # steps that the curvature is guessed from
ENOUGH = 1e-4  # of the fall that the slope promises
LEAST = 1e-4  # of a step


def least(slope: Slope, start: Array, steps: int) -> Array:
    """`slope` gives the value at a place, and its slope there."""
    here, (value, down) = start, slope(start)
    known: deque[tuple[Array, Array]] = deque(maxlen=KEPT)
    for _ in range(steps):
        way = _way(down, known)
        there, value, after = _walk(slope, here, value, way, dot(down, way))
        moved, turned = there - here, after - down
        if dot(moved, turned) > 0:
            known.append((moved, turned))
        here, down = there, after
    return here


def _walk(
    slope: Slope, here: Array, value: float, way: Array, promised: float
) -> tuple[Array, float, Array]:
    """As far down this way as the value falls well."""
    step = 1.0
    while True:
        there = here - np.float32(step) * way
        found, after = slope(there)
        if found <= value - ENOUGH * step * promised or step < LEAST:
            return there, found, after
        step /= 2


def _way(down: Array, known: deque[tuple[Array, Array]]) -> Array:
    """The slope, set right by the curvature that was met (two loops)."""
    way, shares = down.copy(), []
    for moved, turned in reversed(known):
        shares.append(dot(moved, way) / dot(moved, turned))
        way -= np.float32(shares[-1]) * turned
    if known:
        moved, turned = known[-1]
        way *= np.float32(dot(moved, turned) / dot(turned, turned))
    else:
        way /= np.float32(np.sqrt(dot(down, down)) or 1.0)
    for (moved, turned), share in zip(known, reversed(shares), strict=True):
        way += np.float32(share - dot(turned, way) / dot(moved, turned)) * moved
    return way


def dot(one: Array, other: Array) -> float:
    return float((one * other).sum(dtype=np.float64))
