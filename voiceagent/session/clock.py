"""Session time: it runs with the wall clock, and audio that comes faster than real time pushes it
ahead.
"""

from __future__ import annotations

import anyio


class Clock:
    """Milliseconds since the session began. Never falls, and never waits for late audio."""

    def __init__(self) -> None:
        self._zero = anyio.current_time()
        self._ahead = 0

    def now(self) -> int:
        return self.wall() + self._ahead

    def wall(self) -> int:
        """Milliseconds on the wall clock alone: playback stays on it."""
        return round((anyio.current_time() - self._zero) * 1000)

    def reach(self, position: int) -> None:
        """Audio up to here has arrived, so it cannot be earlier."""
        self._ahead = max(self._ahead, position - self.wall())


class Tape:
    """Where in session time the appended audio lies: gaps in the stream are gaps on the tape.

    Positions in session time count for the engine; the protocol counts appended audio only.
    """

    MOST = 64  # gaps remembered; positions before the oldest are counted from it

    def __init__(self) -> None:
        self._joins: list[tuple[int, int]] = [(0, 0)]  # (session ms, appended ms)
        self.end = 0  # session ms
        self.appended = 0

    def jump(self, position: int) -> None:
        """The next frame lies at this session time, not at the end of the last one."""
        if position <= self.end:
            return
        self.end = position
        self._joins.append((position, self.appended))
        del self._joins[: -self.MOST]

    def add(self, ms: int, appended: bool = True) -> None:
        """Frames arrived, or, with `appended` false, silence was put in where they were missing."""
        self.end += ms
        if appended:
            self.appended += ms
        else:
            self._joins.append((self.end, self.appended))
            del self._joins[: -self.MOST]

    def appended_at(self, position: int) -> int:
        """How much audio had been appended when the tape was at this session time."""
        at, appended = self._joins[0]
        for join_at, join_appended in self._joins:
            if join_at > position:
                return max(0, min(join_appended, appended + max(0, position - at)))
            at, appended = join_at, join_appended
        return max(0, min(self.appended, appended + max(0, position - at)))

    def position_of(self, appended: int) -> int:
        """Where the tape was when so much had been appended: behind a gap, where one lies there."""
        joins = (join for join in reversed(self._joins) if join[1] <= appended)
        at, before = next(joins, self._joins[0])
        return max(0, at + appended - before)
