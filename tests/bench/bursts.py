"""How many laughs are heard, and how often speech is taken for one.

python -m tests.bench.bursts --data DIR: of people and recordings that bursts.npz has not seen.
EmoGator says what feeling was asked for, not what sound was made: of "Amusement" not all is
laughter, and of other feelings some is.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

import numpy as np

from models.affect import adapter, bursts
from models.affect.bursts import STEP, scores
from models.affect.conditions import (
    TRAINING_NOISES,
    Condition,
    Surroundings,
    surroundings,
    unheard,
)
from models.affect.frames import Floats
from models.affect.recordings import read_sound
from models.affect.rhythm import LATE
from models.affect.train_bursts import (
    LAUGHS,
    MAYBE,
    Looks,
    Recording,
    alarms,
    looks,
    recordings,
    sure_looks,
)
from models.silero import adapter as silero
from voiceagent.events import Felt, SoundMade, SpeechStarted
from voiceagent.parts import FRAME_BYTES, FRAME_MS, Frame, Reset

BURSTS = "emotion/emogator_55"
SPEECH = {
    "RAVDESS 01-16 (acted, English)": "emotion/ravdess_01_16",
    "coffee orders": "speech/commands_en",
    "Mandarin and other clips": "speech/misc",
    "Mandarin words": "speech/mandarin_words",
    "AMI meetings (people laugh)": "speech/overlap_ami",
}
UNSEEN = ("emotion/ravdess_01_16", "speech/mandarin_words")  # all of it
Change = Callable[[int], Condition]


@dataclass(frozen=True, slots=True)
class Told:
    """One recording in one condition."""

    looks: Looks
    least: Floats
    count: int

    @property
    def sounding_s(self) -> float:
        return float((self.looks.numbers[:, LATE] > 0).sum()) * STEP / 100


def heard(one: Recording, condition: Condition, around: Surroundings, w: bursts.Weights) -> Told:
    rows, recent = looks(one.sound, condition, around, 1)
    each = np.arange(len(rows))
    found = Looks(rows, recent, 0 * each, 0 * each, each)
    least = sure_looks(found, scores(w, rows))
    return Told(found, least, alarms(found, least, w.sure))


def conditions(around: Surroundings) -> Iterator[tuple[str, Change]]:
    noises = unheard(around.noises, TRAINING_NOISES)
    yield "clean", lambda n: Condition()
    yield "real noise, 10 dB", lambda n: Condition(noise=noises[n % len(noises)], snr_db=10)
    yield "telephone", lambda n: Condition(telephone=True)


def held(data: Path, corpus: str) -> list[Recording]:
    return [one for one in recordings(data, corpus) if corpus in UNSEEN or one.held]


# --- tables --------------------------------------------------------------------------------------


def people(found: Sequence[Recording], told: Sequence[Told]) -> None:
    """How often each of the feelings of EmoGator was heard as a laugh."""
    labels = np.array([one.label for one in found])
    hit = np.array([one.count > 0 for one in told])
    laugh, maybe = np.isin(labels, LAUGHS), np.isin(labels, MAYBE)
    print(
        f"{len({one.person for one in found})} people; {laugh.sum()} clips of amusement:", end=" "
    )
    print(f"{hit[laugh].mean():.3f} heard as a laugh; of {(~laugh & ~maybe).sum()}", end=" ")
    print(f"others {hit[~laugh & ~maybe].mean():.3f}, of {maybe.sum()} that may be", end=" ")
    print(
        f"{hit[maybe].mean():.3f}; amusement is {hit[laugh].sum() / hit.sum():.2f} of what", end=" "
    )
    print("was heard, all thirty feelings as often")
    by = sorted(np.unique(labels), key=lambda name: -hit[labels == name].mean())
    print("  most often:", *(f"{it} {hit[labels == it].mean():.2f}," for it in by[:10]))


def alarmed(name: str, found: Sequence[Recording], told: Sequence[Told]) -> None:
    count, minutes = sum(one.count for one in told), sum(one.sounding_s for one in told) / 60
    print(f"| {name} | {len(found)} | {minutes:.1f} | {count} | {count / minutes:.2f} |", end=" ")
    print(*(one.name for one, it in zip(found, told, strict=True) if it.count), sep=", ")


def by_emotion(found: Sequence[Recording], told: Sequence[Told]) -> None:
    names = sorted({one.label for one in found})
    pairs = list(zip(found, told, strict=True))
    each = {it: sum(one.count for who, one in pairs if who.label == it) for it in names}
    print("  RAVDESS by emotion:", *(f"{name} {count}," for name, count in each.items()))


def through_the_ear(name: str, found: Sequence[Recording]) -> None:
    """Behind a real detector, a session for each recording."""
    ear, detectors = adapter.build(adapter.Options(unsure=0.0)), silero.build(silero.Options())
    spoken, hit, silenced, seconds, spent, count = 0, 0, 0, 0.0, 0.0, 0
    for one in found:
        listener, detector = ear.listen(), detectors.listen()
        seen_speech, made, last = False, list[SoundMade](), None
        for frame in frames_of(one.sound):
            seen = list(detector.feed(frame, ()))
            seen_speech = seen_speech or any(isinstance(it, SpeechStarted) for it in seen)
            began = process_time()
            out = list(listener.feed(frame, seen))
            spent, seconds = spent + process_time() - began, seconds + FRAME_MS / 1000
            made += [it for it in out if isinstance(it, SoundMade)]
            last = next((it for it in reversed(out) if isinstance(it, Felt)), last)
        listener.tell(Reset())
        spoken, hit, count = spoken + seen_speech, hit + bool(made), count + len(made)
        silenced += bool(made) and (last is None or not last.reading.labels)
    print(f"| {name} | {len(found)} | {spoken} | {hit} | {silenced} |", end=" ")
    print(f"{1000 * spent / seconds:.2f} |")


def frames_of(sound: Floats) -> Iterator[Frame]:
    quiet = np.zeros(8_000, np.float32)
    noise = np.random.default_rng(0).normal(0, 2, len(sound) + 24_000)
    padded = np.concatenate((quiet, sound, quiet, quiet)) + noise
    pcm = np.clip(np.round(padded), -32_768, 32_767).astype(np.int16).tobytes()
    for place in range(len(pcm) // FRAME_BYTES):
        yield Frame(place * FRAME_MS, pcm[place * FRAME_BYTES : (place + 1) * FRAME_BYTES])


def cost(found: Sequence[Recording], weights: bursts.Weights) -> None:
    """Of the laughs alone, frames given, as they come."""
    from models.affect.frames import BANDS, Analyser

    spent, seconds, blank = 0.0, 0.0, np.zeros(BANDS, np.float32)
    for one in found:
        laughs, analyser = bursts.Laughs(weights), Analyser()
        for first in range(0, len(one.sound) - 3_200, 3_200):
            frames = analyser.feed(one.sound[first : first + 3_200].astype(np.int16))
            began = process_time()
            list(laughs.hear(frames, (first + 3_200) // 16, blank))
            spent, seconds = spent + process_time() - began, seconds + 0.2
    print(f"laughs alone, after the frames: {1000 * spent / seconds:.2f} ms of CPU a second\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    asked = parser.parse_args()
    weights = bursts.load(adapter.LAUGHS)
    around = surroundings(asked.data, read_sound)
    burst = held(asked.data, BURSTS)
    speech = {name: held(asked.data, corpus) for name, corpus in SPEECH.items()}
    for name, change in conditions(around):
        print(f"\n{name}\n")
        people(burst, [heard(one, change(n), around, weights) for n, one in enumerate(burst)])
        print("\n| speech | recordings | minutes | taken for laughs | a minute | |")
        print("|---|---|---|---|---|---|")
        for corpus, found in speech.items():
            told = [heard(one, change(n), around, weights) for n, one in enumerate(found)]
            alarmed(corpus, found, told)
            if "RAVDESS" in corpus and name == "clean":
                by_emotion(found, told)
    print(
        "\n| behind Silero | recordings | with speech | with laughs | of those without a mood |",
        end="",
    )
    print(" ms of CPU a second |\n|---|---|---|---|---|---|")
    through_the_ear("amusement", [one for one in burst if one.label in LAUGHS])
    for corpus, found in speech.items():
        through_the_ear(corpus, found)
    print()
    cost(speech["coffee orders"], weights)


if __name__ == "__main__":
    main()
