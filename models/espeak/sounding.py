"""How a phoneme sounds, by its name: what rings, what hisses, what buzzes, what is silent."""

# ruff: noqa: RUF001

from __future__ import annotations

from enum import IntEnum

_VOWELS = frozenset("aeiouyɑɒɔəɚɛɜɝɞæɐɪʊʌøœɶɵɘɤɯɨʉʏᵻɿʅ")
_RINGING = frozenset("lmnrwjŋɱɲɳɴɹɻɥɭʎʟʁɾɽɫɰʋ")
_HISSING = frozenset("ptkfsʃθhxçʂɕχħqcʔʈɸɬ")
_MARKS = "ˈˌˑː'ʰ "


class Kind(IntEnum):
    VOWEL = 0
    RINGING = 1  # as a vowel, but short: m, l, r
    BUZZING = 2  # voiced and noisy, or a kind that we do not know: v, z, b
    HISSING = 3
    SILENT = 4


def kind(name: str) -> Kind:
    """The kind of a phoneme in IPA. A name that is empty is a pause."""
    letter = name.lstrip(_MARKS)[:1]
    if not letter:
        return Kind.SILENT
    if letter in _VOWELS:
        return Kind.VOWEL
    if letter in _RINGING:
        return Kind.RINGING
    return Kind.HISSING if letter in _HISSING else Kind.BUZZING


def stressed(name: str) -> bool:
    return name.startswith("ˈ") and kind(name) is Kind.VOWEL
