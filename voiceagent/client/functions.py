"""A typed Python function as a tool: what the mind is told of it, and how its call is done."""

from __future__ import annotations

import dataclasses
import inspect
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, is_dataclass
from functools import partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import anyio.to_thread

from voiceagent.errors import ConfigError, ToolError

Function = Callable[..., Any]
Schema = dict[str, Any]
PLAIN = {str: "string", int: "integer", float: "number", bool: "boolean"}
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
log = logging.getLogger("voiceagent.client")


@dataclass(frozen=True, slots=True)
class FunctionTool:
    name: str
    description: str
    parameters: Schema
    function: Function
    hints: Mapping[str, Any]

    def shown(self) -> Schema:
        """The tool in the protocol's shape."""
        about = {"description": self.description} if self.description else {}
        return {"type": "function", "name": self.name, **about, "parameters": self.parameters}

    async def call(self, arguments: str) -> tuple[str, bool]:
        """What the mind is told of a call, and whether it failed."""
        try:
            values = self._values(arguments)
            result = await self._run(values)
        except ToolError as error:
            return f"error: {error}", True
        except Exception as error:  # a tool is somebody else's code: the mind hears of its faults
            log.warning("tool %s failed", self.name, exc_info=True)
            return f"error: {type(error).__name__}: {error}", True
        return told(result), False

    async def _run(self, values: Mapping[str, Any]) -> Any:
        if not inspect.iscoroutinefunction(self.function):
            work = partial(self.function, **values)
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        return await self.function(**values)

    def _values(self, arguments: str) -> dict[str, Any]:
        try:
            given = json.loads(arguments or "{}")
        except ValueError as problem:
            raise ToolError(f"the arguments of {self.name} are not JSON: {problem}") from problem
        if not isinstance(given, dict):
            raise ToolError(f"the arguments of {self.name} must be a JSON object")
        as_known(given, self.hints, self.parameters["required"], self.name)
        return {k: as_kind(self.hints[k], v, f"{self.name}.{k}") for k, v in given.items()}


def function_tool(function: Function) -> FunctionTool:
    """Read a function's signature and docstring. Raises ConfigError for what no schema can say."""
    name = getattr(function, "__name__", type(function).__name__)
    if not NAME.fullmatch(name):
        raise ConfigError(f"{name!r} cannot be a tool: give it a name of letters, digits and _")
    try:
        kinds = get_type_hints(function, include_extras=True)
    except NameError as problem:
        raise ConfigError(f"the tool {name}: a type is not known: {problem}") from problem
    description, about = read_docstring(inspect.getdoc(function) or "")
    properties: dict[str, Schema] = {}
    required, hints = [], {}
    for parameter in inspect.signature(function).parameters.values():
        place = f"the tool {name}: its parameter {parameter.name!r}"
        check(parameter, kinds, place)
        hints[parameter.name] = kinds[parameter.name]
        schema = schema_of(kinds[parameter.name], place)
        if parameter.name in about:
            schema = {"description": about[parameter.name], **schema}
        properties[parameter.name] = schema
        if parameter.default is parameter.empty:
            required.append(parameter.name)
    return FunctionTool(name, description, as_object(properties, required), function, hints)


def check(parameter: inspect.Parameter, kinds: Mapping[str, Any], place: str) -> None:
    if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
        raise ConfigError(f"{place} takes any number of values; name each one")
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise ConfigError(f"{place} is positional only; a tool's arguments have names")
    if parameter.name not in kinds:
        raise ConfigError(f"{place} has no type; write {parameter.name}: str, for example")


def schema_of(kind: Any, place: str) -> Schema:
    """The JSON schema of a type."""
    origin, inner = get_origin(kind), get_args(kind)
    if kind in PLAIN:
        return {"type": PLAIN[kind]}
    if origin is Annotated:
        words = [word for word in inner[1:] if isinstance(word, str)]
        schema = schema_of(inner[0], place)
        return {**schema, "description": words[0]} if words else schema
    if origin is Literal:
        return literal(inner, place)
    if origin in (list, tuple) and (origin is list or inner[1:] == (...,)):
        return {"type": "array", "items": schema_of(inner[0], place)}
    if origin is dict and inner[0] is str:
        return {"type": "object", "additionalProperties": schema_of(inner[1], place)}
    if origin in (Union, UnionType):
        return any_of([schema_of(k, place) for k in inner if k is not NoneType], NoneType in inner)
    if is_dataclass(kind) and isinstance(kind, type):
        return dataclass_schema(kind, place)
    name = getattr(kind, "__name__", str(kind))
    raise ConfigError(
        f"{place} is of the type {name}, which a tool cannot have. It can have: str, int, float, "
        "bool, list, dict of str, Literal, Optional, and dataclasses of these"
    )


def literal(choices: tuple[Any, ...], place: str) -> Schema:
    kinds = {type(choice) for choice in choices}
    if len(kinds) != 1 or not kinds <= set(PLAIN):
        raise ConfigError(f"{place} has choices of several types; make them all texts")
    return {"type": PLAIN[kinds.pop()], "enum": list(choices)}


