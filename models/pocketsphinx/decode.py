"""Sound to words: a live decoder for partial words, and a second look at a whole piece of speech.

Live decoding suffers from not knowing the mean of the cepstra beforehand (28.7 % word errors become
43-55 %), so that its words are only shown; the second look normalises over the whole piece.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

from .domain import Domain
from .lm import BEGIN, END
from .narrow import MAP

FRAME_MS = 10
VARIANTS = re.compile(r"\(\d+\)")
LEAST = 1e-6  # the lowest posterior that counts
OTHERS = 3  # other readings of a piece: they cost 0.3 ms

# Confidence: a logistic over the median log posterior of the words, their mean log probability
# under the language model, and how few they are. Fitted on the coffee orders against meetings,
# prose, German and Mandarin, less hard on single words than the fit. The acoustic score against
# that of a phone loop told nothing (AUC .32).
POSTERIOR, LIKELIHOOD, FEW, BIAS = 3.5, 1.65, 1.5, 6.9


@dataclass(frozen=True, slots=True)
class Word:
    """Milliseconds count from the first sample of the piece. `confidence`: the word's posterior."""

    text: str
    begin_ms: int
    end_ms: int
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Decoded:
    """The best words; how likely they are right as a whole; what else it might have been."""

    words: tuple[Word, ...] = ()
    confidence: float = 0.0
    others: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)


class Sphinx:
    """The library, and where its acoustic model is."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._folder = Path(library.get_model_path()) / "en-us"
        self.dictionary = self._folder / "cmudict-en-us.dict"

    def decoder(self, domain: Domain, **settings: object) -> Any:
        config = self._library.Config(
            hmm=str(self._folder / "en-us"),
            dict=str(domain.dictionary),
            lm=str(domain.model),
            loglevel="FATAL",
            **settings,
        )
        return self._library.Decoder(config)

    def model(self, domain: Domain) -> Any:
        return self._library.NGramModel.readfile(str(domain.model))

    def log_base(self) -> float:
        """The library's integers are logarithms to this base; its natural logarithm."""
        return float(self._library.LogMath().log_to_ln(1_000_000)) / 1_000_000


class Recogniser:
    """Decodes whole pieces of speech. One serves every session of a process."""

    def __init__(self, sphinx: Sphinx, domain: Domain) -> None:
        self._decoder = sphinx.decoder(domain)
        self._model = sphinx.model(domain)
        self._log_base = sphinx.log_base()
        self._sphinx, self._domain = sphinx, domain

    def decode(self, pcm: bytes, others: int = OTHERS) -> Decoded:
        """The best words, and so many other readings."""
        decoder = self._decoder
        decoder.start_utt()
        try:
            decoder.process_raw(pcm, full_utt=True)
        finally:
            decoder.end_utt()  # or nobody could decode any more
        return self.read(decoder, others)

    def read(self, decoder: Any, others: int = OTHERS) -> Decoded:
        """What a decoder for this domain has found in the piece that it has just ended."""
        words = tuple(words_of_segments(decoder.seg() if decoder.hyp() else ()))
        if not words:
            return Decoded()
        best = " ".join(word.text for word in words)
        return Decoded(words, self._confidence(words), alternatives(decoder, best, others))

    def ends(self, words: Sequence[str]) -> float:
        """P(</s>): how likely a sentence is over after these words."""
        return math.exp(self._log_probability(END, words))

    def live(self, narrow: bool = False) -> Any:
        """A decoder that takes speech in while it is spoken. A session needs its own."""
        telephone = {"mllr": str(MAP)} if narrow else {}
        return self._sphinx.decoder(self._domain, cmn="live", **telephone)

    def _confidence(self, words: Sequence[Word]) -> float:
        texts = [word.text for word in words]
        steps = [self._log_probability(word, texts[:i]) for i, word in enumerate([*texts, END])]
        posterior = median(math.log(max(word.confidence, LEAST)) for word in words)
        logit = BIAS + POSTERIOR * posterior + LIKELIHOOD * sum(steps) / len(steps)
        logit -= FEW / len(words)
        return 1 / (1 + math.exp(-max(-60.0, logit)))

    def _log_probability(self, word: str, words: Sequence[str]) -> float:
        before = (BEGIN, *words)[-2:]
        return float(self._model.prob([word, *reversed(before)])) * self._log_base


def alternatives(decoder: Any, best: str, count: int) -> tuple[str, ...]:
    if not count:
        return ()
    found = (found.hypstr for found in islice(decoder.nbest(), 8 * count) if found)
    texts = dict.fromkeys(VARIANTS.sub("", text) for text in found)
    return tuple(text for text in texts if text != best)[:count]


def words_of_segments(segments: Iterable[Any]) -> Iterable[Word]:
    """The words among the segments: no silence and no noise."""
    for segment in segments:
        text = VARIANTS.sub("", segment.word)
        if text[0] not in "<[+":
            begin, end = segment.start_frame * FRAME_MS, (segment.end_frame + 1) * FRAME_MS
            yield Word(text, begin, end, min(1.0, segment.prob))
