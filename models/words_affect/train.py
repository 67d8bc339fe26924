"""Trains the English reader of words, and says how good it is on sentences left out.

python -m models.words_affect.train --data DIR [--save FILE], from the root of a checkout. DIR holds
goemotions.tsv. The rest is ours: configs/feelings, and configs/phrases and configs/skills for what
says nothing of a feeling.
"""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.pocketsphinx.grammar import expand
from voiceagent import bundle
from voiceagent.hearing.feelings.classifier import Rows, rows_of, softmax
from voiceagent.hearing.feelings.data import language_of, read, texts
from voiceagent.hearing.feelings.english import FILE, English, Vocabulary
from voiceagent.hearing.feelings.ngrams import words_and_pairs
from voiceagent.hearing.feelings.wheel import wheel
from voiceagent.hearing.feelings.words import phrases
from voiceagent.style import EMOTIONS

from .descent import least
from .goemotions import as_heard, sentences

Array = NDArray[np.float32]

KEPT = 24_000  # words and pairs, the telling ones
TWICE = 2  # so often a word of other people's has to be said
DECAY = 1e-5  # of the weights
EVEN = 0.65  # 0: rare emotions count as rare, 1: all emotions count the same
STEPS = 60
OWN, FRAMED, REQUEST = 8.0, 1.0, 3.0  # what each of ours counts against a sentence of GoEmotions
DRAWN = 12  # sentences of a template
HELD = 4  # every so many-th template, or sentence of ours, may be left out
TEMPERATURES = np.arange(0.4, 2.0, 0.05)
REQUESTS = ("assistant", "coffee")
PERSONAL = frozenset(
    (
        *("feeling_good", "feeling_bad", "how_are_you", "praise", "complaint", "apology"),
        *("thanks", "goodbye", "laugh", "sigh", "birthday"),
    )
)
"""Skills whose examples may well say something of a feeling."""
_SLOT = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Example:
    text: str
    shares: Mapping[str, float]
    weight: float = 1.0
    held: bool = False  # left out where the figures are made


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--save", type=Path, default=FILE)
    asked = parser.parse_args()
    people = [Example(one.text, one.shares) for one in sentences(asked.data, "train")]
    ours, requests = list(own()), list(plain_requests())
    shown = [*people, *(one for one in (*ours, *requests) if not one.held)]
    model = fit(shown)
    model = replace(model, temperature=temperature(model, asked.data, ours))
    report(model, asked.data, ours, requests)
    shipped = fit([*people, *ours, *(one for one in requests if not one.held)])
    replace(shipped, temperature=model.temperature).save(asked.save)


# --- examples ------------------------------------------------------------------------------------


def own() -> Iterator[Example]:
    """Our phrases, what happens to people, and every word of the wheel in every frame."""
    told = [(text, name, OWN) for text, name in written() if language_of(text) == "en"]
    groups = [[one] for one in (*told, *((text, name, OWN) for text, name in events()))]
    groups += [[(text, name, FRAMED) for text, name in group] for group in framed()]
    for number, group in enumerate(groups):
        held = number % HELD == HELD - 1
        yield from (Example(as_heard(t), {name: 1.0}, w, held) for t, name, w in group)


def written() -> list[tuple[str, str]]:
    return [*phrases(), *phrases("hints")]


def framed() -> Iterator[list[tuple[str, str]]]:
    """Word after word of the wheel, said and denied."""
    data, where = read("phrases"), "frames"
    frames, against = (texts(data[key], "en", where) for key in ("frames", "denied"))
    for name in EMOTIONS:
        for word in wheel().of_emotion(name, "en"):
            said = [(frame.replace("{word}", word), name) for frame in frames]
            opposite = data["opposite"].get(name)
            denied = [(frame.replace("{word}", word), opposite) for frame in against if opposite]
            yield [*said, *denied]


def events() -> Iterator[tuple[str, str]]:
    told = read("phrases")["events"]
    for name in EMOTIONS:
        yield from ((text, name) for text in texts(told[name], "en", f"events.{name}"))


def plain_requests() -> Iterator[Example]:
    """What people want of an assistant. Those held are never trained on."""
    templates = [drawn for name in REQUESTS for drawn in of_templates(name)]
    for number, drawn in enumerate([*templates, *of_skills()]):
        for text in drawn:
            held = number % HELD == HELD - 1
            yield Example(as_heard(text), {"neutral": 1.0}, REQUEST, held)


def of_templates(name: str) -> Iterator[list[str]]:
    """The sentences of template after template."""
    data = bundle.read_yaml(bundle.folder("configs") / "phrases" / f"{name}.yaml")
    for template in (one for key in ("always", "often", "templates") for one in data.get(key, ())):
        said = [" ".join(words) for words in expand([template], data.get("slots", {}), DRAWN)]
        yield said[:DRAWN]


def of_skills() -> Iterator[list[str]]:
    """Each example of a skill, with the first word of each of its slots."""
    data = bundle.read_yaml(bundle.folder("configs") / "skills" / "everyday.yaml")
    for name, skill in data["skills"].items():
        slots = {**data["slots"], **(skill.get("slots") or {})}
        for text in skill.get("examples", {}).get("en", "").split("|"):
            if name not in PERSONAL and text.strip():
                yield [filled(text, slots)]


