"""The maths, on a handful of sentences and on all examples."""

from __future__ import annotations

import numpy as np
import pytest

from models.skills.adapter import SkillsMind
from models.skills.book import OTHER
from models.skills.classifier import Classifier, Example, similarities, softmax
from models.skills.understanding import training
from tests.bench.understanding import held_out, right, trials

SMALL = [
    Example(text, label, origin)
    for origin, (text, label) in enumerate(
        [
            ("turn on the light", "light"),
            ("switch the light off", "light"),
            ("lights please", "light"),
            ("what time is it", "time"),
            ("tell me the time", "time"),
            ("the time please", "time"),
            ("现在几点", "time"),
            ("开灯", "light"),
        ]
    )
]


@pytest.mark.parametrize("text", ["what time is it", "lamp", "", "???", "几点了", "x" * 5000])
def test_probabilities_sum_to_one_and_fall(text: str) -> None:
    chances = [guess.probability for guess in Classifier(SMALL).guesses(text)]
    assert sum(chances) == pytest.approx(1.0, abs=1e-5)
    assert chances == sorted(chances, reverse=True)


def test_training_twice_gives_the_same() -> None:
    one, other = Classifier(SMALL), Classifier(SMALL)
    assert one.guesses("time for light") == other.guesses("time for light")


def test_a_few_labels_are_learnt_too() -> None:
    classifier = Classifier(SMALL)
    assert [classifier.guesses(example.text)[0].label for example in SMALL] == [
        example.label for example in SMALL
    ]


def test_one_label_alone_is_certain() -> None:
    guess = Classifier([Example("hello", "hello", 0)]).guesses("anything")[0]
    assert (guess.label, guess.probability) == ("hello", 1.0)


def test_the_less_is_known_of_a_sentence_the_less_is_claimed() -> None:
    classifier = Classifier(SMALL)
    chances = [
        classifier.guesses(f"what time is it{more}")[0].probability
        for more in ("", " zebra", " zebra quince yacht", " zebra quince yacht plover wombat")
    ]
    assert chances == sorted(chances, reverse=True)
    assert chances[-1] < chances[0]


def test_sparse_similarities_are_the_products_of_the_vectors() -> None:
    chance = np.random.default_rng(1)
    dense = (chance.random((40, 30)) * (chance.random((40, 30)) < 0.3)).astype(np.float32)
    rows = [(np.flatnonzero(row), row[np.flatnonzero(row)]) for row in dense]
    assert similarities(rows) == pytest.approx(dense @ dense.T, abs=1e-4)


def test_softmax_bears_any_score() -> None:
    assert softmax(np.array([[1e4, 0.0]], np.float32))[0].tolist() == [1.0, 0.0]


def test_all_examples_of_the_shipped_skills_are_known(mind: SkillsMind) -> None:
    examples = list(training(mind.understanding.book))
    known = [mind.understanding.guess(example.text)[0].label for example in examples]
    wrong = [e.text for e, got in zip(examples, known, strict=True) if e.label != got]
    assert len(wrong) <= len(examples) // 100, wrong


def test_no_paraphrase_is_an_example(mind: SkillsMind) -> None:
    examples = {example.text for example in training(mind.understanding.book)}
    assert not [text for _, _, text in held_out() if text in examples]


@pytest.mark.parametrize(("language", "least"), [("en", 0.86), ("zh", 0.90)])
def test_paraphrases_are_understood(mind: SkillsMind, language: str, least: float) -> None:
    tried = [t for t in trials(mind.understanding) if t.wanted != OTHER and t.language == language]
    assert right(tried) >= least


def test_talk_outside_the_skills_is_seldom_taken_for_one(mind: SkillsMind) -> None:
    tried = [trial for trial in trials(mind.understanding) if trial.wanted == OTHER]
    fooled = [t.text for t in tried if t.got != OTHER and t.probability >= 0.45]
    assert len(fooled) <= len(tried) // 8, fooled
