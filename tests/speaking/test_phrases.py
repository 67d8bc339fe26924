from __future__ import annotations

import re
from collections.abc import AsyncGenerator

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.speaking import Lengths, Splitter, split

# ruff: noqa: RUF001

BITS = (
    "a b word Dr. e.g. U.S. No. 3.14 1,000 1. ... … — - – , . ! ? ; : and but with https://x.y/z,a "
    "你好 世界 。 ， ！ ？ “好。” 1：30 “ ” \" ' ( ) [ ] * ** _ ~~ ` ``` # > | <b> <3 \\ 😀 ☎️ é "
    "[a](b) ![a](b) 一"
)
BREAKS = (" ", "  ", "\n", "\n\n", "\n- ", "\n# ", "\n> ", "\n| a | b |\n", "\n```py\n", "\n---\n")
TRICKY = st.lists(st.sampled_from([*BITS.split(" "), *BREAKS]), max_size=60).map("".join)
WORDS = re.compile(r"[^\W_]+")


def phrases(text: str, verbatim: bool = False) -> list[str]:
    splitter = Splitter(verbatim=verbatim)
    return splitter.feed(text) + splitter.flush()


def in_chunks(text: str, sizes: list[int], verbatim: bool = False) -> list[str]:
    splitter, at, turn = Splitter(verbatim=verbatim), 0, 0
    out: list[str] = []
    while at < len(text):
        size = sizes[turn % len(sizes)]
        out += splitter.feed(text[at : at + size])
        at, turn = at + size, turn + 1
    return out + splitter.flush()


@given(TRICKY, st.lists(st.integers(1, 9), min_size=1, max_size=6), st.booleans())
def test_the_cuts_do_not_depend_on_how_the_text_came_in(
    text: str, sizes: list[int], verbatim: bool
) -> None:
    assert in_chunks(text, sizes, verbatim=verbatim) == phrases(text, verbatim=verbatim)


@given(TRICKY, st.lists(st.integers(1, 9), min_size=1, max_size=6))
def test_verbatim_phrases_put_together_are_the_text(text: str, sizes: list[int]) -> None:
    assert "".join(in_chunks(text, sizes, verbatim=True)) == text


PROSE = st.text(st.sampled_from("abcIJ12 \n.,!?:;…—\"'()你好。，！？“”é"), max_size=500)


@given(PROSE | st.text(max_size=80).filter(lambda text: not set(text) & set("`[]<>|*_~\\#")))
def test_no_word_is_lost_and_none_is_added(text: str) -> None:
    assert WORDS.findall("".join(phrases(text))) == WORDS.findall(text)


@given(TRICKY)
def test_no_phrase_is_too_long_or_without_words(text: str) -> None:
    for phrase in phrases(text):
        assert len(phrase) <= Lengths().max_chars
        assert WORDS.search(phrase)
        assert phrase == phrase.lstrip()


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Sure, I can do that for you, if you like that.", "Sure, I can do that for you, "),
        ("I have looked it up, and it is open.", "I have looked it up, "),
        ("I like bread and butter and jam and cheese.", "I like bread "),
        ("We could go there - or not.", "We could go there - "),
        ("You could try—well, anything.", "You could try—"),
        ("Yes! It is.", "Yes! "),
        ("当然可以，我来帮你查。", "当然可以，"),
        (
            "The temperature outside was measured at dawn by seventy two men today.",
            "The temperature outside was measured at dawn ",
        ),
    ],
)
def test_the_first_phrase_is_short_so_that_the_voice_can_begin(text: str, first: str) -> None:
    assert phrases(text)[0] == first
    assert "".join(phrases(text)) == text


def test_the_first_phrase_comes_while_the_rest_is_still_being_thought_of() -> None:
    splitter = Splitter()
    assert splitter.feed("I think that is right, ") == []
    assert splitter.feed("b") == ["I think that is right, "]


@pytest.mark.parametrize(
    "text",
    [
        "Pi is 3.14 and not 3.15!",
        "It costs 1,000,000.50 euros.",
        "I saw Dr. Smith today.",
        "Try fruit, e.g. Apples.",
        "That is No. 5 of them.",
        "J. R. R. Tolkien wrote.",
        "Go to https://example.com/a,b.html?c=d!e now.",
        "He said 5 p.m. sharp.",
        "Oh ... well.",
        "1. Milk",
        "现在是1：30了",
        "价格是1，000元",
    ],
)
def test_nothing_is_cut_inside_numbers_abbreviations_addresses_and_ellipses(text: str) -> None:
    splitter = Splitter(Lengths(first_words=99))
    assert splitter.feed(text) + splitter.flush() == [text]


