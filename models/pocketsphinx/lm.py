"""A trigram language model: interpolated Witten-Bell over weighted sentences, written as ARPA.

p(w|h) = (c(hw) + T(h) p(w|h')) / (c(h) + T(h)), where T(h) counts the different words after h and
h' is h without its first word (Witten and Bell 1991). As an ARPA file that is exact: the back-off
weight of h is T(h) / (c(h) + T(h)).
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

BEGIN, END = "<s>", "</s>"
NEVER = -99.0  # log10 of the probability that a sentence begins again

Words = tuple[str, ...]
Counts = defaultdict[Words, dict[str, float]]


@dataclass(frozen=True, slots=True)
class Text:
    """Sentences, how often each is said, and what all of them weigh."""

    sentences: Mapping[Words, float]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class History:
    """What followed some words: the share that backs off, and the words with their counts."""

    backoff: float
    total: float
    counts: Mapping[str, float]


class Trigrams:
    """Probabilities of the next word after the last two."""

    def __init__(self, texts: Iterable[Text]) -> None:
        counts: Counts = defaultdict(lambda: defaultdict(float))
        for text in texts:
            for sentence, times in text.sentences.items():
                _count(counts, sentence, times * text.weight)
        if not counts:
            raise ValueError("a language model needs a sentence")
        self._histories = {history: _history(after) for history, after in counts.items()}
        self.words = tuple(sorted(self._histories[()].counts))
        self._uniform = 1.0 / len(self.words)

    def probability(self, word: str, history: Sequence[str]) -> float:
        """P(word | the last two words of history). A sentence begins with BEGIN."""
        return self._probability(word, tuple(history[-2:]))

    def _probability(self, word: str, history: Words) -> float:
        known = self._histories.get(history)
        lower = self._probability(word, history[1:]) if history else self._uniform
        if known is None:
            return lower
        return known.counts.get(word, 0.0) / known.total + known.backoff * lower

    def write(self, file: TextIO) -> None:
        """Write the model in the ARPA format."""
        orders = [list(self._lines(order)) for order in (1, 2, 3)]
        file.write("\\data\\\n")
        file.writelines(f"ngram {n}={len(lines)}\n" for n, lines in enumerate(orders, 1))
        for n, lines in enumerate(orders, 1):
            file.write(f"\n\\{n}-grams:\n")
            file.writelines(lines)
        file.write("\n\\end\\\n")

    def _lines(self, order: int) -> Iterator[str]:
        if order == 1:
            yield f"{NEVER:.4f} {BEGIN} {self._backoff((BEGIN,)):.4f}\n"
        histories = (h for h in self._histories if len(h) == order - 1)
        for history in sorted(histories):
            known = self._histories[history]
            for word in sorted(known.counts):
                lower = self._probability(word, history[1:]) if history else self._uniform
                p = math.log10(known.counts[word] / known.total + known.backoff * lower)
                words = " ".join((*history, word))
                if order < 3 and word != END:
                    yield f"{p:.4f} {words} {self._backoff((*history, word)):.4f}\n"
                else:
                    yield f"{p:.4f} {words}\n"

    def _backoff(self, history: Words) -> float:
        known = self._histories.get(history)
        return math.log10(known.backoff) if known else 0.0


def _count(counts: Counts, sentence: Words, share: float) -> None:
    if not sentence:
        return
    line = (BEGIN, *sentence, END)
    for i in range(1, len(line)):
        word = line[i]
        counts[()][word] += share
        counts[line[i - 1 : i]][word] += share
        if i > 1:
            counts[line[i - 2 : i]][word] += share


def _history(after: dict[str, float]) -> History:
    seen, types = sum(after.values()), len(after)
    return History(types / (seen + types), seen + types, after)
