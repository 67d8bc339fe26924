from voiceagent.events import Cause
from voiceagent.mind import brief
from voiceagent.parts import Manner


def test_a_turn_of_the_users_needs_no_briefing() -> None:
    assert brief(Manner(instructions="be kind"), Cause.USER) == Manner(instructions="be kind")


def test_a_reply_that_nobody_asked_for_says_why_it_is_made() -> None:
    told = brief(Manner(instructions="be kind"), Cause.IDLE).instructions
    assert told.startswith("be kind\n\n")
    assert "silent" in told
    assert "greet" in brief(Manner(), Cause.GREETING).instructions
