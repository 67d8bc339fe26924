"""What a voice can do goes over the wire and comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from voiceagent.errors import Refused
from voiceagent.parts import EVERY_STYLE, Styles
from voiceagent.wire.abilities import read_voice, show_voice


@pytest.mark.parametrize(
    "can",
    [Styles(), EVERY_STYLE, Styles(languages=("en",), tunes=("a",), voices=("b",), energy=(0, 1))],
)
def test_what_a_voice_can_do_is_read_as_it_was_told(can: Styles) -> None:
    assert read_voice(json.loads(json.dumps(show_voice(can)))) == can


def test_a_voice_that_cannot_be_read_is_refused() -> None:
    odd: tuple[Any, ...] = ({}, {"pace": [1]}, [], {**show_voice(Styles()), "modes": 3})
    for wrong in odd:
        with pytest.raises((Refused, ValueError, KeyError)):
            read_voice(wrong)
