"""The real espeak sings: what is heard is what was written."""

# ruff: noqa: RUF001

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from models.espeak.adapter import EspeakVoice
from models.espeak.song_layout import A4
from models.espeak.song_tunes import find
from tests.models.espeak.melodies import (
    onset_offsets,
    perform,
    pitch_errors,
    pitches,
    spread,
    sustained,
)
from tests.models.espeak.sound import decibels, say
from voiceagent.errors import Refused
from voiceagent.parts import Phrase
from voiceagent.speaking.midi import read_midi
from voiceagent.speaking.midi import written as midi_notes
from voiceagent.speaking.timeline import Timeline
from voiceagent.style import Style

STAR = "Twinkle, twinkle, little star,\nhow I wonder what you are."
SING = Style(mode="sing", melody="twinkle")


@pytest.mark.parametrize(
    ("tune", "name"), [("twinkle", "ben"), ("两只老虎", "ben"), ("happy birthday to Ada", "nora")]
)
def test_notes_are_in_tune_and_on_time(voice: EspeakVoice, tune: str, name: str) -> None:
    performance = perform(voice, "", Style(mode="sing", melody=tune), name)
    errors = np.abs(pitch_errors(performance))
    assert len(errors) > 15
    assert np.median(errors) < 5
    assert np.percentile(errors, 90) < 15
    late = onset_offsets(performance)
    assert spread(late) < 0.025
    assert abs(np.median(late)) < 0.015


def test_what_was_meant_is_the_tune_at_its_tempo_moved_by_whole_semitones(
    voice: EspeakVoice,
) -> None:
    tune = find("twinkle")
    assert tune
    lines = perform(voice, "", Style(mode="sing", melody="twinkle", bpm=120)).lines
    slots = [slot for line in tune[0].lines for slot in line]
    sung = [it for line in lines for it in line.sung]
    assert len(sung) == len(slots)
    beats = np.cumsum([0.0, *(slot.beats for slot in slots[:-1])])
    assert [it.start for it in sung] == pytest.approx(list(beats / 2))
    moved = {
        round(it.tones[0].pitch - A4 - (slot.notes[0].pitch or 0), 6)
        for it, slot in zip(sung, slots, strict=True)
    }
    assert len(moved) == 1
    assert moved.pop() % 1 == 0


def test_song_is_held_and_speech_is_not(voice: EspeakVoice) -> None:
    assert sustained(say(voice, STAR, style=SING)) > 3 * sustained(say(voice, STAR)) + 0.2


def test_long_notes_swing_and_short_ones_do_not(voice: EspeakVoice) -> None:
    speech = say(voice, "", style=Style(mode="sing", melody="C4:.5 C4:.5 C4:4", bpm=60))
    tail = pitches(speech.wave, speech.rate, 2.0, 3.0)
    assert 0.2 < np.percentile(tail, 95) - np.median(tail) < 0.5
    head = pitches(speech.wave, speech.rate, 0.25, 0.4)
    assert np.ptp(head) < 0.2


def test_notes_can_be_written_or_listed(voice: EspeakVoice) -> None:
    named = say(voice, "la la la", style=Style(mode="sing", melody="C4 E4 G4:2", bpm=90))
    listed = say(voice, "la la la", style=Style(mode="sing", melody="[[60,1],[64,1],[67,2]]@90"))
    assert named.seconds == listed.seconds
    assert [w.start_ms for w in named.words] == [w.start_ms for w in listed.words]


def test_a_midi_file_is_sung_as_it_is_written(voice: EspeakVoice) -> None:
    """C4 for a beat of 96 ticks, then E4 for two, at 150 beats a minute."""
    played = bytes.fromhex("00ff5103061a80 00903c40 60803c00 00904040 8140804000 00ff2f00")
    header = b"MThd" + bytes.fromhex("00000006 0000 0001 0060")
    found = read_midi(header + b"MTrk" + len(played).to_bytes(4) + played)
    style = Style(mode="sing", melody=midi_notes(found.notes), bpm=found.bpm)
    performance = perform(voice, "la la", style)
    low, high = performance.tones
    assert high.pitch - low.pitch == pytest.approx(4)
    assert high.start - low.start == pytest.approx(0.4, abs=0.001)
    speech, before = performance.speech, performance.starts_s
    sung = [
        np.median(pitches(speech.wave, speech.rate, at - before, at - before + 0.1))
        for at in (0.12, 0.55)
    ]
    assert sung[1] - sung[0] == pytest.approx(4, abs=0.1)


