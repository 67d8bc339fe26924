"""Words that are still being spoken: which of them have stood long enough to be believed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile

from voiceagent.events import Heard
from voiceagent.hearing.saying import clear_stop

_WORD = re.compile(r"[\u4e00-\u9fff]|[^\s\u4e00-\u9fff]+")  # each Chinese character is one


@dataclass(frozen=True, slots=True)
class Live:
    """The words, since when each stands where it does, and the clearest wish to stop so far."""

    words: tuple[tuple[str, int], ...] = ()
    stop: str = ""

    def then(self, heard: Heard) -> Live:
        """A word has stood all the while if nothing up to it has changed."""
        words = _WORD.findall(heard.text)
        pairs = zip(words, self.words, strict=False)
        stood = [since for _, (_, since) in takewhile(lambda pair: pair[0] == pair[1][0], pairs)]
        stood += [heard.at] * (len(words) - len(stood))
        return Live(tuple(zip(words, stood, strict=True)), clear_stop(heard.text) or self.stop)

    def standing(self, since: int) -> list[str]:
        """The words that have not changed since then."""
        return [word for word, at in self.words if at <= since]
