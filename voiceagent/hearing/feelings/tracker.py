"""Follows how somebody feels through a conversation: the ear at the end of the chain.

It takes what readers of the voice felt and what was heard, weighs both with the turns before, and
tells the whole. It waits for nothing: what is known is told at once, and told better later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from voiceagent.events import (
    NO_READING,
    Event,
    Felt,
    Heard,
    Judged,
    Reading,
    SoundMade,
    SpeechStarted,
    SpeechStopped,
)
from voiceagent.hearing.feelings import labels
from voiceagent.hearing.feelings.data import Language, language_of
from voiceagent.hearing.feelings.reasons import Clue
from voiceagent.hearing.feelings.senses import Senses, Shift
from voiceagent.hearing.feelings.state import Carry, States
from voiceagent.hearing.feelings.weigh import Views, Weighed, weigh
from voiceagent.hearing.feelings.words import Saying, learn, read_words
from voiceagent.hearing.saying import judge
from voiceagent.parts import FRAME_MS, Cue, Frame, Reset, Sample, Sense

LEAST_MS = 500  # shorter speech says nothing of somebody
UNSURE = 0.45  # nothing is claimed of a whole that is less sure
MOSTLY = 0.5  # of the speech: a turn that is so much laughed says nothing of a mood
PIECE_MS = 200  # two laughs that are so near are one
LIVE = 0.4  # how far words are believed that may still change
USER = "user"


@dataclass(frozen=True, slots=True)
class Whole(Felt):
    """What voice, words and the turns before say together; a plain Felt is of the voice alone.

    `guess` holds the probabilities also where they are too unsure for a claim. `sounds`: what was
    heard in the turn that is no word. They are no mood.
    """

    guess: Mapping[str, float] = field(default_factory=dict)
    sounds: tuple[SoundMade, ...] = ()


def claimed(reading: Reading, unsure: float) -> Reading:
    """The reading; without an emotion's name where it is less sure than this."""
    return reading if reading.confidence >= unsure else replace(reading, labels={})


def whole_only(on_event: Callable[[Event], None]) -> Callable[[Event], None]:
    """Hands on everything but what a reader felt in the voice alone, which is told in the whole."""

    def hand_on(event: Event) -> None:
        if not isinstance(event, Felt) or isinstance(event, Whole):
            on_event(event)

    return hand_on


def together(sounds: tuple[SoundMade, ...], more: SoundMade) -> tuple[SoundMade, ...]:
    """One more sound; a long one comes in pieces."""
    if not sounds or sounds[-1].kind != more.kind or more.begin - sounds[-1].end > PIECE_MS:
        return (*sounds, more)
    sure = max(sounds[-1].confidence, more.confidence)
    return (*sounds[:-1], replace(sounds[-1], end=more.end, confidence=sure))


class FeelingsEar:
    """Stands after the readers of the voice and the ear for words. Readers need not be sure: what
    is claimed of the whole is decided here (`unsure`).
    """

    def __init__(self, carry: Carry | None = None, unsure: float = UNSURE) -> None:
        self._carry, self._unsure = carry or Carry(), unsure
        learn()  # now, and not while somebody speaks

    def listen(self) -> FeelingsListener:
        return FeelingsListener(self._carry, self._unsure)


@dataclass(slots=True)
class _Turn:
    """What is known of the turn that is being spoken."""

    voice: Felt | None = None
    heard: Heard | None = None
    weighed: Weighed | None = None
    spoken_ms: int = 0
    first: int | None = None  # where it began
    began: int | None = None  # where the speech began that goes on
    aside: bool = False  # it was nothing but a backchannel or a noise
    final: bool = False  # all of it that will be known was told
    sounds: tuple[SoundMade, ...] = ()
    shift: Shift = (0.0, 0.0)  # what else was measured, in what was told

    @property
    def felt(self) -> Reading:
        """What was felt in the voice; nothing, of this turn, where no reader told anything."""
        if self.voice is not None:
            return self.voice.reading
        until = self.heard.until if self.heard is not None else 0
        return replace(NO_READING, span=(min(until, self.first or 0), until))

    @property
    def laughed(self) -> bool:
        """Whether it was little else."""
        made = sum(sound.end - sound.begin for sound in self.sounds)
        return made > MOSTLY * max(self.spoken_ms, self.voice_ms)

    @property
    def voice_ms(self) -> int:
        """How much speech the reader of the voice went by."""
        begin, end = self.voice.reading.span if self.voice is not None else (0, 0)
        return end - begin


