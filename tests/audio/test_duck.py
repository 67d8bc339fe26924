from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.audio import DUCK_DB, DUCK_MS, FADE_MS, RESTORE_MS, SILENT_DB, Gain

RATE = 24_000
FLAT = np.full(RATE // 10, 10_000, np.int16).tobytes()  # 100 ms of one value: a click is a step


def values(pcm: bytes) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.frombuffer(pcm, np.int16).astype(np.int64)


def test_at_unity_the_very_same_bytes_pass() -> None:
    gain = Gain(RATE)
    assert gain.apply(FLAT) is FLAT
    gain.to(DUCK_DB, DUCK_MS)
    gain.apply(FLAT)
    gain.to(0, RESTORE_MS)
    gain.apply(FLAT)
    assert gain.apply(FLAT) is FLAT


def test_a_duck_is_down_by_12_decibels_after_20_ms_and_back_after_40() -> None:
    gain = Gain(RATE)
    gain.to(DUCK_DB, DUCK_MS)
    ducked = values(gain.apply(FLAT))
    assert ducked[479] == ducked[-1] == 2512
    assert ducked[470] > 2512
    gain.to(0, RESTORE_MS)
    back = values(gain.apply(FLAT))
    assert back[959] == back[-1] == 10_000
    assert back[950] < 10_000


def test_a_fade_out_ends_in_silence_and_a_fade_in_begins_there() -> None:
    gain = Gain(RATE)
    gain.to(SILENT_DB, FADE_MS)
    faded = values(gain.apply(FLAT))
    assert faded[:119].min() > 0
    assert not faded[119:].any()
    assert gain.apply(FLAT) == bytes(len(FLAT))
    gain.to(0, FADE_MS)
    assert values(gain.apply(FLAT))[[0, 119]].tolist() == [83, 10_000]


def test_a_gain_over_no_time_is_there_at_once() -> None:
    gain = Gain(RATE)
    gain.to(-6.0206, 0)
    assert set(values(gain.apply(FLAT))) == {5000}


def test_more_than_unity_clips_and_does_not_wrap() -> None:
    gain = Gain(RATE)
    gain.to(20, 0)
    assert set(values(gain.apply(FLAT))) == {32_767}


Moves = st.lists(
    st.tuples(st.sampled_from([0.0, DUCK_DB, SILENT_DB, -3.0]), st.integers(5, 40)), max_size=4
)


@given(Moves, st.integers(1, 3000))
def test_the_gain_never_jumps_and_does_not_depend_on_the_blocks(
    moves: list[tuple[float, int]], size: int
) -> None:
    whole, cut = Gain(RATE), Gain(RATE)
    heard: list[int] = [10_000]
    for gain_db, over_ms in moves:
        whole.to(gain_db, over_ms)
        cut.to(gain_db, over_ms)
        out = values(whole.apply(FLAT[:2000]))  # often less than the ramp
        pieces = [cut.apply(FLAT[at : min(at + size * 2, 2000)]) for at in range(0, 2000, size * 2)]
        assert np.abs(values(b"".join(pieces)) - out).max() <= 1
        heard += out.tolist()
    assert np.abs(np.diff(heard)).max(initial=0) <= 10_000 / (5 * RATE / 1000) + 1


def test_the_same_gain_again_starts_no_ramp() -> None:
    gain = Gain(RATE)
    gain.to(0, 20)
    assert not gain.ramping
    assert gain.apply(FLAT) is FLAT
    gain.to(DUCK_DB, 20)
    assert gain.ramping
    assert gain.apply(FLAT)[-2:] == gain.apply(FLAT)[:2]
    assert values(gain.apply(FLAT))[0] == pytest.approx(2512)
