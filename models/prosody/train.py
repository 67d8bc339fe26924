"""Trains weights.json from the spoken orders, and says how good they are.

python -m models.prosody.train --data DIR, from the root of a checkout. DIR holds
speech/commands_en and noise; the labels of the benches say where each order really begins and ends.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.silero import adapter as silero
from models.webrtcvad import adapter as webrtcvad
from tests.bench.labels import speech_span
from voiceagent.audio import read_audio
from voiceagent.events import Event, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS, Ear, Frame

from .features import NAMES
from .pauses import Pauses
from .weights import Weights

Array = NDArray[np.float64]
Samples = NDArray[np.int16]

DETECTORS: dict[str, Callable[[], Ear]] = {
    "silero": lambda: silero.build(silero.Options()),
    "webrtcvad": lambda: webrtcvad.build(webrtcvad.Options()),
}
"""Where one hears an end, another may hear a pause: the weights serve both."""
NOISY = 4  # noisy copies of every order
SNR_DB = 12, 35
GAIN_DB = -12, 3
LATEST_MS = 250  # a stop so near the true end is neither a pause nor clearly the end
REAL_MS = 150  # a shorter pause ends before any patience does
SHORT_WEIGHT = 0.3
L2 = 2.0
FOLDS = 10


@dataclass(frozen=True, slots=True)
class Example:
    clip: int
    end: int  # of the speech before this pause, as the detector told it
    numbers: tuple[float, ...]
    finished: bool | None  # None: too near the end to say
    pause_ms: int | None  # None: nothing came after it
    noisy: bool = False
    from_start: bool = True  # False: the turn was made to begin at a later stretch
    detector: str = "silero"


Heard = list[tuple[Frame, list[Event]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--save", type=Path, default=Path(__file__).with_name("weights.json"))
    asked = parser.parse_args()
    examples = [example for name in DETECTORS for example in gather(asked.data, name)]
    for name in DETECTORS:
        report(examples, name)
    fit(examples).save(asked.save)


# --- examples ------------------------------------------------------------------------------------


def orders(data: Path) -> list[Path]:
    return sorted((data / "speech" / "commands_en").glob("*.flac"))


def samples_of(path: Path) -> Samples:
    return np.frombuffer(read_audio(path).at(EAR_RATE).pcm, np.int16)


def gather(
    data: Path, detector: str = "silero", noisy: int = NOISY, seed: int = 0
) -> list[Example]:
    """Every stop of the detector in every order, clean and noisy, whole and begun late."""
    rng = np.random.default_rng(seed)
    noises = [samples_of(path) for path in sorted((data / "noise").glob("*.flac"))]
    ear = DETECTORS[detector]()
    examples: list[Example] = []
    for clip, path in enumerate(orders(data)):
        clean = samples_of(path)
        span = speech_span(clean, EAR_RATE)
        for copy in range(1 + noisy):
            noise = noises[rng.integers(len(noises))]
            heard = listen(ear, mixed(clean, span, noise, rng) if copy else clean)
            for skip in range(sum(isinstance(e, SpeechStarted) for _, es in heard for e in es)):
                examples += describe(clip, heard, span, skip, noisy=copy > 0)
    return [replace(example, detector=detector) for example in examples]


def mixed(
    clean: Samples, span: tuple[int, int], noise: Samples, rng: np.random.Generator
) -> Samples:
    speech = clean.astype(np.float64)
    first, last = (ms * EAR_RATE // 1000 for ms in span)
    turned = np.roll(noise, -int(rng.integers(len(noise))))
    background = np.resize(turned, len(speech)).astype(np.float64)
    wanted = (speech[first:last] ** 2).mean() / 10 ** (rng.uniform(*SNR_DB) / 10)
    background *= np.sqrt(wanted / ((background**2).mean() + 1e-9))
    gain = 10 ** (rng.uniform(*GAIN_DB) / 20)
    return np.clip(gain * (speech + background), -32_768, 32_767).astype(np.int16)


def listen(ear: Ear, samples: Samples) -> Heard:
    """Every frame with what the detector says at it."""
    listener, pcm = ear.listen(), samples.tobytes()
    frames = [
        Frame(i * FRAME_MS, pcm[i * FRAME_BYTES : (i + 1) * FRAME_BYTES])
        for i in range(len(pcm) // FRAME_BYTES)
    ]
    return [(frame, list(listener.feed(frame, ()))) for frame in frames]


def describe(
    clip: int, heard: Heard, span: tuple[int, int], skip: int = 0, noisy: bool = False
) -> Iterable[Example]:
    """The stops of the order. `skip`: forget so many stretches, as if the turn began later.

    Without that the length of the turn would decide, and a short answer would never sound finished.
    """
    pauses = Pauses()
    begins = [e.begin for _, es in heard for e in es if isinstance(e, SpeechStarted)]
    if skip and not span[0] - 50 <= begins[skip] <= span[1]:
        return
    for frame, events in heard:
        wanted = [e for e in events if getattr(e, "begin", getattr(e, "end", 0)) >= begins[skip]]
        for stop, numbers in pauses.hear(frame, wanted):
            after = next((begin for begin in begins if begin >= stop.end), None)
            if stop.end > span[0]:
                told = verdict(stop, after, span[1])
                gap = None if after is None else after - stop.end
                kept = tuple(numbers.tolist())
                yield Example(clip, stop.end, kept, told, gap, noisy, from_start=skip == 0)


def verdict(stop: SpeechStopped, after: int | None, last: int) -> bool | None:
    """Whether the order was over at this stop."""
    if after is not None and after < last:
        return False if stop.end <= last - LATEST_MS else None
    return True if abs(stop.end - last) < LATEST_MS else None


# --- fitting -------------------------------------------------------------------------------------


def fit(examples: Sequence[Example], columns: Sequence[str] = NAMES) -> Weights:
    """Logistic regression by Newton's method. Columns left out get no weight."""
    known = [example for example in examples if example.finished is not None]
    x = np.array([example.numbers for example in known])
    y = np.array([float(bool(example.finished)) for example in known])
    share = np.array([SHORT_WEIGHT if _short(example) else 1.0 for example in known])
    news = sum(not e.noisy and e.from_start for e in known) / len({e.detector for e in known})
    share *= news / share.sum()  # copies are not
    mean = np.average(x, axis=0, weights=share)
    scale = np.sqrt(np.average((x - mean) ** 2, axis=0, weights=share)) + 1e-6
    used = np.array([name in columns for name in NAMES])
    z = np.c_[np.clip((x - mean) / scale, -3, 3) * used, np.ones(len(x))]
    ridge = np.diag([L2] * len(NAMES) + [1e-6])
    weight = np.zeros(len(NAMES) + 1)
    for _ in range(25):
        p = 1 / (1 + np.exp(-z @ weight))
        slope = z.T @ (share * (p - y)) + ridge @ weight
        curve = (z.T * (share * p * (1 - p))) @ z + ridge
        weight -= np.linalg.solve(curve, slope)
    *weights, bias = weight.round(5).tolist()
    return Weights(
        NAMES,
        tuple(mean.round(5).tolist()),
        tuple(scale.round(5).tolist()),
        tuple(weights),
        bias,
    )


