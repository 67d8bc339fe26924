"""What the mind does with a voice that sings, whispers, laughs and feels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models.skills.adapter import SkillsMind
from models.skills.book import read_book
from tests.models.skills.test_adapter import last, talk
from tests.models.skills.test_book import GOOD, read
from voiceagent.style import Style

BIRTHDAY = Style(mode="sing", melody="happy birthday")


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("sing happy birthday to Ada", "dear Ada,"),
        ("please sing happy birthday to Ada for me", "dear Ada,"),
        ("Can you sing happy birthday?", "dear my friend,"),
        ("给小明唱生日快乐歌", "祝小明生日快乐"),
    ],
)
def test_it_sings_happy_birthday_to_whoever_is_named(
    mind: SkillsMind, words: str, name: str
) -> None:
    sung = last(mind, words)
    assert sung.style == BIRTHDAY
    assert name in sung.text


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("sing a song", {"mode": "sing", "melody": "are you sleeping"}),
        ("给我唱首歌", {"mode": "sing", "melody": "are you sleeping"}),
        ("rap something", {"mode": "rap", "bpm": 95}),
        ("来段说唱", {"mode": "rap", "bpm": 95}),
        ("hum a tune", {"mode": "hum", "melody": "twinkle twinkle little star"}),
        ("shout", {"mode": "shout"}),
    ],
)
def test_a_wish_for_a_way_of_speaking_is_done_once(
    mind: SkillsMind, words: str, fields: dict[str, Any]
) -> None:
    done, after = talk(mind, words, "what time is it")
    assert done.style == Style(**fields)
    assert after.style == Style()


def test_it_laughs_and_sighs(mind: SkillsMind) -> None:
    laughs, after, sighs = talk(mind, "laugh", "what time is it", "叹口气")
    assert (laughs.sounds, after.sounds, sighs.sounds) == (("laugh",), (), ("sigh",))


def test_it_whispers_until_it_is_told_not_to(mind: SkillsMind) -> None:
    whispers, time, usual = talk(mind, "whisper", "what time is it", "speak normally")
    assert [phrase.style.mode for phrase in (whispers, time, usual)] == [
        *("whisper", "whisper", "speak"),
    ]


def test_it_says_again_sadly_what_it_said(mind: SkillsMind) -> None:
    time, sadly, slower = talk(mind, "what time is it", "say it sadly", "say that again slower")
    assert sadly.text == time.text == slower.text
    assert (sadly.style.emotion, slower.style.emotion) == ("sad", "neutral")
    assert last(mind, "say it sadly").text == "I have nothing to say sadly yet."


def test_what_the_shipped_skills_sing_has_a_tune_and_words() -> None:
    skills = read_book(["everyday"]).skills.values()
    assert {"sing", "rap", "hum", "shout"} <= {skill.once.get("mode") for skill in skills}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("once: {mode: yodel}", "skills.taste.once.mode is 'yodel'; choose one of"),
        ("once: {tune: twinkle}", "skills.taste.once.tune is not known"),
        ("once: {bpm: 7}", "skills.taste.once.bpm is 7; it must be"),
        ("style: {emotion: odd}", "skills.taste.style.emotion is 'odd'; choose one of"),
        ("sounds: [burp]", "skills.taste.sounds must be a list of: laugh, sigh, breath"),
        ("sounds: laugh", "skills.taste.sounds must be a list of"),
    ],
)
def test_a_mistake_in_a_manner_is_told(tmp_path: Path, line: str, told: str) -> None:
    assert told in read(tmp_path, GOOD.replace("    replies", f"    {line}\n    replies", 1))
