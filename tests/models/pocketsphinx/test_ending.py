"""How finished words are: by the model, by a last word that dangles, and by the voice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pocketsphinx.ending import LEAST, MOST, SHARE, finished
from voiceagent.parts import Expect

ORDER = ["can", "i", "have", "a", "latte"]


def test_likelier_ends_are_more_finished() -> None:
    assert finished(ORDER, 0.9) > finished(ORDER, 0.3) > finished(ORDER, 0.01)


def test_a_word_that_wants_another_is_less_finished() -> None:
    assert finished([*ORDER, "with"], 0.3) < finished(ORDER, 0.3)


def test_the_voice_moves_the_words_opinion() -> None:
    alone = finished(ORDER, 0.3)
    assert finished(ORDER, 0.3, voice=0.1) < alone < finished(ORDER, 0.3, voice=0.95)
    assert abs(finished(ORDER, 0.3, voice=SHARE) - alone) < 1e-9


def test_a_single_command_can_be_finished() -> None:
    assert finished(["stop"], 0.4) > 0.6


@given(st.floats(0, 1), st.none() | st.floats(0, 1))
def test_it_is_never_certain(ends: float, voice: float | None) -> None:
    assert LEAST <= finished(ORDER, ends, voice) <= MOST


# --- what was asked ------------------------------------------------------------------------------

YES_OR_NO = Expect("yes_no")
FOUR = Expect("digits", ("one two three four",))


@pytest.mark.parametrize("text", ["yes", "no thanks", "yes please", "nope"])
def test_yes_or_no_is_the_end_where_that_was_asked(text: str) -> None:
    assert finished(text.split(), 0.1, asked=YES_OR_NO) > 0.8
    assert finished(text.split(), 0.1) < 0.8


@pytest.mark.parametrize("text", ["no i want", "well", "yes but"])
def test_what_only_begins_as_an_answer_is_not_hurried(text: str) -> None:
    assert finished(text.split(), 0.1, asked=YES_OR_NO) == finished(text.split(), 0.1)


def test_fewer_digits_than_asked_for_are_not_the_end() -> None:
    assert finished(["one", "two"], 0.9, asked=FOUR) < 0.3
    assert finished(["one", "two", "three", "four"], 0.1, asked=FOUR) > 0.8


def test_how_many_digits_come_may_be_unknown() -> None:
    assert finished(["one", "two"], 0.9, asked=Expect("digits")) < 0.3


def test_words_that_are_no_digits_are_taken_as_they_are() -> None:
    assert finished(ORDER, 0.3, asked=FOUR) == finished(ORDER, 0.3)
