"""The ears of a session know what its user's loudspeaker plays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import anyio
import numpy as np

from voiceagent.events import Event, ReplyAsked
from voiceagent.hearing import InlineEars
from voiceagent.parts import FRAME_BYTES, FRAME_MS, Cue, Frame, Phrase
from voiceagent.session import House, Session
from voiceagent.speaking.cascade import Cascade
from voiceagent.testing import Monotone, Parrot, Tape, run_virtual

LEVEL = 8_000


class Ear:
    """Keeps what it is fed."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []

    def listen(self) -> Ear:
        return self

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        self.frames.append(frame)
        return ()

    def tell(self, cue: Cue) -> Iterable[Event]:
        return ()


def test_every_frame_comes_with_what_is_played_while_it_is_recorded() -> None:
    async def talk() -> None:
        ear, tape = Ear(), Tape()
        words = "a few words"
        house = House(
            Cascade(Parrot([Phrase(words)]), Monotone(level=LEVEL)),
            lambda on_event: InlineEars([ear], on_event),
        )
        session = Session(house, tape)
        tape.living = session.replies.living
        async with anyio.create_task_group() as group:
            await group.start(session.run)
            for at in range(0, 2_000, FRAME_MS):
                if at == 500:
                    session.happen(ReplyAsked(session.now()))
                await anyio.sleep(FRAME_MS / 1000)
                await session.hear(bytes(FRAME_BYTES))
            session.close()
        played = [f.at for f in ear.frames if f.reference and _level(f.reference) > LEVEL // 2]
        begin, length = tape.played[0][0], len(words) * 60
        assert abs(played[0] - begin) <= FRAME_MS
        assert abs(played[-1] + FRAME_MS - played[0] - length) <= FRAME_MS
        assert all(f.reference is None for f in ear.frames if f.at > begin + length + FRAME_MS)

    run_virtual(talk)


def _level(pcm: bytes) -> float:
    return float(np.median(np.abs(np.frombuffer(pcm, np.int16).astype(np.int32))))
