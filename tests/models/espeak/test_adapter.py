"""The real espeak, in this process: what it says, and when."""

# ruff: noqa: RUF001

from __future__ import annotations

import re
import threading
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import pytest

from models.espeak import binding
from models.espeak.adapter import EspeakVoice, Options, build
from models.espeak.binding import Sound, Tone, _short
from models.espeak.script import Part
from models.espeak.voices import CHARACTERS, NAMES, OPENAI
from tests.models.espeak.sound import (
    Speech,
    decibels,
    envelope,
    phrases,
    say,
    semitones,
    speak,
    voicing,
)
from voiceagent.errors import ConfigError, Refused
from voiceagent.parts import Expect, Phrase, Spoken
from voiceagent.speaking.timeline import Timeline
from voiceagent.style import Style

FOX = "The quick brown fox jumps over the lazy dog, and then it rests for a while."
MIXED = "I would like a 拿铁 and a кофе, please. 谢谢!"
TEXTS = (
    FOX,
    MIXED,
    "It costs $23.50 at 7:30 — not 1,234,567!",
    "Don't e-mail Mr. O'Neil; of the people in a house by the sea, see example.com/x?y=1.",
    "你好，我想要一杯 23 块的拿铁。今天天气很好。",
    "one\ntwo\r\n\r\nthree",
    "今日はいい天気ですね。",
    "สวัสดีครับ วันนี้อากาศดี",
    "Hi 😀 there, naïve e\u0301te\u0301 (really?) \u201cyes\u201d",
)


# --- sound ----------------------------------------------------------------------------------------


def test_a_sentence_is_audible_and_takes_as_long_as_a_person_would(voice: EspeakVoice) -> None:
    speech = say(voice, FOX)
    assert speech.rate == 22_050
    assert 3.5 < speech.seconds < 5.5
    assert -26 < decibels(speech.wave) < -16
    assert np.abs(speech.wave).max() < 0.9999
    assert decibels(speech.part(0, 100)) > -40, "it begins at once"
    assert decibels(speech.part(round(speech.seconds * 1000) - 120, 10**6)) > -50, "no silent tail"


def test_it_comes_in_pieces_of_a_fifth_of_a_second_the_first_with_the_text(
    voice: EspeakVoice,
) -> None:
    pieces = say(voice, FOX).pieces
    assert [len(piece.pcm) for piece in pieces[:-1]] == [2 * 4410] * (len(pieces) - 1)
    assert pieces[0].text == FOX
    assert pieces[0].words
    assert not any(piece.text or piece.words for piece in pieces[1:])


def test_what_a_phrase_expects_comes_with_its_first_piece(voice: EspeakVoice) -> None:
    yes = Expect("yes_no")
    pieces = say(voice, Phrase("Shall I?", expects=yes), Phrase(" ", expects=yes)).pieces
    assert [bool(piece.expects) for piece in pieces if piece.text] == [True]
    assert sum(piece.expects == yes for piece in pieces) == 2


def test_phrases_are_parted_by_a_pause_and_nothing_comes_before_the_first(
    voice: EspeakVoice,
) -> None:
    for text, low, high in (("Fine.", 290, 330), ("Fine,", 140, 180), ("Fine", 40, 80)):
        speech = say(voice, text, "Let us go.")
        first, second = speech.words[0], speech.words[1]
        assert first.start_ms < 20
        assert low < second.start_ms - first.end_ms < high
        assert decibels(speech.part(first.end_ms + 15, second.start_ms - 5)) < -60


