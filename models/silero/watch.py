"""Runs the network over one session's frames, and lets it sleep while the gate is closed.

The network looks at the last 32 ms with every frame of 20 ms. It was trained to take them end to
end; in shorter steps it notices 20 ms sooner that speech begins, and 50 ms sooner that it has ended
(README.md). After a sleep it looks back over the last frames that it has slept through, and goes on
from what it knew when it fell asleep.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from .network import BEFORE, FRESH, FULL_SCALE, Network
from .weights import Floats

Samples = NDArray[np.int16]

FRAME_MS = 20
FRAME = 320
RECALL = 8  # frames that are looked back over
FIRST = 2 * FRAME - BEFORE  # in two frames, where the last look begins
SILENT = np.zeros(FRAME, np.int16)
SCALE = np.float32(1 / FULL_SCALE)
AWAKE_MS = 300  # the network goes on so long after the gate has closed


class Watch:
    """Tells for each frame how likely somebody speaks at its end; nothing while asleep."""

    def __init__(self, network: Network, awake_ms: int = AWAKE_MS) -> None:
        self._network = network
        self._awake_ms = awake_ms
        self._past: deque[Samples] = deque(maxlen=RECALL + 2)
        self._state = FRESH
        self._until = 0
        self._asleep = True

    def hear(self, at: int, samples: Samples, opened: bool) -> float:
        """Take one frame. `opened`: the gate has heard something in it."""
        self._past.append(samples)
        if opened:
            self._until = at + self._awake_ms
        if at >= self._until:
            self._asleep = True
            return 0.0
        if self._asleep:
            self._asleep = False
            looks = sliding_window_view(self._sound(RECALL + 2), BEFORE)[FIRST::FRAME]
            for look in looks[:-1]:  # all at once would be quicker, if BLAS had but one thread
                _, self._state = self._network.hear(look, self._state)
        probability, self._state = self._network.hear(self._sound(2)[FIRST:], self._state)
        return probability

    def _sound(self, frames: int) -> Floats:
        """The last frames, between -1 and 1, with silence before the first."""
        past = list(self._past)[-frames:]
        missing = [SILENT] * (frames - len(past))
        return np.concatenate(missing + past, dtype=np.float32) * SCALE

    def forget(self) -> None:
        """Frames are missing: what came before them is not what came just before the next."""
        self._past.clear()
        self._state = FRESH
        self._asleep, self._until = True, 0
