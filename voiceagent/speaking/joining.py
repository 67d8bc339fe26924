"""From what a mind thinks to what a voice is given: tags taken off, scraps joined, phrases cut."""

from __future__ import annotations

from dataclasses import replace

from voiceagent.parts import Ended, Phrase, Spoken, Thought, ToolCall
from voiceagent.speaking.phrases import SUNG_LENGTHS, USUAL, Lengths, Splitter
from voiceagent.speaking.styling import laid_over
from voiceagent.speaking.tags import PLAIN, Piece, Tag, Tags, tagged
from voiceagent.style import SUNG, Sound, Style


class Joiner:
    """Cuts phrases from the scraps of a streaming model; whole phrases pass as they are.

    A tag holds from where it stands to the end of the reply, or until another takes its place.
    """

    def __init__(self, base: Style = PLAIN, *, verbatim: bool = False) -> None:
        self._base = base  # the session's: it may be one for singing
        self._verbatim = verbatim  # what stands in brackets is said too
        self._splitter = Splitter(lengths_of(base))
        self._tags = Tags()
        self._like = Phrase("")
        self._spaced = False  # the words so far end with a space
        self._manner = PLAIN  # what tags have set
        self._sounds: tuple[Sound, ...] = ()  # that come before the next words

    def feed(self, thought: Thought) -> list[Phrase]:
        if not isinstance(thought, Phrase):
            return self.flush()
        if not thought.goes_on:
            before = self.flush()
            return [*before, *([thought] if self._verbatim else self._whole(thought))]
        before = self.flush() if thought.style != self._like.style else []
        self._like = replace(thought, goes_on=False, sounds=())
        self._sounds += thought.sounds
        return [*before, *self._cut(self._tags.feed(thought.text))]

    def flush(self) -> list[Phrase]:
        return [*self._cut(self._tags.flush()), *self._rest()]

    def end(self) -> list[Phrase]:
        """The last phrases; a laugh may be all that is left."""
        phrases = self.flush()
        if self._sounds:
            phrases.append(self._said(replace(self._like, expects=None), ""))
        return phrases

    def _whole(self, phrase: Phrase) -> list[Phrase]:
        """A phrase that its mind has cut itself."""
        phrases = []
        self._like, self._sounds = replace(phrase, sounds=()), self._sounds + phrase.sounds
        for piece in tagged(phrase.text):
            if isinstance(piece, Tag):
                self._heed(piece)
            elif piece.strip() or piece == phrase.text:
                phrases.append(self._said(self._like, piece))
        return phrases or ([self._said(phrase, "")] if phrase.expects else [])

    def _cut(self, pieces: list[Piece]) -> list[Phrase]:
        phrases = []
        for piece in pieces:
            if isinstance(piece, Tag):
                phrases += self._rest(" " if self._spaced else "")
                self._heed(piece)
            else:
                phrases += [self._said(self._like, text) for text in self._splitter.feed(piece)]
                self._spaced = piece[-1].isspace()
        return phrases

    def _rest(self, space: str = "") -> list[Phrase]:
        return [self._said(self._like, text + space) for text in self._splitter.flush()]

    def _heed(self, tag: Tag) -> None:
        self._manner = tag.on(self._manner)
        self._sounds += (tag.sound,) if tag.sound else ()
        self._splitter.lengths = lengths_of(laid_over(self._manner, self._base))

    def _said(self, phrase: Phrase, text: str) -> Phrase:
        sounds, self._sounds = self._sounds, ()
        style = laid_over(self._manner, phrase.style)
        return replace(phrase, text=text, style=style, sounds=sounds)


class Pen:
    """The same for what is only written: without tags, and as it comes."""

    def __init__(self, *, verbatim: bool = False) -> None:
        self._tags = None if verbatim else Tags()

    def write(self, thought: Thought) -> list[Spoken | ToolCall | Ended]:
        if not isinstance(thought, Phrase):
            rest = self.rest()
            return [rest, thought] if rest else [thought]
        text = thought.text
        if self._tags is not None:
            pieces = self._tags.feed(text)
            text = worded(pieces if thought.goes_on else [*pieces, *self._tags.flush()])
        return [Spoken(text=text, expects=thought.expects)] if text or thought.expects else []

    def rest(self) -> Spoken | None:
        text = worded(self._tags.flush()) if self._tags is not None else ""
        return Spoken(text=text) if text else None


def worded(pieces: list[Piece]) -> str:
    return "".join(piece for piece in pieces if isinstance(piece, str))


def lengths_of(style: Style) -> Lengths:
    """A line that is sung is not cut for a quick start."""
    return SUNG_LENGTHS if style.mode in SUNG else USUAL
