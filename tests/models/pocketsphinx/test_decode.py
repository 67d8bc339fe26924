"""Other readings, as the library gives them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from models.pocketsphinx.decode import alternatives


@dataclass(frozen=True)
class Hypothesis:
    hypstr: str


class Decoder:
    """A lattice now and then has a reading without any words."""

    def nbest(self) -> Iterator[Hypothesis | None]:
        yield Hypothesis("a tea")
        yield None
        for text in ("a tea(2)", "the tea", "the(2) tea", "a t", "at"):
            yield Hypothesis(text)


def test_other_readings_have_other_words_not_other_pronunciations() -> None:
    assert alternatives(Decoder(), "a tea", 2) == ("the tea", "a t")


def test_who_wants_no_others_gets_none() -> None:
    assert alternatives(Decoder(), "a tea", 0) == ()
