"""Words while they are still being spoken: one live decoder a session."""

from __future__ import annotations

from dataclasses import replace

from .decode import Recogniser, Word, words_of_segments
from .turn import PER_MS, Sound

LEAD_MS = 200  # so much before the speech is decoded with it
AGAIN_MS = 1_000  # after a pause so long decoding begins afresh
LONGEST_MS = 20_000  # and so it does at the next pause of whatever length
LOOK_MS = 60  # so often there are words to see


class Partial:
    """Positions are those of the session. `means`: the mean cepstra that decoding begins with."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._decoder = recogniser.live()
        self._origin: int | None = None  # where the first sample was; None: off
        self._fed = self._looked = 0
        self._words: list[Word] = []
        self.means = ""

    def start(self, begin: int, recogniser: Recogniser) -> None:
        """Speech begins, or goes on after a pause."""
        if recogniser is not self._recogniser:
            self.stop()
            self._recogniser, self._decoder = recogniser, recogniser.live()
        fresh = self._origin is None or begin - self._fed > AGAIN_MS
        if fresh or begin - (self._origin or 0) > LONGEST_MS:
            self._restart(max(0, begin - LEAD_MS))

    def listen(self, sound: Sound, now: int) -> list[Word]:
        """Decode up to now, and return the words since the start: nothing between two looks."""
        pcm = sound.cut(self._fed, now)
        if len(pcm) < (now - self._fed) * PER_MS:  # there is a hole: what is known begins after it
            self._restart(now - len(pcm) // PER_MS)
        self._decoder.process_raw(pcm)
        self._fed = now
        if self._origin is None or now - self._looked < LOOK_MS:
            return []
        self._looked = now
        found = words_of_segments(self._decoder.seg()) if self._decoder.hyp() else ()
        origin = self._origin
        return [
            replace(word, begin_ms=word.begin_ms + origin, end_ms=word.end_ms + origin)
            for word in found
        ]

    def stop(self) -> None:
        if self._origin is not None:
            self._decoder.end_utt()
        self._origin = None

    def _restart(self, origin: int) -> None:
        self.stop()
        if self.means:
            self._decoder.set_cmn(self.means)
        self._decoder.start_utt()
        self._origin = self._fed = self._looked = origin
