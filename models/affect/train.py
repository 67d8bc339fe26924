"""Trains weights.npz on acted German speech, moved to other voices, rooms, noises and lines.

python -m models.affect.train --data DIR, from the root of a checkout. DIR holds emotion/emodb4,
emotion/emodb7_2s, noise and rir. Everything is chosen on speakers left out; no other corpus of
speech is looked at. What limits the reader is data: with --more FOLDER it learns from other
corpora too (CREMA-D, JL-Corpus, SUBESCO, MESD, or any with a labels.csv).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .conditions import Surroundings, surroundings
from .corpora import more
from .describe import NAMES
from .frames import Floats
from .recordings import COPIES, Array, Ints, Table, corpus, gather, joined, read_sound, speakers
from .weights import FARTHEST, FOUR, SEVEN, Weights, inputs, shares

PRIOR = 0.1, 20.0  # turns
BELIEVED = 0.5  # of what a feeling makes of a voice is taken off again: readings can be wrong
WEAKEST, STRONGEST = 0.6, 1.1  # how much of the acted feeling there is: people do not act
TIMES = 2  # each row is seen with so many histories
L2 = 0.1
SHORT_WEIGHT = 0.3
USUAL = 0.999  # of the turns are not extreme
UNHEARD = 2.0, 1.4  # so much less sure of people of another corpus: strangers, known ones
UNSURE = 0.5  # below it a name is more likely wrong than right
FOLDS = 10
CLEAN_WEIGHT = 3.0
DECIDED_S = 1.0  # what is shorter teaches nothing
AROUSAL_SPREAD = 0.8
RULE = {
    **{"pitch_p50": 1.0, "pitch_p80": 1.0, "pitch_range": 0.3, "flux_p50": 0.3},
    **{"centroid_p50": 0.5, "alpha_p50": -1.0, "hammarberg_p50": -0.7, "slope_low_p50": 0.5},
}
AWAKE = ("angry", "fearful", "happy")


# --- what is usual -------------------------------------------------------------------------------


def streams(table: Table, felt: Array, weights: Weights, rng: np.random.Generator) -> Array:
    """What may have been learnt of each row's speaker in the turns before it, if `felt` is what
    was read in each row.
    """
    usual = np.tile(weights.people, (len(table), 1)).astype(np.float64)
    unmoved = table.numbers - felt @ weights.moves
    turns = rng.integers(1, 21, len(table))
    for rows in speakers(table):
        whole = rows[table.prefix_s[rows] == 0]
        for row in rows:
            others = whole[table.clip[whole] != table.clip[row]]
            if not len(others):
                continue
            heard = rng.choice(others, turns[row], p=_mix(table.emotion[others], rng))
            away = unmoved[heard].mean(axis=0) - weights.people
            usual[row] += turns[row] / (weights.prior + turns[row]) * away
    return usual


def _mix(emotions: NDArray[np.str_], rng: np.random.Generator) -> Array:
    """How often each turn comes: people are mostly neutral, or have a mood of their own."""
    names, which, counts = np.unique(emotions, return_inverse=True, return_counts=True)
    if rng.random() < 0.5:
        shares = np.where(names == "neutral", 0.75, 0.25 / max(1, len(names) - 1))
    else:
        shares = rng.dirichlet(np.ones(len(names)))
    each = (shares / counts)[which]
    return np.asarray(each / each.sum())


# --- fitting -------------------------------------------------------------------------------------


def weaker(table: Table, rng: np.random.Generator) -> Table:
    """Less of the feeling: moved towards how the same speaker sounds without."""
    numbers = table.numbers.copy()
    for rows in speakers(table):
        felt = table.emotion[rows] != "neutral"
        calm = rows[~felt & (table.prefix_s[rows] == 0)]
        if len(calm):
            mean = numbers[calm].mean(axis=0)
            share = rng.uniform(WEAKEST, STRONGEST, (felt.sum(), 1))
            numbers[rows[felt]] = mean + share * (numbers[rows[felt]] - mean)
    return replace(table, numbers=numbers)


def people(table: Table) -> Weights:
    """Means and spreads, and models that know nothing yet."""
    whole = table.only(table.prefix_s == 0)
    even = balanced(whole.emotion)
    mean = even @ whole.numbers / even.sum()
    within = np.concatenate(
        [whole.numbers[rows] - whole.numbers[rows].mean(axis=0) for rows in speakers(whole)]
    )
    spread, own = whole.numbers.std(axis=0), within.std(axis=0)
    plain = whole.numbers[(whole.emotion == "neutral") & (whole.place == 0)].mean(axis=0)
    moves = _moves(whole)
    untaught = np.zeros((2, 0, 0), np.float32)
    return Weights(
        names=NAMES,
        people=_small(mean),
        plain=_small(plain),
        people_spread=_small(spread),
        own_spread=_small(own),
        prior=_prior(whole, moves),
        moves=_small(moves),
        four=untaught,
        seven=untaught,
        excited=untaught,
        temperature=np.ones((2, 2), np.float32),
        extreme=FARTHEST,
        unsure=UNSURE,
    )


def _moves(whole: Table) -> Array:
    """How far each emotion is from the middle of all four, the mean over speakers."""
    away = [means - means.mean(axis=0) for _, means in _felt_means(whole)]
    return np.asarray(BELIEVED * np.mean(away, axis=0))


def _felt_means(whole: Table) -> Iterator[tuple[Ints, Array]]:
    """The mean of each of the four emotions, of every speaker of whom all are known."""
    for rows in speakers(whole):
        parts = [rows[whole.emotion[rows] == name] for name in FOUR]
        if all(map(len, parts)):
            yield rows, np.array([whole.numbers[part].mean(axis=0) for part in parts])


def _prior(whole: Table, moves: Array) -> Floats:
    """How many turns people's mean is worth: the fewer, the more people differ from each other,
    and the less one person's turns do once their feelings are taken off.
    """
    unmoved = whole.numbers - one_hot(whole.emotion, FOUR) @ moves
    each = [(unmoved[rows], means.mean(axis=0)) for rows, means in _felt_means(whole)]
    within = np.mean([turns.var(axis=0) for turns, _ in each], axis=0)
    size = np.mean([len(turns) for turns, _ in each])
    between = np.var([middle for _, middle in each], axis=0) - within / size
    return _small(np.clip(within / np.maximum(between, 1e-9), *PRIOR))


def _small(numbers: Array) -> Floats:
    return numbers.astype(np.float32)


def balanced(emotions: NDArray[np.str_]) -> Array:
    """Weights that make every emotion count the same."""
    _, which, counts = np.unique(emotions, return_inverse=True, return_counts=True)
    return np.asarray(len(emotions) / len(counts) / counts[which], np.float64)


def regression(
    x: NDArray[np.floating], wanted: Array, weight: Array, l2: float, steps: int = 300
) -> Floats:
    """A softmax regression by Nesterov's accelerated gradient; the last row is the bias."""
    x = np.concatenate((x, np.ones((len(x), 1))), axis=1, dtype=np.float64)
    weight = weight / weight.sum()
    keep = np.full((x.shape[1], 1), l2)
    keep[-1] = 0
    rate = 1 / (0.5 * np.linalg.norm(x * np.sqrt(weight)[:, None], 2) ** 2 + l2)
    ahead = now = np.zeros((x.shape[1], wanted.shape[1]))
    momentum = 1.0
    for _ in range(steps):
        error = shares(x @ ahead) - wanted
        then = ahead - rate * (x.T @ (error * weight[:, None]) + keep * ahead)
        after = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead, now, momentum = then + (momentum - 1) / after * (then - now), then, after
    return _small(now)


