"""Blocks of any size in, whole 20 ms frames out; bytes and milliseconds of 16 bit mono audio."""

from __future__ import annotations

from voiceagent.parts import EAR_RATE, FRAME_BYTES

SAMPLE_BYTES = 2


def bytes_of(ms: float, rate: int = EAR_RATE) -> int:
    """How many bytes `ms` of audio take: always whole samples."""
    return round(ms * rate / 1000) * SAMPLE_BYTES


def ms_of(size: int, rate: int = EAR_RATE) -> int:
    """How many whole milliseconds `size` bytes last."""
    return size // SAMPLE_BYTES * 1000 // rate


class Framer:
    """Cuts a stream into whole frames and keeps the remainder for the next block."""

    def __init__(self, frame_bytes: int = FRAME_BYTES) -> None:
        self._size = frame_bytes
        self._rest = b""

    def feed(self, pcm: bytes) -> list[bytes]:
        data = self._rest + pcm if self._rest else pcm
        size = self._size
        whole = len(data) // size * size
        self._rest = data[whole:]
        return [data[at : at + size] for at in range(0, whole, size)]

    def flush(self) -> list[bytes]:
        """The remainder as a last frame, filled up with silence; nothing if there is none."""
        rest, self._rest = self._rest, b""
        rest = rest[: len(rest) // SAMPLE_BYTES * SAMPLE_BYTES]  # half a sample is noise
        return [rest.ljust(self._size, b"\0")] if rest else []

    @property
    def pending_bytes(self) -> int:
        return len(self._rest)
