"""What words and the turns before add to the voice, and what they must not take from it.

python -m tests.bench.affect_whole --data DIR. DIR holds emotion/ravdess_01_16, noise and rir. The
actors all say the same two plain sentences. So words that tell something are put to their voices
here, from sentences that were written for the tests of the words: the voices are real, the words
are real, that they belong together is not.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from models.affect import adapter, reader
from models.affect.conditions import Condition, surroundings
from models.affect.recordings import Table, corpus, read_sound
from models.affect.weights import FOUR, Weights, load
from tests.bench.affect import four_of, measured
from tests.bench.affect_measures import Told, auc, by_speaker, calibration_error, description_of
from voiceagent.events import Reading
from voiceagent.hearing.feelings.state import Carry, States
from voiceagent.hearing.feelings.weigh import Views, Weighed, weigh
from voiceagent.hearing.feelings.words import read_words

SENTENCES = Path("tests/hearing/feelings/sentences.yaml")
SPOKEN = "kids are talking by the door"
OTHER = {"angry": "happy", "happy": "angry", "neutral": "sad", "sad": "happy"}
STAYS = 0.7  # of the turns have the feeling of the turn before, where there are moods
ORDERS = 5

Written = Mapping[str, list[str]]
Says = Callable[[str, np.random.Generator], str]
"""The words that are put to a voice with this feeling."""


@dataclass(frozen=True, slots=True)
class Turn:
    emotion: str
    person: str
    number: int
    reading: Reading  # of the voice


def turns(rows: Table, weights: Weights, moods: bool) -> Iterator[Turn]:
    """Every speaker's, in a few orders, each read with what was known of the speaker by then."""
    rng = np.random.default_rng(0)
    for _ in range(ORDERS):
        for one in np.unique(rows.person):
            own = np.flatnonzero(rows.person == one)
            order = sticky(rows.emotion[own], rng) if moods else rng.permutation(len(own))
            baseline = weights.baseline()
            for number, row in enumerate(own[order]):
                description = description_of(rows, int(row))
                felt = reader.read(description, baseline, weights, 0.0)
                yield Turn(str(rows.emotion[row]), str(one), number, felt)
                reader.learn(description, baseline, weights)


def sticky(emotions: NDArray[np.str_], rng: np.random.Generator) -> NDArray[np.int64]:
    """An order in which feelings last."""
    left = list(rng.permutation(len(emotions)))
    order = [left.pop()]
    while left:
        alike = [it for it in left if emotions[it] == emotions[order[-1]]]
        others = [it for it in left if emotions[it] != emotions[order[-1]]]
        pool = alike if alike and (not others or rng.random() < STAYS) else others
        order.append(pool[0])
        left.remove(pool[0])
    return np.array(order)


def whole(stream: list[Turn], says: Says, context: bool, voice: bool = True) -> list[Weighed]:
    """What is said of each turn by what is shown of it. A new number 0 is a new conversation."""
    rng, out = np.random.default_rng(1), []
    states = States(Carry())
    for turn in stream:
        if turn.number == 0:
            states = States(Carry())
        text = says(turn.emotion, rng)
        saying = read_words(text) if text else None
        felt = turn.reading if voice else silent(turn.reading)
        weighed = weigh(Views(felt, saying), before(states, context))
        states.add("user", weighed.own)
        out.append(weighed)
    return out


def before(states: States, context: bool) -> Callable[..., Mapping[str, float]]:
    fresh = States(Carry())
    return lambda names: (states if context else fresh).expected("user", names)


def silent(reading: Reading) -> Reading:
    """A voice that leaves everything open."""
    even = dict.fromkeys(reading.labels, 1 / len(reading.labels))
    return Reading(even, 0.0, 0.0, 0.0)


def told(stream: list[Turn], found: list[Weighed]) -> Told:
    said = np.array([[it.reading.labels.get(name, 0.0) for name in FOUR] for it in found])
    whole_of = np.maximum(said.sum(axis=1, keepdims=True), 1e-9)
    return Told(
        np.array([it.emotion for it in stream]),
        np.array([it.person for it in stream]),
        said / whole_of,
        np.array([it.reading.valence for it in found]),  # in the place of arousal
        np.array([it.number + 1 for it in stream]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    weights, around = load(adapter.OURS), surroundings(data, read_sound)
    rows = measured(corpus(data, "ravdess_01_16"), lambda _: Condition(), around)
    rows = four_of(rows.only(rows.prefix_s == 0))
    for moods in (False, True):
        stream = list(turns(rows, weights, moods))
        order = "feelings last" if moods else "any order"
        print(f"RAVDESS, {len(rows)} clips, {ORDERS} orders: {order}\n")
        table(stream, sentences())


def table(stream: list[Turn], written: Written) -> None:
    print("| | UAR, mean ± sd over speakers | ECE | valence AUC, happy against angry and sad |")
    print("|---|---|---|---|")
    for name, says in kinds(written).items():
        for context in (False, True):
            found = whole(stream, says, context)
            print(line(f"{name}{', and the turns before' if context else ''}", told(stream, found)))
        if name not in ("voice alone", "with the plain words spoken"):
            print(
                line(f"{name}, without the voice", told(stream, whole(stream, says, False, False)))
            )
    clash(stream, kinds(written))


def kinds(written: Written) -> dict[str, Says]:
    def of(share: float) -> Says:
        return lambda emotion, rng: (
            str(rng.choice(written[emotion])) if rng.random() < share else SPOKEN
        )

    return {
        "voice alone": lambda _, __: "",
        "with the plain words spoken": lambda _, __: SPOKEN,
        "with words that say it": of(1.0),
        "with words that say it in one turn of three": of(1 / 3),
    }


def sentences() -> Written:
    """Those that were written before anything was learnt from others."""
    written = yaml.safe_load(SENTENCES.read_text(encoding="utf-8"))["before"]
    return {name: [it.strip() for it in written[name]["en"].split("|")] for name in FOUR}


def line(name: str, said: Told) -> str:
    each = by_speaker(said)
    felt = said.only(np.isin(said.emotion, ("angry", "happy", "sad")))
    pleasant = auc(felt.awake, felt.emotion == "happy")
    error = calibration_error(said)
    return f"| {name} | {each.mean():.3f} ± {each.std():.3f} | {error:.3f} | {pleasant:.3f} |"


def clash(stream: list[Turn], says: Mapping[str, Says]) -> None:
    """Whether words against the voice show: the same turns with words of another feeling."""
    with_it = says["with words that say it"]
    crossed = whole(stream, lambda emotion, rng: with_it(OTHER[emotion], rng), False)
    agreed = whole(stream, with_it, False)
    score = np.array([it.incongruence for it in (*crossed, *agreed)])
    high = np.arange(len(score)) < len(crossed)
    print(f"\nincongruence of crossed against agreeing words: AUC {auc(score, high):.3f}\n")


if __name__ == "__main__":
    main()