class FeelingsListener:
    """One conversation. `speaks` says who talks, where that is known."""

    def __init__(self, carry: Carry, unsure: float) -> None:
        self._unsure = unsure
        self._states = States(carry)
        self._senses = Senses()
        self._turn = _Turn()
        self._speaker = USER
        self._closing = False
        self._hears_words = False
        self._language: Language = "en"
        self.trace: tuple[Clue, ...] = ()

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        if not seen and not self._closing:
            return ()
        return self._follow(frame.at + FRAME_MS, seen)

    def tell(self, cue: Cue) -> Iterable[Event]:
        """What other ears answer to a cue is seen with the next frame: the turn ends after that."""
        self._closing = self._closing or isinstance(cue, Reset)
        if isinstance(cue, Sense):
            for sample in cue.samples:
                self.sense(sample)
        return ()

    def speaks(self, speaker: str) -> None:
        self._speaker = speaker

    def sense(self, sample: Sample) -> None:
        self._senses.take(sample)

    def _follow(self, at: int, seen: Sequence[Event]) -> Iterator[Event]:
        changed = False
        for event in seen:
            if isinstance(event, SpeechStarted) and self._closing:
                yield from self._close(at, changed)
                changed = False
            changed = self._take(event) or changed
        if self._closing:
            yield from self._close(at, changed)
        elif changed:
            yield from self._tell(at, self._complete())

    def _take(self, event: Event) -> bool:
        """Whether there is something new to tell."""
        turn = self._turn
        match event:
            case SpeechStarted(begin=begin):
                turn.first = begin if turn.first is None else turn.first
                turn.began = begin if turn.began is None else turn.began
                self._senses.begin(begin)
            case SpeechStopped(end=end):
                self._stop(end)
            case Judged(verdict=verdict):
                turn.aside = verdict != "interruption"
            case Felt():
                turn.voice = replace(event, reading=labels.normal(event.reading))
                return True
            case SoundMade():
                turn.sounds = together(turn.sounds, event)
                return turn.weighed is not None
            case Heard(final=final):
                self._hears_words = True
                turn.heard = event
                return final
        return False

    def _stop(self, end: int) -> None:
        turn = self._turn
        if turn.began is not None:
            turn.spoken_ms += max(0, end - turn.began)
        turn.began = None
        self._senses.end(end)

    def _complete(self) -> bool:
        """Whether both voice and words were told for good, as far as both can be."""
        voice, heard = self._turn.voice, self._turn.heard
        felt = voice is None or voice.final
        words = not self._hears_words or (heard is not None and heard.final)
        return felt and words

    def _tell(self, at: int, final: bool) -> Iterator[Event]:
        turn = self._turn
        saying = self._saying()
        turn.shift = self._senses.shift()
        views = Views(turn.felt, saying, turn.shift, self._language)
        weighed = weigh(views, lambda names: self._states.expected(self._speaker, names))
        if turn.voice is None and not weighed.reading.labels and not turn.sounds:
            return
        turn.weighed, turn.final, self.trace = weighed, final, weighed.trace
        claim = claimed(weighed.reading, self._unsure)
        yield Whole(at, claim, final, weighed.reading.labels, turn.sounds)

    def _saying(self) -> Saying | None:
        heard = self._turn.heard
        if heard is None or not heard.text:
            return None
        self._language = language_of(heard.text)
        sure = [word.confidence for word in heard.words] or [1.0 if heard.final else LIVE]
        return read_words(heard.text, sum(sure) / len(sure))

    def _close(self, at: int, changed: bool) -> Iterator[Event]:
        """The turn is over: tell what was not told for good, and carry it over."""
        late = self._senses.shift() != self._turn.shift
        turn = self._turn
        owed = bool(turn.sounds) if turn.weighed is None else late or not turn.final
        if changed or owed:
            yield from self._tell(at, True)
        if turn.weighed is not None and turn.weighed.own and self._counts(turn):
            self._states.add(self._speaker, turn.weighed.own)
        self._senses.forget()
        self._turn, self._closing = _Turn(), False

    def _counts(self, turn: _Turn) -> bool:
        """Bursts and backchannels say nothing about the turns to come."""
        said = judge(turn.heard.text, final=True) if turn.heard and turn.heard.text else None
        short = turn.spoken_ms < LEAST_MS and turn.voice_ms < LEAST_MS
        aside = turn.aside or (said is not None and said[0] == "backchannel")
        return not (aside or short or turn.laughed)
