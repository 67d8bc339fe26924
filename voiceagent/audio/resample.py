"""Sample rates: a cheap stream for live audio, a better one for whole clips."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
import soxr

from voiceagent.audio.frames import SAMPLE_BYTES
from voiceagent.audio.polyphase import Polyphase

LARGEST_STEP = 3


class _Stream(Protocol):
    def feed(self, pcm: bytes) -> bytes: ...

    def flush(self) -> bytes: ...

    def reset(self) -> None: ...


class Resampler:
    """One stream of 16 bit mono audio from one rate to another.

    Between the usual rates every block comes out at once and even. Where the ratio is an odd one,
    such as 44.1 to 16 kHz, blocks may be uneven, or empty: soxr works in its own strides. It
    dithers too: digital silence becomes samples of -1, 0 and 1.
    Blocks that go in may be cut anywhere, even inside a sample.
    """

    def __init__(self, source_rate: int, target_rate: int) -> None:
        self.source_rate = source_rate
        self.target_rate = target_rate
        self._half = b""
        self._stream = _stream(source_rate, target_rate)

    def feed(self, pcm: bytes) -> bytes:
        pcm = self._whole(pcm)
        return self._stream.feed(pcm) if pcm and self._stream else pcm

    def flush(self) -> bytes:
        """What the filter still holds. The next block begins a new stream."""
        tail = self._stream.flush() if self._stream else b""
        self.reset()
        return tail

    def reset(self) -> None:
        """Forget what was fed."""
        self._half = b""
        if self._stream:
            self._stream.reset()

    def _whole(self, pcm: bytes) -> bytes:
        if not self._half and len(pcm) % SAMPLE_BYTES == 0:
            return pcm
        pcm = self._half + pcm
        whole = len(pcm) // SAMPLE_BYTES * SAMPLE_BYTES
        self._half = pcm[whole:]
        return pcm[:whole]


def resample_all(pcm: bytes, source_rate: int, target_rate: int) -> bytes:
    """A whole clip at another rate, in high quality and without delay."""
    if source_rate == target_rate or not pcm:
        return pcm
    clip = soxr.resample(np.frombuffer(pcm, np.int16), source_rate, target_rate, quality="HQ")
    return bytes(clip.astype(np.int16, copy=False).tobytes())


class _Soxr:
    def __init__(self, source_rate: int, target_rate: int) -> None:
        self._soxr = soxr.ResampleStream(source_rate, target_rate, 1, dtype="int16", quality="LQ")

    def feed(self, pcm: bytes) -> bytes:
        return bytes(self._soxr.resample_chunk(np.frombuffer(pcm, np.int16)).tobytes())

    def flush(self) -> bytes:
        last = self._soxr.resample_chunk(np.empty(0, np.int16), last=True)
        return bytes(last.tobytes())

    def reset(self) -> None:
        self._soxr.clear()


def _stream(source_rate: int, target_rate: int) -> _Stream | None:
    if source_rate == target_rate:
        return None
    common = math.gcd(source_rate, target_rate)
    if max(source_rate, target_rate) // common <= LARGEST_STEP:
        return Polyphase(source_rate, target_rate)
    return _Soxr(source_rate, target_rate)
