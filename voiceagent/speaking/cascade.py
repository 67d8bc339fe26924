"""The answerer of most profiles: a mind that finds the words, and a voice that says them."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import replace
from types import TracebackType
from typing import Generic, TypeVar, cast

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from voiceagent.errors import ModelError, VoiceAgentError
from voiceagent.mind.briefing import tell_tags
from voiceagent.parts import (
    Asked,
    Ended,
    Expect,
    Mind,
    Out,
    Phrase,
    Spoken,
    Styles,
    Thought,
    ToolCall,
    Voice,
)
from voiceagent.speaking.ability import audible
from voiceagent.speaking.joining import Joiner, Pen, lengths_of
from voiceagent.speaking.phrases import Splitter
from voiceagent.speaking.styling import PLAIN, in_passing, laid_over, opening, settled, worded
from voiceagent.style import Sound, Style

__all__ = ["Cascade", "Joiner", "laid_over"]

log = logging.getLogger("voiceagent.speaking")

AHEAD = 4
"""How many phrases a mind may be ahead of the voice."""

T = TypeVar("T")


class Cascade:
    """Phrases from the mind go to the voice, its tool calls straight out; no voice: text only.

    When the mind fails, what it said before is still spoken, then its error is raised.
    """

    def __init__(self, mind: Mind, voice: Voice | None = None, ahead: int = AHEAD) -> None:
        self._mind = mind
        self._voice = voice
        self._ahead = ahead

    async def answer(self, asked: Asked, out: Out) -> None:
        if self._voice is None or asked.manner.modality == "text":
            await self._write(asked, out)
        else:
            await self._speak(self._voice, asked, out)

    def _thoughts(self, asked: Asked, base: Style = PLAIN) -> _Guarded[Thought]:
        if asked.unsaid:
            return _Guarded(self, lambda: _recite(asked.unsaid, base))
        return _Guarded(self._mind, lambda: self._mind.think(asked))

    async def _write(self, asked: Asked, out: Out) -> None:
        pen = Pen(verbatim=bool(asked.unsaid))
        try:
            async with self._thoughts(asked) as thoughts:
                async for thought in thoughts:
                    for output in pen.write(thought):
                        await out.send(output)
        except VoiceAgentError:
            await self._finish(pen, out)  # what was thought before is told
            raise
        await self._finish(pen, out)

    async def _finish(self, pen: Pen, out: Out) -> None:
        if rest := pen.rest():
            await out.send(rest)

    async def _speak(self, voice: Voice, asked: Asked, out: Out) -> None:
        can = voice.styles()
        asked = replace(asked, manner=tell_tags(asked.manner, can))
        base = worded(asked.manner.style, can).style
        failure: VoiceAgentError | None = None
        ended: Ended | None = None
        words, phrases = anyio.create_memory_object_stream[Phrase](self._ahead)
        with words, phrases:
            async with anyio.create_task_group() as tasks:
                feed = _Feed(phrases, asked.manner.style, can)
                tasks.start_soon(_say, voice, feed, asked, out)
                try:
                    ended = await self._think(asked, base, words, out)
                except VoiceAgentError as error:
                    failure = error  # raised when the voice has said what came before
                words.close()
        if failure:
            raise failure
        if feed.lacks:
            log.warning("the voice could not do all that was asked: %s", "; ".join(feed.lacks))
            ended = replace(ended or Ended(), lacks=tuple(feed.lacks))
        if ended:
            await out.send(ended)

    async def _think(
        self, asked: Asked, base: Style, words: MemoryObjectSendStream[Phrase], out: Out
    ) -> Ended | None:
        ended: Ended | None = None
        joiner = Joiner(base, verbatim=bool(asked.unsaid))
        try:
            async with self._thoughts(asked, base) as thoughts:
                async for thought in thoughts:
                    for phrase in joiner.feed(thought):
                        await words.send(phrase)
                    if isinstance(thought, Ended):
                        ended = thought  # the reply ends with the voice, not with the mind
                    elif isinstance(thought, ToolCall):
                        await out.send(thought)
        except VoiceAgentError:
            await self._pour(joiner, words)  # what was thought before is said
            raise
        await self._pour(joiner, words)
        return ended

    async def _pour(self, joiner: Joiner, words: MemoryObjectSendStream[Phrase]) -> None:
        for phrase in joiner.end():
            await words.send(phrase)


class _Feed:
    """The phrases as the voice gets them: in the session's style, as far as the voice can do it;
    what they expect is noted.
    """

    def __init__(
        self, phrases: MemoryObjectReceiveStream[Phrase], base: Style, can: Styles
    ) -> None:
        self.lacks: dict[str, None] = {}  # in the order in which they came
        self._phrases = phrases
        self._base = base
        self._can = can
        self._sounds = opening(base, can)
        self._expected: deque[Expect | None] = deque()

    def __aiter__(self) -> _Feed:
        return self

    async def __anext__(self) -> Phrase:
        phrase = self._fit(asked := await anext(self._phrases))
        while asked.sounds and not (phrase.text or phrase.sounds or phrase.expects):
            phrase = self._fit(asked := await anext(self._phrases))  # no laugh, so no phrase
        if phrase.text.strip():
            self._expected.append(phrase.expects)
        return phrase

    def _fit(self, phrase: Phrase) -> Phrase:
        """As the voice can say it."""
        style, foreign = in_passing(phrase.style, self._can)
        how = settled(style, self._can, self._base)
        sounds, silent = audible(phrase.sounds, self._can)
        self.lacks |= dict.fromkeys((*foreign, *how.lacks, *silent))
        before, self._sounds = (*self._sounds, *how.sounds), ()
        made = cast("tuple[Sound, ...]", (*before, *sounds))
        return replace(phrase, style=how.style, sounds=made)

    def mark(self, piece: Spoken) -> Spoken:
        """Give the first piece of a phrase what the phrase expects, if the voice has not."""
        if not piece.text or not self._expected:
            return piece
        expects = self._expected.popleft()
        return replace(piece, expects=expects) if expects and not piece.expects else piece

    def left(self) -> Expect | None:
        """What was expected by a phrase that the voice ran together with another."""
        return next((expects for expects in reversed(self._expected) if expects), None)


async def _say(voice: Voice, feed: _Feed, asked: Asked, out: Out) -> None:
    async with _Guarded(voice, lambda: voice.speak(feed, name=asked.manner.voice)) as pieces:
        async for piece in pieces:
            await out.send(feed.mark(piece))
    async for phrase in feed:
        raise ModelError(type(voice).__name__, f"it ended before it had said {phrase.text!r}")
    if expects := feed.left():
        await out.send(Spoken(expects=expects))


async def _recite(text: str, base: Style) -> AsyncGenerator[Thought, None]:
    splitter = Splitter(lengths_of(base), verbatim=True)
    for phrase in splitter.feed(text) + splitter.flush():
        yield Phrase(phrase)


class _Guarded(Generic[T]):
    """A part's generator, closed in any case; a foreign exception in it is the part's ModelError.

    Not a generator itself: only the part's own steps are guarded, not what is done with its output.
    """

    def __init__(self, part: object, start: Callable[[], AsyncGenerator[T, None]]) -> None:
        self._part = part
        self._start = start

    async def __aenter__(self) -> _Guarded[T]:
        try:
            self._source = self._start()
        except Exception as error:  # the border to foreign code
            raise self._blame(error) from error
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._source.aclose()

    def __aiter__(self) -> _Guarded[T]:
        return self

    async def __anext__(self) -> T:
        try:
            return await anext(self._source)
        except StopAsyncIteration:
            raise
        except Exception as error:  # the border to foreign code
            blamed = self._blame(error)
            if blamed is error:
                raise
            raise blamed from error

    def _blame(self, error: Exception) -> VoiceAgentError:
        while isinstance(error, ExceptionGroup):
            error = error.exceptions[0]
        if isinstance(error, VoiceAgentError):
            return error
        return ModelError(type(self._part).__name__, f"{type(error).__name__}: {error}")
