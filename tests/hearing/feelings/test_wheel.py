"""The open vocabulary: words to families, families to our emotion words."""

from __future__ import annotations

from typing import Any

import pytest

from voiceagent.errors import ConfigError
from voiceagent.hearing.feelings.data import LANGUAGES
from voiceagent.hearing.feelings.wheel import Wheel, wheel
from voiceagent.style import EMOTIONS


def test_the_wheel_has_many_words_in_each_language_and_every_emotion_on_it() -> None:
    words = wheel().words
    assert sum(word.isascii() for word in words) >= 150
    assert sum(not word.isascii() for word in words) >= 150
    for emotion in EMOTIONS:
        assert all(wheel().of_emotion(emotion, language) for language in LANGUAGES)


def test_every_word_is_its_own_normal_form() -> None:
    for word in wheel().words:
        assert wheel().normal(word) == word, word


@pytest.mark.parametrize(
    ("form", "word", "emotion"),
    [
        ("Happiness", "happy", "happy"),
        ("happily", "happy", "happy"),
        ("worrying", "worried", "fearful"),
        ("Worries", "worried", "fearful"),
        ("sadly", "sad", "sad"),
        ("SADNESS", "sad", "sad"),
        ("exciting", "excited", "excited"),
        ("annoying.", "annoyed", "angry"),
        ("let_down", "let down", "sad"),
        ("grief", "grieving", "sad"),
        ("tears", "tearful", "sad"),
        ("startling", "startled", "surprised"),
        ("非常高兴", "高兴", "happy"),
        ("有点担心的", "担心", "fearful"),
        ("伤心极了", "伤心", "sad"),
    ],
)
def test_inflected_words_come_to_their_base(form: str, word: str, emotion: str) -> None:
    assert (wheel().normal(form), wheel().emotion(form)) == (word, emotion)


@pytest.mark.parametrize("word", ["table", "ten", "hop", "", "...", "桌子", "很", "sa", "fast"])
def test_what_is_out_of_the_vocabulary_is_dropped(word: str) -> None:
    assert wheel().normal(word) is None
    assert wheel().emotion(word) is wheel().ring(word) is None


def test_synonyms_share_a_family_and_families_an_emotion() -> None:
    on = wheel()
    assert on.ring("furious") == on.ring("enraged") != on.ring("annoyed")
    assert on.emotion("furious") == on.emotion("annoyed") == "angry"
    assert on.ring("高兴") == on.ring("happy")


def test_a_mixture_lies_between_its_emotions() -> None:
    on = wheel()
    happy, sad = on.place({"happy": 1.0}), on.place({"sad": 1.0})
    assert happy[0] > 0.5
    assert sad[0] < -0.5
    middle = on.place({"happy": 0.5, "sad": 0.5})
    assert middle == pytest.approx(((happy[0] + sad[0]) / 2, (happy[1] + sad[1]) / 2))


def test_the_nearest_family_goes_by_valence_and_arousal() -> None:
    furious, annoyed = (wheel().near("angry", -0.5, arousal) for arousal in (0.9, 0.4))
    assert furious is not None
    assert annoyed is not None
    assert (furious.name, annoyed.name) == ("furious", "annoyed")


def families(**more: Any) -> dict[str, Any]:
    one = {"at": [0, 0], "en": "", "zh": ""}
    return {name: {f"of_{name}": dict(one, en=f"word {name}")} for name in EMOTIONS} | more


@pytest.mark.parametrize(
    ("data", "wrong"),
    [
        ({"wheel": {}}, "each emotion once"),
        ({"wheel": families(glad={})}, "glad"),
        ({"wheel": families(sad={"low": {"at": [0], "en": "a", "zh": "b"}})}, "sad.low.at"),
        ({"wheel": families(sad={"low": {"at": [0, 0], "en": ["a"], "zh": ""}})}, "sad.low.en"),
        ({"wheel": families(sad={"low": {"at": [0, 0], "en": "a | a", "zh": ""}})}, "twice"),
        ({"wheel": families(), "forms": {"x": "y"}}, "forms.x"),
    ],
)
def test_a_wrong_wheel_is_refused_by_name(data: dict[str, Any], wrong: str) -> None:
    with pytest.raises(ConfigError, match=wrong):
        Wheel(data)
