"""The rules of design.md that a reader cannot see in one file: who may import whom."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from voiceagent import bundle

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "voiceagent"

CORE = {"errors", "events", "rules", "style", "parts", "turn", "conversation", "wire"}
LAYERS = (
    CORE,
    {"audio"},
    {"bundle", "shaping", "config", "session", "hearing", "mind", "speaking", "worker", "metrics"},
    {"house"},
    {"server", "client", "microphone", "evaluate", "agent", "testing", "waiting", "doctor"},
    {"cli", "__main__"},
)
FOR_PLUGINS = {"events", "parts", "audio", "errors", "style"}
HEAVY = {"torch", "torchaudio", "transformers", "vllm", "funasr", "onnxruntime", "scipy"}

FILES = sorted(PACKAGE.rglob("*.py"))
BY_HAND = {"train.py", "convert.py"}  # run in a checkout, by a person; loaded by nothing
PLUGINS = sorted(
    file
    for kind in ("models", "tools")
    for file in (ROOT / kind).rglob("*.py")
    if file.name not in BY_HAND
)


def of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def room(file: Path) -> str:
    """Return the module or sub-package of voiceagent that a file belongs to; "" is its face."""
    first = file.relative_to(PACKAGE).parts[0].removesuffix(".py")
    return "" if first == "__init__" else first


def imported(file: Path) -> Iterator[str]:
    """Yield the full name of everything that a file imports, wherever in it that happens."""
    package = file.relative_to(ROOT).parts[:-1]
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            near = package[: len(package) - node.level + 1] if node.level else ()
            start = ".".join((*near, *filter(None, [node.module])))
            yield from (f"{start}.{alias.name}" for alias in node.names)


def rooms_of(file: Path) -> set[str]:
    """Return the rooms of voiceagent that a file imports from."""
    names = [name.split(".") for name in imported(file)]
    return {name[1] for name in names if name[0] == "voiceagent" and is_room(name[1])}


def is_room(name: str) -> bool:
    return (PACKAGE / name).is_dir() or (PACKAGE / f"{name}.py").is_file()


def layer(name: str) -> int:
    return next(number for number, rooms in enumerate(LAYERS) if name in rooms)


@pytest.mark.parametrize("file", FILES, ids=of)
def test_every_room_has_a_layer(file: Path) -> None:
    assert room(file) == "" or any(room(file) in rooms for rooms in LAYERS), (
        "say in LAYERS above where the new room stands"
    )


@pytest.mark.parametrize("file", [file for file in FILES if room(file) in CORE], ids=of)
def test_the_core_imports_the_standard_library_and_itself(file: Path) -> None:
    outside = {name.split(".")[0] for name in imported(file)} - set(sys.stdlib_module_names)
    assert outside <= {"voiceagent"}
    assert rooms_of(file) <= CORE


@pytest.mark.parametrize("file", [file for file in FILES if room(file)], ids=of)
def test_a_room_imports_nothing_above_it(file: Path) -> None:
    above = {name for name in rooms_of(file) if layer(name) > layer(room(file))}
    assert not above


@pytest.mark.parametrize("file", FILES, ids=of)
def test_the_package_names_no_model_and_imports_no_heavy_library(file: Path) -> None:
    tops = {name.split(".")[0] for name in imported(file)}
    assert not tops & ({"models", "tools"} | HEAVY)
    tree = ast.parse(file.read_text(encoding="utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert not texts & set(bundle.names("models"))


@pytest.mark.parametrize("file", PLUGINS, ids=of)
def test_a_plugin_imports_the_contracts_and_its_own_files(file: Path) -> None:
    assert rooms_of(file) <= FOR_PLUGINS
    own = ".".join(file.relative_to(ROOT).parts[:2])
    others = {name for name in imported(file) if name.startswith(("models.", "tools."))}
    assert all(name == own or name.startswith(f"{own}.") for name in others)
    assert not {name.split(".")[-1] for name in imported(file)} & {"train", "convert"}
