"""One worker process as its parent sees it: callbacks from its pipes, and no tasks."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable
from typing import Any, cast

from voiceagent.errors import VoiceAgentError
from voiceagent.worker.messages import READ_BYTES, Reader, pack

log = logging.getLogger("voiceagent.worker")

LINES = 200
"""Lines of standard error that are logged in `LINES_S`; a model that prints more is cut short."""
LINES_S = 10.0
LINE_BYTES = 1000
LAST_LINES = 6
LAST_LETTERS = 300
DRAIN_S = 0.5  # after the exit, for what is still in the pipes
KILL_S = 1.0

ONE_THREAD = ("OMP", "OPENBLAS", "MKL", "NUMEXPR")


class Process(asyncio.SubprocessProtocol):
    """`on_message(kind, channel, body)` while it lives, `on_gone` once when its pipes are empty."""

    def __init__(
        self,
        name: str,
        on_message: Callable[[int, int, bytes], None],
        on_gone: Callable[[Process], None],
    ) -> None:
        self._name, self._on_message, self._on_gone = name, on_message, on_gone
        self._reader = Reader()
        self._stderr = _Lines(name)
        self._open_pipes = {1, 2}
        self._exited = asyncio.Event()
        self._gone = asyncio.Event()
        self._why = ""
        self.pid = 0

    async def start(self) -> None:
        options: dict[str, Any] = {}
        if sys.platform == "win32":
            options["creationflags"] = subprocess.BELOW_NORMAL_PRIORITY_CLASS
        program = (sys.executable, "-P", "-m", "voiceagent.worker")
        loop = asyncio.get_running_loop()
        await loop.subprocess_exec(lambda: self, *program, env=_environment(), **options)

    # --- asyncio's side ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.SubprocessTransport, transport)
        self.pid = self._transport.get_pid()
        self._stdin = cast(asyncio.WriteTransport, self._transport.get_pipe_transport(0))
        stdout: Any = self._transport.get_pipe_transport(1)
        if hasattr(stdout, "max_size"):  # asyncio's own would make room for 256 KiB at each read
            stdout.max_size = READ_BYTES

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 2:
            self._stderr.feed(data)
            return
        try:
            for message in self._reader.feed(data):
                self._on_message(*message)
        except VoiceAgentError as error:  # it does not speak as ours do
            self.kill(str(error))

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        self._open_pipes.discard(fd)
        self._when_all_is_read()

    def process_exited(self) -> None:
        self._exited.set()
        self._when_all_is_read()
        asyncio.get_running_loop().call_later(DRAIN_S, self._finish)

    def _when_all_is_read(self) -> None:
        if self._exited.is_set() and not self._open_pipes:
            self._finish()

    def _finish(self) -> None:
        if not self._gone.is_set():
            self._gone.set()
            self._transport.close()
            self._on_gone(self)

    # --- our side ---

    @property
    def cause(self) -> str:
        """Why it is dead, with the last that it said."""
        code = self._transport.get_returncode()
        how = self._why or (
            f"killed by signal {-code}" if code and code < 0 else f"exit code {code}"
        )
        return f"{how}; last words: {words}" if (words := self._stderr.last_words()) else how

    def write(self, kind: int, channel: int, body: bytes = b"") -> None:
        if not self._stdin.is_closing():
            self._stdin.write(pack(kind, channel, body))

    def kill(self, why: str) -> None:
        self._why = self._why or why
        with contextlib.suppress(ProcessLookupError):
            self._transport.kill()

    async def stop(self, patience_s: float) -> None:
        """Ask it to go, by closing its pipe; then less and less politely. Bounded at every step."""
        self._stdin.close()
        if await _within(self._exited, patience_s):
            return
        for insist in (self._transport.terminate, self._transport.kill):
            with contextlib.suppress(ProcessLookupError):
                insist()
            if await _within(self._exited, KILL_S):
                break

    async def ended(self) -> None:
        """Wait until nothing of it is left, at most as long as its pipes are drained."""
        await _within(self._gone, 2 * DRAIN_S)
        for _ in range(3):  # a closed pipe gives its descriptor back in the loop's next rounds
            await asyncio.sleep(0)


async def _within(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


def _environment() -> dict[str, str]:
    """Ours, our import path, and one thread for each library that would take every core."""
    environment = {f"{library}_NUM_THREADS": "1" for library in ONE_THREAD} | dict(os.environ)
    path = (os.path.abspath(entry) for entry in sys.path)
    return environment | {"PYTHONPATH": os.pathsep.join(path), "PYTHONIOENCODING": "utf-8"}


class _Lines:
    """Standard error, line by line into the log: bounded in length, number and memory."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._rest = b""
        self._last: deque[str] = deque(maxlen=LAST_LINES)
        self._since, self._count = 0.0, 0

    def feed(self, data: bytes) -> None:
        *lines, rest = (self._rest + data).replace(b"\r", b"\n").split(b"\n")
        self._rest = rest[-LINE_BYTES:]
        for line in lines:
            self._say(line[:LINE_BYTES].decode(errors="replace").rstrip())

    def last_words(self) -> str:
        rest = self._rest.decode(errors="replace").strip()
        return " | ".join([*self._last, rest] if rest else self._last)[-LAST_LETTERS:]

    def _say(self, line: str) -> None:
        if not line:
            return
        self._last.append(line)
        now = asyncio.get_running_loop().time()
        if now - self._since > LINES_S:
            self._since, self._count = now, 0
        self._count += 1
        if self._count <= LINES:
            log.info("%s: %s", self._name, line)
        elif self._count == LINES + 1:
            log.warning("%s prints too much; some of it is not logged", self._name)
