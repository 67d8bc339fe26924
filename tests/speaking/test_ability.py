"""What a voice cannot do becomes the nearest thing that it can, and is told."""

from __future__ import annotations

import pytest

from voiceagent.parts import EVERY_STYLE, Styles
from voiceagent.speaking.ability import unknown_voice, within
from voiceagent.style import Style

PLAIN = Styles(voices=("ada", "ben"), pace=(0.5, 2.0))


def test_what_a_voice_can_do_stays_as_it_is() -> None:
    asked = Style(emotion="sad", mode="whisper", pace=0.3, pitch=-9.0, language="yue", energy=3.0)
    assert within(asked, EVERY_STYLE) == (asked, ())


@pytest.mark.parametrize(
    ("asked", "done", "told"),
    [
        (Style(emotion="happy"), Style(), "emotion 'happy' became 'neutral'"),
        (Style(mode="sing"), Style(), "mode 'sing' became 'speak'"),
        (Style(pace=4.0), Style(pace=2.0), "pace 4.0 became 2.0"),
        (Style(pace=0.25), Style(pace=0.5), "pace 0.25 became 0.5"),
        (Style(pitch=3.0), Style(), "pitch 3.0 became 0.0"),
    ],
)
def test_what_it_cannot_do_becomes_what_it_can(asked: Style, done: Style, told: str) -> None:
    assert within(asked, PLAIN) == (done, (told,))


def test_several_wants_are_told_one_by_one() -> None:
    _, lacks = within(Style(emotion="sad", pace=0.3, instructions="slowly, sadly"), PLAIN)
    assert [lack.split()[0] for lack in lacks] == ["emotion", "pace", "instructions"]


def test_a_voice_is_unknown_only_where_names_matter() -> None:
    assert unknown_voice("bob", PLAIN)
    assert not unknown_voice("Ada ", PLAIN)
    assert not unknown_voice("", PLAIN)
    assert not unknown_voice("bob", Styles())
