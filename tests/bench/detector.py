"""How well the detectors hear where people speak: spoken orders, clean, in a kitchen, in babble.

    OPENBLAS_NUM_THREADS=1 python -m tests.bench.detector --data DIR [--half choose --scan]

The labels are made from the loudness of the clean recordings. What is compared are the stretches of
speech as the events tell them, from `begin` to `end`; dips under 200 ms are joined in both, as the
labels do. Options are chosen on one half of the clips (--scan, --half choose); the figures to quote
are those of the other half.
"""

from __future__ import annotations

import argparse
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from models.silero import adapter as silero
from models.silero import network, weights
from models.webrtcvad import adapter as webrtcvad
from tests.bench.labels import PAUSE_MS, pauses, speech_span
from voiceagent.audio import read_audio
from voiceagent.events import Event, SpeechLikely, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS, Ear, Frame, Listener

Samples = NDArray[np.int16]
Span = tuple[int, int]

STEP_MS = 10
NEAR_MS = 300  # an edge further from the truth is not of this speech
TALKERS = 6
CONDITIONS: Mapping[str, tuple[str, float]] = {
    "clean": ("", 0.0),
    "kitchen 20 dB": ("kitchen", 20.0),
    "kitchen 10 dB": ("kitchen", 10.0),
    "kitchen 0 dB": ("kitchen", 0.0),
    "babble 20 dB": ("babble", 20.0),
    "babble 10 dB": ("babble", 10.0),
}
COLUMNS = (
    "SpeechLikely",
    "SpeechStarted",
    "SpeechStopped",
    "begin",
    "end",
    "starts/min",
    "likelies/min",
)


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording as it is heard, and where somebody speaks in it."""

    samples: Samples
    speech: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A stretch of speech as the events tell it, and when they told it."""

    begin: int
    started: int
    end: int
    stopped: int


@dataclass(slots=True)
class Figures:
    missed: int = 0  # steps of speech
    speech: int = 0
    false: int = 0  # steps of silence
    silence: int = 0
    likely: int = 0  # SpeechLikely outside speech
    starts: int = 0  # SpeechStarted outside speech
    begin: list[int] = field(default_factory=list)
    onset: list[int] = field(default_factory=list)
    gate: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    offset: list[int] = field(default_factory=list)

    @property
    def miss(self) -> float:
        return 100 * self.missed / max(1, self.speech)

    @property
    def alarm(self) -> float:
        return 100 * self.false / max(1, self.silence)

    def per_minute(self, count: int) -> float:
        return count * 60_000 / STEP_MS / max(1, self.silence)


# --- the recordings ------------------------------------------------------------------------------


def load(paths: Iterable[Path]) -> list[Clip]:
    return [labelled(samples_of(path)) for path in paths]


def samples_of(path: Path) -> Samples:
    return np.frombuffer(read_audio(path).at(EAR_RATE).pcm, np.int16)


def labelled(samples: Samples) -> Clip:
    begin, end = speech_span(samples, EAR_RATE)
    gaps = pauses(samples, EAR_RATE)
    begins, ends = [begin, *(gap[1] for gap in gaps)], [*(gap[0] for gap in gaps), end]
    return Clip(samples, tuple(zip(begins, ends, strict=True)))


def worsened(clips: Sequence[Clip], kind: str, snr_db: float, kitchen: Samples) -> Iterator[Clip]:
    """The clips with background added, the same on every run."""
    rng = np.random.default_rng(7)
    for number, clip in enumerate(clips):
        others = [clips[i] for i in rng.permutation(len(clips)) if i != number][:TALKERS]
        noise = babble(others, len(clip.samples)) if kind == "babble" else kitchen
        turned = np.roll(noise, -int(rng.integers(len(noise))))
        if not kind:
            yield clip
            continue
        background = np.resize(turned, len(clip.samples)).astype(np.float64)
        speech = clip.samples.astype(np.float64)
        first, last = at(clip.speech[0][0]), at(clip.speech[-1][1])
        wanted = (speech[first:last] ** 2).mean() / 10 ** (snr_db / 10)
        background *= np.sqrt(wanted / (background**2).mean())
        mixed = np.clip(speech + background, -32_768, 32_767).astype(np.int16)
        yield Clip(mixed, clip.speech)


