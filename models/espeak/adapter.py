"""espeak-ng as a voice: every language at next to no cost, with exact word times.

It is not loaded before `build`, which the house calls in a worker process. What espeak makes of a
part of a phrase is a Take; whoever wants to shape the sound does so between `_take` and `_spoken`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module

from anyio import CapacityLimiter, to_thread

from voiceagent.audio import silence
from voiceagent.errors import ConfigError, MissingExtra, Refused
from voiceagent.parts import Phrase, Spoken, Styles, Word
from voiceagent.style import Style

from .binding import Library
from .languages import Languages
from .script import CLAUSE_ENDS, SENTENCE_ENDS, Part, parts
from .tone import PACES, PITCHES, raised, tone
from .voices import NAMES, Cast, Character
from .words import Take, take

log = logging.getLogger("voiceagent.models.espeak")

PIECE_MS = 200
MODES = ("speak", "whisper")
CLAUSE, NOTHING = 0.5, 0.15  # of the pause between sentences
LATIN = "en-us"


@dataclass(frozen=True, slots=True)
class Options:
    voice: str = "ben"  # who speaks if the session names nobody whom we know; or a variant
    language: str = "en-us"  # of Latin letters, if neither the style nor the voice says it
    words_per_minute: int = 175  # at pace 1
    pause_ms: int = 300  # between two sentences, at pace 1


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
            modes=MODES,
            languages=self._languages.tags,
            voices=NAMES,
            pace=PACES,
            pitch=PITCHES,
        )

    def warm_up(self) -> None:
        """The first words of all cost a hundred times what the later ones do."""
        for part in parts("Hello.", (self._latin, LATIN)):
            self._take(part, Style(), self._default, threading.Event())

    async def speak(
        self, phrases: AsyncIterator[Phrase], name: str = ""
    ) -> AsyncGenerator[Spoken, None]:
        who = self._cast.find(name) or self._default
        pause_ms = 0.0
        async for phrase in phrases:
            text, expects = phrase.text, phrase.expects
            if not text.strip():
                if expects:
                    yield Spoken(rate=self._library.rate, expects=expects)
                continue
            for part in parts(text, self._wanted(phrase.style, who)):
                made = await self._make(part, phrase.style, who)
                if made.pcm:
                    if part.line_ends:
                        pause_ms = max(pause_ms, self._pause_ms("."))
                    for piece in self._spoken(made, round(pause_ms / phrase.style.pace)):
                        yield Spoken(piece.pcm, piece.rate, text, piece.words, expects)
                        text, expects = "", None
                    pause_ms = self._pause_ms(part.text)
            if text:
                yield Spoken(rate=self._library.rate, text=text, expects=expects)

    def _wanted(self, style: Style, who: Character) -> Sequence[str]:
        """The languages that may be spoken, the best first."""
        wanted = [who.language or self._latin, self._latin, LATIN]
        if style.language:
            asked = style.language.strip().lower()
            if not wanted[0].startswith(f"{asked}-"):  # "en", of somebody who speaks en-gb
                wanted.insert(0, self._languages.find(style.language).tag)
        return wanted

    async def _make(self, part: Part, style: Style, who: Character) -> Take:
        """In a thread, so that the worker's loop answers meanwhile. Whoever is cancelled stops
        espeak too.
        """
        stop = threading.Event()
        try:
            make = partial(self._take, part, style, who, stop)
            return await to_thread.run_sync(make, abandon_on_cancel=True, limiter=self._turns)
        finally:
            stop.set()

    def _take(self, part: Part, style: Style, who: Character, stop: threading.Event) -> Take:
        file = self._languages.find(part.language).file
        how = tone(style, who, file, self._options.words_per_minute)
        made = take(part.text, self._library.say(part.text, how, stop))
        return Take(raised(made.pcm, style.energy), made.words, made.phonemes)

    def _spoken(self, made: Take, lead_ms: int) -> Iterator[Spoken]:
        """In pieces. The first has the times of all words."""
        rate = self._library.rate
        pcm = silence(lead_ms, rate) + made.pcm
        lead = len(pcm) - len(made.pcm)
        words = tuple(
            Word(word.text, _ms(lead // 2 + word.start, rate), _ms(lead // 2 + word.end, rate))
            for word in made.words
        )
        size = 2 * (rate * PIECE_MS // 1000)
        for start in range(0, len(pcm), size):
            yield Spoken(pcm[start : start + size], rate, words=words)
            words = ()

    def _pause_ms(self, before: str) -> float:
        """How long to be silent after this text, if something follows."""
        share = NOTHING
        if SENTENCE_ENDS.search(before):
            share = 1.0
        elif CLAUSE_ENDS.search(before):
            share = CLAUSE
        return share * self._options.pause_ms


def _ms(samples: int, rate: int) -> int:
    return round(samples * 1000 / rate)
