"""The telephone's band: how it is recognised, and the acoustic model moved to where it lies.

Above 4 kHz there is nothing in it. The model's means are mapped to what their speech becomes
without that, by one matrix for all sounds (`telephone.txt`, in the library's own format; `train.py`
makes it).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from voiceagent.parts import EAR_RATE

MAP = Path(__file__).parent / "telephone.txt"
BLOCK = 512
LOW_HZ, HIGH_HZ = (300, 3_400), (4_400, 7_400)
MOST_DB = -50.0  # measured: -83 to -63 over telephones, -32 to 0 of recordings at 16 kHz


def is_narrow(pcm: bytes) -> bool:
    """Whether this speech has come over a telephone."""
    return upper_db(pcm) < MOST_DB


def upper_db(pcm: bytes) -> float:
    """How loud it is above the telephone's band, over all of it; what is silent is not narrow."""
    samples = np.frombuffer(pcm, np.int16, len(pcm) // 2 // BLOCK * BLOCK).astype(np.float32)
    if not samples.size:
        return 0.0
    spectrum = np.fft.rfft(samples.reshape(-1, BLOCK) * np.hanning(BLOCK).astype(np.float32))
    power = (np.abs(spectrum) ** 2).sum(axis=0)
    low, high = (power[_bins(*band)].mean() for band in (LOW_HZ, HIGH_HZ))
    return float(10 * np.log10((high + 1.0) / low)) if low > BLOCK else 0.0


def _bins(low_hz: int, high_hz: int) -> slice:
    return slice(low_hz * BLOCK // EAR_RATE, high_hz * BLOCK // EAR_RATE)
