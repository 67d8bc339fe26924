"""The vocoder on espeak's monotone: any pitch, any time, and the voice stays."""

from __future__ import annotations

from itertools import pairwise
from threading import Event

import numpy as np
import pytest

from models.espeak.adapter import EspeakVoice
from models.espeak.envelope import BANDS, HOP, RATE, Array, Source, monotone_hertz
from models.espeak.script import Part
from models.espeak.shaping import Subject
from models.espeak.sounding import Kind
from models.espeak.vocoder import FIRST_ROWS, Score, blocks, render, score
from models.espeak.voices import CHARACTERS
from tests.models.espeak.acoustics import measured
from tests.models.espeak.sound import Wave, decibels


def subject(voice: EspeakVoice, text: str, name: str = "ben", language: str = "en-us") -> Subject:
    file = voice._languages.find(language).file
    return voice._studio.subject(Part(text, language), file, CHARACTERS[name], Event())


@pytest.fixture(scope="module")
def ah(voice: EspeakVoice) -> Source:
    """A vowel of our own length: the middle of "ah"."""
    return subject(voice, "Ah.").source


def held(source: Source, hertz: Array) -> Score:
    """The loudest frame of a source, as long as the pitch goes on."""
    middle = float(np.mean(np.flatnonzero(source.kinds == Kind.VOWEL)))
    return score(np.full(len(hertz), middle, np.float32), hertz)


def sound(source: Source, what: Score, seed: int = 0) -> Wave:
    return np.concatenate(list(render(source, what, seed))).astype(np.float64)


def strongest_hertz(wave: Wave, near: float) -> float:
    """The exact pitch of a steady tone, from its harmonic that is nearest to a guess."""
    size = 1 << 20
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)), size))
    low, high = (round(near * factor * size / RATE) for factor in (0.94, 1.06))
    return float((low + np.argmax(power[low:high])) * RATE / size)


@pytest.mark.parametrize("hertz", [61.7, 110.0, 220.0, 329.63, 523.25])
def test_a_note_is_exact_to_two_cents(ah: Source, hertz: float) -> None:
    tone = sound(ah, held(ah, np.full(200, hertz, np.float32)))
    assert abs(1200 * np.log2(strongest_hertz(tone, hertz) / hertz)) < 2


def test_a_period_may_end_between_two_samples(ah: Source) -> None:
    """A pulse moved to the nearest sample would be heard as a rasp between the harmonics."""
    tone = sound(ah, held(ah, np.full(400, 329.63, np.float32)))
    power = np.abs(np.fft.rfft(tone * np.hanning(len(tone)))) ** 2
    hertz = np.fft.rfftfreq(len(tone), 1 / RATE)
    off = np.abs(hertz / 329.63 - np.round(hertz / 329.63)) * 329.63
    middle = (hertz > 1000) & (hertz < 3000)
    clean = power[middle & (off < 12)].sum() / power[middle & (off > 12)].sum()
    assert 10 * np.log10(clean) > 20, clean


def test_a_melody_is_followed_from_note_to_note(ah: Source) -> None:
    notes = (110.0, 165.0, 220.0, 146.8)
    tone = sound(ah, held(ah, np.repeat(np.array(notes, np.float32), 100)))
    for number, hertz in enumerate(notes):
        part = tone[(number * 100 + 15) * HOP : (number * 100 + 95) * HOP]
        assert abs(1200 * np.log2(strongest_hertz(part, hertz) / hertz)) < 5


@pytest.mark.parametrize("name", ["ben", "ada"])
def test_an_octave_moves_the_pitch_and_leaves_the_formants(voice: EspeakVoice, name: str) -> None:
    said = subject(voice, "We were away a year ago.", name)
    at = np.arange(said.source.frames, dtype=np.float32)
    usual = 2 ** (said.melody / 12)
    low, high = (measured(sound(said.source, score(at, usual * by)), RATE) for by in (1, 2))
    assert high.pitch - low.pitch == pytest.approx(12, abs=0.3)
    assert high.level == pytest.approx(low.level, abs=1.5)
    assert high.tilt == pytest.approx(low.tilt, abs=2.5)
    one, other = (smooth(sound(said.source, score(at, usual * by))) for by in (1, 2))
    assert np.corrcoef(one, other)[0, 1] > 0.9


def smooth(wave: Wave, hertz: int = 700) -> Wave:
    """The log spectrum below 5 kHz, in steps of 10 Hz, without its harmonics."""
    power = np.abs(np.fft.rfft(wave * np.hanning(len(wave)))) ** 2
    width = hertz * len(wave) // RATE
    whole = np.log(np.convolve(power, np.hanning(2 * width), "same") + 1e-9)
    return np.interp(np.arange(200, 5000, 10), np.fft.rfftfreq(len(wave), 1 / RATE), whole)


def test_unchanged_it_sounds_as_espeak_does(voice: EspeakVoice) -> None:
    for name in ("ben", "ada", "clara", "hugo"):
        said = subject(voice, "We were away a year ago, my only friend.", name)
        flat = np.frombuffer(said.take.pcm, np.int16) / 32_768
        at = np.arange(said.source.frames, dtype=np.float32)
        pitch = np.full(len(at), said.source.hertz, np.float32)
        ours, theirs = (measured(w, RATE) for w in (sound(said.source, score(at, pitch)), flat))
        assert ours.level == pytest.approx(theirs.level, abs=1.5), name
        assert ours.tilt == pytest.approx(theirs.tilt, abs=2.5), name
        assert ours.pitch == pytest.approx(theirs.pitch, abs=0.3), name


