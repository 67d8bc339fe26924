"""A mistake in a file of skills is told by file and key."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.skills.adapter import Options, build
from models.skills.book import read_book
from voiceagent.config import PartSpec, build_part
from voiceagent.errors import ConfigError

GOOD = """\
slots: {fruit: apple | pear}
skills:
  taste:
    examples: {en: "i like {fruit}", zh: 我喜欢水果}
    replies: {en: So do I., zh: 我也是。}
"""


def read(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        read_book(["everyday", str(path)])
    return str(caught.value)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("    replies:", "    replys:", "mine.yaml: skills.taste.replys is not known; did you"),
        ("skills:", "skils:", "mine.yaml: skils is not known; did you mean 'skills'?"),
        ("{fruit}", "{froot}", "mine.yaml: skills.taste.examples.en has the slot {froot}"),
        ("So do I.", '"{time}"', "mine.yaml: skills.taste.replies.en has the slot {time}"),
        (", zh: 我也是。", "", "mine.yaml: skills.taste.replies.zh is missing"),
        ("So do I.", "yes", "mine.yaml: skills.taste.replies.en must be text; put it in quotes"),
        ("  taste:", "  yes:", "mine.yaml: skills.True is no text as a key; put it in quotes"),
        ("  taste:", "  time:", "mine.yaml: skills.time is already in everyday.yaml"),
        ("  taste:", "  other:", "mine.yaml: skills.other is already in use by the mind"),
        ("apple | pear", "apple | ", "mine.yaml: slots.fruit has nothing between two bars"),
        ("apple | pear", "苹果", "mine.yaml: slots.fruit needs a word in Latin letters"),
        ("    replies", "    action: fly\n    replies", "mine.yaml: skills.taste.action.fly is"),
        ("    replies", "    action: 3\n    replies", "mine.yaml: skills.taste.action must be"),
        ("    replies", "    action: spell\n    replies", "skills.taste.otherwise is missing"),
        ("    replies", "    style: {pace: x}\n    replies", "skills.taste.style.pace must be"),
        ("    replies", "    style: {mood: 1}\n    replies", "skills.taste.style.mood is not"),
        ("    replies", "    expects: song\n    replies", "skills.taste.expects must be one of"),
        ("i like {fruit}", "...", "mine.yaml: skills.taste.examples.en has no words in '...'"),
        ("i like {fruit}", "i like }", "examples.en has a brace without its partner"),
        ("skills:", "sentences: {hello: {en: a, zh: 你}}\nskills:", "sentences.hello is not known"),
        ("skills:", "slots: {a: b}\nskills:", "mine.yaml: line 2: 'slots' again"),
        ("skills:", "skills: [", "mine.yaml: line "),
    ],
)
def test_a_mistake_is_told(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert told in read(tmp_path, GOOD.replace(old, new, 1))


def test_what_is_no_mapping_is_told(tmp_path: Path) -> None:
    assert "mine.yaml: must be keys and values" in read(tmp_path, "- a list")


def test_a_file_alone_needs_the_minds_own_sentences(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.yaml: sentences\.greeting is missing"):
        read_book([str(path)])


def test_a_file_that_is_not_there_is_told() -> None:
    with pytest.raises(ConfigError, match=r"shipped are: .*everyday"):
        read_book(["evryday"])


def test_skills_of_ones_own_go_beside_the_shipped_ones(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(GOOD, encoding="utf-8")
    mind = build(Options(("everyday", str(path))))
    assert {"i like apple", "i like pear", "what time is it"} <= {*mind.phrases()}
    assert mind.understanding.guess("i like pear")[0].label == "taste"


def test_a_profile_can_name_it() -> None:
    part = build_part(PartSpec("skills", {"unsure_below": 0.5}))
    assert hasattr(part, "think")
    with pytest.raises(ConfigError, match="unsure_below"):
        build_part(PartSpec("skills", {"unsure_below": 1.5}))


def test_phrases_are_english_words() -> None:
    phrases = build(Options()).phrases()
    assert len(phrases) > 1000
    assert all(phrase.isascii() and "{" not in phrase for phrase in phrases)
