"""The time of day, the day and the year, as they are said."""

from __future__ import annotations

from datetime import date, datetime

from .counting import DIGITS, ordinal, spelled
from .words import Language

DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
]
HAN_DAYS = "一二三四五六日"
PARTS = ((1, "at night"), (12, "in the morning"), (18, "in the afternoon"), (24, "in the evening"))
HAN_PARTS = ((6, "凌晨"), (12, "早上"), (13, "中午"), (18, "下午"), (24, "晚上"))


def time_of_day(now: datetime, language: Language) -> str:
    return _han_time(now) if language == "zh" else _english_time(now)


def day(now: date, language: Language) -> str:
    if language == "zh":
        numbers = [spelled(number, "zh") for number in (now.month, now.day)]
        return f"{numbers[0]}月{numbers[1]}号星期{HAN_DAYS[now.weekday()]}"
    return f"{DAYS[now.weekday()]}, the {ordinal(now.day)} of {MONTHS[now.month - 1]}"


def year(now: date, language: Language) -> str:
    if language == "zh":
        return "".join(DIGITS[int(digit)] for digit in str(now.year))
    century, rest = divmod(now.year, 100)
    if rest < 10:
        return spelled(now.year, "en")
    return f"{spelled(century, 'en')} {spelled(rest, 'en')}"


def _english_time(now: datetime) -> str:
    if now.minute == 0 and now.hour % 12 == 0:
        return "noon" if now.hour else "midnight"
    hour = spelled((now.hour - 1) % 12 + 1, "en")
    minutes = spelled(now.minute, "en") if now.minute else "o'clock"
    gap = " oh " if 0 < now.minute < 10 else " "
    part = next(part for until, part in PARTS if now.hour < until)
    return f"{hour}{gap}{minutes} {part}"


def _han_time(now: datetime) -> str:
    part = next(part for until, part in HAN_PARTS if now.hour < until)
    hour = (now.hour - 1) % 12 + 1 if now.hour else 0
    gap = "零" if 0 < now.minute < 10 else ""
    minutes = f"{gap}{spelled(now.minute, 'zh')}分" if now.minute else "整"
    return f"{part}{'两' if hour == 2 else spelled(hour, 'zh')}点{minutes}"
