"""Live words are believed when they have stood for a while."""

from __future__ import annotations

import pytest

from voiceagent.events import Heard
from voiceagent.hearing.live import Live


def look(*texts: str) -> Live:
    """A look every 100 ms."""
    live = Live()
    for i, text in enumerate(texts):
        live = live.then(Heard(100 * i, text, 0))
    return live


@pytest.mark.parametrize(
    ("texts", "standing"),
    [
        (("can you", "can you", "can you"), ["can", "you"]),
        (("can", "can you", "can you tell"), ["can"]),
        (("were", "can you", "hand you"), []),
        (("can you tell", "can he tell", "can he tell"), ["can"]),
        (("can you tell", "can"), ["can"]),
        (("我", "我要", "我要改"), ["我"]),
        ((), []),
    ],
)
def test_a_word_stands_if_nothing_up_to_it_changed(
    texts: tuple[str, ...], standing: list[str]
) -> None:
    assert look(*texts).standing(since=0) == standing


def test_a_wish_to_stop_is_remembered_when_the_words_have_changed() -> None:
    assert look("stop", "star", "").stop == "stop"
    assert look("no", "star").stop == ""
