"""What words over the agent's own say: that somebody listens, wants the floor, or agrees."""

from __future__ import annotations

import re
from collections.abc import Iterable

from voiceagent.events import Verdict


def _phrases(lines: str) -> list[str]:
    return [phrase.strip() for phrase in lines.split(",")]


BACKCHANNELS = _phrases("""
    mm-hm, mhm, mm, hm, hmm, mmm, uh-huh, aha, ah, oh, yeah, yep, yes, yup, right, ok, okay, sure,
    exactly, really, wow, great, cool, nice, good, indeed, true, absolutely, totally, gotcha,
    got it, i see, go on, of course, that's right, all right, alright, makes sense, sounds good
""")
BACKCHANNELS_ZH = _phrases("""
    嗯, 唔, 对, 对的, 是, 是的, 是啊, 好, 好的, 好啊, 好吧, 哦, 噢, 喔, 啊, 哎, 欸, 没错, 行, 可以,
    明白, 知道了, 真的, 真的吗, 原来如此
""")
STOPS = _phrases("stop, wait, no, hold on, hang on, excuse me, shut up, be quiet, enough")
STOPS_ZH = _phrases("等一下, 等等, 停, 不对, 不是, 别说了, 打断, 闭嘴, 安静")

ASSENTS = frozenset(_phrases("yes, yeah, yep, yup, ok, okay, sure, right, absolutely, exactly"))
ASSENTS_ZH = frozenset(_phrases("对, 对的, 是, 是的, 好, 好的, 行, 可以, 没错"))

NEW = "new words"
WORDS_MAX = 4
CHARACTERS_MAX = 6

_ASIDE = re.compile(r"\[[^]]*\]|<[^>]*>|\([^)]*\)")  # what a recognizer writes for noises
_HAN = "\u4e00-\u9fff"
_WORD = rf"[^\W\d_{_HAN}]+"
_IS_HAN = re.compile(f"[{_HAN}]")
_TOKEN = re.compile(rf"[{_HAN}]+|{_WORD}(?:['\u2019-]{_WORD})*|\d+")


def _either(phrases: Iterable[str]) -> str:
    longest = sorted(phrases, key=len, reverse=True)
    return "|".join(re.escape(p).replace(r"\-", "[ -]") for p in longest)


_BACKCHANNEL = re.compile(rf"(?:{_either(BACKCHANNELS)})(?: (?:{_either(BACKCHANNELS)}))*")
_BACKCHANNEL_ZH = re.compile(rf"(?:{_either(BACKCHANNELS_ZH)})+")
_STOP = re.compile(rf"\b(?:{_either(STOPS)})\b")
_CLEAR = re.compile(r"\b(?:stop|wait|hold on|hang on|excuse me|shut up)\b")
_STOP_ZH = re.compile(rf"{_either(STOPS_ZH)}")


def judge(text: str, final: bool) -> tuple[Verdict, str] | None:
    """Return what these words over a living reply are, or None while that is open."""
    latin, han = _tokens(text)
    if not latin and not han:
        return ("noise", "no words") if final else None
    if _is_backchannel(latin, han):
        return _brief(latin, han)
    if stop := _STOP.search(latin) or _STOP_ZH.search(han):
        return "interruption", f"asks to stop: {stop.group()}"
    if not final and _may_become_backchannel(latin, han):
        return None
    return "interruption", NEW


def _tokens(text: str) -> tuple[str, str]:
    """Split into the words of alphabets, one space between them, and the Chinese characters."""
    tokens = _TOKEN.findall(_ASIDE.sub(" ", text).lower().replace("\u2019", "'"))
    latin = [token for token in tokens if not _IS_HAN.match(token)]
    return " ".join(latin), "".join(token for token in tokens if _IS_HAN.match(token))


def _is_backchannel(latin: str, han: str) -> bool:
    both = (_BACKCHANNEL, latin), (_BACKCHANNEL_ZH, han)
    return all(not words or pattern.fullmatch(words) for pattern, words in both)


def _brief(latin: str, han: str) -> tuple[Verdict, str]:
    if len(latin.split()) > WORDS_MAX or len(han) > CHARACTERS_MAX:
        return "interruption", "too long for a backchannel"
    return "backchannel", "only words of listening"


def _may_become_backchannel(latin: str, han: str) -> bool:
    """A recognizer's partial words end anywhere: "ye" may become "yeah", "i" may become "i see"."""
    words = latin.split()
    for last in (1, 2):
        before, end = " ".join(words[:-last]), " ".join(words[-last:])
        if end and _is_backchannel(before, han) and any(p.startswith(end) for p in BACKCHANNELS):
            return True
    return False


def assents(text: str) -> bool:
    """Whether somebody says yes, and nothing else."""
    latin, han = _tokens(text)
    words = latin.split()
    if not words and not han:
        return False
    return ASSENTS.issuperset(words) and (not han or han in ASSENTS_ZH)


def clear_stop(text: str) -> str:
    """A wish to stop that no sound of listening is taken for, as "no" is; empty: none."""
    latin, han = _tokens(text)
    found = _CLEAR.search(latin) or _STOP_ZH.search(han)
    return found.group() if found else ""
