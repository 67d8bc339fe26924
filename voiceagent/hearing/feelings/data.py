"""Reads configs/feelings: words divided by bars, in two languages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from voiceagent import bundle
from voiceagent.errors import ConfigError

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN = re.compile(f"[{HAN}]")


def read(name: str) -> Mapping[str, Any]:
    return bundle.read_yaml(bundle.folder("configs") / "feelings" / f"{name}.yaml")


def language_of(text: str) -> Language:
    return "zh" if _HAN.search(text) else "en"


def texts(data: Mapping[str, Any], language: Language, where: str) -> tuple[str, ...]:
    """The texts of one language."""
    given = data.get(language)
    if not isinstance(given, str):
        raise ConfigError(f"{where}.{language} must be texts with bars between them")
    return tuple(" ".join(text.split()) for text in given.split("|") if text.strip())
