"""English numbers in words. `joint` is what stands before the tens: " and " in Britain, a space
in America.
"""

from __future__ import annotations


def listed(words: str) -> list[str]:
    return words.split()


ONES = listed(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen"
)
TENS = listed("zero ten twenty thirty forty fifty sixty seventy eighty ninety")
SCALES = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))
MOST = 10**15  # from here on digit by digit
ORDINALS = {
    **{"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth"},
    **{"nine": "ninth", "twelve": "twelfth"},
}


def cardinal(number: int, joint: str) -> str:
    if number >= MOST:
        return digits(str(number))
    for size, name in SCALES:
        if number >= size:
            rest = number % size
            return f"{cardinal(number // size, joint)} {name}{_rest(rest, joint)}"
    if number >= 100:
        rest = number % 100
        return f"{ONES[number // 100]} hundred" + (joint + _small(rest) if rest else "")
    return _small(number)


def _rest(rest: int, joint: str) -> str:
    if not rest:
        return ""
    return (joint if rest < 100 else " ") + cardinal(rest, joint)


def _small(number: int) -> str:
    if number < 20:
        return ONES[number]
    return TENS[number // 10] + (f" {ONES[number % 10]}" if number % 10 else "")


def ordinal(number: int, joint: str) -> str:
    before, space, last = cardinal(number, joint).rpartition(" ")
    if last in ORDINALS:
        last = ORDINALS[last]
    else:
        last = f"{last[:-1]}ieth" if last.endswith("y") else f"{last}th"
    return before + space + last


def year(number: int, joint: str) -> str:
    """1984, 1905, 1900; 2005; 2026."""
    high, low = divmod(number, 100)
    if not 1000 <= number < 2100 or (high % 10 == 0 and low < 10):
        return cardinal(number, joint)
    if low == 0:
        return f"{_small(high)} hundred"
    return f"{_small(high)} {'oh ' if low < 10 else ''}{_small(low)}"


def digits(text: str) -> str:
    return " ".join(ONES[int(digit)] for digit in text if digit in "0123456789")


def number(text: str, joint: str) -> str:
    """As it is written: 1,234 or 2.75 or 007."""
    whole, point, part = text.replace(",", "").partition(".")
    if len(whole) > 1 and whole[0] == "0":
        said = digits(whole)
    else:
        said = cardinal(int(whole or "0"), joint)
    return f"{said} point {digits(part)}" if point and part else said


def plural(word: str) -> str:
    """Of a word that ends a number: a decade, or the lower half of a fraction."""
    return f"{word[:-1]}ies" if word.endswith("y") else f"{word}{'es' if word[-1] == 'x' else 's'}"


def fraction(top: int, bottom: int, joint: str) -> str:
    below = {2: "half", 4: "quarter"}.get(bottom) or ordinal(bottom, joint)
    if top != 1:
        below = "halves" if bottom == 2 else plural(below)
    return f"{cardinal(top, joint)} {below}"
