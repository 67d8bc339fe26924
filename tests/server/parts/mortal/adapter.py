"""An ear for a worker that cannot be loaded while a file is there, and takes its time to listen."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from voiceagent.events import Event, Heard, Settle
from voiceagent.parts import FRAME_MS, Cue, Frame, Listener


@dataclass(frozen=True, slots=True)
class Options:
    tomb: str = os.devnull  # an empty file there: dead
    listen_s: float = 0.0


def build(options: Options) -> Mortal:
    if Path(options.tomb).is_file():
        print("here I lie", file=sys.stderr)
        os._exit(3)
    return Mortal(options)


class Mortal:
    def __init__(self, options: Options) -> None:
        self._options = options

    def listen(self) -> Listener:
        time.sleep(self._options.listen_s)
        return Living()


class Living:
    def __init__(self) -> None:
        self._at = 0

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        self._at = frame.at + FRAME_MS
        return ()

    def tell(self, cue: Cue) -> Iterable[Event]:
        return [Heard(self._at, "alive", cue.until, final=True)] if isinstance(cue, Settle) else ()
