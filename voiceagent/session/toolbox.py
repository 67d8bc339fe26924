"""The tools that run here: asked for by a mind, started when the turn engine says so, bounded in
time.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import Any, Protocol

import anyio

from voiceagent.errors import ToolError
from voiceagent.events import Effects
from voiceagent.parts import Tool, ToolCall

log = logging.getLogger("voiceagent.session")
TOOL_TIMEOUT_S = 60.0
MOST_OUTPUT = 20_000  # characters that a mind is told of a result


class Owner(Protocol):
    def start_tool(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None: ...
    def tool_finished(self, reply: int, call: ToolCall, output: str) -> None: ...


class Toolbox:
    def __init__(self, tools: Mapping[str, Tool], owner: Owner) -> None:
        self._tools = tools
        self._owner = owner
        self._asked: dict[str, tuple[int, ToolCall]] = {}
        self._running: dict[str, anyio.CancelScope] = {}

    def asked(self, reply: int, call: ToolCall) -> Effects:
        """Note the call; it runs when the engine says so."""
        self._asked[call.id] = (reply, call)
        return self._tools[call.name].spec.effects

    def run(self, call_id: str) -> None:
        if call_id in self._asked:
            reply, call = self._asked.pop(call_id)
            self._running[call_id] = anyio.CancelScope()
            self._owner.start_tool(partial(self._work, reply, call))

    def drop(self, call_id: str) -> None:
        """It must not run any more, and nobody wants its result."""
        self._asked.pop(call_id, None)
        if (scope := self._running.pop(call_id, None)) is not None:
            scope.cancel()

    async def _work(self, reply: int, call: ToolCall) -> None:
        output: str | None = None
        with self._running[call.id]:
            output = await self._output(call)
        self._running.pop(call.id, None)
        if output is not None:
            self._owner.tool_finished(reply, call, output[:MOST_OUTPUT])

    async def _output(self, call: ToolCall) -> str:
        tool = self._tools[call.name]
        try:
            with anyio.fail_after(TOOL_TIMEOUT_S):
                return await tool.run(read_arguments(call))
        except TimeoutError:
            return f"error: {call.name} gave no answer in {TOOL_TIMEOUT_S:g} s"
        except ToolError as error:
            return f"error: {error}"
        except Exception as error:  # a tool is somebody else's code: the mind hears of its faults
            log.warning("tool %s failed", call.name, exc_info=True)
            return f"error: {call.name} failed: {type(error).__name__}"


def read_arguments(call: ToolCall) -> Mapping[str, Any]:
    try:
        arguments = json.loads(call.arguments or "{}")
    except ValueError as error:
        raise ToolError(f"the arguments of {call.name} are not JSON: {error}") from error
    if not isinstance(arguments, dict):
        raise ToolError(f"the arguments of {call.name} must be a JSON object")
    return arguments
