"""Turns plain data, as YAML has it, into frozen dataclasses; refuses by name what does not fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from voiceagent.bundle import advice
from voiceagent.errors import ConfigError

T = TypeVar("T")

UNITS = ("_ms", "_s", "_bytes")
"""A number whose name ends so is never negative."""
SECRETS = ("key", "token", "password", "secret", "headers")
"""What is in a field of such a name is in no error message."""
PLAIN = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands: the file, and the key's full path."""

    file: str
    key: str = ""
    secret: bool = False

    def of(self, name: str) -> Place:
        key = f"{self.key}.{name}" if self.key else name
        secret = self.secret or name in SECRETS or name.endswith(tuple(f"_{s}" for s in SECRETS))
        return Place(self.file, key, secret)

    def at(self, index: int) -> Place:
        return Place(self.file, f"{self.key}[{index}]", self.secret)

    def wrong(self, what: str) -> ConfigError:
        return ConfigError(
            f"{self.file}: {self.key} {what}" if self.key else f"{self.file}: {what}"
        )

    def must_be(self, kind: str, value: object) -> ConfigError:
        return self.wrong(
            f"must be {kind}" if self.secret else f"must be {kind}, not {_show(value)}"
        )


def shape(cls: type[T], data: object, where: str | Place) -> T:
    """Make a `cls` of `data`. `where` names the file that it came from.

    A `cls` may check itself: a ValueError of its own becomes a ConfigError.
    """
    place = Place(where) if isinstance(where, str) else where
    if not isinstance(data, Mapping):
        raise place.must_be("keys and values", data)
    hints, known = _hints(cls), {field.name: field for field in fields(cls) if field.init}  # type: ignore[arg-type]
    for key in data:
        if key not in known:
            raise place.of(str(key)).wrong(f"is not known{advice(key, known)}")
    for name, field in known.items():
        if name not in data and field.default is MISSING and field.default_factory is MISSING:
            raise place.of(name).wrong("is missing")
    values = {key: fit(hints[key], value, place.of(key)) for key, value in data.items()}
    try:
        return cls(**values)
    except ValueError as error:
        raise place.wrong(str(error)) from error


def fit(kind: Any, value: object, place: Place) -> Any:
    """Return `value` as a `kind`, or refuse it."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in (Any, object) or (kind is NoneType and value is None):
        return value
    if kind in PLAIN:
        return _plain(kind, value, place)
    if origin in (Union, UnionType):
        return _one_of(inner, value, place)
    if origin is Literal:
        if any(value == choice and type(value) is type(choice) for choice in inner):
            return value
        raise place.must_be(_name(kind), value)
    if origin is tuple and isinstance(value, list | tuple):
        return _tuple(inner, value, place)
    if origin in (Mapping, dict) and isinstance(value, Mapping):
        return {
            fit(inner[0], k, place): fit(inner[1], v, place.of(str(k))) for k, v in value.items()
        }
    if is_dataclass(kind) and isinstance(kind, type):
        return value if isinstance(value, kind) else shape(kind, value, place)
    raise place.must_be(_name(kind), value)


def _plain(kind: type, value: object, place: Place) -> object:
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise place.must_be(PLAIN[kind], value)
    if isinstance(value, float) and not abs(value) < float("inf"):
        raise place.must_be("a finite number", value)
    if isinstance(value, int | float) and place.key.endswith(UNITS) and value < 0:
        raise place.wrong(f"is {value}; it must not be negative")
    return value


def _one_of(kinds: Iterable[Any], value: object, place: Place) -> object:
    """Return the value as the first kind that takes it. A lone nested one tells its own fault."""
    kinds = tuple(kind for kind in kinds if kind is not NoneType or value is None)
    if len(kinds) == 1:
        return fit(kinds[0], value, place)
    for kind in kinds:
        try:
            return fit(kind, value, place)
        except ConfigError:
            continue
    raise place.must_be(" or ".join(map(_name, kinds)), value)


def _tuple(inner: tuple[Any, ...], value: list[Any] | tuple[Any, ...], place: Place) -> object:
    kinds = inner[:1] * len(value) if inner[1:] == (...,) else inner
    if len(kinds) != len(value):
        raise place.must_be(f"a list of {len(kinds)}", value)
    return tuple(
        fit(kind, item, place.at(index))
        for index, (kind, item) in enumerate(zip(kinds, value, strict=True))
    )


def _name(kind: Any) -> str:
    origin = get_origin(kind)
    if origin is Literal:
        return "one of: " + ", ".join(map(str, get_args(kind)))
    if kind is NoneType:
        return "null"
    if origin is tuple:
        return "a list"
    return PLAIN.get(kind, "keys and values")


def _show(value: object) -> str:
    if isinstance(value, Mapping):
        return "keys and values"
    if isinstance(value, list | tuple):
        return "a list" if value else "an empty list"
    if value is None or isinstance(value, bool):
        return {None: "nothing", True: "true", False: "false"}[value]
    text = repr(value)
    return text if len(text) < 60 else f"{text[:50]}..."


@cache
def _hints(cls: type) -> dict[str, Any]:
    return get_type_hints(cls)
