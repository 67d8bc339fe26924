"""What the user said in the place of a slot: the examples are the patterns."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from .book import SLOT, Skill
from .words import HAN, LONGEST

_HAN = re.compile(f"[{HAN}]")
_GAP = r"[\W_]+"
_LEAD = r".*?(?<![^\W_])"  # anything, up to where a word begins
_POLITE = re.compile(r"(?i)[\W_]*\b(?:please|for me|thanks|thank you)[\W_]*$")
_EDGES = " \"'“”«»,:;"


def argument(text: str, skill: Skill) -> str:
    """The words in the place of the slot, as they were written; "" if there are none."""
    text = _POLITE.sub("", " ".join(text[:LONGEST].split()))
    small = text.lower()
    if len(small) != len(text):
        text = small
    for pattern in _patterns(tuple(skill.templates())):
        if found := pattern.fullmatch(small):
            words = text[slice(*found.span("words"))] if "words" in pattern.groupindex else ""
            return words.strip(_EDGES) if re.search(r"\w", words) else ""
    return ""


@lru_cache(maxsize=256)
def _patterns(templates: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    """The longest first: "spell a word" goes before "spell {word}"."""
    return tuple(
        re.compile(_pattern(template.lower()), re.DOTALL)  # IGNORECASE would take 5 ms each
        for template in sorted(templates, key=lambda text: -len(SLOT.sub("", text)))
    )


def _pattern(template: str) -> str:
    slots = 0
    parts: list[str] = []
    for part in re.findall(r"\{\w*\}|[^\W_]+", template):
        if part.startswith("{"):
            slots += 1
            parts.append("(?P<words>.+)" if slots == 1 else ".+")
        else:
            parts.append(re.escape(part))
    lead = ".*?" if _HAN.match(parts[0]) else _LEAD
    return lead + "".join(_linked(parts)) + r"[\W_]*"


def _linked(parts: list[str]) -> Iterator[str]:
    for at, part in enumerate(parts):
        if at:
            beside_han = _HAN.match(part) or _HAN.match(parts[at - 1])
            yield r"[\W_]*" if beside_han else _GAP
        yield part
