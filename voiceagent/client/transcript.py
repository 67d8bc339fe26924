"""The conversation so far, as the caller's end knows it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from voiceagent.events import Reading
from voiceagent.parts import Said

Role = Literal["system", "user", "assistant"]
MOST_ITEMS = 5_000


@dataclass(frozen=True, slots=True)
class Entry:
    role: Role
    text: str = ""
    cut: bool = False
    reading: Reading | None = None


class Transcript:
    """Messages by item id, in the order of the conversation."""

    def __init__(self) -> None:
        self._order: list[str] = []
        self._entries: dict[str, Entry] = {}

    @property
    def messages(self) -> tuple[Said, ...]:
        """What was said and heard; messages without words are left out."""
        entries = (self._entries[item] for item in self._order)
        return tuple(Said(e.role, e.text, e.reading, cut=e.cut) for e in entries if e.text)

    def add(self, item: Mapping[str, Any], after: str | None) -> None:
        name = item.get("id")
        if item.get("type") != "message" or not isinstance(name, str):
            return
        if name not in self._entries:
            place = self._order.index(after) + 1 if after in self._entries else len(self._order)
            self._order.insert(place, name)
            self._entries[name] = Entry(cast(Role, item.get("role", "user")))
            self._make_room()
        if (text := text_of(item)) is not None:
            self.write(name, text)

    def write(self, item: str, text: str, cut: bool | None = None) -> bool:
        """Whether this changed anything."""
        entry = self._entries.get(item)
        if entry is None:
            return False
        new = replace(entry, text=text, cut=entry.cut if cut is None else cut)
        self._entries[item] = new
        return new != entry

    def feel(self, item: str, reading: Reading) -> None:
        if item in self._entries:
            self._entries[item] = replace(self._entries[item], reading=reading)

    def text(self, item: str) -> str:
        return self._entries[item].text if item in self._entries else ""

    def is_cut(self, item: str) -> bool:
        return item in self._entries and self._entries[item].cut

    def delete(self, item: str) -> None:
        if self._entries.pop(item, None) is not None:
            self._order.remove(item)

    def _make_room(self) -> None:
        if len(self._order) > MOST_ITEMS:
            self.delete(self._order[0])


def text_of(item: Mapping[str, Any]) -> str | None:
    """The words of a message; None while they are not known."""
    texts = [part.get("transcript", part.get("text")) for part in item.get("content") or ()]
    known = [text for text in texts if isinstance(text, str)]
    return " ".join(text for text in known if text) if known else None


def share_of(text: str, played_ms: float, length_ms: float) -> str:
    """About the words that were heard of a text, where nobody knows it better."""
    words = text.split()
    heard = len(words) if length_ms <= 0 else int(len(words) * played_ms / length_ms)
    return " ".join(words[:heard])
