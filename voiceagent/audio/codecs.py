"""The audio formats of the wire: plain PCM and the telephone's G.711, a table look-up a sample."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiceagent.audio.frames import SAMPLE_BYTES
from voiceagent.errors import Refused

Table = NDArray[Any]

ULAW_BIAS = 33  # in units of 14 bit samples
ULAW_CLIP = 8159


@dataclass(frozen=True, slots=True)
class Format:
    """How audio is written on the wire, under the protocol's name for it.

    `decode` gives 16 bit mono at `rate`, `encode` takes it. PCM that ends inside a sample is
    refused, never repaired: on a wire of whole messages the sender is wrong about its format.
    """

    name: str
    rate: int
    sample_bytes: int
    decode: Callable[[bytes], bytes] = field(repr=False)
    encode: Callable[[bytes], bytes] = field(repr=False)

    @property
    def bytes_per_ms(self) -> int:
        return self.rate * self.sample_bytes // 1000

    def ms(self, size: int) -> int:
        """How many whole milliseconds `size` bytes on the wire last."""
        return size // self.bytes_per_ms


def decode_ulaw(data: bytes) -> bytes:
    return bytes(_from_ulaw()[np.frombuffer(data, np.uint8)].tobytes())


def encode_ulaw(pcm: bytes) -> bytes:
    return bytes(_to_ulaw()[np.frombuffer(whole_samples(pcm), np.uint16)].tobytes())


def decode_alaw(data: bytes) -> bytes:
    return bytes(_from_alaw()[np.frombuffer(data, np.uint8)].tobytes())


def encode_alaw(pcm: bytes) -> bytes:
    return bytes(_to_alaw()[np.frombuffer(whole_samples(pcm), np.uint16)].tobytes())


def whole_samples(pcm: bytes) -> bytes:
    """Return `pcm` as it is; refuse it if it ends inside a sample."""
    if len(pcm) % SAMPLE_BYTES:
        raise Refused(
            f"{len(pcm)} bytes are no whole number of 16 bit samples: send an even number.",
            param="audio",
        )
    return pcm


PCM = Format("audio/pcm", 24_000, SAMPLE_BYTES, whole_samples, whole_samples)
PCMU = Format("audio/pcmu", 8_000, 1, decode_ulaw, encode_ulaw)
PCMA = Format("audio/pcma", 8_000, 1, decode_alaw, encode_alaw)
FORMATS = {known.name: known for known in (PCM, PCMU, PCMA)}


# The tables follow ITU-T G.711 in the form of Sun's g711.c, as Python's audioop did: a sample is
# first shifted to the codec's 14 (mu-law) or 13 (A-law) bits, rounding down.


def _every_sample() -> Table:
    """All 16 bit samples, at the place where their unsigned twin points."""
    return np.arange(65_536, dtype=np.uint16).view(np.int16).astype(np.int32)


def _segment(magnitude: Table, first_end: int) -> Table:
    """Which of the eight segments of doubling size a magnitude lies in; 8 is beyond them all."""
    ends = (first_end + 1) * 2 ** np.arange(8) - 1
    return np.asarray(np.searchsorted(ends, magnitude))


@cache
def _to_ulaw() -> Table:
    sample = _every_sample() >> 2
    magnitude = np.minimum(np.abs(sample), ULAW_CLIP) + ULAW_BIAS
    segment = _segment(magnitude, 0x3F)
    code = segment << 4 | magnitude >> (segment + 1) & 0xF
    code = np.where(segment > 7, 0x7F, code)
    return (code ^ np.where(sample < 0, 0x7F, 0xFF)).astype(np.uint8)


@cache
def _from_ulaw() -> Table:
    code = ~np.arange(256, dtype=np.int32)
    magnitude = ((code & 0xF) * 2 + ULAW_BIAS << (code >> 4 & 7)) - ULAW_BIAS
    return np.where(code & 0x80, -magnitude * 4, magnitude * 4).astype(np.int16)


@cache
def _to_alaw() -> Table:
    sample = _every_sample() >> 3
    magnitude: Table = np.where(sample < 0, -sample - 1, sample)
    segment = _segment(magnitude, 0x1F)
    code = segment << 4 | magnitude >> np.maximum(segment, 1) & 0xF
    code = np.where(segment > 7, 0x7F, code)
    return (code ^ np.where(sample < 0, 0x55, 0xD5)).astype(np.uint8)


@cache
def _from_alaw() -> Table:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    segment = code >> 4 & 7
    step: Table = (code & 0xF) * 16 + 8 + np.where(segment, 0x100, 0)
    magnitude: Table = step << np.maximum(segment - 1, 0)
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)
