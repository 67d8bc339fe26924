"""How well feelings are read from words: the reader trained on GoEmotions beside our phrases alone.

python -m tests.bench.words_affect --data DIR. DIR holds goemotions/goemotions.tsv,
xed/xed.tsv and enisear/enisear.tsv (models/words_affect/README.md says where they come from); of
the last two nothing was ever trained on, nor was anything chosen by them.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np
import yaml
from numpy.typing import NDArray

from models.pocketsphinx.grammar import expand
from models.words_affect import goemotions
from models.words_affect.train import plain_requests
from voiceagent import bundle
from voiceagent.hearing.feelings import english
from voiceagent.hearing.feelings.data import LANGUAGES, language_of
from voiceagent.hearing.feelings.fuse import folded
from voiceagent.hearing.feelings.ngrams import features
from voiceagent.hearing.feelings.weigh import said
from voiceagent.hearing.feelings.words import MOST_TRUST, Saying, guess, learn
from voiceagent.style import EMOTIONS

Array = NDArray[np.float64]
Row = tuple[str, str]  # text, emotion
Reader = Callable[[str], dict[str, float]]

SENTENCES = Path(__file__).parents[1] / "hearing" / "feelings" / "sentences.yaml"
FILES = ("goemotions/goemotions.tsv", "xed/xed.tsv", "enisear/enisear.tsv")
SIX = ("neutral", "happy", "sad", "angry", "fearful", "disgusted")
SEVEN = (*SIX, "surprised")
FOUR = ("angry", "happy", "neutral", "sad")
INTO_FOUR = {
    **{name: name for name in FOUR},
    **{"calm": "neutral", "excited": "happy", "tender": "happy"},
    **{"fearful": "sad", "disgusted": "angry"},  # as FOLDS has them; surprise is neither
}
XED = {
    **{"joy": "happy", "sadness": "sad", "anger": "angry", "fear": "fearful"},
    **{"disgust": "disgusted", "surprise": "surprised", "neutral": "neutral"},
}
ISEAR = {name: XED[name] for name in ("joy", "sadness", "anger", "fear", "disgust")}
OTHERS = ("shame", "guilt")  # no word of ours
DRAWS = 1_000  # of the bootstrap


def ours_alone(text: str) -> dict[str, float]:
    """The reader before GoEmotions: the classifier of our phrases, which Mandarin still has."""
    row = features(text)
    return learn().guess(row) if row else dict.fromkeys(EMOTIONS, 1 / len(EMOTIONS))


def theirs_alone(text: str) -> dict[str, float]:
    return english.load().guess(text) if language_of(text) == "en" else ours_alone(text)


READERS: dict[str, Reader] = {
    "our phrases": ours_alone,
    "GoEmotions": theirs_alone,
    "shipped": lambda text: guess(text) if features(text) else ours_alone(text),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    missing = [name for name in FILES if not (data / name).is_file()]
    for name in missing:
        print(f"MISSING {data / name}: what needs it is left out")
    parts = (of_goemotions, of_xed, of_enisear)
    for name, part in zip(FILES, parts, strict=True):
        if name not in missing:
            part(data / name)
    of_ours()
    of_plain()
    costs()


# --- what is measured ----------------------------------------------------------------------------


def of_goemotions(path: Path) -> None:
    kept = list(goemotions.sentences(path.parent, "test"))
    rows = [(one.text, one.certain) for one in kept if one.certain]
    show("GoEmotions test, ten", [(t, e) for t, e in rows if e], EMOTIONS)
    show("GoEmotions test, four", [(t, INTO_FOUR[e]) for t, e in rows if e in INTO_FOUR], FOUR)


def of_xed(path: Path) -> None:
    given = list(lines(path, 3))
    for split in (("en-annotated", "en-neutral"), ("cn-projected",)):
        rows = [(clean(t), XED[e]) for t, e, part in given if part in split and e in XED]
        rows = [(text, emotion) for text, emotion in rows if features(text)]
        labels = tuple(name for name in SEVEN if any(emotion == name for _, emotion in rows))
        show(f"XED {'+'.join(split)}", rows, labels)
        feeling = [(text, emotion) for text, emotion in rows if emotion != "neutral"]
        show(f"XED {split[0]}, neutral barred", feeling, SEVEN[1:], barred=True)


def of_enisear(path: Path) -> None:
    given = [(clean(text), emotion) for text, emotion, split, *_ in lines(path, 4) if split == "en"]
    rows = [(text, ISEAR[emotion]) for text, emotion in given if emotion in ISEAR]
    show("enISEAR en", rows, SIX)
    show("enISEAR en, neutral barred", rows, SIX[1:], barred=True)
    for name in OTHERS:
        own = [(text, "sad") for text, emotion in given if emotion == name]
        show(f"enISEAR {name}, as sad", own, SIX[1:], barred=True)


def of_ours() -> None:
    parts = yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))
    for part, texts in parts.items():
        for language in LANGUAGES:
            rows = [
                (clean(text), emotion)
                for emotion, told in texts.items()
                for text in told[language].split("|")
            ]
            show(f"ours, {part}, {language}", rows, EMOTIONS)
            felt = [(text, emotion) for text, emotion in rows if emotion != "neutral"]
            show(f"ours, {part}, {language}, neutral barred", felt, EMOTIONS[1:], barred=True)


def of_plain() -> None:
    """How often plain sentences are said to speak of a feeling."""
    for name, texts in plain_texts().items():
        alarms = {reader: [alarm(read, text) for text in texts] for reader, read in READERS.items()}
        told = ", ".join(f"{reader} {np.mean(hits):.3f}" for reader, hits in alarms.items())
        print(f"false alarms, {name} (n {len(texts)}): {told}")


def plain_texts() -> dict[str, list[str]]:
    requests = sorted({one.text for one in plain_requests() if one.held})
    coffee = {one for one in requests if "coffee" in one or " shot" in one or " roast" in one}
    data = bundle.read_yaml(bundle.folder("configs") / "phrases" / "english.yaml")
    templates = [one for key in ("always", "often", "templates") for one in data.get(key, ())]
    prose = [" ".join(words) for words in expand(templates, data["slots"], 12)]
    return {
        "coffee orders left out": sorted(coffee),
        "other requests left out": [one for one in requests if one not in coffee],
        "configs/phrases/english.yaml": prose,
    }


def alarm(read: Reader, text: str) -> bool:
    told = read(text)
    labels = {name: MOST_TRUST * p + (1 - MOST_TRUST) / len(told) for name, p in told.items()}
    return bool(said(Saying(labels, 0.0)))


def costs() -> None:
    began = perf_counter()
    model = english.load.__wrapped__()
    print(f"load {1000 * (perf_counter() - began):.0f} ms, {english.FILE.stat().st_size} bytes")
    text = "well i really do not know what to say my dog died yesterday and it was not his fault"
    for name, read in (("the weights", model.guess), ("both readers", guess)):
        began = perf_counter()
        for number in range(200):
            read(f"{text} {number}")
        print(f"a reading, {name}: {(perf_counter() - began) * 5:.2f} ms")


# --- reading -------------------------------------------------------------------------------------


def lines(path: Path, columns: int) -> Iterator[list[str]]:
    for line in path.read_text(encoding="utf-8").split("\n")[1:]:
        if line.count("\t") >= columns - 1:
            yield line.rsplit("\t", columns - 1)


def clean(text: str) -> str:
    """Mandarin keeps its characters alone."""
    if language_of(text) == "zh":
        return "".join(text.split())
    return goemotions.as_heard(text.replace("...", " "))


# --- measures ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Told:
    chances: Array
    wanted: NDArray[np.intp]

    @property
    def right(self) -> NDArray[np.bool_]:
        return np.asarray(self.chances.argmax(axis=1) == self.wanted)

    def drawn(self, rows: NDArray[np.intp]) -> Told:
        return Told(self.chances[rows], self.wanted[rows])


def show(name: str, rows: Sequence[Row], labels: Sequence[str], barred: bool = False) -> None:
    """`barred`: of two readings the likelier feeling counts, however likely it is that none is."""
    for reader, read in READERS.items():
        told = answers(read, rows, labels, barred)
        accuracy, recall = float(told.right.mean()), macro(told)
        print(
            f"{name} (n {len(rows)}) | {reader}: accuracy {accuracy:.3f} "
            f"{between(told, mean_right)}, macro recall {recall:.3f} {between(told, macro)}, "
            f"ECE {calibration_error(told):.3f}"
        )
        print("    " + each(told, labels), flush=True)


def answers(read: Reader, rows: Iterable[Row], labels: Sequence[str], barred: bool) -> Told:
    chances, wanted = [], []
    for text, emotion in rows:
        told = onto(read(text), labels, barred)
        chances.append([told[name] for name in labels])
        wanted.append(labels.index(emotion))
    return Told(np.array(chances), np.array(wanted))


def onto(told: Mapping[str, float], labels: Sequence[str], barred: bool) -> dict[str, float]:
    if barred:
        plain = {"neutral", "calm"} - set(labels)
        told = {name: p for name, p in told.items() if name not in plain}
        whole = sum(told.values())
        told = {name: p / whole for name, p in told.items()}
    return dict(told) if set(labels) == set(told) else folded(told, labels)


def mean_right(told: Told) -> float:
    return float(told.right.mean())


def macro(told: Told) -> float:
    """The mean over the emotions of how many of each are found."""
    return float(np.mean([told.right[told.wanted == k].mean() for k in np.unique(told.wanted)]))


def each(told: Told, labels: Sequence[str]) -> str:
    found = {k: told.right[told.wanted == k] for k in np.unique(told.wanted)}
    return ", ".join(f"{labels[k]} {hits.mean():.2f} of {len(hits)}" for k, hits in found.items())


def between(told: Told, measure: Callable[[Told], float], seed: int = 0) -> str:
    """95 % by drawing sentences with replacement."""
    rng, count = np.random.default_rng(seed), len(told.wanted)
    drawn = [measure(told.drawn(rng.integers(count, size=count))) for _ in range(DRAWS)]
    low, high = np.percentile(drawn, (2.5, 97.5))
    return f"({low:.3f}-{high:.3f})"


def calibration_error(told: Told) -> float:
    """Ten bins of the likeliest emotion's probability."""
    sure = told.chances.max(axis=1)
    bins = np.minimum((sure * 10).astype(int), 9)
    gaps = [abs(told.right[bins == k].mean() - sure[bins == k].mean()) for k in np.unique(bins)]
    shares = [(bins == k).mean() for k in np.unique(bins)]
    return float(np.dot(gaps, shares))


if __name__ == "__main__":
    main()
