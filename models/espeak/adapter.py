"""espeak-ng as a voice: every language at next to no cost, with exact word times.

It is not loaded before `build`, which the house calls in a worker process. How the sound is made
and shaped is in `studio.py`; here is what is said when, in which language, with which pauses.
"""

from __future__ import annotations

import logging
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from typing import TypeVar
from zlib import crc32

from anyio import CapacityLimiter, to_thread

from voiceagent.audio import silence
from voiceagent.errors import ConfigError, MissingExtra, Refused
from voiceagent.parts import Phrase, Spoken, Styles, Word
from voiceagent.style import EMOTIONS, SOUNDS, SUNG, Style

from .binding import Library
from .languages import Languages
from .prosody import feeling
from .script import CLAUSE_ENDS, SENTENCE_ENDS, Part, has_sound, parts
from .song_layout import joined
from .song_melody import chosen
from .song_stage import Song
from .song_tunes import names as tune_names
from .studio import MODES, PACES, PITCHES, Said, Stop, Studio, held
from .voices import NAMES, Cast, Character
from .words import Take

log = logging.getLogger("voiceagent.models.espeak")

PIECE_MS = 200
CLAUSE, NOTHING = 0.5, 0.15  # of the pause between sentences
LATIN = "en-us"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Options:
    voice: str = "ben"  # who speaks if the session names nobody whom we know; or a variant
    language: str = "en-us"  # of Latin letters, if neither the style nor the voice says it
    words_per_minute: int = 175  # at pace 1
    pause_ms: int = 300  # between two sentences, at pace 1
    accompany: bool = True  # rap comes with drums


def build(options: Options) -> EspeakVoice:
    try:
        wheel = import_module("espeakng_loader")
    except ImportError as error:
        raise MissingExtra("espeak", "pip install espeakng-loader") from error
    voice = EspeakVoice(options, Library(wheel.get_library_path(), wheel.get_data_path()))
    voice.warm_up()
    return voice


