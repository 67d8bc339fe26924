"""The inside of a worker process: one thread reads the pipe and feeds the ears, all in turn.

A listener may block and hold the GIL: the parent sees that no answer comes, and judges. What is
asynchronous has a loop on another thread, and only then is asyncio imported. Nothing that the
model prints can reach the pipe.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from voiceagent.errors import ConfigError, MissingExtra, VoiceAgentError
from voiceagent.hearing.chain import Chain
from voiceagent.parts import FRAME_MS
from voiceagent.worker.messages import (
    LISTEN,
    READ_BYTES,
    Kind,
    Loader,
    Reader,
    pack,
    pack_error,
    pack_events,
    read_body,
    unpack_frames,
    write_body,
)
from voiceagent.worker.turns import Turns

if TYPE_CHECKING:
    from voiceagent.worker.stage import Stage

Write = Callable[[int, int, bytes], None]


STEP_BACK = 4  # nice: the parent hands out audio on time, and that comes first


def main() -> None:
    signal.signal(
        signal.SIGINT, signal.SIG_IGN
    )  # Ctrl-C is for the parent; the end of its pipe is for us
    inlet, outlet = _take_pipes()
    if sys.platform != "win32":
        _step_back()
        threading.Thread(target=_leave_with_parent, args=(os.getppid(),), daemon=True).start()
    write = _writer(outlet)
    with contextlib.suppress(BrokenPipeError):  # the parent is gone
        _serve(inlet, write)
    sys.stderr.flush()
    os._exit(0)  # a model's threads do not hold us


def _step_back() -> None:
    """Behind the parent, and beside it: in its session, which Linux weighs as a whole, but in a
    group of its own, since Ctrl-C is for the parent alone.
    """
    os.setpgrp()
    os.nice(STEP_BACK)


def _take_pipes() -> tuple[int, int]:
    """Keep the two pipes for ourselves: programs that the model starts inherit neither."""
    inlet, outlet = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        for pipe in (inlet, outlet):
            msvcrt.setmode(pipe, os.O_BINARY)
    return inlet, outlet


def _leave_with_parent(parent: int) -> None:
    """A part that hangs would never read that the pipe has ended."""
    while os.getppid() == parent:
        time.sleep(1.0)
    os._exit(1)


def _writer(outlet: int) -> Write:
    lock = threading.Lock()  # the ears and the loop both write

    def write(kind: int, channel: int, body: bytes) -> None:
        data = memoryview(pack(kind, channel, body))
        with lock:
            while data:
                data = data[os.write(outlet, data) :]

    return write


def _serve(inlet: int, write: Write) -> None:
    reader, room = Reader(), None
    while True:
        if room is not None and room.turns and not _more(inlet):
            room.work()
            continue
        if not (data := os.read(inlet, READ_BYTES)):
            break
        for kind, channel, body in reader.feed(data):
            if room is None:
                room = _load(body, write)
            else:
                room.receive(kind, channel, body)
    if room is not None:
        room.close()


def _more(inlet: int) -> bool:
    """Whether there is more to read. Windows cannot tell: there, what was read is done first."""
    return sys.platform != "win32" and bool(select.select([inlet], [], [], 0)[0])


def _load(body: bytes, write: Write) -> Room:
    """Load the model, or say why not and leave."""
    name = "model"
    try:
        name, loader = read_body(body)
        assert isinstance(loader, Loader)
        model = loader.load()
        write(Kind.READY, 0, write_body(model.styles() if hasattr(model, "styles") else None))
    except Exception as error:  # the border to foreign code
        final = isinstance(error, ConfigError | MissingExtra)
        write(Kind.BROKEN, 0, bytes([final]) + pack_error(name, error))
        if not isinstance(error, VoiceAgentError):
            sys.excepthook(type(error), error, error.__traceback__)
        sys.stderr.flush()
        os._exit(1)
    return Room(name, model, write)


class Room:
    """The model and its open channels."""

    def __init__(self, name: str, model: Any, write: Write) -> None:
        self._name, self._model, self._write = name, model, write
        self._ears: dict[int, Chain] = {}
        self._listened: dict[int, int] = {}
        self._stage: Stage | None = None
        self.turns = Turns()

    def receive(self, kind: int, channel: int, body: bytes) -> None:
        if kind == Kind.FRAMES:
            self.turns.put(channel, (kind, body))
        elif kind == Kind.TELL:
            self.turns.put(channel, (kind, read_body(body)))
        elif kind == Kind.OPEN and (order := read_body(body)) == LISTEN:
            ears = self._model if isinstance(self._model, list) else [self._model]
            self._ears[channel] = Chain(ears)
            self._listened[channel] = 0
        elif kind == Kind.CLOSE and channel in self._ears:
            del self._ears[channel], self._listened[channel]
            self.turns.drop(channel)
        else:
            self._staged().deliver(kind, channel, order if kind == Kind.OPEN else body)

    def work(self) -> None:
        """Deal with one message of audio, or with one cue."""
        channel, (_, content) = self.turns.take()
        if isinstance(content, bytes):
            self._feed(channel, content)
        else:
            self._answer(channel, self._ears[channel].tell(content) if content else [])

    def _feed(self, channel: int, body: bytes) -> None:
        feed, heard = self._ears[channel].feed, []
        for frame, seen in unpack_frames(body):
            heard += feed(frame, seen)
            self._listened[channel] = frame.at + FRAME_MS
        self._answer(channel, heard)

    def _answer(self, channel: int, events: list[Any]) -> None:
        self._write(Kind.EVENTS, channel, pack_events(self._listened[channel], events))

    def _staged(self) -> Stage:
        if self._stage is None:
            from voiceagent.worker.stage import Stage

            self._stage = Stage(self._name, self._model, self._write)
        return self._stage

    def close(self) -> None:
        if self._stage is not None or hasattr(self._model, "aclose"):
            self._staged().close()
