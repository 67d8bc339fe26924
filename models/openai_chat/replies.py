"""One streamed reply: the data of each event in, thoughts out. Pure."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from voiceagent.parts import Ended, Phrase, Thought, ToolCall, Usage

from .unspoken import Unspoken, mended

REPLY_CHARS = 200_000
DONE = "[DONE]"


class BadReply(ValueError):
    """The endpoint reported a failure in mid-stream, or sent what is no chat stream."""


class Reply:
    """Follows one reply. `progress` grows with every token, spoken or not; `finished` says that
    nothing but the bill is still to come.
    """

    def __init__(self) -> None:
        self.progress = 0
        self.finished = False
        self._words = Unspoken()
        self._call: _Call | None = None
        self._closed: set[int] = set()
        self._reason: Literal["stop", "length", "filter"] = "stop"
        self._usage = Usage()

    def read(self, data: str) -> Iterator[Thought]:
        """Yield what this event adds. Phrases carry the text as it came, unsplit."""
        if data.strip() == DONE:
            yield from self._finish()
            return
        chunk = _chunk(data)
        if _object(chunk.get("usage")):
            self._usage = _usage(chunk["usage"])
        choices = chunk.get("choices")
        choice = _object(choices[0]) if isinstance(choices, list) and choices else {}
        delta = _object(choice.get("delta")) or _object(choice.get("message"))
        yield from self._read_delta(delta)
        if reason := choice.get("finish_reason"):
            self._reason = _reason(reason)
            yield from self._finish()

    def cut(self) -> Iterator[Thought]:
        """Yield what was held back when the stream broke off. A call in pieces is not made."""
        yield from _phrase(self._words.rest())

    def end(self) -> Ended:
        return Ended(self._reason, self._usage)

    def _read_delta(self, delta: Mapping[str, Any]) -> Iterator[Thought]:
        self._count(_text(delta.get("reasoning_content") or delta.get("reasoning")))
        text = _text(delta.get("content")) or _text(delta.get("refusal"))
        self._count(text)
        yield from _phrase(self._words.spoken(text))
        pieces = delta.get("tool_calls")
        for piece in pieces if isinstance(pieces, list) else ():
            yield from self._read_call(_object(piece))

    def _read_call(self, piece: Mapping[str, Any]) -> Iterator[Thought]:
        function = _object(piece.get("function"))
        name, arguments = _text(function.get("name")), _arguments(function.get("arguments"))
        index, id = _number(piece.get("index")), _text(piece.get("id"))
        self._count(name + arguments)
        if self._call is None or self._call.is_over(index, id, name, arguments):
            if self._call and self._call.index is not None and self._call.index != index:
                self._closed.add(self._call.index)
            yield from self._close_call()
            if index in self._closed:
                raise BadReply("it went back to a tool call that was over")
            self._call = _Call(index)
        self._call.add(id, name, arguments)

    def _close_call(self) -> Iterator[Thought]:
        yield from _phrase(self._words.rest())
        call, self._call = self._call, None
        if call:
            yield call.made()

    def _finish(self) -> Iterator[Thought]:
        self.finished = True
        yield from self._close_call()

    def _count(self, text: str) -> None:
        self.progress += len(text)
        if self.progress > REPLY_CHARS:
            raise BadReply(f"the reply has more than {REPLY_CHARS:,} characters")


class _Call:
    """A tool call that comes in pieces. Servers differ in which piece carries what."""

    def __init__(self, index: int | None) -> None:
        self.index = index
        self._id = ""
        self._name = ""
        self._arguments: list[str] = []

    def is_over(self, index: int | None, id: str, name: str, arguments: str) -> bool:
        """Whether this piece begins another call.

        The index tells, where it is right. Some servers leave it out or send whole calls all
        numbered 0; others name the call again, under a new id, with each piece of its arguments.
        """
        if index is not None and self.index is not None and index != self.index:
            return True
        if not name or not self._name or (id and id == self._id):
            return False
        return name != self._name or (bool(arguments) and _whole("".join(self._arguments)))

    def add(self, id: str, name: str, arguments: str) -> None:
        self._id = self._id or id
        self._name = self._name or name
        self._arguments.append(arguments)

    def made(self) -> ToolCall:
        if not self._name:
            raise BadReply("it called a tool without a name")
        made_id = self._id or f"call_{uuid.uuid4().hex[:24]}"
        return ToolCall(made_id, self._name, mended("".join(self._arguments)))


def _phrase(text: str) -> Iterator[Phrase]:
    if text:
        yield Phrase(text, goes_on=True)


def _chunk(data: str) -> Mapping[str, Any]:
    try:
        chunk = json.loads(data or "{}")
    except (ValueError, RecursionError):
        chunk = None
    if not isinstance(chunk, dict):
        raise BadReply(f"it sent what is no chat stream: {data[:60]!r}")
    if error := chunk.get("error"):
        raise BadReply(complaint(error) or "it failed and does not say why")
    return chunk


def complaint(error: object, depth: int = 3) -> str:
    """Return what an endpoint says about its failure, in any of the shapes that they use."""
    if isinstance(error, dict) and depth:
        told = (complaint(error.get(key), depth - 1) for key in ("error", "message", "detail"))
        return next(filter(None, told), "")
    return error if isinstance(error, str) else ""


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    """Text, or the text parts of a list of parts; a part of any other type is not for the ear."""
    if isinstance(value, list):
        return "".join(
            _text(part.get("text"))
            for part in value
            if isinstance(part, dict) and part.get("type") == "text"
        )
    return value if isinstance(value, str) else ""


def _arguments(value: object) -> str:
    return json.dumps(value) if isinstance(value, dict) else _text(value)


def _whole(arguments: str) -> bool:
    try:
        json.loads(arguments)
    except (ValueError, RecursionError):
        return False
    return True


def _reason(reason: object) -> Literal["stop", "length", "filter"]:
    match reason:
        case "length":
            return "length"
        case "content_filter":
            return "filter"
    return "stop"


def _usage(usage: Mapping[str, Any]) -> Usage:
    details = _object(usage.get("prompt_tokens_details"))
    return Usage(
        input_tokens=_tokens(usage.get("prompt_tokens")),
        output_tokens=_tokens(usage.get("completion_tokens")),
        cached_tokens=_tokens(details.get("cached_tokens")),
    )


def _tokens(value: object) -> int:
    return max(0, _number(value) or 0)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
