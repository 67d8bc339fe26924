"""The English reader of words, whose weights are shipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voiceagent.hearing.feelings import english
from voiceagent.hearing.feelings.english import English, Vocabulary
from voiceagent.hearing.feelings.ngrams import features, words_and_pairs
from voiceagent.hearing.feelings.weigh import said
from voiceagent.hearing.feelings.words import guess, learn, read_words
from voiceagent.style import EMOTIONS

BAD = (
    "my father was taken to intensive care last night",
    "they cut my hours again and i can not pay the electricity",
    "somebody broke into my car and took everything",
    "my flatmate threw my plants in the trash",
    "i dropped my wedding ring down the drain and it is gone",
    "her message just said that it is over",
    "the vet could not save our rabbit",
    "my manager humiliated me in front of a customer",
    "i lost the baby photos when the disk died",
    "the kids at school keep hitting my son",
)
GOOD = (
    "the nurse put my newborn son in my arms",
    "my old band is getting back together for one night",
    "she surprised me with tickets to rome",
    "we got the keys to our first house this morning",
    "my team finally won the championship",
    "he wrote me such a kind letter",
    "my scan was clear and i can go home",
    "our daughter got a full scholarship",
    "grandma taught me to bake her famous bread",
    "the whole street came to help us rebuild the barn",
)
"""What happened, with no word for a feeling: written when all was chosen, and not chosen by."""
PLAIN = (
    "two lattes please",
    "what time is it",
    "could you set an alarm for quarter to six",
    "which platform does the train to leeds leave from",
    "add onions and rice to the list",
    "how far is the moon",
    "a medium cappuccino with oat milk to go",
    "send the file to the printer on the second floor",
    "yes",
    "the red one",
)


def small(weight: float = 1.0) -> English:
    vocabulary = Vocabulary({"dog": 0, "died": 1}, np.array([2.0, 3.0], np.float32))
    weights = np.array([[0.1, 0.2], [0.1, weight], [0.5, 0.0]], np.float32)
    return English(("neutral", "sad"), vocabulary, weights)


def test_what_happened_is_mostly_good_or_bad_news_as_people_take_it() -> None:
    """0.8 and 0.9 when this was written. A coin would give 0.5, and its sign is all it asks for."""
    valences = {text: read_words(text) for text in (*BAD, *GOOD)}
    bad = [text for text in BAD if (told := valences[text]) and told.valence < 0]
    good = [text for text in GOOD if (told := valences[text]) and told.valence > 0]
    assert len(bad) >= 7
    assert len(good) >= 7


@pytest.mark.parametrize("text", PLAIN)
def test_a_plain_request_says_nothing(text: str) -> None:
    assert said(read_words(text)) == ""


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("i am angry", "i'm not angry"),
        ("i am scared", "i am not scared"),
        ("i am sad", "i'm not sad"),
    ],
)
def test_a_feeling_denied_is_not_that_feeling(text: str, denied: str) -> None:
    plain, against = guess(text), guess(denied)
    feeling = max(plain, key=lambda name: plain[name])
    assert feeling in ("angry", "fearful", "sad")
    assert against[feeling] < 0.2 < plain[feeling]


def test_mandarin_is_read_by_our_phrases_alone() -> None:
    for text in ("我很难过", "现在几点了", "我一点也不开心", "我们赢了 yes"):
        assert guess(text) == learn().guess(features(text))


def test_the_same_words_are_read_the_same_however_they_are_written() -> None:
    heard, written = guess("i can't believe my dog died"), guess("I can\u2019t believe my dog DIED")
    assert heard == written
    assert guess("my dog died") == guess("my dog died")


def test_every_reading_is_a_distribution_over_our_emotions() -> None:
    for text in ("my dog died", "xqzt", "\u00e9t\u00e9", "a", "7", "no no no"):
        told = guess(text)
        assert set(told) == set(EMOTIONS)
        assert sum(told.values()) == pytest.approx(1)


def test_words_that_nobody_has_seen_leave_everything_open() -> None:
    assert set(small().guess("xqzt").values()) == {0.5}
    told = english.load().guess("xqzt vblorp")
    assert max(told.values()) == pytest.approx(0.1)


def test_the_more_unknown_words_the_less_is_claimed() -> None:
    model = small(weight=4.0)
    alone, among = (model.guess(text)["sad"] for text in ("dog died", "qwx dog died zzt blorp"))
    assert alone > among > 0.5


def test_a_very_long_turn_costs_no_more_than_its_end() -> None:
    end = "and that is how my dog died " * 40
    assert words_and_pairs("word " * 100_000 + end) == words_and_pairs(end)


def test_weights_are_kept_to_a_step_of_a_127th(tmp_path: Path) -> None:
    file = tmp_path / "weights.npz"
    model = small()
    model.save(file)
    kept = english.load.__wrapped__(file)
    assert kept.labels == model.labels
    assert kept.vocabulary.places == model.vocabulary.places
    largest = np.abs(model.weights).max(axis=1, keepdims=True)
    assert np.all(np.abs(kept.weights - model.weights) <= largest / 127)


def test_what_is_shipped_is_small_and_of_our_emotions() -> None:
    assert english.FILE.stat().st_size < 400_000
    model = english.load()
    assert model.labels == EMOTIONS
    assert len(model.weights) == len(model.vocabulary.places) + 1
    assert np.isfinite(model.weights).all()
