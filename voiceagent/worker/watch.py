"""Tells a worker that hangs from one that is only slow: each thing owed must be answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from voiceagent.worker.messages import Kind

OWING = frozenset({Kind.FRAMES, Kind.TELL})


class Watch:
    """`ping` asks the worker's loop for a sign of life while `streams()`; `hang` is the verdict."""

    def __init__(
        self,
        patience_s: float,
        streams: Callable[[], bool],
        ping: Callable[[], None],
        hang: Callable[[str], None],
    ) -> None:
        self._patience_s, self._streams = patience_s, streams
        self._ping, self._hang = ping, hang
        self.stop()

    _timer: asyncio.TimerHandle | None = None

    def stop(self) -> None:
        """Forget everything: the process is gone."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        self._owed = 0
        self._progress_at = 0.0
        self._pinged_at: float | None = None

    def sent(self, kind: int) -> None:
        if kind in OWING:
            if self._owed == 0:
                self._progress_at = asyncio.get_running_loop().time()
            self._owed += 1
        if self._timer is None and (kind in OWING or kind == Kind.OPEN):
            self._arm()

    def received(self, kind: int) -> None:
        if kind == Kind.EVENTS:
            self._owed -= 1
            self._progress_at = asyncio.get_running_loop().time()
        elif kind == Kind.PONG:
            self._pinged_at = None

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._patience_s / 4, self._look)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        self._timer = None
        waits = [now - self._progress_at] if self._owed else []
        waits += [now - self._pinged_at] if self._pinged_at is not None else []
        if max(waits, default=0.0) > self._patience_s:
            self._hang(f"hung: no answer for {self._patience_s:g} s")
            return
        if self._streams():
            if self._pinged_at is None:
                self._pinged_at = now
                self._ping()
            self._arm()
        elif waits:
            self._arm()
