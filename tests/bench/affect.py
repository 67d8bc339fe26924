"""How well models/affect reads voices that it has never heard, and what spoils it.

python -m tests.bench.affect --data DIR. DIR holds emotion/ravdess_01_16, emotion/emodb4, noise and
rir. Trained on EmoDB (German) and measured on RAVDESS (English), of which nothing was ever trained
on. affect_within reads EmoDB with each speaker left out, affect_whole adds words and context.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from time import process_time

import numpy as np

from models.affect import adapter
from models.affect.conditions import (
    TRAINING_NOISES,
    TRAINING_ROOMS,
    Condition,
    Surroundings,
    changed,
    surroundings,
    unheard,
)
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
from models.affect.train import balanced, one_hot, regression
from models.affect.weights import FOUR, SEVEN, Weights, load, shares
from models.silero import adapter as silero
from tests.bench.affect_measures import (
    HEAD,
    Array,
    Told,
    accuracy_at,
    auc,
    awake_auc,
    by_speaker,
    calibration_error,
    fresh,
    in_turn,
    line,
    paired,
    recall,
)
from tests.bench.labels import speech_span
from voiceagent.events import Felt
from voiceagent.parts import FRAME_BYTES, FRAME_MS, Frame

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
    data = parser.parse_args().data
    weights, around = load(adapter.OURS), surroundings(data, read_sound)
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
    coverage("turns 11+", turns.between(11), weights)
    by_sex(fresh(clean, weights).four, turns.between(11))
    strength(clips, clean, weights)
    through_the_ear(clips)
    plain(data, clean, around)


def four_of(rows: Table) -> Table:
    return rows.only(np.isin(rows.emotion, FOUR))


def beginnings(clean: Table, turns: Told, weights: Weights) -> None:
    print(HEAD)
    print(line("first turn", fresh(clean, weights)))
    for low, high in ((1, 3), (4, 10), (11, 999)):
        print(line(f"turns {low}-{high}", turns.between(low, high)))
    print(line("turns 11-999, all eight emotions spoken", in_turn(clean, weights).between(11)))
    for mood in FOUR:
        settled = in_turn(four_of(clean), weights, 20, mood)
        print(line(f"75 % {mood}, turns 9-24", settled.between(9)))
    print(line("turns 11-999, two read together", paired(turns)))
    print(line("of seven, eight spoken, first turn", fresh(clean, weights, SEVEN)))
    print(line("the same, turns 11-999", in_turn(clean, weights, names=SEVEN).between(11)), "\n")


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
    later = in_turn(rows, weights, prefix_s=prefix).between(11)
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


if __name__ == "__main__":
    main()
