import re
from dataclasses import replace

from voiceagent.events import Cause
from voiceagent.mind import brief
from voiceagent.mind.briefing import tell_tags
from voiceagent.parts import EVERY_STYLE, UNCLEAR, Manner, Styles
from voiceagent.speaking.tags import Tag, tagged


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


def test_the_mind_is_told_the_tags_that_the_voice_can_make_something_of() -> None:
    can = Styles(("neutral", "sad"), ("speak", "sing"), ("laugh",), pace=(0.5, 2.0))
    told = tell_tags(Manner(instructions="Be kind."), can).instructions
    assert told.startswith("Be kind.\n\n")
    assert "[sad] [sing] [laugh] [slow] [fast]" in told
    assert "[neutral]" not in told
    assert "[lang" not in told


def test_of_a_plain_voice_it_is_told_nothing() -> None:
    kind = Manner(instructions="Be kind.")
    assert tell_tags(kind, Styles()) == tell_tags(kind, Styles(pace=(0.5, 2.0))) == kind


def test_every_tag_that_it_is_told_is_one() -> None:
    told = tell_tags(Manner(), replace(EVERY_STYLE, languages=("en", "yue"))).instructions
    tags = re.findall(r"\[[^\]]+\]", told)
    assert len(tags) > 15
    assert all(isinstance(tagged(tag)[0], Tag) for tag in tags)
