from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from voiceagent.audio import Framer, bytes_of, ms_of
from voiceagent.parts import FRAME_BYTES


def test_a_block_of_two_and_a_half_frames_gives_two_and_keeps_the_rest() -> None:
    framer = Framer()
    assert [len(frame) for frame in framer.feed(b"\1" * (FRAME_BYTES * 5 // 2))] == [640, 640]
    assert framer.pending_bytes == FRAME_BYTES // 2
    assert len(framer.feed(b"\1" * (FRAME_BYTES // 2))) == 1
    assert framer.flush() == []


def test_a_flush_fills_the_last_frame_with_silence() -> None:
    framer = Framer()
    framer.feed(b"\1\1\1\1\1")
    assert framer.flush() == [b"\1\1\1\1" + bytes(FRAME_BYTES - 4)]
    assert framer.flush() == []


@given(st.lists(st.binary(max_size=2000), max_size=8))
def test_no_byte_is_lost_or_moved_however_the_blocks_are_cut(blocks: list[bytes]) -> None:
    framer = Framer()
    frames = [frame for block in blocks for frame in framer.feed(block)]
    whole = b"".join(blocks)
    assert all(len(frame) == FRAME_BYTES for frame in frames)
    assert whole.startswith(b"".join(frames))
    assert len(whole) - len(b"".join(frames)) == framer.pending_bytes < FRAME_BYTES


@given(st.integers(0, 10_000_000), st.sampled_from([8_000, 16_000, 22_050, 24_000, 48_000]))
def test_milliseconds_survive_the_way_to_bytes_and_back(ms: int, rate: int) -> None:
    assert bytes_of(ms, rate) % 2 == 0
    assert abs(ms_of(bytes_of(ms, rate), rate) - ms) <= 1
    if rate % 1000 == 0:
        assert ms_of(bytes_of(ms, rate), rate) == ms
