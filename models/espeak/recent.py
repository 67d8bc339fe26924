"""What was made lately, up to so many seconds of sound: greetings and fillers come back often."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    def __init__(self, most_s: float) -> None:
        self._most_s = most_s
        self._kept: OrderedDict[Hashable, tuple[T, float]] = OrderedDict()
        self._lock = threading.Lock()  # a thread that was given up may still be at work

    @property
    def seconds(self) -> float:
        return sum(seconds for _, seconds in self._kept.values())

    def find(self, key: Hashable) -> T | None:
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def keep(self, key: Hashable, made: T, seconds: float) -> None:
        with self._lock:
            self._kept[key] = made, seconds
            self._kept.move_to_end(key)
            while self._kept and self.seconds > self._most_s:
                self._kept.popitem(last=False)
