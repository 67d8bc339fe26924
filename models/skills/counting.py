"""Numbers as words and words as numbers, in English and Mandarin, below ten thousand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from .words import Language, plain

ONES = [
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen"),
    *("eighteen", "nineteen"),
]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
DIGITS = "零一二三四五六七八九"
PLACES = ((1000, "thousand", "千"), (100, "hundred", "百"))

_ORDINALS = {"one": "first", "two": "second", "three": "third", "five": "fifth", "nine": "ninth"}
_ORDINALS |= {"eight": "eighth", "twelve": "twelfth"}
_SMALL = {word: number for number, word in enumerate(ONES)}
_SMALL |= {word: 10 * number for number, word in enumerate(TENS, 2)}
_HAN_DIGITS = {digit: number for number, digit in enumerate(DIGITS)} | {"\u3007": 0, "两": 2}
_HAN_PLACES = {"十": 10, "百": 100, "千": 1000}
_HAN_NUMBER = re.compile("[零〇一二两三四五六七八九十百千]+")
_NO_NUMBER = re.compile("一(?=[下些点个直起])|第一")


def spelled(number: int, language: Language) -> str:
    return _han(number) if language == "zh" else _english(number)


def ordinal(number: int) -> str:
    """The English one: twenty-first."""
    head, dash, last = _english(number).rpartition("-")
    if last.endswith("y"):
        return f"{last[:-1]}ieth"
    return head + dash + _ORDINALS.get(last, f"{last}th")


def numbers(text: str) -> list[int]:
    """The numbers in a text, in their order: "from three to one hundred and five"."""
    text = plain(text)
    han = [_read_han(found) for found in _HAN_NUMBER.findall(_NO_NUMBER.sub(" ", text))]
    return [*_read_english(re.sub(r"\d+", r" \g<0> ", text).split()), *han]


def _english(number: int) -> str:
    for size, name, _ in PLACES:
        if number >= size:
            rest = number % size
            return f"{_english(number // size)} {name}" + (f" {_english(rest)}" if rest else "")
    if number < 20:
        return ONES[number]
    return TENS[number // 10 - 2] + (f"-{ONES[number % 10]}" if number % 10 else "")


def _han(number: int) -> str:
    for size, _, name in PLACES:
        if number >= size:
            rest = number % size
            gap = "零" if 0 < rest < size // 10 else ""
            one = "一" if 10 <= rest < 20 and not gap else ""
            return DIGITS[number // size] + name + gap + (one + _han(rest) if rest else "")
    if number < 10:
        return DIGITS[number]
    tens = "" if number < 20 else DIGITS[number // 10]
    return f"{tens}十{DIGITS[number % 10] if number % 10 else ''}"


def _read_english(words: list[str]) -> Iterator[int]:
    thousands, rest = 0, None  # of the number that is being read
    for at, word in enumerate(words):
        of_one = words[at - 1 : at] == ["a"]
        number = _number(word)
        if word == "hundred" and (rest or of_one):
            rest = (rest or 1) * 100
        elif word == "thousand" and (rest or of_one):
            thousands, rest = (rest or 1) * 1000, None
        elif word == "and" and (thousands or (rest or 0) >= 100):
            continue
        elif number is not None and (rest is None or _fits(rest, number)):
            rest = (rest or 0) + number
        else:
            if thousands or rest is not None:
                yield thousands + (rest or 0)
            thousands, rest = 0, number
    if thousands or rest is not None:
        yield thousands + (rest or 0)


def _number(word: str) -> int | None:
    if word.isdecimal() and word.isascii() and len(word) < 6:
        return int(word)
    return _SMALL.get(word)


def _fits(total: int, number: int) -> bool:
    """Whether the number goes on: twenty one, two hundred eleven."""
    place = next(size for size in (100, 10, 1) if total % size == 0)
    return 0 < number < place if place > 10 else 0 < number < 10 and place == 10 and total > 10


def _read_han(text: str) -> int:
    if not {*text} & _HAN_PLACES.keys():
        return int("".join(str(_HAN_DIGITS[char]) for char in text[:5]))
    total, digit = 0, 0
    for char in text:
        if char in _HAN_PLACES:
            total += (digit or 1) * _HAN_PLACES[char]
            digit = 0
        else:
            digit = _HAN_DIGITS[char]
    return total + digit
