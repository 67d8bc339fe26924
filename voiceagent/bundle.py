"""Finds models/, tools/, configs/ and web/, in a checkout or in the wheel, and loads from them.

A model or a tool is a folder, given by the name of a shipped one or by the path of one's own.
"""

from __future__ import annotations

import importlib
import sys
import zlib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Literal, cast

import yaml

from voiceagent.errors import ConfigError

Kind = Literal["models", "tools"]

CODE: dict[Kind, str] = {"models": "adapter", "tools": "tool"}
MANIFEST: dict[Kind, str] = {"models": "model.yaml", "tools": "tool.yaml"}


@cache
def root() -> Path:
    """Where the folders are: beside this package in a checkout, inside it in a wheel."""
    package = Path(__file__).resolve().parent
    for place in (package / "_bundled", package.parent):
        if (place / "models").is_dir() and (place / "configs").is_dir():
            return place
    raise ConfigError(f"{package} has no models and configs with it; install voiceagent again")


def folder(name: str) -> Path:
    """Return one of the top folders: models, tools, configs or web."""
    return root() / name


def names(kind: Kind) -> tuple[str, ...]:
    """Return what is shipped: every folder that has a manifest."""
    return tuple(sorted(path.parent.name for path in folder(kind).glob(f"*/{MANIFEST[kind]}")))


def find(kind: Kind, name: str) -> Path:
    """Return the folder of a shipped model or tool, or of the user's own if `name` is a path."""
    own = is_path(name)
    path = Path(name).expanduser().resolve() if own else folder(kind) / name
    if (path / MANIFEST[kind]).is_file():
        return path
    if own:
        raise ConfigError(f"{path} is none of the {kind}: it has no {MANIFEST[kind]}")
    raise ConfigError(f"{name!r} is none of the {kind}{advice(name, names(kind))}")


def manifest(kind: Kind, name: str) -> Mapping[str, Any]:
    """Read what a model or a tool says of itself. Loads none of its code."""
    return read_yaml(find(kind, name) / MANIFEST[kind])


def load(kind: Kind, name: str) -> ModuleType:
    """Import a model's adapter or a tool's code. Twice gives the same module.

    Each folder is a private package, so that its files import one another with `from . import x`.
    """
    path = find(kind, name)
    if not (path / f"{CODE[kind]}.py").is_file():
        raise ConfigError(f"{path} has no {CODE[kind]}.py")
    package = _package(kind, path)
    if package not in sys.modules:
        module = ModuleType(package)
        module.__path__ = [str(path)]
        sys.modules[package] = module
    return importlib.import_module(f"{package}.{CODE[kind]}")


def _package(kind: Kind, path: Path) -> str:
    return f"_voiceagent_{kind}_{path.name.replace('.', '_')}_{zlib.crc32(bytes(path)):08x}"


def profiles() -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in (folder("configs") / "profiles").glob("*.yaml")))


def profile_path(name: str) -> Path:
    """Return the file of a shipped profile, or of the user's own if `name` is a path."""
    own = is_path(name)
    path = Path(name).expanduser() if own else folder("configs") / "profiles" / f"{name}.yaml"
    if path.is_file():
        return path
    if own:
        raise ConfigError(f"There is no file {path}")
    raise ConfigError(f"{name!r} is no profile{advice(name, profiles())}")


def is_path(name: str) -> bool:
    """Tell a path from a name: ./mine, ~/mine, /opt/mine, a\\b, mine.yaml."""
    marked = name.startswith((".", "~")) or name.endswith((".yaml", ".yml"))
    return marked or "/" in name or "\\" in name


def advice(wrong: object, known: Iterable[str]) -> str:
    """Return how an error about a wrong name goes on: the likely one, then all."""
    close = get_close_matches(str(wrong), known := sorted(known), n=1)
    return (
        f"{f'; did you mean {close[0]!r}?' if close else ';'} known: {', '.join(known) or 'none'}"
    )


def read_yaml(path: Path) -> Mapping[str, Any]:
    """Read a file that holds one mapping. Errors name file and line, and quote nothing of it."""
    try:
        text = path.read_text(encoding="utf-8")
        data = yaml.load(text, _Strict)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else "?"
        raise ConfigError(f"{path.name}: line {line}: {error.problem}") from None
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path.name}: cannot be read ({type(error).__name__})") from error
    if not isinstance(data, dict):
        raise ConfigError(f"{path.name}: must hold keys and values, such as 'about: ...'")
    return cast(dict[str, Any], data)


class _Strict(yaml.SafeLoader):
    """YAML keeps the last of two equal keys and says nothing. That hides mistakes."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.constructor.ConstructorError(None, None, "no key", key.start_mark)
            if key.value in seen:
                told = f"{key.value!r} again"
                raise yaml.constructor.ConstructorError(None, None, told, key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)
