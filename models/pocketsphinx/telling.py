"""What is told of decoded words: which, where in the user's audio each was, how sure, what else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voiceagent.events import HeardWord

from .decode import OTHERS, Decoded
from .turn import PER_MS, Pieces, Sound


@dataclass(frozen=True, slots=True)
class Told:
    """The words spell the text; the others are what it may have been instead, best first."""

    words: tuple[HeardWord, ...] = ()
    others: tuple[str, ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.words)


def told(decoded: Decoded, pieces: Pieces, least: float, unclear: str) -> Told:
    """Believed words as they are. Of others one that stands for them, if there is a word for that:
    then what was decoded is the first thing that it may have been.
    """
    words = located(decoded, pieces)
    if not words or decoded.confidence >= least:
        return Told(words, decoded.others)
    others = (decoded.text, *decoded.others)[:OTHERS]
    whole = HeardWord(unclear, words[0].begin, words[-1].end, decoded.confidence)
    return Told((whole,) if unclear else (), others)


def located(decoded: Decoded, pieces: Pieces) -> tuple[HeardWord, ...]:
    """The words where they were before the silence between the pieces was cut out."""
    return tuple(
        HeardWord(
            word.text,
            position(word.begin_ms, pieces),
            position(word.end_ms - 1, pieces) + 1,
            round(word.confidence, 4),
        )
        for word in decoded.words
    )


def position(offset_ms: int, pieces: Pieces) -> int:
    """Where that much of the joined pieces lies. Beyond them: at their end."""
    for begin, end in pieces:
        if offset_ms < end - begin:
            return begin + offset_ms
        offset_ms -= end - begin
    return pieces[-1][1] if pieces else offset_ms


def sounding(pieces: Pieces, sound: Sound) -> Pieces:
    """What there is of the pieces. What is missing is taken to be missing at the front: there a
    stream begins, or goes on after a gap.
    """
    cut = ((end - len(sound.cut(begin, end)) // PER_MS, end) for begin, end in pieces)
    return tuple((begin, end) for begin, end in cut if begin < end)


def joined(before: Sequence[HeardWord], last: Told) -> Told:
    """A turn in parts: the words of those that are done with, and how its last part may differ."""
    texts = [word.text for word in before]
    others = tuple(" ".join((*texts, other)) for other in last.others)
    return Told((*before, *last.words), others)
