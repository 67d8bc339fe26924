"""Where speech begins, ends and pauses in a recording: the ground truth of the timing benches.

The labels come from loudness alone, so that no voice activity detector is judged by itself.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

FRAME_MS = 10
BELOW_SPEECH_DB = 30.0  # a frame this far under the loud speech is still audible
ABOVE_FLOOR_DB = 10.0  # unless the recording's own background is that loud
CERTAIN_DB = 15.0  # speech comes this close to the loud speech ...
CERTAIN_MS = 50  # ... for this long; clicks and breaths do not
PAUSE_MS = 200


def speech_span(samples: NDArray[Any], rate: int) -> tuple[int, int]:
    """Return the milliseconds at which the first audible speech begins and the last one ends.

    A 10 ms frame is audible above a threshold that follows the recording: 30 dB under its loud
    frames (95th percentile), and never closer than 10 dB to its background (10th percentile).
    Audible frames less than 200 ms apart form a stretch, and only a stretch with 50 ms of
    certain speech (within 15 dB of the loud frames) counts: a click after the last word does not
    move the end of speech, a faint last consonant does.
    """
    stretches = _stretches(samples, rate)
    return stretches[0][0], stretches[-1][1]


def pauses(samples: NDArray[Any], rate: int) -> list[tuple[int, int]]:
    """Return (begin, end) in milliseconds of every pause of at least 200 ms inside the speech."""
    stretches = _stretches(samples, rate)
    return [(before[1], after[0]) for before, after in pairwise(stretches)]


def _stretches(samples: NDArray[Any], rate: int) -> list[tuple[int, int]]:
    level = _levels(samples, rate)
    loud, floor = np.percentile(level, (95, 10))
    audible = _runs(level > max(loud - BELOW_SPEECH_DB, floor + ABOVE_FLOOR_DB))
    certain = level > loud - CERTAIN_DB
    found = [
        (begin * FRAME_MS, end * FRAME_MS)
        for begin, end in _joined(audible, PAUSE_MS // FRAME_MS)
        if certain[begin:end].sum() * FRAME_MS >= CERTAIN_MS
    ]
    if not found:
        raise ValueError("no speech in this recording")
    return found


def _levels(samples: NDArray[Any], rate: int) -> NDArray[np.float64]:
    """Return the level of every whole 10 ms frame in dB; digital silence is at -100."""
    scale = np.iinfo(samples.dtype).max if np.issubdtype(samples.dtype, np.integer) else 1
    size = rate * FRAME_MS // 1000
    count = len(samples) // size
    if not count:
        raise ValueError("the recording is shorter than one frame")
    frames = (samples[: count * size].astype(np.float64) / scale).reshape(count, size)
    levels: NDArray[np.float64] = 20 * np.log10(np.sqrt((frames**2).mean(axis=1)) + 1e-5)
    return levels


def _runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([0], mask.astype(np.int8), [0]))))
    return [(int(begin), int(end)) for begin, end in edges.reshape(-1, 2)]


def _joined(runs: list[tuple[int, int]], gap: int) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for begin, end in runs:
        if joined and begin - joined[-1][1] < gap:
            joined[-1] = joined[-1][0], end
        else:
            joined.append((begin, end))
    return joined
