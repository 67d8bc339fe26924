"""Something like speech, made of numbers: syllables of a buzzing source with a melody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from voiceagent.events import Event, Felt, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS, Frame, Listener, Reset

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Talk:
    """How it is said. `tilt_db`: what each octave of the source loses."""

    pitch_hz: float = 120.0
    range_semitones: float = 4.0
    syllables_per_s: float = 4.5
    tilt_db: float = 11.0
    level: float = 0.1
    seconds: float = 3.0
    seed: int = 0


PLAIN = Talk()
ROUSED = replace(PLAIN, pitch_hz=200, range_semitones=11, syllables_per_s=5.5, tilt_db=6)
LOW = replace(PLAIN, pitch_hz=105, range_semitones=2, syllables_per_s=3.2, tilt_db=15)


def speech(talk: Talk) -> Floats:
    rng = np.random.default_rng(talk.seed)
    time = np.arange(int(talk.seconds * EAR_RATE)) / EAR_RATE
    beat = time * talk.syllables_per_s
    melody = _drawn(beat, rng.uniform(-0.5, 0.5, 64)) + 0.3 * np.cos(np.pi * time / talk.seconds)
    hz = talk.pitch_hz * 2 ** (talk.range_semitones * melody / 12)
    phase = 2 * np.pi * np.cumsum(hz) / EAR_RATE
    first, second = (_drawn(beat, rng.uniform(*span, 64)) for span in ((350, 750), (1_000, 2_200)))
    sound = sum(
        (
            strength(hz * k, first, second, talk.tilt_db) * np.sin(k * phase)
            for k in range(1, int(7_000 / talk.pitch_hz))
        ),
        np.zeros_like(time),
    )
    sound *= np.sin(np.pi * (beat % 1)) ** 0.5 + rng.normal(0, 0.002, len(time))
    return np.asarray(talk.level * sound / np.abs(sound).max() * 32_767)


def _drawn(beat: Floats, points: Floats) -> Floats:
    return np.interp(beat, np.arange(len(points)), points)


def strength(hz: Floats, first: Floats, second: Floats, tilt_db: float) -> Floats:
    """Of a partial: the source falls, two formants stand out."""
    gain = sum(1 / (1 + ((hz - at) / 120) ** 2) for at in (first, second)) + 0.05
    tilt = 10 ** (-tilt_db / 20 * np.log2(np.maximum(hz, 60) / 100))
    return np.asarray(np.where(hz < 7_500, gain * tilt, 0))


def pcm(sound: Floats) -> bytes:
    noise = np.random.default_rng(7).normal(0, 2, len(sound))
    return np.clip(np.round(sound + noise), -32_768, 32_767).astype(np.int16).tobytes()


def frames(data: bytes, start: int) -> Iterator[Frame]:
    for place in range(len(data) // FRAME_BYTES):
        piece = data[place * FRAME_BYTES : (place + 1) * FRAME_BYTES]
        yield Frame(start + place * FRAME_MS, piece)


def say(listener: Listener, sound: Floats, start: int = 0, over: bool = True) -> list[Felt]:
    """Let it be heard as one turn, with a detector that notices after 60 ms and lets go after 80.

    `over`: the turn is closed after it.
    """
    lasts = len(sound) * 1000 // EAR_RATE
    quiet = np.zeros(EAR_RATE // 5)
    felt: list[Felt] = []
    for frame in frames(pcm(np.concatenate((quiet, sound, quiet))), start):
        felt += [
            event
            for event in listener.feed(frame, edges(frame.at - start, start, lasts))
            if isinstance(event, Felt)
        ]
    if over:
        assert not list(listener.tell(Reset()))
    return felt


def edges(since: int, start: int, lasts: int) -> Sequence[Event]:
    at = start + since + FRAME_MS
    if since == 260:
        return [SpeechStarted(at, start + 200)]
    if since == 280 + lasts // FRAME_MS * FRAME_MS:
        return [SpeechStopped(at, start + 200 + lasts)]
    return ()