def test_a_rest_is_silent(voice: EspeakVoice) -> None:
    speech = say(voice, "ta ta", style=Style(mode="sing", melody="C4 r:2 C4", bpm=60))
    assert decibels(speech.part(1300, 2500)) < -55
    assert decibels(speech.part(300, 800)) > -30


def test_the_voice_sings_where_it_lies(voice: EspeakVoice) -> None:
    tones = {}
    for name in ("ben", "ada"):
        tones[name] = np.mean([tone.pitch for tone in perform(voice, STAR, SING, name).tones])
    assert 6 < tones["ada"] - tones["ben"] < 16
    higher = perform(voice, STAR, Style(mode="sing", melody="twinkle", pitch=2.0))
    assert np.mean([tone.pitch for tone in higher.tones]) - tones["ben"] == pytest.approx(2.0)


# --- words ----------------------------------------------------------------------------------------


def test_the_house_finds_each_word_when_it_is_sung(voice: EspeakVoice) -> None:
    for text, style in (
        (STAR, SING),
        ("两只老虎，两只老虎，\n跑得快，跑得快。", Style(mode="sing")),
    ):
        timeline, speech = Timeline(), say(voice, text, style=style)
        for piece in speech.pieces:
            timeline.append(piece)
        assert not timeline.estimated
        for number, word in enumerate(speech.words):
            said = "".join("".join(word.text for word in speech.words[: number + 1]).split())
            assert "".join(timeline.said(word.end_ms + 1).split()) == said


def test_words_are_where_their_sound_is(voice: EspeakVoice) -> None:
    """A p is silent at first."""
    speech = say(voice, "pat pat, pat", style=Style(mode="sing", melody="C4 D4 E4", bpm=80))
    assert [word.text for word in speech.words] == ["pat", "pat,", "pat"]
    for word in speech.words:
        assert decibels(speech.part(word.start_ms, word.start_ms + 20)) < -40
        assert decibels(speech.part(word.start_ms + 150, word.start_ms + 300)) > -28


def test_words_rise_and_lie_within_the_audio(voice: EspeakVoice) -> None:
    speech = say(voice, "", style=Style(mode="sing", melody="茉莉花"))
    times = [time for word in speech.words for time in (word.start_ms, word.end_ms)]
    assert times == sorted(times)
    assert times[-1] <= speech.seconds * 1000 + 1


@pytest.mark.parametrize("name", ["Jo", "Ada", "Alexander", "小明"])
def test_any_name_is_fitted_in(voice: EspeakVoice, name: str) -> None:
    speech = say(voice, "", style=Style(mode="sing", melody=f"happy birthday to {name}"))
    assert f"dear {name}," in speech.text
    usual = say(voice, "", style=Style(mode="sing", melody="happy birthday"))
    assert speech.seconds == pytest.approx(usual.seconds, abs=0.5)


# --- songs of several phrases ---------------------------------------------------------------------


def test_a_song_goes_on_over_phrases_in_time(voice: EspeakVoice) -> None:
    lines = STAR.split("\n")
    one = say(voice, STAR, style=SING)
    two = say(voice, *lines, style=SING)
    assert one.seconds == two.seconds
    assert [word.start_ms for word in one.words] == pytest.approx(
        [word.start_ms for word in two.words], abs=2
    )


def test_lines_are_a_breath_apart_and_the_breath_is_heard(voice: EspeakVoice) -> None:
    speech = say(voice, STAR, style=SING)
    ends = next(a.end_ms for a in speech.words if a.text == "star,")
    starts = next(a.start_ms for a in speech.words if a.text == "how")
    assert 150 < starts - ends < 400
    assert -60 < decibels(speech.part(ends + 60, starts - 40)) < -38


def test_speech_and_song_are_parted_by_a_pause(voice: EspeakVoice) -> None:
    speech = say(voice, Phrase("Listen."), Phrase("la la la", SING), Phrase("Good."))
    words = speech.words
    assert words[1].start_ms - words[0].end_ms > 250
    assert words[-1].start_ms - words[-2].end_ms > 250


