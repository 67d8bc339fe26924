"""Whether the embedded voice's emotions can be told apart, by one who learnt them and by one who
learnt from people.

    python -m tests.bench.told_apart [--name ben ada ...] [--intensity 0.5]

Each emotion says 24 sentences in three languages. *Learnt*: a linear discriminant over the numbers
of `models/affect`, relative to the voice's own mean, trained on every other sentence of a language
and tested on the rest, then the other way round; every speaker by itself. *People*: the reader that
is shipped, which has heard people only; it knows the speaker from its plain sentences.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.affect import adapter as affect
from models.affect.describe import Description, describe
from models.affect.frames import analyse
from models.affect.reader import read
from models.affect.weights import load
from models.espeak.adapter import EspeakVoice, Options, build
from tests.models.espeak.sound import say
from tests.models.espeak.texts import LANGUAGES
from voiceagent.audio import resample_all
from voiceagent.parts import EAR_RATE
from voiceagent.style import EMOTIONS, Emotion, Style

SHRUNK = 0.3  # of the covariance towards its diagonal
FOUR: tuple[Emotion, ...] = ("angry", "happy", "neutral", "sad")
Counts = NDArray[np.int64]
Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Said:
    emotion: Emotion
    sentence: int  # in its language
    heard: Description


def sentences(voice: EspeakVoice, name: str, intensity: float) -> list[Said]:
    found = []
    for emotion in EMOTIONS:
        for language, texts in LANGUAGES.items():
            style = Style(emotion=emotion, intensity=intensity, language=language)
            for number, text in enumerate(texts):
                speech = say(voice, text, name=name, style=style)
                sound = (speech.wave * 32_767).astype(np.int16).tobytes()
                pcm = resample_all(sound, speech.rate, EAR_RATE)
                heard = describe(analyse(np.frombuffer(pcm, np.int16)))
                if heard is not None:
                    found.append(Said(emotion, number, heard))
    return found


def learnt(said: Sequence[Said]) -> Counts:
    """Rows: what was meant; columns: what it was taken for."""
    numbers = np.array([one.heard.numbers for one in said], np.float64)
    numbers = (numbers - numbers.mean(0)) / (numbers.std(0) + 1e-6)
    meant = np.array([EMOTIONS.index(one.emotion) for one in said])
    odd = np.array([one.sentence % 2 == 1 for one in said])
    counts = np.zeros((len(EMOTIONS), len(EMOTIONS)), np.int64)
    for test in (odd, ~odd):
        taken = discriminant(numbers[~test], meant[~test], numbers[test])
        np.add.at(counts, (meant[test], taken), 1)
    return counts


def discriminant(known: Rows, meant: Counts, new: Rows) -> Counts:
    means = np.array([known[meant == n].mean(0) for n in range(len(EMOTIONS))])
    inside = known - means[meant]
    spread = inside.T @ inside / len(inside)
    spread = (1 - SHRUNK) * spread + SHRUNK * np.diag(np.diag(spread) + 1e-3)
    weights = np.linalg.solve(spread, means.T)
    return np.asarray(np.argmax(new @ weights - 0.5 * np.sum(means.T * weights, 0), axis=1))


def by_people(said: Sequence[Said]) -> Counts:
    """Four emotions, by the shipped reader, once it knows how the speaker usually sounds."""
    weights = load(Path(affect.OURS))
    baseline = weights.baseline()
    for one in said:
        if one.emotion == "neutral":
            baseline.learn(one.heard)
    counts = np.zeros((len(FOUR), len(FOUR)), np.int64)
    for one in said:
        if one.emotion in FOUR:
            labels = read(one.heard, baseline, weights, unsure=0.0).labels
            taken = max(FOUR, key=lambda name: labels.get(name, 0.0))
            counts[FOUR.index(one.emotion), FOUR.index(taken)] += 1
    return counts


def show(names: Sequence[str], counts: Counts) -> None:
    share = counts / counts.sum(1, keepdims=True)
    print(f"  right {100 * np.diag(share).mean():.0f} %, chance {100 / len(names):.0f} %")
    print(" " * 12 + " ".join(f"{name[:5]:>5}" for name in names))
    for name, row in zip(names, share, strict=True):
        print(f"  {name:10}" + " ".join(f"{100 * part:5.0f}" for part in row))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", nargs="+", default=["ben", "ada", "otto", "clara"])
    parser.add_argument("--intensity", type=float, default=0.5)
    chosen = parser.parse_args()
    voice = build(Options())
    several = [sentences(voice, name, chosen.intensity) for name in chosen.name]
    print(f"learnt, {', '.join(chosen.name)}, intensity {chosen.intensity:g}:")
    show(EMOTIONS, np.sum([learnt(said) for said in several], axis=0))
    print("one who has heard people only:")
    show(FOUR, np.sum([by_people(said) for said in several], axis=0))


if __name__ == "__main__":
    main()
