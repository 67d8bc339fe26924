"""The way in: blocks of audio become frames on session time, with silence where none comes."""

from __future__ import annotations

from collections.abc import Callable

from voiceagent.audio import Framer
from voiceagent.hearing import Ears
from voiceagent.parts import FRAME_BYTES, FRAME_MS, Frame
from voiceagent.session.clock import Clock, Tape

MOST_LATE_MS = 120  # audio later than this is taken to be from now, while nobody speaks
REFILL_MS = 100  # how often silence is put in for audio that does not come
SILENCE = bytes(FRAME_BYTES)
Playing = Callable[[int], bytes | None]
"""What the user's loudspeaker plays from a position on, for one frame."""


def nothing(position: int) -> None:
    return None


class Listening:
    """Stamps the frames of one session. `ears.listened` says how far they have been heard."""

    def __init__(self, ears: Ears, clock: Clock, stall_ms: int, playing: Playing = nothing) -> None:
        self.ears = ears
        self.tape = Tape()
        self.stalled = False
        self._clock = clock
        self._stall_ms = stall_ms
        self._playing = playing
        self._framer = Framer()
        self._fed_at: int | None = None  # when audio, or silence for it, came last

    def take(self, pcm: bytes, talking: bool) -> list[bytes]:
        """The whole frames in this block; if the last ones are long ago, they lie at now."""
        now = self._clock.now()
        self.stalled, self._fed_at = False, now
        if self.tape.end + (self._stall_ms if talking else MOST_LATE_MS) < now:
            self._framer.flush()
            self.tape.jump(now - len(pcm) * FRAME_MS // FRAME_BYTES)
        return self._framer.feed(pcm)

    async def listen(self, near: bytes, appended: bool = True) -> None:
        frame = Frame(self.tape.end, near, self._playing(self.tape.end))
        self.tape.add(FRAME_MS, appended)
        self._clock.reach(self.tape.end)
        await self.ears.send(frame)

    def stall_due(self) -> int | None:
        """When silence must be put in if nothing comes."""
        if self._fed_at is None:
            return None
        return self._fed_at + (REFILL_MS if self.stalled else self._stall_ms)

    def missing(self) -> int:
        """How many frames are missing until now. They count as put in."""
        self.stalled, self._fed_at = True, self._clock.now()
        return max(0, (self._fed_at - self.tape.end) // FRAME_MS)
