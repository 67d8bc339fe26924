"""How patient the embedded profile should be: answers against cut-ins, in simulated time.

    python -m tests.bench.patience --data DIR [--orders N] [--scan]

Each order is heard once, by the profile's own ears; what decoding cost in CPU time is when its
words would have come on an idle core. Then the end of the turn is decided again and again, by fixed
silences and by curves. What the voice says is out of fold by order: the weights that score one
never heard it. How that joins the words is as shipped: three numbers, fitted on these orders.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from models.pocketsphinx import adapter as pocketsphinx
from models.pocketsphinx.ending import finished
from models.prosody.train import (
    DETECTORS,
    Example,
    auc,
    gather,
    orders,
    out_of_fold,
    samples_of,
)
from models.silero import adapter as silero
from tests.bench.curve import FOLDINGS, Order, Stop, figures, fixed, graded
from tests.bench.labels import speech_span
from voiceagent.config import compose
from voiceagent.events import Heard, Settle, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS, UNCLEAR, Ear, Frame, Listener
from voiceagent.rules import Curve, Patience

PHRASES = "coffee", "assistant", "english"
PIPE_MS = 3  # to the worker and back
FIXED_MS = 200, 300, 400, 500, 700, 1000
TAIL_MS = 1000
REAL_MS = 150  # a shorter pause ends before any patience does
NEAR_MS = 250  # a stop so near the true end is neither a pause nor clearly the end
BENT = 0.0, 0.3, 0.6, 0.9, 1.0
UNSCORED = Patience().unscored
OTHERS: dict[str, Curve] = {
    "quicker": ((0.0, 1200), (0.3, 600), (0.6, 400), (0.9, 240), (1.0, 140)),
    "quick": ((0.0, 1200), (0.3, 700), (0.6, 600), (0.9, 260), (1.0, 160)),
    "calm": ((0.0, 1200), (0.3, 700), (0.6, 650), (0.9, 340), (1.0, 200)),
    "calmer": ((0.0, 1200), (0.3, 800), (0.6, 700), (0.9, 450), (1.0, 300)),
    "of the rules": Patience().curve,
}


@dataclass(frozen=True, slots=True)
class Pause:
    """A stop, what its words were, and how surely a sentence may end there."""

    stop: Stop
    text: str
    ends: float


@dataclass(frozen=True, slots=True)
class Said:
    clip: int
    name: str
    begin: int
    end: int
    pauses: tuple[Pause, ...]


Voices = dict[tuple[int, int], float]
"""Clip and end of a stop: how finished it sounds."""
Score = Callable[[Pause, float | None], float | None]


# --- hearing -------------------------------------------------------------------------------------


def hear(clip: int, path: Path, ear: pocketsphinx.PocketSphinx, detector: Ear) -> Said:
    samples = samples_of(path)
    begin, end = speech_span(samples, EAR_RATE)
    pcm = samples.tobytes() + bytes(TAIL_MS * 32)
    listener, watcher = ear.listen(), detector.listen()
    pauses: list[Pause] = []
    for at in range(0, len(pcm) // FRAME_BYTES * FRAME_MS, FRAME_MS):
        frame = Frame(at, pcm[at * 32 : at * 32 + FRAME_BYTES])
        seen = list(watcher.feed(frame, ()))
        listener.feed(frame, seen)
        for event in seen:
            if isinstance(event, SpeechStarted) and pauses and pauses[-1].stop.resumed is None:
                stop = replace(pauses[-1].stop, resumed=event.at)
                pauses[-1] = replace(pauses[-1], stop=stop)
            elif isinstance(event, SpeechStopped):
                pauses.append(settled(ear, listener, event))
    return Said(clip, path.stem, begin, end, tuple(pauses))


def settled(ear: pocketsphinx.PocketSphinx, listener: Listener, event: SpeechStopped) -> Pause:
    began = time.process_time()
    told = list(listener.tell(Settle(event.end)))
    ms = (time.process_time() - began) * 1000
    text = next(e.text for e in told if isinstance(e, Heard))
    ends = ear.recogniser(pocketsphinx.OPEN).ends(text.split()) if text else 0.0
    ready = round(event.at + ms + PIPE_MS)
    return Pause(Stop(event.end, event.at, None, ready=ready), text, ends)


# --- scoring -------------------------------------------------------------------------------------


def voices_of(examples: Sequence[Example], seed: int) -> Voices:
    scores = zip(examples, out_of_fold(examples, seed), strict=True)
    return {
        (e.clip, e.end): p
        for e, p in scores
        if e.detector == "silero" and e.from_start and not e.noisy
    }


def by_words(pause: Pause, voice: float | None) -> float | None:
    return finished(pause.text.split(), pause.ends) if believed(pause) else None


def by_voice(pause: Pause, voice: float | None) -> float | None:
    return voice


def by_both(pause: Pause, voice: float | None) -> float | None:
    return finished(pause.text.split(), pause.ends, voice) if believed(pause) else voice


def believed(pause: Pause) -> bool:
    return bool(pause.text) and not pause.text.endswith(UNCLEAR)


def truth(said: Said, pause: Pause) -> bool | None:
    """Whether the order was over; None: too near its end to say, too short, or before it began."""
    end, again = pause.stop.end, pause.stop.resumed
    if end <= said.begin or not pause.text:
        return None
    if abs(end - said.end) < NEAR_MS:
        later = (p.stop.end for p in said.pauses)
        return True if all(not end < other <= said.end + NEAR_MS for other in later) else None
    real = again is not None and again - end >= REAL_MS
    return False if real and end < said.end else None


def scored(said: Sequence[Said], voices: Voices, score: Score) -> Iterator[Order]:
    """The orders as the engine hears them."""
    for one in said:
        stops = (
            replace(p.stop, probability=score(p, voices.get((one.clip, p.stop.end))))
            for p in one.pauses
        )
        yield Order(one.name, one.begin, one.end, tuple(stops))


def area(said: Sequence[Said], voices: Voices, score: Score) -> float:
    known = [
        (UNSCORED if p is None else p, float(true))
        for one in said
        for pause in one.pauses
        if (true := truth(one, pause)) is not None
        for p in [score(pause, voices.get((one.clip, pause.stop.end)))]
    ]
    return auc(np.array([p for p, _ in known]), np.array([true for _, true in known]))


# --- output --------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--orders", type=int)
    parser.add_argument("--scan", action="store_true", help="look for better curves")
    asked = parser.parse_args()
    ear = pocketsphinx.build(pocketsphinx.Options(phrases=PHRASES))
    detector = silero.build(silero.Options())
    paths = orders(asked.data)[: asked.orders]
    said = [hear(clip, path, ear, detector) for clip, path in enumerate(paths)]
    examples = [e for name in DETECTORS for e in gather(asked.data, name)]
    report(said, [voices_of(examples, seed) for seed in range(FOLDINGS)], asked.scan)


def report(said: Sequence[Said], foldings: Sequence[Voices], scan_too: bool) -> None:
    waits = [p.stop.ready - p.stop.noticed for s in said for p in s.pauses]
    shown = np.percentile(waits, (50, 95))
    print(f"{len(said)} orders, {len(waits)} stops; words {shown[0]:.0f} ms (p95 {shown[1]:.0f})")
    heard: dict[str, list[Order]] = {}
    for name, score in {"words": by_words, "voice": by_voice, "both": by_both}.items():
        areas = np.mean([area(said, voices, score) for voices in foldings])
        print(f"{name:6} AUC {areas:.3f} (pauses of {REAL_MS} ms and more)")
        heard[name] = [order for voices in foldings for order in scored(said, voices, score)]
    print("\nturn ends by                      cut-ins  median   p90   p95 worst")
    for ms in FIXED_MS:
        print(f"silence of {ms:4} ms               {figures(heard['both'], fixed(ms))}")
    curve = compose("embedded", {}, {}).rules.patience.curve
    for name, ordered in heard.items():
        print(f"the profile's curve, {name:6}       {figures(ordered, graded(curve))}")
    for name, other in OTHERS.items():
        print(f"{name:26}        {figures(heard['both'], graded(other))}  {other}")
    for found, other in scan(heard["both"]) if scan_too else ():
        print(f"{found}  {other}")


def scan(heard: Sequence[Order]) -> list[tuple[object, Curve]]:
    """The curves that no other of the family beats in both cut-ins and answering time."""
    tried = []
    steps = (700, 900), (450, 550, 650), (240, 260, 280, 300, 340), (140, 160, 185, 200)
    for values in product((1200,), *steps):
        curve = tuple(zip(BENT, values, strict=True))
        if list(values) == sorted(values, reverse=True):
            told = figures(heard, graded(curve))
            tried.append((told.cut_share, told.median_ms + 0.5 * told.p95_ms, told, curve))
    best: list[tuple[object, Curve]] = []
    least = float("inf")
    for _, cost, told, curve in sorted(tried, key=lambda row: row[:2]):
        if cost < least:
            least = cost
            best.append((told, curve))
    return best


if __name__ == "__main__":
    main()
