"""One conversation with an agent, wherever it runs: the object that applications hold."""

from __future__ import annotations

import binascii
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import TaskGroup

from voiceagent.audio import Format, Resampler
from voiceagent.client.events import CallEvent, Interrupted
from voiceagent.client.exchange import Carrier, Exchange
from voiceagent.client.functions import Function
from voiceagent.client.settings import first_session, session_of, style_of
from voiceagent.client.toolbox import Toolbox
from voiceagent.client.turn import Turn, converse
from voiceagent.errors import ConfigError, LinkError, Refused
from voiceagent.parts import SENSES, Said, Styles
from voiceagent.style import Style
from voiceagent.wire.senses import MOST_SAMPLES, Measured, read_sample, show_sample

PIECE_MS = 500  # of audio in one message: far under what any server takes
VERBATIM = "Say exactly the following words and nothing else: "


class Call:
    """Talk, listen, interrupt; `async for event in call` says what happens.

        async with voiceagent.connect("ws://127.0.0.1:8765") as call:
            await call.send_text("What time is it?")
            async for event in call:
                ...

    Everything raises RemoteLinkError once the call is lost; the iteration ends with Closed.
    """

    def __init__(self, exchange: Exchange, tasks: TaskGroup) -> None:
        self._exchange = exchange
        self._tasks = tasks
        self._toolbox = Toolbox(exchange, tasks)
        self._input: tuple[Format, Resampler] | None = None
        self._offering = anyio.Lock()
        self._offered: frozenset[str] = frozenset()

    # --- listening ----------------------------------------------------------------------------

    def __aiter__(self) -> Call:
        return self

    async def __anext__(self) -> CallEvent:
        event = await self._exchange.inbox.take()
        if event is None:
            raise StopAsyncIteration
        return event

    @property
    def conversation(self) -> tuple[Said, ...]:
        """What was said so far; of the agent's words only those that were heard."""
        return self._exchange.reader.transcript.messages

    @property
    def session(self) -> dict[str, Any]:
        """The settings in force, as the server shows them."""
        return dict(self._exchange.reader.session)

    @property
    def voice(self) -> Styles | None:
        """What the agent's voice can do, where the server tells it."""
        return self._exchange.reader.voice

    @property
    def senses(self) -> tuple[str, ...]:
        """What `sense` may tell of the user, by name; nothing, where the agent reads no feelings
        or the server knows of no such thing.
        """
        return self._exchange.reader.senses

    def played(self, ms: int, reply: str | None = None) -> None:
        """Report how much of a reply (by default the newest) has come out of the loudspeaker.

        Who plays audio and reports it often is told the truth about what was heard when the user
        interrupts. Without reports the clock is asked.
        """
        self._exchange.reader.report(ms, reply)

    # --- talking ------------------------------------------------------------------------------

    async def send_audio(self, pcm: bytes, rate: int = 24_000) -> None:
        """Send the user's voice: mono, 16 bit. It is not paced: send it as it is recorded."""
        coded, resampler = self._way_in(rate)
        pcm = resampler.feed(pcm)
        step = coded.rate * PIECE_MS // 1000 * 2
        for start in range(0, len(pcm), step):
            sound = coded.encode(pcm[start : start + step])
            audio = binascii.b2a_base64(sound, newline=False).decode("ascii")
            await self._exchange.send({"type": "input_audio_buffer.append", "audio": audio})

    async def sense(
        self, name: str, value: float, *, quality: float = 1.0, at: int | None = None
    ) -> None:
        """Tell what is measured of the user beside the sound: `sense("heart_rate", 82)`.

        `quality` is how sure the sensor is, 0..1. `at`: milliseconds of the audio that was sent;
        left out: now. It helps to read how the user feels, and changes nothing else.
        """
        await self.sense_all([Measured(name, value, quality, at)])

    async def sense_all(self, samples: Iterable[Measured]) -> None:
        """The same, of many samples. What is wrong with one is Refused here, and none is sent."""
        shown = [show_sample(sample) for sample in samples]
        if not self._exchange.reader.ours:
            raise Refused("This server knows nothing of what is measured of a user.", param="name")
        for number, sample in enumerate(shown):
            read_sample(sample, f"samples[{number}]", self.senses or SENSES)
        for start in range(0, len(shown), MOST_SAMPLES):
            piece = shown[start : start + MOST_SAMPLES]
            await self._exchange.send({"type": "voiceagent.sense", "samples": piece})

    async def send_text(self, text: str, respond: bool = True) -> None:
        """Say something to the agent in writing."""
        await self._offer()
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        await self._exchange.send({"type": "conversation.item.create", "item": item})
        if respond:
            await self.reply()

    async def reply(
        self,
        instructions: str = "",
        *,
        style: Style | str | None = None,
        strict: bool | None = None,
        **response: Any,
    ) -> None:
        """Ask for a reply. `instructions`, `style` and other fields hold for this one alone.
        `style` may be free words; `strict`: rather no reply than one in another style.
        """
        await self._offer()
        if instructions:
            response["instructions"] = instructions
        ours = dict(response.get("voiceagent", {}))
        if style is not None:
            ours["style"] = style_of(style)
        if strict is not None:
            ours["strict_style"] = strict
        if ours:
            response["voiceagent"] = ours
        self._exchange.reader.asides += response.get("conversation") == "none"
        message: dict[str, Any] = {"type": "response.create"}
        await self._exchange.send({**message, "response": response} if response else message)

    async def say(
        self, text: str, *, style: Style | str | None = None, strict: bool | None = None
    ) -> None:
        """Let the agent say exactly these words. `style` may be free words: "sad, slow"."""
        if self._exchange.reader.ours:
            await self.reply(style=style, strict=strict, voiceagent={"say": text})
        elif strict:
            told = "This server does not tell what its voice can do, so strict asks in vain."
            raise Refused(told, param="strict")
        else:
            manner = f" Say them like this: {in_words(style)}." if style else ""
            await self.reply(VERBATIM + text + manner, tool_choice="none")

    async def interrupt(self) -> None:
        """Stop what the agent is saying. Does no harm where it says nothing."""
        exchange = self._exchange
        exchange.check()
        if exchange.reader.active is not None:
            await exchange.send({"type": "response.cancel"}, quiet=True)
        exchange.happen(exchange.reader.stop(exchange.now()))

    # --- turns and settings -------------------------------------------------------------------

    async def commit(self) -> None:
        """End the user's turn, in calls with `turn_detection=None`. `reply` asks for an answer."""
        await self._exchange.send({"type": "input_audio_buffer.commit"})

    async def clear(self) -> None:
        """Forget the audio that was sent since the last turn."""
        await self._exchange.send({"type": "input_audio_buffer.clear"})

    async def update(self, **fields: Any) -> None:
        """Change settings: instructions, voice, speed, style, turn_detection, or any field of the
        protocol's session object. Raises Refused, and nothing changes, if the server says no.
        """
        message = {"type": "session.update", "session": session_of(fields)}
        await self._exchange.ask(message, "session.updated")

    def tool(self, function: Function) -> Function:
        """Offer a typed function to the agent; a decorator. Its name, its docstring and its types
        are what the agent knows of it.
        """
        self._toolbox.add(function)
        self._tasks.start_soon(self._offer_soon)
        return function

    async def converse(
        self,
        audio: bytes | str | Path,
        rate: int = 24_000,
        *,
        real_time: bool = False,
        patience_s: float = 30.0,
    ) -> Turn:
        """One turn: send a recording (a path, a wav, or PCM at `rate`) and wait for the reply."""
        await self._offer()
        return await converse(self, self._exchange, audio, rate, real_time, patience_s)

    # --- inside -------------------------------------------------------------------------------

    def _way_in(self, rate: int) -> tuple[Format, Resampler]:
        coded = self._exchange.reader.input_format
        if self._input is None or self._input[0] != coded or self._input[1].source_rate != rate:
            if not 1_000 <= rate <= 384_000:
                raise ConfigError(f"audio at {rate} samples a second cannot be sent")
            self._input = coded, Resampler(rate, coded.rate)
        return self._input

    async def _begin(self, tools: Sequence[Function], fields: dict[str, Any]) -> None:
        for function in tools:
            self._toolbox.add(function)
        await self._exchange.first("session.created")
        shown = [tool.shown() for tool in self._toolbox.tools.values()]
        self._offered = frozenset(self._toolbox.tools)
        session = first_session(self._exchange.reader.ours, shown, fields)
        message = {"type": "session.update", "session": session}
        await self._exchange.ask(message, "session.updated")

    async def _offer(self) -> None:
        """Tell the server of tools that it does not know yet."""
        async with self._offering:
            names = frozenset(self._toolbox.tools)
            if names == self._offered:
                return
            await self.update(tools=[tool.shown() for tool in self._toolbox.tools.values()])
            self._offered = names

    async def _offer_soon(self) -> None:
        try:
            await self._offer()
        except (Refused, LinkError) as problem:
            self._exchange.fail(problem)

    def _watch(self, event: CallEvent) -> None:
        self._toolbox.watch(event)
        if isinstance(event, Interrupted) and event.item:
            self._tasks.start_soon(self._truncate, event)

    async def _truncate(self, event: Interrupted) -> None:
        """Tell the server how much was heard, and ask what that leaves of the words."""
        about = {"item_id": event.item, "content_index": 0, "audio_end_ms": event.played_ms}
        try:
            await self._exchange.send({"type": "conversation.item.truncate", **about}, quiet=True)
            if self._exchange.reader.ours:
                ask = {"type": "conversation.item.retrieve", "item_id": event.item}
                await self._exchange.send(ask, quiet=True)
        except LinkError:
            return  # a call that is over has nothing to put right


def in_words(style: Style | str) -> str:
    """For a mind that knows nothing of ours."""
    plain = ("instructions", "emotion", "mode")
    told = style_of(style).items()
    return ", ".join(str(value) if name in plain else f"{name} {value}" for name, value in told)


@asynccontextmanager
async def open_call(
    carrier: Carrier, tools: Sequence[Function] = (), raw: bool = False, **fields: Any
) -> AsyncGenerator[Call]:
    """A call over anything that carries messages."""
    exchange = Exchange(carrier, raw)
    problem: BaseException | None = None
    try:
        async with anyio.create_task_group() as tasks:
            call = Call(exchange, tasks)
            with exchange.watching(call._watch):
                tasks.start_soon(exchange.run)
                await call._begin(tools, fields)
                yield call
                tasks.cancel_scope.cancel()
    except BaseExceptionGroup as group:
        problem = alone(group)
    if problem is not None:
        raise problem


def alone(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """An error of the application's own comes out as itself, not as a group of one."""
    return group.exceptions[0] if len(group.exceptions) == 1 else group
