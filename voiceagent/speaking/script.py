"""Which characters are written without spaces between the words, and how texts are joined."""

# ruff: noqa: RUF001

from __future__ import annotations

import re

HAN = "\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
"""Chinese characters and Japanese kana, as the inside of a regular expression's class."""

_HAN = re.compile(f"[{HAN}]")
_UNSPACED = re.compile(f"[{HAN}\u3000-\u303f\uff00-\uffef]")  # and their punctuation

_CLINGS_BACK = frozenset(",.!?;:%)]}»”’…")
_CLINGS_ON = frozenset("([{«“‘¿¡—")


def is_han(char: str) -> bool:
    return char >= "\u3040" and _HAN.match(char) is not None


def gap(before: str, after: str) -> str:
    """What stands between two texts that are said one after the other: a space, or nothing."""
    if not before or not after or before[-1].isspace() or after[0].isspace():
        return ""
    if _UNSPACED.match(before[-1]) or _UNSPACED.match(after[0]):
        return ""
    return "" if before[-1] in _CLINGS_ON or after[0] in _CLINGS_BACK else " "
