"""How well models/affect reads voices that it has never heard, and what spoils it.

python -m tests.bench.affect --data DIR. DIR holds emotion/emodb4, emotion/ravdess_01_16, noise and
rir. Trained on EmoDB (German); measured on EmoDB with each speaker left out, and on RAVDESS
(English), of which nothing was ever trained on.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import process_time

import numpy as np
from numpy.typing import NDArray

from models.affect import adapter, reader
from models.affect.conditions import (
    TRAINING_NOISES,
    TRAINING_ROOMS,
    Condition,
    Surroundings,
    changed,
    surroundings,
    unheard,
)
from models.affect.describe import Description
from models.affect.frames import RATE, Floats, analyse
from models.affect.recordings import (
    Clip,
    Row,
    Table,
    corpus,
    gather,
    read_sound,
    rows_of,
    table,
)
from models.affect.train import balanced, learn, one_hot, regression
from models.affect.weights import FOUR, Weights, heat, inputs, load, score, shares
from models.silero import adapter as silero
from tests.bench.labels import speech_span
from voiceagent.events import Felt
from voiceagent.parts import FRAME_BYTES, FRAME_MS, Frame

Array = NDArray[np.float64]
AWAKE = ("angry", "fearful", "happy", "surprised")
ORDERS = 5  # of a speaker's turns, drawn
DRAWS = 2_000  # of the bootstrap


@dataclass(frozen=True, slots=True)
class Told:
    """What was said of each row, and what it should have been."""

    emotion: NDArray[np.str_]
    person: NDArray[np.str_]
    said: Array  # shares of the four
    awake: Array
    turn: NDArray[np.int64]  # 0: nothing was known of the speaker

    def only(self, rows: NDArray[np.bool_]) -> Told:
        return Told(*(getattr(self, name)[rows] for name in self.__slots__))

    @property
    def four(self) -> Told:
        return self.only(np.isin(self.emotion, FOUR))

    @property
    def right(self) -> NDArray[np.bool_]:
        return np.asarray(np.array(FOUR)[self.said.argmax(axis=1)] == self.emotion)


# --- measures ------------------------------------------------------------------------------------


def recall(right: NDArray[np.bool_], emotion: NDArray[np.str_]) -> float:
    """The mean over the emotions of how many of each are found (UAR)."""
    return float(np.mean([right[emotion == name].mean() for name in np.unique(emotion)]))


def by_speaker(told: Told) -> Array:
    return np.array(
        [
            recall(told.right[told.person == one], told.emotion[told.person == one])
            for one in np.unique(told.person)
        ]
    )


def interval(told: Told) -> tuple[float, float]:
    """Of the mean over speakers, by drawing speakers with replacement: 95 %."""
    each = by_speaker(told)
    drawn = np.random.default_rng(0).choice(each, (DRAWS, len(each))).mean(axis=1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)


def auc(score: Array, high: NDArray[np.bool_]) -> float:
    """The chance that one of the high scores above one of the low."""
    over, under = score[high][:, None], score[~high][None]
    return float((over > under).mean() + 0.5 * (over == under).mean())


def awake_auc(told: Told) -> float:
    return auc(told.awake, np.isin(told.emotion, AWAKE))


def calibration_error(told: Told, bins: int = 10) -> float:
    sure = told.said.max(axis=1)
    place = np.minimum((sure * bins).astype(int), bins - 1)
    gaps = (
        abs(told.right[place == one].mean() - sure[place == one].mean()) * (place == one).mean()
        for one in np.unique(place)
    )
    return float(sum(gaps))


def accuracy_at(told: Told, coverage: float) -> float:
    """Of the readings that it is surest of."""
    order = np.argsort(-told.said.max(axis=1), kind="stable")
    return float(told.right[order[: round(coverage * len(order))]].mean())


def line(name: str, told: Told) -> str:
    four = told.four
    each, (low, high) = by_speaker(four), interval(four)
    return (
        f"| {name} | {each.mean():.3f} ± {each.std():.3f} | {low:.3f}-{high:.3f} "
        f"| {recall(four.right, four.emotion):.3f} | {awake_auc(told):.3f} "
        f"| {calibration_error(four):.3f} "
        f"| {four.right.mean():.3f} | {accuracy_at(four, 0.5):.3f} |"
    )


HEAD = (
    "| | UAR, mean ± sd over speakers | 95 % | UAR pooled | arousal AUC | ECE | accuracy "
    "| of the surer half |\n|---|---|---|---|---|---|---|---|"
)


# --- readings ------------------------------------------------------------------------------------


def fresh(rows: Table, weights: Weights) -> Told:
    """Each as the first thing that this speaker says."""
    usual = np.tile(weights.people, (len(rows), 1)).astype(np.float64)
    return _told(rows, weights, usual, np.zeros(len(rows)), np.zeros(len(rows), np.int64))


def in_turn(
    rows: Table, weights: Weights, orders: int = ORDERS, neutral: bool = False, prefix_s: float = 0
) -> Told:
    """One after the other, with what the ear itself would have learnt of the speaker by then."""
    rng = np.random.default_rng(0)
    heard: list[tuple[int, Floats, float, int]] = []
    for _ in range(orders):
        for one in np.unique(rows.person):
            whole = np.flatnonzero((rows.person == one) & (rows.prefix_s == 0))
            baseline = weights.baseline()
            for number, row in enumerate(whole[_order(rows.emotion[whole], rng, neutral)]):
                same = (rows.clip == rows.clip[row]) & (rows.prefix_s == prefix_s)
                known = (baseline.usual, baseline.turns, number + 1)
                heard += [(int(place), *known) for place in np.flatnonzero(same)]
                reader.learn(description_of(rows, int(row)), baseline, weights)
    places, usual, turns, turn = zip(*heard, strict=True)
    shown = rows.only(np.array(places))
    return _told(shown, weights, np.array(usual), np.array(turns), np.array(turn))


def _order(
    emotions: NDArray[np.str_], rng: np.random.Generator, neutral: bool
) -> NDArray[np.int64]:
    """All of them, or 24 turns of which three quarters are neutral (so some come again)."""
    if not neutral:
        return np.asarray(rng.permutation(len(emotions)))
    plain = np.flatnonzero(emotions == "neutral")
    felt = np.flatnonzero(emotions != "neutral")
    both = [*rng.choice(plain, 18), *rng.choice(felt, 6)]
    return np.asarray(rng.permutation(both))


def description_of(rows: Table, place: int) -> Description:
    return Description(
        rows.numbers[place].astype(np.float32),
        float(rows.level_db[place]),
        float(rows.clear_db[place]),
        float(rows.speech_s[place]),
    )


def _told(
    rows: Table, weights: Weights, usual: Array, turns: Array, turn: NDArray[np.int64]
) -> Told:
    found = inputs(weights, rows.numbers, usual)
    warmth = heat(weights, rows.speech_s, turns)[:, None]
    four = shares(score(weights.four, *found, turns) / warmth)
    awake = score(weights.excited, *found, turns)[:, 0]
    return Told(rows.emotion, rows.person, np.asarray(four), np.asarray(awake), turn)


def paired(told: Told) -> Told:
    """Two later turns of the same emotion, read together."""
    kept: list[int] = []
    said = []
    for one in np.unique(told.person):
        for name in FOUR:
            mine = np.flatnonzero((told.person == one) & (told.emotion == name) & (told.turn > 10))
            for first, second in zip(mine[::2], mine[1::2], strict=False):
                both = told.said[first] * told.said[second]
                kept.append(int(first))
                said.append(both / both.sum())
    return replace(told.only(np.array(kept)), said=np.array(said))


# --- recordings ----------------------------------------------------------------------------------


def measured(
    clips: Sequence[Clip], change: Callable[[int], Condition], around: Surroundings
) -> Table:
    """Every clip from where its speech begins, whole and cut short."""
    rows: list[Row] = []
    for number, clip in enumerate(clips):
        first, last = speech_span(clip.sound, RATE)
        rng = np.random.default_rng(number)
        sound = changed(clip.sound, change(number), around, rng)
        frames = analyse(sound[: (last + 150) * RATE // 1000])
        rows += rows_of(clip, frames, first // 10)
    return table(rows)


def conditions(around: Surroundings) -> Iterator[tuple[str, Callable[[int], Condition]]]:
    """Noises and rooms that were not trained with."""
    noises = unheard(around.noises, TRAINING_NOISES)
    rooms = unheard(around.rooms, TRAINING_ROOMS)

    def noisy(snr_db: float) -> Callable[[int], Condition]:
        return lambda n: Condition(noise=noises[n % len(noises)], snr_db=snr_db)

    yield "clean", lambda n: Condition()
    yield "noise, 20 dB", noisy(20)
    yield "noise, 10 dB", noisy(10)
    yield "noise, 5 dB", noisy(5)
    yield "telephone", lambda n: Condition(telephone=True)
    yield "room", lambda n: Condition(room=rooms[n % len(rooms)])


# --- tables --------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--skip-within", action="store_true", help="no training at all")
    asked = parser.parse_args()
    weights = load(adapter.OURS)
    around = surroundings(asked.data, read_sound)
    unseen(asked.data, weights, around)
    if not asked.skip_within:
        within(asked.data, around)


def unseen(data: Path, weights: Weights, around: Surroundings) -> None:
    clips = corpus(data, "ravdess_01_16")
    began = process_time()
    found = {name: measured(clips, change, around) for name, change in conditions(around)}
    spent = process_time() - began
    print(f"RAVDESS 01-16: {len(clips)} clips, {len(found)} conditions, {spent:.0f} s of CPU\n")
    clean = found["clean"].only(found["clean"].prefix_s == 0)
    turns = in_turn(four_of(clean), weights)
    beginnings(clean, turns, weights)
    spoilt(found, weights)
    coverage("first turn", fresh(clean, weights).four, weights)
    coverage("turns 11+", _between(turns, 11), weights)
    by_sex(fresh(clean, weights).four, _between(turns, 11))
    strength(clips, clean, weights)
    through_the_ear(clips)
    plain(data, clean, around)


def four_of(rows: Table) -> Table:
    return rows.only(np.isin(rows.emotion, FOUR))


def _between(told: Told, low: int, high: int = 999) -> Told:
    return told.only((told.turn >= low) & (told.turn <= high))


def beginnings(clean: Table, turns: Told, weights: Weights) -> None:
    print(HEAD)
    print(line("first turn", fresh(clean, weights)))
    for low, high in ((1, 3), (4, 10), (11, 999)):
        print(line(f"turns {low}-{high}", _between(turns, low, high)))
    print(line("turns 11-999, all eight emotions spoken", _between(in_turn(clean, weights), 11)))
    settled = in_turn(four_of(clean), weights, 20, neutral=True)
    print(line("75 % neutral, turns 1-3", _between(settled, 1, 3)))
    print(line("75 % neutral, turns 9-24", _between(settled, 9)))
    print(line("turns 11-999, two read together", paired(turns)), "\n")


def spoilt(found: Mapping[str, Table], weights: Weights) -> None:
    """What noise, a line, a room and little time cost."""
    print("| | read | UAR first turn | UAR turns 11+ | arousal AUC first | AUC turns 11+ | ECE |")
    print("|---|---|---|---|---|---|---|")
    for name, rows in found.items():
        _spoilt_row(name, rows, 0, weights)
    for prefix in (1.5, 1.0, 0.5):
        _spoilt_row(f"the first {prefix} s", found["clean"], prefix, weights)
    print()


def _spoilt_row(name: str, rows: Table, prefix: float, weights: Weights) -> None:
    """What was learnt of the speaker is learnt from whole turns in the same condition."""
    now = rows.only(rows.prefix_s == prefix)
    first = fresh(now, weights)
    later = _between(in_turn(rows, weights, prefix_s=prefix), 11)
    print(
        f"| {name} | {len(now) / max(1, (rows.prefix_s == 0).sum()):.2f} "
        f"| {by_speaker(first.four).mean():.3f} | {by_speaker(later.four).mean():.3f} "
        f"| {awake_auc(first):.3f} | {awake_auc(later):.3f} "
        f"| {calibration_error(first.four):.3f} |"
    )


def coverage(name: str, told: Told, weights: Weights) -> None:
    parts = (1.0, 0.8, 0.6, 0.5, 0.4, 0.2)
    kept = told.said.max(axis=1) >= weights.unsure
    print(f"{name}: accuracy of the surest", end=" ")
    print(*(f"{100 * share:.0f} %: {accuracy_at(told, share):.3f}" for share in parts), sep=", ")
    print(f"  at `unsure` {weights.unsure:.2f}: {kept.mean():.2f} read,", end=" ")
    print(f"{told.right[kept].mean():.3f} right", "\n")


def by_sex(first: Told, later: Told) -> None:
    for name, odd in (("men", 1), ("women", 0)):
        each = [told.only(told.person.astype(int) % 2 == odd) for told in (first, later)]
        print(f"{name}: first turn {by_speaker(each[0]).mean():.3f},", end=" ")
        print(f"turns 11+ {by_speaker(each[1]).mean():.3f}")
    for name, told in (("first turn", first), ("turns 11+", later)):
        print(name, "rows are true, columns said:", *FOUR)
        for emotion in FOUR:
            said = told.said[told.emotion == emotion].argmax(axis=1)
            print(f"  {emotion:8}", *(f"{(said == one).mean():.2f}" for one in range(4)))
    print()


def strength(clips: Sequence[Clip], clean: Table, weights: Weights) -> None:
    """Of two takes by the same person with the same feeling, the stronger sounds more awake."""
    told = fresh(clean, weights)
    strong = np.array([clips[number].strong for number in clean.clip])
    wins = []
    for person in np.unique(told.person):
        for name in np.unique(told.emotion):
            mine = (told.person == person) & (told.emotion == name)
            if (mine & strong).any() and (mine & ~strong).any():
                wins.append(auc(told.awake[mine], strong[mine]))
    print(f"strong above normal, same person and emotion: {np.mean(wins):.3f}\n")


def through_the_ear(clips: Sequence[Clip]) -> None:
    """The ear itself behind a real detector, a session for each clip; what it costs."""
    ear, detectors = adapter.build(adapter.Options(unsure=0.0)), silero.build(silero.Options())
    spent, seconds, worst, right = 0.0, 0.0, 0.0, []
    kept = [clip for clip in clips if clip.emotion in FOUR]
    for clip in kept:
        listener, detector = ear.listen(), detectors.listen()
        last: Felt | None = None
        for frame in frames_of(clip.sound):
            seen = list(detector.feed(frame, ()))
            began = process_time()
            felt = [it for it in listener.feed(frame, seen) if isinstance(it, Felt)]
            took = process_time() - began
            spent, worst, seconds = spent + took, max(worst, took), seconds + FRAME_MS / 1000
            last = felt[-1] if felt else last
        label = "" if last is None else next(iter(last.reading.labels))
        right.append(label == clip.emotion)
    found = recall(np.array(right), np.array([clip.emotion for clip in kept]))
    print(f"through silero and the ear, first turn: UAR {found:.3f} of {len(kept)} clips;", end=" ")
    print(f"{1000 * spent / seconds:.2f} ms of CPU a second of audio, worst frame", end=" ")
    print(f"{1000 * worst:.1f} ms\n")


def frames_of(sound: Floats) -> Iterator[Frame]:
    pcm = sound.astype(np.int16).tobytes() + bytes(FRAME_BYTES * 20)
    for place in range(len(pcm) // FRAME_BYTES):
        yield Frame(place * FRAME_MS, pcm[place * FRAME_BYTES : (place + 1) * FRAME_BYTES])


def plain(data: Path, clean: Table, around: Surroundings) -> None:
    """The baseline of the field: a logistic regression on clean recordings as they are."""
    rows = gather(corpus(data, "emodb4"), around, copies=0)
    rows = rows.only(rows.prefix_s == 0)
    tested = four_of(clean)
    for name, own in (("as it is", False), ("less each speaker's mean of all clips", True)):
        mean, spread = rows.numbers.mean(axis=0), rows.numbers.std(axis=0)
        x, y = (centred(it) if own else it.numbers - mean for it in (rows, tested))
        model = regression(x / spread, one_hot(rows.emotion, FOUR), balanced(rows.emotion), 0.02)
        said = shares(np.clip(y / spread, -4, 4) @ model[:-1] + model[-1])
        blank = np.zeros(len(tested))
        told = Told(tested.emotion, tested.person, np.asarray(said), blank, blank.astype(int))
        print(line(f"plain regression, {name}", told))
    print()


def centred(rows: Table) -> Array:
    out = rows.numbers.copy()
    for one in np.unique(rows.person):
        out[rows.person == one] -= rows.numbers[rows.person == one].mean(axis=0)
    return out


def within(data: Path, around: Surroundings) -> None:
    """EmoDB, each speaker read by a model that has not heard this one."""
    rows = gather(corpus(data, "emodb4"), around)
    first, later = [], []
    for one in np.unique(rows.person):
        weights = learn(rows.only(rows.person != one), None)
        tested = rows.only((rows.person == one) & (rows.place == 0) & (rows.prefix_s == 0))
        first.append(fresh(tested, weights))
        later.append(_between(in_turn(tested, weights), 11))
    print("EmoDB, four emotions, one speaker left out\n")
    print(HEAD)
    print(line("first turn", _joined(first)))
    print(line("turns 11-999", _joined(later)))


def _joined(parts: Sequence[Told]) -> Told:
    return Told(*(np.concatenate([getattr(it, key) for it in parts]) for key in Told.__slots__))


if __name__ == "__main__":
    main()
