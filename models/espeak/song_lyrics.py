"""Cuts words into lines that can be sung: by their own lines, else so that the notes fit best."""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import accumulate

from .song_syllables import syllables
from .words import Take

Say = Callable[[str], Take]

TOO_LONG = 1.5  # times as many syllables as notes: then a line is cut between its words
MOST = 12  # clauses of a line
_CLAUSE = re.compile(r"[^,;:.!?，。、；：！？…]+[,;:.!?，。、；：！？…]*\s*")


def clauses(line: str) -> list[str]:
    found: list[str] = []
    for match in _CLAUSE.finditer(line):
        found.append(match[0])
    return found or [line]


def first(waiting: Sequence[str], wanted: int, say: Say) -> tuple[str, list[str]]:
    """The words of the next line, and what is left. `waiting` are clauses, at least one."""
    counts = list(accumulate(_count(clause, say) for clause in waiting[:MOST]))
    best = min(range(len(counts)), key=lambda at: (abs(counts[at] - wanted), at))
    if counts[-1] <= TOO_LONG * wanted and counts[-1] - counts[best] < wanted / 3:
        best = len(counts) - 1  # too little is left for a line of its own
    if best == 0 and counts[0] > TOO_LONG * wanted:
        begin, rest = _parted(waiting[0], wanted, say)
        return begin, [*([rest] if rest.strip() else []), *waiting[1:]]
    return "".join(waiting[: best + 1]), list(waiting[best + 1 :])


def _count(text: str, say: Say) -> int:
    return len(syllables(say(text)))


def _parted(clause: str, wanted: int, say: Say) -> tuple[str, str]:
    """Cut between two words, as near to the wanted count as can be."""
    take = say(clause)
    begins, at = [], 0
    for word in take.words:
        at = max(at, clause.find(word.text, at))
        begins.append(at)
        at += len(word.text)
    sung = [syllable.word for syllable in syllables(take)]
    before = [sum(word < number for word in sung) for number in range(len(begins))]
    choices = [number for number, count in enumerate(before) if number and count]
    if not choices:
        return clause, ""
    best = min(choices, key=lambda number: (abs(before[number] - wanted), number))
    return clause[: begins[best]], clause[begins[best] :]