def one_hot(emotions: NDArray[np.str_], names: Sequence[str]) -> Array:
    return np.asarray(emotions[:, None] == np.array(names), np.float64)


# --- models --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lesson:
    """Rows as the models see them: beside people, and beside what was known of the speaker."""

    beside: Floats
    own: Floats
    rows: Table

    def model(self, wanted: Array, count: Array) -> Floats:
        return np.stack([regression(it, wanted, count, L2) for it in (self.beside, self.own)])


def lesson(table: Table, readers: Readers, weights: Weights, rng: np.random.Generator) -> Lesson:
    """Every row with TIMES histories, and with more and less of the feeling."""
    tables = [weaker(table, rng) for _ in range(TIMES)]
    felt = [first_read(one, readers, weights) for one in tables]
    usual = [streams(one, it, weights, rng) for one, it in zip(tables, felt, strict=True)]
    found = [
        inputs(weights, *both) for both in zip((t.numbers for t in tables), usual, strict=True)
    ]
    beside, own = (np.concatenate(half) for half in zip(*found, strict=True))
    return Lesson(beside, own, joined(tables))


def learn(four: Table, seven: Table | None, seed: int = 0) -> Weights:
    """Models of the emotions and of arousal. Without `seven` there are no hints."""
    rng = np.random.default_rng(seed)
    weights = people(four)
    tables = [decided(it) for it in (four, seven) if it is not None]
    readers = strangers(tables[0], weights)
    lessons = [lesson(it, readers, weights, rng) for it in tables]
    return replace(
        weights,
        four=lessons[0].model(one_hot(lessons[0].rows.emotion, FOUR), importance(lessons[0].rows)),
        seven=_hints(lessons[-1]),
        excited=np.mean([_excited(one) for one in lessons], axis=0).astype(np.float32),
        extreme=_extreme(lessons[0]),
    )


def decided(table: Table) -> Table:
    return table.only((table.prefix_s == 0) | (table.prefix_s >= DECIDED_S))


Readers = list[tuple[NDArray[np.str_], Floats]]
"""Models, each with the people that it has not heard."""


def strangers(four: Table, weights: Weights) -> Readers:
    readers = []
    for third in (np.unique(four.person)[part::3] for part in range(3)):
        others = four.only(~np.isin(four.person, third))
        beside, _ = inputs(weights, others.numbers, weights.people)
        wanted = one_hot(others.emotion, FOUR)
        readers.append((third, regression(beside, wanted, importance(others), L2)))
    return readers


