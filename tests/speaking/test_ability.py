"""What a voice cannot do becomes the nearest thing that it can, and is told."""

from __future__ import annotations

import pytest

from voiceagent.errors import Refused
from voiceagent.parts import EVERY_STYLE, Styles
from voiceagent.speaking.ability import audible, refuse, spoken_tag, unknown_voice, within
from voiceagent.style import EMOTIONS, Style

PLAIN = Styles(voices=("ada", "ben"), pace=(0.5, 2.0), energy=(-6.0, 6.0))


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
        (Style(energy=-9.0), Style(energy=-6.0), "energy -9.0 became -6.0"),
        (Style(melody="twinkle"), Style(), "melody was left out: nothing is sung"),
    ],
)
def test_what_it_cannot_do_becomes_what_it_can(asked: Style, done: Style, told: str) -> None:
    assert within(asked, PLAIN) == (done, (told,))


def test_several_wants_are_told_one_by_one() -> None:
    _, lacks = within(Style(emotion="sad", pace=0.3, melody="twinkle", bpm=90), PLAIN)
    assert [lack.split()[0] for lack in lacks] == ["emotion", "pace", "melody", "bpm"]


def test_degrees_are_told_where_a_voice_has_none() -> None:
    flat = Styles(EMOTIONS, intensity=False)
    assert within(Style(emotion="sad", intensity=1.0), flat)[1] == (
        "intensity 1 is not heard: this voice has no degrees",
    )
    assert within(Style(emotion="sad"), flat)[1] == ()
    assert within(Style(intensity=1.0), flat)[1] == ()


def test_sounds_that_it_cannot_make_are_left_out() -> None:
    can = Styles(sounds=("laugh",))
    assert audible(["laugh", "sigh"], can) == (("laugh",), ("sound 'sigh' was left out",))


@pytest.mark.parametrize(
    ("asked", "spoken"),
    [
        ("en-GB", "en-gb"),
        ("en", "en"),
        ("cmn-sichuan", "cmn"),
        ("de-AT", "de"),
        ("tlh", None),
        ("e", None),
    ],
)
def test_a_dialect_gives_way_to_its_language(asked: str, spoken: str | None) -> None:
    assert spoken_tag(asked, Styles(languages=("en-gb", "en-us", "cmn", "de"))) == spoken
    assert spoken_tag(asked, Styles()) == asked.lower()


def test_whoever_is_strict_gets_a_refusal_that_names_everything() -> None:
    refuse((), "style")
    with pytest.raises(Refused, match=r"mode 'sing' became 'speak'; pace .* 2\.0") as caught:
        refuse(within(Style(mode="sing", pace=4.0), PLAIN)[1], "voiceagent.style")
    assert (caught.value.code, caught.value.param) == ("unsupported_style", "voiceagent.style")


def test_a_voice_is_unknown_only_where_names_matter() -> None:
    assert unknown_voice("bob", PLAIN)
    assert not unknown_voice("Ada ", PLAIN)
    assert not unknown_voice("", PLAIN)
    assert not unknown_voice("bob", Styles())
