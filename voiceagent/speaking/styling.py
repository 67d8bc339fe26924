"""The border before a voice: what was asked for becomes what this voice can do, and is told.

Free words in a style are read here and nowhere else, unless the voice reads them itself.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import lru_cache
from typing import cast

from voiceagent.parts import Styles
from voiceagent.speaking.ability import audible, spoken_tag, within
from voiceagent.speaking.instructions import understand
from voiceagent.style import EMOTIONS, LIMITS, Sound, Style, faster

PLAIN = Style()
MOST_TOLD = 12  # words that were not understood, in one message


@dataclass(frozen=True, slots=True)
class Settled:
    """How something is said. `sounds` come before it; `lacks`: what is not done of what was asked
    for, and what is instead.
    """

    style: Style = PLAIN
    sounds: tuple[Sound, ...] = ()
    lacks: tuple[str, ...] = ()


def settled(style: Style, can: Styles, base: Style = PLAIN) -> Settled:
    """The style, over the session's `base`, as this voice can do it."""
    over, under = worded(style, can), worded(base, can)
    able, lacks = within(laid_over(over.style, under.style), can)
    told = dict.fromkeys((*over.lacks, *under.lacks, *lacks))
    return Settled(able, over.sounds, tuple(told))


def opening(base: Style, can: Styles) -> tuple[Sound, ...]:
    """The sounds that a session's free words want before a reply."""
    return worded(base, can).sounds


@lru_cache(256)
def worded(style: Style, can: Styles) -> Settled:
    """The style with its free words read, in so far as they say anything. A pace in words
    multiplies the one in numbers, which may be the protocol's speed.
    """
    words = style.instructions.strip()
    if not words or can.instructions:
        return Settled(style)
    found = understand(words, replace(style, instructions="", pace=1.0))
    able, lacks = _possible(faster(found.style, style.pace), style, can)
    sounds, silent = audible(found.sounds, can)
    unread = _unread(found.rest)
    able = replace(able, instructions="")
    return Settled(able, cast("tuple[Sound, ...]", sounds), (*unread, *lacks, *silent))


def _unread(rest: tuple[str, ...]) -> tuple[str, ...]:
    """Of the free words, what no field of a Style can say."""
    if not rest:
        return ()
    more = ", ..." if len(rest) > MOST_TOLD else ""
    told = ", ".join(repr(word) for word in rest[:MOST_TOLD])
    return (f"instructions: not understood: {told}{more}",)


def in_passing(style: Style, can: Styles) -> tuple[Style, tuple[str, ...]]:
    """A mind's own style, without what this voice would refuse: the words matter more."""
    return _possible(style, PLAIN, can)


def _possible(style: Style, before: Style, can: Styles) -> tuple[Style, tuple[str, ...]]:
    """A language or a tune that was named in passing is no reason to say nothing at all."""
    lacks = []
    if style.language and style.language != before.language:
        near = spoken_tag(style.language, can)
        if near != style.language.strip().lower():
            told = "that of the text" if near is None else repr(near)
            lacks.append(f"language {style.language!r} became {told}")
            style = replace(style, language=near)
    if style.melody != before.melody and not known_tune(style.melody, can):
        lacks.append(f"melody {style.melody!r} is not known, another is made up")
        style = replace(style, melody="")
    return style, tuple(lacks)


def known_tune(melody: str, can: Styles) -> bool:
    """Whether the voice may know it: notes and moods are no names."""
    asked = melody.casefold().strip()
    named = any(char.isalpha() for char in asked) and not any(char.isdigit() for char in asked)
    if not named or not can.tunes or asked in EMOTIONS:
        return True
    return any(asked in tune or tune in asked for tune in map(str.casefold, can.tunes))


def laid_over(style: Style, base: Style) -> Style:
    """A phrase's style within the session's: what is plain gives way; pace and energy combine."""
    if base == PLAIN:
        return style
    own = {
        field.name: getattr(style, field.name)
        for field in fields(Style)
        if getattr(style, field.name) != getattr(PLAIN, field.name)
    }
    if "emotion" in own:
        own["intensity"] = style.intensity
    low, high = LIMITS["energy"]
    own["energy"] = min(high, max(low, style.energy + base.energy))
    return faster(replace(base, **{**own, "pace": style.pace}), base.pace)
