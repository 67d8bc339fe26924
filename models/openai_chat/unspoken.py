"""What a model thinks to itself: `<think>` blocks are taken out, however the text is cut."""

from __future__ import annotations

import re

OPEN, CLOSE = "<think>", "</think>"
_TAG = re.compile("</?think>")


class Unspoken:
    """Lets through what is to be spoken, as soon as that is sure.

    A closing tag that nothing opened is dropped too, but what came before it has been spoken by
    then: such a model needs its server's reasoning parser.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = False

    def spoken(self, delta: str) -> str:
        """Return the words that are now known to be meant for the user."""
        self._held += delta
        out: list[str] = []
        while tag := self._next_tag():
            if not self._inside:
                out.append(self._held[: tag.start()])
            self._held = self._held[tag.end() :]
            self._inside = tag.group() == OPEN
        sure = len(self._held) - _unsure(self._held, (CLOSE,) if self._inside else (OPEN, CLOSE))
        if not self._inside:
            out.append(self._held[:sure])
        self._held = self._held[sure:]
        return mended("".join(out))

    def rest(self) -> str:
        """Return what was held back and turned out to be no tag: nothing follows it."""
        held, self._held = self._held, ""
        return "" if self._inside else mended(held)

    def _next_tag(self) -> re.Match[str] | None:
        return re.search(CLOSE, self._held) if self._inside else _TAG.search(self._held)


def mended(text: str) -> str:
    """Join the halves of characters that came as two escapes; replace those that stayed alone."""
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _unsure(text: str, tags: tuple[str, ...]) -> int:
    """How much of the end of `text` may be the beginning of a tag, or half a character."""
    if text and "\ud800" <= text[-1] <= "\udbff":
        return 1
    for size in range(min(len(text), len(CLOSE) - 1), 0, -1):
        if any(tag.startswith(text[-size:]) for tag in tags):
            return size
    return 0
