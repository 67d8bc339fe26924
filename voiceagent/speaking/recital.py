"""A text read aloud outside a conversation: in phrases, so that its sound begins at once."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, replace

from voiceagent.audio import Resampler
from voiceagent.parts import Phrase, Voice
from voiceagent.speaking.ability import unknown_voice
from voiceagent.speaking.joining import lengths_of
from voiceagent.speaking.phrases import USUAL, Lengths, Splitter
from voiceagent.speaking.styling import settled
from voiceagent.style import Style

RATE = 24_000


@dataclass(frozen=True, slots=True)
class Recital:
    """What a voice is given. `lacks`: what was asked for and is not done, and what is instead."""

    phrases: tuple[Phrase, ...]
    voice: str = ""
    lacks: tuple[str, ...] = ()


def rehearse(text: str, style: Style, voice: Voice, name: str = "") -> Recital:
    can = voice.styles()
    how = settled(style, can)
    lacks = how.lacks
    if stranger := unknown_voice(name, can):
        names = ", ".join(can.voices)
        lacks = (*lacks, f"voice {name!r} became the profile's own (there are: {names})")
    phrases = [Phrase(phrase, how.style) for phrase in phrases_of(text, lengths_of(how.style))]
    if phrases:
        phrases[0] = replace(phrases[0], sounds=how.sounds)
    return Recital(tuple(phrases), "" if stranger else name, lacks)


def phrases_of(text: str, lengths: Lengths = USUAL) -> list[str]:
    """Markdown and emoji are not read out, unless there is nothing else."""
    for verbatim in (False, True):
        splitter = Splitter(lengths, verbatim=verbatim)
        phrases = splitter.feed(text) + splitter.flush()
        if any(phrase.strip() for phrase in phrases):
            return phrases
    return []


async def recite(voice: Voice, recital: Recital) -> AsyncGenerator[bytes, None]:
    """Its sound at 24 kHz, piece by piece; none for what has no sound."""
    resampler: Resampler | None = None
    async with aclosing(voice.speak(one_by_one(recital.phrases), recital.voice)) as spoken:
        async for piece in spoken:
            if not piece.pcm:
                continue
            if resampler is None or resampler.source_rate != piece.rate:
                resampler = Resampler(piece.rate, RATE)
            if pcm := resampler.feed(piece.pcm):
                yield pcm
    if resampler is not None and (tail := resampler.flush()):
        yield tail


async def one_by_one(phrases: tuple[Phrase, ...]) -> AsyncIterator[Phrase]:
    for phrase in phrases:
        yield phrase