def out_of_fold(
    examples: Sequence[Example], seed: int = 0, columns: Sequence[str] = NAMES
) -> list[float]:
    """What weights that never heard an example's clip say about it."""
    count = max(example.clip for example in examples) + 1
    fold = np.random.default_rng(seed).permutation(count) % FOLDS
    models = [fit([e for e in examples if fold[e.clip] != k], columns) for k in range(FOLDS)]
    return [models[fold[e.clip]].probability(np.array(e.numbers, np.float32)) for e in examples]


# --- how good ------------------------------------------------------------------------------------


def report(examples: Sequence[Example], detector: str, seeds: int = 5) -> None:
    rows = {
        "all eleven": NAMES,
        "stretch only": ("stretch",),
        "levels only": ("end_level", "last_peak", "slope", "fall", "strong"),
        "spectrum only": ("periodicity", "hiss", "middle", "top"),
    }
    print(f"\n{detector}: out of fold, by clip; AUC mean (sd over foldings), log loss; pauses of")
    print("150 ms and more")
    for name, columns in rows.items():
        scores = [out_of_fold(examples, seed, columns) for seed in range(seeds)]
        told = (_line(examples, scores, noisy, detector) for noisy in (False, True))
        print(f"{name:14}", *told)
    for low in range(0, 10, 2):
        bins = [
            float(bool(e.finished))
            for e, p in zip(examples, out_of_fold(examples), strict=True)
            if _counts(e, False, detector) and low <= 10 * p < low + 2
        ]
        if bins:
            print(
                f"said {low / 10:.1f}-{low / 10 + 0.2:.1f}: true {np.mean(bins):.2f} of {len(bins)}"
            )


def _line(
    examples: Sequence[Example], scores: Sequence[Sequence[float]], noisy: bool, detector: str
) -> str:
    kept = [i for i, example in enumerate(examples) if _counts(example, noisy, detector)]
    y = np.array([float(bool(examples[i].finished)) for i in kept])
    p = np.array(scores)[:, kept]
    areas = [auc(one, y) for one in p]
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    told = f"{np.mean(areas):.3f} ({np.std(areas):.3f}) {loss:.3f}"
    return f"| {'noisy' if noisy else 'clean'} {told} on {int(y.sum())}+{int((1 - y).sum())} "


def auc(p: Array, y: Array) -> float:
    """The chance that a finished turn scores above an unfinished one."""
    over, under = p[y == 1][:, None], p[y == 0][None]
    return float((over > under).mean() + 0.5 * (over == under).mean())


def _counts(example: Example, noisy: bool, detector: str) -> bool:
    known = example.finished is not None and example.from_start
    alike = example.noisy == noisy and example.detector == detector
    return known and alike and not _short(example)


def _short(example: Example) -> bool:
    return not example.finished and (example.pause_ms or 0) < REAL_MS


if __name__ == "__main__":
    main()