def filled(text: str, slots: Mapping[str, object]) -> str:
    return _SLOT.sub(lambda slot: str(slots[slot[1]]).split("|")[0].strip(), text)


# --- fitting -------------------------------------------------------------------------------------


def fit(shown: Sequence[Example]) -> English:
    """Twice: with all there is, and with what told the most then."""
    found = [words_and_pairs(one.text) for one in shown]
    counts = Counter(feature for row in found for feature in row)
    ours = {f for row, one in zip(found, shown, strict=True) if one.weight > 1 for f in row}
    first = _fit(shown, found, [f for f, n in counts.items() if n >= TWICE or f in ours], counts)
    return _fit(shown, found, telling(first, counts), counts)


def telling(model: English, counts: Mapping[str, int]) -> list[str]:
    """How far a word can move the emotions apart, and how often it is there to do so."""
    apart = model.weights - model.weights.mean(axis=1, keepdims=True)
    names = sorted(model.vocabulary.places)
    often = np.sqrt([counts[name] for name in names])
    worth = np.abs(apart[:-1]).max(axis=1) * model.vocabulary.rarity * often
    return [names[place] for place in np.argsort(-worth, kind="stable")[:KEPT]]


def _fit(
    shown: Sequence[Example],
    found: Sequence[frozenset[str]],
    words: Iterable[str],
    counts: Mapping[str, int],
) -> English:
    names = sorted(words)
    rarity = np.log((1 + len(shown)) / (1 + np.array([counts[name] for name in names]))) + 1
    vocabulary = Vocabulary(
        {name: place for place, name in enumerate(names)}, rarity.astype(np.float32)
    )
    rows = matrix(vocabulary, found)
    target = np.array([[one.shares.get(name, 0.0) for name in EMOTIONS] for one in shown])
    weight = weighed(np.array([one.weight for one in shown]), target)

    def slope(weights: Array) -> tuple[float, Array]:
        chances = softmax(rows.times(weights))
        surprise = -(weight * (target * np.log(chances + 1e-12)).sum(axis=1)).sum()
        decay = DECAY * weights
        decay[-1] = 0.0
        fall = rows.back((weight[:, None] * (chances - target)).astype(np.float32)) + decay
        return float(surprise + 0.5 * (decay * weights).sum()), fall

    start: Array = np.zeros((len(names) + 1, len(EMOTIONS)), np.float32)
    return English(EMOTIONS, vocabulary, least(slope, start, STEPS))


def matrix(vocabulary: Vocabulary, found: Iterable[frozenset[str]]) -> Rows:
    """The last column is the bias: as much of it as is known of the row."""
    last = len(vocabulary.places)
    vectors = []
    for row in found:
        columns, values, known = vocabulary.vector(row)
        vectors.append((np.append(columns, last), np.append(values, np.float32(known))))
    return rows_of(vectors, last + 1)


def weighed(weight: NDArray[np.float64], target: NDArray[np.float64]) -> Array:
    """What each example counts: a rare emotion's more. They add up to one."""
    mass = (weight[:, None] * target).sum(axis=0)
    weight = weight * (target @ (mass.mean() / mass) ** EVEN)
    return np.asarray(weight / weight.sum(), np.float32)


def temperature(model: English, data: Path, ours: Iterable[Example]) -> float:
    """The one at which sentences left out surprise least: other people's and ours, half and half.

    Other people's alone would make it too sure of what people say to an assistant.
    """
    dev = [(one.text, one.certain) for one in sentences(data, "dev") if one.certain]
    held = [(one.text, next(iter(one.shares))) for one in ours if one.held]
    told = [surprise(model, rows) for rows in (dev, held)]
    return float(TEMPERATURES[int(np.argmin(told[0] + told[1]))])


def surprise(model: English, wanted: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
    """At each of the temperatures."""
    found = [words_and_pairs(text) for text, _ in wanted]
    scores = matrix(model.vocabulary, found).times(model.weights)
    true = np.array([EMOTIONS.index(name) for _, name in wanted])
    told = [softmax(scores / np.float32(t))[np.arange(len(true)), true] for t in TEMPERATURES]
    return np.array([-np.log(chances + 1e-9).mean() for chances in told])


# --- how good ------------------------------------------------------------------------------------


def report(
    model: English, data: Path, ours: Sequence[Example], requests: Sequence[Example]
) -> None:
    """On what was left out. The bench (tests/bench/words_affect.py) has the figures to quote."""
    dev = [(one.text, one.certain) for one in sentences(data, "dev") if one.certain]
    right: dict[str, list[bool]] = {name: [] for name in EMOTIONS}
    for text, wanted in dev:
        right[wanted].append(best(model, text) == wanted)
    print(f"dev: {sum(map(sum, right.values())) / len(dev):.3f} right of {len(dev)}, macro recall")
    print(f"  {np.mean([np.mean(hits) for hits in right.values()]):.3f}, T {model.temperature:.2f}")
    print("  " + ", ".join(f"{name} {np.mean(hits):.2f}" for name, hits in right.items()))
    for name, rows in (("ours", ours), ("requests", requests)):
        hits = [best(model, one.text) in one.shares for one in rows if one.held]
        print(f"{name} left out: {np.mean(hits):.3f} right of {len(hits)}")


def best(model: English, text: str) -> str:
    told = model.guess(text)
    return max(told, key=lambda name: told[name])


if __name__ == "__main__":
    main()
