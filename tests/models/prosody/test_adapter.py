"""What is scored and when; that the numbers mean what they say; that real orders are told apart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pytest

from models.prosody import adapter
from models.prosody.adapter import Options, build
from models.prosody.features import NAMES, Floats, Told, bands, describe, hiss, periodicity, slope
from models.prosody.pauses import Pauses
from models.prosody.weights import Weights, load
from models.webrtcvad import adapter as vad
from voiceagent.audio import read_audio
from voiceagent.errors import ConfigError
from voiceagent.events import Event, Scored, Settle, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS, Frame, Reset, Tune

ORDERS = sorted((Path(__file__).parents[2] / "data" / "orders").glob("*.wav"))


def tone(ms: int, hz: float = 140, level: float = 3000.0) -> Floats:
    t = np.arange(ms * EAR_RATE // 1000) / EAR_RATE
    waves = sum((np.sin(2 * np.pi * hz * k * t) / k for k in range(1, 12)), np.zeros_like(t))
    return np.asarray(level * waves, np.float32)


def hum(ms: int) -> bytes:
    return tone(ms).astype(np.int16).tobytes()


def frames(pcm: bytes, start: int = 0) -> Iterable[Frame]:
    for i in range(len(pcm) // FRAME_BYTES):
        yield Frame(start + i * FRAME_MS, pcm[i * FRAME_BYTES : (i + 1) * FRAME_BYTES])


def numbers(stretch: Floats, told: Told | None = None) -> dict[str, float]:
    ms = len(stretch) * 1000 // EAR_RATE
    told = told or Told(begin=0)
    values = describe(stretch, ms, told.begin + ms, told)
    assert np.isfinite(values).all()
    return dict(zip(NAMES, values.tolist(), strict=True))


# --- the ear -------------------------------------------------------------------------------------


def test_every_stop_is_scored_in_its_own_frame() -> None:
    listener = build(Options()).listen()
    for frame in frames(hum(600)):
        seen: list[Event] = [SpeechStarted(20, begin=0)] if frame.at == 0 else []
        assert list(listener.feed(frame, seen)) == []
    stop = SpeechStopped(620, end=560)
    (scored,) = listener.feed(Frame(600, bytes(FRAME_BYTES)), [stop])
    assert isinstance(scored, Scored)
    assert scored.at == 620
    assert 0.02 <= scored.probability <= 0.98


def test_a_stop_without_a_start_is_not_scored() -> None:
    listener = build(Options()).listen()
    assert list(listener.feed(Frame(0, hum(20)), [SpeechStopped(20, end=10)])) == []


def test_after_a_reset_the_turn_is_a_new_one() -> None:
    def score(reset: bool) -> list[Event]:
        listener = build(Options()).listen()
        for frame in frames(hum(2000)):
            listener.feed(frame, [SpeechStarted(20, begin=0)] if frame.at == 0 else [])
        list(listener.feed(Frame(2000, hum(20)), [SpeechStopped(2020, end=1900)]))
        if reset:
            listener.tell(Reset())
        quiet = (tone(400) / 20).astype(np.int16).tobytes()
        for frame in frames(quiet, 2300):
            listener.feed(frame, [SpeechStarted(2320, begin=2300)] if frame.at == 2300 else [])
        return list(listener.feed(Frame(2700, hum(20)), [SpeechStopped(2720, end=2700)]))

    assert len(score(True)) == len(score(False)) == 1
    assert score(True) != score(False)


def test_other_cues_and_missing_frames_do_no_harm() -> None:
    listener = build(Options()).listen()
    assert not list(listener.tell(Settle(0)))
    assert not list(listener.tell(Tune(threshold=0.2)))
    listener.feed(Frame(0, hum(20)), [SpeechStarted(20, begin=0)])
    assert len(list(listener.feed(Frame(90_000, hum(20)), [SpeechStopped(90_020, end=20)]))) == 1


def test_weights_of_other_numbers_are_refused(tmp_path: Path) -> None:
    told = json.loads(adapter.OURS.read_text())
    other = tmp_path / "other.json"
    other.write_text(json.dumps({**told, "names": ["one"]}))
    with pytest.raises(ConfigError, match=r"prosody\.weights: other\.json"):
        build(Options(weights=str(other)))
    with pytest.raises(ConfigError, match=r"gone\.json"):
        build(Options(weights=str(tmp_path / "gone.json")))


def test_weights_come_back_as_they_were_saved(tmp_path: Path) -> None:
    weights = load(adapter.OURS)
    weights.save(tmp_path / "same.json")
    assert load(tmp_path / "same.json") == weights


def test_a_probability_is_never_certain() -> None:
    ones = (1.0,) * len(NAMES)
    sure = Weights(NAMES, (0.0,) * len(NAMES), ones, (100.0,) * len(NAMES), 0.0)
    assert sure.probability(np.full(len(NAMES), 1e9, np.float32)) == 0.98
    assert sure.probability(np.full(len(NAMES), -1e9, np.float32)) == 0.02


# --- the numbers ---------------------------------------------------------------------------------


def test_a_level_that_falls_is_told_by_slope_peak_and_fall() -> None:
    fading = tone(1500) * np.linspace(0, -2.2, 24_000, dtype=np.float32).__rpow__(10)
    steady, falling = numbers(tone(1500)), numbers(np.asarray(fading, np.float32))
    assert falling["slope"] < steady["slope"] - 1.5
    assert falling["last_peak"] < steady["last_peak"] - 6
    assert falling["fall"] > steady["fall"]
    assert falling["strong"] < steady["strong"]


def test_the_end_is_weighed_against_the_loudest_part_of_the_turn() -> None:
    told = Told(begin=0)
    numbers(tone(800), told)
    quiet = numbers(np.asarray(tone(800) / 10, np.float32), told)
    assert quiet["last_peak"] == pytest.approx(-20, abs=1.5)


def test_a_voice_is_periodic_and_a_hiss_is_not() -> None:
    noise = np.random.default_rng(0).normal(0, 2000, 16_000).astype(np.float32)
    assert periodicity(tone(500)) > 0.9
    assert periodicity(noise) < 0.7
    assert hiss(noise) > hiss(tone(1000)) + 2


def test_bands_are_shares_of_the_power() -> None:
    shares = np.exp(bands(tone(150, hz=1200)))
    assert shares.sum() == pytest.approx(1, abs=1e-3)
    assert int(shares.argmax()) == 2


def test_the_slope_is_in_decibels_in_100_ms() -> None:
    assert slope(np.linspace(0, -12, 31).astype(np.float32)) == pytest.approx(-4)


@pytest.mark.parametrize("ms", [0, 5, 10, 30, 60, 200])
def test_the_shortest_stretch_gives_numbers(ms: int) -> None:
    numbers(tone(ms))
    numbers(np.zeros(ms * 16, np.float32))


# --- a turn --------------------------------------------------------------------------------------


def heard(*events: tuple[int, Event]) -> list[dict[str, float]]:
    """The numbers of each stop in a turn of four seconds of one tone."""
    pauses, found = Pauses(), list[dict[str, float]]()
    for frame in frames(hum(9000)):
        seen = [event for at, event in events if at == frame.at]
        for _, values in pauses.hear(frame, seen):
            found.append(dict(zip(NAMES, values.tolist(), strict=True)))
    return found


def talk(*edges: int) -> Sequence[tuple[int, Event]]:
    """Starts and stops by turns, each told 40 ms after it."""
    return [
        (edge + 20, SpeechStopped(edge + 40, edge) if i % 2 else SpeechStarted(edge + 40, edge))
        for i, edge in enumerate(edges)
    ]


def test_a_pause_begins_a_new_stretch_and_is_remembered() -> None:
    first, second = heard(*talk(0, 1000, 1400, 1900))
    assert first["longest_pause"] == 0
    assert second["longest_pause"] == pytest.approx(np.log(400 / 50), abs=1e-5)
    assert second["stretch"] == pytest.approx(np.log(0.5), abs=1e-5)


def test_the_closure_in_a_word_is_no_pause() -> None:
    _, second = heard(*talk(0, 1000, 1100, 1900))
    assert second["longest_pause"] == 0
    assert second["stretch"] == pytest.approx(np.log(1.9), abs=1e-5)


def test_a_long_silence_begins_a_new_turn() -> None:
    _, second = heard(*talk(0, 1000, 7000, 7900))
    assert second["longest_pause"] == 0


# --- real speech ---------------------------------------------------------------------------------


def scores(path: Path) -> list[float]:
    ear, listener = vad.build(vad.Options()).listen(), build(Options()).listen()
    scored: list[float] = []
    for frame in frames(read_audio(path).pcm):
        for event in listener.feed(frame, list(ear.feed(frame, ()))):
            assert isinstance(event, Scored)
            scored.append(event.probability)
    return scored


def test_the_ends_of_real_orders_sound_more_finished_than_their_pauses() -> None:
    """The shipped weights have heard these: this tells broken code, not how good they are."""
    told = [scores(path) for path in ORDERS]
    ends = [order[-1] for order in told]
    pauses = [p for order in told for p in order[:-1]]
    assert np.median(ends) > 0.7
    assert np.mean(ends) > np.mean(pauses)
