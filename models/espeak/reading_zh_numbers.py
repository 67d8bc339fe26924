"""Chinese numbers in characters."""

from __future__ import annotations

DIGITS = "零一二三四五六七八九"
MOST = 10**16  # from here on digit by digit


def cardinal(number: int) -> str:
    """12345 is 一万两千三百四十五; 2 alone is 二."""
    if number >= MOST:
        return digits(str(number))
    if number == 2:
        return "二"
    said, pending = "", False  # pending: a zero is said before what follows
    for size, name in ((10**12, "万亿"), (10**8, "亿"), (10**4, "万"), (1, "")):
        group, number = number // size % 10**4 if size < 10**12 else number // size, number % size
        if not group:
            pending = bool(said)
            continue
        zero = "零" if said and (pending or group < 1000) else ""
        said += zero + _group(group, first=not said, unit=name) + name
        pending = False
    return said or "零"


def _group(number: int, *, first: bool, unit: str) -> str:
    """Up to 9999."""
    if number == 2 and unit:
        return "两"
    said, zero = "", False
    for size, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // size % 10
        if not digit:
            zero = bool(said)
            continue
        two = digit == 2 and (size == 1000 or (size == 100 and not said and not number % 100))
        ten = size == 10 and digit == 1 and not said and first
        said += ("零" if zero else "") + ("" if ten else "两" if two else DIGITS[digit]) + name
        zero = False
    return said


def digits(text: str, one: str = "一") -> str:
    """One by one; in telephone numbers the one is 幺."""
    return "".join(one if it == "1" else DIGITS[int(it)] for it in text if it in "0123456789")


def number(text: str) -> str:
    """As it is written: 1,234 or 3.50 or 007."""
    whole, point, part = text.replace(",", "").partition(".")
    said = digits(whole) if len(whole) > 1 and whole[0] == "0" else cardinal(int(whole or 0))
    return f"{said}点{digits(part)}" if point and part else said


def counted(text: str) -> str:
    """Before a measure word two is 两."""
    return "两" if text == "2" else number(text)
