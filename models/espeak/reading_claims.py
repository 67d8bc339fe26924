"""Rules that find what is said differently than it is written."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from re import Match, Pattern

Rule = tuple[Pattern[str], Callable[[Match[str]], str | None]]
"""What to look for, and what is said for it; None: it is not that after all. A line's end in what
is said stands where the text has a space: what follows it belongs to the text's next word.
"""
Claim = tuple[int, int, str]  # from, to, what is said
TAKEN = "\x00"  # of this a text holds none: control characters were taken out before


def claims(text: str, rules: Iterable[Rule]) -> list[Claim]:
    """In the order of the text. An earlier rule takes a place before the later ones see it."""
    made: list[Claim] = []
    for pattern, say in rules:
        found = [
            (match.start(), match.end(), said)
            for match in pattern.finditer(text)
            if (said := say(match)) is not None
        ]
        for start, end, _ in found:
            text = text[:start] + TAKEN * (end - start) + text[end:]
        made += found
    return sorted(made)