def test_the_pitch_of_a_monotone_is_found(voice: EspeakVoice) -> None:
    found = {
        name: subject(voice, "Good morning to you all.", name).source.hertz for name in CHARACTERS
    }
    assert 95 < found["ben"] < 115
    assert 190 < found["ada"] < 240
    assert 170 < found["clara"] < 225, "every second period is a little louder"
    assert monotone_hertz(np.zeros(0, np.float32)) > 0


def test_time_goes_as_it_is_told(voice: EspeakVoice) -> None:
    said = subject(voice, "Papa.")
    slow = np.arange(0, said.source.frames, 0.25, dtype=np.float32)
    wave = sound(said.source, score(slow, np.full(len(slow), 100, np.float32)))
    assert len(wave) == len(slow) * HOP
    second = [it for it in said.take.phonemes if it.name == "p"][1]
    closed = wave[second.start * 4 + 800 : second.start * 4 + 1600]
    assert decibels(closed) < decibels(wave) - 18, "the lips of the second p"


def test_backwards_and_beyond_the_ends_are_no_error(ah: Source) -> None:
    at = np.linspace(ah.frames + 50, -50, 80, dtype=np.float32)
    assert np.isfinite(sound(ah, score(at, np.full(80, 5000, np.float32)))).all()


def test_breath_takes_the_voice_away(ah: Source) -> None:
    voiced = held(ah, np.full(200, 120, np.float32))
    breathed = Score(
        voiced.at,
        voiced.hertz,
        *(np.zeros(200, np.float32),) * 2,
        np.ones((200, BANDS), np.float32),
    )
    with_voice, without = (measured(sound(ah, it), RATE) for it in (voiced, breathed))
    assert with_voice.voiced > 0.95
    assert without.voiced < 0.1
    assert without.level == pytest.approx(with_voice.level, abs=3)


def test_level_tilt_and_formants_do_what_they_say(ah: Source) -> None:
    plain = held(ah, np.full(200, 120, np.float32))
    nothing, six = np.zeros(200, np.float32), np.full(200, 6, np.float32)
    before = measured(sound(ah, plain), RATE)
    louder = Score(plain.at, plain.hertz, six, nothing, plain.breath)
    brighter = Score(plain.at, plain.hertz, nothing, six / 2, plain.breath)
    smaller = Score(plain.at, plain.hertz, nothing, nothing, plain.breath, formants=1.15)
    assert measured(sound(ah, louder), RATE).level - before.level == pytest.approx(6, abs=0.3)
    assert 2 < measured(sound(ah, brighter), RATE).tilt - before.tilt < 8
    assert moved(sound(ah, plain), sound(ah, smaller)) == pytest.approx(1.15, abs=0.03)


def moved(before: Wave, after: Wave) -> float:
    """By which factor the formants of one are those of the other."""
    one, other = smooth(before, 250), smooth(after, 250)
    hertz = np.arange(200, 5000, 10)
    factors = np.arange(0.8, 1.4, 0.01)
    alike = [
        np.corrcoef(np.interp(hertz / factor, hertz, one)[:330], other[:330])[0, 1]
        for factor in factors
    ]
    return float(factors[np.argmax(alike)])


def test_the_same_seed_is_the_same_sound(voice: EspeakVoice) -> None:
    said = subject(voice, "She sells shells.")
    what = score(np.arange(said.source.frames, dtype=np.float32), 2 ** (said.melody / 12))
    once, again, other = (sound(said.source, what, seed) for seed in (3, 3, 4))
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_blocks_cover_all_rows_the_first_is_short_and_they_join_without_a_click(
    ah: Source,
) -> None:
    edges = list(blocks(700))
    assert edges[0] == (0, FIRST_ROWS)
    assert edges[-1][1] == 700
    assert all(before[1] == after[0] for before, after in pairwise(edges))
    tone = sound(ah, held(ah, np.full(700, 110, np.float32)))
    jumps = np.abs(np.diff(tone))
    usual = jumps.max()
    for _, stop in edges[:-1]:
        assert jumps[stop * HOP - 20 : stop * HOP + 20].max() <= usual
    period = RATE / 110
    for _, stop in edges[:-1]:
        start = round(stop * HOP - period)
        here, before = (tone[round(s) : round(s) + 300] for s in (start, start - 22 * period))
        assert np.corrcoef(here, before)[0, 1] > 0.95, "a period is not cut at a block's end"


def test_only_as_much_is_analysed_as_is_played(voice: EspeakVoice) -> None:
    text = "This is a sentence that nobody has said before, and it is not a short one at all."
    said = subject(voice, text)
    rows = np.arange(said.source.frames, dtype=np.float32)
    playing = render(said.source, score(rows, np.full(len(rows), 100, np.float32)))
    assert len(next(playing)) == FIRST_ROWS * HOP
    assert len(said.source._blocks) == 1
    assert len(list(playing)) > 1
    assert len(said.source._blocks) > 10
