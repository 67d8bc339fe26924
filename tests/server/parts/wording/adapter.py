"""An ear that knows when each word was said, how sure it is, and what else it may have been."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from voiceagent.events import Event, Heard, HeardWord, Settle, SpeechStarted
from voiceagent.parts import Cue, Frame, Listener, Tune


def build() -> Wording:
    return Wording()


class Wording:
    def listen(self) -> Listener:
        return Worded()


class Worded:
    """Hears the phrases that it was told of: each a word, said since speech began."""

    def __init__(self) -> None:
        self._phrases: tuple[str, ...] = ()
        self._begin = self._at = 0

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        self._at = frame.at
        self._begin = next((e.begin for e in seen if isinstance(e, SpeechStarted)), self._begin)
        return ()

    def tell(self, cue: Cue) -> Iterable[Event]:
        if isinstance(cue, Tune):
            self._phrases = cue.phrases
        if not isinstance(cue, Settle):
            return ()
        words = tuple(
            HeardWord(text, self._begin + 100 * n, self._begin + 100 * n + 80, 0.5)
            for n, text in enumerate(self._phrases)
        )
        text = " ".join(self._phrases)
        return (Heard(self._at, text, cue.until, True, words, (f"not {text}",)),)
