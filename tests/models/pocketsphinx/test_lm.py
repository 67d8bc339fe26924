"""The language model's numbers: by hand, by property, and as the library reads them."""

from __future__ import annotations

import io
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pocketsphinx.lm import BEGIN, END, Text, Trigrams

WORDS = st.sampled_from(("tea", "or", "no", "milk"))
SENTENCES = st.lists(st.lists(WORDS, min_size=1, max_size=5).map(tuple), min_size=1, max_size=8)


def model(*sentences: str, weight: float = 1.0) -> Trigrams:
    return Trigrams([Text(Counter(tuple(line.split()) for line in sentences), weight)])


def test_one_sentence_by_hand() -> None:
    """Three words (a, b, </s>) seen once each: T = c = 3, and 1 / 3 where nothing is known."""
    lm = model("a b")
    assert lm.probability("a", []) == pytest.approx(1 / 6 + 1 / 2 * 1 / 3)  # 1 / 3
    # after b only the end was seen: c = T = 1
    assert lm.probability(END, ["b"]) == pytest.approx(1 / 2 + 1 / 2 * 1 / 3)
    assert lm.probability(END, ["a", "b"]) == pytest.approx(1 / 2 + 1 / 2 * 2 / 3)
    assert lm.probability("a", ["a", "b"]) == pytest.approx(1 / 2 * 1 / 2 * 1 / 3)
    assert lm.probability("a", ["never", "seen"]) == lm.probability("a", [])


def test_what_is_said_more_often_is_likelier() -> None:
    lm = Trigrams([Text({("yes",): 1}, 5.0), Text({("no",): 1}, 1.0)])
    assert lm.probability("yes", [BEGIN]) > 2 * lm.probability("no", [BEGIN])


def test_a_weight_is_as_good_as_repeating() -> None:
    twice, weighed = (
        model("a b", "a b", "b"),
        Trigrams([Text({("a", "b"): 2}), Text({("b",): 0.5}, 2.0)]),
    )
    for word in ("a", "b", END):
        for history in ([], ["a"], [BEGIN, "a"], ["a", "b"]):
            assert twice.probability(word, history) == weighed.probability(word, history)


def test_without_sentences_there_is_no_model() -> None:
    with pytest.raises(ValueError, match="needs a sentence"):
        Trigrams([Text({(): 1.0})])


@given(SENTENCES, st.lists(WORDS, max_size=3), st.floats(0.01, 50))
def test_probabilities_of_all_words_sum_to_one(
    sentences: list[tuple[str, ...]], history: list[str], weight: float
) -> None:
    lm = Trigrams([Text(Counter(sentences), weight)])
    for before in (history, [BEGIN, *history][:2]):
        total = sum(lm.probability(word, before) for word in lm.words)
        assert total == pytest.approx(1)


def arpa_probability(
    entries: dict[tuple[str, ...], tuple[float, float]], words: list[str]
) -> float:
    """What a reader makes of it: the n-gram, or a back-off weight and a shorter one."""
    key = tuple(words)
    if key in entries:
        return entries[key][0]
    before = entries.get(key[:-1], (0.0, 0.0))[1]
    return before + arpa_probability(entries, words[1:])


def parsed(text: str) -> dict[tuple[str, ...], tuple[float, float]]:
    entries, order = {}, 0
    for line in text.splitlines():
        if line.endswith("-grams:"):
            order = int(line[1])
        elif order and line and not line.startswith("\\"):
            p, *rest = line.split()
            words, backoff = tuple(rest[:order]), rest[order:]
            entries[words] = float(p), float(backoff[0]) if backoff else 0.0
    return entries


@given(SENTENCES, st.lists(WORDS, min_size=2, max_size=2))
def test_the_file_says_the_same_as_the_model(
    sentences: list[tuple[str, ...]], history: list[str]
) -> None:
    lm, file = Trigrams([Text(Counter(sentences))]), io.StringIO()
    lm.write(file)
    entries = parsed(file.getvalue())
    for before in (history, [BEGIN, history[0]]):
        for word in lm.words:
            told = arpa_probability(entries, [*before, word])
            assert told == pytest.approx(math.log10(lm.probability(word, before)), abs=1e-3)


def test_the_library_reads_the_same_from_the_file(tmp_path: Path) -> None:
    library: Any = pytest.importorskip("pocketsphinx")
    lm = model("one big tea please", "one small tea", "a tea please")
    path = tmp_path / "tea.arpa"
    with path.open("w") as file:
        lm.write(file)
    read, base = library.NGramModel.readfile(str(path)), library.LogMath()
    for history in (["small", "tea"], [BEGIN, "one"], ["please", "tea"]):
        for word in ("tea", "please", END):
            told = base.log_to_ln(read.prob([word, *reversed(history)]))
            assert told == pytest.approx(math.log(lm.probability(word, history)), abs=2e-3)
