"""Readings in a conversation: to which turn they belong, and what the mind hears of them."""

from __future__ import annotations

from tests.session.talk import Talk
from voiceagent.events import Felt, Reading
from voiceagent.testing import Parrot, says

SAD = Reading({"sad": 0.8, "neutral": 0.1, "happy": 0.05, "angry": 0.05}, -0.6, -0.3, 0.8)
PLAIN = Reading({"sad": 0.1, "neutral": 0.7, "happy": 0.1, "angry": 0.1}, 0.0, 0.0, 0.7)


def test_a_mind_hears_of_a_plain_feeling_and_of_no_other() -> None:
    for reading, told in ((SAD, True), (PLAIN, False)):
        mind = Parrot()
        Talk([*says("hello", 500, 1500), Felt(1580, reading)], mind=mind).run(4)
        assert ("sounds sad (sure)" in mind.asked[0].manner.instructions) is told
        assert mind.asked[0].reading == reading


def test_what_was_felt_is_kept_with_its_turn_even_if_it_was_told_late() -> None:
    talk = Talk([*says("hello", 500, 1500), Felt(1580, PLAIN), Felt(2600, SAD)]).run(4)
    user = next(item for item in talk.session.record.conversation.items if item.role == "user")
    assert user.reading == SAD


def test_what_is_told_late_is_not_taken_for_the_next_turns() -> None:
    hears = [*says("hello", 500, 1500), Felt(2600, SAD), *says("and now", 6000, 7000)]
    talk = Talk(hears).run(9)
    users = [item for item in talk.session.record.conversation.items if item.role == "user"]
    assert [item.reading for item in users] == [SAD, None]


def test_a_session_that_wants_no_readings_has_none() -> None:
    mind = Parrot()
    talk = Talk([*says("hello", 500, 1500), Felt(1580, SAD)], mind=mind)

    async def refuse(own: Talk) -> None:
        own.session.feels = False

    talk.run(4, refuse)
    assert mind.asked[0].reading is None
    assert not talk.tape.of(Felt)
