"""Conversation items, to and from the protocol's shape."""

from __future__ import annotations

from typing import Any, cast

from voiceagent.conversation import Content, Item, Role
from voiceagent.wire import checks

USER = ("input_text", "input_audio", "input_image")
PARTS: dict[str, tuple[str, ...]] = {
    "user": USER,
    "system": ("input_text",),
    "assistant": ("output_text",),
}
MOST_PARTS = 64
MOST_IMAGE = 12_000_000  # characters of a data URI
MOST_SHOWN_IMAGE = 400_000  # a larger one is not said back: frames over 1 MiB break clients


def show_item(item: Item, transcript: bool = True) -> dict[str, Any]:
    """The item as the client sees it. Fields that do not apply are absent, never null."""
    base = {"id": item.id, "object": "realtime.item", "type": item.kind, "status": item.status}
    if item.kind == "function_call":
        return base | {
            "call_id": item.call_id,
            "name": item.name,
            "arguments": item.arguments,
        }
    if item.kind == "function_call_output":
        return base | {"call_id": item.call_id, "output": item.output}
    content = [show_content(part, transcript) for part in item.content]
    return base | {"role": item.role, "content": content}


def show_content(part: Content, transcript: bool) -> dict[str, Any]:
    match part.type:
        case "input_image":
            small = part.image and len(part.image) <= MOST_SHOWN_IMAGE
            shown = {"type": part.type} | ({"image_url": part.image} if small else {})
            return shown | ({"detail": part.detail} if part.detail else {})
        case "input_audio":
            return {"type": part.type, "transcript": part.text if transcript else None}
        case "output_audio":
            return {"type": part.type, "transcript": part.text or ""}
        case _:
            return {"type": part.type, "text": part.text or ""}


def read_item(value: Any, path: str, new_id: str) -> tuple[Item, list[bytes]]:
    """The item that a client wants to add, and the audio of its parts, to be put in words."""
    data = checks.mapping(value, path)
    kind = checks.choice(checks.required(data, "type", path), f"{path}.type", KINDS)
    item_id = checks.text(data.get("id") or new_id, f"{path}.id", 64)
    if kind.startswith("mcp"):
        raise checks.refuse(f"{path}.type", "Hosted MCP is not supported. Offer the tool yourself.")
    if kind == "function_call":
        return read_call(data, path, item_id), []
    if kind == "function_call_output":
        call = checks.text(checks.required(data, "call_id", path), f"{path}.call_id", 256)
        output = checks.text(checks.required(data, "output", path), f"{path}.output")
        return Item(item_id, "function_call_output", call_id=call, output=output), []
    return read_message(data, path, item_id)


KINDS = ("message", "function_call", "function_call_output", "mcp_call", "mcp_approval_response")


def read_call(data: checks.Data, path: str, item_id: str) -> Item:
    def field(name: str) -> str:
        return checks.text(checks.required(data, name, path), f"{path}.{name}")

    call = checks.text(data.get("call_id") or item_id, f"{path}.call_id", 256)
    return Item(
        item_id, "function_call", call_id=call, name=field("name"), arguments=field("arguments")
    )


def read_message(data: checks.Data, path: str, item_id: str) -> tuple[Item, list[bytes]]:
    role = checks.choice(checks.required(data, "role", path), f"{path}.role", tuple(PARTS))
    given = checks.items(checks.required(data, "content", path), f"{path}.content", MOST_PARTS)
    sound: list[bytes] = []
    parts = tuple(
        read_content(part, f"{path}.content[{n}]", role, sound) for n, part in enumerate(given)
    )
    return Item(item_id, role=cast(Role, role), content=parts), sound


def read_content(value: Any, path: str, role: str, sound: list[bytes]) -> Content:
    data = checks.mapping(value, path)
    kind = checks.required(data, "type", path)
    if role == "assistant" and kind in ("audio", "output_audio"):
        message = "Assistant audio cannot be created, only text: use type 'output_text'."
        raise checks.refuse(f"{path}.type", message)
    kind = checks.choice(kind, f"{path}.type", PARTS[role])
    match kind:
        case "input_audio":
            if data.get("audio"):
                sound.append(checks.audio(data["audio"], f"{path}.audio"))
                return Content("input_audio", None)
            given = checks.text(data.get("transcript") or "", f"{path}.transcript")
            return Content("input_audio", given)
        case "input_image":
            image = checks.text(
                checks.required(data, "image_url", path), f"{path}.image_url", MOST_IMAGE
            )
            detail = checks.text(data.get("detail") or "", f"{path}.detail", 16)
            return Content("input_image", None, image, detail)
        case "input_text":
            return Content("input_text", read_text(data, path))
        case _:
            return Content("output_text", read_text(data, path))


def read_text(data: checks.Data, path: str) -> str:
    return checks.text(checks.required(data, "text", path), f"{path}.text")