def first_read(table: Table, readers: Readers, weights: Weights) -> Array:
    """What is read in each row by one to whom the speaker is new."""
    felt = np.zeros((len(table), len(FOUR)))
    beside, _ = inputs(weights, table.numbers, weights.people)
    for people, model in readers:
        own = np.isin(table.person, people)
        felt[own] = shares(beside[own] @ model[:-1] + model[-1])
    return felt


def importance(rows: Table) -> Array:
    """Every emotion the same; a whole recording more than its beginning, a clean one most."""
    whole = np.where(rows.prefix_s == 0, 1.0, SHORT_WEIGHT)
    return np.asarray(balanced(rows.emotion) * whole * np.where(rows.place == 0, CLEAN_WEIGHT, 1))


def _hints(one: Lesson) -> Floats:
    return one.model(one_hot(one.rows.emotion, SEVEN), importance(one.rows))


def _excited(one: Lesson) -> Floats:
    """Half is learnt, awake against at rest, and half is the rule that needs no data."""
    awake = np.isin(one.rows.emotion, AWAKE).astype(np.float64)
    count = np.where(one.rows.emotion == "disgusted", 0, importance(one.rows))
    model = one.model(np.stack((awake, 1 - awake), axis=1), count)
    learnt = model[:, :, :1] - model[:, :, 1:]
    rule = np.array([RULE.get(name, 0.0) for name in (*NAMES, "bias")])[:, None]
    halves = []
    for found, part in zip((one.beside, one.own), learnt, strict=True):
        mixed = sum(it / (found @ it[:-1]).std() for it in (part, rule))
        halves.append(AROUSAL_SPREAD * mixed / (found @ mixed[:-1]).std())
    return _small(np.stack(halves))


def _extreme(one: Lesson) -> float:
    """How far from what is usual for their speakers most turns stay."""
    own = one.own[one.rows.prefix_s == 0]
    return float(np.quantile(np.sqrt((own**2).mean(axis=1)), USUAL))


# --- how sure ------------------------------------------------------------------------------------


def calibrated(weights: Weights, four: Table) -> Weights:
    """Temperatures by what models say of speakers that they have not heard."""
    people = np.unique(four.person)
    held = [_held_out(four, people[fold::FOLDS]) for fold in range(min(FOLDS, len(people)))]
    rows = joined([it[0] for it in held])
    right = one_hot(rows.emotion, FOUR).argmax(axis=1)
    found = [
        _temperature(np.concatenate([it[1][half] for it in held]), right, 1 / rows.speech_s)
        for half in (0, 1)
    ]
    heated = np.array(found) * np.array(UNHEARD)[:, None]
    return replace(weights, temperature=_small(heated), unsure=UNSURE)


def _held_out(four: Table, people: NDArray[np.str_]) -> tuple[Table, tuple[Array, Array]]:
    """What is said of them as strangers, and once they are known."""
    out = np.isin(four.person, people)
    model, rows = learn(four.only(~out), None), four.only(out)
    felt = first_read(rows, [(people, model.four[0])], model)
    found = inputs(model, rows.numbers, streams(rows, felt, model, np.random.default_rng(1)))
    strange, known = (
        np.asarray(half @ part[:-1] + part[-1], np.float64)
        for half, part in zip(found, model.four, strict=True)
    )
    return rows, (strange, known)


def _temperature(scores: Array, right: Ints, brief: Array) -> tuple[float, float]:
    """Of a long turn, and what is added for one of a second."""
    tried = [(whole, short) for whole in np.arange(0.3, 3, 0.1) for short in np.arange(0, 2, 0.1)]
    losses = [_loss(scores / (whole + short * brief)[:, None], right) for whole, short in tried]
    whole, short = tried[int(np.argmin(losses))]
    return float(whole), float(short)


def _loss(scores: Array, right: Ints) -> float:
    return float(-np.log(shares(scores)[np.arange(len(right)), right] + 1e-9).mean())


def heard(folders: Sequence[Path], around: Surroundings) -> tuple[list[Table], list[Table]]:
    """What else there is to learn from, of four emotions and of seven."""
    four, seven = [], []
    for folder in folders:
        licence, clips = more(folder)
        people = len({clip.person for clip in clips})
        print(f"{folder}: {len(clips)} recordings of {people} people; {licence}")
        rows = gather(clips, around, COPIES // 2)
        four.append(rows.only(np.isin(rows.emotion, FOUR)))
        seven.append(rows.only(np.isin(rows.emotion, SEVEN)))
    return four, seven


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--save", type=Path, default=Path(__file__).with_name("weights.npz"))
    parser.add_argument("--more", type=Path, action="append", default=[], metavar="FOLDER")
    asked = parser.parse_args()
    around = surroundings(asked.data, read_sound)
    four, seven = heard(asked.more, around)
    four.insert(0, gather(corpus(asked.data, "emodb4"), around))
    seven.insert(0, gather(corpus(asked.data, "emodb7_2s"), around, COPIES // 2))
    weights = calibrated(learn(joined(four), joined(seven)), joined(four))
    weights.save(asked.save)
    print(f"temperatures {weights.temperature.tolist()}, extreme {weights.extreme:.2f}")


if __name__ == "__main__":
    main()
