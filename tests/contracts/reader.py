"""What every reader of feelings must do, whatever is inside it: `check(ear)`.

    def test_it_is_a_reader() -> None:
        reader.check(build(Options()))

The reader gets a detector's events with its frames, as it would in a chain. The sounds are made up:
what it feels in them does not matter, what it claims does.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from math import isfinite, pi, sin, sqrt

from voiceagent.events import Event, Felt, Reading, Settle, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS, Ear, Frame, Listener, Reset
from voiceagent.style import EMOTIONS

FOUR = {"angry", "happy", "neutral", "sad"}
SHORT_MS, LONG_MS = 400, 2_500
QUIET_MS = 400
MOST_A_SECOND = 3  # readings, while somebody speaks
MOST_TEXT = 200

_RANDOM = random.Random(7)
NOISE = [_RANDOM.uniform(-1, 1) for _ in range(EAR_RATE)]

Sound = Callable[[int], float]
"""From a sample's number to -1 ... 1."""


def voice(number: int) -> float:
    """A voice of a kind: a pitch that moves, syllables."""
    time = number / EAR_RATE
    pitch = 130 + 30 * sin(2 * pi * 0.7 * time)
    swell = sqrt(max(0.0, sin(2 * pi * 2.2 * time)))
    return 0.25 * swell * sum(sin(2 * pi * k * pitch * time) / k for k in range(1, 9)) / 2


def noise(number: int) -> float:
    return NOISE[number % len(NOISE)]


SOUNDS: dict[str, Sound] = {
    "a voice": voice,
    "silence": lambda number: 0.0,
    "a constant": lambda number: 0.5,
    "full scale": lambda number: 1.0 if number % 160 < 80 else -1.0,
    "noise": noise,
}


def turn(listener: Listener, sound: Sound, ms: int, at: int = 0) -> tuple[list[Felt], int]:
    """Play silence, a turn, and silence again; what was felt, and where it ended."""
    felt: list[Felt] = []
    begin, end = at + QUIET_MS, at + QUIET_MS + ms

    def take(events: object) -> None:
        felt.extend(event for event in events if isinstance(event, Felt))  # type: ignore[attr-defined]

    for now in range(at, end + QUIET_MS, FRAME_MS):
        speaks = begin <= now < end
        seen: list[Event] = []
        if now == begin:
            seen = [SpeechStarted(now + FRAME_MS, begin)]
        if now == end:
            seen = [SpeechStopped(now + FRAME_MS, end)]
        near = pcm(sound, now - begin) if speaks else bytes(FRAME_BYTES)
        told = list(listener.feed(Frame(now, near), seen))
        assert all(e.at == now + FRAME_MS for e in told), "events carry at=frame.at + FRAME_MS"
        take(told)
        if now == end:
            take(list(listener.tell(Settle(end))))
    take(list(listener.tell(Reset())))
    return felt, end + QUIET_MS


@cache
def pcm(sound: Sound, ms: int) -> bytes:
    first = ms * EAR_RATE // 1000
    values = (sound(first + n) for n in range(FRAME_BYTES // 2))
    return b"".join(round(32_767 * v).to_bytes(2, "little", signed=True) for v in values)


def check(ear: Ear) -> None:
    """Raise AssertionError with what is wrong."""
    for name, sound in SOUNDS.items():
        felt, end = turn(ear.listen(), sound, LONG_MS)
        for one in felt:
            claims(one.reading, end, name)
        interim = [one for one in felt if not one.final]
        assert len(interim) <= MOST_A_SECOND * LONG_MS / 1000, f"{name}: too many readings"
    felt, _ = turn(ear.listen(), voice, LONG_MS)
    assert felt, "a voice: nothing was felt, and not even that was said"
    assert felt[-1].final, "a voice: the last reading of a turn is final"
    says_nothing_of_short_speech(ear)
    feels_the_same_again(ear)


def claims(reading: Reading, end: int, name: str) -> None:
    labels = reading.labels
    wrong = set(labels) - set(EMOTIONS)
    assert not wrong, f"{name}: {sorted(wrong)} are no emotion words of ours"
    numbers = (*labels.values(), reading.valence, reading.arousal, reading.confidence)
    assert all(isfinite(n) for n in numbers), f"{name}: a number is not finite"
    if labels:
        assert set(labels) >= FOUR, f"{name}: the four must all be there"
        assert min(labels.values()) >= 0, f"{name}: a probability is negative"
        assert abs(sum(labels.values()) - 1) < 0.02, f"{name}: probabilities make one"
    assert 0 <= reading.confidence <= 1, f"{name}: confidence is from 0 to 1"
    assert abs(reading.valence) <= 1, f"{name}: valence is from -1 to 1"
    assert abs(reading.arousal) <= 1, f"{name}: arousal is from -1 to 1"
    begin, last = reading.span
    assert 0 <= begin <= last <= end, f"{name}: the span lies in the audio"
    assert all(0 < len(text) <= MOST_TEXT for text in (*reading.words, *reading.reasons)), (
        f"{name}: words and reasons are short texts"
    )


def says_nothing_of_short_speech(ear: Ear) -> None:
    felt, _ = turn(ear.listen(), voice, SHORT_MS)
    assert not any(one.reading.labels for one in felt), "under half a second nothing is claimed"


def feels_the_same_again(ear: Ear) -> None:
    """The same sound in another session gives the same; a session of somebody else's between them
    changes nothing.
    """
    first, _ = turn(ear.listen(), voice, LONG_MS)
    other = ear.listen()
    turn(other, SOUNDS["full scale"], LONG_MS)
    again, _ = turn(ear.listen(), voice, LONG_MS)
    assert [one.reading for one in first] == [one.reading for one in again], "sessions leak"
