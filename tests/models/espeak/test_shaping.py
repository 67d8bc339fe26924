"""Emotions, modes, pace and pitch, told from the sound alone."""

# ruff: noqa: RUF001

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from threading import Event
from typing import get_args

import anyio
import numpy as np
import pytest

from models.espeak.adapter import EspeakVoice
from models.espeak.prosody import FEELINGS, Feeling, feeling
from models.espeak.script import Part
from models.espeak.studio import MODES, Said, plain
from models.espeak.voices import CHARACTERS
from tests.models.espeak.acoustics import Measures, difference, measured
from tests.models.espeak.sound import Speech, decibels, phrases, say
from tests.models.espeak.texts import LANGUAGES
from voiceagent.parts import Phrase
from voiceagent.style import EMOTIONS, LIMITS, Emotion, Style

FOX = "The quick brown fox jumps over the lazy dog, and then it rests for a while."
UP, DOWN, SAME = 1.0, -1.0, 0.0
STYLES = (
    *(Style(emotion=emotion) for emotion in EMOTIONS),
    *(Style(emotion=emotion, intensity=1.0) for emotion in EMOTIONS),
    *(Style(pace=pace) for pace in (0.5, 2.0)),
    *(Style(mode=mode) for mode in ("whisper", "shout")),
    Style(pitch=-12.0, energy=20.0, emotion="angry", mode="shout"),
)

Found = Callable[[Style], list[Measures]]


@pytest.fixture(scope="module")
def found(voice: EspeakVoice) -> Found:
    """24 sentences in three languages, each measured; made once for a style."""

    @cache
    def of(style: Style) -> list[Measures]:
        speeches = [
            say(voice, Phrase(text, _in(style, language)))
            for language, texts in LANGUAGES.items()
            for text in texts
        ]
        return [measured(speech.wave, speech.rate) for speech in speeches]

    return of


def _in(style: Style, language: str) -> Style:
    return Style(style.emotion, style.intensity, language, style.pace, mode=style.mode)


# --- emotions -------------------------------------------------------------------------------------

DIRECTIONS = {  # pitch, spread, duration, level, tilt: how people differ from their own neutral
    "happy": (UP, UP, SAME, UP, UP),
    "excited": (UP, UP, DOWN, UP, UP),
    "angry": (UP, UP, SAME, UP, UP),
    "sad": (DOWN, DOWN, UP, DOWN, DOWN),
    "calm": (SAME, DOWN, UP, DOWN, DOWN),
    "tender": (SAME, DOWN, UP, DOWN, DOWN),
    "fearful": (UP, SAME, SAME, UP, UP),
    "surprised": (UP, UP, SAME, UP, UP),
    "disgusted": (UP, UP, UP, UP, SAME),
}
PLAIN_TO_HEAR = (0.5, 0.5, 0.05, 0.8, 0.4)  # semitones twice, log duration, decibels twice


@pytest.mark.parametrize("emotion", DIRECTIONS)
def test_each_emotion_differs_from_neutral_as_people_do(found: Found, emotion: Emotion) -> None:
    by = difference(found(Style(emotion=emotion)), found(Style()))
    got = (by.pitch, by.spread, by.seconds, by.level, by.tilt)
    names = ("pitch", "spread", "duration", "level", "tilt")
    for name, value, way, least in zip(names, got, DIRECTIONS[emotion], PLAIN_TO_HEAR, strict=True):
        if way == SAME:
            assert abs(value) < 1.5 * max(least, 0.04), (name, value)
        else:
            assert value * way > least, (name, value)


@pytest.mark.parametrize("emotion", EMOTIONS[1:])
def test_more_of_it_is_more_of_it(voice: EspeakVoice, emotion: Emotion) -> None:
    def told(intensity: float) -> Measures:
        speech = say(voice, FOX, style=Style(emotion=emotion, intensity=intensity))
        return measured(speech.wave, speech.rate)

    none, little, usual, much = (told(intensity) for intensity in (0.0, 0.25, 0.5, 1.0))
    felt = FEELINGS[emotion]
    for name, size in (("pitch", felt.pitch), ("level", felt.level), ("tilt", felt.tilt)):
        values = [getattr(it, name) * np.sign(size) for it in (none, little, usual, much)]
        if abs(size) > 1:
            assert values == sorted(values), (name, values)
    seconds = [it.seconds * np.sign(felt.slowness) for it in (none, little, usual, much)]
    assert seconds == sorted(seconds) or abs(felt.slowness) < 0.05


