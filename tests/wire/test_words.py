"""Words with their places and doubts: written, read again, and as tokens of the transcript."""

from __future__ import annotations

import math

import pytest

from voiceagent.events import HeardWord
from voiceagent.wire.words import (
    LOGPROBS,
    read_words,
    show_logprobs,
    show_words,
    wants_logprobs,
)

WORDS = HeardWord("play", 1_000, 1_200, 0.5), HeardWord("caf\u00e9", 1_200, 1_500, 0.0)


def test_words_are_read_as_they_were_written_with_the_places_of_the_audio_sent() -> None:
    assert read_words(show_words(WORDS, lambda at: at - 1_000)) == (
        HeardWord("play", 0, 200, 0.5),
        HeardWord("caf\u00e9", 200, 500, 0.0),
    )


def test_the_tokens_together_are_the_transcript() -> None:
    shown = show_logprobs(WORDS)
    assert "".join(token["token"] for token in shown) == "play caf\u00e9"
    assert b"".join(bytes(token["bytes"]) for token in shown).decode() == "play caf\u00e9"


def test_a_token_is_as_likely_as_its_word_is_sure_and_never_impossible() -> None:
    sure, unsure = (token["logprob"] for token in show_logprobs(WORDS))
    assert sure == pytest.approx(math.log(0.5), abs=1e-4)
    assert math.isfinite(unsure)


@pytest.mark.parametrize("include", [None, "x", {LOGPROBS: 1}, [], ["other"], LOGPROBS])
def test_only_a_list_that_names_them_asks_for_logprobs(include: object) -> None:
    assert not wants_logprobs(include)
    assert wants_logprobs([LOGPROBS])
