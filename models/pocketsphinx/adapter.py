"""Words of a known domain, without a network: pocketsphinx with a language model of its own making.

It holds the GIL while it decodes: let it run in a worker process.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module

from voiceagent.errors import ConfigError, MissingExtra, ModelError
from voiceagent.events import Event, Heard, HeardWord, Scored, Settle, SpeechStarted, SpeechStopped
from voiceagent.parts import FRAME_MS, UNCLEAR, Cue, Expect, Frame, Listener, Reset, Tune

from .decode import Decoded, Recogniser, Sphinx
from .domain import cache_folder, make
from .ending import finished
from .partial import Live
from .phrases import find, key, texts
from .telling import Told, joined, sounding, told
from .turn import Pieces, Turn

PAUSE_MS = 300  # a turn may be cut in parts at a pause so long
FURTHER_MS = 300  # the same words are told again when they have grown so much
ANSWERS = {
    "yes_no": (
        "(yes|yeah|yep|yes please|sure|okay|of course|no|nope|no thanks|no thank you|not now)",
        "(yes|no) (i do|i don't|it is|it isn't|that's right|please|thank you|i'm not sure)",
    ),
    "digits": ("{0..99}", *(" ".join(["{0..9}"] * n) for n in (1, 2, 3, 4, 6, 8, 10))),
}
Asked = tuple[str, tuple[str, ...]]
"""A kind of answer, and sentences."""
OPEN: Asked = "open", ()
KEPT = 8  # recognisers of what was asked for lately; each takes some 8 MB
LONGEST_PROMPT = 2_000
TUNED_MS = 2_000  # of audio between two changes of a client's, but for one as speech begins
SENTENCE_ENDS = re.compile(r"[.?!;,\n]+")


@dataclass(frozen=True, slots=True)
class Options:
    phrases: tuple[str, ...] = ("assistant", "english")  # of configs/phrases, or paths of your own
    extra: tuple[str, ...] = ()  # sentences that skills, tools and the persona declare
    reject_below: float = 0.5  # words less likely right than this are not told
    unclear: str = UNCLEAR  # what is told instead; empty: nothing was said
    whole_ms: int = 8_000  # a turn up to this long is decoded whole at each pause
    cache: str = ""  # a folder for language models; empty: ~/.cache/voiceagent


def build(options: Options) -> PocketSphinx:
    if not options.phrases and not options.extra:
        raise ConfigError("pocketsphinx.phrases: without any there is nothing to recognise")
    try:
        library = import_module("pocketsphinx")
    except ImportError as error:
        raise MissingExtra("pocketsphinx", "pip install pocketsphinx") from error
    return PocketSphinx(options, Sphinx(library))


class PocketSphinx:
    """Language models are made once; the recogniser of each serves every session."""

    def __init__(self, options: Options, sphinx: Sphinx) -> None:
        self.options = options
        self._sphinx = sphinx
        self._cache = cache_folder(options.cache)
        self._files = tuple(find(name) for name in options.phrases)
        self._recognisers: dict[Asked, Recogniser] = {}
        self.recogniser(OPEN)

    def listen(self) -> Listener:
        return Hearing(self)

    def recogniser(self, asked: Asked) -> Recogniser:
        """The recogniser for a domain in which these answers are expected most."""
        found = self._recognisers.pop(asked, None) or self._make(asked)
        self._recognisers[asked] = found
        if len(self._recognisers) > KEPT:
            self._recognisers.pop(next(key for key in self._recognisers if key != OPEN))
        return found

    def _make(self, asked: Asked) -> Recogniser:
        said = self._files, self.options.extra, ANSWERS.get(asked[0], ()), asked[1]
        try:
            domain = make(lambda: texts(*said), key(*said), self._sphinx.dictionary, self._cache)
            return Recogniser(self._sphinx, domain)
        except (OSError, RuntimeError, ValueError) as error:
            raise ModelError("pocketsphinx", f"cannot load its language model: {error}") from error


class Hearing:
    """One session's stream. Needs a detector before it in the chain."""

    def __init__(self, ear: PocketSphinx) -> None:
        self._ear = ear
        self._expect, self._tune = Expect(), Tune()
        self._stale, self._chosen = False, -TUNED_MS  # the tune is new; when one was taken last
        self._recogniser = ear.recogniser(OPEN)
        self._turn = Turn()
        self._live = Live(self._recogniser)
        self._decoded: tuple[Pieces, Decoded] = (), Decoded()
        self._before: tuple[HeardWord, ...] = ()  # those of `turn.done`
        self._settled = 0  # how far the turn is decided
        self._told = Heard(0, "", 0)
        self._voice: float | None = None  # how finished the turn sounds to an ear before this one

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        self._turn.hear(frame)
        if self._stale and self._turn.begin is None and frame.at >= self._chosen + TUNED_MS:
            self._choose()
        for event in seen:
            if isinstance(event, SpeechStarted):
                self._start(event.begin)
            elif isinstance(event, SpeechStopped):
                self._turn.stop(event.end)
            elif isinstance(event, Scored):
                self._voice = event.probability
        return self._listen(frame.at + FRAME_MS) if self._turn.talking else ()

    def tell(self, cue: Cue) -> Iterable[Event]:
        match cue:
            case Settle(until=until):
                return self._settle(until)
            case Reset():
                self._reset()
            case Expect():
                self._expect = cue
                self._choose()
            case Tune():
                self._tune, self._stale = cue, True
        return ()

    def _start(self, begin: int) -> None:
        turn = self._turn
        if not turn.talking:
            if self._stale and turn.begin is None:
                self._choose()
            self._let_go(begin)
            turn.start(begin)
            self._voice = None

    def _listen(self, now: int) -> list[Event]:
        words = self._live.listen(self._turn.sound, self._turn.pieces(now), self._recogniser)
        _, decoded = self._decoded
        fresh = [word for word in words if word.begin_ms + word.end_ms > 2 * self._settled]
        if not fresh:
            return []
        before = self._trusted(decoded) if self._decoded[0] else ()
        text = " ".join((*self._turn.done, *before, *(word.text for word in fresh)))
        until = min(now, fresh[-1].end_ms)
        if text == self._told.text and until - self._told.until < FURTHER_MS:
            return []
        self._told = Heard(now, text, until)
        return [self._told]

    def _settle(self, until: int) -> list[Event]:
        turn = self._turn
        now = turn.sound.end
        whole = joined(self._before, self._found(self._decode(until), until))
        text = whole.texts
        self._settled = until
        said = Heard(now, " ".join(text), until, True, whole.words, whole.others)
        events: list[Event] = [said]
        if text and text[-1] != self._ear.options.unclear:
            events.append(Scored(now, self._finished(text)))
        return events

    def _finished(self, text: tuple[str, ...]) -> float:
        return finished(text, self._recogniser.ends(text), self._voice, self._expect)

    def _reset(self) -> None:
        self._turn.reset(self._settled)
        self._before = ()
        self._live.reset()
        self._decoded, self._told = ((), Decoded()), Heard(0, "", 0)
        if self._turn.begin is not None:
            self._settled = self._turn.begin  # the live words before it are of the old turn

    def _choose(self) -> None:
        """Take the recogniser for what is expected now; the live decoder follows when it starts."""
        prompt = filter(None, SENTENCE_ENDS.split(self._tune.prompt[:LONGEST_PROMPT]))
        kind = self._expect.kind if self._expect.kind in ANSWERS else OPEN[0]
        phrases = (*self._expect.phrases, *prompt, *self._tune.phrases)
        self._recogniser = self._ear.recogniser((kind, phrases))
        self._stale, self._chosen = False, self._turn.sound.end

    def _decode(self, until: int) -> Decoded:
        """Decode the speech up to there, unless that was just done."""
        stretches = self._turn.stretches(until)
        if stretches != self._decoded[0]:
            pieces = self._turn.pieces(until)
            decoded = self._live.finish(self._turn.sound, pieces, self._recogniser)
            self._decoded = stretches, decoded
        return self._decoded[1]

    def _found(self, decoded: Decoded, until: int) -> Told:
        options = self._ear.options
        pieces = sounding(self._turn.pieces(until), self._turn.sound)
        return told(decoded, pieces, options.reject_below, options.unclear)

    def _trusted(self, decoded: Decoded) -> tuple[str, ...]:
        if decoded.words and decoded.confidence < self._ear.options.reject_below:
            return (self._ear.options.unclear,) if self._ear.options.unclear else ()
        return tuple(word.text for word in decoded.words)

    def _let_go(self, begin: int) -> None:
        """What is too long to be decoded again at every pause is done with, if the speech that
        begins here begins after a real one.
        """
        stretches = self._turn.stretches(begin)
        length = sum(end - start for start, end in stretches)
        if not stretches or length <= self._ear.options.whole_ms:
            return
        pause = begin - stretches[-1][1]
        if pause >= PAUSE_MS or length > 2 * self._ear.options.whole_ms:
            found = self._found(self._decode(begin), begin)
            self._turn.done_with(begin, found.texts)
            self._before += found.words
            self._live.reset()
            self._decoded = (), Decoded()