def test_no_intensity_is_neutral(voice: EspeakVoice) -> None:
    neutral, none = (
        say(voice, FOX, style=style) for style in (Style(), Style(emotion="sad", intensity=0.0))
    )
    assert none.seconds == neutral.seconds
    assert plain(Style(emotion="sad", intensity=0.0, energy=3.0))
    assert not plain(Style(emotion="sad", intensity=0.01))


def test_every_emotion_of_the_contract_is_known_and_grows_evenly() -> None:
    assert set(FEELINGS) == set(get_args(Emotion))
    assert feeling(Style(emotion="happy", intensity=0.0)) == Feeling()
    half, whole = (feeling(Style(emotion="happy", intensity=share)) for share in (0.5, 1.0))
    assert half.pitch == pytest.approx(whole.pitch / 2)
    assert len({feeling(Style(emotion=emotion)) for emotion in EMOTIONS}) == len(EMOTIONS)


def test_shaped_and_plain_are_one_person(found: Found) -> None:
    """Nothing but a hair of pitch: what the vocoder does by itself."""
    by = difference(found(Style(pace=1.001)), found(Style()))
    assert abs(by.pitch) < 0.2
    assert abs(by.spread) < 0.5
    assert abs(by.level) < 1.0
    assert abs(by.tilt) < 1.2


def test_characters_stay_apart_in_every_emotion(voice: EspeakVoice) -> None:
    for emotion in EMOTIONS:
        style = Style(emotion=emotion)
        names = ("otto", "leo", "ada")
        speeches = [say(voice, "Good morning to you.", style=style, name=name) for name in names]
        deep, high, woman = (measured(it.wave, it.rate).pitch for it in speeches)
        assert deep + 2 < high < woman - 4


# --- modes, pace, pitch ---------------------------------------------------------------------------


def test_a_whisper_has_no_voice_and_a_shout_has_more(found: Found) -> None:
    whisper, shout = (
        difference(found(Style(mode=m)), found(Style())) for m in ("whisper", "shout")
    )
    assert np.mean([it.voiced for it in found(Style(mode="whisper"))]) < 0.12
    assert whisper.level < -1.5
    assert shout.pitch > 4
    assert shout.level > 4
    assert shout.tilt > 3


def test_a_whisper_may_be_felt_too(voice: EspeakVoice) -> None:
    speech = say(voice, FOX, style=Style(mode="whisper", emotion="sad"))
    assert measured(speech.wave, speech.rate).voiced < 0.15
    assert speech.seconds > say(voice, FOX, style=Style(mode="whisper")).seconds * 1.1


@pytest.mark.parametrize("pace", [0.5, 0.75, 1.25, 1.5, 2.0, 4.0])
@pytest.mark.parametrize("name", ["ben", "ada"])
def test_pace_is_exact(voice: EspeakVoice, pace: float, name: str) -> None:
    for text, tag in ((FOX, "en"), ("你好，我想要一杯大杯的拿铁。", "cmn"), ("Guten Tag.", "de")):
        usual, paced = (
            say(voice, text, name=name, style=Style(language=tag, pace=p)).seconds
            for p in (1.0, pace)
        )
        assert usual / paced == pytest.approx(pace, rel=0.03)


def test_slow_speech_parts_its_words_and_does_not_drawl(voice: EspeakVoice) -> None:
    usual, slow = (said(voice, FOX, Style(pace=pace)) for pace in (1.0, 0.5))
    wave = np.frombuffer(b"".join(slow.blocks), np.int16) / 32_768
    gaps = 0
    for before, after in zip(slow.words, slow.words[1:], strict=False):
        if decibels(wave[max(before.start, after.start - 1500) : after.start - 400]) < -60:
            gaps += 1
    assert gaps > 0.7 * len(slow.words)
    word, same = slow.words[4], usual.words[4]
    assert word.end - word.start < 2.2 * (same.end - same.start)
    hello, long = (said(voice, "Hello.", Style(pace=pace)) for pace in (1.0, 0.5))
    assert long.samples == pytest.approx(2 * hello.samples, rel=0.02), "it cannot be parted"


def test_pace_holds_in_every_emotion(voice: EspeakVoice) -> None:
    for emotion in EMOTIONS:
        usual, fast = (
            say(voice, FOX, style=Style(emotion=emotion, pace=pace)).seconds for pace in (1.0, 1.6)
        )
        assert usual / fast == pytest.approx(1.6, rel=0.03)


@pytest.mark.parametrize("pitch", [-12.0, -5.0, 3.0, 12.0])
def test_pitch_is_exact_and_as_far_as_a_style_goes(voice: EspeakVoice, pitch: float) -> None:
    plainly, moved = (
        measured(speech.wave, speech.rate)
        for speech in (say(voice, FOX, name="ada", style=Style(pitch=p)) for p in (0.0, pitch))
    )
    assert moved.pitch - plainly.pitch == pytest.approx(pitch, abs=0.5)


