"""The shipped template files can be read, and say what they should."""

from __future__ import annotations

import pytest

from models.pocketsphinx.lm import BEGIN, END, Trigrams
from models.pocketsphinx.phrases import SHIPPED, find, key, read, texts

NAMES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def test_assistant_coffee_and_english_are_shipped() -> None:
    assert {"assistant", "coffee", "english"} <= set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_file_gives_hundreds_of_sentences(name: str) -> None:
    said = [words for text in read(find(name)) for words in text.sentences]
    assert len(said) > 300
    assert all(len(words) < 40 for words in said)


@pytest.fixture(scope="module")
def assistant() -> Trigrams:
    return Trigrams(texts([find("assistant")], (), (), ()))


@pytest.mark.parametrize(
    "sentence",
    [
        "turn on the light in the kitchen",
        "set a timer for twenty five minutes",
        "what's the weather like tomorrow",
        "what time is it",
        "spell elephant",
        "count from one to ten",
        "say that again",
        "no wait",
        "play some music",
    ],
)
def test_ordinary_commands_are_likely_word_by_word(assistant: Trigrams, sentence: str) -> None:
    line = (BEGIN, *sentence.split(), END)
    least = min(assistant.probability(line[i], line[:i]) for i in range(1, len(line)))
    assert least > 1e-4


def test_a_whole_command_is_more_finished_than_its_beginning(assistant: Trigrams) -> None:
    def ends(words: str) -> float:
        return assistant.probability(END, (BEGIN, *words.split()))

    assert ends("what time is it") > 10 * ends("what time is")
    assert ends("turn on the lights") > 10 * ends("turn on the")


def test_the_key_follows_everything_that_is_said() -> None:
    files = [find("coffee")]
    keys = [
        key(files, (), (), ()),
        key([*files, find("english")], (), (), ()),
        key(files, ("a",), (), ()),
        key(files, (), ("a",), ()),
        key(files, (), (), ("a",)),
    ]
    assert len(set(keys)) == len(keys)
    assert keys[0] == key(files, (), (), ())
