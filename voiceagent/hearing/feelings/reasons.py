"""Why a reading is what it is: one sentence of measured clues, of what the words say, and of what
does not agree.

A clue is asserted only if a reader measured it. `trace_of` gives the clues in a form that can be
checked against a log of measurements.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from voiceagent.hearing.feelings.data import Language

Modality = Literal["voice", "words", "history"]


@dataclass(frozen=True, slots=True)
class Clue:
    """`value`: the number that was measured, where one was told. `supports`: emotion words."""

    clue: str
    modality: Modality
    value: float | None = None
    supports: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A clue that readers give: how to find it in their sentences, and how it is said."""

    name: str
    found: re.Pattern[str]
    zh: str
    supports: tuple[str, ...]


def _kind(name: str, found: str, zh: str, *supports: str) -> Kind:
    return Kind(name, re.compile(rf"\b(?:{found})\b(?: (?:by|of) (?P<value>[+-]?\d+(?:\.\d+)?)"
                                 r"(?P<unit> ?(?:%|dB|s|semitones?)))?"), zh, supports)  # fmt: skip


STIRRED = ("happy", "excited", "angry", "fearful", "surprised")
STILL = ("sad", "calm", "tender")
KINDS = (
    _kind("pitch_up", "higher", "音调更高", *STIRRED),
    _kind("pitch_down", "lower|deeper", "音调更低", *STILL),
    _kind("level_up", "louder", "声音更大", "angry", "excited", "happy"),
    _kind("level_down", "softer|quieter", "声音更轻", *STILL),
    _kind("pace_up", "faster", "语速更快", *STIRRED),
    _kind("pace_down", "slower", "语速更慢", *STILL),
    _kind("range_up", "livelier", "语调起伏更大", "happy", "excited", "surprised", "angry"),
    _kind("range_down", "flatter", "语调更平", "sad", "neutral", "calm"),
    _kind("strain_up", "sharper|tenser|harsher", "音色更紧", "angry", "excited", "happy"),
    _kind("strain_down", "mellower|darker", "音色更柔", *STILL),
    _kind("breath_up", "breathier", "气息更重", "sad", "tender", "fearful"),
    _kind("shake_up", "shakier|rougher", "声音发颤", "fearful", "sad", "angry"),
    _kind("pauses_none", "no pauses", "没有停顿", "excited", "angry", "happy"),
    _kind("pauses_up", "pauses", "有停顿", "sad", "fearful"),
    _kind("laugh", "laughs|laughter|laughing", "带着笑声", "happy", "excited"),
    _kind("cry", "cries|crying|sobs", "带着哭声", "sad"),
    _kind("sigh", "sighs|sighing", "叹气", "sad"),
)
NAMES_ZH = {
    "neutral": "平静",
    "calm": "平和",
    "happy": "高兴",
    "excited": "激动",
    "tender": "温柔",
    "sad": "难过",
    "angry": "生气",
    "fearful": "害怕",
    "disgusted": "厌恶",
    "surprised": "惊讶",
}
NOTHING: Mapping[Language, str] = {"en": "nothing measured stands out", "zh": "没有测到特别之处"}
AGAINST = {
    "your usual": ("than your usual", "比你平常"),
    "people": ("than most people", "比一般人"),
}
_THAN = re.compile(r" than (?:your usual|what people usually are|most people)")
_SAYS = re.compile(r"the words (?:say|of) (\w+)|话里说的是(\w+)")
_AGREE = re.compile("the words agree|话里也是这样")
_BEFORE = re.compile(r"(\w+) in the turns before|前几句就(\w+)")


@dataclass(frozen=True, slots=True)
class Found:
    """What there is to tell of one reading. `said`: what the words say, if anything."""

    label: str
    voice: Sequence[str] = ()  # the reader's own reasons
    said: str = ""
    clash: bool = False
    before: str = ""  # what the turns before make likely, where that counted


def sentence(found: Found, language: Language = "en") -> str:
    """One sentence, however little there is to tell."""
    parts = [_voice(found.voice, language), _words(found, language), _history(found, language)]
    if not any(parts):
        return NOTHING[language]
    return ("; " if language == "en" else "；").join(part for part in parts if part)  # noqa: RUF001


def _voice(reasons: Sequence[str], language: Language) -> str:
    known = [reason for reason in reasons if any(kind.found.search(reason) for kind in KINDS)]
    against = next((told for key, told in AGAINST.items() if any(key in r for r in known)), None)
    if language == "zh":
        told = [_zh(clue) for clue in _clues("; ".join(known))]
        return f"{against[1] if against and told else ''}{'、'.join(told)}"
    beside = [reason for reason in known if _THAN.search(reason)]
    alone = [reason for reason in known if not _THAN.search(reason)]
    compared = _listed([_THAN.sub("", reason) for reason in beside])
    return ", ".join([*([f"{compared} {against[0]}"] if beside and against else []), *alone])


def _listed(parts: Sequence[str]) -> str:
    *most, last = parts or ("",)
    return f"{', '.join(most)} and {last}" if most else last


def _zh(clue: Clue) -> str:
    kind = next(kind for kind in KINDS if kind.name == clue.clue)
    return kind.zh


def _words(found: Found, language: Language) -> str:
    said = found.said
    if not said:
        return ""
    if found.clash:
        if language == "zh":
            return f"话里说的是{NAMES_ZH[said]}，声音和话不一致"  # noqa: RUF001
        return f"the words say {said}: voice and words do not agree"
    if not found.voice or said != found.label:
        return f"话里说的是{NAMES_ZH[said]}" if language == "zh" else f"the words say {said}"
    return "话里也是这样" if language == "zh" else "the words agree"


def _history(found: Found, language: Language) -> str:
    if not found.before:
        return ""
    zh = language == "zh"
    return f"前几句就{NAMES_ZH[found.before]}" if zh else f"{found.before} in the turns before"


# --- what can be checked -------------------------------------------------------------------------


def trace_of(reasons: Iterable[str], label: str = "") -> tuple[Clue, ...]:
    """The clues that English reasons are made of. `label`: what the words agree with."""
    return tuple(clue for reason in reasons for clue in _parsed(reason, label))


def _parsed(reason: str, label: str) -> Iterator[Clue]:
    for part in reason.split(";"):
        if says := _SAYS.search(part):
            yield Clue("words", "words", None, (says[1] or says[2],))
        elif _AGREE.search(part):
            yield Clue("words", "words", None, (label,) if label else ())
        elif before := _BEFORE.search(part):
            yield Clue("history", "history", None, (before[1] or before[2],))
        else:
            yield from _clues(part)


def _clues(text: str) -> Iterator[Clue]:
    for reason in re.split(r"[;,]| and ", _THAN.sub("", text)):
        for kind in KINDS:
            if match := kind.found.search(reason):
                value = match["value"]
                number = float(value) if value else None
                yield Clue(kind.name, "voice", number, kind.supports)
                break
