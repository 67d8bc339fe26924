"""What a plain feeling of the user's changes in an answer, and that nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from models.skills import actions
from models.skills.adapter import Options, SkillsMind, build
from voiceagent.events import NO_READING, Cause, Reading
from voiceagent.hearing.feelings import reasons
from voiceagent.parts import Asked, Phrase, Said
from voiceagent.style import Style

SAD = Reading(
    {"sad": 0.8, "neutral": 0.1, "happy": 0.05, "angry": 0.05},
    *(-0.6, -0.3, 0.7),
    ("sorrowful",),
    ("lower by 3 semitones than your usual; the words agree",),
)
HEARD_ONLY = replace(SAD, reasons=("lower by 3 semitones than your usual",))
CLASH = replace(SAD, reasons=("the words say happy: voice and words do not agree",))
PLAIN = replace(SAD, labels={"neutral": 0.6, "sad": 0.2, "happy": 0.1, "angry": 0.1})
TASK = "what can you do"


@pytest.fixture(scope="module")
def mind() -> SkillsMind:
    return build(Options())


def answer(mind: SkillsMind, reading: Reading | None, text: str = TASK, *before: Said) -> Phrase:
    asked = Asked(Cause.USER, (*before, Said("user", text, reading)), words=text, reading=reading)
    return mind.answer(asked)


@pytest.mark.parametrize("reading", [NO_READING, PLAIN, replace(SAD, confidence=0.3)])
def test_a_plain_voice_gets_the_same_answer_as_no_reading_at_all(
    mind: SkillsMind, reading: Reading
) -> None:
    assert answer(mind, reading) == answer(mind, None)


def test_a_sad_voice_is_answered_tenderly_and_its_question_as_ever(mind: SkillsMind) -> None:
    told = answer(mind, HEARD_ONLY)
    assert told.style == Style(emotion="tender", intensity=0.4)
    assert told.text == answer(mind, None).text
    assert answer(mind, CLASH).text == told.text


def test_words_that_say_it_too_get_a_kind_word_before_the_answer(mind: SkillsMind) -> None:
    plain = answer(mind, None).text
    told = answer(mind, SAD).text
    assert told != plain
    assert told.endswith(plain)
    assert "sorry" in told


def test_a_kind_word_is_not_said_at_every_turn(mind: SkillsMind) -> None:
    before = Said("user", "i am so sad", SAD), Said("assistant", "I am sorry to hear that.")
    assert "sorry to hear" not in answer(mind, SAD, TASK, *before).text


def test_a_kind_word_is_in_the_users_language(mind: SkillsMind) -> None:
    told = answer(mind, replace(SAD, reasons=("话里也是这样",)), "你会做什么")
    assert told.text.startswith(("听到这个我很难过。", "那一定不好受。"))


ASKED = "how do i sound"


def test_who_asks_how_they_sound_is_told_what_was_heard_and_by_what(mind: SkillsMind) -> None:
    told = answer(mind, HEARD_ONLY, ASKED).text
    assert "sad" in told
    assert told.endswith(": lower than your usual.")
    assert "semitones" not in told, "figures are for those who read"


def test_who_asks_in_mandarin_is_told_in_mandarin(mind: SkillsMind) -> None:
    reading = replace(SAD, reasons=("比你平常音调更低",))
    told = answer(mind, reading, "我听起来怎么样").text
    assert "难过" in told
    assert "音调更低" in told


def test_it_speaks_of_feelings_and_of_no_reason_in_the_words_of_the_ears() -> None:
    assert actions.NAMES_ZH == reasons.NAMES_ZH
    assert set(actions.NOTHING) == set(reasons.NOTHING.values())


def test_where_nothing_was_heard_nothing_is_claimed(mind: SkillsMind) -> None:
    for reading in (None, NO_READING):
        told = answer(mind, reading, ASKED).text
        assert "sound " not in told
        assert "cannot tell" in told or "not sure" in told


def test_a_short_question_is_answered_by_the_turn_before_it(mind: SkillsMind) -> None:
    before = Said("user", "what time is it", HEARD_ONLY), Said("assistant", "It is noon.")
    assert "sad" in answer(mind, NO_READING, ASKED, *before).text
