"""How well one corpus is read by what was learnt of its other speakers, beside plain regressions.

python -m tests.bench.affect_within --data DIR. DIR holds emotion/emodb4, emotion/emodb7_2s,
emotion/ravdess_01_16, noise and rir. Figures within a corpus flatter: affect reads another one.
Models trained on RAVDESS here are for this table only: its licence lets none of them be shipped.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.affect.conditions import Condition, Surroundings, surroundings
from models.affect.recordings import Table, corpus, gather, read_sound
from models.affect.train import balanced, learn, one_hot, regression
from models.affect.weights import FARTHEST, FOUR, SEVEN, shares
from tests.bench.affect import measured
from tests.bench.affect_measures import HEAD, Array, Told, fresh, in_turn, joined, line

L2 = 0.02
FOLDS = 4
PUBLISHED = """
Published before, regressions on 157 other numbers, none / by speaker (which looks ahead):
EmoDB, four: .808 ± .068 / .878 ± .053; EmoDB cut to 2 s, seven: .713 ± .123 / .861 ± .051;
RAVDESS, eight, 24 actors: .589 ± .050 / .669 ± .063."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    around = surroundings(data, read_sound)
    print(HEAD)
    four, seven = (gather(corpus(data, name), around) for name in ("emodb4", "emodb7_2s"))
    ours(four, seven)
    plain("EmoDB, four", clean(four), alone(four))
    plain("EmoDB cut to 2 s, seven", clean(seven), alone(seven))
    research(data, around)
    print(PUBLISHED)


def ours(four: Table, seven: Table) -> None:
    """The shipped recipe, each speaker read by a model that has not heard this one."""
    kinds = {"four": (clean(four), FOUR), "seven": (clean(seven), SEVEN)}
    told: dict[str, list[Told]] = {}
    for one in np.unique(four.person):
        weights = learn(four.only(four.person != one), seven.only(seven.person != one))
        for kind, (rows, names) in kinds.items():
            tested = rows.only(rows.person == one)
            turns = in_turn(tested, weights, names=names)
            told.setdefault(f"{kind}, first turn", []).append(fresh(tested, weights, names))
            told.setdefault(f"{kind}, turns 4-10", []).append(turns.between(4, 10))
            told.setdefault(f"{kind}, turns 11-999", []).append(turns.between(11))
    for name, parts in told.items():
        print(line(f"EmoDB, ours, {name}", joined(parts)))


def research(data: Path, around: Surroundings) -> None:
    """Four actors are left out at a time; two women and two men each."""
    rows = measured(corpus(data, "ravdess_01_16"), lambda _: Condition(), around)
    rows = rows.only(rows.prefix_s == 0)
    actors = np.unique(rows.person)
    plain("RAVDESS, eight", rows, [actors[part * FOLDS :][:FOLDS] for part in range(FOLDS)])


def plain(name: str, rows: Table, folds: list[NDArray[np.str_]]) -> None:
    """The baseline of the field: a regression on clean recordings, and with each speaker's mean
    and spread over all clips taken off, the later ones too.
    """
    whitened = by_speaker(rows)
    for how, numbers in (("as they are", rows.numbers), ("by speaker, looks ahead", whitened)):
        told = joined(list(guesses(rows, numbers, folds)))
        print(line(f"{name}, plain regression {how}", told))


def guesses(rows: Table, numbers: Array, folds: list[NDArray[np.str_]]) -> Iterator[Told]:
    names = tuple(str(it) for it in np.unique(rows.emotion))
    for people in folds:
        out = np.isin(rows.person, people)
        mean, spread = numbers[~out].mean(axis=0), numbers[~out].std(axis=0)
        x = np.clip((numbers - mean) / spread, -FARTHEST, FARTHEST)
        wanted, count = one_hot(rows.emotion[~out], names), balanced(rows.emotion[~out])
        model = regression(x[~out], wanted, count, L2)
        said = np.asarray(shares(x[out] @ model[:-1] + model[-1]), np.float64)
        blank = np.zeros(int(out.sum()))
        yield Told(rows.emotion[out], rows.person[out], said, blank, blank.astype(np.int64), names)


def by_speaker(rows: Table) -> Array:
    out = rows.numbers.copy()
    for one in np.unique(rows.person):
        own = out[rows.person == one]
        out[rows.person == one] = (own - own.mean(axis=0)) / (own.std(axis=0) + 1e-6)
    return out


def clean(rows: Table) -> Table:
    return rows.only((rows.place == 0) & (rows.prefix_s == 0))


def alone(rows: Table) -> list[NDArray[np.str_]]:
    return [np.array([one]) for one in np.unique(rows.person)]


if __name__ == "__main__":
    main()
