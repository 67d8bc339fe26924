"""At the border before a voice free words become a style, and what they lack is told."""

from __future__ import annotations

from voiceagent.parts import EVERY_STYLE, Styles
from voiceagent.speaking.styling import in_passing, known_tune, opening, settled
from voiceagent.style import EMOTIONS, MODES, SOUNDS, Style

CAN = Styles(
    *(EMOTIONS, MODES, SOUNDS, ("en-gb", "cmn")),
    pace=(0.5, 2.0),
    pitch=(-12.0, 12.0),
    tunes=("happy birthday",),
)
PLAIN = Styles(pace=(0.5, 2.0))


def words(text: str, **fields: object) -> Style:
    return Style(instructions=text, **fields)  # type: ignore[arg-type]


def test_free_words_become_the_fields_of_a_style() -> None:
    how = settled(words("sad, slow", pitch=2.0), CAN)
    assert how.style == Style(emotion="sad", pace=0.75, pitch=2.0)
    assert how.lacks == ()


def test_a_pace_in_words_multiplies_the_one_in_numbers() -> None:
    assert settled(words("slowly", pace=2.0), CAN).style.pace == 1.5
    assert settled(words("your normal voice", pace=2.0), CAN).style.pace == 2.0


def test_what_was_not_understood_is_told() -> None:
    how = settled(words("sadly, like a pirate"), CAN)
    assert how.style == Style(emotion="sad")
    assert how.lacks == ("instructions: not understood: 'pirate'",)
    many = settled(words("blub " * 40), CAN).lacks[0]
    assert len(many) < 200
    assert many.endswith(", ...")


def test_a_voice_that_reads_free_words_itself_gets_them_untouched() -> None:
    reads = Styles(EMOTIONS, instructions=True)
    assert settled(words("sadly, like a pirate"), reads).style == words("sadly, like a pirate")
    assert settled(words("like a pirate"), reads).lacks == ()


def test_what_was_understood_and_cannot_be_done_is_told() -> None:
    how = settled(words("whisper sadly, and laugh"), PLAIN)
    assert how.style == Style()
    assert set(how.lacks) == {
        "mode 'whisper' became 'speak'",
        "emotion 'sad' became 'neutral'",
        "sound 'laugh' was left out",
    }


def test_a_phrase_lies_over_the_session() -> None:
    how = settled(words("happy"), CAN, words("sad, slow, like a pirate"))
    assert how.style == Style(emotion="happy", pace=0.75)
    assert how.lacks == ("instructions: not understood: 'pirate'",)


def test_sounds_come_before_what_asks_for_them() -> None:
    assert settled(words("laugh first"), CAN).sounds == ("laugh",)
    assert opening(words("sigh"), CAN) == ("sigh",)
    assert settled(Style(), CAN, words("sigh")).sounds == ()


def test_a_language_that_was_named_in_passing_gives_way() -> None:
    assert settled(words("in sichuanese"), CAN).style.language == "cmn"
    assert settled(words("in french"), CAN).lacks == ("language 'fr' became that of the text",)
    assert in_passing(Style(language="tlh"), CAN)[0] == Style()
    assert in_passing(Style(language="en-GB"), CAN) == (Style(language="en-GB"), ())
    told = Style(language="tlh")
    assert settled(told, CAN).style == told  # said outright: the voice refuses it by name


def test_a_tune_that_nobody_knows_is_made_up_and_told() -> None:
    style, lacks = in_passing(Style(mode="sing", melody="yesterday"), CAN)
    assert style == Style(mode="sing")
    assert lacks == ("melody 'yesterday' is not known, another is made up",)
    for melody in ("happy birthday to Ada", "Birthday", "sad", "C4 D4:2", "[[60,1]]", ""):
        assert known_tune(melody, CAN)
    assert known_tune("yesterday", EVERY_STYLE)
