"""A server that is not ours, as a script: what it says, and what it was sent."""

from __future__ import annotations

import base64
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from anyio.lowlevel import checkpoint

from voiceagent.client import Call, open_call
from voiceagent.errors import RemoteLinkError
from voiceagent.session.bell import Bell

Message = dict[str, Any]


class FarEnd:
    """A Carrier that the test drives. `answers`: it confirms settings by itself."""

    def __init__(self, session: Message | None = None, answers: bool = True) -> None:
        self.session = session or {"type": "realtime", "audio": {"input": {}, "output": {}}}
        self.sent: list[Message] = []
        self._answers = answers
        self._waiting: deque[Message] = deque()
        self._bell = Bell()
        self._over = False

    async def send(self, message: Message) -> None:
        self.sent.append(message)
        if message["type"] == "session.update" and self._answers:
            self.say("session.updated", session=self.session)
        await checkpoint()  # an answer may be there before the question is known to be sent

    async def receive(self) -> Message:
        await self._bell.until(lambda: bool(self._waiting) or self._over)
        if self._waiting:
            return self._waiting.popleft()
        raise RemoteLinkError("the script is over")

    def say(self, kind: str, **fields: Any) -> None:
        self._waiting.append({"type": kind, **fields})
        self._bell.ring()

    def hang_up(self) -> None:
        self._over = True
        self._bell.ring()

    def kinds(self) -> list[str]:
        return [message["type"] for message in self.sent]

    def last(self, kind: str) -> Message:
        return next(message for message in reversed(self.sent) if message["type"] == kind)

    # --- what servers say ---------------------------------------------------------------------

    def starts_reply(self, reply: str = "r1", item: str = "i1") -> None:
        self.say("response.created", response={"id": reply, "conversation_id": "c"})
        about = {"id": item, "type": "message", "role": "assistant", "content": []}
        self.say("conversation.item.added", item=about, previous_item_id=None)

    def speaks(self, text: str, ms: int, reply: str = "r1", item: str = "i1") -> None:
        about = {"response_id": reply, "item_id": item}
        self.say("response.output_audio_transcript.delta", **about, delta=text)
        self.say("response.output_audio.delta", **about, delta=sound(ms))

    def calls(self, name: str, arguments: str, call: str, reply: str = "r1") -> None:
        item = {"type": "function_call", "name": name, "call_id": call, "arguments": arguments}
        self.say("response.output_item.done", response_id=reply, item=item)

    def ends_reply(self, reply: str = "r1", status: str = "completed", reason: str = "") -> None:
        details = {"type": status, "reason": reason} if reason else None
        response = {"id": reply, "status": status, "status_details": details}
        self.say("response.done", response=response)

    def hears_speech(self, at_ms: int = 0, item: str = "u1") -> None:
        self.say("input_audio_buffer.speech_started", audio_start_ms=at_ms, item_id=item)


def sound(ms: int) -> str:
    return base64.b64encode(b"\1\0" * (24 * ms)).decode()


@asynccontextmanager
async def calling(far: FarEnd, *tools: Any, **fields: Any) -> AsyncGenerator[Call]:
    far.say("session.created", session=far.session)
    async with open_call(far, tools, **fields) as call:
        yield call
        far.hang_up()
