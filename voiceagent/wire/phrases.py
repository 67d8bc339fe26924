"""What the user may say in a session, as its tools and instructions tell: ears expect it."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain, islice
from typing import Any

from voiceagent.parts import ToolSpec
from voiceagent.wire import checks

MOST_PHRASES, MOST_CHARACTERS = 50, 200  # of one tool
MOST_KNOWN, MOST_LETTERS = 1_000, 40_000  # of a session, its tools' own phrases first
VARIANTS = 40  # of a phrase, with other values that its tool's arguments may have
MOST_VALUES = 100  # of the values that a tool's arguments may have
LONGEST_VALUE, LONGEST_QUOTE = 60, 80  # characters
DEEPEST = 8
QUOTE = rf"[^\"\u201c\u201d\n]{{2,{LONGEST_QUOTE}}}"
QUOTED = re.compile(rf'(?<!\w)"({QUOTE})"(?!\w)|\u201c({QUOTE})\u201d')
JOINTS = re.compile(r"[_\-.]+|(?<=[a-z])(?=[A-Z])")
LETTER = re.compile(r"[^\W\d_]")


def read_phrases(value: Any, path: str) -> tuple[str, ...]:
    """What a client says of a tool: sentences that may ask for it."""
    given = checks.items(value, path, MOST_PHRASES)
    return tuple(checks.text(one, f"{path}[{n}]", MOST_CHARACTERS) for n, one in enumerate(given))


def phrases_of(tools: Iterable[ToolSpec], instructions: str) -> tuple[str, ...]:
    """What the tools' authors wrote first, then what may be guessed, as far as there is room."""
    tools = tuple(tools)
    asking = [(tool, (*tool.phrases, *quoted(tool.description))) for tool in tools]
    each = min(VARIANTS, MOST_KNOWN // max(1, sum(len(phrases) for _, phrases in asking)))
    said = chain.from_iterable(phrases for _, phrases in asking)
    words = chain.from_iterable(words_of(tool) for tool in tools)
    varied = chain.from_iterable(variants(*one, each) for one in asking)
    return fitting(chain(said, words, quoted(instructions), varied))


def fitting(texts: Iterable[str]) -> tuple[str, ...]:
    """Each once, until there is no more room."""
    known: dict[str, None] = {}
    room = MOST_LETTERS
    for text in (" ".join(text.split()) for text in texts):
        if text in known or not LETTER.search(text):
            continue
        room -= len(text)
        if room < 0 or len(known) == MOST_KNOWN:
            break
        known[text] = None
    return tuple(known)


def words_of(tool: ToolSpec) -> Iterator[str]:
    """Its name, and the values that its arguments may have."""
    yield spoken(tool.name)
    yield from islice(chain.from_iterable(choices(tool.parameters)), MOST_VALUES)


def variants(tool: ToolSpec, phrases: Sequence[str], count: int) -> Iterator[str]:
    """`a large tea` where small, large, tea and coffee are allowed: `a small coffee` too."""
    slots = slots_of(tool) if phrases else {}
    if not slots:
        return
    names = "|".join(re.escape(name) for name in sorted(slots, key=len, reverse=True))
    value = re.compile(rf"\b(?:{names})\b", re.IGNORECASE)
    for phrase in phrases:
        chance = random.Random(phrase)  # the same tool always gives the same phrases
        other = partial(another, slots, chance)
        yield from (value.sub(other, phrase) for _ in range(count if value.search(phrase) else 0))


def slots_of(tool: ToolSpec) -> dict[str, tuple[str, ...]]:
    """For each value those that may stand in its place."""
    sets = choices(tool.parameters)
    pairs = ((value.lower(), values[:MOST_VALUES]) for values in sets for value in values)
    return dict(islice(pairs, MOST_VALUES))


def another(slots: Mapping[str, Sequence[str]], chance: random.Random, found: re.Match[str]) -> str:
    return chance.choice(slots[found[0].lower()])


def spoken(name: str) -> str:
    """`rollTheDice` and `roll_the_dice` as they are said."""
    return JOINTS.sub(" ", name).strip()


def choices(schema: Any, depth: int = 0) -> Iterator[tuple[str, ...]]:
    """The texts among the values that a JSON schema allows, wherever they are, as they are said."""
    if depth > DEEPEST:
        return
    if isinstance(schema, Mapping):
        found = schema.get("enum")
        named = found if isinstance(found, list | tuple) else (schema.get("const"),)
        texts = (spoken(value) for value in named[:MOST_VALUES] if isinstance(value, str))
        if values := tuple(text for text in texts if 0 < len(text) <= LONGEST_VALUE):
            yield values
    for inner in inside(schema):
        yield from choices(inner, depth + 1)


def inside(schema: Any) -> Sequence[Any]:
    if isinstance(schema, Mapping):
        return [value for key, value in schema.items() if key not in ("enum", "const")]
    return schema if isinstance(schema, list | tuple) else ()


def quoted(text: str) -> Iterator[str]:
    """What stands in double quotes is what somebody says: `Users say "roll the dice".`"""
    for match in islice(QUOTED.finditer(text), MOST_PHRASES):
        yield match[1] or match[2]
