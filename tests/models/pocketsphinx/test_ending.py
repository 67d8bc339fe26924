"""How finished words are: by the model, by a last word that dangles, and by the voice."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from models.pocketsphinx.ending import LEAST, MOST, SHARE, finished

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
