"""Which language a text is said in: by its tag, or by its script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from voiceagent.errors import Refused

from .binding import Native

DUMB = frozenset({"chr-us-qaaa-x-west", "fo", "kaa", "piqd", "xex"})
"""espeak lists these, but the wheel has no dictionary for them, or Unicode no letters."""

ALIASES = {
    "en": "en-us",
    "english": "en-us",
    "en-au": "en-gb",
    "en-ie": "en-gb",
    "en-in": "en-gb",
    "en-nz": "en-gb",
    "en-uk": "en-gb",
    "en-za": "en-gb",
    "en-scotland": "en-gb-scotland",
    "scottish": "en-gb-scotland",
    "en-rp": "en-gb-x-rp",
    "zh": "cmn",
    "chinese": "cmn",
    "mandarin": "cmn",
    "zh-hk": "yue",
    "zh-hant-hk": "yue",
    "zh-mo": "yue",
    "cantonese": "yue",
    "hakka": "hak",
    "es-ar": "es-419",
    "es-cl": "es-419",
    "es-co": "es-419",
    "es-us": "es-419",
    "nn": "nb",
    "iw": "he",
    "sh": "hr",
}

_REGION_OR_SCRIPT = re.compile(r"(?:[a-z]{2}|[0-9]{3}|[a-z]{4})")


@dataclass(frozen=True, slots=True)
class Language:
    tag: str
    file: str  # espeak's name of it


class Languages:
    """Every language that can be said, by its tags and names."""

    def __init__(self, natives: Iterable[Native]) -> None:
        first: dict[str, Language] = {}
        others: list[tuple[int, str, Language]] = []
        for native in natives:
            tag = native.tags[0][0]
            if tag in DUMB or native.file.startswith("mb/"):
                continue
            if tag in first:  # two of a tag: "yue", and "yue" written in Latin letters
                tag = native.file.rpartition("/")[2].lower()
            language = first[tag] = Language(tag, native.file)
            others += [(rank, other, language) for other, rank in native.tags[1:]]
            others.append((0, native.name.lower(), language))
        others.sort(key=lambda other: -other[0])  # of several the best fit is written last
        self._known = {other: language for _, other, language in others} | first
        self._known |= {new: first[tag] for new, tag in ALIASES.items() if tag in first}
        self.tags = tuple(sorted(first.keys() | {other for rank, other, _ in others if rank}))

    def find(self, tag: str) -> Language:
        """The language of a tag. A region or a script that espeak has no voice for is left out;
        a dialect that it has no voice for is refused.
        """
        wanted = tag.strip().lower().replace("_", "-")
        rest = wanted
        while rest not in self._known:
            rest, _, last = rest.rpartition("-")
            if not rest or not _REGION_OR_SCRIPT.fullmatch(last):
                raise self._refusal(tag, wanted)
        return self._known[rest]

    def _refusal(self, tag: str, wanted: str) -> Refused:
        base = self._known.get(wanted.partition("-")[0])
        stem = base.tag.partition("-")[0] if base else ""
        near = [other for other in self.tags if other.partition("-")[0] == stem]
        choices = ", ".join(near or self.tags)
        return Refused(f"espeak cannot speak {tag!r}. Choose one of: {choices}.", param="language")


# --- scripts --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Script:
    name: str
    letters: str  # the inside of a regular expression's class
    readers: tuple[str, ...]  # the languages that read it; the first does if none is named
    spaced: bool = True  # between words


SCRIPTS = (
    Script(
        "Han",
        "\u2e80-\u2fd5\u3005-\u3007\u3100-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
        "\U00020000-\U0003ffff",
        ("cmn", "yue", "hak", "cmn-latn-pinyin", "yue-latn-jyutping"),
        spaced=False,
    ),
    Script("Kana", "\u3041-\u3096\u309d-\u30ff\u31f0-\u31ff\uff66-\uff9f", ("ja",), spaced=False),
    Script("Hangul", "\u1100-\u11ff\u3130-\u318f\uac00-\ud7ff", ("ko",)),
    Script(
        "Cyrillic",
        "\u0400-\u052f\u1c80-\u1c8f",
        (
            *("ru", "ru-cl", "ru-lv", "uk", "be", "bg", "mk", "sr", "ba", "cv", "kk", "ky"),
            *("nog", "tt", "uz"),
        ),
    ),
    Script("Greek", "\u0370-\u03ff\u1f00-\u1fff", ("el", "grc")),
    Script("Hebrew", "\u0590-\u05ff\ufb1d-\ufb4f", ("he",)),
    Script(
        "Arabic",
        "\u0600-\u06ff\u0750-\u077f\u08a0-\u08ff\ufb50-\ufdff\ufe70-\ufefc",
        ("ar", "fa", "ur", "sd", "ug"),
    ),
    Script("Devanagari", "\u0900-\u0963\u0966-\u097f", ("hi", "mr", "ne", "kok")),
    Script("Bengali", "\u0980-\u09ff", ("bn", "as", "bpy")),
    Script("Gurmukhi", "\u0a00-\u0a7f", ("pa",)),
    Script("Gujarati", "\u0a80-\u0aff", ("gu",)),
    Script("Oriya", "\u0b00-\u0b7f", ("or",)),
    Script("Tamil", "\u0b80-\u0bff", ("ta",)),
    Script("Telugu", "\u0c00-\u0c7f", ("te",)),
    Script("Kannada", "\u0c80-\u0cff", ("kn",)),
    Script("Malayalam", "\u0d00-\u0d7f", ("ml",)),
    Script("Sinhala", "\u0d80-\u0dff", ("si",)),
    Script("Thai", "\u0e00-\u0e7f", ("th",), spaced=False),
    Script("Myanmar", "\u1000-\u109f", ("my", "shn"), spaced=False),
    Script("Georgian", "\u10a0-\u10ff", ("ka",)),
    Script("Ethiopic", "\u1200-\u139f", ("am", "ti")),
    Script("Armenian", "\u0530-\u058f", ("hy", "hyw")),
    Script("Shavian", "\U00010450-\U0001047f", ("en-shaw",)),
    Script("Latin", "A-Za-z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff", ()),
)
_LETTERS = re.compile("|".join(f"(?P<{script.name}>[{script.letters}])" for script in SCRIPTS))
_BY_NAME = {script.name: script for script in SCRIPTS}
BOTH = frozenset({"sr", "uz", "cmn-latn-pinyin", "yue-latn-jyutping", "hak", "en-shaw"})
"""They have a script of their own, and read the Latin one too."""

UNSPACED = re.compile(f"[{''.join(script.letters for script in SCRIPTS if not script.spaced)}]")


def script_of(char: str) -> Script | None:
    """The script of a letter; None for what every script has, and for what nobody here reads."""
    found = _LETTERS.match(char)
    return _BY_NAME[found.lastgroup] if found and found.lastgroup else None


def reads(tag: str, script: Script) -> bool:
    """Whether a language reads a script by itself."""
    if script.readers:
        return tag in script.readers
    return tag in BOTH or not any(tag in other.readers for other in SCRIPTS)


def reader(script: Script, wanted: Sequence[str]) -> str:
    """Who reads this script: the first of `wanted` that does, or the script's own language."""
    own = next((tag for tag in wanted if reads(tag, script)), None)
    return own or (script.readers[0] if script.readers else wanted[-1])
