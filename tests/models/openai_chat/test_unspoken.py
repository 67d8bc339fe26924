from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.openai_chat.unspoken import Unspoken, mended

TEXT = "Well <b> <think>hm, </b> <thi</think> yes</think> < <think"


def spoken(*deltas: str) -> str:
    unspoken = Unspoken()
    return "".join(map(unspoken.spoken, deltas)) + unspoken.rest()


@pytest.mark.parametrize("cut", range(len(TEXT) + 1))
def test_a_think_block_is_never_spoken_wherever_it_is_cut(cut: int) -> None:
    assert spoken(TEXT[:cut], TEXT[cut:]) == "Well <b>  yes < <think"


@given(st.lists(st.sampled_from(["<think>", "</think>", "<", "th", "/", ">", "a", "é", "😀"])))
def test_what_is_spoken_does_not_depend_on_the_deltas(pieces: list[str]) -> None:
    text = "".join(pieces)
    plain = re.sub(r"<think>.*?(</think>|\Z)|</think>", "", text, flags=re.DOTALL)
    assert spoken(*pieces) == spoken(text) == spoken(*text) == plain


def test_words_are_held_back_only_while_they_may_be_a_tag() -> None:
    unspoken = Unspoken()
    deltas = ["a <", "b", " </", "th", "at"]
    assert [unspoken.spoken(delta) for delta in deltas] == ["a ", "<b", " ", "", "</that"]


def test_a_block_that_never_ends_is_never_spoken() -> None:
    assert spoken("<think>hm", " so") == ""


def test_the_halves_of_a_character_are_joined_and_a_lone_one_is_replaced() -> None:
    assert spoken("a\ud83d", "\ude00b") == "a😀b"
    assert spoken("a\ud83d", "b") == "a\ufffdb"
    assert spoken("a\ud83d") == "a\ufffd"
    assert mended("\ud83d\ude00\ude00é") == "😀\ufffdé"
