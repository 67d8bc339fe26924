"""Makes notes and syllables agree: notes are joined or halved, late in the line rather than early.

That is how a name is fitted in: "dear Jo" holds one syllable over two notes, "dear Alexander"
halves the long ones.
"""

from __future__ import annotations

from collections.abc import Sequence

from voiceagent.errors import Refused

from .song_notes import Note, Slot

LEAST_SHARE = 1 / 3  # of the notes of a line that must get a syllable of their own
SHORTEST_MS = 130  # that a note may become
_LATER = 1.5  # semitones that a place nearer to the end is worth


def fitted(slots: Sequence[Slot], syllables: int, beat_ms: float, where: str) -> tuple[Slot, ...]:
    """As many slots as syllables, as long in sum. `where` names the line in an error."""
    if syllables < LEAST_SHARE * len(slots):
        raise _disagree(where, syllables, len(slots), "write more words")
    found = list(slots)
    while len(found) > syllables:
        place = min(range(len(found) - 1), key=lambda at: _parting(found, at))
        found[place : place + 2] = [_joined(found[place], found[place + 1])]
    while len(found) < syllables:
        place = max(range(len(found)), key=lambda at: (found[at].notes[-1].beats, at))
        if found[place].notes[-1].beats / 2 * beat_ms < SHORTEST_MS:
            raise _disagree(where, syllables, len(slots), "write fewer words, or a new line")
        found[place : place + 1] = _halves(found[place])
    return tuple(found)


def _disagree(where: str, syllables: int, notes: int, advice: str) -> Refused:
    return Refused(
        f"{where} has {syllables} syllables, and the melody has {notes} notes for it: {advice}."
    )


def _parting(slots: Sequence[Slot], at: int) -> float:
    """How bad it is to hold one syllable over this slot and the next."""
    one, other = slots[at].notes[-1].pitch, slots[at + 1].notes[0].pitch
    apart = abs((one or 0) - (other or 0))
    return apart + 3 * len(slots[at].notes) + 12 * (slots[at].rest > 0) - _LATER * at


def _joined(one: Slot, other: Slot) -> Slot:
    """One syllable for both: a note that is only repeated becomes longer."""
    last, first = one.notes[-1], other.notes[0]
    beats = last.beats + one.rest
    if last.pitch == first.pitch:
        middle: tuple[Note, ...] = (Note(last.pitch, beats + first.beats, last.tied),)
    else:
        middle = (Note(last.pitch, beats, last.tied), Note(first.pitch, first.beats, True))
    return Slot((*one.notes[:-1], *middle, *other.notes[1:]), other.rest)


def _halves(slot: Slot) -> list[Slot]:
    last = slot.notes[-1]
    half = last.beats / 2
    return [
        Slot((*slot.notes[:-1], Note(last.pitch, half, last.tied))),
        Slot((Note(last.pitch, half),), slot.rest),
    ]
