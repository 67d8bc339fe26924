"""How soon a turn is answered against how often it is cut, on real spoken orders in simulated time.

python -m tests.bench.curve --data DIR [--scan]. Probabilities are out of fold: the weights that
score an order never heard it. The answering time runs from the true end of speech to the first
commit after it.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np

from models.prosody.train import (
    Heard,
    gather,
    listen,
    orders,
    out_of_fold,
    samples_of,
)
from models.webrtcvad import adapter as vad
from tests.bench.labels import speech_span
from voiceagent.events import SpeechLikely, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_MS
from voiceagent.rules import Curve, Patience, Rules, patience_ms

FIXED_MS = 200, 300, 500, 700, 1000, 1500
CURVES: dict[str, Curve] = {
    "of the rules": Patience().curve,
    "calm": ((0.0, 1200), (0.3, 700), (0.6, 500), (0.9, 280), (1.0, 180)),
    "quick": ((0.0, 1200), (0.3, 700), (0.6, 500), (0.9, 240), (1.0, 180)),
}
FOLDINGS = 3
LONGEST_MS = 1200  # these orders hold no pause over 550 ms; people who think make longer ones

Wait = Callable[[float | None], int]


@dataclass(frozen=True, slots=True)
class Stop:
    """A silence: where speech ended, when that was noticed, when it was noticed to go on."""

    end: int
    noticed: int
    resumed: int | None
    probability: float | None = None
    ready: int = 0  # when its words were there


@dataclass(frozen=True, slots=True)
class Order:
    """One recording as the engine hears it, and the truth about it."""

    name: str
    begin: int
    end: int
    stops: tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    cut: bool  # the turn was closed before the true end
    delay_ms: int | None  # None: never answered after the true end


@dataclass(frozen=True, slots=True)
class Figures:
    cut_share: float
    median_ms: float
    p90_ms: float
    p95_ms: float
    worst_ms: float
    unanswered: int

    def __str__(self) -> str:
        times = f"{self.median_ms:5.0f} {self.p90_ms:5.0f} {self.p95_ms:5.0f} {self.worst_ms:5.0f}"
        return f"{100 * self.cut_share:5.1f} %   {times} ms   {self.unanswered or ''}"


# --- the simulation ------------------------------------------------------------------------------


def stops_of(heard: Heard) -> Iterator[Stop]:
    """Every silence that the detector told of, in order."""
    last: SpeechStopped | None = None
    for event in (event for _, events in heard for event in events):
        if isinstance(event, SpeechStarted) and last is not None:
            yield Stop(last.end, last.at, event.at)
            last = None
        elif isinstance(event, SpeechStopped):
            last = event
    if last is not None:
        yield Stop(last.end, last.at, None)


def commits(order: Order, wait: Wait) -> Iterator[int]:
    """When the turn is closed, as the engine does it: with the frame that ends the patience."""
    for stop in order.stops:
        due = max(stop.end + wait(stop.probability), stop.noticed)
        at = max(-(-due // FRAME_MS) * FRAME_MS, stop.ready)
        if stop.resumed is None or at < stop.resumed:
            yield at


def outcome(order: Order, wait: Wait) -> Outcome:
    closed = [at for at in commits(order, wait) if at > order.begin]
    after = [at for at in closed if at >= order.end]
    return Outcome(
        cut=any(at < order.end for at in closed),
        delay_ms=after[0] - order.end if after else None,
    )


def figures(orders: Iterable[Order], wait: Wait) -> Figures:
    results = [outcome(order, wait) for order in orders]
    delays = [result.delay_ms for result in results if result.delay_ms is not None]
    return Figures(
        float(np.mean([result.cut for result in results])),
        float(np.median(delays)),
        float(np.percentile(delays, 90)),
        float(np.percentile(delays, 95)),
        float(np.max(delays)),
        len(results) - len(delays),
    )


def fixed(ms: int) -> Wait:
    rules = Rules(patience=Patience(fixed_ms=ms))
    return lambda probability: patience_ms(rules, probability)


def graded(curve: Curve, unscored: float = 0.45) -> Wait:
    rules = Rules(patience=Patience(curve=curve, unscored=unscored))
    return lambda probability: patience_ms(rules, probability)


# --- hearing the orders --------------------------------------------------------------------------


def hear(data: Path) -> list[Order]:
    """Every order through the detector, with out-of-fold scores: one copy for each folding."""
    examples = gather(data, "silero") + gather(data, "webrtcvad")
    said: list[dict[tuple[int, int], float]] = []
    for seed in range(FOLDINGS):
        scores = out_of_fold(examples, seed)
        said.append(
            {
                (e.clip, e.end): p
                for e, p in zip(examples, scores, strict=True)
                if e.from_start and not e.noisy and e.detector == "webrtcvad"
            }
        )
    ear = vad.build(vad.Options())
    heard: list[Order] = []
    for clip, path in enumerate(orders(data)):
        samples = samples_of(path)
        begin, end = speech_span(samples, EAR_RATE)
        stops = tuple(stops_of(listen(ear, samples)))
        for scores_of in said:
            scored = tuple(replace(s, probability=scores_of.get((clip, s.end))) for s in stops)
            heard.append(Order(path.stem, begin, end, scored))
    return heard


# --- where speech begins and ends ----------------------------------------------------------------


def edges(data: Path) -> dict[str, list[int]]:
    """Milliseconds by which the detector differs from the truth, and by which it tells of it."""
    ear = vad.build(vad.Options())
    found: dict[str, list[int]] = defaultdict(list)
    for path in orders(data):
        samples = samples_of(path)
        begin, end = speech_span(samples, EAR_RATE)
        events = [event for _, events in listen(ear, samples) for event in events]
        likely = [e.at for e in events if isinstance(e, SpeechLikely) and e.at > begin - 40]
        stops = [e for e in events if isinstance(e, SpeechStopped) and begin < e.end < end + 500]
        starts = [e for e in events if isinstance(e, SpeechStarted) and e.begin < stops[0].end]
        found["begin"].append(starts[-1].begin - begin)
        found["end"].append(stops[-1].end - end)
        found["likely told after"].append(min([starts[-1].at, *likely]) - begin)
        found["started told after"].append(starts[-1].at - begin)
        found["stopped told after end"].append(stops[-1].at - stops[-1].end)
    return found


# --- output --------------------------------------------------------------------------------------


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--scan", action="store_true", help="look for better curves")
    asked = parser.parse_args()
    print("detector, ms                p1    p5   p50   p90   p95   p99   |median|  |p90|")
    for name, values in edges(asked.data).items():
        spread = " ".join(f"{v:5.0f}" for v in np.percentile(values, (1, 5, 50, 90, 95, 99)))
        size = np.percentile(np.abs(values), (50, 90))
        print(f"{name:25} {spread}   {size[0]:6.0f} {size[1]:6.0f}")
    heard = hear(asked.data)
    print("\nturn ends by            cut-ins  median   p90   p95 worst")
    for ms in FIXED_MS:
        print(f"silence of {ms:4} ms      {figures(heard, fixed(ms))}")
    for name, curve in CURVES.items():
        print(f"curve {name:15}   {figures(heard, graded(curve))}  {curve}")
    if asked.scan:
        for found, curve in scan(heard):
            print(f"{found}  {curve}")


def scan(heard: Sequence[Order]) -> list[tuple[Figures, Curve]]:
    """The curves that no other of the family beats in both cut-ins and answering time."""
    tried: list[tuple[float, float, Figures, Curve]] = []
    for unlikely, even, likely, sure in product(
        (500, 600, 700, 800),
        (360, 400, 440, 500),
        (200, 240, 280, 320, 360, 400),
        (140, 160, 180, 200, 220),
    ):
        curve: Curve = ((0.0, LONGEST_MS), (0.3, unlikely), (0.6, even), (0.9, likely), (1.0, sure))
        wait = graded(curve)
        result = figures(heard, wait)
        tried.append((result.cut_share, result.median_ms + 0.5 * result.p90_ms, result, curve))
    best: list[tuple[Figures, Curve]] = []
    least = float("inf")
    for _, cost, result, curve in sorted(tried, key=lambda row: row[:2]):
        if cost < least:
            least = cost
            best.append((result, curve))
    return best


if __name__ == "__main__":
    main()
