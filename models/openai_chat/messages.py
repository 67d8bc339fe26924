"""What was asked, as the body of a chat request. Pure; no words of our own."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from voiceagent.parts import Asked, HistoryItem, Manner, Said, ToolCall, ToolResult, ToolSpec

Message = dict[str, Any]

PENDING = '{"status": "pending"}'
"""Stands for the result of a tool that is still at work: a call without one is refused, and a call
that is left out is made again."""


@dataclass
class Exchange:
    """Calls that were made together, and the results that came right after them."""

    calls: list[ToolCall] = field(default_factory=list)
    results: list[ToolResult] = field(default_factory=list)


def chat_messages(instructions: str, history: Sequence[HistoryItem]) -> list[Message]:
    """Return messages that every endpoint accepts: one system message ahead, no role twice in a
    row, every call answered at once.
    """
    messages: list[Message] = []
    if instructions:
        messages.append({"role": "system", "content": instructions})
    for block in _settled(_blocks(history), history):
        for message in _said(block) if isinstance(block, Said) else _exchanged(block):
            _append(messages, message)
    if all(message["role"] == "system" for message in messages):
        messages.append({"role": "user", "content": ""})  # the agent speaks first
    return messages


def tool_fields(manner: Manner) -> dict[str, Any]:
    """Return what the request says of tools. What is the endpoint's default anyway is left out."""
    if not manner.tools:
        return {}
    fields: dict[str, Any] = {"tools": [_tool(spec) for spec in manner.tools]}
    if manner.tool_choice in ("none", "required"):
        fields["tool_choice"] = manner.tool_choice
    elif manner.tool_choice != "auto":
        function = {"name": manner.tool_choice}
        fields["tool_choice"] = {"type": "function", "function": function}
    if not manner.parallel_tools:
        fields["parallel_tool_calls"] = False
    return fields


def chat_body(asked: Asked, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the whole body; `settings` are the fields that do not depend on the conversation."""
    manner = asked.manner
    messages = chat_messages(manner.instructions, asked.history)
    return {**settings, "messages": messages, "stream": True, **tool_fields(manner)}


# --- history -------------------------------------------------------------------------------------


def _blocks(history: Iterable[HistoryItem]) -> Iterator[Said | Exchange]:
    exchange = Exchange()
    for item in history:
        over = isinstance(item, Said) or (isinstance(item, ToolCall) and exchange.results)
        if over and (exchange.calls or exchange.results):
            yield exchange
            exchange = Exchange()
        match item:
            case Said():
                yield item
            case ToolCall():
                exchange.calls.append(item)
            case ToolResult():
                exchange.results.append(item)
    if exchange.calls or exchange.results:
        yield exchange


def _settled(
    blocks: Iterable[Said | Exchange], history: Sequence[HistoryItem]
) -> Iterator[Said | Exchange]:
    """Put every call beside its result, and answer those that have none.

    A result that came while the conversation went on takes its call along to where it came, so that
    the model sees that it is news.
    """
    calls = {item.id: item for item in history if isinstance(item, ToolCall)}
    last = {item.call: item for item in history if isinstance(item, ToolResult)}
    for block in blocks:
        if isinstance(block, Said):
            yield block
            continue
        results = [result for result in block.results if last[result.call] is result]
        here = {result.call for result in results}
        made = [call for call in block.calls if call.id in here or call.id not in last]
        known = {call.id for call in made}
        made += [
            calls.get(result.call) or ToolCall(result.call, result.name or "tool", "{}")
            for result in results
            if result.call not in known
        ]
        results += [ToolResult(call.id, PENDING) for call in made if call.id not in last]
        if made:
            yield Exchange(made, results)


def _said(said: Said) -> Iterator[Message]:
    if said.images and said.role == "user":
        parts = [{"type": "text", "text": said.text}] if said.text else []
        images = [{"type": "image_url", "image_url": {"url": image}} for image in said.images]
        yield {"role": "user", "content": parts + images}
    elif said.text or said.role == "user":
        yield {"role": said.role, "content": said.text}


def _exchanged(exchange: Exchange) -> Iterator[Message]:
    yield {
        "role": "assistant",
        "content": None,
        "tool_calls": [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": _arguments(call.arguments)},
            }
            for call in exchange.calls
        ],
    }
    for result in exchange.results:
        yield {"role": "tool", "tool_call_id": result.call, "content": result.output}


def _arguments(text: str) -> str:
    """Arguments that are no JSON object would have every later request refused."""
    try:
        known = json.loads(text or "{}")
    except (ValueError, RecursionError):
        known = None
    if isinstance(known, dict):
        return text or "{}"
    return json.dumps({"invalid": text}, ensure_ascii=False)


def _append(messages: list[Message], message: Message) -> None:
    """Add a message, or put it into the one before: templates that want the roles to alternate
    refuse two in a row.
    """
    before = messages[-1] if messages else None
    joins = before and before["role"] == message["role"] and message["role"] != "tool"
    if not before or not joins or "tool_calls" in before:
        messages.append(message)
    elif "tool_calls" in message:
        before["tool_calls"] = message["tool_calls"]
    else:
        before["content"] = _joined(before["content"], message["content"])


def _joined(one: str | list[Message], other: str | list[Message]) -> str | list[Message]:
    if isinstance(one, str) and isinstance(other, str):
        return f"{one}\n{other}" if one and other else one or other
    return _parts(one) + _parts(other)


def _parts(content: str | list[Message]) -> list[Message]:
    if isinstance(content, list):
        return content
    return [{"type": "text", "text": content}] if content else []


def _tool(spec: ToolSpec) -> dict[str, Any]:
    parameters = dict(spec.parameters) or {"type": "object", "properties": {}}
    function: dict[str, Any] = {"name": spec.name, "parameters": parameters}
    if spec.description:
        function["description"] = spec.description
    return {"type": "function", "function": function}
