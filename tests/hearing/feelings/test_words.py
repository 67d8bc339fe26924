"""What words say of feelings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from models.words_affect.train import events
from voiceagent.hearing.feelings.data import LANGUAGES
from voiceagent.hearing.feelings.ngrams import denied, tokens
from voiceagent.hearing.feelings.words import framed, phrases, read_words

SENTENCES = Path(__file__).with_name("sentences.yaml")


def sentences(part: str) -> Iterator[tuple[str, str, str]]:
    """Emotion, language, text."""
    for emotion, texts in yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))[part].items():
        for language in LANGUAGES:
            for text in texts[language].split("|"):
                yield emotion, language, " ".join(text.split())


def share(part: str, language: str) -> float:
    own = [(emotion, text) for emotion, lang, text in sentences(part) if lang == language]
    return sum(label(text) == emotion for emotion, text in own) / len(own)


def label(text: str) -> str:
    saying = read_words(text)
    assert saying is not None
    return saying.label


def test_no_sentence_of_the_test_is_learnt_from() -> None:
    learnt = {text for kind in ("phrases", "hints") for text, _ in phrases(kind)}
    learnt |= {text for text, _ in events()}
    learnt |= {text for text, _ in framed()}
    tested = {text for part in ("before", "after") for _, _, text in sentences(part)}
    assert len(tested) == 140
    assert not learnt & tested


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_written_before_the_phrases_are_mostly_understood(language: str) -> None:
    """0.89 and 0.94 when this was written. Chance is 0.1."""
    assert share("before", language) >= 0.8


@pytest.mark.parametrize("language", LANGUAGES)
def test_sentences_that_only_hint_at_a_feeling_are_understood_better_than_by_chance(
    language: str,
) -> None:
    """0.43 and 0.40 when this was written: words and pairs are no knowledge of the world."""
    assert share("after", language) >= 0.3


def test_what_is_believed_of_unseen_sentences_is_mostly_right() -> None:
    told = [(emotion, read_words(text)) for emotion, _, text in sentences("after")]
    sure = [s.label == emotion for emotion, s in told if s and s.labels[s.label] >= 0.5]
    assert len(sure) >= 10
    assert sum(sure) / len(sure) >= 0.6


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("i am happy", "i am not happy"),
        ("i feel happy", "i don't feel happy at all"),
        ("我很高兴", "我不高兴"),
        ("我很开心", "我一点也不开心"),
    ],
)
def test_a_denied_feeling_is_not_that_feeling(text: str, denied: str) -> None:
    said, unsaid = read_words(text), read_words(denied)
    assert said is not None
    assert unsaid is not None
    assert said.label == "happy"
    assert unsaid.labels["happy"] < 0.2
    assert unsaid.valence < 0 < said.valence
    assert said.named
    assert not unsaid.named


def test_denying_a_bad_feeling_is_not_bad() -> None:
    for text in ("i am not angry", "i am not worried any more", "我不生气", "我不担心了"):
        saying = read_words(text)
        assert saying is not None
        assert saying.valence > -0.15, text


def test_a_denial_ends_with_its_clause() -> None:
    assert [word for word, no in denied(tokens("not good, happy but not sad")) if no] == [
        "good",
        "sad",
    ]
    saying = read_words("no, i am so happy")
    assert saying is not None
    assert saying.label == "happy"


def test_words_that_a_small_lexicon_misses_are_known() -> None:
    assert label("worried about the exam") == "fearful"
    assert label("it is my birthday") == "happy"
    assert label("不高兴") == "sad"


def test_plain_requests_say_nothing() -> None:
    for text in ("set a timer for five minutes", "what time is it in tokyo", "现在几点了"):
        assert label(text) == "neutral"


def test_the_less_the_words_are_believed_the_less_they_say() -> None:
    sure, unsure = read_words("i am so sad", 1.0), read_words("i am so sad", 0.3)
    assert sure is not None
    assert unsure is not None
    assert sure.labels["sad"] > unsure.labels["sad"] > 0.1
    assert sum(unsure.labels.values()) == pytest.approx(1)
    nothing = read_words("i am so sad", 0.0)
    assert nothing is not None
    assert set(nothing.labels.values()) == {0.1}


@pytest.mark.parametrize("text", ["", "   ", "...", "[unclear]", "<noise>"])
def test_no_words_say_nothing(text: str) -> None:
    assert read_words(text) is None


def test_words_nobody_knows_say_nothing_certain() -> None:
    saying = read_words("xqzt vblorp")
    assert saying is not None
    assert max(saying.labels.values()) < 0.25


def test_a_very_long_turn_is_read_by_its_end() -> None:
    assert label("the report has twelve pages. " * 4000 + "i am so sad, i want to cry") == "sad"
