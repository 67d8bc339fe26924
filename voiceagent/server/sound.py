"""Speech and transcription over plain HTTP, in OpenAI's shape."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import orjson
from anyio import to_thread
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.types import Message, Receive

from voiceagent.audio import Resampler, read_audio, wav_header
from voiceagent.errors import Refused
from voiceagent.house import transcribe
from voiceagent.parts import EAR_RATE, Phrase, Tune, Voice
from voiceagent.session import House
from voiceagent.style import Style, read_style
from voiceagent.wire import checks

RATE = 24_000
MOST_TEXT = 4_096
MOST_UPLOAD = 26_214_400
MOST_BODY = MOST_UPLOAD + 2**16  # a file, and the form round it
MOST_AUDIO_S = 1_800
FORMATS = ("wav", "pcm")
TRANSCRIPTS = ("json", "text", "verbose_json")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `/v1/audio/speech` was asked for."""

    text: str
    voice: str
    format: str
    style: Style


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
    style = read_style({"pace": pace, "instructions": instructions}, "body", style)
    return Wanted(text, checks.text(named, "voice", 256), form, style)


async def speech(request: Request, voice: Voice | None) -> Response:
    """`POST /v1/audio/speech`: words to sound, streamed as it is made."""
    wanted = read_wanted(await body_of(request))
    if voice is None:
        raise Refused("This profile has no voice.", "unsupported", None)
    pieces = speak(voice, wanted)
    first = await anext(pieces, b"")  # a failing voice is an HTTP error, not half a file
    media = "audio/wav" if wanted.format == "wav" else "audio/pcm"
    return StreamingResponse(after(wav_start(wanted) + first, pieces), media_type=media)


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


async def speak(voice: Voice, wanted: Wanted) -> AsyncGenerator[bytes, None]:
    async def phrases() -> AsyncIterator[Phrase]:
        yield Phrase(wanted.text, wanted.style)

    resampler: Resampler | None = None
    async with aclosing(voice.speak(phrases(), wanted.voice)) as spoken:
        async for piece in spoken:
            if resampler is None or resampler.source_rate != piece.rate:
                resampler = Resampler(piece.rate, RATE)
            if pcm := resampler.feed(piece.pcm):
                yield pcm
    if resampler is not None:
        yield resampler.flush()


async def after(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(rest):
        yield first
        async for piece in rest:
            yield piece


def decoded(data: bytes) -> bytes:
    """A file as the ears want it."""
    return read_audio(data, MOST_AUDIO_S).at(EAR_RATE).pcm


async def transcription(request: Request, house: House) -> Response:
    """`POST /v1/audio/transcriptions`: a file to words."""
    async with request.form(max_files=1) as form:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise checks.refuse("file", "Missing required parameter: 'file'.")
        form_format = form.get("response_format") or "json"
        wanted = checks.choice(form_format, "response_format", TRANSCRIPTS)
        if str(form.get("stream", "false")).lower() == "true":
            raise checks.refuse("stream", "Streamed transcription is not supported.")
        language, prompt = form.get("language"), form.get("prompt")
        data = await upload.read(MOST_UPLOAD + 1)
    if len(data) > MOST_UPLOAD:
        raise checks.refuse("file", f"The file is over {MOST_UPLOAD} bytes.")
    pcm = await to_thread.run_sync(decoded, data)  # half an hour of audio takes a while
    tune = Tune(language=str(language) if language else None, prompt=str(prompt or ""))
    text = await transcribe(house, pcm, tune)
    if wanted == "text":
        return PlainTextResponse(text + "\n")
    seconds = round(len(pcm) / 2 / EAR_RATE, 3)
    usage = {"type": "duration", "seconds": seconds}
    if wanted == "json":
        return JSONResponse({"text": text, "usage": usage})
    about = {"task": "transcribe", "duration": seconds, "language": tune.language or "english"}
    return JSONResponse({**about, "text": text, "segments": [], "usage": usage})
