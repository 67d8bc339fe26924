"""How finished a turn sounds, from the voice alone: no words, and no length of the silence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from voiceagent.errors import ConfigError
from voiceagent.events import Event, Scored
from voiceagent.parts import FRAME_MS, Cue, Ear, Frame, Listener, Reset

from .pauses import Pauses
from .weights import Weights, load

OURS = Path(__file__).with_name("weights.json")


@dataclass(frozen=True, slots=True)
class Options:
    weights: str = ""  # another file from train.py; empty: the one that is shipped


def build(options: Options) -> Ear:
    path = Path(options.weights).expanduser() if options.weights else OURS
    try:
        return Prosody(load(path))
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise ConfigError(f"prosody.weights: {path.name} cannot be used: {error}") from error


class Prosody:
    def __init__(self, weights: Weights) -> None:
        self._weights = weights

    def listen(self) -> Listener:
        return Scorer(self._weights)


class Scorer:
    """One session's stream: scores each stop of a detector before it in the chain."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._pauses = Pauses()

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        return [
            Scored(frame.at + FRAME_MS, self._weights.probability(numbers))
            for _, numbers in self._pauses.hear(frame, seen)
        ]

    def tell(self, cue: Cue) -> Iterable[Event]:
        if isinstance(cue, Reset):
            self._pauses.forget()
        return ()
