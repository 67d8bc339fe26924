"""Calls the application's functions when the model asks, and hands back what they return."""

from __future__ import annotations

from dataclasses import dataclass, field

from anyio.abc import TaskGroup

from voiceagent.client.events import AgentFinished, CallEvent, ToolAnswered, ToolCalled
from voiceagent.client.exchange import Exchange
from voiceagent.client.functions import Function, FunctionTool, function_tool
from voiceagent.errors import ConfigError, LinkError


@dataclass
class Round:
    """The calls of one reply: they are answered together."""

    waiting: set[str] = field(default_factory=set)
    over: AgentFinished | None = None


class Toolbox:
    def __init__(self, exchange: Exchange, tasks: TaskGroup) -> None:
        self.tools: dict[str, FunctionTool] = {}
        self._exchange = exchange
        self._tasks = tasks
        self._rounds: dict[str, Round] = {}

    def add(self, function: Function) -> None:
        tool = function_tool(function)
        if tool.name in self.tools:
            raise ConfigError(f"there are two tools named {tool.name!r}")
        self.tools[tool.name] = tool

    def watch(self, event: CallEvent) -> None:
        match event:
            case ToolCalled(call=call, reply=reply):
                self._rounds.setdefault(reply, Round()).waiting.add(call)
                self._tasks.start_soon(self._work, event)
            case AgentFinished(reply=reply) if reply in self._rounds:
                self._rounds[reply].over = event
                self._tasks.start_soon(self._go_on, reply)
            case _:
                pass

    async def _work(self, called: ToolCalled) -> None:
        tool = self.tools.get(called.name)
        if tool is None:
            output, failed = f"error: there is no tool {called.name!r}", True
        else:
            output, failed = await tool.call(called.arguments)
        exchange = self._exchange
        exchange.happen([ToolAnswered(called.name, output, called.call, failed)])
        item = {"type": "function_call_output", "call_id": called.call, "output": output}
        try:
            await exchange.send({"type": "conversation.item.create", "item": item})
        except LinkError:
            return  # whoever waits for the call to go on hears of it from the iteration
        self._rounds[called.reply].waiting.discard(called.call)
        await self._go_on(called.reply)

    async def _go_on(self, reply: str) -> None:
        """Ask for the reply that tells the results, once all are in and nobody else is talking.

        A reply that began after they were in has told them already; one that the user stopped is
        not gone on with.
        """
        exchange, round = self._exchange, self._rounds.get(reply)
        if round is None or round.waiting or round.over is None:
            return
        del self._rounds[reply]
        if round.over.status == "cancelled":
            return
        started = exchange.reader.started
        await exchange.changed.until(
            lambda: exchange.reader.active is None or exchange.lost is not None
        )
        if exchange.lost is not None or exchange.reader.started != started:
            return
        try:
            await exchange.send({"type": "response.create"})
        except LinkError:
            return
