"""A server's words and voice over plain HTTP: `/v1/audio/transcriptions` and `/v1/audio/speech`."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from typing import Any

import httpx
import numpy as np

from voiceagent.audio import Clip, wav_bytes
from voiceagent.client.socket import bare, connect, http_of, is_local
from voiceagent.errors import Busy, Refused, RemoteLinkError, VoiceAgentError
from voiceagent.events import HeardWord
from voiceagent.hearing.recording import Passage
from voiceagent.parts import EAR_RATE, Styles, Tune
from voiceagent.speaking.recital import phrases_of
from voiceagent.style import Style

TIMEOUT_S = 120.0
PART_S, LOOK_S = (
    300,
    20,
)  # a long recording goes in parts, cut where these last seconds are quietest
BLOCK = EAR_RATE // 10
MOST_INPUT = 4_096  # characters in one request
GIVES = {"speech": "speech", "transcriptions": "transcript"}
LACKS = "x-voiceagent-degraded"
PLAIN = asdict(Style())


@dataclass(frozen=True, slots=True)
class There:
    """An agent on a server."""

    url: str
    key: str | None = None

    async def transcribe(self, clip: Clip, tune: Tune) -> AsyncGenerator[Passage, None]:
        begin = 0
        for part in parts(clip.at(EAR_RATE).pcm):
            for passage in passages_of(await self._ask(part, tune), begin):
                yield passage
            begin += len(part) * 500 // EAR_RATE

    async def abilities(self) -> Styles:
        """What its voice can do: it says so when a call begins."""
        async with connect(self.url, self.key) as call:
            if call.voice is None:
                raise Refused(f"{bare(self.url)} does not tell what its voice can do.")
            return call.voice

    async def say(
        self, text: str, style: Style, voice: str, lacks: list[str], strict: bool = False
    ) -> AsyncGenerator[bytes, None]:
        """24 kHz, as it comes. What the server did not do is told in `lacks`."""
        for piece in pieces(text):
            wanted = body(piece, style, voice, strict)
            async with self._posting("speech", json=wanted) as answer:
                told = answer.headers.get(LACKS, "")
                lacks += [lack for lack in told.split("; ") if lack and lack not in lacks]
                async for pcm in answer.aiter_bytes():
                    yield pcm

    async def _ask(self, pcm: bytes, tune: Tune) -> Any:
        form = {"language": tune.language or "", "prompt": tune.prompt}
        asked = {name: value for name, value in form.items() if value}
        asked["response_format"] = "verbose_json"
        files = {"file": ("audio.wav", wav_bytes(pcm, EAR_RATE), "audio/wav")}
        lists = {"timestamp_granularities[]": ["word", "segment"]}
        async with self._posting("transcriptions", data={**asked, **lists}, files=files) as answer:
            await answer.aread()
            try:
                return answer.json()
            except ValueError as problem:
                raise RemoteLinkError(
                    f"{bare(self.url)} gave no transcript: {problem}"
                ) from problem

    @asynccontextmanager
    async def _posting(self, what: str, **request: Any) -> AsyncGenerator[httpx.Response]:
        address = f"{http_of(self.url)}/v1/audio/{what}"
        headers = {} if self.key is None else {"Authorization": f"Bearer {self.key}"}
        away = not is_local(address)
        try:
            async with (
                httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=away) as client,
                client.stream("POST", address, headers=headers, **request) as answer,
            ):
                if not answer.is_success:
                    await answer.aread()
                    raise refusal(answer, bare(address), GIVES[what], self.key)
                yield answer
        except httpx.HTTPError as problem:
            said = str(problem) or type(problem).__name__
            raise RemoteLinkError(f"{bare(address)} gave no {GIVES[what]}: {said}") from problem


def refusal(answer: httpx.Response, address: str, what: str, key: str | None) -> VoiceAgentError:
    """The server's own words, where it has some."""
    try:
        error = answer.json()["error"]
        said, code, param = str(error["message"]), error.get("code"), error.get("param")
    except (ValueError, KeyError, TypeError, AttributeError):
        said, code, param = f"HTTP {answer.status_code} {answer.reason_phrase}", None, None
    if answer.status_code == 401:
        given = "the key that was given" if key else "a call without a key"
        return RemoteLinkError(f"{address} refuses {given}: pass the right one as key=... or --key")
    if answer.status_code == 503:
        after = answer.headers.get("Retry-After", "")
        return Busy(address, int(after) if after.isdigit() else 1)
    if answer.status_code in (400, 413):
        return Refused(said, code, param)
    return RemoteLinkError(f"{address} gave no {what}: {said}")


# --- words ---------------------------------------------------------------------------------------


def parts(pcm: bytes) -> Iterator[bytes]:
    """A recording in pieces that one request takes, cut where nobody speaks, if possible."""
    while len(pcm) > PART_S * EAR_RATE * 2:
        first = (PART_S - LOOK_S) * EAR_RATE
        samples = np.frombuffer(pcm, np.int16, LOOK_S * EAR_RATE, 2 * first)
        energy = (samples.astype(np.float32).reshape(-1, BLOCK) ** 2).sum(axis=1)
        cut = 2 * (first + int(energy.argmin()) * BLOCK + BLOCK // 2)
        yield pcm[:cut]
        pcm = pcm[cut:]
    yield pcm


def passages_of(data: Any, begin: int) -> list[Passage]:
    """What a server says of a recording that begins there. Others tell less of it than ours."""
    try:
        words = [word_of(word, begin) for word in data.get("words") or ()]
        segments = data.get("segments") or [{**data, "start": 0.0, "end": data.get("duration", 0)}]
        return [passage_of(segment, words, begin) for segment in segments if segment["text"]]
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        raise RemoteLinkError(f"the server gave no transcript: {problem!r}") from problem


def word_of(data: Mapping[str, Any], begin: int) -> HeardWord:
    start, end = (begin + round(float(data[edge]) * 1000) for edge in ("start", "end"))
    return HeardWord(str(data["word"]), start, end, float(data.get("confidence", 1.0)))


def passage_of(data: Mapping[str, Any], words: Sequence[HeardWord], begin: int) -> Passage:
    start, end = (begin + round(float(data[edge]) * 1000) for edge in ("start", "end"))
    inside = tuple(word for word in words if start <= (word.begin + word.end) // 2 <= end)
    others = tuple(str(other) for other in data.get("others") or ())
    return Passage(str(data["text"]).strip(), start, end, inside, others)


# --- speech --------------------------------------------------------------------------------------


def pieces(text: str) -> Iterator[str]:
    """The text in requests, cut between phrases."""
    piece = ""
    for phrase in phrases_of(text):
        if len(piece) + len(phrase) > MOST_INPUT:
            yield piece
            piece = ""
        piece += phrase
    if piece:
        yield piece


def body(text: str, style: Style, voice: str, strict: bool = False) -> dict[str, Any]:
    """What is plain is not mentioned, so that other servers understand it too."""
    text = text.encode(errors="replace").decode()  # halves of characters
    given = {name: value for name, value in asdict(style).items() if value != PLAIN[name]}
    asked: dict[str, Any] = {"input": text, "response_format": "pcm", "model": "voiceagent"}
    if voice:
        asked["voice"] = voice
    if "pace" in given:
        asked["speed"] = given.pop("pace")
    if "instructions" in given:
        asked["instructions"] = given.pop("instructions")
    ours = {"style": given, "strict_style": strict}
    told = {name: value for name, value in ours.items() if value}
    return {**asked, "voiceagent": told} if told else asked
