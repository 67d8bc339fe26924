"""Small checks of what a client sent. Each names the field by its full path when it refuses."""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Any

from voiceagent.errors import Refused

MOST_QUOTED = 100  # characters of a wrong value that an error repeats
MOST_DEPTH, MOST_ENTRIES, MOST_CHARACTERS = 32, 10_000, 200_000  # of what is only passed on
Data = Mapping[str, Any]


def refuse(path: str, message: str, code: str | None = "invalid_value") -> Refused:
    return Refused(message, code, path)


def required(data: Data, key: str, path: str) -> Any:
    if key not in data or data[key] is None:
        full = join(path, key)
        raise refuse(full, f"Missing required parameter: '{full}'.", "missing_required_parameter")
    return data[key]


def join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def mapping(value: Any, path: str) -> Data:
    if not isinstance(value, Mapping):
        raise wrong(path, "an object", value)
    return value


def text(value: Any, path: str, most: int = 1_000_000) -> str:
    if not isinstance(value, str):
        raise wrong(path, "a string", value)
    if len(value) > most:
        raise refuse(path, f"'{path}' is too long: {len(value)} characters, at most {most}.")
    return value


def boolean(value: Any, path: str) -> bool:
    if not isinstance(value, bool):
        raise wrong(path, "true or false", value)
    return value


def number(value: Any, path: str, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise wrong(path, "a number", value)
    if not low <= value <= high:
        raise refuse(path, f"'{path}' is {quoted(value)}; it must be from {low:g} to {high:g}.")
    return value


def integer(value: Any, path: str, low: int, high: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise wrong(path, "an integer", value)
    return int(number(value, path, low, high))


def choice(value: Any, path: str, choices: Sequence[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        names = ", ".join(f"'{name}'" for name in choices)
        raise refuse(path, f"Invalid value for '{path}': {quoted(value)}. Supported: {names}.")
    return value


def items(value: Any, path: str, most: int) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise wrong(path, "an array", value)
    if len(value) > most:
        raise refuse(path, f"'{path}' has {len(value)} entries, at most {most}.")
    return value


def plain(value: Any, path: str) -> Any:
    """What is only passed on, or said back: neither deep nor large, so that it can be."""
    level, entries, characters = [value], 1, 0
    for _ in range(MOST_DEPTH):
        characters += sum(len(entry) for entry in level if isinstance(entry, str))
        if not level or characters > MOST_CHARACTERS:
            break
        inner = chain.from_iterable(inside(entry) for entry in level)
        level = list(islice(inner, MOST_ENTRIES + 1 - entries))
        entries += len(level)
        if entries > MOST_ENTRIES:
            break
    if level:
        raise refuse(path, f"'{path}' is too large, or too deeply nested.")
    return value


def inside(value: Any) -> Iterable[Any]:
    if isinstance(value, Mapping):
        return chain(value, value.values())
    return value if isinstance(value, list | tuple) else ()


def audio(value: Any, path: str) -> bytes:
    """Base64, strictly: a bad character is an error, not silence."""
    try:
        return binascii.a2b_base64(text(value, path, 32_000_000), strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise refuse(path, f"'{path}' is not valid base64: {error}.") from error


def quoted(value: Any) -> str:
    """A wrong value as an error repeats it: whatever a client sends, that stays short."""
    if isinstance(value, Mapping | list | tuple):
        return "an object" if isinstance(value, Mapping) else "an array"
    if isinstance(value, str) and len(value) > MOST_QUOTED:
        return f"{value[:MOST_QUOTED]!r}..."
    return repr(value)


def wrong(path: str, wanted: str, value: Any) -> Refused:
    kind = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}.get(
        type(value), "null" if value is None else "a number"
    )
    message = f"Invalid type for '{path}': expected {wanted}, but got {kind} instead."
    return refuse(path, message, "invalid_type")