class EspeakVoice:
    def __init__(self, options: Options, library: Library) -> None:
        self._options = options
        self._library = library
        self._studio = Studio(library, options.words_per_minute)
        self._languages = Languages(library.languages)
        self._cast = Cast(library.variants)
        self._turns = CapacityLimiter(1)  # in the order in which they came
        default = self._cast.find(options.voice)
        if default is None:
            raise ConfigError(f"espeak.voice is {options.voice!r}; choose of: {', '.join(NAMES)}")
        self._default = default
        try:
            self._latin = self._languages.find(options.language).tag
        except Refused as refusal:
            raise ConfigError(f"espeak.language: {refusal}") from refusal

    def styles(self) -> Styles:
        return Styles(
            emotions=EMOTIONS,
            modes=MODES,
            sounds=SOUNDS,
            languages=self._languages.tags,
            voices=NAMES,
            pace=PACES,
            pitch=PITCHES,
            tunes=tune_names(),
        )

    def warm_up(self) -> None:
        """The first words of all cost a hundred times what the later ones do."""
        for part in parts("Hello.", (self._latin, LATIN)):
            for style in (Style(), Style(emotion="happy")):
                b"".join(self._say(part, style, self._default, Stop()).blocks)

    async def speak(
        self, phrases: AsyncIterator[Phrase], name: str = ""
    ) -> AsyncGenerator[Spoken, None]:
        who = self._cast.find(name) or self._default
        rate, pause_ms = self._library.rate, 0.0
        song: Song | None = None
        async for phrase in phrases:
            text, expects, style = phrase.text, phrase.expects, phrase.style
            lead = await self._sounds(phrase, who)
            if song and not song.goes_on(style):
                song, pause_ms = None, self._pause_ms(".")
            if style.mode in SUNG:
                song = song or await self._song(text, style, who)
            words = song.words(text) if song else text
            text = text if wordless(phrase) else words
            async with aclosing(self._passages(words, style, song, who)) as passages:
                async for said, before_ms, after_ms in passages:
                    pause_ms = max(pause_ms, before_ms)
                    said = replace(said, words=()) if wordless(phrase) else said
                    lead = silence(round(pause_ms * _slower(style)), rate) + lead
                    async with aclosing(self._pieces(said, lead)) as pieces:
                        async for piece in pieces:
                            yield Spoken(piece.pcm, piece.rate, text, piece.words, expects)
                            text, expects = "", None
                    pause_ms, lead = after_ms, b""
            if text.strip() or expects or lead:
                yield Spoken(lead, rate, text if text.strip() else "", expects=expects)

    async def _passages(
        self, text: str, style: Style, song: Song | None, who: Character
    ) -> AsyncGenerator[tuple[Said, float, float], None]:
        """How a text is heard, one after the other, each with the pauses before and after it."""
        if song:
            for line in await self._in_turn(partial(song.plan, text)):
                yield await self._in_turn(partial(song.perform, line)), 0.0, 0.0
            return
        for part in parts(text, self._wanted(style, who)):
            said = await self._make(part, style, who)
            if said.samples:
                before_ms = self._pause_ms(".") if part.line_ends else 0.0
                yield said, before_ms, self._pause_ms(part.text)

    async def _song(self, text: str, style: Style, who: Character) -> Song:
        """A new one. Without words of its own a text is in the language of the tune."""
        choice = chosen(style.melody, style.emotion, crc32(text.encode()))
        wanted = self._wanted(style, who)
        if choice.language and not style.language and not has_sound(text):
            wanted = [self._languages.find(choice.language).tag, *wanted]
        middle = await self._in_turn(
            partial(self._studio.middle, self._languages.find(LATIN).file, who)
        )
        accompany = self._options.accompany
        return Song(style, choice, partial(self._flat, wanted, who), middle, accompany)

    def _flat(self, wanted: Sequence[str], who: Character, text: str) -> Take:
        """In monotone, to be sung."""
        return joined(
            [
                self._studio.flat(part, self._languages.find(part.language).file, who, Stop())
                for part in parts(text, wanted)
            ]
        )

    def _wanted(self, style: Style, who: Character) -> Sequence[str]:
        """The languages that may be spoken, the best first."""
        wanted = [who.language or self._latin, self._latin, LATIN]
        if style.language:
            asked = style.language.strip().lower()
            if not wanted[0].startswith(f"{asked}-"):  # "en", of somebody who speaks en-gb
                wanted.insert(0, self._languages.find(style.language).tag)
        return wanted

    async def _sounds(self, phrase: Phrase, who: Character) -> bytes:
        """The laughs and the like with which a phrase begins."""
        if not phrase.sounds:
            return b""
        file = self._languages.find(LATIN).file
        make = partial(self._studio.sounds, phrase.sounds, file, held(phrase.style), who)
        return await self._in_turn(make)

    async def _make(self, part: Part, style: Style, who: Character) -> Said:
        """Whoever is cancelled stops espeak too."""
        stop = Stop()
        try:
            return await self._in_turn(partial(self._say, part, style, who, stop))
        finally:
            stop.set()

    async def _in_turn(self, make: Callable[[], T]) -> T:
        """In a thread, so that the worker's loop answers meanwhile."""
        return await to_thread.run_sync(make, abandon_on_cancel=True, limiter=self._turns)

    def _say(self, part: Part, style: Style, who: Character, stop: Stop) -> Said:
        file = self._languages.find(part.language).file
        return self._studio.say(part, file, style, who, stop)

    async def _pieces(self, said: Said, lead: bytes) -> AsyncGenerator[Spoken, None]:
        """As the sound is made. The first has the times of all words."""
        rate, before = self._library.rate, len(lead) // 2
        words = tuple(
            Word(word.text, _ms(before + word.start, rate), _ms(before + word.end, rate))
            for word in said.words
        )
        size = 2 * (rate * PIECE_MS // 1000)
        rest = lead
        while block := await self._in_turn(partial(next, said.blocks, b"")):
            rest += block
            while len(rest) >= size:
                yield Spoken(rest[:size], rate, words=words)
                rest, words = rest[size:], ()
        if rest:
            yield Spoken(rest, rate, words=words)

    def _pause_ms(self, before: str) -> float:
        """How long to be silent after this text, if something follows."""
        share = NOTHING
        if SENTENCE_ENDS.search(before):
            share = 1.0
        elif CLAUSE_ENDS.search(before):
            share = CLAUSE
        return share * self._options.pause_ms


def wordless(phrase: Phrase) -> bool:
    """Whether it is hummed without any words in mind."""
    return phrase.style.mode == "hum" and not has_sound(phrase.text)


def _ms(samples: int, rate: int) -> int:
    return round(samples * 1000 / rate)


def _slower(style: Style) -> float:
    """How much longer pauses are in this style."""
    style = held(style)
    felt = feeling(style)
    return math.exp(felt.slowness + felt.pauses) / style.pace
