"""A mind behind any OpenAI-compatible chat endpoint: vLLM, llama.cpp, Ollama, a cloud."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx

from voiceagent.errors import ModelError
from voiceagent.parts import Asked, Thought

from .endpoint import Endpoint, Stream, read_body
from .faults import Faults, refuses_usage
from .messages import chat_body
from .replies import BadReply, Reply
from .sse import TooLong

TRAILER_S = 1.0  # the words are complete: how long the usage may keep the reply from ending
MAX_TOKENS = {"api.openai.com": "max_completion_tokens"}  # its newer models refuse the old name


@dataclass(frozen=True, slots=True)
class Options:
    """Which endpoint, and how long to wait for it. Without a model: the first that it names."""

    url: str = "http://127.0.0.1:8000/v1"
    model: str = ""
    key: str = field(default="", repr=False)
    timeout_s: float = 30  # from one token to the next
    first_token_s: float = 15  # from the question to the first token, connecting included
    temperature: float | None = None
    max_tokens: int | None = None  # one reply may be set to less, not to more
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


def build(options: Options) -> OpenAIChat:
    return OpenAIChat(options)


class OpenAIChat:
    """One endpoint, shared by all conversations."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._endpoint = Endpoint(options.url, options.key, options.headers)
        secrets = (options.key.strip(), *map(str, options.headers.values()))
        self._faults = Faults(self._endpoint.where, secrets)
        self._limit_name = MAX_TOKENS.get(self._endpoint.host, "max_tokens")
        self._found = ""
        self._knows_usage = True

    async def think(self, asked: Asked) -> AsyncGenerator[Thought, None]:
        """Stream a reply. Closing the generator closes the connection, and the endpoint stops."""
        reply, patience = Reply(), Patience(self._options)
        response = await self._ask(asked, patience.until)
        try:
            stream = Stream(response)
            while (thoughts := await self._more(stream, reply, patience.until)) is not None:
                for thought in thoughts:
                    yield thought
                patience.renew(reply)
            yield reply.end()
        except ModelError:
            for phrase in reply.cut():
                yield phrase
            raise
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close the connections of this event loop. Thinking again opens new ones."""
        await self._endpoint.aclose()

    async def _more(self, stream: Stream, reply: Reply, by: float) -> list[Thought] | None:
        """Return what the next event adds; None when the reply is over.

        Once its words are complete nothing is a failure any more.
        """
        try:
            data = await stream.next(by)
            if data is not None:
                return list(reply.read(data))
        except (TimeoutError, httpx.HTTPError, TooLong, BadReply) as error:
            if not reply.finished:
                raise self._fault(error, started=reply.progress > 0) from error
        if not reply.finished:
            raise self._faults.cut() if reply.progress else self._faults.empty()
        return None

    async def _ask(self, asked: Asked, by: float) -> httpx.Response:
        """Return the open stream of a reply, or raise what the endpoint has against it."""
        try:
            model = self._options.model or self._found or await self._first_model(by)
            for asks_usage in (True, False) if self._knows_usage else (False,):
                response = await self._post(asked, model, asks_usage, by)
                if response.is_success:
                    return response
                said = await read_body(response, by)
                if not refuses_usage(response.status_code, said):
                    break
                self._knows_usage = False
        except (TimeoutError, httpx.HTTPError) as error:
            raise self._fault(error, started=False) from error
        self._found = "" if response.status_code == 404 else self._found
        raise self._faults.refused(response.status_code, said, model)

    async def _post(self, asked: Asked, model: str, usage: bool, by: float) -> httpx.Response:
        settings: dict[str, Any] = {"model": model}
        if usage:
            settings["stream_options"] = {"include_usage": True}
        if self._options.temperature is not None:
            settings["temperature"] = self._options.temperature
        limits = (self._options.max_tokens, asked.manner.max_tokens)
        if any(limit is not None for limit in limits):
            settings[self._limit_name] = min(limit for limit in limits if limit is not None)
        return await self._endpoint.post("/chat/completions", chat_body(asked, settings), by)

    async def _first_model(self, by: float) -> str:
        response = await self._endpoint.get("/models", by)
        said = await read_body(response, by)
        if not response.is_success:
            raise self._faults.refused(response.status_code, said, "")
        try:
            self._found = str(json.loads(said)["data"][0]["id"])
        except (ValueError, LookupError, TypeError, RecursionError):
            raise self._faults.no_model() from None
        return self._found

    def _fault(self, error: Exception, *, started: bool) -> ModelError:
        match error:
            case TimeoutError() if started:
                return self._faults.silent(self._options.timeout_s)
            case TimeoutError():
                return self._faults.late(self._options.first_token_s)
            case httpx.HTTPError() if started:
                return self._faults.cut()
            case httpx.HTTPError():
                return self._faults.unreachable(error)
        return self._faults.bad_reply(error)


class Patience:
    """Until when the next event may take. Only tokens renew it, not a connection kept alive."""

    def __init__(self, options: Options) -> None:
        self.until = anyio.current_time() + options.first_token_s
        self._gap_s = options.timeout_s
        self._progress = 0
        self._finished = False

    def renew(self, reply: Reply) -> None:
        if reply.progress > self._progress and not reply.finished:
            self.until = anyio.current_time() + self._gap_s
        if reply.finished and not self._finished:
            self.until = anyio.current_time() + TRAILER_S
        self._progress, self._finished = reply.progress, reply.finished
