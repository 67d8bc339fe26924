"""What was said, by whom, in which order: items by id. Pure, and text only.

It holds what the user really heard of each reply, never what was merely generated. Every change
makes a new Conversation; the mind reads it as `history`, the wire as items.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from voiceagent.errors import Refused
from voiceagent.events import Reading
from voiceagent.parts import HistoryItem, Said, ToolCall, ToolResult

Kind = Literal["message", "function_call", "function_call_output"]
Role = Literal["user", "assistant", "system"]
Status = Literal["completed", "incomplete", "in_progress"]
ContentType = Literal["input_text", "input_audio", "input_image", "output_text", "output_audio"]
FIRST = "root"  # the protocol's word for "before everything"


@dataclass(frozen=True, slots=True)
class Content:
    """One part of a message. Audio is kept as its words: `text` is None until they are known."""

    type: ContentType
    text: str | None = None
    image: str = ""  # a data URI
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    id: str
    kind: Kind = "message"
    role: Role = "user"
    status: Status = "completed"
    content: tuple[Content, ...] = ()
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    output: str = ""
    reading: Reading | None = None
    own: bool = False  # a tool of ours: the mind knows of it, the client does not

    @property
    def text(self) -> str:
        return " ".join(part.text for part in self.content if part.text)


@dataclass(frozen=True, slots=True)
class Conversation:
    items: tuple[Item, ...] = ()

    def find(self, item_id: str) -> Item | None:
        return next((item for item in self.items if item.id == item_id), None)

    def previous(self, item_id: str) -> str | None:
        """The id of the item before this one, as the client knows them; None for the first."""
        before: str | None = None
        for item in self.items:
            if item.id == item_id:
                return before
            before = before if item.own else item.id
        return before

    @property
    def last(self) -> str | None:
        return next((item.id for item in reversed(self.items) if not item.own), None)

    def add(self, item: Item, after: str | None = None) -> Conversation:
        """Put an item at the end, after another one, or, after "root", first."""
        if self.find(item.id) is not None:
            message = f"An item with the id {item.id!r} already exists."
            raise Refused(message, "item_create_duplicate_item_id", "item.id")
        if after is None:
            return replace(self, items=(*self.items, item))
        place = 0 if after == FIRST else self._place_after(after)
        return replace(self, items=(*self.items[:place], item, *self.items[place:]))

    def put(self, item: Item) -> Conversation:
        """Replace the item of the same id; nothing if it was deleted meanwhile."""
        return replace(self, items=tuple(item if i.id == item.id else i for i in self.items))

    def delete(self, item_id: str) -> Conversation:
        return replace(self, items=tuple(item for item in self.items if item.id != item_id))

    def transcribe(self, item_id: str, text: str) -> Conversation:
        """Note the words of an audio item."""
        item = self.find(item_id)
        return self if item is None else self.put(worded(item, text))

    def history(self) -> tuple[HistoryItem, ...]:
        """The conversation as a mind reads it. Messages without words are left out."""
        return history(self.items)

    def _place_after(self, item_id: str) -> int:
        for place, item in enumerate(self.items):
            if item.id == item_id:
                return place + 1
        message = f"There is no item {item_id!r} to put the new one after."
        raise Refused(message, "item_create_invalid_previous_item_id", "previous_item_id")


def worded(item: Item, text: str) -> Item:
    """The same message with these words in its first part that holds words."""
    for place, part in enumerate(item.content):
        if part.type != "input_image":
            mended = replace(part, text=text)
            parts = (*item.content[:place], mended, *item.content[place + 1 :])
            return replace(item, content=parts)
    return item


def history(items: tuple[Item, ...]) -> tuple[HistoryItem, ...]:
    names = {item.call_id: item.name for item in items if item.kind == "function_call"}
    read = (_as_history(item, names) for item in items)
    return tuple(entry for entry in read if entry is not None)


def _as_history(item: Item, names: dict[str, str]) -> HistoryItem | None:
    if item.kind == "function_call":
        return ToolCall(item.call_id, item.name, item.arguments)
    if item.kind == "function_call_output":
        return ToolResult(item.call_id, item.output, names.get(item.call_id, ""))
    images = tuple(part.image for part in item.content if part.type == "input_image")
    if not item.text and not images:
        return None
    cut = item.role == "assistant" and item.status == "incomplete"
    return Said(item.role, item.text, item.reading, images, cut)
