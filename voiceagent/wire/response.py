"""One response on the wire: the order of its events, whatever happens to it."""

from __future__ import annotations

import binascii
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from voiceagent.conversation import Content, Item
from voiceagent.parts import ToolCall, Usage
from voiceagent.wire.items import show_item
from voiceagent.wire.settings import Settings, show_format

Event = dict[str, Any]
REASONS = ("turn_detected", "client_cancelled", "max_output_tokens", "content_filter")


@dataclass(frozen=True, slots=True)
class Heading:
    """What a response says of itself from the first event to the last."""

    id: str
    conversation_id: str | None
    settings: Settings
    metadata: Mapping[str, str] | None = None
    degraded: tuple[str, ...] = ()  # what the voice will not do of the style asked for


class Response:
    """Gives the events for what becomes of a reply, in the order that clients rely on."""

    def __init__(self, heading: Heading) -> None:
        self.heading = heading
        self.text = ""
        self._output: list[Event] = []  # items that are done, and places of those that are not
        self._message: Item | None = None
        self._message_at = 0

    @property
    def item_id(self) -> str | None:
        return None if self._message is None else self._message.id

    @property
    def in_conversation(self) -> bool:
        return self.heading.conversation_id is not None

    @property
    def audio(self) -> bool:
        return self.heading.settings.modality == "audio"

    def created(self) -> list[Event]:
        return [{"type": "response.created", "response": self._shown("in_progress", None)}]

    def begin(self, item: Item, previous: str | None) -> list[Event]:
        """The message opens: its first words or sounds follow."""
        self._message, self._message_at = item, len(self._output)
        empty = show_item(replace(item, content=(), status="in_progress"))
        self._output.append(empty)
        part = {"type": "audio", "transcript": ""} if self.audio else {"type": "text", "text": ""}
        return [
            self._of_response("response.output_item.added", self._message_at, item=empty),
            *self._of_conversation("added", empty, previous),
            self._of_part("response.content_part.added", part=part),
        ]

    def say(self, text: str, sound: bytes) -> list[Event]:
        events = []
        if text:
            self.text += text
            kind = "output_audio_transcript" if self.audio else "output_text"
            events.append(self._of_part(f"response.{kind}.delta", delta=text))
        if sound:
            delta = binascii.b2a_base64(sound, newline=False).decode("ascii")
            events.append(self._of_part("response.output_audio.delta", delta=delta))
        return events

    def call(self, item: Item, call: ToolCall, previous: str | None) -> list[Event]:
        """A whole function call of the client's."""
        at = len(self._output)
        opened = show_item(replace(item, arguments="", status="in_progress"))
        done = show_item(replace(item, status="completed"))
        self._output.append(done)
        about = {"item_id": item.id, "call_id": call.id}
        kind = "response.function_call_arguments"
        return [
            self._of_response("response.output_item.added", at, item=opened),
            *self._of_conversation("added", opened, previous),
            self._of_response(f"{kind}.delta", at, **about, delta=call.arguments),
            self._of_response(
                f"{kind}.done", at, **about, name=call.name, arguments=call.arguments
            ),
            *self._of_conversation("done", done, previous),
            self._of_response("response.output_item.done", at, item=done),
        ]

    def end(
        self,
        status: str,
        details: Mapping[str, Any] | None,
        usage: Event,
        heard: str,
        previous: str | None,
        lacks: tuple[str, ...] = (),
    ) -> list[Event]:
        """Close what is open, innermost first. `heard` is what the user got of the message,
        `lacks` what the voice has not done of its phrases' styles.
        """
        told = tuple(dict.fromkeys((*self.heading.degraded, *lacks)))
        self.heading = replace(self.heading, degraded=told)
        events = self._close_message(status, heard, previous)
        shown = self._shown(status, details) | {"usage": usage}
        return [*events, {"type": "response.done", "response": shown}]

    def _close_message(self, status: str, heard: str, previous: str | None) -> list[Event]:
        if self._message is None:
            return []
        kind = self._message.content[0].type if self._message.content else "output_audio"
        whole = status == "completed"
        item = replace(
            self._message,
            status="completed" if whole else "incomplete",
            content=(Content(kind, self.text if whole else heard),),
        )
        shown = show_item(item)
        self._output[self._message_at] = shown
        return [
            *self._close_part(),
            *self._of_conversation("done", shown, previous),
            self._of_response("response.output_item.done", self._message_at, item=shown),
        ]

    def _close_part(self) -> list[Event]:
        if not self.audio:
            part = {"type": "text", "text": self.text}
            return [
                self._of_part("response.output_text.done", text=self.text),
                self._of_part("response.content_part.done", part=part),
            ]
        part = {"type": "audio", "transcript": self.text}
        return [
            self._of_part("response.output_audio.done"),
            self._of_part("response.output_audio_transcript.done", transcript=self.text),
            self._of_part("response.content_part.done", part=part),
        ]

    # --- shapes ------------------------------------------------------------------------------

    def _shown(self, status: str, details: Mapping[str, Any] | None) -> Event:
        heading = self.heading
        settings = heading.settings
        most = settings.thinking.max_tokens
        return {
            "id": heading.id,
            "object": "realtime.response",
            "status": status,
            "status_details": details,
            "output": list(self._output),
            "conversation_id": heading.conversation_id,
            "output_modalities": [settings.modality],
            "max_output_tokens": "inf" if most is None else most,
            "audio": {
                "output": {
                    "format": show_format(settings.output.format),
                    "voice": settings.output.voice or "default",
                }
            },
            "metadata": heading.metadata,
            **({"voiceagent": {"degraded": list(heading.degraded)}} if heading.degraded else {}),
        }

    def _of_response(self, kind: str, at: int, **fields: Any) -> Event:
        return {"type": kind, "response_id": self.heading.id, "output_index": at, **fields}

    def _of_part(self, kind: str, **fields: Any) -> Event:
        item_id = "" if self._message is None else self._message.id
        return self._of_response(kind, self._message_at, item_id=item_id, content_index=0, **fields)

    def _of_conversation(self, what: str, item: Event, previous: str | None) -> list[Event]:
        if not self.in_conversation:
            return []
        kind = f"conversation.item.{what}"
        return [{"type": kind, "previous_item_id": previous, "item": item}]


def status_details(status: str, reason: str, error: str) -> dict[str, Any] | None:
    if status == "completed":
        return None
    details: dict[str, Any] = {"type": status}
    if reason in REASONS:
        details["reason"] = reason
    if status == "failed":
        details["error"] = {"type": "server_error", "code": "model_error", "message": error}
    return details


def show_usage(usage: Usage, audio_in_ms: int, audio_out_ms: int) -> dict[str, Any]:
    """Text tokens as the mind reports them; audio as the protocol counts it, in tenths of a second
    heard and twentieths spoken."""
    audio_in, audio_out = audio_in_ms // 100, audio_out_ms // 50
    total_in, total_out = usage.input_tokens + audio_in, usage.output_tokens + audio_out
    cached = usage.cached_tokens
    return {
        "total_tokens": total_in + total_out,
        "input_tokens": total_in,
        "output_tokens": total_out,
        "input_token_details": {
            "text_tokens": usage.input_tokens,
            "audio_tokens": audio_in,
            "cached_tokens": cached,
            "cached_tokens_details": {"text_tokens": cached, "audio_tokens": 0},
        },
        "output_token_details": {"text_tokens": usage.output_tokens, "audio_tokens": audio_out},
    }
