"""The sound of a reply at the link's rate, kept a little longer than needed: a cut word is said
again.
"""

from __future__ import annotations

from voiceagent.audio import Resampler

KEEP_MS = 3_000


class Track:
    """Positions are milliseconds from the reply's first sample."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._audio = bytearray()
        self._first = 0  # the sample that `_audio` begins with
        self._resampler: Resampler | None = None

    def lay(self, pcm: bytes, rate: int) -> None:
        if self._resampler is None or self._resampler.source_rate != rate:
            self.flush()
            self._resampler = Resampler(rate, self._rate)
        self._audio += self._resampler.feed(pcm)

    def flush(self) -> None:
        """No more of this rate will come."""
        if self._resampler is not None:
            self._audio += self._resampler.flush()
            self._resampler = None

    def ready_ms(self, position: int) -> int:
        """How much lies on the track from here on, in whole milliseconds."""
        return (self._first + len(self._audio) // 2) * 1000 // self._rate - position

    def cut(self, position: int, ms: int) -> bytes:
        """A copy of this stretch; what lies long before it is forgotten."""
        start = self._bytes(position)
        piece = bytes(self._audio[start : self._bytes(position + ms)])
        old = self._bytes(position - KEEP_MS)
        if old > 2 * self._rate:
            del self._audio[:old]
            self._first += old // 2
        return piece

    def _bytes(self, position: int) -> int:
        return (position * self._rate // 1000 - self._first) * 2
