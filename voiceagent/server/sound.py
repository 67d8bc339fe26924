"""Speech over plain HTTP, in OpenAI's shape; and how large a request may be."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive

from voiceagent.audio import wav_header
from voiceagent.errors import Refused
from voiceagent.parts import Voice
from voiceagent.server.written import MOST_UPLOAD, transcription
from voiceagent.speaking.ability import refuse
from voiceagent.speaking.recital import RATE, recite, rehearse
from voiceagent.style import Style, faster, read_style
from voiceagent.wire import checks

__all__ = ["TooLarge", "body_of", "bounded", "speech", "transcription"]

MOST_TEXT = 4_096
MOST_BODY = MOST_UPLOAD + 2**16  # a file, and the form round it
FORMATS = ("wav", "pcm")
LACKS = "x-voiceagent-degraded"
MOST_HEADER = 4_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `/v1/audio/speech` was asked for."""

    text: str
    voice: str
    format: str
    style: Style
    strict: bool = False


def read_wanted(data: Any) -> Wanted:
    body = checks.mapping(data, "body")
    text = checks.text(checks.required(body, "input", ""), "input", MOST_TEXT)
    if not text.strip():
        raise checks.refuse("input", "'input' is empty: there is nothing to say.")
    voice = body.get("voice") or ""
    named = voice.get("id") if isinstance(voice, dict) else voice
    form = checks.choice(body.get("response_format") or "wav", "response_format", FORMATS)
    pace = checks.number(body.get("speed", 1.0), "speed", 0.25, 4.0)
    if body.get("stream_format") not in (None, "audio"):
        raise checks.refuse("stream_format", "Only stream_format 'audio' is supported.")
    given = checks.mapping(body.get("voiceagent") or {}, "voiceagent")
    style = read_style(checks.mapping(given.get("style") or {}, "style"), "voiceagent.style")
    instructions = checks.text(body.get("instructions") or "", "instructions", MOST_TEXT)
    own = {"instructions": instructions} if instructions else {}
    style = faster(read_style(own, "body", style), pace)
    strict = checks.boolean(given.get("strict_style", False), "voiceagent.strict_style")
    return Wanted(text, checks.text(named, "voice", 256), form, style, strict)


async def speech(request: Request, voice: Voice | None) -> Response:
    """`POST /v1/audio/speech`: words to sound, streamed as it is made."""
    wanted = read_wanted(await body_of(request))
    if voice is None:
        raise Refused("This profile has no voice.", "unsupported", None)
    recital = rehearse(wanted.text, wanted.style, voice, wanted.voice)
    if wanted.strict:
        refuse(recital.lacks, "voiceagent.style")
    pieces = recite(voice, recital)
    first = await anext(pieces, b"")  # a failing voice is an HTTP error, not half a file
    if not first:
        raise checks.refuse("input", "'input' has nothing in it that this voice can say.")
    media = "audio/wav" if wanted.format == "wav" else "audio/pcm"
    sound = after(wav_start(wanted) + first, pieces)
    return StreamingResponse(sound, media_type=media, headers=told(recital.lacks))


def told(lacks: tuple[str, ...]) -> dict[str, str]:
    """What was asked for and is not done, as a header can carry it."""
    line = "; ".join(lacks).encode("ascii", "backslashreplace").decode()
    return {LACKS: line[:MOST_HEADER]} if lacks else {}


class TooLarge(Refused):
    """More than anybody may send at once."""


def bounded(request: Request) -> Receive:
    """The way in of a request, as long as its body is not too large."""
    size = 0

    async def receive() -> Message:
        nonlocal size
        message = await request.receive()
        size += len(message.get("body", b""))
        if size > MOST_BODY:
            raise TooLarge(f"The request is over {MOST_BODY} bytes.", "request_too_large")
        return message

    return receive


async def body_of(request: Request) -> Any:
    """What the body says; None for an empty one."""
    body = await request.body()
    try:
        return orjson.loads(body) if body else None
    except orjson.JSONDecodeError as problem:
        raise Refused(f"The body is not valid JSON: {problem}.", "invalid_json") from problem


def wav_start(wanted: Wanted) -> bytes:
    return wav_header(RATE) if wanted.format == "wav" else b""


async def after(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece
