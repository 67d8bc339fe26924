"""What a book of skills teaches: which skill a sentence is for, and which example is like it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from .book import OTHER, SLOT, Book, Skill, expanded
from .classifier import Classifier, Example
from .words import LANGUAGES, Language, features

FILLS = 2  # words tried in the slots of an example
REMEMBERED = 4096  # turns, of all conversations: a long one is read again for each reply


@dataclass(frozen=True, slots=True)
class Near:
    """An example, and how much of it and of the text is the same: 0 to 1."""

    text: str
    likeness: float


class Understanding:
    def __init__(self, book: Book) -> None:
        self.book = book
        self.guess = lru_cache(REMEMBERED)(trained(tuple(training(book))).guesses)

    def nearest(self, text: str, skill: Skill, language: Language) -> Near:
        """The skill's example that is most like the text; one without slots, if there is one."""
        own = skill.examples.get(language, ())
        plainly = [example for example in own if not SLOT.search(example)]
        known: Sequence[str] = plainly or skill.sentences(language) or skill.sentences("en")
        seen = features(text)
        near = [Near(example, likeness(seen, features(example))) for example in known]
        return max(near, key=lambda one: one.likeness, default=Near("", 0.0))

    def phrases(self) -> tuple[str, ...]:
        """What users may say, in English: for the recogniser's language model."""
        found = (text for skill in self.book.skills.values() for text in skill.sentences("en"))
        return tuple(dict.fromkeys(found))


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / max(1, len(one | other))


def training(book: Book) -> Iterator[Example]:
    origin = 0
    for skill in book.skills.values():
        for language in LANGUAGES:
            for template in skill.examples.get(language, ()):
                sentences = expanded(template, language, skill.slots)
                turn = origin % len(sentences)  # another word for each example
                for text in (sentences[turn:] + sentences[:turn])[:: -(-len(sentences) // FILLS)]:
                    yield Example(text, skill.name, origin)
                origin += 1
    for language in LANGUAGES:
        for text in book.other.get(language, ()):
            yield Example(text, OTHER, origin)
            origin += 1


@lru_cache(maxsize=8)
def trained(examples: tuple[Example, ...]) -> Classifier:
    """Once in a process: it takes a part of a second."""
    return Classifier(examples)
