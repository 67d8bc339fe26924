"""Transcription over plain HTTP, in OpenAI's shape: a file to words."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from anyio import to_thread
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from voiceagent.audio import read_audio
from voiceagent.errors import MissingExtra
from voiceagent.events import HeardWord
from voiceagent.hearing.languages import refuse_foreign
from voiceagent.hearing.recording import Passage, passages
from voiceagent.parts import EAR_RATE, Tune
from voiceagent.session import House
from voiceagent.wire import checks

MOST_UPLOAD = 26_214_400
MOST_AUDIO_S = 1_800
LEAST_MS = 100  # less is no recording
MOST_PROMPT = 4_096
TRANSCRIPTS = ("json", "text", "verbose_json")
GRANULARITIES = ("segment", "word")
INCLUDE = ("logprobs",)
LEAST = 1e-6  # a confidence of nought has no logarithm


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `/v1/audio/transcriptions` was asked for."""

    format: str
    tune: Tune
    words: bool
    logprobs: bool


def read_wanted(form: FormData) -> Wanted:
    format = checks.choice(form.get("response_format") or "json", "response_format", TRANSCRIPTS)
    if str(form.get("stream", "false")).lower() == "true":
        raise checks.refuse("stream", "Streamed transcription is not supported.")
    granularities = several(form, "timestamp_granularities", GRANULARITIES)
    if granularities and format != "verbose_json":
        raise checks.refuse(
            "timestamp_granularities", "Timestamps need response_format 'verbose_json'."
        )
    include = several(form, "include", INCLUDE)
    if include and format != "json":
        raise checks.refuse("include", "'include' needs response_format 'json'.")
    language = checks.text(form.get("language") or "", "language", 64)
    prompt = checks.text(form.get("prompt") or "", "prompt", MOST_PROMPT)
    tune = Tune(language=language or None, prompt=prompt)
    return Wanted(format, tune, "word" in granularities, "logprobs" in include)


def several(form: FormData, name: str, choices: Sequence[str]) -> list[str]:
    """A list, as forms write it: with brackets behind its name, or without."""
    given = [*form.getlist(f"{name}[]"), *form.getlist(name)]
    return [checks.choice(value, name, choices) for value in given]


async def transcription(request: Request, house: House) -> Response:
    """`POST /v1/audio/transcriptions`."""
    async with request.form(max_files=1) as form:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise checks.refuse("file", "Missing required parameter: 'file'.")
        wanted = read_wanted(form)
        refuse_foreign(wanted.tune.language, house.hears, "language")
        data = await upload.read(MOST_UPLOAD + 1)
    if len(data) > MOST_UPLOAD:
        raise checks.refuse("file", f"The file is over {MOST_UPLOAD} bytes.")
    pcm = await to_thread.run_sync(decoded, data)  # half an hour of audio takes a while
    async with aclosing(passages(house.open_ears, pcm, wanted.tune)) as heard:
        said = [passage async for passage in heard]
    if wanted.format == "text":
        return PlainTextResponse(text_of(said) + "\n")
    return JSONResponse(shown(wanted, said, round(len(pcm) / 2 / EAR_RATE, 3)))


def decoded(data: bytes) -> bytes:
    """A file as the ears want it."""
    try:
        clip = read_audio(data, MOST_AUDIO_S)
    except MissingExtra as missing:
        raise checks.refuse("file", f"{missing} Or send a wav.") from missing
    if clip.ms < LEAST_MS:
        raise checks.refuse("file", f"The audio is {clip.ms} ms long; {LEAST_MS} is the least.")
    return clip.at(EAR_RATE).pcm


# --- the shapes ----------------------------------------------------------------------------------


def text_of(said: Sequence[Passage]) -> str:
    return " ".join(passage.text for passage in said)


def shown(wanted: Wanted, said: Sequence[Passage], seconds: float) -> dict[str, Any]:
    text = text_of(said)
    usage = {"type": "duration", "seconds": seconds}
    words = [word for passage in said for word in passage.words]
    if wanted.format == "json":
        logprobs = {"logprobs": [logprob(word) for word in words]} if wanted.logprobs else {}
        return {"text": text, **logprobs, "usage": usage}
    about = {
        "task": "transcribe",
        "duration": seconds,
        "language": wanted.tune.language or "english",
        "text": text,
        "segments": [segment(number, passage) for number, passage in enumerate(said)],
    }
    if wanted.words:
        about["words"] = [timed(word) for word in words]
    return {**about, "usage": usage}


def logprob(word: HeardWord) -> dict[str, Any]:
    return {
        "token": word.text,
        "bytes": list(word.text.encode()),
        "logprob": log_of(word),
    }


def log_of(word: HeardWord) -> float:
    return round(math.log(min(1.0, max(LEAST, word.confidence))), 4)


def timed(word: HeardWord) -> dict[str, Any]:
    """`confidence` is ours."""
    return {
        "word": word.text,
        "start": word.begin / 1000,
        "end": word.end / 1000,
        "confidence": round(word.confidence, 3),
    }


def segment(number: int, passage: Passage) -> dict[str, Any]:
    """A turn. What a token is and how hot it was sampled means nothing here; `others` is ours."""
    raw = passage.text.encode()
    logs = [log_of(word) for word in passage.words]
    return {
        "id": number,
        "seek": 0,
        "start": passage.begin / 1000,
        "end": passage.end / 1000,
        "text": passage.text,
        "tokens": [],
        "temperature": 0.0,
        "avg_logprob": round(sum(logs) / len(logs), 4) if logs else 0.0,
        "compression_ratio": round(len(raw) / len(zlib.compress(raw)), 3),
        "no_speech_prob": 0.0,
        "others": list(passage.others),
    }
