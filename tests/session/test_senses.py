"""What is measured of the user, on its way through a session: its place in time, and who hears."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceagent.hearing import InlineEars
from voiceagent.parts import FRAME_BYTES, SENSES, Cue, Listener, Sample, Sense
from voiceagent.session import House, Session
from voiceagent.session.clock import Tape as Positions
from voiceagent.speaking.cascade import Cascade
from voiceagent.testing import Monotone, Parrot, ScriptedEars, ScriptedListener, Tape, run_virtual

FAST = Sample(0, "heart_rate", 120.0)
STEPS = st.lists(st.tuples(st.sampled_from(["audio", "silence", "jump"]), st.integers(1, 50)))


def test_a_position_counts_the_gaps_before_it() -> None:
    tape = Positions()
    tape.add(1_000)
    tape.jump(5_000)
    tape.add(1_000)
    assert [tape.position_of(at) for at in (0, 999, 1_000, 1_500, 2_000)] == [
        0,
        999,
        5_000,  # what comes behind the gap begins there
        5_500,
        6_000,
    ]
    assert tape.position_of(2_150) == 6_150  # a little ahead of the audio


@given(steps=STEPS, at=st.integers(0, 100_000))
def test_a_position_leads_back_to_the_audio_that_it_came_from(
    steps: list[tuple[str, int]], at: int
) -> None:
    tape = Positions()
    for kind, frames in steps:
        if kind == "jump":
            tape.jump(tape.end + frames * 20)
        else:
            tape.add(frames * 20, appended=kind == "audio")
    oldest = tape._joins[0][1]
    at = oldest + at % (tape.appended - oldest + 1)
    assert tape.appended_at(tape.position_of(at)) == at
    assert tape.position_of(tape.appended) <= tape.end


@dataclass
class Noting:
    """Ears that keep what they are told."""

    told: list[Cue] = field(default_factory=list)

    def listen(self) -> Listener:
        return ScriptedListener([], self.told)


@pytest.mark.parametrize(
    ("feels", "senses", "reaches"),
    [(True, SENSES, True), (False, SENSES, False), (True, (), False)],
)
def test_samples_reach_the_ears_only_where_feelings_are_read(
    feels: bool, senses: tuple[str, ...], reaches: bool
) -> None:
    ear = Noting()

    async def talk() -> None:
        house = House(
            Cascade(Parrot(), Monotone()),
            lambda on_event: InlineEars([ear, ScriptedEars()], on_event),
            senses=senses,
        )
        session = Session(house, Tape())
        session.feels = feels
        async with anyio.create_task_group() as group:
            await group.start(session.run)
            await session.hear(bytes(FRAME_BYTES))
            session.sense((FAST,))
            session.sense(())
            session.close()

    run_virtual(talk)
    assert ear.told == [Sense((FAST,))] * reaches
