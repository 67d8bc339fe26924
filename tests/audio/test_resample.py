from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voiceagent.audio import Resampler, dbfs, resample_all, rms

PAIRS = [(24_000, 16_000), (16_000, 24_000), (22_050, 24_000), (48_000, 16_000)]
TELEPHONE = [(8_000, 16_000), (8_000, 24_000), (24_000, 8_000), (16_000, 8_000)]


def tone(hz: float, rate: int, ms: int = 1000) -> bytes:
    at = np.arange(rate * ms // 1000)
    return (np.sin(2 * np.pi * hz * at / rate) * 10_000).astype(np.int16).tobytes()


def samples(pcm: bytes) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.frombuffer(pcm, np.int16).astype(np.int64)


def in_blocks(stream: Resampler, pcm: bytes, size: int) -> bytes:
    out = b"".join(stream.feed(pcm[at : at + size]) for at in range(0, len(pcm), size))
    return out + stream.flush()


@pytest.mark.parametrize(("source", "target"), PAIRS + TELEPHONE)
def test_a_stream_keeps_duration_and_loudness(source: int, target: int) -> None:
    pcm = tone(1000, source)
    out = in_blocks(Resampler(source, target), pcm, source // 50 * 2)
    assert len(out) / 2 / target == pytest.approx(1.0, abs=0.006)
    middle = len(out) // 4 // 2 * 2
    assert dbfs(out[middle : 3 * middle]) == pytest.approx(dbfs(pcm), abs=0.1)


@pytest.mark.parametrize(("source", "target"), TELEPHONE)
def test_the_telephone_comes_out_evenly_in_every_frame(source: int, target: int) -> None:
    stream = Resampler(source, target)
    assert {len(stream.feed(bytes(source // 50 * 2))) for _ in range(20)} == {target // 50 * 2}


def test_what_the_lower_rate_cannot_hold_does_not_come_back_as_something_else() -> None:
    for source, target in ((24_000, 16_000), (24_000, 8_000)):
        out = in_blocks(Resampler(source, target), tone(target * 0.6, source), 960)
        assert rms(out[2000:-2000]) < rms(tone(1000, source)) / 300


@settings(max_examples=30)
@given(st.sampled_from(PAIRS + TELEPHONE), st.lists(st.integers(1, 4001), min_size=1, max_size=5))
def test_the_blocks_may_be_cut_anywhere_even_inside_a_sample(
    rates: tuple[int, int], sizes: list[int]
) -> None:
    pcm = tone(440, rates[0], 200)
    stream, out, at = Resampler(*rates), b"", 0
    for turn in range(len(pcm)):
        if at >= len(pcm):
            break
        size = sizes[turn % len(sizes)]
        out += stream.feed(pcm[at : at + size])
        at += size
    cut, whole = samples(out + stream.flush()), samples(in_blocks(Resampler(*rates), pcm, len(pcm)))
    assert cut.size == whole.size
    assert np.abs(cut - whole).max() <= 3  # soxr dithers


def test_equal_rates_pass_the_very_same_bytes() -> None:
    stream, pcm = Resampler(16_000, 16_000), tone(440, 16_000, 20)
    assert stream.feed(pcm) is pcm
    assert resample_all(pcm, 16_000, 16_000) is pcm
    assert stream.flush() == b""


@pytest.mark.parametrize("rates", [(24_000, 16_000), (8_000, 16_000)])
def test_after_a_reset_or_a_flush_nothing_of_the_old_stream_is_heard(
    rates: tuple[int, int],
) -> None:
    stream, quiet = Resampler(*rates), bytes(4800)
    stream.feed(tone(440, rates[0]))
    stream.reset()
    assert np.abs(samples(in_blocks(stream, quiet, 960))).max() <= 1  # soxr dithers
    stream.feed(tone(440, rates[0]) + b"\1")
    stream.flush()
    assert np.abs(samples(in_blocks(stream, quiet, 960))).max() <= 1  # soxr dithers


def test_a_whole_clip_has_no_delay_and_no_loss() -> None:
    out = resample_all(tone(1000, 16_000), 16_000, 24_000)
    assert len(out) == 48_000
    assert np.abs(samples(out) - samples(tone(1000, 24_000)))[500:-500].max() < 10
    assert resample_all(b"", 16_000, 24_000) == b""


@pytest.mark.parametrize("rates", [(24_000, 16_000), (8_000, 16_000)])
def test_a_square_wave_at_full_scale_clips_and_does_not_wrap(rates: tuple[int, int]) -> None:
    wave = np.where(np.arange(rates[0]) // 40 % 2, 32_767, -32_768).astype(np.int16)
    out = samples(in_blocks(Resampler(*rates), wave.tobytes(), 960))
    swing = 80 * rates[1] // rates[0]
    middle = out[4000 : 4000 + 10 * swing]
    assert np.count_nonzero(np.diff(middle > 0)) in (19, 20)  # two a period
    assert np.abs(middle).max() >= 32_767


@pytest.mark.parametrize("rates", [(24_000, 16_000), (8_000, 16_000), (44_100, 16_000)])
def test_nothing_in_is_nothing_out(rates: tuple[int, int]) -> None:
    assert Resampler(*rates).flush() == b""


@pytest.mark.parametrize("rates", [(24_000, 16_000), (48_000, 16_000), (16_000, 24_000)])
def test_a_block_of_20_ms_comes_out_as_20_ms_at_once(rates: tuple[int, int]) -> None:
    resampler = Resampler(*rates)
    sizes = [len(resampler.feed(bytes(rates[0] // 50 * 2))) for _ in range(4)]
    assert sizes == [rates[1] // 50 * 2] * 4
