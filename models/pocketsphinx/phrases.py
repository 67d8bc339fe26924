"""Reads what will be said: template files of `configs/phrases`, or of one's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from voiceagent.errors import ConfigError

from .grammar import expand, words_of
from .lm import Text, Words

SHIPPED = Path(__file__).parents[2] / "configs" / "phrases"
"""The same relative place in a checkout and in a wheel."""

SAFE = yaml.SafeLoader
KEYS = {"about", "weight", "most", "slots", "always", "often", "templates"}
MASS = 8_000.0
"""Subjects are mixed by weight: each counts as so many sentences, however many it has."""
TIMES = {"always": 100.0, "often": 6.0, "templates": 1.0}
"""So much more is each sentence said that is under such a key."""
FEW = 10.0  # and so much at most counts a sentence of a subject that has few
EXPECTED = 3.0  # what the agent has asked for weighs so much more
MOST = 60  # sentences of a template that are drawn, unless the file says more


def find(name: str) -> Path:
    """The file of shipped templates by its name, or one's own by its path."""
    own = name.startswith((".", "~")) or name.endswith((".yaml", ".yml")) or "/" in name
    path = Path(name).expanduser() if own else SHIPPED / f"{name}.yaml"
    if not path.is_file():
        shipped = ", ".join(sorted(file.stem for file in SHIPPED.glob("*.yaml")))
        raise ConfigError(f"pocketsphinx.phrases: there is no file {path}; shipped: {shipped}")
    return path


def texts(
    files: Sequence[Path], extra: Sequence[str], answers: Sequence[str], asked: Sequence[str]
) -> list[Text]:
    """Everything that may be said: of the files, of one's own, and what is expected now."""
    every = [text for path in files for text in read(path, path.stat().st_mtime_ns)]
    try:
        every.append(_text(expand(extra, {}, MOST)))
    except ValueError as error:
        raise ConfigError(f"pocketsphinx.extra: {error}") from error
    every.append(_text(expand(answers, {}, MOST), EXPECTED))
    known = {words: 1.0 for words in map(words_of, asked) if words}  # from outside: no templates
    every.append(_text(known, EXPECTED))
    return [text for text in every if text.sentences]


def key(
    files: Sequence[Path], extra: Sequence[str], answers: Sequence[str], asked: Sequence[str]
) -> bytes:
    """What `texts` is made of: as long as this is the same, so are they."""
    parts = [path.read_bytes() for path in files]
    for lines in (extra, answers, asked):
        parts.append("\n".join(lines).encode())
    return b"\0".join(parts)


@lru_cache(maxsize=16)
def read(path: Path, changed_ns: int = 0) -> tuple[Text, ...]:
    """Read a file of templates: again only if it has changed."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), getattr(yaml, "CSafeLoader", SAFE))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path.name}: cannot be read: {error}") from error
    if not isinstance(data, dict) or not set(data) <= KEYS:
        raise ConfigError(f"{path.name}: must hold nothing but {', '.join(sorted(KEYS))}")
    try:
        return _subject(data)
    except (ValueError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path.name}: {error}") from error


def _subject(data: Mapping[str, Any]) -> tuple[Text, ...]:
    slots, most = data.get("slots", {}), int(data.get("most", MOST))
    parts = {key: expand(data.get(key, ()), slots, most) for key in TIMES}
    share = sum(TIMES[key] * sum(said.values()) for key, said in parts.items())
    each = float(data.get("weight", 1.0)) * min(FEW, MASS / max(1.0, share))
    return tuple(Text(said, each * TIMES[key]) for key, said in parts.items())


def _text(said: Mapping[Words, float], weight: float = 1.0) -> Text:
    return Text(said, weight * min(FEW, MASS / max(1.0, sum(said.values()))))
