"""Words while they are still being spoken, and for good soon after: one decoder a session.

Decoding needs the mean of the cepstra. A second look at the whole piece knows it but begins when
the speech is over. The mean of the first half second or so does as well (README.md): decoding
begins once more with that, and when the speech is over only the last, short pass is left.
"""

from __future__ import annotations

from dataclasses import replace

from .decode import Decoded, Recogniser, Word, words_of_segments
from .narrow import is_narrow
from .telling import position, sounding
from .turn import PER_MS, Pieces, Sound

MEAN_MS = 850  # so much sound tells the mean: the lead-in and 600 ms of speech
LOOK_MS = 60  # so often there are words to see
WINDOW, HOP = 410, 160  # samples: of which the library makes one frame
PRIOR = 500  # so many frames count the means that it is given
MOST = 290  # frames after which the library begins to shift them by itself


class Live:
    """Takes in the sound of a turn's pieces, as far as they have got."""

    def __init__(self, recogniser: Recogniser) -> None:
        self._recogniser = recogniser
        self._decoder = recogniser.live()
        self._on = self._narrow = False
        self._pieces: Pieces = ()  # what was taken in since it is on
        self._samples = self._looked = 0
        self._means = self._given = str(self._decoder.get_cmn(update=False))
        self._own = False  # the means are those of this turn

    def listen(self, sound: Sound, pieces: Pieces, recogniser: Recogniser) -> list[Word]:
        """Take in the pieces, and return the words since the start by their positions in the
        session: nothing between two looks.
        """
        self._follow(sound, pieces, recogniser)
        now = pieces[-1][1] if pieces else 0
        if not pieces or 0 <= now - self._looked < LOOK_MS:
            return []
        self._looked = now
        found = words_of_segments(self._decoder.seg()) if self._decoder.hyp() else ()
        there = sounding(pieces, sound)
        return [
            replace(
                word,
                begin_ms=position(word.begin_ms, there),
                end_ms=position(word.end_ms - 1, there) + 1,
            )
            for word in found
        ]

    def finish(self, sound: Sound, pieces: Pieces, recogniser: Recogniser) -> Decoded:
        """The words of the pieces for good. What comes next is decoded with them from the start."""
        self._follow(sound, pieces, recogniser)
        if not self._samples:
            return Decoded()
        if not self._own:
            self._again(sound)
        self._measure()
        self._end()
        return self._recogniser.read(self._decoder)

    def reset(self) -> None:
        """The turn is over. The next one begins with its means, till it has its own."""
        self._end()
        self._own = False

    def _follow(self, sound: Sound, pieces: Pieces, recogniser: Recogniser) -> None:
        if recogniser is not self._recogniser:
            self._end()
            self._recogniser, self._decoder = recogniser, recogniser.live(self._narrow)
        if not self._on or not goes_on(self._pieces, pieces):
            self._begin()
        self._take(sound, pieces)
        if not self._own and self._samples >= MEAN_MS * PER_MS // 2:
            self._again(sound)

    def _again(self, sound: Sound) -> None:
        """Decode what was taken in once more, with its own means."""
        pieces = self._pieces
        self._measure()
        self._own = True
        self._end()
        self._suit(b"".join(sound.cut(begin, end) for begin, end in pieces))
        self._begin()
        self._take(sound, pieces)

    def _suit(self, pcm: bytes) -> None:
        """A telephone has a decoder of its own."""
        if is_narrow(pcm) is not self._narrow:
            self._narrow = not self._narrow
            self._decoder = self._recogniser.live(self._narrow)

    def _begin(self) -> None:
        self._end()
        self._decoder.set_cmn(self._means)
        self._given = self._means
        self._decoder.start_utt()
        self._on, self._samples = True, 0

    def _end(self) -> None:
        if self._on:
            self._decoder.end_utt()
        self._on, self._pieces = False, ()

    def _take(self, sound: Sound, pieces: Pieces) -> None:
        known = self._pieces[-1][1] if self._pieces else 0
        pcm = b"".join(sound.cut(max(begin, known), end) for begin, end in pieces if end > known)
        if pcm:
            self._decoder.process_raw(pcm)
        self._samples += len(pcm) // 2
        self._pieces = pieces

    def _measure(self) -> None:
        """What the means are: the library tells them mixed with those that it was given."""
        frames = 1 + (self._samples - WINDOW) // HOP
        if 0 < frames <= MOST:
            mixed = numbers(self._decoder.get_cmn(update=True))
            given = zip(mixed, numbers(self._given), strict=True)
            means = (one + (one - other) * PRIOR / frames for one, other in given)
            self._means = ",".join(f"{mean:.2f}" for mean in means)


def numbers(means: str) -> list[float]:
    return [float(mean) for mean in means.split(",")]


def goes_on(before: Pieces, after: Pieces) -> bool:
    """The one is the beginning of the other."""
    last = len(before) - 1
    if not before:
        return True
    if len(after) < len(before) or before[:last] != after[:last]:
        return False
    (begin, end), (same, further) = before[last], after[last]
    return begin == same and end <= further
