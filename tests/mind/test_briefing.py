from voiceagent.events import Cause
from voiceagent.mind import brief
from voiceagent.parts import UNCLEAR, Manner


def test_a_turn_of_the_users_needs_no_briefing() -> None:
    assert brief(Manner(instructions="be kind"), Cause.USER) == Manner(instructions="be kind")


def test_a_reply_that_nobody_asked_for_says_why_it_is_made() -> None:
    told = brief(Manner(instructions="be kind"), Cause.IDLE).instructions
    assert told.startswith("be kind\n\n")
    assert "silent" in told
    assert "greet" in brief(Manner(), Cause.GREETING).instructions


def test_words_that_were_not_understood_are_asked_for_again() -> None:
    told = brief(Manner(instructions="be kind"), Cause.USER, f"two of {UNCLEAR}").instructions
    assert told.startswith("be kind\n\n")
    assert UNCLEAR in told
    assert "again" in told
