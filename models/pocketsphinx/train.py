"""Makes `telephone.txt`: what the means of the acoustic model become in the telephone's band.

    python -m models.pocketsphinx.train --data DIR

The same recordings with and without what is above 4 kHz: a least-squares map between their
cepstra, frame by frame, is the map between the means too. It needs no texts. Every fifth order is
left out, for the bench.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from voiceagent.audio import Resampler, decode_ulaw, encode_ulaw, read_audio, resample_all
from voiceagent.parts import EAR_RATE

Array = NDArray[np.float64]
TELEPHONE_RATE = 8_000
LEFT_OUT = 5  # every so manyth
DELAY = 18  # samples that the narrow path is late
LOUD = 0.6  # so much of a recording is not speech
STREAMS = 3  # cepstra, their differences, and the differences of these
FRAME, STEP, SIZE, FILTERS, CEPSTRA, LIFTER = 410, 160, 512, 25, 13, 22  # as the model's features
LOWEST_HZ, HIGHEST_HZ = 130, 6_800


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    folder = parser.parse_args().data / "speech" / "commands_en"
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as labels:
        files = [folder / row["file"] for row in csv.DictReader(labels)]
    pairs = [pair for i, file in enumerate(files) if i % LEFT_OUT for pair in both(file)]
    wide, narrow = (np.concatenate(side) for side in zip(*pairs, strict=True))
    matrix = np.linalg.lstsq(wide, narrow, rcond=None)[0].T
    left = (narrow - wide @ matrix.T).var(axis=0) / narrow.var(axis=0)
    print(f"{len(wide)} frames of {len(files)} files; of the variance is left {left.round(2)}")
    Path(__file__).with_name("telephone.txt").write_text(as_text(matrix), encoding="ascii")


def both(file: Path) -> Iterator[tuple[Array, Array]]:
    """The loud frames of a recording, and the same frames over two telephones."""
    pcm = read_audio(file).at(EAR_RATE).pcm
    low = resample_all(pcm, EAR_RATE, TELEPHONE_RATE)
    for line in (low, banded(low)):
        over = decode_ulaw(encode_ulaw(line))
        stream = Resampler(TELEPHONE_RATE, EAR_RATE)
        late = samples_of(stream.feed(over) + stream.flush())[DELAY:]
        wide, narrow = cepstra(samples_of(pcm)), cepstra(late)
        size = min(len(wide), len(narrow))
        loud = wide[:size, 0] > np.quantile(wide[:size, 0], LOUD)
        yield centred(wide[:size][loud]), centred(narrow[:size][loud])


def banded(pcm: bytes) -> bytes:
    """What an old exchange lets through: 300 to 3,400 Hz."""
    samples = samples_of(pcm)
    hertz = np.fft.rfftfreq(len(samples), 1 / TELEPHONE_RATE)
    gain = np.clip((hertz - 200) / 100, 0, 1) * np.clip((3_600 - hertz) / 200, 0, 1)
    wave = np.fft.irfft(np.fft.rfft(samples) * gain, len(samples))
    return wave.clip(-32_768, 32_767).astype(np.int16).tobytes()


def samples_of(pcm: bytes) -> Array:
    return np.frombuffer(pcm, np.int16).astype(np.float64)


def centred(frames: Array) -> Array:
    return np.asarray(frames - frames.mean(axis=0))


def as_text(matrix: Array) -> str:
    """One class, three streams of the same map, no offset, variances as they were."""
    rows = [" ".join(f"{value:.5f}" for value in row) for row in matrix]
    stream = [str(CEPSTRA), *rows, " ".join(["0"] * CEPSTRA), " ".join(["1"] * CEPSTRA)]
    return "\n".join(["1", str(STREAMS), *stream * STREAMS, ""])


# --- the model's features -------------------------------------------------------------------------


def cepstra(samples: Array) -> Array:
    emphasised = np.append(samples[0], samples[1:] - 0.97 * samples[:-1])
    windows: Any = np.lib.stride_tricks.sliding_window_view(emphasised, FRAME)[::STEP]
    power = np.abs(np.fft.rfft(windows * np.hamming(FRAME), SIZE)) ** 2
    return np.asarray((np.log(power @ filters().T + 1e-4) @ cosines().T) * lifter())


def filters() -> Array:
    """Triangles of equal area on the mel scale."""
    low, high = (2595 * np.log10(1 + hertz / 700) for hertz in (LOWEST_HZ, HIGHEST_HZ))
    edges = np.linspace(low, high, FILTERS + 2)
    step = EAR_RATE / SIZE
    hertz = np.round(700 * (10 ** (edges / 2595) - 1) / step) * step
    at = np.arange(SIZE // 2 + 1) * step
    begin, top, end = (hertz[i : i + FILTERS, None] for i in range(3))
    triangles = np.minimum((at - begin) / (top - begin), (end - at) / (end - top))
    return np.asarray(np.clip(triangles, 0, None) * 2 / (end - begin))


def cosines() -> Array:
    number, channel = np.indices((CEPSTRA, FILTERS))
    scale = np.sqrt(np.where(number == 0, 1, 2) / FILTERS)
    return np.asarray(np.cos(np.pi * number * (channel + 0.5) / FILTERS) * scale)


def lifter() -> Array:
    number = np.arange(CEPSTRA)
    return np.asarray(np.where(number == 0, 1, 1 + LIFTER / 2 * np.sin(np.pi * number / LIFTER)))


if __name__ == "__main__":
    main()
