"""Other people, rooms, noises and lines for a recording: what training and measuring go through.

Nothing of this runs in a conversation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .frames import RATE, Floats

TRAINING_NOISES = ("dfn_573577", "eva_baby", "eva_music", "sb_noise1", "sb_noise3", "sb_noise5")
TRAINING_ROOMS = ("am_ir0", "sb_rir1", "sb_rir3")
COLOURS = {"white": 0.0, "pink": 1.0, "brown": 2.0}
TILT_HZ = (60, 150, 400, 1_000, 2_500, 6_000, 8_000)
VOICES = 0.84, 1.2  # other people from the same recording: lower and slower, higher and faster
FULL = 32_768.0


@dataclass(frozen=True, slots=True)
class Condition:
    rate: float = 1.0
    tilt_db: tuple[float, ...] = ()  # at TILT_HZ
    room: str = ""
    noise: str = ""
    snr_db: float = 30.0
    telephone: bool = False


@dataclass(frozen=True, slots=True)
class Surroundings:
    noises: Mapping[str, Floats] = field(default_factory=dict)
    rooms: Mapping[str, Floats] = field(default_factory=dict)


def surroundings(data: Path, read: Callable[[Path], Floats]) -> Surroundings:
    """`data` holds noise/ and rir/."""
    noises, rooms = (
        {path.stem: read(path) for path in sorted((data / folder).glob("*.flac"))}
        for folder in ("noise", "rir")
    )
    return Surroundings(noises, rooms)


def training(rng: np.random.Generator) -> Condition:
    """One more speaker somewhere: drawn once for all that this speaker says."""
    noises = (*TRAINING_NOISES, *COLOURS)
    return Condition(
        rate=float(np.exp(rng.uniform(*np.log(VOICES)))) if rng.random() < 0.85 else 1.0,
        tilt_db=tuple(rng.normal(0, 3, len(TILT_HZ)).tolist()) if rng.random() < 0.7 else (),
        room=str(rng.choice(TRAINING_ROOMS)) if rng.random() < 0.35 else "",
        noise=str(rng.choice(noises)) if rng.random() < 0.55 else "",
        snr_db=float(rng.uniform(5, 30)),
        telephone=bool(rng.random() < 0.2),
    )


def unheard(names: Iterable[str], heard: Iterable[str]) -> list[str]:
    """What is left to measure with."""
    return sorted(set(names) - set(heard))


def changed(
    sound: Floats, condition: Condition, around: Surroundings, rng: np.random.Generator
) -> Floats:
    sound = resampled(sound, condition.rate)
    if condition.room:
        sound = in_room(sound, around.rooms[condition.room])
    if condition.noise:
        noise = around.noises.get(condition.noise)
        if noise is None:
            noise = coloured(len(sound) + RATE, COLOURS[condition.noise], rng)
        sound = with_noise(sound, noise, condition.snr_db, rng)
    if condition.tilt_db:
        sound = tilted(sound, condition.tilt_db)
    if condition.telephone:
        sound = telephoned(sound)
    return np.clip(sound, -FULL, FULL - 1).astype(np.float32)


def resampled(sound: Floats, rate: float) -> Floats:
    places = np.arange(int(len(sound) / rate)) * rate
    return np.asarray(np.interp(places, np.arange(len(sound)), sound), np.float32)


def in_room(sound: Floats, response: Floats) -> Floats:
    response = response / np.sqrt((response**2).sum())
    size = 1 << (len(sound) + len(response) - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(response, size), size)
    first = int(np.argmax(np.abs(response)))
    return np.asarray(wet[first : first + len(sound)], np.float32)


def tilted(sound: Floats, gains_db: tuple[float, ...]) -> Floats:
    """Another microphone."""
    hz = np.fft.rfftfreq(len(sound), 1 / RATE)
    gain_db = np.interp(np.log2(np.maximum(hz, TILT_HZ[0])), np.log2(TILT_HZ), gains_db)
    return _filtered(sound, 10 ** (gain_db / 20))


def telephoned(sound: Floats) -> Floats:
    """300 to 3400 Hz, in the 256 steps of mu-law."""
    hz = np.maximum(np.fft.rfftfreq(len(sound), 1 / RATE), 1)
    gain = 1 / np.sqrt((1 + (280 / hz) ** 8) * (1 + (hz / 3_500) ** 16))
    narrow = np.clip(_filtered(sound, gain) / FULL, -1, 1)
    code = np.round(np.sign(narrow) * np.log1p(255 * np.abs(narrow)) / np.log(256) * 127) / 127
    return np.asarray(np.sign(code) * (256 ** np.abs(code) - 1) / 255 * FULL, np.float32)


def coloured(count: int, slope: float, rng: np.random.Generator) -> Floats:
    hz = np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20)
    return _filtered(rng.normal(size=count).astype(np.float32), hz ** (-slope / 2))


def with_noise(sound: Floats, noise: Floats, snr_db: float, rng: np.random.Generator) -> Floats:
    """`snr_db` against the louder half of the speech."""
    noise = np.resize(noise, max(len(noise), len(sound)))
    first = int(rng.integers(0, len(noise) - len(sound) + 1))
    part = noise[first : first + len(sound)]
    blocks = (sound[: len(sound) // 320 * 320].reshape(-1, 320) ** 2).mean(axis=1)
    speech = float(np.sort(blocks)[len(blocks) // 2 :].mean())
    power = max(float((part**2).mean()), 1e-9)
    return sound + part * np.float32(min(np.sqrt(speech / power / 10 ** (snr_db / 10)), 1e3))


def _filtered(sound: Floats, gain: NDArray[np.float64]) -> Floats:
    return np.asarray(np.fft.irfft(np.fft.rfft(sound) * gain, len(sound)), np.float32)
