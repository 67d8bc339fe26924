"""What went wrong, in words that say what to do about it. Never the key."""

from __future__ import annotations

import json
from collections.abc import Iterable

import httpx

from voiceagent.errors import ModelError

from .replies import complaint

NAME = "openai_chat"
CAUSE_CHARS = 400
SECRET_CHARS = 8  # shorter ones are place holders: "none", "EMPTY", "ollama"


class Faults:
    """Makes the errors of one endpoint. `secrets` are taken out of whatever it says."""

    def __init__(self, where: str, secrets: Iterable[str]) -> None:
        self._where = where
        self._secrets = sorted((s for s in secrets if len(s) >= SECRET_CHARS), key=len)[::-1]

    def error(self, cause: str) -> ModelError:
        for secret in self._secrets:
            cause = cause.replace(secret, "***")
        return ModelError(NAME, _short(cause))

    def unreachable(self, error: httpx.HTTPError) -> ModelError:
        match error:
            case httpx.ConnectError() if "SSL" in str(error):
                return self.error(f"no secure connection to {self._where}: {error}")
            case httpx.ConnectError() | httpx.ConnectTimeout():
                return self.error(f"nothing answers at {self._where}: is it running?")
        return self.error(f"{self._where} closed the connection without an answer")

    def refused(self, status: int, body: bytes, model: str) -> ModelError:
        """Return the error for an HTTP status, with the endpoint's own words where they help."""
        told = "" if status in (401, 403) else _told(body)  # some repeat a part of the key
        cause = f"{self._where} answers {status}, {_advice(status, model)}"
        return self.error(f"{cause}. It says: {told}" if told else cause)

    def no_model(self) -> ModelError:
        return self.error(f"{self._where} names no model at /models: set one in the profile")

    def late(self, seconds: float) -> ModelError:
        why = "it is overloaded, or still loading the model"
        return self.error(f"{self._where} gave no first token within {seconds:g} s: {why}")

    def silent(self, seconds: float) -> ModelError:
        return self.error(f"{self._where} fell silent for {seconds:g} s in the middle of a reply")

    def cut(self) -> ModelError:
        return self.error(f"{self._where} closed the connection in the middle of a reply")

    def empty(self) -> ModelError:
        return self.error(f"{self._where} sent no reply: is there a chat endpoint at this URL?")

    def bad_reply(self, error: Exception) -> ModelError:
        return self.error(f"the reply of {self._where} failed: {error}")


def refuses_usage(status: int, body: bytes) -> bool:
    """Whether an endpoint complains about being asked for the usage of a streamed reply."""
    return status in (400, 422) and (b"stream_options" in body or b"include_usage" in body)


def _advice(status: int, model: str) -> str:
    match status:
        case 401 | 403:
            return "the key was refused: set VOICEAGENT_LLM_KEY"
        case 404:
            named = f"model {model!r}" if model else "model"
            return f"no such {named} or wrong path: the URL usually ends in /v1"
        case 429:
            return "too many requests, or the quota is used up: wait, or raise the limit"
        case _ if 300 <= status < 400:
            return "it has moved: set the URL that it moved to"
        case _ if status >= 500:
            return "it failed: its own log says why"
    return "it refused the request"


def _told(body: bytes) -> str:
    try:
        return complaint(json.loads(body))
    except (ValueError, RecursionError):
        return ""  # a page of HTML helps nobody


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= CAUSE_CHARS else line[: CAUSE_CHARS - 1] + "…"
