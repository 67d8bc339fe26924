from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.skills.clock import day, time_of_day, year
from models.skills.counting import numbers, ordinal, spelled
from models.skills.words import LANGUAGES


@given(st.integers(0, 9999), st.sampled_from(LANGUAGES))
def test_what_is_spelled_is_read_back(number: int, language: str) -> None:
    words = spelled(number, "zh" if language == "zh" else "en")
    assert numbers(words) == [number]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("count to ten", [10]),
        ("from three to twenty one", [3, 21]),
        ("one two three", [1, 2, 3]),
        ("a hundred", [100]),
        ("one hundred and five", [105]),
        ("twenty twelve", [20, 12]),
        ("count to 12, please", [12]),
        ("从三数到二十一", [3, 21]),
        ("数一下", []),
        ("第一个", []),
        ("一百零五", [105]),
        ("12345678901234567890", []),
        ("", []),
    ],
)
def test_numbers_in_a_text(text: str, found: list[int]) -> None:
    assert numbers(text) == found


@pytest.mark.parametrize(
    ("number", "word"),
    [(1, "first"), (3, "third"), (12, "twelfth"), (20, "twentieth"), (31, "thirty-first")],
)
def test_ordinals(number: int, word: str) -> None:
    assert ordinal(number) == word


@pytest.mark.parametrize(
    ("hour", "minute", "english", "mandarin"),
    [
        (0, 0, "midnight", "凌晨零点整"),
        (0, 5, "twelve oh five at night", "凌晨零点零五分"),
        (9, 0, "nine o'clock in the morning", "早上九点整"),
        (12, 0, "noon", "中午十二点整"),
        (14, 30, "two thirty in the afternoon", "下午两点三十分"),
        (23, 59, "eleven fifty-nine in the evening", "晚上十一点五十九分"),
    ],
)
def test_the_time_as_it_is_said(hour: int, minute: int, english: str, mandarin: str) -> None:
    now = datetime(2026, 11, 3, hour, minute)
    assert time_of_day(now, "en") == english
    assert time_of_day(now, "zh") == mandarin


def test_the_date_as_it_is_said() -> None:
    now = datetime(2026, 11, 22)
    assert day(now, "en") == "Sunday, the twenty-second of November"
    assert day(now, "zh") == "十一月二十二号星期日"
    assert (year(now, "en"), year(now, "zh")) == ("twenty twenty-six", "二零二六")
    assert year(datetime(2005, 1, 1), "en") == "two thousand five"
