"""When something is felt, how sure it is, and whose usual it is held against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.affect import adapter
from models.affect.adapter import LOOKS_S, Options, build
from models.affect.turn import BEFORE_MS, BLOCK_MS, KEPT_S
from models.affect.weights import load
from tests.models.affect.speech import LOW, PLAIN, ROUSED, Talk, frames, pcm, say, speech
from voiceagent.errors import ConfigError
from voiceagent.events import Felt, Reading, Settle, SpeechStarted, SpeechStopped
from voiceagent.parts import Expect, Frame, Listener, Reset, Tune
from voiceagent.style import EMOTIONS


@pytest.fixture
def listener() -> Listener:
    return build(Options()).listen()


def turns(listener: Listener, *talks: Talk, start: int = 0) -> list[Reading]:
    """Each said as a turn of its own; the last reading of each."""
    told = []
    for talk in talks:
        felt = say(listener, speech(talk), start)
        told.append(felt[-1].reading)
        start += 10_000
    return told


# --- when ---------------------------------------------------------------------------------------


def test_it_is_felt_from_half_a_second_on_and_told_for_good_at_the_stop(
    listener: Listener,
) -> None:
    felt = say(listener, speech(PLAIN))
    assert [one.final for one in felt] == [False] * (len(felt) - 1) + [True]
    heard = [one.reading.span[1] - one.reading.span[0] for one in felt]
    assert 500 <= heard[0] <= 1_200
    assert any(1_400 <= ms <= 1_900 for ms in heard)
    assert felt[-1].at == 200 + 3_000 + 100
    assert felt[-1].reading.span[0] == 200


def test_less_than_half_a_second_is_nothing(listener: Listener) -> None:
    assert not say(listener, speech(replace(ROUSED, seconds=0.4)))


def test_a_hiss_is_not_a_feeling(listener: Listener) -> None:
    assert not say(listener, np.random.default_rng(0).normal(0, 2_000, 32_000))


def test_silence_costs_nothing_and_says_nothing(listener: Listener) -> None:
    for frame in frames(bytes(64_000), 0):
        assert list(listener.feed(frame, ())) == []


def test_who_asks_for_the_end_while_somebody_speaks_gets_it(listener: Listener) -> None:
    for frame in frames(pcm(speech(PLAIN))[:40_000], 0):
        listener.feed(frame, [SpeechStarted(20, 0)] if frame.at == 0 else [])
    (felt,) = listener.tell(Settle(1_200))
    assert isinstance(felt, Felt)
    assert felt.final
    assert felt.reading.span == (0, 1_240)


def test_other_cues_say_nothing(listener: Listener) -> None:
    for cue in (Settle(0), Reset(), Expect("yes_no"), Tune(threshold=0.3)):
        assert list(listener.tell(cue)) == []


def test_a_turn_goes_on_after_a_pause(listener: Listener) -> None:
    first = say(listener, speech(PLAIN), 0, over=False)[-1].reading
    both = say(listener, speech(PLAIN), 3_700, over=False)[-1].reading
    assert both.span == (first.span[0], 3_700 + 200 + 3_000 + 100)


def test_what_was_said_long_ago_is_another_turn(listener: Listener) -> None:
    say(listener, speech(PLAIN), 0, over=False)
    felt = say(listener, speech(PLAIN), 20_000)
    assert {one.reading.span[0] for one in felt} == {20_200}
    assert len(felt) == 5


def test_missing_frames_do_no_harm(listener: Listener) -> None:
    listener.feed(Frame(0, bytes(640)), [SpeechStarted(20, 0)])
    listener.feed(Frame(90_000, bytes(640)), [SpeechStopped(90_020, 90_000)])
    assert say(listener, speech(PLAIN), 100_000)


# --- what ---------------------------------------------------------------------------------------


def test_a_reading_keeps_its_promises(listener: Listener) -> None:
    for talk in (PLAIN, ROUSED, LOW):
        for felt in say(listener, speech(talk)):
            reading = felt.reading
            assert set(reading.labels) <= set(EMOTIONS)
            assert sum(reading.labels.values()) == pytest.approx(
                1 if reading.labels else 0, abs=0.01
            )
            assert -1 <= reading.valence <= 1
            assert -1 <= reading.arousal <= 1
            assert 0 < reading.confidence < 1


@pytest.mark.parametrize("known", [0, 4])
def test_who_speaks_higher_livelier_and_sharper_sounds_more_awake(known: int) -> None:
    def arousal(talk: Talk) -> float:
        listener = build(Options()).listen()
        return turns(listener, *[PLAIN] * known, talk)[-1].arousal

    assert arousal(LOW) < arousal(PLAIN) < arousal(ROUSED)
    assert arousal(ROUSED) > arousal(LOW) + 0.5


def test_how_loud_the_microphone_is_changes_nothing() -> None:
    def read(gain: float) -> list[Reading]:
        listener = build(Options()).listen()
        return [one.reading for one in say(listener, gain * speech(ROUSED))]

    for loud, soft in zip(read(1), read(0.25), strict=True):
        assert soft.arousal == pytest.approx(loud.arousal, abs=0.05)
        assert soft.confidence == pytest.approx(loud.confidence, abs=0.05)
        assert soft.reasons == loud.reasons


def test_louder_than_usual_is_told_and_felt_no_otherwise(listener: Listener) -> None:
    start, usual, louder = 0, [], []
    for _ in range(4):
        usual = say(listener, 0.25 * speech(PLAIN), start)
        start += 10_000
    louder = say(listener, speech(PLAIN), start)
    assert louder[-1].reading.reasons == ("louder than your usual by 12 dB",)
    assert louder[-1].reading.arousal == pytest.approx(usual[-1].reading.arousal, abs=0.1)


def test_unsure_means_unknown() -> None:
    never, always = (build(Options(unsure=it)).listen() for it in (1.0, 0.0))
    silent, bold = turns(never, ROUSED)[0], turns(always, ROUSED)[0]
    assert silent.labels == {}
    assert silent.valence == 0
    assert bold.labels
    assert silent.arousal == bold.arousal
    assert silent.confidence == bold.confidence


def test_the_same_sound_is_read_the_same() -> None:
    first, second = (turns(build(Options()).listen(), PLAIN, ROUSED) for _ in range(2))
    assert first == second


# --- what is usual --------------------------------------------------------------------------------


def test_a_high_voice_is_not_an_excited_one_once_it_is_known() -> None:
    def difference(turn: int) -> float:
        high, low = (np.arctanh(told[turn].arousal) for told in (tall, short))
        return float(abs(high - low))

    short, tall = (
        turns(build(Options()).listen(), *[replace(PLAIN, pitch_hz=hz)] * 9) for hz in (110, 190)
    )
    assert difference(-1) < difference(0) / 2


def test_reasons_are_held_against_what_is_usual_for_the_speaker(listener: Listener) -> None:
    *_, told = turns(listener, *[PLAIN] * 4, replace(PLAIN, pitch_hz=160))
    assert "higher than your usual by 5 semitones" in told.reasons
    assert "high" in told.words


def test_the_end_of_a_turn_does_not_end_what_is_usual(listener: Listener) -> None:
    turns(listener, *[PLAIN] * 4)
    listener.tell(Reset())
    (told,) = turns(listener, replace(PLAIN, pitch_hz=160), start=90_000)
    assert any("your usual" in reason for reason in told.reasons)


def test_sessions_share_nothing() -> None:
    ear = build(Options())
    busy, fresh, alone = ear.listen(), ear.listen(), build(Options()).listen()
    turns(busy, *[ROUSED] * 5)
    assert turns(fresh, PLAIN) == turns(alone, PLAIN)
    assert turns(busy, PLAIN, start=90_000) != turns(alone, PLAIN, start=90_000)


def test_what_is_heard_over_our_own_voice_is_not_taken_for_usual() -> None:
    def after(reference: bytes | None) -> list[Reading]:
        listener = build(Options()).listen()
        for turn in range(4):
            start, data = turn * 10_000, pcm(speech(ROUSED))
            for frame in frames(data, start):
                event = [SpeechStarted(frame.at + 20, start)] if frame.at == start else []
                listener.feed(replace(frame, reference=reference), event)
            listener.feed(Frame(start + 3_000, bytes(640)), [SpeechStopped(3_020, 3_000)])
            listener.tell(Reset())
        return turns(listener, PLAIN, start=90_000)

    silent, loud = bytes(640), pcm(np.full(320, 5_000.0))
    assert after(silent) == after(None)
    assert after(loud) == turns(build(Options()).listen(), PLAIN, start=90_000)


# --- bounds ---------------------------------------------------------------------------------------


def test_a_turn_without_end_is_kept_in_part_and_looked_at_seldom(
    listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    lengths = []

    def describe(frames: Sequence[object], before: object) -> None:
        lengths.append(len(frames))

    monkeypatch.setattr(adapter, "describe", describe)
    sound = pcm(np.tile(speech(PLAIN), 15))
    for frame in frames(sound, 0):
        listener.feed(frame, [SpeechStarted(20, 0)] if frame.at == 0 else [])
    listener.tell(Settle(45_000))
    assert len(lengths) == len(LOOKS_S) + 1
    assert max(lengths) <= (KEPT_S + BLOCK_MS / 1_000) * 100


def test_only_speech_is_looked_at(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    looked = []

    def analyse(samples: np.ndarray[tuple[int], np.dtype[np.int16]]) -> object:
        looked.append(len(samples))
        return real(samples)

    from models.affect import frames as module

    real = module.analyse
    monkeypatch.setattr(module, "analyse", analyse)
    for frame in frames(bytes(2 * 16_000 * 30), 0):
        listener.feed(frame, ())
    assert not looked
    say(listener, speech(PLAIN), 40_000)
    assert sum(looked) < 1.5 * (3_000 + BEFORE_MS) * 16


# --- weights --------------------------------------------------------------------------------------


def test_the_shipped_weights_are_small_and_come_back_as_they_were_saved(tmp_path: Path) -> None:
    assert adapter.OURS.stat().st_size < 2_000_000
    weights = load(adapter.OURS)
    weights.save(tmp_path / "same.npz")
    again = load(tmp_path / "same.npz")
    for key in weights.__slots__:
        assert np.array_equal(getattr(weights, key), getattr(again, key))


def test_weights_that_are_not_ours_are_refused_by_name(tmp_path: Path) -> None:
    np.savez(tmp_path / "other.npz", names=np.array(["one"]))
    for name in ("other.npz", "gone.npz"):
        with pytest.raises(ConfigError, match=rf"affect\.weights: {name}"):
            build(Options(weights=str(tmp_path / name)))
    (tmp_path / "text.npz").write_text("hello")
    with pytest.raises(ConfigError, match=r"text\.npz"):
        build(Options(weights=str(tmp_path / "text.npz")))


def test_an_impossible_confidence_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"affect\.unsure is 2"):
        build(Options(unsure=2))
