"""What espeak gets of a phrase."""

# ruff: noqa: RUF001

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.espeak.languages import SCRIPTS, UNSPACED, reads
from models.espeak.script import LONGEST_WORD, MOST, WIDE, has_sound, parts

LATIN = ("en-us",)

HELLO = {
    "Han": "你好",
    "Kana": "こんにちは",
    "Hangul": "안녕하세요",
    "Cyrillic": "Привет",
    "Greek": "Γειά σου",
    "Hebrew": "שלום",
    "Arabic": "مرحبا",
    "Devanagari": "नमस्ते",
    "Bengali": "নমস্কার",
    "Gurmukhi": "ਸਤਿ",
    "Gujarati": "નમસ્તે",
    "Oriya": "ନମସ୍କାର",
    "Tamil": "வணக்கம்",
    "Telugu": "నమస్తే",
    "Kannada": "ನಮಸ್ಕಾರ",
    "Malayalam": "നമസ്കാരം",
    "Sinhala": "ආයුබෝවන්",
    "Thai": "สวัสดี",
    "Myanmar": "မင်္ဂလာပါ",
    "Georgian": "გამარჯობა",
    "Ethiopic": "ሰላም",
    "Armenian": "Բարև",
    "Shavian": "𐑖𐑱𐑝𐑾𐑯",
    "Latin": "Amara mano",
}


def cut(text: str, *languages: str) -> list[tuple[str, str]]:
    return [(part.language, part.text) for part in parts(text, (*languages, *LATIN))]


def test_every_script_has_a_sample() -> None:
    assert HELLO.keys() == {script.name for script in SCRIPTS}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.name)
def test_a_text_without_a_language_gets_that_of_its_script(script: object) -> None:
    assert isinstance(script, type(SCRIPTS[0]))
    default = script.readers[0] if script.readers else "en-us"
    assert cut(HELLO[script.name]) == [(default, HELLO[script.name])]


@pytest.mark.parametrize(
    ("text", "languages", "expected"),
    [
        ("Ask for a 拿铁, ok?", (), [("en-us", "Ask for a "), ("cmn", "拿铁, "), ("en-us", "ok?")]),
        ("我想 23 杯", (), [("cmn", "我想 23 杯")]),
        ("23 杯", (), [("cmn", "23 杯")]),
        ("我跑了5km。", (), [("cmn", "我跑了5km。")]),
        ("时速60 km/h，气温-5°C", ("yue",), [("yue", "时速60 km/h，气温-5°C")]),
        ("5G手机", (), [("cmn", "5G手机")]),
        ("Windows 10上", (), [("en-us", "Windows "), ("cmn", "10上")]),
        ("I want 3 杯, ok?", (), [("en-us", "I want "), ("cmn", "3 杯, "), ("en-us", "ok?")]),
        ("I paid $5 for 拿铁", (), [("en-us", "I paid $5 for "), ("cmn", "拿铁")]),
        ("他 3:45 pm 到", (), [("cmn", "他 3:45 pm 到")]),
        ("300円です", (), [("cmn", "300円"), ("ja", "です")]),
        ("23", (), [("en-us", "23")]),
        ("23", ("de",), [("de", "23")]),
        ("我想 coffee", ("yue",), [("yue", "我想 "), ("en-us", "coffee")]),
        ("Это OK", ("uk",), [("uk", "Это "), ("en-us", "OK")]),
        ("здраво Zdravo", ("sr",), [("sr", "здраво Zdravo")]),
        ("Bonjour, мир", ("fr-fr",), [("fr-fr", "Bonjour, "), ("ru", "мир")]),
        ("こんにちは Ben", ("ja", "en-gb"), [("ja", "こんにちは "), ("en-gb", "Ben")]),
        ("one\ntwo", (), [("en-us", "one"), ("en-us", "two")]),
        ("?!\n\x01...", (), []),
    ],
)
def test_a_text_is_cut_where_the_language_changes(
    text: str, languages: tuple[str, ...], expected: list[tuple[str, str]]
) -> None:
    assert cut(text, *languages) == expected


def test_the_end_of_a_line_is_told() -> None:
    assert [part.line_ends for part in parts("one\n\n...\ntwo three", LATIN)] == [False, True]


def test_long_texts_are_cut_at_the_best_place() -> None:
    sentences = "This is a sentence of no great length. " * 10
    assert all(text.rstrip().endswith(".") for _, text in cut(sentences.strip()))
    clauses = "this is a part, " * 30
    assert all(text.rstrip().endswith(",") for _, text in cut(clauses))
    assert all(text.endswith(" ") for _, text in cut("word " * 100))
    assert all(len(text) <= MOST // WIDE + 1 for _, text in cut("天" * 500))


def test_a_number_is_not_cut_and_many_figures_are_fewer_at_once() -> None:
    assert sum(text.count("1,234,567") for _, text in cut("1,234,567 " * 30)) == 30
    assert max(len(text) for _, text in cut("1234567 " * 60)) < MOST / 2


TEXT = st.text(
    st.one_of(
        st.sampled_from("ab1 .,;!?\n\t-'\x00\x01$<>[]()你好。，の안яΣ😀\u0301\u202e\ud800"),
        st.characters(),
    ),
    max_size=400,
)


@given(TEXT | TEXT.map(lambda text: text * 5))
def test_parts_are_bounded_clean_and_lose_nothing_that_sounds(text: str) -> None:
    made = list(parts(text, ("fr-fr", "en-us")))
    for part in made:
        weight = sum(WIDE if UNSPACED.match(char) else 1 for char in part.text)
        assert weight < MOST + WIDE
        assert not re.search("[\x00-\x1f\ud800-\udfff]", part.text)
        assert has_sound(part.text)
        longest = max(map(len, re.split(rf"\s|{UNSPACED.pattern}", part.text)))
        assert longest <= LONGEST_WORD
        part.text.encode()
    kept = "".join(char for part in made for char in part.text if has_sound(char))
    assert kept == "".join(char for char in text if has_sound(char))


def test_every_language_reads_some_script() -> None:
    for script in SCRIPTS:
        assert all(reads(tag, script) for tag in script.readers)
