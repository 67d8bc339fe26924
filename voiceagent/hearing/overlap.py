"""Judges what is said over the agent: a backchannel, an interruption or nothing.

Words lead where there are any. The words of a recogniser's live partials are shaky: they must stay
the same from one look to the next. Beside them count how long the speech is, how loud against what
the user usually is, and whether it is an echo. Where it is not known what the agent plays, words
alone count, and count at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from voiceagent.events import Event, Heard, Judged, SpeechStarted, SpeechStopped, Verdict
from voiceagent.hearing.live import Live
from voiceagent.hearing.saying import assents, clear_stop, judge
from voiceagent.hearing.trial import LEAST_MS, Levels
from voiceagent.parts import FRAME_MS, Cue, Expect, Frame, Listener, Reset

Said = tuple[Verdict, str]
ASIDE = "far quieter than usual"
LONG_AGO = -60_000
NEW_WORDS = 3  # so many live ones are more than a backchannel misheard


@dataclass(frozen=True, slots=True)
class Wording:
    """When words over the agent's own are believed."""

    stand_ms: int = 100  # live words: if they have not changed for so long
    certain_ms: int = 350  # and the speech has lasted so long
    new_ms: int = 600  # new words before that may still become a backchannel's
    sure: float = 0.8  # the last words of short speech: if each is so likely right
    mixed_ms: int = 2_000  # so soon after an echo they may be the agent's own


@dataclass(frozen=True, slots=True)
class Bounds:
    """What decides where words do not."""

    wording: Wording = Wording()
    brief_ms: tuple[int, int] = (800, 900)  # speech shorter than this may be a backchannel:
    soft_db: tuple[float, float] = (1.0, -3.0)  # so loud beside the user's usual, and so soft
    aside_db: float = -11.0  # speech so far below the user's usual level is not for the agent
    turned_db: float = -8.0  # and above this it is again
    again_ms: int = 400  # a verdict of "nothing" holds so long while the sound goes on


