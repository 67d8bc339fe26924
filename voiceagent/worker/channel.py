"""A channel to a worker: one session's ears, one utterance, one call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from voiceagent.errors import VoiceAgentError
from voiceagent.worker.messages import LISTEN, Kind, Order, write_body


class Receiver(Protocol):
    """Whoever opened a channel."""

    def receive(self, kind: int, body: bytes) -> None: ...

    def lost(self, error: VoiceAgentError) -> None:
        """The worker is gone, and the channel with it. Said once."""
        ...


class Channel:
    """What is written before the model is loaded waits here; callers bound what is unanswered."""

    def __init__(self, order: Order, receiver: Receiver, on_close: Callable[[], None]) -> None:
        self.receiver = receiver
        self.streams = order != LISTEN
        self._on_close = on_close
        self._send: Callable[[int, bytes], None] | None = None
        self._waiting = [(int(Kind.OPEN), write_body(order))]
        self._open = True  # to write
        self._wanted = True  # by whoever opened it
        self.faulty = False  # its receiver broke on a message, and gets no more of them

    def write(self, kind: int, body: bytes) -> None:
        """Send a message, or nothing if the channel is no longer open."""
        if not self._open:
            return
        if self._send is None:
            self._waiting.append((kind, body))
        else:
            self._send(kind, body)

    def begin(self, send: Callable[[int, bytes], None]) -> None:
        """The model is loaded."""
        self._send = send
        for kind, body in self._waiting:
            send(kind, body)
        self._waiting.clear()

    def close(self) -> None:
        """Nobody waits for this any more. The worker stops working on it."""
        self._wanted = False
        if self._open:
            self.write(Kind.CLOSE, b"")
            self._open = False
            self._on_close()

    def cut(self) -> bool:
        """Nothing can be written any more. Whether anybody still has to be told."""
        was_open, self._open = self._open, False
        return was_open

    def deliver(self, kind: int, body: bytes) -> None:
        if self._wanted and not self.faulty:
            self.receiver.receive(kind, body)

    def tell_lost(self, error: VoiceAgentError) -> None:
        if self._wanted:
            self.receiver.lost(error)
