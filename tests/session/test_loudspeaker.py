"""What was handed out is what the microphone may hear, at the time at which it is played."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio
import numpy as np
import pytest

from voiceagent.hearing import InlineEars
from voiceagent.parts import FRAME_BYTES, FRAME_MS, Frame
from voiceagent.session.clock import Clock
from voiceagent.session.link import Piece
from voiceagent.session.listening import Listening
from voiceagent.session.loudspeaker import KEEP_MS, PER_MS, Loudspeaker
from voiceagent.testing import Tape, run_virtual

LEVEL = 5_000


def sound(ms: int, rate: int = 24_000, level: int = LEVEL) -> bytes:
    return level.to_bytes(2, "little", signed=True) * (ms * rate // 1000)


def heard(loudspeaker: Loudspeaker, begin: int, end: int) -> list[int]:
    """The positions of the frames in which something is played."""
    frames = [(at, loudspeaker.at(at)) for at in range(begin, end, FRAME_MS)]
    return [at for at, pcm in frames if pcm is not None and level(pcm) > LEVEL // 2]


def level(pcm: bytes) -> int:
    return int(np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)).max())


def run(work: Callable[[], Awaitable[None]]) -> None:
    run_virtual(work)


def test_pieces_play_one_after_the_other_however_far_ahead_they_are_handed_out() -> None:
    async def work() -> None:
        loudspeaker = Loudspeaker(Tape(), Clock())
        await anyio.sleep(1)
        for _ in range(5):
            await loudspeaker.play(Piece(1, sound(40)))
        assert heard(loudspeaker, 0, 2_000) == list(range(1_000, 1_200, FRAME_MS))
        assert loudspeaker.at(1_200) is None

    run(work)


def test_the_way_to_the_far_end_delays_it() -> None:
    async def work() -> None:
        loudspeaker = Loudspeaker(Tape(delay_ms=100), Clock())
        await loudspeaker.play(Piece(1, sound(40)))
        assert heard(loudspeaker, 0, 400) == [100, 120]

    run(work)


def test_after_a_silence_it_plays_where_it_is_handed_out() -> None:
    async def work() -> None:
        loudspeaker = Loudspeaker(Tape(), Clock())
        await loudspeaker.play(Piece(1, sound(40)))
        await anyio.sleep(0.5)
        await loudspeaker.play(Piece(1, sound(40)))
        assert heard(loudspeaker, 0, 1_000) == [0, 20, 40, 500, 520]  # a filter's tail at 40
        assert loudspeaker.at(540) is None

    run(work)


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000, 48_000])
def test_its_positions_do_not_drift_whatever_the_rate(rate: int) -> None:
    async def work() -> None:
        loudspeaker = Loudspeaker(Tape(rate=rate), Clock())
        for _ in range(500):
            await loudspeaker.play(Piece(1, sound(20, rate)))
            await anyio.sleep(0.02)
        await loudspeaker.play(Piece(1, sound(100, rate, level=-LEVEL)))
        frame = loudspeaker.at(10_040)
        assert frame is not None
        assert np.median(np.frombuffer(frame, np.int16)) == pytest.approx(-LEVEL, abs=50)

    run(work)


def test_it_keeps_no_more_than_two_seconds() -> None:
    async def work() -> None:
        loudspeaker = Loudspeaker(Tape(), Clock())
        for _ in range(300):
            await loudspeaker.play(Piece(1, sound(40)))
            await anyio.sleep(0.04)
        assert loudspeaker.at(12_000 - KEEP_MS - 100) is None
        assert loudspeaker.at(12_000 - KEEP_MS + 100) is not None
        assert len(loudspeaker._sound) <= (KEEP_MS + 2 * FRAME_MS) * PER_MS

    run(work)


def test_what_is_not_written_or_not_for_the_user_is_not_played() -> None:
    async def work() -> None:
        loudspeaker = Loudspeaker(Tape(living=lambda reply: reply != 2), Clock())
        assert not await loudspeaker.play(Piece(2, sound(40)))
        assert await loudspeaker.play(Piece(-1, sound(40)))
        assert await loudspeaker.play(Piece(1, text="words"))
        assert loudspeaker.at(0) is None

    run(work)


def test_the_ears_get_it_with_the_frame_that_it_belongs_to() -> None:
    async def work() -> None:
        clock, frames = Clock(), []

        class Ear:
            def listen(self) -> Ear:
                return self

            def feed(self, frame: Frame, seen: object) -> tuple[()]:
                frames.append(frame)
                return ()

            def tell(self, cue: object) -> tuple[()]:
                return ()

        loudspeaker = Loudspeaker(Tape(), clock)
        ears = InlineEars([Ear()], lambda event: None)
        listening = Listening(ears, clock, 400, loudspeaker.at)
        for at in range(0, 200, FRAME_MS):
            if at == 100:
                await loudspeaker.play(Piece(1, sound(60)))
            await anyio.sleep(FRAME_MS / 1000)
            for near in listening.take(bytes(FRAME_BYTES), talking=False):
                await listening.listen(near)
        played = [f.at for f in frames if f.reference is not None and level(f.reference) > 2_500]
        assert played == [100, 120, 140]

    run(work)