def test_the_same_song_has_the_same_times_each_time(voice: EspeakVoice) -> None:
    one, other = (say(voice, STAR, style=SING) for _ in range(2))
    assert one.words == other.words
    assert one.seconds == other.seconds


# --- no melody, no words, no song -----------------------------------------------------------------


def test_without_a_melody_one_is_made_up_as_the_words_feel(voice: EspeakVoice) -> None:
    happy = perform(voice, STAR, Style(mode="sing", emotion="happy"))
    sad = perform(voice, STAR, Style(mode="sing", emotion="sad"))
    assert sad.speech.seconds > 1.3 * happy.speech.seconds
    assert len({round(tone.pitch) for tone in happy.tones}) > 3
    assert np.median(np.abs(pitch_errors(happy))) < 5


def test_without_words_a_melody_is_sung_on_la(voice: EspeakVoice) -> None:
    assert say(voice, "", style=Style(mode="sing", melody="C4 E4 G4:2")).text == "la la la"


def test_humming_keeps_the_tune_with_a_closed_mouth(voice: EspeakVoice) -> None:
    performance = perform(voice, STAR, Style(mode="hum", melody="twinkle"))
    assert np.median(np.abs(pitch_errors(performance))) < 5
    assert performance.speech.text == STAR
    spectrum = np.abs(np.fft.rfft(performance.speech.wave)) ** 2
    hertz = np.fft.rfftfreq(len(performance.speech.wave), 1 / performance.speech.rate)
    assert spectrum[hertz > 2000].sum() < 0.01 * spectrum.sum()
    assert -30 < decibels(performance.speech.wave) < -14


def test_an_unknown_tune_is_refused_with_those_that_there_are(voice: EspeakVoice) -> None:
    with pytest.raises(Refused, match=r"no tune 'yesterday'.*amazing grace.*茉莉花.*lullaby"):
        say(voice, STAR, style=Style(mode="sing", melody="yesterday"))


def test_notes_and_syllables_that_do_not_agree_are_refused_with_the_line(
    voice: EspeakVoice,
) -> None:
    with pytest.raises(Refused, match=r"Line 1, 'la la la la', has 4 syllables, and 2 of"):
        say(voice, "la la la la", style=Style(mode="sing", melody="C4 D4"))
    with pytest.raises(Refused, match=r"Line 2, 'no', has 1 syllables"):
        say(voice, "Twinkle, twinkle, little star\nno", style=SING)


def test_a_song_is_three_minutes_at_most(voice: EspeakVoice) -> None:
    with pytest.raises(Refused, match="180 s at most"):
        say(voice, f"{STAR}\n" * 30, style=SING)


# --- rap ------------------------------------------------------------------------------------------

RAP = "I walk along the river and I listen to the rain,\nit all comes back to me again."


def test_rap_is_on_the_grid(voice: EspeakVoice) -> None:
    voice._options = replace(voice._options, accompany=False)
    try:
        performance = perform(voice, RAP, Style(mode="rap"))
    finally:
        voice._options = replace(voice._options, accompany=True)
    sixteenth = 15 / 92
    slots = [it.start / sixteenth for line in performance.lines for it in line.sung]
    assert slots == pytest.approx([round(slot) for slot in slots], abs=1e-6)
    assert spread(onset_offsets(performance, 0.07)) < 0.02


def test_rap_has_drums_in_time_and_they_can_be_left_out(voice: EspeakVoice) -> None:
    drummed = say(voice, RAP, style=Style(mode="rap", bpm=100))
    voice._options = replace(voice._options, accompany=False)
    try:
        bare = say(voice, RAP, style=Style(mode="rap", bpm=100))
    finally:
        voice._options = replace(voice._options, accompany=True)
    assert drummed.words == bare.words
    beat = drummed.wave - bare.wave
    start = perform(voice, RAP, Style(mode="rap", bpm=100)).starts_s
    for number in range(6):
        at = round(1000 * (0.6 * number - start))
        assert decibels(beat[(at * 22_050) // 1000 :][:800]) > -30


def test_lines_of_rap_take_whole_bars(voice: EspeakVoice) -> None:
    lines = perform(voice, RAP, Style(mode="rap", bpm=120)).lines
    starts = [round(line.sung[0].start / 0.125) // 16 for line in lines]
    assert all(after > before for before, after in pairwise(starts))
