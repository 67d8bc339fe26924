"""The answerer of most profiles: a mind that finds the words, and a voice that says them."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncGenerator, Callable
from dataclasses import fields, replace
from types import TracebackType
from typing import Generic, TypeVar

import anyio
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream

from voiceagent.errors import ModelError, VoiceAgentError
from voiceagent.parts import (
    Asked,
    Ended,
    Expect,
    Mind,
    Out,
    Phrase,
    Spoken,
    Thought,
    ToolCall,
    Voice,
)
from voiceagent.speaking.phrases import Splitter
from voiceagent.style import LIMITS, Style, faster

AHEAD = 4
"""How many phrases a mind may be ahead of the voice."""

PLAIN = Style()

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

    def _thoughts(self, asked: Asked) -> _Guarded[Thought]:
        if asked.unsaid:
            return _Guarded(self, lambda: _recite(asked.unsaid))
        return _Guarded(self._mind, lambda: self._mind.think(asked))

    async def _write(self, asked: Asked, out: Out) -> None:
        async with self._thoughts(asked) as thoughts:
            async for thought in thoughts:
                if not isinstance(thought, Phrase):
                    await out.send(thought)
                elif thought.text or thought.expects:
                    await out.send(Spoken(text=thought.text, expects=thought.expects))

    async def _speak(self, voice: Voice, asked: Asked, out: Out) -> None:
        failure: VoiceAgentError | None = None
        ended: Ended | None = None
        words, phrases = anyio.create_memory_object_stream[Phrase](self._ahead)
        with words, phrases:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(_say, voice, _Feed(phrases, asked.manner.style), asked, out)
                try:
                    ended = await self._think(asked, words, out)
                except VoiceAgentError as error:
                    failure = error  # raised when the voice has said what came before
                words.close()
        if failure:
            raise failure
        if ended:
            await out.send(ended)

    async def _think(
        self, asked: Asked, words: MemoryObjectSendStream[Phrase], out: Out
    ) -> Ended | None:
        ended: Ended | None = None
        joiner = Joiner()
        try:
            async with self._thoughts(asked) as thoughts:
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
        for phrase in joiner.flush():
            await words.send(phrase)


class Joiner:
    """Cuts phrases from the scraps of a streaming model; whole phrases pass as they are."""

    def __init__(self) -> None:
        self._splitter = Splitter()
        self._like = Phrase("")

    def feed(self, thought: Thought) -> list[Phrase]:
        if not isinstance(thought, Phrase) or not thought.goes_on:
            return [*self.flush(), *([thought] if isinstance(thought, Phrase) else [])]
        before = self.flush() if thought.style != self._like.style else []
        self._like = replace(thought, goes_on=False)
        return [*before, *self._whole(self._splitter.feed(thought.text))]

    def flush(self) -> list[Phrase]:
        return self._whole(self._splitter.flush())

    def _whole(self, texts: list[str]) -> list[Phrase]:
        return [replace(self._like, text=text) for text in texts]


class _Feed:
    """The phrases as the voice gets them: in the session's style; what they expect is noted."""

    def __init__(self, phrases: MemoryObjectReceiveStream[Phrase], base: Style) -> None:
        self._phrases = phrases
        self._base = base
        self._expected: deque[Expect | None] = deque()

    def __aiter__(self) -> _Feed:
        return self

    async def __anext__(self) -> Phrase:
        phrase = await anext(self._phrases)
        if phrase.text.strip():
            self._expected.append(phrase.expects)
        return replace(phrase, style=laid_over(phrase.style, self._base))

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


async def _recite(text: str) -> AsyncGenerator[Thought, None]:
    splitter = Splitter(verbatim=True)
    for phrase in splitter.feed(text) + splitter.flush():
        yield Phrase(phrase)


def laid_over(style: Style, base: Style) -> Style:
    """A phrase's style within the session's: what is plain gives way; pace and energy combine."""
    if base == PLAIN:
        return style
    own = {
        field.name: getattr(style, field.name)
        for field in fields(Style)
        if getattr(style, field.name) != getattr(PLAIN, field.name)
    }
    if "emotion" in own:
        own["intensity"] = style.intensity
    low, high = LIMITS["energy"]
    own["energy"] = min(high, max(low, style.energy + base.energy))
    return faster(replace(base, **{**own, "pace": style.pace}), base.pace)


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
        except Exception as error:
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
        except Exception as error:
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
