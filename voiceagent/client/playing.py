"""How much of a reply the user has heard, as far as the caller's end can know."""

from __future__ import annotations

NEARLY_MS = 40  # so little is not worth stopping for


class Playing:
    """Times are milliseconds on any clock that does not fall."""

    def __init__(self) -> None:
        self.received = 0.0
        self._ends_at = 0.0  # when all that was received will have been played, if played at once
        self._reported: int | None = None

    def add(self, ms: float, now: int) -> None:
        self.received += ms
        self._ends_at = max(self._ends_at, now) + ms

    def report(self, ms: int) -> None:
        """The application says how much it has really played."""
        self._reported = ms

    def played(self, now: int) -> int:
        """What the application reported, else what the clock allows; at most what was received."""
        if self._reported is not None:
            return round(min(self.received, max(0, self._reported)))
        return round(self.received - min(self.received, max(0.0, self._ends_at - now)))

    def left(self, now: int) -> bool:
        """Whether something of it may still be heard."""
        return self.received - self.played(now) > NEARLY_MS