class OverlapEar:
    """Needs the words of an ear before it in the chain."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()

    def listen(self) -> Listener:
        return OverlapListener(self._bounds)


class OverlapListener:
    """Says its verdict when it changes, not at every partial; "nothing" also while that goes on.

    Where the agent has asked something, "yes" and the like are no backchannel but the answer.
    """

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()
        self._levels = Levels()
        self._asked = False
        self._echo_at = LONG_AGO
        self._forget()

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        self._levels.hear(frame)
        now = frame.at + FRAME_MS
        for event in seen:
            match event:
                case SpeechStarted(begin=begin):
                    self._levels.start(begin, fresh=self._last in ("backchannel", "noise"))
                    self._forget()
                case SpeechStopped(end=end):
                    self._levels.stop(end)
                case Judged(verdict="noise"):
                    self._echo_at = now
                    self._levels.pass_over(now)
                case Heard():
                    yield from self._weigh(event)
        yield from self._measure(now)

    def tell(self, cue: Cue) -> Iterable[Event]:
        if isinstance(cue, Reset):
            self._forget()
        if isinstance(cue, Expect):
            self._asked = cue.kind != "open"
        return ()

    def _forget(self) -> None:
        self._last: Verdict | None = None
        self._live = Live()
        self._said_at = LONG_AGO
        self._aside = False

    # --- words -------------------------------------------------------------------------------

    def _weigh(self, heard: Heard) -> Iterator[Judged]:
        speech = self._levels.stretch
        if speech is None or not speech.over:
            said = judge(heard.text, heard.final)
        elif self._echoes(heard.at):
            return
        elif not heard.final:
            self._live = self._live.then(heard)
            return
        else:
            said = self._final(heard)
        if said is not None:
            yield from self._say(heard.at, said, assents(heard.text))

    def _shaky(self, now: int) -> Said | None:
        """Live words say nothing before they have stood for a while; "no" is often a mere hum."""
        wording, ms = self._bounds.wording, self._ms(now)
        words = self._live.standing(now - wording.stand_ms)
        said = judge(" ".join(words), final=False)
        if said is None or ms < wording.certain_ms:
            return None
        clear = said[0] == "backchannel" or clear_stop(" ".join(words))
        few = len(words) < NEW_WORDS or ms < wording.new_ms
        if not clear and (few or self._doubtful(now)):
            return None
        return self._with_figures(now, said)

    def _final(self, heard: Heard) -> Said | None:
        """At the end of short speech only words that are certain make an interruption."""
        now, brief = heard.at, self._ms(heard.at) < self._brief_ms()
        said = judge(heard.text, final=True)
        if said is None:
            return None
        if self._far_off():
            said = "noise", ASIDE
        elif said[0] == "noise" and (stop := self._live.stop):
            said = "interruption", f"may have asked to stop: {stop}"
        elif said[0] == "interruption" and brief:
            said = self._certain(heard, said)
        return self._with_figures(now, said)

    def _certain(self, heard: Heard, said: Said) -> Said:
        """Few words may be misheard, and those heard after an echo may be the agent's own."""
        if self._mixed(heard.at) and not clear_stop(heard.text):
            return "noise", "short, and after an echo"
        sure = min((word.confidence for word in heard.words), default=1.0)
        if sure < self._bounds.wording.sure:
            return "backchannel", f"short, and {sure:.0%} sure of its words"
        return said

    # --- the sound ---------------------------------------------------------------------------

    def _measure(self, now: int) -> Iterator[Judged]:
        """What length and level say, while it goes on."""
        speech = self._levels.stretch
        if speech is None or not speech.over or speech.end is not None or self._echoes(now):
            return
        if self._far_off():
            if speech.ms(now) >= LEAST_MS and now - self._said_at >= self._bounds.again_ms:
                self._last = None
                yield from self._say(now, self._with_figures(now, ("noise", ASIDE)))
        elif speech.ms(now) >= self._brief_ms():
            yield from self._say(now, self._with_figures(now, ("interruption", "goes on")))
        elif said := self._shaky(now):
            yield from self._say(now, said, assents(" ".join(self._live.standing(now))))

    def _ms(self, now: int) -> int:
        speech = self._levels.stretch
        return speech.ms(now) if speech is not None else 0

    def _brief_ms(self) -> int:
        """Backchannels are soft: what is as loud as ever need not last so long to be none. Where
        there are echoes, one may just have begun.
        """
        (least, most), (loud_db, soft_db) = self._bounds.brief_ms, self._bounds.soft_db
        beside = self._levels.beside_usual_db()
        if self._mixed(self._levels.now):
            return most + self._bounds.again_ms
        if beside is None or beside <= soft_db:
            return most
        share = min(1.0, (beside - soft_db) / (loud_db - soft_db))
        return round(most - share * (most - least))

    def _echoes(self, now: int) -> bool:
        return now - self._echo_at < self._bounds.again_ms

    def _doubtful(self, now: int) -> bool:
        """Live words may be those of an echo, or of somebody else in the room."""
        beside = self._levels.beside_usual_db()
        soft = beside is not None and beside < self._bounds.turned_db
        return soft or self._mixed(now)

    def _mixed(self, now: int) -> bool:
        return now - self._echo_at < self._bounds.wording.mixed_ms

    def _far_off(self) -> bool:
        beside = self._levels.beside_usual_db()
        bounds = self._bounds
        limit = bounds.turned_db if self._aside else bounds.aside_db
        self._aside = beside is not None and beside <= limit
        return self._aside

    def _with_figures(self, now: int, said: Said) -> Said:
        """Such as "goes on (0.9 s, 2 dB below your usual)"."""
        figures = f"{self._ms(now) / 1000:.1f} s"
        beside = self._levels.beside_usual_db()
        if beside is not None:
            figures += f", {abs(beside):.0f} dB {'below' if beside < 0 else 'above'} your usual"
        return said[0], f"{said[1]} ({figures})"

    def _say(self, at: int, said: Said, assent: bool = False) -> Iterator[Judged]:
        verdict, why = said
        if verdict == "backchannel" and self._asked:
            verdict, why = "interruption", "an answer to what was asked"
        if verdict != self._last:
            self._last, self._said_at = verdict, at
            yield Judged(at, verdict, why, verdict == "backchannel" and assent)
