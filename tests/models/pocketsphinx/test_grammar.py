"""Templates become the sentences that they say, the same ones every time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pocketsphinx.grammar import Reader, expand, spelled, words_of


def said(template: str, most: int = 100, **slots: str) -> list[str]:
    return [" ".join(words) for words in expand([template], slots, most)]


def test_what_is_in_square_brackets_may_be_left_out() -> None:
    assert sorted(said("turn it on [please]")) == ["turn it on", "turn it on please"]


def test_round_brackets_choose_and_may_be_nested() -> None:
    assert said("(play|stop (the|my)) music") == ["play music", "stop the music", "stop my music"]


def test_a_slot_is_a_template_of_its_own() -> None:
    drinks = said("a {drink}", drink="{size} tea | coffee", size="big|small")
    assert drinks == ["a big tea", "a small tea", "a coffee"]


def test_brackets_end_inside_a_word() -> None:
    assert said("light[s] off") == ["light off", "lights off"]


def test_numbers_are_spelled() -> None:
    assert said("{19..21}") == ["nineteen", "twenty", "twenty one"]
    told = " ".join(words_of("it's 8 o'clock in room 407!"))
    assert told == "it's eight o'clock in room four hundred seven"
    assert spelled(2024) == "two zero two four"


def test_long_branches_are_not_likelier_than_short_ones() -> None:
    counts = expand(["what time is it [now|in (london|paris|rome)]"], {}, 100)
    assert len(counts) == 5
    assert sum(counts.values()) == pytest.approx(5)
    assert counts[("what", "time", "is", "it")] == pytest.approx(5 * 0.6)
    assert counts[("what", "time", "is", "it", "now")] == pytest.approx(5 * 0.4 / 2)


def test_more_sentences_than_wanted_are_drawn_the_same_every_time() -> None:
    first, again = said("{0..99} {0..99}", 30), said("{0..99} {0..99}", 30)
    assert first == again
    assert 25 < len(first) <= 30


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("turn (on|off", "a '\\)' is missing"),
        ("turn on] it", "closes nothing"),
        ("turn {where} on", "no slot 'where'"),
        ("turn { on", "alone"),
        ("{loop}", "names itself"),
    ],
)
def test_a_template_that_cannot_be_read_is_refused(template: str, fault: str) -> None:
    with pytest.raises(ValueError, match=fault):
        said(template, loop="again {loop}")


@given(
    st.recursive(
        st.sampled_from("abc"),
        lambda inner: st.lists(inner, max_size=3).map(
            lambda parts: f"({'|'.join(parts)}) [{' '.join(parts)}]"
        ),
        max_leaves=8,
    )
)
def test_every_number_below_the_count_picks_a_sentence_and_all_are_one(template: str) -> None:
    node = Reader(template, {}).read()
    picked = [node.pick(number) for number in range(min(node.count, 2000))]
    assert all(set(text) <= set("abc ") for text, _ in picked)
    if node.count == len(picked):
        assert sum(p for _, p in picked) == pytest.approx(1)
