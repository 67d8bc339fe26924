"""Rooms that are made here: seeded noise through an exponential response. Nothing is recorded."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from voiceagent.audio import EchoCanceller, bytes_of, dbfs
from voiceagent.errors import ConfigError

Samples = NDArray[np.float64]
RATE = 16_000
BLOCK = bytes_of(20)


def voice(seconds: float, seed: int, db: float = -20.0, rate: int = RATE) -> Samples:
    """What has the pauses and the colour of speech: syllables of noise, most of it low."""
    rng = np.random.default_rng(seed)
    size = round(seconds * rate)
    white = rng.normal(size=size)
    coloured = np.convolve(white, 0.9 ** np.arange(60))[:size]
    syllables = np.repeat(rng.uniform(0, 1, round(seconds * 5) + 1) ** 2, rate // 5)[:size]
    sound = coloured * syllables
    return np.asarray(sound * 10 ** (db / 20) / np.sqrt((sound**2).mean()))


def room(seed: int, rate: int = RATE) -> Samples:
    """A quarter of a second until nothing is left, the direct sound in front."""
    time = np.arange(rate // 4) / rate
    response = np.random.default_rng(seed).normal(size=time.size) * 10 ** (-3 * time / 0.2)
    response[0] = 3.0
    return np.asarray(0.5 * response / np.sqrt((response**2).sum()))


def echo(far: Samples, response: Samples, delay_ms: int, rate: int = RATE) -> Samples:
    bent = np.tanh(far)  # by a small loudspeaker
    size = 1 << (far.size + response.size).bit_length()
    heard = np.fft.irfft(np.fft.rfft(bent, size) * np.fft.rfft(response, size))
    late = np.zeros(delay_ms * rate // 1000)
    return np.asarray(np.concatenate((late, heard))[: far.size])


def hum(size: int, db: float = -60.0) -> Samples:
    return np.random.default_rng(99).normal(size=size) * 10 ** (db / 20)


def pcm(sound: Samples) -> bytes:
    return bytes((sound * 32_768).clip(-32_768, 32_767).astype(np.int16).tobytes())


def cancelled(
    near: Samples, far: Samples, size: int = BLOCK, canceller: EchoCanceller | None = None
) -> bytes:
    canceller = canceller or EchoCanceller(RATE)
    heard, played = pcm(near), pcm(far)
    pieces = range(0, len(heard), size)
    return b"".join(
        canceller.cancel(heard[at : at + size], played[at : at + size]) for at in pieces
    )


def cut(sound: bytes, begin_s: float, end_s: float, rate: int = RATE) -> bytes:
    return sound[bytes_of(begin_s * 1000, rate) : bytes_of(end_s * 1000, rate)]


def quieter(near: Samples, left: bytes, begin_s: float, end_s: float, rate: int = RATE) -> float:
    """By how many decibels."""
    before = dbfs(cut(pcm(near), begin_s, end_s, rate))
    return before - dbfs(cut(left, begin_s, end_s, rate))


def kept(user: Samples, left: bytes, begin_s: float) -> float:
    """How far what is left of the user is above what he did not say, in decibels."""
    begin = round(begin_s * RATE)
    heard = np.frombuffer(left, np.int16)[begin:] / 32_768
    said = user[begin : begin + heard.size]
    return float(10 * np.log10((said**2).sum() / ((heard - said) ** 2).sum()))


# --- the echo ------------------------------------------------------------------------------------


@pytest.mark.parametrize("delay_ms", [0, 20, 60, 120, 200, 300])
def test_the_echo_is_15_decibels_quieter_after_two_seconds(delay_ms: int) -> None:
    far = voice(5, seed=1)
    near = echo(far, room(2), delay_ms) + hum(far.size)
    assert quieter(near, cancelled(near, far), 2, 5) > 15


@pytest.mark.parametrize("rate", [8_000, 24_000, 44_100, 48_000])
def test_every_rate_of_a_device_will_do(rate: int) -> None:
    far = voice(4, seed=1, rate=rate)
    near = echo(far, room(2, rate), 150, rate) + hum(far.size)
    left = cancelled(near, far, bytes_of(20, rate), EchoCanceller(rate))
    assert quieter(near, left, 2, 4, rate) > 15


def test_the_users_voice_survives_over_the_echo() -> None:
    far, user = voice(8, seed=1), voice(8, seed=5)
    user[: 3 * RATE] = 0
    near = echo(far, room(2), 60) + user + hum(far.size)
    left = cancelled(near, far)
    assert kept(user, pcm(near), 3) < 8
    assert kept(user, left, 3) > 18


def test_somebody_who_talks_from_the_beginning_leads_it_astray_neither() -> None:
    far, user = voice(8, seed=1), voice(8, seed=5)
    near = echo(far, room(2), 60) + user
    assert kept(user, cancelled(near, far), 4) > 15


def test_a_changed_path_is_learned_again() -> None:
    far = voice(8, seed=1)
    before, after = echo(far, room(2), 60), echo(far, room(3), 60)
    near = np.concatenate((before[: 5 * RATE], after[5 * RATE :])) + hum(far.size)
    left = cancelled(near, far)
    assert quieter(near, left, 3, 5) > 15
    assert quieter(near, left, 6, 8) > 15


def test_an_echo_that_moves_out_of_reach_is_found_again() -> None:
    far = voice(12, seed=1)
    before, after = echo(far, room(2), 20), echo(far, room(2), 300)
    near = np.concatenate((before[: 5 * RATE], after[5 * RATE :])) + hum(far.size)
    assert quieter(near, cancelled(near, far), 9, 12) > 15


def test_what_was_learned_outlasts_a_silence_of_the_loudspeaker() -> None:
    far = voice(8, seed=1)
    far[4 * RATE : 6 * RATE] = 0
    near = echo(far, room(2), 60) + hum(far.size)
    assert quieter(near, cancelled(near, far), 6, 6.5) > 15


@pytest.mark.parametrize("db", [-20.0, 10.0])
def test_a_faint_echo_and_a_loud_one_are_cancelled(db: float) -> None:
    far = voice(6, seed=1, db=-26)
    near = echo(far, room(2), 60) * 10 ** (db / 20) + hum(far.size, -80)
    assert quieter(near, cancelled(near, far), 3, 6) > 12


# --- what must do no harm ------------------------------------------------------------------------


@pytest.mark.parametrize("dither", [0, 1])
def test_with_no_reference_the_sound_passes_bit_for_bit(dither: int) -> None:
    near = pcm(voice(2, seed=1))
    rng = np.random.default_rng(0)
    far = rng.integers(-dither, dither + 1, len(near) // 2).astype(np.int16) / 32_768
    assert cancelled(np.frombuffer(near, np.int16) / 32_768, far) == near


def test_whole_blocks_come_back_at_once_and_odd_ones_when_they_are_whole() -> None:
    far = voice(1, seed=1)
    near = echo(far, room(2), 60)
    whole = cancelled(near, far)
    assert len(whole) == len(pcm(near))
    for size in (2, 333, 2_000, 100_000):
        assert cancelled(near, far, size) == whole[: len(whole) // 320 * 320]


def test_a_missing_piece_of_the_reference_does_no_lasting_harm() -> None:
    far = voice(8, seed=1)
    near = echo(far, room(2), 60) + hum(far.size)
    told = far.copy()
    told[4 * RATE : 4 * RATE + 2_000] = 0
    canceller = EchoCanceller(RATE)
    left = cancelled(near[: 2 * RATE], far[: 2 * RATE], canceller=canceller)
    left += canceller.cancel(pcm(near[2 * RATE : 2 * RATE + 320]), b"")
    left += cancelled(near[2 * RATE + 320 :], told[2 * RATE + 320 :], canceller=canceller)
    assert len(left) == len(pcm(near))
    assert quieter(near, left, 3, 4) > 15
    assert quieter(near, left, 5, 8) > 15


def test_a_muted_microphone_stays_silent_and_is_as_good_afterwards() -> None:
    far = voice(8, seed=1)
    near = echo(far, room(2), 60) + hum(far.size)
    near[3 * RATE : 5 * RATE] = 0
    left = cancelled(near, far)
    assert not any(cut(left, 3, 5))
    assert quieter(near, left, 5, 6) > 15


def test_a_clipped_microphone_is_as_good_afterwards() -> None:
    far = voice(8, seed=1)
    near = echo(far, room(2), 60) + hum(far.size)
    near[3 * RATE : 4 * RATE] *= 40
    assert quieter(near, cancelled(near, far), 4, 4.5) > 25


def test_a_loudspeaker_that_nobody_hears_costs_the_user_nothing() -> None:
    far, user = voice(6, seed=1), voice(6, seed=5)
    assert kept(user, cancelled(user + hum(far.size), far), 1) > 20


def extremes() -> Sequence[Samples]:
    square = np.where(np.arange(RATE) // 40 % 2, 0.99, -1.0)
    return square, np.ones(RATE), np.zeros(RATE), voice(1, seed=3, db=10)


@pytest.mark.parametrize("turned", [0, 1, 2])
def test_no_sound_however_strange_makes_it_fail_or_howl(turned: int) -> None:
    canceller = EchoCanceller(RATE)
    near, far = extremes(), np.roll(extremes(), turned, 0)
    strange, played = np.concatenate(near), np.concatenate(far)
    assert len(cancelled(strange, played, canceller=canceller)) == len(pcm(strange))
    far = voice(6, seed=1)
    heard = echo(far, room(2), 60) + hum(far.size)
    assert quieter(heard, cancelled(heard, far, canceller=canceller), 4, 6) > 10


@pytest.mark.parametrize("rate", [0, 4_000, 22_050, 96_000])
def test_a_rate_that_it_cannot_work_at_is_named(rate: int) -> None:
    with pytest.raises(ConfigError, match=str(rate)):
        EchoCanceller(rate)