def test_it_claims_all_that_a_style_may_ask(voice: EspeakVoice) -> None:
    styles = voice.styles()
    assert styles.emotions == EMOTIONS
    assert styles.modes == MODES == ("speak", "whisper", "shout", "sing", "rap", "hum")
    assert styles.sounds == ("laugh", "sigh", "breath")
    assert styles.pace == (0.5, 4.0)
    assert styles.pitch == LIMITS["pitch"]


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_words_begin_when_their_sound_does(voice: EspeakVoice, style: Style) -> None:
    speech = say(voice, "Mama, mama; mama. Mama!", style=style)
    assert len(speech.words) == 4
    for before, after in zip(speech.words, speech.words[1:], strict=False):
        pause_ms = after.start_ms - before.end_ms
        assert pause_ms > 20
        begun = onset(speech, before.end_ms + pause_ms // 3, after.end_ms)
        assert abs(begun - after.start_ms) < 25, (begun, after)


def onset(speech: Speech, since_ms: int, until_ms: int) -> int:
    """When it becomes loud."""
    levels = [decibels(speech.part(ms, ms + 8)) for ms in range(since_ms, until_ms, 2)]
    return since_ms + 2 * next(n for n, level in enumerate(levels) if level > max(levels) - 22)


def test_phonemes_are_moved_with_the_words(voice: EspeakVoice) -> None:
    usual, sad = (said(voice, FOX, Style(emotion=e)) for e in ("neutral", "sad"))
    assert [it.name for it in usual.phonemes] == [it.name for it in sad.phonemes]
    assert sad.phonemes[-1].end <= sad.samples
    assert begun_before_each_word(sad) == begun_before_each_word(usual)
    assert sad.words[-1].start > 1.1 * usual.words[-1].start


def begun_before_each_word(said: Said) -> list[int]:
    return [sum(it.start <= word.start for it in said.phonemes) for word in said.words]


def said(voice: EspeakVoice, text: str, style: Style) -> Said:
    return voice._say(Part(text, "en-us"), style, CHARACTERS["ben"], Event())


# --- sound ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("style", STYLES, ids=str)
def test_nothing_clips_and_nothing_hums_below_speech(voice: EspeakVoice, style: Style) -> None:
    wave = say(voice, FOX, style=style).wave
    assert np.abs(wave).max() < 0.9999
    assert abs(wave.mean()) < 0.005
    assert np.mean(np.abs(wave) > 0.97) < 1e-3


@pytest.mark.parametrize("emotion", ["happy", "sad"])
def test_a_phrase_sounds_the_same_each_time(voice: EspeakVoice, emotion: Emotion) -> None:
    style = Style(emotion=emotion)
    once, again = (b"".join(said(voice, FOX, style).blocks) for _ in range(2))
    assert once == again


def test_blocks_add_up_to_what_was_promised(voice: EspeakVoice) -> None:
    for style in (Style(emotion="happy"), Style(pace=0.5), Style()):
        promised = said(voice, FOX, style)
        samples = sum(len(block) // 2 for block in promised.blocks)
        assert 0 <= samples - promised.samples < 110


# --- any text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "...",
        "\x00",
        "😀",
        "a",
        "?!",
        "你",
        "Hm, 😀 拿铁 — кофе!",
        "sh",
        "1",
        "x" * 300,
        "ß",
    ],
)
@pytest.mark.parametrize("style", [Style(emotion="fearful"), Style(mode="whisper", pace=4.0)])
def test_any_text_can_be_felt(voice: EspeakVoice, text: str, style: Style) -> None:
    speech = say(voice, text, style=style)
    assert speech.text == (text if text.strip() else "")
    if speech.pieces:
        assert np.isfinite(speech.wave).all()
        times = [time for word in speech.words for time in (word.start_ms, word.end_ms)]
        assert times == sorted(times)
        assert all(0 <= time <= speech.seconds * 1000 + 6 for time in times)


def test_ten_thousand_letters_begin_at_once_and_stop_when_nobody_listens(
    voice: EspeakVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    analysed: list[str] = []
    real = voice._studio.subject

    def watching(part: Part, *rest: object) -> object:
        analysed.append(part.text)
        return real(part, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(voice._studio, "subject", watching)
    text = "This goes on and on, and nobody knows why. " * 240

    async def listen_a_little() -> int:
        pieces = voice.speak(phrases([text], Style(emotion="happy")))
        heard = [await anext(pieces) for _ in range(60)]
        await pieces.aclose()
        return len(heard)

    assert anyio.run(listen_a_little) == 60
    assert len(analysed) <= 3
