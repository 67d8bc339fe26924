"""Syllables as they are heard, and words cut into lines."""

# ruff: noqa: RUF001

from __future__ import annotations

from itertools import pairwise

import pytest

from models.espeak.adapter import EspeakVoice
from models.espeak.song_lyrics import Say, clauses, first
from models.espeak.song_syllables import hold, syllables
from models.espeak.words import Take


@pytest.fixture(scope="module")
def say(voice: EspeakVoice) -> Say:
    def said(text: str) -> Take:
        return voice._flat(("en-us",), voice._default, text)

    return said


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Twinkle, twinkle, little star", 7),
        ("happy birthday, dear Ada", 7),
        ("Old MacDonald had a farm", 7),
        ("in a little house of the people", 9),
        ("button", 2),
        ("strengths", 1),
        ("好一朵美丽的茉莉花", 9),
        ("只是吃四日儿", 6),
        ("祝 Ada 生日快乐", 7),
        ("...", 0),
    ],
)
def test_syllables_are_counted_by_their_sound(say: Say, text: str, count: int) -> None:
    assert len(syllables(say(text))) == count


def test_syllables_cover_the_sounds_in_order_and_know_their_word_and_stress(say: Say) -> None:
    take = say("a wonderful garden")
    found = syllables(take)
    assert [it.word for it in found] == [0, 1, 1, 1, 2, 2]
    assert [it.stressed for it in found] == [False, True, False, False, True, False]
    for before, after in pairwise(found):
        assert (
            before.start <= before.nucleus.start < before.nucleus.end <= before.end <= after.start
        )


@pytest.mark.parametrize(
    ("name", "share"), [("ˈɑː", 0.5), ("aɪ", 0.25), ("uo", 0.75), ("iou", 0.5)]
)
def test_of_a_diphthong_its_main_vowel_is_held(name: str, share: float) -> None:
    low, high = hold(name)
    assert low < share < high
    assert high - low < 0.35


def test_clauses_are_taken_until_the_notes_are_used_up(say: Say) -> None:
    waiting = clauses("Twinkle, twinkle, little star, how I wonder what you are.")
    line, rest = first(waiting, 7, say)
    assert line == "Twinkle, twinkle, little star, "
    assert rest == ["how I wonder what you are."]


def test_too_little_for_a_line_stays_with_the_one_before(say: Say) -> None:
    line, rest = first(["how I wonder what you are, ", "yeah!"], 7, say)
    assert (line, rest) == ("how I wonder what you are, yeah!", [])


def test_a_long_stretch_without_a_comma_is_cut_between_words(say: Say) -> None:
    text = "happy birthday to you happy birthday to you"
    line, rest = first([text], 6, say)
    assert line + rest[0] == text
    assert line.split() == ["happy", "birthday", "to", "you"]


def test_chinese_is_cut_at_its_commas_and_between_characters(say: Say) -> None:
    assert clauses("两只老虎，两只老虎，跑得快。") == ["两只老虎，", "两只老虎，", "跑得快。"]
    line, rest = first(["今天天气真的很不错我们一起唱歌"], 8, say)
    assert 5 <= len(line) <= 10
    assert line + rest[0] == "今天天气真的很不错我们一起唱歌"