def any_of(schemas: list[Schema], nullable: bool) -> Schema:
    every = [*schemas, {"type": "null"}] if nullable else schemas
    return every[0] if len(every) == 1 else {"anyOf": every}


def dataclass_schema(kind: type, place: str) -> Schema:
    hints = get_type_hints(kind, include_extras=True)
    properties, required = {}, []
    for field in dataclasses.fields(kind):
        properties[field.name] = schema_of(hints[field.name], f"{place}.{field.name}")
        if field.default is MISSING and field.default_factory is MISSING:
            required.append(field.name)
    return as_object(properties, required)


def as_object(properties: Mapping[str, Schema], required: list[str]) -> Schema:
    return {
        "type": "object",
        "properties": dict(properties),
        "required": required,
        "additionalProperties": False,
    }


# --- values --------------------------------------------------------------------------------------

NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false"}


def as_kind(kind: Any, value: Any, place: str) -> Any:
    """The value as the function wants it, or a ToolError that says where it is wrong."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return as_kind(inner[0], value, place)
    if kind in PLAIN:
        return as_plain(kind, value, place)
    if origin in (Union, UnionType):
        return as_one_of(inner, value, place)
    if origin is Literal and value in inner:
        return value
    if origin in (list, tuple) and isinstance(value, list):
        return origin(as_kind(inner[0], one, f"{place}[{n}]") for n, one in enumerate(value))
    if origin is dict and isinstance(value, dict):
        return {key: as_kind(inner[1], one, f"{place}.{key}") for key, one in value.items()}
    if is_dataclass(kind) and isinstance(kind, type) and isinstance(value, dict):
        return as_dataclass(kind, value, place)
    raise ToolError(f"{place} cannot be {json.dumps(value)}")


def as_plain(kind: type, value: Any, place: str) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if kind is float and number:
        return float(value)
    if kind is int and number and value == int(value):  # many models write 3.0
        return int(value)
    if type(value) is kind:
        return value
    raise ToolError(f"{place} must be {NAMES[kind]}, not {json.dumps(value)}")


def as_one_of(kinds: tuple[Any, ...], value: Any, place: str) -> Any:
    if value is None and NoneType in kinds:
        return None
    problem = ToolError(f"{place} must not be null")
    for kind in kinds:
        if kind is NoneType:
            continue
        try:
            return as_kind(kind, value, place)
        except ToolError as wrong:
            problem = wrong
    raise problem


def as_dataclass(kind: type, value: dict[str, Any], place: str) -> Any:
    hints = get_type_hints(kind, include_extras=True)
    as_known(value, hints, dataclass_schema(kind, place)["required"], place)
    return kind(**{k: as_kind(hints[k], one, f"{place}.{k}") for k, one in value.items()})


def as_known(
    given: Mapping[str, Any], known: Mapping[str, Any], needed: list[str], place: str
) -> None:
    for name in needed:
        if name not in given:
            raise ToolError(f"{place} needs {name!r}")
    if unknown := given.keys() - known.keys():
        raise ToolError(f"{place} has no {sorted(unknown)[0]!r}")


def told(result: Any) -> str:
    """What a function returned, as text."""
    if isinstance(result, str):
        return result
    if is_dataclass(result) and not isinstance(result, type):
        result = dataclasses.asdict(result)
    return "done" if result is None else json.dumps(result, default=str, ensure_ascii=False)


# --- docstrings ----------------------------------------------------------------------------------

FIELD = re.compile(r":param\s+(?:\S+\s+)?(\w+):\s*(.*)")
ARGUMENT = re.compile(r"(\w+)\s*(?:\([^)]*\))?:\s*(.*)")
SECTION = re.compile(r"(Args|Arguments|Parameters|Returns?|Raises|Yields|Examples?|Notes?):\s*$")


def read_docstring(text: str) -> tuple[str, dict[str, str]]:
    """The description, and what is said of each argument, as Google's style or Sphinx's has it."""
    description: list[str] = []
    about: dict[str, str] = {}
    section, last = "", ""
    for line in text.splitlines():
        if heading := SECTION.match(line.strip()):
            section, last = heading[1], ""
        elif found := FIELD.match(line.strip()):
            section, last = "Args", found[1]
            about[last] = found[2]
        elif section in ("Args", "Arguments", "Parameters") and line.strip():
            last = note(line, last, about)
        elif not section and not line.strip().startswith(":"):
            description.append(line)
    return "\n".join(description).strip(), about


def note(line: str, last: str, about: dict[str, str]) -> str:
    """Note what a line says of an argument, or more of the one before; return which that is."""
    shallow = len(line) - len(line.lstrip()) <= 4
    if shallow and (found := ARGUMENT.match(line.strip())):
        about[found[1]] = found[2]
        return found[1]
    if last:
        about[last] = f"{about[last]} {line.strip()}".strip()
    return last