def babble(others: Sequence[Clip], length: int) -> NDArray[np.float64]:
    """Several people who talk without a pause, equally loud."""
    total = np.zeros(length)
    for number, clip in enumerate(others):
        said = np.concatenate([clip.samples[at(b) : at(e)] for b, e in clip.speech]).astype(float)
        level = np.sqrt((said**2).mean()) + 1e-9
        total += np.resize(np.roll(said, number * len(said) // len(others)), length) / level
    return total


def at(ms: int) -> int:
    return ms * EAR_RATE // 1000


def frames(samples: Samples) -> list[Frame]:
    pcm = samples.tobytes()
    return [
        Frame(i * FRAME_MS, pcm[i * FRAME_BYTES : (i + 1) * FRAME_BYTES])
        for i in range(len(pcm) // FRAME_BYTES)
    ]


# --- what the detectors make of them -------------------------------------------------------------


def events_of(ear: Ear, samples: Samples) -> list[Event]:
    listener = ear.listen()
    return [event for frame in frames(samples) for event in listener.feed(frame, ())]


def stretches(events: Iterable[Event], last: int) -> list[Told]:
    told: list[Told] = []
    start: SpeechStarted | None = None
    for event in events:
        if isinstance(event, SpeechStarted):
            start = event
        elif isinstance(event, SpeechStopped) and start:
            told.append(Told(start.begin, start.at, event.end, event.at))
            start = None
    if start:
        told.append(Told(start.begin, start.at, last, last))
    return told


def judge(ear: Ear, clips: Iterable[Clip]) -> Figures:
    figures = Figures()
    for clip in clips:
        events = events_of(ear, clip.samples)
        length = len(clip.samples) * 1000 // EAR_RATE
        told = stretches(events, length)
        compare(figures, clip.speech, [(one.begin, one.end) for one in told], length)
        figures.starts += sum(not near(one.begin, clip.speech) for one in told)
        likely = [event.at for event in events if isinstance(event, SpeechLikely)]
        figures.likely += sum(not near(when - FRAME_MS, clip.speech) for when in likely)
        edges(figures, clip.speech, told, likely)
    return figures


def compare(figures: Figures, speech: Sequence[Span], told: Sequence[Span], length: int) -> None:
    truth, heard = mask(speech, length), mask(told, length)
    figures.speech += int(truth.sum())
    figures.silence += int((~truth).sum())
    figures.missed += int((truth & ~heard).sum())
    figures.false += int((heard & ~truth).sum())


def mask(spans: Iterable[Span], length: int) -> NDArray[np.bool_]:
    """Which steps are speech. A dip of less than 200 ms is part of it."""
    steps = np.zeros(length // STEP_MS, np.bool_)
    before: int | None = None
    for begin, end in spans:
        joined = before is not None and begin - before < PAUSE_MS
        steps[(before if joined and before is not None else begin) // STEP_MS : end // STEP_MS] = 1
        before = end
    return steps


def near(position: int, speech: Sequence[Span]) -> bool:
    return any(begin - NEAR_MS <= position <= end + NEAR_MS for begin, end in speech)


def edges(
    figures: Figures, speech: Sequence[Span], told: Sequence[Told], likely: Sequence[int]
) -> None:
    """Take the first stretch of the recording for the beginning, the last for the end."""
    begin, end = speech[0][0], speech[-1][1]
    first = [one for one in told if abs(one.begin - begin) <= NEAR_MS]
    last = [one for one in told if abs(one.end - end) <= NEAR_MS]
    if first:
        figures.begin.append(first[0].begin - begin)
        figures.onset.append(first[0].started - begin)
        gate = [when for when in likely if when > begin - 2 * FRAME_MS]
        figures.gate.append(min([first[0].started, *gate]) - begin)
    if last:
        figures.end.append(last[-1].end - end)
        figures.offset.append(last[-1].stopped - end)


def network_alone(clips: Iterable[Clip], threshold: float = 0.5) -> Figures:
    """What the network says of every 32 ms, taken end to end, as its package does."""
    net = network.Network(weights.read(weights.installed()))
    figures = Figures()
    for clip in clips:
        sound = np.pad(clip.samples.astype(np.float32) / network.FULL_SCALE, (network.CONTEXT, 0))
        looks = sliding_window_view(sound, network.BEFORE)[:: network.CHUNK]
        told, _ = net.hear_all(looks, network.FRESH)
        chunk_ms = network.CHUNK * 1000 // EAR_RATE
        spans = [(i * chunk_ms, (i + 1) * chunk_ms) for i, p in enumerate(told) if p >= threshold]
        compare(figures, clip.speech, spans, len(clip.samples) * 1000 // EAR_RATE)
    return figures


# --- what they cost ------------------------------------------------------------------------------


def cost_us(ear: Ear, clips: Sequence[Clip], rounds: int = 3) -> float:
    """Microseconds for a frame, the least of some rounds: other work on the machine is not ours."""
    heard = [frames(clip.samples) for clip in clips]
    best = float("inf")
    for _ in range(rounds):
        begun = time.perf_counter()
        for clip in heard:
            feed_all(ear.listen(), clip)
        best = min(best, time.perf_counter() - begun)
    return best * 1e6 / sum(map(len, heard))


def feed_all(listener: Listener, heard: Sequence[Frame]) -> None:
    for frame in heard:
        listener.feed(frame, ())


def memory_bytes(ear: Ear, clip: Clip, sessions: int = 20) -> float:
    """What a session keeps when it has heard a clip, without what C libraries keep."""
    heard = frames(clip.samples)
    feed_all(ear.listen(), heard)
    tracemalloc.start()
    kept = [ear.listen() for _ in range(sessions)]
    for listener in kept:
        feed_all(listener, heard)
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return size / len(kept)


# --- output --------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=("choose", "report"), default="report")
    parser.add_argument("--every", type=int, default=1, help="take only every so many clips")
    parser.add_argument("--scan", action="store_true", help="look for better options")
    asked = parser.parse_args()
    paths = sorted((asked.data / "speech" / "commands_en").glob("*.flac"))
    clips = load(paths[asked.half == "report" :: 2][:: asked.every])
    kitchen = samples_of(asked.data / "noise" / "pv_kitchen.flac")
    sets = {name: list(worsened(clips, *how, kitchen)) for name, how in CONDITIONS.items()}
    if asked.scan:
        scan(sets)
        return
    table(sets)
    costs(sets)


def ears() -> dict[str, Ear]:
    return {
        "webrtcvad": webrtcvad.build(webrtcvad.Options()),
        "silero": silero.build(silero.Options()),
    }


def table(sets: Mapping[str, Sequence[Clip]]) -> None:
    seconds = sum(len(clip.samples) for clip in sets["clean"]) / EAR_RATE
    speech = sum(e - b for clip in sets["clean"] for b, e in clip.speech) / 1000
    print(f"{len(sets['clean'])} clips, {seconds:.0f} s, {speech:.0f} s of speech\n")
    print(f"{'miss / false alarm, %':24}" + "".join(f"{name:>16}" for name in sets))
    found: dict[str, dict[str, Figures]] = defaultdict(dict)
    for ear_name, ear in ears().items():
        found[ear_name] = {name: judge(ear, clips) for name, clips in sets.items()}
        line(ear_name, found[ear_name].values())
    line("the network alone", [network_alone(clips) for clips in sets.values()])
    print("\nms after the true edge, median p90 (begin and end: of the size); false ones a minute")
    print(f"{'':40}" + "".join(f"{name:>18}" for name in COLUMNS))
    for ear_name, by_set in found.items():
        for name, figures in by_set.items():
            delays = [spread(v) for v in (figures.gate, figures.onset, figures.offset)]
            sizes = [spread([abs(v) for v in values]) for values in (figures.begin, figures.end)]
            rates = [f"{figures.per_minute(n):.1f}" for n in (figures.starts, figures.likely)]
            cells = "".join(f"{cell:>18}" for cell in (*delays, *sizes, *rates))
            print(f"{ear_name:24}{name:16}{cells}")


def line(name: str, row: Iterable[Figures]) -> None:
    cells = (f"{f'{figures.miss:.1f} / {figures.alarm:.1f}':>16}" for figures in row)
    print(f"{name:24}" + "".join(cells))


def spread(values: Sequence[int]) -> str:
    return "{:.0f} {:.0f}".format(*np.percentile(values, (50, 90))) if values else "-"


def costs(sets: Mapping[str, Sequence[Clip]]) -> None:
    print(f"\n{'us a frame of 20 ms':24}" + "".join(f"{name:>16}" for name in sets))
    for name, ear in ears().items():
        row = [cost_us(ear, clips[:10]) for clips in sets.values()]
        print(f"{name:24}" + "".join(f"{value:16.1f}" for value in row))
    for name, ear in ears().items():
        print(f"{name}: {memory_bytes(ear, sets['clean'][0]) / 1024:.1f} KB a session")


# --- choosing options ----------------------------------------------------------------------------


def scan(sets: Mapping[str, Sequence[Clip]]) -> None:
    """Print what the options trade, the best sum of errors first."""
    rows: list[tuple[float, str]] = []
    for threshold, keep, lag_ms in product((0.4, 0.5, 0.6), (0.4, 0.7), (20, 40, 60)):
        edges = silero.Edges(lag_ms=lag_ms)
        options = silero.Options(threshold=threshold, keep=keep, edges=edges)
        rows.append(tried(options, sets, f"threshold {threshold} keep {keep} lag {lag_ms}"))
    for cost, told in sorted(rows):
        print(f"{cost:6.2f}  {told}")


def tried(
    options: silero.Options, sets: Mapping[str, Sequence[Clip]], name: str
) -> tuple[float, str]:
    ear = silero.build(options)
    row = [judge(ear, clips) for kind, clips in sets.items() if not kind.startswith("babble")]
    cells = "  ".join(
        f"{f.miss:5.1f}/{f.alarm:4.1f} on {spread(f.onset):7} off {spread(f.offset):8}"
        f" end {spread([abs(v) for v in f.end]):7}"
        for f in row
    )
    return sum(f.miss + f.alarm for f in row) / len(row), f"{name:38} {cells}"


if __name__ == "__main__":
    main()
