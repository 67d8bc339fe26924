"""Takes the tags off an LLM's text: "[sad] I see. [laugh] [/] Well." is a manner beside the words.

A small set is known (docs/protocol.md). Whatever else stands in brackets is words. A stream: what
comes out does not depend on how the text was cut.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from voiceagent.style import EMOTIONS, LIMITS, MODES, SOUNDS, SUNG, Sound, Style

PLAIN = Style()
LONGEST = 40  # characters of a tag, its brackets included


@dataclass(frozen=True, slots=True)
class Tag:
    """What holds from here on. A sound is made here, and only once."""

    values: tuple[tuple[str, Any], ...] = ()
    sound: Sound | None = None
    plain: bool = False  # whatever held before is over

    def on(self, style: Style) -> Style:
        return replace(PLAIN if self.plain else style, **dict(self.values))


Piece = str | Tag


def _set(**values: Any) -> Tag:
    return Tag(tuple(values.items()))


NAMES: Mapping[str, Tag] = {
    **{emotion: _set(emotion=emotion, intensity=PLAIN.intensity) for emotion in EMOTIONS},
    **{mode: _set(mode=mode) for mode in MODES},
    **{sound: Tag(sound=sound) for sound in SOUNDS},
    "whispering": _set(mode="whisper"),
    "shouting": _set(mode="shout"),
    "singing": _set(mode="sing"),
    "laughs": Tag(sound="laugh"),
    "laughing": Tag(sound="laugh"),
    "chuckle": Tag(sound="laugh"),
    "chuckles": Tag(sound="laugh"),
    "sighs": Tag(sound="sigh"),
    "breathe": Tag(sound="breath"),
    "slow": _set(pace=0.75),
    "fast": _set(pace=1.3),
    "soft": _set(energy=-8.0),
    "loud": _set(energy=8.0),
    "high": _set(pitch=3.0),
    "low": _set(pitch=-3.0),
    "/": Tag(plain=True),
}
"""In square brackets, wherever they stand."""

HAN: Mapping[str, Tag] = {
    **dict.fromkeys(("开心", "高兴", "快乐"), NAMES["happy"]),
    **dict.fromkeys(("激动", "兴奋"), NAMES["excited"]),
    **dict.fromkeys(("难过", "伤心", "悲伤"), NAMES["sad"]),
    **dict.fromkeys(("生气", "愤怒"), NAMES["angry"]),
    **dict.fromkeys(("害怕", "恐惧"), NAMES["fearful"]),
    **dict.fromkeys(("厌恶", "嫌弃"), NAMES["disgusted"]),
    **dict.fromkeys(("惊讶", "吃惊"), NAMES["surprised"]),
    **dict.fromkeys(("平静", "冷静"), NAMES["calm"]),
    **dict.fromkeys(("温柔", "撒娇"), NAMES["tender"]),
    **dict.fromkeys(("耳语", "悄悄话"), NAMES["whisper"]),
    **dict.fromkeys(("唱歌", "歌唱", "唱"), NAMES["sing"]),
    **dict.fromkeys(("哼唱", "哼歌"), NAMES["hum"]),
    **dict.fromkeys(("rap", "说唱"), NAMES["rap"]),
    **dict.fromkeys(("大喊", "喊"), NAMES["shout"]),
    **dict.fromkeys(("慢速", "慢"), NAMES["slow"]),
    **dict.fromkeys(("快速", "快"), NAMES["fast"]),
    **dict.fromkeys(("笑", "大笑", "笑声"), NAMES["laugh"]),
    **dict.fromkeys(("叹气", "叹息"), NAMES["sigh"]),
    **dict.fromkeys(("呼吸", "吸气"), NAMES["breath"]),
    **dict.fromkeys(("粤语", "广东话"), _set(language="yue")),
    "四川话": _set(language="cmn-sichuan"),
    **dict.fromkeys(("普通话", "中文"), _set(language="cmn")),
    **dict.fromkeys(("英语", "英文"), _set(language="en")),
    **dict.fromkeys(("日语", "日文"), _set(language="ja")),
    **dict.fromkeys(("韩语", "韩文"), _set(language="ko")),
    "平常": NAMES["/"],
}
"""In round brackets, at the start of a sentence, as the Step-Audio models write them."""

DEGREES = {"1": 0.5, "2": 1.0}  # of "高兴2"
FASTER = {"慢速": 0.55, "快速": 1.6}  # of "慢速2"
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,3}")
SQUARE = re.compile(r"\[ *(/?) *([a-z]*) *(?:[:=] *([^\[\]:=\n]{1,24}?))? *\]", re.IGNORECASE)
SQUARE_SO_FAR = re.compile(r"\[[^\[\]\n]*")
ROUND = re.compile(r"[(（]([^()（）\s]{1,6})[)）]")
ROUND_SO_FAR = re.compile(r"[(（][^()（）\s]{0,6}")
STARTS_AFTER = frozenset(".!?。！？…\n")


class Tags:
    """A stream of text in, words and tags out."""

    def __init__(self) -> None:
        self._held = ""  # it may become a tag
        self._before = "\n"  # the last character read that is no space
        self._said = "\n"  # the last character given out
        self._tagged = False  # a tag was taken out just before

    def feed(self, text: str) -> list[Piece]:
        return self._read(text, last=False)

    def flush(self) -> list[Piece]:
        """The rest: what was begun and never closed is words."""
        found = self._read("", last=True)
        self._before, self._said, self._tagged = "\n", "\n", False
        return found

    def _read(self, text: str, last: bool) -> list[Piece]:
        text, self._held = self._held + text, ""
        found: list[Piece] = []
        words, at = "", 0
        while at < len(text):
            if text[at] in "[(（" and self._before != "\\":
                rest = text[at : at + LONGEST + 1]
                if not last and self._unclear(rest):
                    self._held = text[at:]
                    break
                if known := self._known(rest):
                    tag, length = known
                    found += [words, tag] if words else [tag]
                    words, at = "", at + length
                    self._before, self._tagged = "\n", True
                    continue
            words += self._word(text[at])
            at += 1
        return [*found, words] if words else found

    def _word(self, char: str) -> str:
        """A character of the words; of two spaces, round a tag that was taken out, only one."""
        doubled = self._tagged and char == " " and self._said in " \n"
        self._tagged = False
        if not char.isspace() or char == "\n":
            self._before = char
        if doubled:
            return ""
        self._said = char
        return char

    def _unclear(self, rest: str) -> bool:
        """Whether more text could make a tag of it, or of a tag a link."""
        if len(rest) >= LONGEST:
            return False
        if rest[0] == "[":
            return bool(SQUARE_SO_FAR.fullmatch(rest) or SQUARE.fullmatch(rest))
        return self._before in STARTS_AFTER and bool(ROUND_SO_FAR.fullmatch(rest))

    def _known(self, rest: str) -> tuple[Tag, int] | None:
        if rest[0] != "[":
            match = ROUND.match(rest) if self._before in STARTS_AFTER else None
            tag = _round(match[1]) if match else None
            return (tag, match.end()) if match and tag else None
        match = SQUARE.match(rest)
        if match is None or match.end() >= LONGEST or rest[match.end() : match.end() + 1] == "(":
            return None
        tag = _square(match[1], match[2].lower(), match[3])
        return (tag, match.end()) if tag else None


def _square(slash: str, name: str, value: str | None) -> Tag | None:
    if slash:
        closes = not name or name in NAMES or name in ("lang", "language")
        return NAMES["/"] if closes and value is None else None
    if name in ("lang", "language"):
        return _language(value)
    tag = NAMES.get(name)
    if tag is None or value is None:
        return tag
    return _valued(name, tag, value)


def _language(value: str | None) -> Tag | None:
    tag = (value or "").strip().lower().replace("_", "-")
    if not LANGUAGE.fullmatch(tag):
        return None
    return _set(language="cmn" if tag.partition("-")[0] == "zh" else tag)


def _valued(name: str, tag: Tag, value: str) -> Tag | None:
    """[sad:0.8] is how sad, [sing:twinkle] the tune, [rap:95] the beats a minute."""
    mode = tag.on(PLAIN).mode
    try:
        number = float(value)
    except ValueError:
        named = mode in SUNG and value.replace(" ", "").isalpha()
        return _set(mode=mode, melody=value.strip()) if named else None
    if name in EMOTIONS and 0 <= number <= 1:
        return _set(emotion=name, intensity=number)
    low, high = LIMITS["bpm"]
    return _set(mode=mode, bpm=number) if mode in SUNG and low <= number <= high else None


def _round(content: str) -> Tag | None:
    name, degree = content.lower(), ""
    if name[-1:] in DEGREES:
        name, degree = name[:-1], name[-1]
    tag = HAN.get(name)
    if tag is None or not degree:
        return tag
    if name in FASTER:
        return _set(pace=FASTER[name]) if degree == "2" else tag
    emotion = tag.on(PLAIN).emotion
    return _set(emotion=emotion, intensity=DEGREES[degree]) if emotion != PLAIN.emotion else None


def tagged(text: str) -> list[Piece]:
    """The pieces of a whole text."""
    tags = Tags()
    return [*tags.feed(text), *tags.flush()]
