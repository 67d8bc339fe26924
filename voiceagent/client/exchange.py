"""Both directions of a call: messages go out, what comes in becomes events for whoever watches."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import anyio

from voiceagent.client.events import CallEvent, Closed, Failed, Interrupted, Raw
from voiceagent.client.inbox import Inbox
from voiceagent.client.reader import Reader
from voiceagent.errors import LinkError, Refused, RemoteLinkError
from voiceagent.session.bell import Bell

ANSWER_S = 30.0  # a server that has not answered by then will not
MOST_QUIET = 256
Message = dict[str, Any]
Watcher = Callable[[CallEvent], None]


class Carrier(Protocol):
    """Carries messages to a server and back. Both raise LinkError once the line is dead."""

    async def send(self, message: Message) -> None: ...

    async def receive(self) -> Message: ...


class Exchange:
    """`run` it in a task. Every event goes to the watchers first, then waits in the inbox."""

    def __init__(self, carrier: Carrier, raw: bool = False) -> None:
        self.reader = Reader()
        self.inbox = Inbox()
        self.changed = Bell()  # rung after every message
        self.lost: str | None = None  # why the call is over
        self._carrier = carrier
        self._raw = raw
        self._watchers: list[Watcher] = []
        self._ids = itertools.count(1)
        self._one_at_a_time = anyio.Lock()
        self._answers: dict[str, Message] = {}  # by type, while somebody waits for one
        self._awaited: tuple[str, str] | None = None  # the id of a request, and what answers it
        self._quiet: OrderedDict[str, None] = OrderedDict()  # requests that may be refused in vain

    @staticmethod
    def now() -> int:
        return round(anyio.current_time() * 1000)

    async def run(self) -> None:
        """Until the line is dead."""
        while self.lost is None:
            try:
                message = await self._carrier.receive()
            except LinkError as dead:
                self._end(str(dead))
            else:
                self._take(message)

    async def send(self, message: Message, quiet: bool = False) -> None:
        """Send a message under an id of its own. `quiet`: its refusal does not matter."""
        name = self._name()
        if quiet:
            self._quiet[name] = None
            if len(self._quiet) > MOST_QUIET:
                self._quiet.popitem(last=False)
        await self._send(name, message)

    async def ask(self, message: Message, answer: str) -> Message:
        """Send a message and wait for what answers it. Raises Refused if the server refuses."""
        async with self._one_at_a_time:
            name = self._name()
            self._answers, self._awaited = {}, (name, answer)
            try:
                await self._send(name, message)
                return await self._answer(answer)
            finally:
                self._awaited = None

    async def first(self, answer: str) -> Message:
        """Wait for what the server sends unasked."""
        self._awaited = ("", answer)
        try:
            return await self._answer(answer)
        finally:
            self._awaited = None

    def check(self) -> None:
        if self.lost is not None:
            raise RemoteLinkError(f"the call is over: {self.lost}")

    @contextmanager
    def watching(self, watcher: Watcher) -> Iterator[None]:
        self._watchers.append(watcher)
        try:
            yield
        finally:
            self._watchers.remove(watcher)

    def happen(self, events: Iterable[CallEvent]) -> None:
        for event in events:
            if isinstance(event, Interrupted):
                self.inbox.forget_audio(event.reply)
            self.inbox.put(event)
            for watcher in tuple(self._watchers):
                watcher(event)

    def _name(self) -> str:
        return f"evt_{next(self._ids)}"

    async def _send(self, name: str, message: Message) -> None:
        self.check()
        try:
            await self._carrier.send({**message, "event_id": name})
        except LinkError as dead:
            self._end(str(dead))
            raise

    # --- incoming -----------------------------------------------------------------------------

    def _take(self, message: Message) -> None:
        kind = str(message.get("type", ""))
        if self._raw:
            self.happen([Raw(kind, message)])
        events = self.reader.read(message, self.now())
        if not self._answers_request(kind, message):
            self.happen(events)
        self.changed.ring()

    def _answers_request(self, kind: str, message: Message) -> bool:
        """Whether this answers a request, so that nobody else needs to know."""
        request, answer = self._awaited or (None, None)
        if kind == answer and answer not in self._answers:
            self._answers[kind] = message
            return True
        if kind != "error":
            return False
        about = error_of(message).get("event_id")
        if about is not None and about == request:
            self._answers[kind] = message
            return True
        return about in self._quiet

    async def _answer(self, answer: str) -> Message:
        def come() -> bool:
            return bool(self._answers) or self.lost is not None

        try:
            with anyio.fail_after(ANSWER_S):
                await self.changed.until(come)
        except TimeoutError as late:
            raise RemoteLinkError(f"the server sent no {answer} in {ANSWER_S:g} s") from late
        answers, self._answers = self._answers, {}
        if answer in answers:
            return answers[answer]
        self.check()
        error = error_of(answers["error"])
        raise Refused(str(error.get("message")), error.get("code"), error.get("param"))

    def _end(self, reason: str) -> None:
        if self.lost is None:
            self.lost = reason
            self.inbox.finish(Closed(reason))
            for watcher in tuple(self._watchers):
                watcher(Closed(reason))
            self.changed.ring()

    def fail(self, problem: Exception) -> None:
        """Something that nobody waits for went wrong."""
        self.happen([Failed(str(problem), getattr(problem, "code", None) or "")])


def error_of(message: Mapping[str, Any]) -> Mapping[str, Any]:
    found = message.get("error")
    return found if isinstance(found, Mapping) else {}
