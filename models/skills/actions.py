"""The few things that a skill can do beyond replying: each fills the slots of a reply."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from voiceagent.events import Reading

from . import clock
from .counting import numbers, spelled
from .words import HAN, Language, plain

MOST_LETTERS = 30
COUNTS_TO = 100

Slots = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Moment:
    """What an action may look at."""

    text: str
    argument: str  # what the user said in the place of an example's slot; "" if nothing
    language: Language
    now: datetime
    said: str  # what the agent said last, acknowledgements aside
    felt: Reading | None = None  # what was last read in the user's voice


@dataclass(frozen=True, slots=True)
class Action:
    """`run` returns None where it lacks what it works on."""

    run: Callable[[Moment], Slots | None]
    fills: frozenset[str] = frozenset()
    may_lack: bool = False
    of_words: bool = False  # works on what stands in the place of an example's slot


def tell_time(moment: Moment) -> Slots:
    return {"time": clock.time_of_day(moment.now, moment.language)}


def tell_date(days: int) -> Callable[[Moment], Slots]:
    def tell(moment: Moment) -> Slots:
        date = moment.now.date() + timedelta(days=days)
        language = moment.language
        return {"date": clock.day(date, language), "year": clock.year(date, language)}

    return tell


def repeat(moment: Moment) -> Slots | None:
    return {"words": moment.argument} if moment.argument else None


def spell(moment: Moment) -> Slots | None:
    """Letters in capitals, Chinese characters one by one. Of mixed words, the Latin ones."""
    word = POLITE.sub("", moment.argument)
    latin = "".join(re.findall(r"[^\W\d_]", re.sub(f"[{HAN}]", "", word)))
    letters = latin.upper() if latin else "".join(re.findall(f"[{HAN}\\d]", word))
    comma = "、" if letters and not latin else ", "
    return {"letters": comma.join(letters[:MOST_LETTERS])} if letters else None


def name_sung_to(moment: Moment) -> Slots:
    """Whom a song is for: one line of it, whoever that is."""
    name = POLITE.sub("", moment.argument).strip()
    you = name.lower() in ("", "me", "you", "我", "你")
    nobody = "my friend" if moment.language == "en" else "亲爱的朋友"
    return {"name": nobody if you else name[:MOST_LETTERS]}


def count(moment: Moment) -> Slots | None:
    """Up to a number, down from one, or from one to another."""
    text = plain(moment.text)
    found = numbers(text)[:2]
    if not found or max(found) > COUNTS_TO:
        return None
    down = bool(DOWN.search(text))
    if len(found) == 1:
        first, last = (found[0], 1) if down else (1, found[0])
    else:
        first, last = sorted(found, reverse=True) if down else found
    step = 1 if first <= last else -1
    words = [spelled(number, moment.language) for number in range(first, last + step, step)]
    return {"numbers": ("、" if moment.language == "zh" else ", ").join(words)}


def again(moment: Moment) -> Slots | None:
    return {"said": moment.said} if moment.said else None


def tell_feeling(moment: Moment) -> Slots | None:
    """What was heard in the user's voice, and by what, without the figures."""
    felt, english = moment.felt, moment.language == "en"
    if felt is None or not felt.labels:
        return None
    label = max(felt.labels, key=lambda name: felt.labels[name])
    told = [MEASURED.sub("", why) for why in felt.reasons if why not in NOTHING]
    told = [why for why in told if bool(re.search(f"[{HAN}]", why)) is not english]
    if english:
        return {"feeling": label, "why": f": {'; '.join(told)}" if told else ""}
    comma = "\uff0c"
    return {"feeling": NAMES_ZH[label], "why": comma + comma.join(told) if told else ""}


def nothing(moment: Moment) -> Slots:
    return {}


NOTHING = ("nothing measured stands out", "没有测到特别之处")  # what ears say for no reason
NAMES_ZH = {
    **{"neutral": "平静", "calm": "平和", "happy": "高兴", "excited": "激动", "tender": "温柔"},
    **{"sad": "难过", "angry": "生气", "fearful": "害怕", "disgusted": "厌恶", "surprised": "惊讶"},
}
MEASURED = re.compile(r" (?:by|of) [+-]?\d+(?:\.\d+)? ?(?:%|dB|s\b|semitones?)")
DOWN = re.compile(r"\b(down|backwards?|countdown)\b|倒")
POLITE = re.compile(r"(?i)\W*\b(please|for me|now|thanks|thank you|again)\W*$|\W+$")

ACTIONS: Mapping[str, Action] = {
    "time": Action(tell_time, frozenset({"time"})),
    "date": Action(tell_date(0), frozenset({"date", "year"})),
    "tomorrow": Action(tell_date(1), frozenset({"date", "year"})),
    "yesterday": Action(tell_date(-1), frozenset({"date", "year"})),
    "repeat": Action(repeat, frozenset({"words"}), may_lack=True, of_words=True),
    "spell": Action(spell, frozenset({"letters"}), may_lack=True, of_words=True),
    "sing_to": Action(name_sung_to, frozenset({"name"}), of_words=True),
    "count": Action(count, frozenset({"numbers"}), may_lack=True),
    "feeling": Action(tell_feeling, frozenset({"feeling", "why"}), may_lack=True),
    "again": Action(again, frozenset({"said"}), may_lack=True),
    # What only the conversation can tell: see dialogue.py.
    "usual": Action(nothing),
    "stop": Action(nothing),
    "yes": Action(nothing),
    "no": Action(nothing),
    "first": Action(nothing),
    "second": Action(nothing),
}
