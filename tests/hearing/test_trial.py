"""How long and how loud speech is, beside how loud its speaker usually is."""

from __future__ import annotations

import pytest

from tests.hearing.test_overlap import tone
from voiceagent.hearing.trial import GAP_MS, LONGEST_MS, Levels, Usual, loud
from voiceagent.parts import FRAME_BYTES, FRAME_MS, Frame


def hear(levels: Levels, begin: int, end: int, db: float, playing: bool = False) -> None:
    reference = bytes(FRAME_BYTES) if playing else None
    for at in range(begin, end, FRAME_MS):
        levels.hear(Frame(at, tone(db), reference))


def say(levels: Levels, begin: int, end: int, db: float, playing: bool = False) -> None:
    """Speech that the detector knows of 100 ms after it began, and after it ended."""
    hear(levels, begin, begin + 100, db, playing)
    levels.start(begin, fresh=False)
    hear(levels, begin + 100, end, db, playing)
    hear(levels, end, end + 100, -90.0, playing)
    levels.stop(end)


def test_the_level_of_speech_is_that_of_its_loud_quarter() -> None:
    assert loud([-60.0] * 60 + [-20.0] * 40) == -20.0


def test_the_usual_level_forgets_one_odd_turn_and_follows_a_lasting_change() -> None:
    usual = Usual()
    assert usual.level_db is None
    for db in (-26.0, -26.0, -60.0):
        usual.hear(db)
    assert usual.level_db == -26.0
    for _ in range(8):
        usual.hear(-40.0)
    assert usual.level_db == -40.0


def test_only_speech_while_the_agent_is_silent_tells_how_loud_the_user_is() -> None:
    levels = Levels()
    say(levels, 0, 1_000, -30.0, playing=True)
    say(levels, 2_000, 2_200, -30.0)
    assert levels.usual.level_db is None, "too short, or over the agent"
    say(levels, 3_000, 4_000, -30.0)
    assert levels.usual.level_db == pytest.approx(-30.0, abs=0.1)


def test_what_lay_before_the_speech_was_noticed_is_measured_too() -> None:
    levels = Levels()
    say(levels, 0, 1_000, -26.0)
    hear(levels, 1_100, 2_000, -90.0)
    hear(levels, 2_000, 2_100, -20.0, playing=True)
    levels.start(2_000, fresh=False)
    assert levels.beside_usual_db() == pytest.approx(6.0, abs=0.1)


def test_speech_over_the_agent_goes_on_after_a_short_gap_and_not_after_a_long_one() -> None:
    for gap, ms in ((GAP_MS, 400), (GAP_MS + FRAME_MS, 0)):
        levels = Levels()
        say(levels, 0, 400, -26.0, playing=True)
        hear(levels, 500, 400 + gap, -90.0, playing=True)
        assert levels.start(400 + gap, fresh=False).ms(400 + gap) == ms


def test_what_was_passed_over_does_not_count() -> None:
    levels = Levels()
    hear(levels, 0, 100, -26.0, playing=True)
    levels.start(0, fresh=False)
    levels.pass_over(800)
    assert levels.stretch is not None
    assert levels.stretch.over
    assert levels.stretch.ms(1_000) == 200


def test_a_television_costs_no_more_memory_the_longer_it_talks() -> None:
    levels = Levels()
    hear(levels, 0, 100, -26.0)
    levels.start(0, fresh=False)
    hear(levels, 100, 60_000, -26.0)
    assert levels.stretch is not None
    assert len(levels.stretch.levels) <= LONGEST_MS // FRAME_MS
