"""What the user's loudspeaker is taken to play, and when: the microphone may hear it too."""

from __future__ import annotations

from voiceagent.audio import Resampler, bytes_of
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS
from voiceagent.session.clock import Clock
from voiceagent.session.link import Link, Notice, Piece

KEEP_MS = 2_000
PER_MS = bytes_of(1)


class Loudspeaker:
    """A Link that remembers the last two seconds of what was handed to it. Positions are session
    milliseconds. Speech outside the conversation is not played to anybody.
    """

    def __init__(self, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock
        self._resampler = Resampler(link.rate, EAR_RATE)
        self._sound = bytearray()
        self._begin = 0  # where the first sample of it is played
        self._end = 0  # where all of it will have been played
        self._handed = 0  # samples at the link's rate since the last silence
        self._since = 0  # and where that was

    @property
    def rate(self) -> int:
        return self._link.rate

    @property
    def lead_ms(self) -> int:
        return self._link.lead_ms

    @property
    def delay_ms(self) -> int:
        return self._link.delay_ms

    def show(self, notice: Notice) -> None:
        self._link.show(notice)

    async def play(self, piece: Piece) -> bool:
        written = await self._link.play(piece)
        if written and piece.pcm and piece.reply >= 0:
            self._lay(piece.pcm)
        return written

    def at(self, position: int) -> bytes | None:
        """A frame of what is played from here on, at the ears' rate; None: nothing is."""
        start = (position - self._begin) * PER_MS
        if position >= self._end or start + FRAME_BYTES <= 0:
            return None
        frame = bytes(self._sound[max(0, start) : start + FRAME_BYTES])
        return frame.rjust(FRAME_BYTES, b"\0") if start < 0 else frame.ljust(FRAME_BYTES, b"\0")

    def _lay(self, pcm: bytes) -> None:
        """Sound follows sound without a gap while its playback lasts."""
        now = self._clock.now() + self.delay_ms
        if now > self._end:
            self._rest(now)
        self._sound += self._resampler.feed(pcm)
        self._handed += len(pcm) // 2
        self._end = self._since + self._handed * 1000 // self.rate
        old = self._end - KEEP_MS - self._begin
        if old >= FRAME_MS:
            del self._sound[: old * PER_MS]
            self._begin += old

    def _rest(self, until: int) -> None:
        """There was silence up to here."""
        self._sound += self._resampler.flush()
        quiet = (until - self._begin) * PER_MS - len(self._sound)
        if quiet > KEEP_MS * PER_MS or not self._sound:
            self._sound.clear()
            self._begin = until
        elif quiet >= 0:
            self._sound += bytes(quiet)
        else:
            del self._sound[quiet:]
        self._since, self._handed = until, 0
