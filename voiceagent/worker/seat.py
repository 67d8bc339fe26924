"""A place for a worker process: started on demand, watched, replaced when it dies or hangs."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import Any

from voiceagent.errors import ModelError, VoiceAgentError
from voiceagent.worker.channel import Channel, Receiver
from voiceagent.worker.messages import Kind, Loader, Order, read_body, unpack_error, write_body
from voiceagent.worker.post import Post
from voiceagent.worker.process import Process
from voiceagent.worker.watch import Watch

log = logging.getLogger("voiceagent.worker")

SHORT_LIFE_S = 5.0


@dataclass(frozen=True, slots=True)
class Care:
    """How patiently a worker is treated."""

    patience_s: float = 10.0  # without an answer while one is owed: then it hangs
    load_s: float = 120.0  # for the model to load
    stop_s: float = 2.0  # to go when asked
    starts: int = 3  # failed ones in a row after which it is given up
    backoff_s: float = 0.5  # before the second start, doubled each time
    rest_s: float = 30.0  # before one that was given up is tried again
    channels: int = 64  # open at once on one worker


class Seat:
    """One worker's process, its channels and its troubles."""

    def __init__(self, name: str, loader: Loader, care: Care) -> None:
        self._name, self._loader, self._care = name, loader, care
        self._channels: dict[int, Channel] = {}
        self._number = 0
        self._process: Process | None = None
        self._starting: asyncio.Task[None] | None = None
        self._alarm: asyncio.TimerHandle | None = (
            None  # of the next start, or of the end of loading
        )
        self._warming: list[asyncio.Future[None]] = []
        self._post = Post()
        self._watch = Watch(care.patience_s, self._streams, self._ping, self._kill)
        self._stillborn = self._falls = 0
        self._born = self._given_up = 0.0
        self._load_error: tuple[bool, VoiceAgentError] | None = None
        self._error: VoiceAgentError | None = None
        self._closed = False
        self.ready = False
        self.styles: Any = None

    # --- what a pool asks ---

    @property
    def load(self) -> int:
        return len(self._channels)

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process is not None and self.ready else None

    @property
    def resting(self) -> bool:
        """It fell, and is not started again yet."""
        return self._process is None and self._alarm is not None

    @property
    def broken(self) -> VoiceAgentError | None:
        """Why it cannot be used, or not for a while."""
        if self._error is None or self._closed:
            return self._error
        if asyncio.get_running_loop().time() >= self._given_up + self._care.rest_s:
            self._error = None
        return self._error

    def open(self, order: Order, receiver: Receiver) -> Channel:
        self._number += 1
        number = self._number
        channel = Channel(order, receiver, lambda: self._forget(number))
        self._channels[number] = channel
        if self.ready:
            channel.begin(partial(self._write, number))
        self.prepare()
        return channel

    def prepare(self) -> None:
        """Start one, or see to it that one is started when it is time."""
        if self._process is not None or self._alarm is not None or self._closed:
            return
        failures = max(self._stillborn, self._falls - 1)
        wait_s = min(self._care.rest_s, self._care.backoff_s * 2 ** (failures - 1))
        if failures <= 0:
            self._start()
        else:
            self._alarm = asyncio.get_running_loop().call_later(wait_s, self._start)

    async def warm_up(self) -> None:
        """Wait until the model is loaded. Raises what keeps it from that."""
        if (error := self.broken) is not None:
            raise error
        if not self.ready:
            loaded = asyncio.get_running_loop().create_future()
            self._warming.append(loaded)
            self.prepare()
            await loaded

    async def aclose(self) -> None:
        self._closed = True
        if self._alarm is not None:
            self._alarm.cancel()
        if self._starting is not None:
            await asyncio.wait([self._starting])
        if (process := self._process) is not None:
            await process.stop(self._care.stop_s)
            await process.ended()
        self._give_up(ModelError(self._name, "was closed"))
        await self._post.empty()

    # --- the life of a process ---

    def _start(self) -> None:
        self._alarm = None
        self._process = Process(self._name, self._receive, self._gone)
        # A task of ours, awaited by aclose: a cancelled caller must not half-start a process.
        self._starting = asyncio.get_running_loop().create_task(self._launch(self._process))

    async def _launch(self, process: Process) -> None:
        try:
            await process.start()
        except OSError as error:
            self._not_loaded(f"cannot be started: {error}")
            return
        finally:
            self._starting = None
        process.write(Kind.LOAD, 0, write_body((self._name, self._loader)))
        late = partial(process.kill, f"did not load within {self._care.load_s:g} s")
        if self._process is process:
            self._alarm = asyncio.get_running_loop().call_later(self._care.load_s, late)

    def _loaded(self, styles: Any) -> None:
        self._disarm()
        self.ready, self.styles = True, styles
        self._stillborn = 0
        self._born = asyncio.get_running_loop().time()
        for number, channel in list(self._channels.items()):
            channel.begin(partial(self._write, number))
        for waiter in self._settle():
            waiter.set_result(None)

    def _gone(self, process: Process) -> None:
        """It is dead: tell those who were on it, once, and get another."""
        self._process = None
        self._disarm()
        self._watch.stop()
        was_ready, self.ready = self.ready, False
        if self._closed:
            return
        if not was_ready:
            self._not_loaded(process.cause)
            return
        log.warning("%s is gone (%s) and is replaced", self._name, process.cause)
        lived_s = asyncio.get_running_loop().time() - self._born
        self._falls = self._falls + 1 if lived_s < SHORT_LIFE_S else 1
        self._lose_all(ModelError(self._name, f"its worker is gone: {process.cause}"))
        self.prepare()

    def _not_loaded(self, cause: str) -> None:
        self._process = None
        self._stillborn += 1
        final, error = self._load_error or (
            False,
            ModelError(self._name, f"keeps crashing: {cause}"),
        )
        self._load_error = None
        if final or self._stillborn >= self._care.starts:
            log.error("%s is given up: %s", self._name, error)
            self._stillborn = self._care.starts - 1  # after its rest it has one try
            self._give_up(error)
        else:
            log.warning("%s did not start (%s); once more", self._name, cause)
            self.prepare()

    def _give_up(self, error: VoiceAgentError) -> None:
        self._error, self._given_up = error, asyncio.get_running_loop().time()
        self._lose_all(error)
        for waiter in self._settle():
            waiter.set_exception(error)

    # --- messages ---

    def _receive(self, kind: int, number: int, body: bytes) -> None:
        self._watch.received(kind)
        if kind == Kind.READY:
            self._loaded(read_body(body))
        elif kind == Kind.BROKEN:
            self._load_error = bool(body[0]), unpack_error(body[1:])
        elif (channel := self._channels.get(number)) is not None:
            self._post.put(partial(self._deliver, number, channel, kind, body))

    def _deliver(self, number: int, channel: Channel, kind: int, body: bytes) -> None:
        try:
            channel.deliver(kind, body)
        except Exception as error:  # one session's bug must not cost the words of another
            self._complain(error)
            channel.faulty = True
            self._channels.pop(number, None)
            self._lose(channel, ModelError(self._name, f"{type(error).__name__}: {error}"))

    def _lose(self, channel: Channel, error: VoiceAgentError) -> None:
        if channel.cut():
            self._post.put(partial(self._tell_lost, channel, error))

    def _tell_lost(self, channel: Channel, error: VoiceAgentError) -> None:
        try:
            channel.tell_lost(error)
        except Exception as bug:  # nor its bad news that of another
            self._complain(bug)

    def _complain(self, error: Exception) -> None:
        told = {"message": f"a session failed on a message of {self._name}", "exception": error}
        asyncio.get_running_loop().call_exception_handler(told)

    def _write(self, number: int, kind: int, body: bytes) -> None:
        if self._process is not None:
            self._process.write(kind, number, body)
            self._watch.sent(kind)

    def _streams(self) -> bool:
        return any(channel.streams for channel in self._channels.values())

    def _ping(self) -> None:
        self._write(0, Kind.PING, b"")

    def _kill(self, why: str) -> None:
        if self._process is not None:
            self._process.kill(why)

    # --- small change ---

    def _forget(self, number: int) -> None:
        self._channels.pop(number, None)

    def _disarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None

    def _settle(self) -> list[asyncio.Future[None]]:
        waiters, self._warming = self._warming, []
        return [waiter for waiter in waiters if not waiter.done()]

    def _lose_all(self, error: VoiceAgentError) -> None:
        channels, self._channels = self._channels, {}
        for channel in channels.values():
            self._lose(channel, as_model_error(self._name, error))


def as_model_error(model: str, error: VoiceAgentError) -> ModelError:
    """The same news in a fresh error: several will raise it, and expect a part to fail so."""
    if isinstance(error, ModelError):
        return ModelError(error.model, error.cause)
    return ModelError(model, str(error))
