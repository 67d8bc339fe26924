"""A mind that costs nothing: it measures everything but thinking."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from voiceagent.parts import Asked, Ended, Phrase, Said, Thought, ToolCall, ToolResult


@dataclass(frozen=True, slots=True)
class Options:
    text: str = "Thank you, I heard you, and this is my answer."


def build(options: Options) -> Instant:
    return Instant(options)


@dataclass(frozen=True, slots=True)
class Instant:
    options: Options

    async def think(self, asked: Asked) -> AsyncGenerator[Thought, None]:
        last = asked.history[-1] if asked.history else None
        tool = None if isinstance(last, ToolResult) else chosen_tool(asked)
        if tool is not None:
            yield ToolCall(f"call_{secrets.token_hex(8)}", tool, "{}")
            return
        words = self._words(last).split()
        most = asked.manner.max_tokens
        yield Phrase(" ".join(words[:most]))
        yield Ended("stop" if most is None or len(words) <= most else "length")

    def _words(self, last: object) -> str:
        match last:
            case ToolResult(output=output):
                return f"The result is {output}"
            case Said(role="user", text=text) if text.startswith("Say: "):
                return text.removeprefix("Say: ")
            case _:
                return self.options.text


def chosen_tool(asked: Asked) -> str | None:
    """The tool that the client insists on, if it does."""
    choice = asked.manner.tool_choice
    names = [tool.name for tool in asked.manner.tools]
    if choice == "required" and names:
        return names[0]
    return choice if choice in names else None
