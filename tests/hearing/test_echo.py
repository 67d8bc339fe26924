"""The agent's own voice in the microphone is told from the user's."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from voiceagent.events import Event, Judged, SpeechStarted, SpeechStopped
from voiceagent.hearing.echo import EchoEar
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS, Frame
from voiceagent.rules import Overlap

Sound = NDArray[np.float64]
FRAME = EAR_RATE * FRAME_MS // 1000
SYLLABLE = EAR_RATE * 160 // 1000
ONE_S = EAR_RATE


def babble(seconds: float, seed: int) -> Sound:
    """Syllables, each a noise of another colour and loudness: as sparse in time and pitch as
    speech.
    """
    chance = np.random.default_rng(seed)
    pitches = np.fft.rfftfreq(SYLLABLE, 1 / EAR_RATE)
    pieces = []
    for _ in range(round(seconds * EAR_RATE / SYLLABLE)):
        peaks = chance.uniform(200, 4_000, 2)
        shape = sum(np.exp(-(((pitches - peak) / 300) ** 2)) for peak in peaks)
        noise = np.fft.rfft(chance.normal(0, 1, SYLLABLE))
        sound = np.fft.irfft(noise * shape, SYLLABLE) * np.hanning(SYLLABLE)
        pieces.append(sound / np.abs(sound).max() * 8_000 * chance.uniform(0, 1) ** 2)
    return np.concatenate(pieces)


def echo(played: Sound, gain: float = 0.3, delay_ms: int = 110) -> Sound:
    """Late, softer, and with some of a room."""
    way = np.zeros(EAR_RATE // 2)
    way[delay_ms * 16] = gain
    chance = np.random.default_rng(3)
    late = delay_ms * 16 + chance.integers(0, 1_000, 40)
    way[late] += gain * 0.1 * chance.normal(0, 1, 40)
    return np.convolve(played, way)[: len(played)]


def quiet(seconds: float) -> Sound:
    return np.random.default_rng(4).normal(0, 10, round(seconds * EAR_RATE))


def joined(*parts: Sound) -> Sound:
    return np.concatenate(parts)


def feed(
    near: Sound, played: Sound | None, begin_ms: int = 0, stop_ms: int = 1 << 30
) -> Iterator[Event]:
    """What the ear says of it. A detector hears speech from `begin_ms` on."""
    listener = EchoEar().listen()
    near = near + quiet(len(near) / EAR_RATE)[: len(near)]
    for at in range(0, len(near) // FRAME * FRAME_MS, FRAME_MS):
        cut = slice(at * 16, at * 16 + FRAME)
        reference = None if played is None else played[cut]
        far = None if reference is None or not reference.any() else pcm(reference)
        seen: list[Event] = []
        if at == begin_ms:
            seen.append(SpeechStarted(at + FRAME_MS, at - 80))
        if at == stop_ms:
            seen.append(SpeechStopped(at + FRAME_MS, at - 80))
        yield from listener.feed(Frame(at, pcm(near[cut]), far), seen)


def pcm(sound: Sound) -> bytes:
    return sound.clip(-32_768, 32_767).astype(np.int16).tobytes().ljust(FRAME_BYTES, b"\0")


def echoes(events: Iterator[Event]) -> list[int]:
    return [e.at for e in events if isinstance(e, Judged) and e.verdict == "noise"]


@pytest.mark.parametrize("gain", [1.0, 0.3, 0.1])
@pytest.mark.parametrize("delay_ms", [30, 110, 300])
def test_speech_that_is_an_echo_is_noise_at_once_and_for_as_long_as_it_lasts(
    gain: float, delay_ms: int
) -> None:
    played = babble(6, seed=1)
    told = echoes(feed(echo(played, gain, delay_ms), played, begin_ms=2_000))
    assert told[0] - 2_000 < 400
    lasts = Overlap().confirm_ms
    assert max(np.diff([*told, 6_000])) < lasts, "the reply would be ducked again"


def test_the_why_tells_how_late_it_is_and_how_much_is_left_over() -> None:
    played = babble(4, seed=1)
    (first, *_) = feed(echo(played, delay_ms=120), played, begin_ms=2_000)
    assert isinstance(first, Judged)
    assert first.why.startswith("an echo of what is being said (1")
    assert first.why.endswith("% is not)")


@pytest.mark.parametrize("seed", range(2, 8))
def test_a_user_who_talks_while_the_agent_does_is_no_echo(seed: int) -> None:
    """There is none: the agent is heard through headphones, or cancelled well."""
    played = babble(6, seed=1)
    near = joined(quiet(2), babble(4, seed))[: len(played)]
    assert list(feed(near, played[: len(near)], begin_ms=2_080)) == []


@pytest.mark.parametrize("seed", range(2, 6))
def test_who_talks_over_the_echo_begins_to_speak_there(seed: int) -> None:
    played = babble(8, seed=1)
    user = joined(np.zeros(4 * ONE_S), babble(4, seed))
    both = echo(played)[: len(user)] + user
    events = list(feed(both, played[: len(user)], begin_ms=1_500))
    begins = [event.begin for event in events if isinstance(event, SpeechStarted)]
    assert begins
    assert 3_900 < begins[0] < 4_400
    assert not [e for e in events if isinstance(e, Judged) and begins[0] < e.at < begins[0] + 500]


def test_an_echo_is_remembered_from_one_reply_to_the_next() -> None:
    """The second reply may be spoken over from its first word on."""
    first, pause, second = babble(4, seed=1), np.zeros(2 * ONE_S), babble(3, seed=2)
    played = joined(first, pause, second)
    told = echoes(feed(echo(played), played, begin_ms=6_180))
    assert told
    assert told[0] < 6_500


def test_the_end_of_speech_ends_what_is_told_of_it() -> None:
    played = babble(6, seed=1)
    told = echoes(feed(echo(played), played, begin_ms=2_000, stop_ms=3_000))
    assert max(told) < 3_000


def test_without_a_reference_it_says_nothing() -> None:
    assert list(feed(babble(3, seed=1), None, begin_ms=500)) == []
