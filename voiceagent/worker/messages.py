"""What a parent and its worker process say to each other over two pipes.

A message is a length, a channel, a kind and a body. Audio has a compact encoding; all else is
pickled. Only the pipes between us and our own child are ever read so.
"""

from __future__ import annotations

import importlib
import pickle
import struct
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from voiceagent.errors import (
    Busy,
    ConfigError,
    MissingExtra,
    ModelError,
    Refused,
    VoiceAgentError,
)
from voiceagent.events import Event
from voiceagent.parts import Frame

HEAD = struct.Struct("<IIB")  # length of the body, channel, kind
MAX_BODY = 64 * 1024 * 1024
READ_BYTES = 8192  # larger reads triple what a pipe costs


class Kind(IntEnum):
    LOAD = 1  # down: the model to load
    READY = 2  # up: loaded; what can be asked of it without asking it
    BROKEN = 3  # up: it cannot be loaded
    OPEN = 4  # down: a channel, and what it is for
    CLOSE = 5  # down: nobody waits for it any more
    FRAMES = 6  # down: audio; answered by one EVENTS
    TELL = 7  # down: a cue; answered by one EVENTS
    EVENTS = 8  # up: how far the ears have got, and what they heard
    ITEM = 9  # both: one more of a stream
    MORE = 10  # both: room for one more
    DONE = 11  # both: the stream has ended
    FAILED = 12  # up: so has this one
    PING = 13  # down: is the loop alive?
    PONG = 14


@dataclass(frozen=True, slots=True)
class Loader:
    """An importable `module:function`, and its arguments, that makes the model in the worker."""

    target: str
    args: tuple[Any, ...] = ()

    def load(self) -> Any:
        module, _, function = self.target.partition(":")
        return getattr(importlib.import_module(module), function)(*self.args)


def load_chain(*loaders: Loader) -> list[Any]:
    """Load several ears into one process: a session hears through all of them, in this order."""
    return [loader.load() for loader in loaders]


@dataclass(frozen=True, slots=True)
class Order:
    """What a channel is for: a method of the model. `feeds`: its first argument is our stream."""

    method: str
    args: tuple[Any, ...] = ()
    feeds: bool = False


LISTEN = Order("listen")


def pack(kind: int, channel: int = 0, body: bytes = b"") -> bytes:
    if len(body) > MAX_BODY:
        raise ModelError("worker", f"a message of {len(body)} bytes is too large for a pipe")
    return HEAD.pack(len(body), channel, kind) + body


def write_body(value: Any) -> bytes:
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def read_body(body: bytes) -> Any:
    """Return what the other end wrote. It may name a class that this process does not have."""
    try:
        return pickle.loads(body)
    except (pickle.UnpicklingError, ImportError, AttributeError, TypeError, EOFError) as error:
        raise ModelError("worker", f"sent what cannot be read here: {error}") from error


class Reader:
    """Cuts the bytes of a pipe into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[tuple[int, int, bytes]]:
        """Return the messages that `data` completes, as (kind, channel, body)."""
        buffer = self._buffer
        buffer += data
        messages, start = [], 0
        while len(buffer) - start >= HEAD.size:
            size, channel, kind = HEAD.unpack_from(buffer, start)
            if size > MAX_BODY:
                raise ModelError("worker", f"announced a message of {size} bytes")
            end = start + HEAD.size + size
            if end > len(buffer):
                break
            messages.append((kind, channel, bytes(memoryview(buffer)[start + HEAD.size : end])))
            start = end
        if start:
            del buffer[:start]
        return messages


# --- audio ---

Heedful = tuple[Frame, Sequence[Event]]
"""A frame, and what the ears before have made of it."""

_FRAME = struct.Struct("<qIiI")  # at, bytes of near, of reference (-1: none), of what was seen
_REACHED = struct.Struct("<q")


def pack_frames(frames: Iterable[Heedful]) -> bytes:
    parts = []
    for frame, seen in frames:
        pickled = write_body(list(seen)) if seen else b""
        reference = frame.reference
        length = -1 if reference is None else len(reference)
        parts.append(_FRAME.pack(frame.at, len(frame.near), length, len(pickled)))
        parts += (frame.near, reference or b"", pickled)
    return b"".join(parts)


def unpack_frames(body: bytes) -> Iterator[Heedful]:
    start = 0
    while start < len(body):
        at, near, reference, seen = _FRAME.unpack_from(body, start)
        start += _FRAME.size
        a, b = start + near, start + near + max(reference, 0)
        frame = Frame(at, body[start:a], None if reference < 0 else body[a:b])
        start = b + seen
        yield frame, read_body(body[b:start]) if seen else ()


def pack_events(listened: int, events: Sequence[Event]) -> bytes:
    return _REACHED.pack(listened) + (write_body(list(events)) if events else b"")


def unpack_events(body: bytes) -> tuple[int, list[Event]]:
    (listened,) = _REACHED.unpack_from(body)
    return listened, read_body(body[_REACHED.size :]) if len(body) > _REACHED.size else []


# --- errors ---


def pack_error(model: str, error: BaseException) -> bytes:
    """Write an error so that it can be raised again: a foreign one becomes a ModelError."""
    match error:
        case MissingExtra():
            known: tuple[str | int | None, ...] = ("MissingExtra", error.needed_by, error.install)
        case Refused():
            known = ("Refused", str(error), error.code, error.param)
        case Busy():
            known = ("Busy", error.what, error.retry_after_s)
        case ConfigError():
            known = ("ConfigError", str(error))
        case ModelError():
            known = ("ModelError", error.model, error.cause)
        case _:
            known = ("ModelError", model, f"{type(error).__name__}: {error}")
    return write_body(known)


def unpack_error(body: bytes) -> VoiceAgentError:
    name, *args = read_body(body)
    made: dict[str, type[VoiceAgentError]] = {
        "MissingExtra": MissingExtra,
        "Refused": Refused,
        "Busy": Busy,
        "ConfigError": ConfigError,
        "ModelError": ModelError,
    }
    return made[name](*args)