@pytest.mark.parametrize(
    "text",
    [
        "I did. |You did too.",
        'He said "Go." |Then he went.',
        '"Really?" she said. |I nodded.',
        "We met at 5 p.m. |Then we ate.",
        "No. |That is wrong.",
        "It was in 2024. |Then it ended.",
        "Well... |Then it ended.",
        "你好。|你是谁？|“我是人！”|他说。",
        "नमस्ते। |आप कैसे हैं?",
    ],
)
def test_sentences_end_where_they_end(text: str) -> None:
    assert phrases(text.replace("|", "")) == text.split("|")


def test_later_phrases_are_sentences_or_long_clauses() -> None:
    long = "Hello. It rains, as it has always done in this part of the country since I was young, "
    long += "so that we stay inside and play games until the evening comes, and then we sleep."
    assert phrases(long) == [
        "Hello. ",
        "It rains, as it has always done in this part of the country since I was young, "
        "so that we stay inside ",
        "and play games until the evening comes, and then we sleep.",
    ]


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ("# Title\nText", ["Title ", "Text"]),
        ("**Bold**, *thin*, __both__ and ~~gone~~.", ["Bold, thin, both ", "and gone."]),
        ("Use `x_y` or snake_case.", ["Use x_y or snake_case."]),
        ("- milk\n* eggs\n+ tea\n- [x] bread", ["milk ", "eggs ", "tea ", "bread"]),
        ("See [the page](https://a.b/c_(d)) now.", ["See the page now."]),
        ("![a cat](cat.png) sits.", ["a cat sits."]),
        ("[note] and a[1].", ["[note] and a[1]."]),
        ("Look:\n```python\nprint('x')\n```\nDone.", ["Look: ", "Done."]),
        ("```\nplain words\n```", ["plain words"]),
        ("> quoted\n> **text**", ["quoted ", "text"]),
        ("One\n---\nTwo", ["One ", "Two"]),
        ("| a | b |\n|---|:-:|\n| 1 | 2 |", ["a, b ", "1, 2"]),
        ("Great! 😀👍🏽 Thanks ❤️", ["Great! ", "Thanks"]),
        ("Yes😀no 1️⃣2️⃣ hi😀!", ["Yes no 1 2 hi!"]),
        ("A line\r\n---\r\nanother", ["A line ", "another"]),
        ("2 * 3 is 6, 2*3 too.", ["2 × 3 is 6, ", "2×3 too."]),
        ("It is -5 degrees, #1 in C#.", ["It is -5 degrees, ", "#1 in C#."]),
        ("Line<br>break <b>bold</b> 1 < 2 <3", ["Line break bold 1 < 2 <3"]),
        (r"A \*star\* and C:\dir", [r"A *star* and C:\dir"]),
        ("Mail <me@x.org> or <https://x.org>.", ["Mail me@x.org or https://x.org."]),
        ("An unclosed [link and **bold", ["An unclosed [link ", "and bold"]),
        ("😀", []),
        ("...", []),
        ("", []),
    ],
)
def test_markup_is_made_speakable_or_left_out(text: str, spoken: list[str]) -> None:
    assert phrases(text) == in_chunks(text, [1]) == spoken


def test_text_without_any_break_is_cut_at_the_limit() -> None:
    assert [len(phrase) for phrase in phrases("a" * 450)] == [200, 200, 50]
    words = phrases("word " * 100)
    assert max(len(phrase) for phrase in words) <= 200
    assert {word for phrase in words for word in phrase.split()} == {"word"}


def test_a_colon_or_comma_between_digits_is_no_break_even_late_in_a_phrase() -> None:
    assert phrases("我们今天下午1：30见面好吗") == ["我们今天下午1：30见面好吗"]
    assert phrases("这个东西的价格是1，000元") == ["这个东西的价格是1，000元"]


def test_a_splitter_begins_anew_after_a_flush() -> None:
    splitter = Splitter()
    first = splitter.feed("I have looked, but no. ") + splitter.flush()
    assert splitter.feed("I have looked, but no. ") + splitter.flush() == first


def test_a_stream_of_text_becomes_a_stream_of_phrases() -> None:
    async def texts() -> AsyncGenerator[str, None]:
        for text in ("Hel", "lo. How", " are you", "?"):
            yield text

    async def run() -> list[str]:
        return [phrase async for phrase in split(texts())]

    assert anyio.run(run) == ["Hello. ", "How are you?"]
