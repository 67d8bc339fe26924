"""Decoded words find their places again, and say no more than is believed."""

from __future__ import annotations

import pytest

from models.pocketsphinx.decode import Decoded, Word
from models.pocketsphinx.telling import Told, joined, located, position, sounding, told
from models.pocketsphinx.turn import Sound
from voiceagent.events import HeardWord
from voiceagent.parts import FRAME_BYTES, Frame

PIECES = (1_000, 1_400), (5_000, 5_600)
TEA = Decoded((Word("a", 100, 200, 0.5), Word("tea", 350, 700, 0.9)), 0.8, ("the tea", "tea"))


@pytest.mark.parametrize(
    ("offset", "at"), [(0, 1_000), (399, 1_399), (400, 5_000), (900, 5_500), (2_000, 5_600)]
)
def test_an_offset_lies_in_its_piece(offset: int, at: int) -> None:
    assert position(offset, PIECES) == at


def test_words_are_where_they_were_said_though_the_silence_between_was_cut_out() -> None:
    assert located(TEA, PIECES) == (
        HeardWord("a", 1_100, 1_200, 0.5),
        HeardWord("tea", 1_350, 5_300, 0.9),
    )


def test_a_word_that_ends_with_its_piece_does_not_reach_into_the_next() -> None:
    (word,) = located(Decoded((Word("tea", 300, 400),)), PIECES)
    assert (word.begin, word.end) == (1_300, 1_400)


def test_believed_words_spell_the_text_and_the_others_are_other_readings() -> None:
    found = told(TEA, PIECES, 0.5, "[unclear]")
    assert found.texts == ("a", "tea")
    assert found.others == ("the tea", "tea")


def test_one_word_stands_for_what_is_not_believed_and_that_comes_first_of_the_others() -> None:
    found = told(TEA, PIECES, 0.9, "[unclear]")
    assert found.words == (HeardWord("[unclear]", 1_100, 5_300, 0.8),)
    assert found.others == ("a tea", "the tea", "tea")


def test_an_ear_that_is_silent_about_the_unclear_has_no_word_for_it() -> None:
    assert told(TEA, PIECES, 0.9, "") == Told((), ("a tea", "the tea", "tea"))


def test_no_words_are_nothing_to_tell() -> None:
    assert told(Decoded(), (), 0.9, "[unclear]") == Told()


def test_a_turn_in_parts_begins_with_the_words_that_are_done_with() -> None:
    before = (HeardWord("hello", 100, 400, 1.0),)
    whole = joined(before, told(TEA, PIECES, 0.5, "[unclear]"))
    assert whole.texts == ("hello", "a", "tea")
    assert whole.others == ("hello the tea", "hello tea")


def test_audio_that_was_never_sent_moves_no_word() -> None:
    sound = Sound()
    for at in range(1_200, 1_400, 20):
        sound.add(Frame(at, bytes(FRAME_BYTES)))
    assert sounding(((1_000, 1_400), (5_000, 5_600)), sound) == ((1_200, 1_400),)
