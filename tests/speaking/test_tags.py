"""Tags of an LLM are taken off its text, wherever a stream cuts them; other brackets are words."""

# ruff: noqa: RUF001

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.speaking.tags import HAN, LONGEST, NAMES, Piece, Tag, Tags, tagged
from voiceagent.style import Style

EVERYTHING = (
    "(高兴2)你好。[sad:0.8] I see [1] (see below) [citation needed], [a](http://x). "
    "[happy](http://b) [laugh] Well [/] done. （四川话）好的。(RAP)哟 [sing:twinkle] la "
    "\\[slow] [/slow][ Fast ]x[lang=yue]"
    "好 (not now) ([1]) [[sad]] [" + "x" * 50 + "] [hum"
)


def joined(pieces: list[Piece]) -> list[Piece]:
    """Words that stand beside each other, as one."""
    found: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, str) and found and isinstance(found[-1], str):
            found[-1] += piece
        else:
            found.append(piece)
    return found


def cut(text: str, *places: int) -> list[Piece]:
    tags, found = Tags(), []
    edges = sorted({0, len(text), *places})
    for start, end in pairwise(edges):
        found += tags.feed(text[start:end])
    return joined(found + tags.flush())


def words(text: str) -> str:
    return "".join(piece for piece in tagged(text) if isinstance(piece, str))


def style(text: str) -> Style:
    found = Style()
    for piece in tagged(text):
        found = piece.on(found) if isinstance(piece, Tag) else found
    return found


@pytest.mark.parametrize("place", range(len(EVERYTHING)))
def test_what_comes_out_does_not_depend_on_where_the_text_was_cut(place: int) -> None:
    assert cut(EVERYTHING, place) == joined(tagged(EVERYTHING))


def test_it_may_come_letter_by_letter() -> None:
    assert cut(EVERYTHING, *range(len(EVERYTHING))) == joined(tagged(EVERYTHING))


@given(st.text(st.sampled_from("[](（）)/:=.\\ \nsad1lughop高兴唱"), max_size=80), st.data())
def test_no_text_comes_out_in_another_way_if_it_is_cut(text: str, data: Any) -> None:
    places = data.draw(st.lists(st.integers(0, len(text)), max_size=8))
    assert cut(text, *places) == joined(tagged(text))


@pytest.mark.parametrize(
    "text",
    [
        "[citation needed]",
        "As said [1], and in [2, 3].",
        "(see below)",
        "f(x) = (a)",
        "[happy](http://a.b)",
        "\\[happy]",
        "[sad",
        "[very sad]",
        "[sad:9]",
        "[lang=]",
        "[lang=Klingonese!]",
        "[/citation]",
        "[]",
        "开心（高兴）的",
        "（很久以前）有一个人",
        "(RAPPER)",
        "[x] done",
        "[" + " " * LONGEST + "sad]",
    ],
)
def test_what_is_no_tag_stays_as_it_is(text: str) -> None:
    assert words(text) == text
    assert style(text) == Style()


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("[happy]", {"emotion": "happy"}),
        ("[SAD:0.8]", {"emotion": "sad", "intensity": 0.8}),
        ("[whisper] [slow]", {"mode": "whisper", "pace": 0.75}),
        ("[rap:95]", {"mode": "rap", "bpm": 95.0}),
        ("[sing=happy birthday]", {"mode": "sing", "melody": "happy birthday"}),
        ("[lang=zh]", {"language": "cmn"}),
        ("[language: en-GB]", {"language": "en-gb"}),
        ("（开心）", {"emotion": "happy"}),
        ("(高兴2)", {"emotion": "happy", "intensity": 1.0}),
        ("(悲伤1)", {"emotion": "sad"}),
        ("(慢速2)", {"pace": 0.55}),
        ("（四川话）", {"language": "cmn-sichuan"}),
        ("(RAP)", {"mode": "rap"}),
        ("（哼唱）", {"mode": "hum"}),
        ("(高兴1)(粤语)(快速1)", {"emotion": "happy", "language": "yue", "pace": 1.3}),
        ("[sad][/]", {}),
        ("[sad][/sad]", {}),
    ],
)
def test_a_tag_is_a_style_and_no_words(text: str, values: dict[str, Any]) -> None:
    assert words(f"{text} la") == "la"
    assert style(text) == Style(**values)


@pytest.mark.parametrize("name", [*NAMES, "/"])
def test_every_name_is_a_tag_in_square_brackets(name: str) -> None:
    assert tagged(f"[{name}]") == [NAMES[name]]


@pytest.mark.parametrize("name", HAN)
def test_every_chinese_name_is_a_tag_at_the_start_of_a_sentence_only(name: str) -> None:
    assert tagged(f"（{name}）好") == [HAN[name], "好"]
    assert tagged(f"是（{name}）") == [f"是（{name}）"]


def test_where_a_tag_was_there_are_not_two_spaces() -> None:
    assert words("Well, [sigh] I see.") == "Well, I see."
    assert words("[sad] I see. [/]  Oh.") == "I see.  Oh."
    assert words("a\n  b") == "a\n  b"


def test_a_flood_of_brackets_is_read_in_no_time() -> None:
    assert words("[" * 50_000) == "[" * 50_000
    assert words("[ " * 20_000) == "[ " * 20_000
