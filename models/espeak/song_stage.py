"""A song as it is sung: words come line by line, and each line goes on where the last one ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from voiceagent.errors import Refused
from voiceagent.style import Style

from . import song_rap as rap
from .envelope import HOP, RATE, Array, Source
from .prosody import feeling
from .script import has_sound
from .song_drums import drums
from .song_layout import A4, Line, Sung, Tone, laid, lead, shortened, tuned
from .song_lyrics import Say, clauses, first
from .song_melody import Choice
from .song_notes import TEMPO
from .song_syllables import Syllable, syllables
from .song_voice import RAPPING, SINGING, hummed, scored
from .studio import Said, pressed
from .vocoder import render
from .words import Take

MOST_S = 180.0
LIFT = 3.0  # semitones that one sings above where one speaks
BREATH_S, BREATH_SHARE = 0.36, 0.35  # of the last note of a line, at most
UPBEAT_S = 0.3  # of a bar of rap are left for the next line's first consonants
BEFORE_S = 0.02  # what sounds before the first consonant
LA, HUM = "la", "hum"
_SAYING_S = 0.06  # more than a vowel usually takes, in rap


class Song:
    """One song. `middle` is where the singer's voice lies in speech, in semitones over 1 Hz."""

    def __init__(
        self, style: Style, choice: Choice, say: Say, middle: float, accompany: bool
    ) -> None:
        self.style = style
        self._felt = feeling(style)
        self._choice = choice
        self._say: Say = lru_cache(64)(say)
        self._drums = accompany and style.mode == "rap"
        usual = rap.BPM if style.mode == "rap" else choice.melody.bpm
        self.bpm = min(TEMPO[1], max(TEMPO[0], (style.bpm or usual) * style.pace))
        self._middle = middle + style.pitch
        self._shift = round(middle + LIFT - choice.melody.middle - A4) + style.pitch
        self._now = 0.0  # seconds of the song: the next line's first beat
        self._origin = 0  # the song's time in samples when its sound begins
        self._written = 0  # samples
        self._lines = 0

    def goes_on(self, style: Style) -> bool:
        """Whether words in this style belong to this song. Its feeling may change on the way."""
        if _score_of(style) != _score_of(self.style):
            return False
        self.style, self._felt = style, feeling(style)
        return True

    def words(self, text: str) -> str:
        """The text, or if a song begins without one the tune's own words, or la la la."""
        if has_sound(text) or self._lines:
            return text
        return self._choice.lyrics or "\n".join(
            " ".join([LA] * count) for count in self._choice.melody.shape()
        )

    def plan(self, text: str) -> list[Line]:
        """The lines of this text, all at once, so that what is wrong is known before the first."""
        lines: list[Line] = []
        for verse in text.splitlines():
            waiting = clauses(verse) if has_sound(verse) else []
            while waiting:
                words, waiting = first(waiting, self._wants(), self._say)
                take = self._say(words)
                if found := syllables(take):
                    lines.append(self._placed(take, found, words.strip()))
        return lines

    def _wants(self) -> int:
        return rap.WANTED if self.style.mode == "rap" else self._choice.melody.wants()

    def _placed(self, take: Take, found: Sequence[Syllable], words: str) -> Line:
        self._lines += 1
        where = f"Line {self._lines}, {words[:60]!r},"
        place = self._rapped if self.style.mode == "rap" else self._tuned
        sung, after = place(found, where)
        if after > MOST_S:
            raise Refused(
                f"{where} begins after {self._now:.0f} s; a song is 180 s at most: cut it."
            )
        if self._lines == 1:
            self._origin = round((self._now - BEFORE_S) * RATE) - lead(found[0])
        begin = self._origin + self._written
        until = max(sung[-1].end, after - UPBEAT_S) if self.style.mode == "rap" else sung[-1].end
        rows = int((until * RATE - begin) / HOP) + 1
        self._now, self._written = after, self._written + rows * HOP
        return Line(take, sung, begin, rows)

    def _tuned(self, found: Sequence[Syllable], where: str) -> tuple[tuple[Sung, ...], float]:
        beat = 60 / self.bpm
        slots = self._choice.melody.line(found, 1000 * beat, where)
        sung = tuned(slots, found, self._now, beat, self._shift)
        last = sung[-1].tones[-1]
        after = last.end + slots[-1].rest * beat
        breath = min(BREATH_S, BREATH_SHARE * (last.end - last.start))
        return shortened(sung, max(last.end - breath, min(last.end, after - BREATH_S))), after

    def _rapped(self, found: Sequence[Syllable], where: str) -> tuple[tuple[Sung, ...], float]:
        if rap.bars(len(found)) > rap.LONGEST_BARS:
            raise Refused(f"{where} has {len(found)} syllables, too many for a line: cut it.")
        slot_s = 15 / self.bpm
        starts = [self._now + slot * slot_s for slot in rap.placed(found, self.bpm)]
        after = self._now + 240 / self.bpm * rap.bars(len(found))
        ends = [*starts[1:], after - slot_s / 2]
        pitches = self._spoken(found)
        return tuple(
            Sung(it, (Tone(start, min(end, start + _said_s(it)), pitch),))
            for it, start, end, pitch in zip(found, starts, ends, pitches, strict=True)
        ), after

    def _spoken(self, found: Sequence[Syllable]) -> list[float]:
        """Pitches of rap: stress lies high, and the line falls."""
        many = max(1, len(found) - 1)
        return [
            self._middle + 1.5 + 3.0 * it.stressed - 2.5 * at / many for at, it in enumerate(found)
        ]

    def perform(self, line: Line) -> Said:
        layout = laid(line.sung, line.begin)
        if self.style.mode == "hum":
            source, place = self._hum()
            score = hummed(line, layout, place, self._felt)
        else:
            source = Source(line.take.pcm, line.take.phonemes)
            how = RAPPING if self.style.mode == "rap" else SINGING
            score = scored(line, layout, source, how, self._felt)
        blocks = render(source, score, self._lines)
        if self._drums:
            blocks = self._with_drums(blocks, line.begin)
        return Said(
            line.rows * HOP,
            layout.clock.words(line.take.words),
            layout.clock.phonemes(line.take.phonemes),
            pressed(blocks, self.style.energy),
        )

    def _hum(self) -> tuple[Source, float]:
        """A closed mouth, and the frame in the middle of its sound."""
        take = self._say(HUM)
        last = [it for it in take.phonemes if it.name][-1]
        return Source(take.pcm, take.phonemes), (last.start + last.end) / 2 / HOP

    def _with_drums(self, blocks: Iterator[Array], begin: int) -> Iterator[Array]:
        for block in blocks:
            yield block + drums(begin, len(block), self.bpm)
            begin += len(block)


def _score_of(style: Style) -> tuple[object, ...]:
    return style.mode, style.melody, style.bpm, style.pace, style.pitch, style.language


def _said_s(syllable: Syllable) -> float:
    """How long a syllable is said from its vowel on, at most, in seconds."""
    return (syllable.end - syllable.nucleus.start) / RATE + _SAYING_S