# --- words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS)
def test_words_rise_in_time_lie_within_the_audio_and_cover_the_text(
    voice: EspeakVoice, text: str
) -> None:
    speech = say(voice, text)
    assert speech.text == text
    assert squeezed("".join(word.text for word in speech.words)) == squeezed(text)
    times = [time for word in speech.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert times[0] >= 0
    assert times[-1] <= speech.seconds * 1000 + 1


def test_words_are_where_the_sound_is(voice: EspeakVoice) -> None:
    speech = say(voice, "Hello, hello; hello. Hello!")
    assert len(speech.words) == 4
    for before, after in zip(speech.words, speech.words[1:], strict=False):
        assert after.start_ms - before.end_ms > 100
        assert decibels(speech.part(before.end_ms + 15, after.start_ms - 5)) < -55
        assert decibels(speech.part(after.start_ms + 5, after.end_ms - 5)) > -30


def test_a_number_is_one_word_and_so_is_what_espeak_spells_out(voice: EspeakVoice) -> None:
    words = say(voice, "It is $23.50 at 7:30, 1234567 of them, e.g. example.com/x?y=1.").words
    assert [word.text for word in words] == [
        *("It", "is", "$23.50", "at", "7:30,", "1234567", "of", "them,", "e.g."),
        "example.com/x?y=1.",
    ]


@pytest.mark.parametrize("pace", [1.0, 2.9, 3.2])
def test_words_are_exact_at_any_pace(voice: EspeakVoice, pace: float) -> None:
    """A p is silent at first. Above 450 words a minute espeak shortens the finished audio."""
    speech = say(voice, "Pat, pat, pat, pat; pat: pat. Pat, pat, pat.", style=Style(pace=pace))
    assert len(speech.words) == 9
    for word in speech.words:
        before, after = (word.start_ms + round(ms / pace) for ms in (60, 110))
        assert decibels(speech.part(word.start_ms, before)) < -40
        assert decibels(speech.part(after, after + round(100 / pace))) > -28


@pytest.mark.parametrize("text", TEXTS)
def test_the_house_finds_the_words_in_the_text(voice: EspeakVoice, text: str) -> None:
    timeline = Timeline()
    speech = say(voice, text)
    for piece in speech.pieces:
        timeline.append(piece)
    assert not timeline.estimated
    assert timeline.said(speech.words[-1].end_ms) == timeline.text


def test_the_house_finds_each_word_when_it_is_said(voice: EspeakVoice) -> None:
    for text in (TEXTS[3], TEXTS[4]):
        timeline = Timeline()
        speech = say(voice, text)
        for piece in speech.pieces:
            timeline.append(piece)
        for number, word in enumerate(speech.words):
            said = squeezed("".join(word.text for word in speech.words[: number + 1]))
            assert squeezed(timeline.said(word.end_ms + 1)) == said


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


# --- style ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pace", [0.5, 0.8, 1.5, 2.0, 3.0, 4.0])
def test_pace_is_what_it_says(voice: EspeakVoice, pace: float) -> None:
    ratio = say(voice, FOX).seconds / say(voice, FOX, style=Style(pace=pace)).seconds
    assert ratio == pytest.approx(pace, rel=0.08)


@pytest.mark.parametrize("name", ["ben", "ada", "otto"])
@pytest.mark.parametrize("pitch", [-7.0, -3.5, 3.5, 7.0])
def test_pitch_is_in_semitones(voice: EspeakVoice, name: str, pitch: float) -> None:
    plain, moved = (
        voicing(speech.wave, speech.rate)[0]
        for speech in (say(voice, FOX, name=name, style=Style(pitch=p)) for p in (0.0, pitch))
    )
    assert semitones(moved, plain) == pytest.approx(pitch, abs=1.0)


@pytest.mark.parametrize("energy", [-20.0, -6.0, 6.0])
def test_energy_is_in_decibels(voice: EspeakVoice, energy: float) -> None:
    moved = say(voice, FOX, style=Style(energy=energy))
    change = decibels(moved.wave) - decibels(say(voice, FOX).wave)
    assert change == pytest.approx(energy, abs=1.0)


def test_even_the_loudest_does_not_clip(voice: EspeakVoice) -> None:
    wave = say(voice, FOX, style=Style(energy=20.0)).wave
    assert np.abs(wave).max() < 0.9999
    assert decibels(wave) > decibels(say(voice, FOX).wave) + 8


@pytest.mark.parametrize("name", ["ben", "ada"])
def test_a_whisper_has_no_pitch(voice: EspeakVoice, name: str) -> None:
    said, whispered = (say(voice, FOX, name=name, style=Style(mode=m)) for m in MODES)
    assert voicing(said.wave, said.rate)[1] > 0.6
    assert voicing(whispered.wave, whispered.rate)[1] < 0.2
    assert decibels(whispered.wave) > -35


MODES: Any = ("speak", "whisper")


def test_what_it_cannot_is_said_plainly(voice: EspeakVoice) -> None:
    plain = say(voice, FOX).seconds
    slow = say(voice, FOX, style=Style(pace=0.25)).seconds
    assert slow == pytest.approx(plain / 0.5, rel=0.08)


# --- voices ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_every_name_speaks(voice: EspeakVoice, name: str) -> None:
    assert decibels(say(voice, "Good morning.", name=name).wave) > -30


def test_names_tell_voices_apart(voice: EspeakVoice) -> None:
    def pitch(name: str) -> float:
        speech = say(voice, FOX, name=name)
        return voicing(speech.wave, speech.rate)[0]

    assert pitch("otto") < pitch("ben") < pitch("leo") < pitch("nora") < pitch("ada")


def test_unknown_names_are_spoken_by_the_default_voice(voice: EspeakVoice) -> None:
    unknown, ben = (say(voice, FOX, name=name) for name in ("Ω nobody", "BEN "))
    assert unknown.seconds == pytest.approx(ben.seconds, rel=0.005)
    assert set(OPENAI.values()) <= set(CHARACTERS)


def test_a_variant_of_espeaks_own_is_a_name_too(voice: EspeakVoice) -> None:
    deep = say(voice, FOX, name="announcer")
    assert voicing(deep.wave, deep.rate)[0] < 80


def test_options_that_are_none_are_refused_with_the_choices() -> None:
    with pytest.raises(ConfigError, match=r"espeak\.voice is 'bob'; choose of: ben, ada"):
        build(Options(voice="bob"))
    with pytest.raises(ConfigError, match=r"espeak\.language: espeak cannot speak 'xx'"):
        build(Options(language="xx"))


# --- languages ------------------------------------------------------------------------------------


def test_dialects_differ(voice: EspeakVoice) -> None:
    text = "I cannot dance with the girl who parked her car by the water."
    tags = ("en-US", "en-GB", "en-GB-scotland", "en-GB-x-rp", "en-029", "en-US-nyc")
    assert len({sounds(voice, text, tag) for tag in tags}) == len(tags)


def test_mandarin_and_cantonese_are_spoken_not_spelled(voice: EspeakVoice) -> None:
    for tag in ("cmn", "yue", None):
        assert 0.8 < say(voice, "今天天气很好", style=Style(language=tag)).seconds < 2.3, (
            "each is no 'Chinese letter'"
        )


def test_a_foreign_word_is_said_in_its_own_language(voice: EspeakVoice) -> None:
    speech = say(voice, "A 拿铁, please.", style=Style(language="en-GB-scotland"))
    word = next(word for word in speech.words if "拿" in word.text)
    assert speech.seconds < 2.2, "espeak's English says 'Chinese letter' for each"
    assert word.end_ms - word.start_ms < 500


def test_an_unknown_language_is_refused_with_the_choices(voice: EspeakVoice) -> None:
    with pytest.raises(Refused, match=r"'xx'.*: af, am, .*, yue"):
        say(voice, "Hello", style=Style(language="xx"))
    with pytest.raises(Refused, match="en-gb-scotland, en-gb-x-gbclan"):
        say(voice, "Hello", style=Style(language="en-GB-scouse"))
    assert say(voice, "Hello").seconds > 0.3


# --- bad texts ------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["...", "?!", "—", "\x00", "\u200b", "()", "\ud800", "\n.\n"])
def test_what_has_no_sound_is_no_error(voice: EspeakVoice, text: str) -> None:
    speech = say(voice, text)
    assert speech.text == (text if text.strip() else "")
    assert not speech.wave.size
    assert say(voice, "", " ", "\n").pieces == []


@pytest.mark.parametrize(
    ("bad", "good"),
    [
        ("\x01+50P\x01100Shello there", "+50P 100Shello there"),
        ("hello\x00there\x1b\x07", "hello there"),
        ("hello \ud83d there", "hello there"),
        ("\ufeffhello\u202e there", "hello there"),
    ],
)
def test_what_would_command_espeak_is_taken_out(voice: EspeakVoice, bad: str, good: str) -> None:
    assert say(voice, bad).seconds == pytest.approx(say(voice, good).seconds, rel=0.05)


def test_markup_is_words(voice: EspeakVoice) -> None:
    for text in ("<break time='9s'/>", "a < b && c > d", "[[h@l'oU]]", "&amp;", "<?xml <speak>"):
        speech = say(voice, text)
        assert 0.3 < speech.seconds < 3.5
        assert speech.text == text


@pytest.mark.parametrize("text", ["a" * 900, "https://x.y/" + "ab/" * 200, "ñ" * 300, "1" * 200])
def test_a_word_without_end_is_said_in_parts(voice: EspeakVoice, text: str) -> None:
    speech = say(voice, text)
    assert speech.seconds > 5
    assert squeezed("".join(word.text for word in speech.words)) == text


def test_an_error_in_espeak_leaves_it_usable(voice: EspeakVoice) -> None:
    with pytest.raises(Exception, match="has no voice"):
        voice._library.say("Hello", Tone("none/such"))
    assert say(voice, "Hello").seconds > 0.3


def test_a_path_that_is_too_long_for_espeak_gets_a_short_one(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-folder-of-some-length"] * 8)
    deep.mkdir(parents=True)
    (deep / "phontab").write_text("here")
    short = _short(str(deep))
    assert len(short) < 150
    assert (Path(short) / "phontab").read_text() == "here"
    assert _short(str(tmp_path)) == str(tmp_path)


# --- at once --------------------------------------------------------------------------------------


def test_twenty_speak_at_once_and_each_says_its_own(voice: EspeakVoice) -> None:
    texts = [f"Number {n}, {FOX[: 10 + 3 * n]}" for n in range(20)]
    alone = [say(voice, text, text, name=NAMES[n % 4]) for n, text in enumerate(texts)]
    together: dict[int, Speech] = {}

    async def one(n: int) -> None:
        together[n] = await speak(voice, texts[n], texts[n], name=NAMES[n % 4])

    async def all_of_them() -> None:
        async with anyio.create_task_group() as tasks:
            for n in range(20):
                tasks.start_soon(one, n)

    anyio.run(all_of_them)
    for n, speech in enumerate(alone):
        assert together[n].text == 2 * texts[n]
        assert together[n].seconds == pytest.approx(speech.seconds, rel=0.01)
        likeness = np.corrcoef(envelope(together[n].wave), envelope(speech.wave))[0, 1]
        assert likeness > 0.9
        assert [w.text for w in together[n].words] == [w.text for w in speech.words]


def test_only_one_thread_is_ever_inside_espeak(
    voice: EspeakVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, free = voice._library._c, []

    class Watched:
        def __getattr__(self, name: str) -> Any:
            free.append(binding._lock.acquire(blocking=False))
            return getattr(real, name)

    monkeypatch.setattr(voice._library, "_c", Watched())
    say(voice, "Hello.")
    assert len(free) > 5
    assert not any(free)


def test_closing_the_generator_stops_the_work(
    voice: EspeakVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    real = voice._library.say

    def counting(text: str, tone: Tone, stop: threading.Event | None = None) -> Sound:
        said.append(text)
        return real(text, tone, stop)

    monkeypatch.setattr(voice._library, "say", counting)

    async def listen_a_little() -> Spoken:
        pieces: AsyncGenerator[Spoken, None] = voice.speak(phrases([f"{FOX} " * 50], Style()))
        first = await anext(pieces)
        await pieces.aclose()
        return first

    assert anyio.run(listen_a_little).pcm
    assert len(said) == 1


def test_who_is_cancelled_while_espeak_is_at_work_stops_it(
    voice: EspeakVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, ended = threading.Event(), threading.Event()
    stops: list[threading.Event] = []

    def endless(text: str, tone: Tone, stop: threading.Event) -> Sound:
        stops.append(stop)
        begun.set()
        stop.wait(30)
        ended.set()
        return Sound()

    monkeypatch.setattr(voice._library, "say", endless)

    async def cancel() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(speak, voice, FOX)
            await anyio.to_thread.run_sync(begun.wait, 30)
            tasks.cancel_scope.cancel()

    anyio.run(cancel)
    assert stops[0].is_set()
    assert ended.wait(30)


def test_espeak_itself_stops_within_a_buffer(voice: EspeakVoice) -> None:
    stop = threading.Event()
    tone = Tone("gmw/en-US+edward")
    whole = voice._library.say(FOX, tone, stop)
    stop.set()
    assert len(voice._library.say(FOX, tone, stop).pcm) < len(whole.pcm) / 10
    again = voice._library.say(FOX, tone)
    assert len(again.pcm) == pytest.approx(len(whole.pcm), rel=0.01)


def test_the_take_keeps_the_phonemes_for_those_who_shape_it(voice: EspeakVoice) -> None:
    part = Part("Hello, world.", "en-us")
    take = voice._say(part, Style(), CHARACTERS["ben"], threading.Event())
    assert "".join(phoneme.name for phoneme in take.phonemes) == "həlˈoʊwˈɜːld"
    ends = [it.end for it in take.phonemes]
    assert [it.start for it in take.phonemes[1:]] == ends[:-1]
    assert take.words[1].start == next(it.start for it in take.phonemes if it.name == "w")


def sounds(voice: EspeakVoice, text: str, tag: str) -> str:
    """The phonemes of a text in a language."""
    part = Part(text, voice._languages.find(tag).tag)
    take = voice._say(part, Style(), CHARACTERS["ben"], threading.Event())
    return " ".join(phoneme.name for phoneme in take.phonemes)
