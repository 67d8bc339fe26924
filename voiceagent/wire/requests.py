"""What a client may send, read from its dictionary."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from voiceagent.errors import Refused
from voiceagent.wire import checks
from voiceagent.wire.senses import Measured, read_samples

MOST_METADATA = 16


@dataclass(frozen=True, slots=True)
class UpdateSession:
    session: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class AppendAudio:
    audio: bytes


@dataclass(frozen=True, slots=True)
class CommitAudio:
    pass


@dataclass(frozen=True, slots=True)
class ClearAudio:
    pass


@dataclass(frozen=True, slots=True)
class ClearOutput:
    pass


@dataclass(frozen=True, slots=True)
class CreateItem:
    item: Mapping[str, Any]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class RetrieveItem:
    id: str


@dataclass(frozen=True, slots=True)
class DeleteItem:
    id: str


@dataclass(frozen=True, slots=True)
class TruncateItem:
    id: str
    content_index: int
    audio_end_ms: int


@dataclass(frozen=True, slots=True)
class CreateResponse:
    response: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class CancelResponse:
    id: str | None = None


@dataclass(frozen=True, slots=True)
class ReportPlayback:
    """Ours: how much of an item the client has really played."""

    id: str
    played_ms: int


@dataclass(frozen=True, slots=True)
class ReportSenses:
    """Ours: what was measured of the user beside the sound."""

    samples: tuple[Measured, ...]


Request = (
    UpdateSession
    | AppendAudio
    | CommitAudio
    | ClearAudio
    | ClearOutput
    | CreateItem
    | RetrieveItem
    | DeleteItem
    | TruncateItem
    | CreateResponse
    | CancelResponse
    | ReportPlayback
    | ReportSenses
)


def event_id(data: Any) -> str | None:
    """The client's own id of its event, for the error that may follow."""
    found = data.get("event_id") if isinstance(data, Mapping) else None
    return found if isinstance(found, str) else None


def read(data: Any) -> Request:
    """Read one client event; refuse it by a message that names what was wrong."""
    if not isinstance(data, Mapping):
        raise Refused("An event must be a JSON object.", None)
    if data.get("event_id") is not None:
        checks.text(data["event_id"], "event_id", 512)
    kind = data.get("type")
    reader = READERS.get(kind) if isinstance(kind, str) else None
    if reader is None:
        raise Refused(unknown(kind), None if kind is None else "invalid_value", "type")
    return reader(data)


def unknown(kind: Any) -> str:
    if kind is None:
        return "Missing required parameter: 'type'."
    known = ", ".join(f"'{name}'" for name in READERS)
    if isinstance(kind, str) and kind.startswith("transcription_session"):
        return "Transcription-only sessions are not supported here. Use 'session.update'."
    return f"Invalid value: {checks.quoted(kind)}. Supported values are: {known}."


def item_id(data: checks.Data) -> str:
    return checks.text(checks.required(data, "item_id", ""), "item_id", 512)


def read_update(data: checks.Data) -> Request:
    return UpdateSession(checks.mapping(checks.required(data, "session", ""), "session"))


def read_append(data: checks.Data) -> Request:
    return AppendAudio(checks.audio(checks.required(data, "audio", ""), "audio"))


def read_create_item(data: checks.Data) -> Request:
    after = data.get("previous_item_id")
    if after is not None:
        checks.text(after, "previous_item_id", 512)
    return CreateItem(checks.mapping(checks.required(data, "item", ""), "item"), after)


def read_truncate(data: checks.Data) -> Request:
    index = checks.integer(data.get("content_index", 0), "content_index", 0, 10_000)
    end = checks.required(data, "audio_end_ms", "")
    return TruncateItem(item_id(data), index, checks.integer(end, "audio_end_ms", 0, 1_000_000_000))


def read_create_response(data: checks.Data) -> Request:
    return CreateResponse(checks.mapping(data.get("response") or {}, "response"))


def read_cancel(data: checks.Data) -> Request:
    given = data.get("response_id")
    return CancelResponse(None if given is None else checks.text(given, "response_id", 512))


def read_playback(data: checks.Data) -> Request:
    played = checks.required(data, "played_ms", "")
    return ReportPlayback(item_id(data), checks.integer(played, "played_ms", 0, 1_000_000_000))


def read_sense(data: checks.Data) -> Request:
    return ReportSenses(read_samples(checks.required(data, "samples", ""), "samples"))


READERS: dict[str, Callable[[checks.Data], Request]] = {
    "session.update": read_update,
    "input_audio_buffer.append": read_append,
    "input_audio_buffer.commit": lambda data: CommitAudio(),
    "input_audio_buffer.clear": lambda data: ClearAudio(),
    "output_audio_buffer.clear": lambda data: ClearOutput(),
    "conversation.item.create": read_create_item,
    "conversation.item.retrieve": lambda data: RetrieveItem(item_id(data)),
    "conversation.item.delete": lambda data: DeleteItem(item_id(data)),
    "conversation.item.truncate": read_truncate,
    "response.create": read_create_response,
    "response.cancel": read_cancel,
    "voiceagent.playback": read_playback,
    "voiceagent.sense": read_sense,
}


def read_metadata(data: checks.Data) -> dict[str, str] | None:
    """`response.metadata`: a few short strings that come back with the response."""
    given = data.get("metadata")
    if given is None:
        return None
    path = "response.metadata"
    found = checks.mapping(given, path)
    if len(found) > MOST_METADATA:
        raise checks.refuse(path, f"'{path}' has {len(found)} entries, at most {MOST_METADATA}.")
    return {
        checks.text(key, path, 64): checks.text(value, f"{path}.{key}", 512)
        for key, value in found.items()
    }
