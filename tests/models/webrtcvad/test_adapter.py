"""Signals whose edges are known to the sample, and a few real orders."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.webrtcvad.adapter import Options, build
from tests.bench.labels import speech_span
from voiceagent.audio import read_audio
from voiceagent.errors import ConfigError
from voiceagent.events import Event, Settle, SpeechLikely, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS, Cue, Frame, Reset, Tune

ORDERS = sorted((Path(__file__).parents[2] / "data" / "orders").glob("*.wav"))


def silence(ms: int, db: float = -80.0, seed: int = 0) -> bytes:
    """A room: faint white noise."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(0, 32_768 * 10 ** (db / 20), ms * EAR_RATE // 1000)
    return noise.clip(-32_768, 32_767).astype(np.int16).tobytes()


def voice(ms: int, db: float = -20.0, hz: float = 130.0) -> bytes:
    """A vowel: harmonics of a gliding pitch under two formants, swelling with the syllables."""
    t = np.arange(ms * EAR_RATE // 1000) / EAR_RATE
    phase = 2 * np.pi * (hz * t + 8 * np.sin(2 * np.pi * 1.5 * t) / 1.5)
    sound = np.zeros_like(t)
    for k in range(1, 25):
        shape = np.exp(-(((k * hz - 600) / 300) ** 2)) + 0.5 * np.exp(
            -(((k * hz - 1500) / 400) ** 2)
        )
        sound += (shape + 0.01) * np.sin(k * phase)
    sound *= 1 + 0.4 * np.sin(2 * np.pi * 4 * t)
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
    assert starts(events)[0].at - lead_ms <= 80


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


def test_steady_noise_becomes_background() -> None:
    """A fan goes on; at most one false start, which the floor ends."""
    fan = silence(9000, -35, seed=1)
    events = feed(silence(1000) + fan)
    assert len(starts(events)) <= 1
    assert len(stops(events)) == len(starts(events))
    assert all(event.at < 1000 + 3800 for event in events)


def test_a_steady_hum_does_not_hold_speech_open() -> None:
    wave = np.sin(2 * np.pi * 150 * np.arange(9 * EAR_RATE) / EAR_RATE)
    events = feed(silence(1000) + (580 * wave).astype(np.int16).tobytes())
    assert len(stops(events)) == len(starts(events))
    assert all(event.at < 1000 + 3800 for event in events)


def test_a_voice_is_found_over_steady_noise() -> None:
    noise = np.frombuffer(silence(6000, -45, seed=2), np.int16).astype(np.int32)
    talk = np.frombuffer(silence(4000, -90) + voice(800) + silence(1200, -90), np.int16)
    events = feed((noise + talk).clip(-32_768, 32_767).astype(np.int16).tobytes())
    said = [start for start in starts(events) if start.begin > 3500]
    assert len(said) == 1
    assert abs(said[0].begin - 4000) <= 20
    assert abs(stops(events)[-1].end - 4800) <= 30


def test_a_microphone_with_an_offset_hears_as_well() -> None:
    pcm = np.frombuffer(silence(1000) + voice(600, -40) + silence(1000), np.int16)
    (start,) = starts(feed((pcm + 1500).astype(np.int16).tobytes()))
    assert abs(start.begin - 1000) <= 20


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


def test_a_threshold_makes_it_stricter_or_laxer() -> None:
    faint = silence(1000, -60) + voice(600, -46) + silence(1000, -60)
    found = {t: len(starts(feed(faint, cues=[Tune(threshold=t)]))) for t in (0.1, 0.5, 1.0)}
    assert found == {0.1: 1, 0.5: 1, 1.0: 0}


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
    with pytest.raises(ConfigError, match=r"webrtcvad\.mode is 4"):
        build(Options(mode=4))


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
