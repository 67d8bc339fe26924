from __future__ import annotations

import numpy as np
import pytest

from voiceagent.audio import SILENCE_DBFS, dbfs, peak, rms, silence


def pcm(*samples: int) -> bytes:
    return np.array(samples, np.int16).tobytes()


def test_a_full_scale_square_is_0_dbfs_and_half_of_it_6_decibels_less() -> None:
    assert dbfs(pcm(-32_768, -32_768)) == 0.0
    assert dbfs(pcm(16_384, -16_384)) == pytest.approx(-6.02, abs=0.01)
    assert rms(pcm(16_384, -16_384)) == 0.5


def test_silence_has_a_floor_and_so_has_nothing_at_all() -> None:
    assert dbfs(silence(20, 16_000)) == dbfs(b"") == SILENCE_DBFS
    assert rms(b"") == peak(b"") == 0.0


def test_the_peak_sees_the_most_negative_sample() -> None:
    assert peak(pcm(5, -32_768, 7)) == 1.0
    assert peak(pcm(5, 16_384)) == 0.5


def test_loud_blocks_do_not_overflow() -> None:
    assert rms(pcm(*[32_767] * 48_000)) == pytest.approx(1.0, abs=1e-3)


def test_silence_has_the_length_that_was_asked_for() -> None:
    assert silence(20, 24_000) == bytes(960)
