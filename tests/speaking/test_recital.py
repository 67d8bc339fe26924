"""A text is read aloud phrase by phrase, in the style that the voice can do."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field

import pytest

from voiceagent.parts import Phrase, Spoken, Styles
from voiceagent.speaking.recital import RATE, phrases_of, recite, rehearse
from voiceagent.style import Style
from voiceagent.testing import Monotone, run_virtual


@dataclass
class Ben:
    """A voice of one name that says every phrase in 100 ms, and notes what it was given."""

    rate: int = RATE
    said: list[tuple[str, Phrase]] = field(default_factory=list)

    def styles(self) -> Styles:
        return Styles(voices=("ben",))

    async def speak(
        self, phrases: AsyncIterator[Phrase], name: str = ""
    ) -> AsyncGenerator[Spoken, None]:
        async for phrase in phrases:
            self.said.append((name, phrase))
            yield Spoken(b"\1\1" * (self.rate // 10), self.rate, phrase.text)
            yield Spoken(rate=self.rate)


def read(voice: Ben, text: str, name: str = "", style: Style = Style()) -> list[bytes]:
    async def aloud() -> list[bytes]:
        return [pcm async for pcm in recite(voice, rehearse(text, style, voice, name))]

    return run_virtual(aloud)


def test_a_long_text_begins_with_its_first_phrase() -> None:
    voice = Ben()
    pieces = read(voice, "Good morning to you, dear friends. How are you? " * 50)
    assert voice.said[0][1].text == "Good morning to you, "
    assert len(pieces) == len(voice.said) > 50


def test_the_sound_has_one_rate_whatever_the_voice_has() -> None:
    for rate in (8_000, 22_050, 48_000):
        sound = b"".join(read(Ben(rate), "Hello."))
        assert abs(len(sound) / 2 - RATE / 10) < RATE / 100


def test_markup_is_not_read_out_unless_there_is_nothing_else() -> None:
    assert phrases_of("**Hello** [there](http://a.b) 😀") == ["Hello there"]
    assert phrases_of("😀") == ["😀"]
    assert phrases_of("") == []


@pytest.mark.parametrize("text", ["x" * 10_000, "word " * 2_000, "字" * 10_000, "\0\1 \ud800" * 99])
def test_any_text_is_cut_into_what_a_voice_can_say_at_once(text: str) -> None:
    phrases = phrases_of(text)
    assert phrases
    assert max(map(len, phrases)) <= 400


def test_an_unknown_name_is_told_and_nobody_else_is_asked_for() -> None:
    voice = Ben()
    recital = rehearse("Hello.", Style(emotion="sad"), voice, "bob")
    assert recital.voice == ""
    assert recital.lacks == (
        "emotion 'sad' became 'neutral'",
        "voice 'bob' became the profile's own (there are: ben)",
    )
    read(voice, "Hello.", "ben")
    assert voice.said == [("ben", Phrase("Hello.", Style()))]


def test_free_words_are_read_and_a_laugh_comes_first() -> None:
    voice = Monotone()
    recital = rehearse("One. Two.", Style(instructions="laugh, sadly, like a pirate"), voice)
    sad = Style(emotion="sad")
    assert recital.phrases == (Phrase("One. ", sad, sounds=("laugh",)), Phrase("Two.", sad))
    assert recital.lacks == ("instructions: not understood: 'pirate'",)


def test_a_line_that_is_sung_stays_whole() -> None:
    line = "Twinkle, twinkle, little star, how I wonder what you are."
    recital = rehearse(f"{line}\n{line}", Style(mode="sing", melody="twinkle"), Monotone())
    assert [phrase.text.strip() for phrase in recital.phrases] == [line, line]


def test_a_text_that_is_read_keeps_its_brackets() -> None:
    assert rehearse("[sad] Oh.", Style(), Monotone()).phrases[0].text == "[sad] Oh."


def test_what_has_no_sound_gives_none() -> None:
    assert read(Ben(), " ") == []
    assert rehearse("Hi.", Style(), Monotone()).lacks == ()
