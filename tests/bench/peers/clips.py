"""The two clip sets of the peer benches: utterances cut to the sample, and orders as recorded.

`python -m tests.bench.peers.clips --vad silero_vad.onnx` compares the labels with a detector.
"""

import argparse
import os
import random
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from tests.bench.labels import pauses, speech_span

RATE = 16000
LEAD_MS = 500  # background kept before an order, for the detectors to settle on
PEAK = 0.5
FADE = RATE // 200
DOUBTFUL = ("7efe9d68", "ad5671da")  # ends differ by more than 200 ms from a detector's: noise

# Sentence-like stretches of the recordings in the moonshine-voice wheel: file, then
# (begin, end) in seconds, with a little silence left on either side to be cut off.
STRETCHES: dict[str, tuple[tuple[float, float], ...]] = {
    "beckett.wav": (
        (0.30, 1.25),
        (1.85, 2.85),
        (3.45, 4.30),
        (4.80, 5.70),
        (6.60, 7.50),
        (8.10, 8.95),
    ),
    "two_cities.wav": (
        (1.15, 2.95),
        (4.98, 6.40),
        (6.60, 8.40),
        (8.75, 10.50),
        (10.70, 13.00),
        (13.40, 14.95),
        (17.50, 18.90),
        (21.20, 24.20),
        (26.50, 28.45),
    ),
    "endgame_nagg_nell.wav": ((4.80, 8.20), (8.70, 11.45), (12.00, 14.10), (17.60, 18.90)),
    "clone-test.wav": ((0.45, 3.35),),
}

Samples = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording and where somebody speaks in it: stretches of speech in milliseconds."""

    name: str
    samples: Samples
    speech: tuple[tuple[int, int], ...]

    @property
    def begin_ms(self) -> int:
        return self.speech[0][0]

    @property
    def end_ms(self) -> int:
        return self.speech[-1][1]

    @property
    def longest_pause_ms(self) -> int:
        return max((after[0] - before[1] for before, after in pairwise(self.speech)), default=0)


def read(path: Path) -> NDArray[np.float64]:
    """Return a recording as mono samples of full scale 1 at 16 kHz."""
    samples, rate = soundfile.read(path, always_2d=True)
    resampled: NDArray[np.float64] = soxr.resample(samples.mean(axis=1), rate, RATE)
    return resampled


def utterances(assets: Path) -> list[Clip]:
    """Cut 20 utterances out of the wheel's recordings, each from first to last audible frame."""
    found: list[Clip] = []
    for name, stretches in STRETCHES.items():
        recording = read(assets / name)
        for begin, end in stretches:
            part = recording[int(begin * RATE) : int(end * RATE)]
            found.append(_cut(f"{Path(name).stem}-{len(found):02d}", part))
    return found


def _cut(name: str, part: NDArray[np.float64]) -> Clip:
    """Cut hard on the last audible 10 ms frame: the last sample of the clip ends the speech."""
    frames = part[: len(part) // 160 * 160].reshape(-1, 160)
    level = 20 * np.log10(np.sqrt((frames**2).mean(axis=1)) + 1e-6)
    audible = np.flatnonzero(level > np.percentile(level, 95) - 28)
    cut = part[audible[0] * 160 : (audible[-1] + 1) * 160]
    cut = cut / np.abs(cut).max() * PEAK
    cut[-FADE:] *= np.linspace(1, 0, FADE)
    return Clip(name, _int16(cut), ((0, len(cut) * 1000 // RATE),))


def orders(data: Path, count: int | None, seed: int) -> list[Clip]:
    """Return spoken orders in seeded order, each with its own background before and after it."""
    paths = sorted(data.joinpath("speech", "commands_en").glob("*.flac"))
    paths = [path for path in paths if not path.name.startswith(DOUBTFUL)]
    random.Random(seed).shuffle(paths)
    return [_order(path) for path in paths[:count]]


def _order(path: Path) -> Clip:
    recording = read(path)
    begin, end = speech_span(recording, RATE)
    cut = max(0, begin - LEAD_MS)
    edges = [begin, *(edge for pause in pauses(recording, RATE) for edge in pause), end]
    edges = [edge - cut for edge in edges]
    speech = tuple(zip(edges[::2], edges[1::2], strict=True))
    return Clip(path.stem, _int16(recording[cut * RATE // 1000 :]), speech)


def _int16(samples: NDArray[np.float64]) -> Samples:
    return (np.clip(samples, -1, 1) * 32767).astype(np.int16)


def detected(samples: NDArray[np.float64], model: Path) -> tuple[int, int]:
    """Return the milliseconds at which Silero, at probability one half, hears begin and end."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(model), providers=["CPUExecutionProvider"])
    state, context = np.zeros((2, 1, 128), np.float32), np.zeros((1, 64), np.float32)
    heard: list[int] = []
    for index, start in enumerate(range(0, len(samples) - 511, 512)):
        window = samples[None, start : start + 512].astype(np.float32)
        feed = {"input": np.hstack([context, window]), "state": state, "sr": np.array(RATE)}
        probability, state = session.run(None, feed)
        context = window[:, -64:]
        if probability[0, 0] > 0.5:
            heard.append(index)
    return heard[0] * 32, heard[-1] * 32 + 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=os.environ.get("VOICEAGENT_DATA"))
    parser.add_argument("--vad", type=Path, required=True)
    options = parser.parse_args()
    if not options.data:
        raise SystemExit("skipped: set VOICEAGENT_DATA to the folder that holds speech/commands_en")
    differences: list[int] = []
    for path in sorted(Path(options.data, "speech", "commands_en").glob("*.flac")):
        recording = read(path)
        label, heard = speech_span(recording, RATE)[1], detected(recording, options.vad)[1]
        differences.append(label - heard)
        if abs(differences[-1]) > 200:
            print(f"{path.name}: label {label} ms, detector {heard} ms")
    print("label minus detector, ms, at 5 / 50 / 95 %:", np.percentile(differences, (5, 50, 95)))


if __name__ == "__main__":
    main()
