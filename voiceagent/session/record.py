"""What a session keeps of what was said: the conversation, and which turn or reply each item came
from.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from voiceagent.conversation import Content, Conversation, Item
from voiceagent.errors import Refused
from voiceagent.events import Reading
from voiceagent.parts import ToolCall
from voiceagent.session.playback import Playback

MOST_PLAYBACKS = 256  # replies that can still be truncated to the word
MOST_TURNS = 64


def new_item_id() -> str:
    return f"item_{secrets.token_hex(10)}"


class Record:
    def __init__(self, most_items: int = 5_000, new_id: Callable[[], str] = new_item_id) -> None:
        self.conversation = Conversation()
        self.most_items = most_items
        self.new_id = new_id
        self._turns: OrderedDict[int, str] = OrderedDict()
        self._words: dict[int, str] = {}
        self._playbacks: OrderedDict[str, tuple[int, Playback]] = OrderedDict()
        self._replies: OrderedDict[int, str] = OrderedDict()

    # --- items -------------------------------------------------------------------------------

    def add(self, item: Item, after: str | None = None) -> None:
        if len(self.conversation.items) >= self.most_items:
            message = f"The conversation is full ({self.most_items} items). Delete some first."
            raise Refused(message, "conversation_full", "item")
        self.conversation = self.conversation.add(item, after)

    def put(self, item: Item) -> None:
        self.conversation = self.conversation.put(item)

    def delete(self, item_id: str) -> None:
        self.conversation = self.conversation.delete(item_id)
        self._playbacks.pop(item_id, None)

    # --- turns -------------------------------------------------------------------------------

    def turn_item(self, turn: int) -> str:
        """The id of the item that this turn is, or will be."""
        if turn not in self._turns:
            self._turns[turn] = self.new_id()
            if len(self._turns) > MOST_TURNS:
                old, _ = self._turns.popitem(last=False)
                self._words.pop(old, None)
        return self._turns[turn]

    def hear(self, turn: int, text: str) -> None:
        """Note the words of a turn, whether it is an item yet or not."""
        self._words[turn] = text
        self.conversation = self.conversation.transcribe(self.turn_item(turn), text)

    def close_turn(self, turn: int, reading: Reading | None) -> Item:
        heard = Content("input_audio", self._words.get(turn))
        item = Item(self.turn_item(turn), role="user", content=(heard,), reading=reading)
        self._make_room()
        self.conversation = self.conversation.add(item)
        return item

    def feel(self, turn: int, reading: Reading) -> None:
        """How somebody felt in a turn, known after it was closed."""
        item = self.conversation.find(self._turns.get(turn, ""))
        if item is not None:
            self.put(replace(item, reading=reading))

    def forget_turn(self, turn: int | None) -> None:
        if turn is not None:
            self._turns.pop(turn, None)
            self._words.pop(turn, None)

    # --- replies -----------------------------------------------------------------------------

    def open_reply(self, reply: int, playback: Playback, audio: bool) -> Item:
        """The reply is about to be heard: it becomes an item."""
        kind = "output_audio" if audio else "output_text"
        content = (Content(kind, ""),)  # type: ignore[arg-type]
        item = Item(self.new_id(), role="assistant", status="in_progress", content=content)
        self._make_room()
        self.conversation = self.conversation.add(item)
        self._replies[reply] = item.id
        self._playbacks[item.id] = (reply, playback)
        while len(self._playbacks) > MOST_PLAYBACKS:
            self._playbacks.popitem(last=False)
        while len(self._replies) > MOST_PLAYBACKS:
            self._replies.popitem(last=False)
        return item

    def reply_item(self, reply: int) -> Item | None:
        item_id = self._replies.get(reply)
        return None if item_id is None else self.conversation.find(item_id)

    def say(self, reply: int, text: str, status: str = "in_progress") -> None:
        item = self.reply_item(reply)
        if item is not None:
            content = (replace(item.content[0], text=text),)
            self.put(replace(item, content=content, status=status))  # type: ignore[arg-type]

    def playback(self, item_id: str) -> tuple[int, Playback] | None:
        return self._playbacks.get(item_id)

    def playback_of(self, reply: int) -> Playback | None:
        found = self._playbacks.get(self._replies.get(reply, ""))
        return None if found is None else found[1]

    # --- tools of ours -----------------------------------------------------------------------

    def call(self, call: ToolCall, own: bool) -> Item:
        item = Item(
            self.new_id(),
            "function_call",
            call_id=call.id,
            name=call.name,
            arguments=call.arguments,
            own=own,
        )
        self._make_room()
        self.conversation = self.conversation.add(item)
        return item

    def result(self, call: str, output: str) -> None:
        self._make_room()
        item = Item(self.new_id(), "function_call_output", call_id=call, output=output, own=True)
        self.conversation = self.conversation.add(item)

    def _make_room(self) -> None:
        """What is being said is never refused: the oldest item makes room for it."""
        items = self.conversation.items
        if len(items) >= self.most_items:
            self.conversation = Conversation(items[len(items) - self.most_items + 1 :])
