"""The numbers say what was changed, and nothing about the microphone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from models.affect.describe import Description, describe
from models.affect.frames import HOP, SPAN, Analyser, Floats, analyse, joined
from tests.models.affect.speech import PLAIN, Talk, pcm, speech


def sound(talk: Talk) -> Floats:
    return np.frombuffer(pcm(speech(talk)), np.int16).astype(np.float32)


def described(samples: Floats) -> Description:
    found = describe(analyse(samples))
    assert found is not None
    assert np.isfinite(found.numbers).all()
    return found


def test_pieces_of_any_size_give_the_frames_of_the_whole() -> None:
    whole = np.frombuffer(pcm(speech(PLAIN)), np.int16)
    for size in (320, 1_000, 3_333, 16_000):
        analyser = Analyser()
        parts = [analyser.feed(whole[at : at + size]) for at in range(0, len(whole), size)]
        pieces, at_once = joined(parts), analyse(whole)
        assert len(pieces) == len(at_once) == (len(whole) - SPAN) // HOP + 1
        assert pieces.pitch == pytest.approx(at_once.pitch, abs=1e-3)
        assert pieces.bands == pytest.approx(at_once.bands, abs=1e-7)


def test_the_pitch_is_that_of_the_voice() -> None:
    for hz in (90, 130, 220):
        found = described(sound(replace(PLAIN, pitch_hz=hz, range_semitones=0)))
        assert found["pitch_p50"] == pytest.approx(12 * np.log2(hz / 55), abs=0.2)


def test_a_gain_is_told_by_the_level_and_by_nothing_else() -> None:
    loud, soft = described(sound(PLAIN)), described(np.asarray(sound(PLAIN) / 4, np.float32))
    assert loud.level_db - soft.level_db == pytest.approx(12.04, abs=0.1)
    assert soft.numbers == pytest.approx(loud.numbers, abs=0.05)


def test_speech_played_faster_is_higher_and_quicker() -> None:
    plain = sound(PLAIN)
    places = np.arange(0, len(plain) - 1, 1.25)
    fast = np.interp(places, np.arange(len(plain)), plain).astype(np.float32)
    before, after = described(plain), described(fast)
    assert after["pitch_p50"] - before["pitch_p50"] == pytest.approx(12 * np.log2(1.25), abs=0.4)
    assert after["syllables_per_s"] > 1.1 * before["syllables_per_s"]


def test_pauses_are_counted_inside_the_speech_only() -> None:
    quiet = np.zeros(8_000, np.float32)
    plain = sound(PLAIN)
    split = np.concatenate((quiet, plain[:24_000], quiet, plain[24_000:], quiet))
    assert described(np.concatenate((quiet, plain, quiet)))["pauses"] < 0.05
    assert described(split)["pause_s"] == pytest.approx(0.5, abs=0.15)


def test_the_background_before_the_speech_is_taken_off_it() -> None:
    rng = np.random.default_rng(0)
    clean = sound(PLAIN)
    noise = rng.normal(0, 150, len(clean) + 16_000).astype(np.float32)
    noisy, before = clean + noise[: len(clean)], analyse(noise[len(clean) :])
    with_it, without = describe(analyse(noisy), before), describe(analyse(noisy))
    assert with_it is not None
    assert without is not None
    wanted = described(clean)["alpha_p50"]
    assert abs(with_it["alpha_p50"] - wanted) < 1
    assert abs(with_it["alpha_p50"] - wanted) < abs(without["alpha_p50"] - wanted)
    assert with_it.clear_db > without.clear_db + 6


@pytest.mark.parametrize(
    "samples", [np.zeros(32_000), np.zeros(10), np.ones(32_000), np.full(32_000, 32_767.0)]
)
def test_what_has_no_voice_has_no_numbers(samples: Floats) -> None:
    assert describe(analyse(samples)) is None
