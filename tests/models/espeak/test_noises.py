"""Laughs, sighs and breaths, by the sound."""

from __future__ import annotations

import numpy as np
import pytest

from models.espeak.adapter import EspeakVoice
from models.espeak.noises import NOISES
from tests.models.espeak.acoustics import Measures, measured
from tests.models.espeak.sound import Speech, Wave, decibels, say
from voiceagent.parts import Phrase
from voiceagent.style import SOUNDS, Sound, Style


def alone(
    voice: EspeakVoice, sound: Sound, name: str = "ben", style: Style | None = None
) -> Speech:
    return say(voice, Phrase("", style or Style(), sounds=(sound,)), name=name)


def told(speech: Speech) -> Measures:
    return measured(speech.wave, speech.rate)


def pushes(wave: Wave, rate: int) -> int:
    """How often it grows loud and soft again."""
    size = rate // 50
    levels = [decibels(wave[at : at + size]) for at in range(0, len(wave) - size, size // 2)]
    loud = np.array(levels) > max(levels) - 14
    return int(np.sum(loud[1:] & ~loud[:-1])) + int(loud[0])


@pytest.mark.parametrize("sound", SOUNDS)
def test_every_sound_of_the_contract_is_short_heard_and_ends(
    voice: EspeakVoice, sound: Sound
) -> None:
    speech = alone(voice, sound)
    assert 0.3 < speech.seconds < 1.4
    assert -45 < decibels(speech.wave) < -15
    assert np.abs(speech.wave).max() < 0.99
    assert decibels(speech.wave[:200]) < -45, "no click at the begin"
    assert decibels(speech.wave[-1500:]) < -60
    assert speech.words == []
    assert set(NOISES) == set(SOUNDS)


def test_a_laugh_comes_in_pushes_and_falls(voice: EspeakVoice) -> None:
    laugh = alone(voice, "laugh")
    assert 3 <= pushes(laugh.wave, laugh.rate) <= 6
    half = len(laugh.wave) // 2
    first, last = (measured(part, laugh.rate) for part in (laugh.wave[:half], laugh.wave[half:]))
    assert first.pitch > last.pitch + 1
    assert first.level > last.level + 2


def test_a_sigh_and_a_breath_are_mostly_air(voice: EspeakVoice) -> None:
    laugh, sigh, breath = (told(alone(voice, sound)) for sound in SOUNDS)
    assert breath.voiced < 0.1
    assert sigh.voiced < laugh.voiced
    assert sigh.seconds > breath.seconds
    sound = alone(voice, "sigh").wave
    assert decibels(sound[: len(sound) // 2]) > decibels(sound[len(sound) // 2 :]) + 4


def test_everybody_laughs_in_their_own_voice(voice: EspeakVoice) -> None:
    otto, ada = (told(alone(voice, "laugh", name)) for name in ("otto", "ada"))
    assert ada.pitch > otto.pitch + 7
    assert told(alone(voice, "laugh", style=Style(mode="whisper"))).voiced < 0.15


def test_sounds_come_before_the_words_which_keep_their_times(voice: EspeakVoice) -> None:
    plain = say(voice, "Mama, mama.")
    speech = say(voice, Phrase("Mama, mama.", sounds=("sigh", "laugh")))
    assert speech.text == "Mama, mama."
    shift = speech.seconds - plain.seconds
    assert shift > 1.5
    for word, usual in zip(speech.words, plain.words, strict=True):
        assert word.start_ms == pytest.approx(usual.start_ms + 1000 * shift, abs=3)
    assert decibels(speech.part(speech.words[0].start_ms - 60, speech.words[0].start_ms - 5)) < -60
    assert sum(bool(piece.text) for piece in speech.pieces) == 1
