"""How long and how loud speech over a reply is, against how loud its speaker usually is."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

from voiceagent.audio import dbfs
from voiceagent.parts import FRAME_MS, Frame

LOUD_SHARE = 0.25  # the level of speech is that of its loudest quarter: pauses do not count
TURNS = 8  # the usual level is the median of so many
LEAST_MS = 300  # less speech does not say how loud somebody speaks
LOOK_BACK_MS = 400  # speech is known to have begun so long after it did, at most
GAP_MS = 250  # speech goes on after a silence so short
LONGEST_MS = 4_000  # of one stretch of speech is measured


def loud(levels: list[float]) -> float:
    """The level of the loudest quarter, in dB."""
    return sorted(levels, reverse=True)[round(LOUD_SHARE * len(levels))]


class Usual:
    """How loud the user speaks while nobody else does. None: not known yet."""

    def __init__(self) -> None:
        self._turns: deque[float] = deque(maxlen=TURNS)

    def hear(self, level_db: float) -> None:
        self._turns.append(level_db)

    @property
    def level_db(self) -> float | None:
        return median(self._turns) if self._turns else None


@dataclass(slots=True)
class Stretch:
    """Speech from `begin` on. `over`: the agent could be heard in it, or just before."""

    begin: int
    over: bool = False
    levels: list[float] = field(default_factory=list)
    end: int | None = None
    before_ms: int = 0  # of speech that this goes on from
    earlier: list[float] = field(default_factory=list)  # its levels

    def ms(self, now: int) -> int:
        return self.before_ms + (now if self.end is None else self.end) - self.begin


class Levels:
    """Measures speech as a detector before it in the chain finds it."""

    def __init__(self) -> None:
        self.usual = Usual()
        self.stretch: Stretch | None = None
        self.now = 0
        self._lately: deque[tuple[int, float, bool]] = deque(maxlen=LOOK_BACK_MS // FRAME_MS)

    def hear(self, frame: Frame) -> None:
        self.now = frame.at + FRAME_MS
        playing = frame.reference is not None
        level = dbfs(frame.near)
        self._lately.append((frame.at, level, playing))
        speech = self.stretch
        if speech is not None and speech.end is None:
            speech.over |= playing
            if len(speech.levels) < LONGEST_MS // FRAME_MS:
                speech.levels.append(level)

    def start(self, begin: int, fresh: bool) -> Stretch:
        """What lies before the frame in which it is noticed is looked up. `fresh`: it does not go
        on from speech that ended just before, for that has been judged.
        """
        lately = list(self._lately)
        levels = [level for at, level, _ in lately if at + FRAME_MS > begin]
        over = any(playing for *_, playing in lately)
        before_ms, earlier = (0, []) if fresh else self._goes_on_from(begin)
        self.stretch = Stretch(begin, over, levels, before_ms=before_ms, earlier=earlier)
        return self.stretch

    def pass_over(self, now: int) -> None:
        """What was heard up to now was nobody's speech."""
        if self.stretch is not None and self.stretch.end is None:
            self.stretch = Stretch(now, self.stretch.over)

    def _goes_on_from(self, begin: int) -> tuple[int, list[float]]:
        """How long, and how loud, the speech over the reply was that ended just before."""
        last = self.stretch
        if last is None or last.end is None or not last.over or begin - last.end > GAP_MS:
            return 0, []
        return last.ms(begin), [*last.earlier, *last.levels][-LONGEST_MS // FRAME_MS :]

    def stop(self, end: int) -> None:
        """Speech that nobody spoke over tells how loud the user usually is."""
        speech = self.stretch
        if speech is None or speech.end is not None:
            return
        speech.end = max(end, speech.begin)
        ms = speech.end - speech.begin
        del speech.levels[max(1, ms // FRAME_MS) :]
        if not speech.over and ms >= LEAST_MS and speech.levels:
            self.usual.hear(loud(speech.levels))

    def beside_usual_db(self) -> float | None:
        """How much louder this speech is than the user usually is; None: not known."""
        usual, speech = self.usual.level_db, self.stretch
        if usual is None or speech is None or not speech.levels:
            return None
        return loud([*speech.earlier, *speech.levels]) - usual
