"""What the echo canceller takes away, what it leaves of the user, and what it costs.

    OPENBLAS_NUM_THREADS=1 python -m tests.bench.echo --data DIR

A voice goes through a loudspeaker that bends it, a room and a delay into the microphone, where
somebody may speak over it. All parts are known, so that what is left of each can be measured.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import anyio
import numpy as np
from numpy.typing import NDArray

from models.espeak import adapter as espeak
from models.silero import adapter as silero
from voiceagent.audio import EchoCanceller, read_audio, resample_all
from voiceagent.events import SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS, Frame, Phrase

Samples = NDArray[np.float64]
Row = dict[str, float]

ROOMS = ("made", "am_ir0", "dfn_sim_rt079", "sb_rir1", "sb_rir4", "sb_rir2")
DELAYS_MS = (20, 60, 120, 200)
USER = 0.05  # of full scale, while he speaks
ECHO_DB, NOISE_DB = -6.0, -20.0  # against the user
PLAYED = 0.1
LONG_S, CHANGE_S, SPEAKS_S = 16, 8, 4
TEXT = """Good morning! I can tell you the time, count for you, or just talk for a while. The
weather today is mild, with some clouds in the afternoon and a light wind from the west. If you
would like a coffee, say which size you want, and whether you take it with milk or with sugar. Once
upon a time there was a small house at the edge of a large forest, where an old woman lived with her
three grey cats. Every evening they sat by the fire, and she told them stories about the sea."""
RECORDED = (
    "whisper_jfk.flac",
    "wenet_librispeech-1995-1837-0001.flac",
    "leopard_test.flac",
    "cognitive-services-speech-sdk_enrollment_audio_katie.flac",
)


# --- sounds --------------------------------------------------------------------------------------


def load(path: Path, rate: int = EAR_RATE) -> Samples:
    return np.frombuffer(read_audio(path).at(rate).pcm, np.int16) / 32_768


def room_of(data: Path, name: str, rate: int = EAR_RATE) -> Samples:
    """A response from its direct sound on; "made" is noise that dies away in 250 ms."""
    if name == "made":
        ms = np.arange(rate * 3 // 10) / rate
        response = np.random.default_rng(0).normal(size=ms.size) * 10 ** (-3 * ms / 0.25)
        response[0] = 2.5
        return np.asarray(response)
    response = load(data / "rir" / f"{name}.flac", rate)
    return response[max(0, int(np.abs(response).argmax()) - rate // 500) :]


def bent(sound: Samples) -> Samples:
    """By a small loudspeaker: distorted by 2 to 6 per cent."""
    return np.asarray(np.tanh(sound))


async def _spoken(text: str) -> bytes:
    async def phrases() -> AsyncIterator[Phrase]:
        yield Phrase(text)

    made = [piece async for piece in espeak.build(espeak.Options()).speak(phrases())]
    return resample_all(b"".join(piece.pcm for piece in made), made[0].rate, EAR_RATE)


def far_ends(data: Path) -> dict[str, Samples]:
    """Our own voice, and recorded people, without long pauses at the beginning."""
    ours = np.frombuffer(anyio.run(_spoken, TEXT), np.int16) / 32_768
    people = np.concatenate([load(data / "speech" / "misc" / name) for name in RECORDED])
    return {"espeak": level(ours, PLAYED), "recorded": level(people, PLAYED)}


def near_end(data: Path, seconds: float, seed: int) -> Samples:
    """Orders, one after the other."""
    paths = sorted((data / "speech" / "commands_en").glob("*.flac"))
    order = np.random.default_rng(seed).permutation(len(paths))
    said = [load(paths[i]) for i in order[: int(seconds / 2) + 1]]
    return level(np.resize(np.concatenate(said), int(seconds * EAR_RATE)), USER)


def level(sound: Samples, wanted: float) -> Samples:
    """So loud, where there is sound."""
    return sound * (wanted / rms(sound[audible(sound)]))


def audible(sound: Samples) -> NDArray[np.bool_]:
    """Where there is sound: within 30 dB of the loudest 20 ms."""
    size = EAR_RATE // 50
    loud = (sound[: len(sound) // size * size].reshape(-1, size) ** 2).mean(1)
    mask = np.repeat(loud > loud.max() * 1e-3, size)
    return np.concatenate((mask, np.zeros(len(sound) - len(mask), np.bool_)))


def rms(sound: Samples) -> float:
    return float(np.sqrt((sound**2).mean() + 1e-20))


def echo_of(far: Samples, response: Samples, delay_ms: int) -> Samples:
    late = np.concatenate((np.zeros(delay_ms * EAR_RATE // 1000), np.convolve(bent(far), response)))
    return level(late[: len(far)], USER * 10 ** (ECHO_DB / 20))


def noise_of(data: Path, size: int, name: str = "pv_kitchen") -> Samples:
    noise = np.resize(load(data / "noise" / f"{name}.flac"), size)
    return noise * (USER * 10 ** (NOISE_DB / 20) / rms(noise))


def pcm(sound: Samples) -> bytes:
    return bytes((sound * 32_768).round().clip(-32_768, 32_767).astype(np.int16).tobytes())


# --- figures -------------------------------------------------------------------------------------


def cancelled(near: Samples, far: Samples) -> Samples:
    canceller = EchoCanceller()
    heard, played = pcm(near), pcm(far)
    blocks = range(0, len(heard), FRAME_BYTES)
    left = [
        canceller.cancel(heard[at : at + FRAME_BYTES], played[at : at + FRAME_BYTES])
        for at in blocks
    ]
    return np.frombuffer(b"".join(left), np.int16) / 32_768


def loss(echo: Samples, left: Samples, begin_s: float, end_s: float) -> float:
    part = slice(int(begin_s * EAR_RATE), int(end_s * EAR_RATE))
    return decibels(rms(echo[part]) / rms(left[part]))


def over(user: Samples, echo: Samples) -> float:
    """How far the user is above the echo, where he speaks."""
    where = audible(user)
    return decibels(rms(user[where]) / rms(echo[where]))


def decibels(ratio: float) -> float:
    return float(20 * np.log10(ratio))


def speech_share(sound: Samples) -> float:
    """Per cent of the frames in which our detector hears somebody."""
    listener, talking, frames = silero.build(silero.Options()).listen(), False, 0
    heard = pcm(sound)
    count = len(heard) // FRAME_BYTES
    for i in range(count):
        frame = Frame(i * FRAME_MS, heard[i * FRAME_BYTES : (i + 1) * FRAME_BYTES])
        for event in listener.feed(frame, ()):
            if isinstance(event, SpeechStarted | SpeechStopped):
                talking = isinstance(event, SpeechStarted)
        frames += talking
    return 100 * frames / count


def figures(far: Samples, here: Samples, there: Samples, user: Samples, noise: Samples) -> Row:
    """`here` and `there` are two echoes; noise and user pass the filter as they are."""
    change = CHANGE_S * EAR_RATE
    moved = np.concatenate((here[:change], there[change:]))
    alone = cancelled(here + noise, far)
    after = cancelled(moved + noise, far) - noise
    late_user = np.where(np.arange(len(user)) < SPEAKS_S * EAR_RATE, 0, user)
    both = cancelled(here + late_user + noise, far) - late_user - noise
    always = cancelled(here + user + noise, far) - user - noise
    settled = slice(2 * EAR_RATE, None)
    return {
        "loss 0-2 s": loss(here, alone - noise, 0, 2),
        "4-8 s": loss(here, alone - noise, 4, 8),
        "changed: 2-4 s": loss(there, after, CHANGE_S + 2, CHANGE_S + 4),
        "4-8 s later": loss(there, after, CHANGE_S + 4, CHANGE_S + 8),
        "user over echo": over(late_user, here),
        "cancelled": over(late_user, both),
        "from the start": over(np.where(np.arange(len(user)) < 2 * EAR_RATE, 0, user), always),
        "speech %": speech_share(here + noise),
        "cancelled %": speech_share(alone),
        "after 2 s %": speech_share(alone[settled]),
    }


def cost_us(far: Samples, near: Samples) -> float:
    """Processor time for 20 ms, both sides sounding."""
    begun = time.process_time()
    cancelled(near, far)
    return (time.process_time() - begun) * 1e6 / (len(far) * 1000 / EAR_RATE / FRAME_MS)


def mean(rows: Sequence[Row]) -> Row:
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}


def show(name: str, row: Row) -> None:
    print(f"{name:30}" + "".join(f"{value:16.1f}" for value in row.values()), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    asked = parser.parse_args()
    fars = {name: np.resize(far, LONG_S * EAR_RATE) for name, far in far_ends(asked.data).items()}
    user = near_end(asked.data, LONG_S, seed=1)
    noises = {"quiet": noise_of(asked.data, len(user)) / 100}
    noises["kitchen"] = noise_of(asked.data, len(user))
    rooms = {name: room_of(asked.data, name) for name in ROOMS}

    def of(voice: str, room: str, delay_ms: int = 60, noise: str = "quiet") -> Row:
        far, other = fars[voice], ROOMS[ROOMS.index(room) - 1]
        here, there = (echo_of(far, rooms[name], delay_ms) for name in (room, other))
        return figures(far, here, there, user, noises[noise])

    for noise in noises:
        rows = {(voice, room): of(voice, room, noise=noise) for voice in fars for room in ROOMS}
        print(f"\n{noise:30}" + "".join(f"{key:>16}" for key in rows["espeak", "made"]))
        for (voice, room), row in rows.items():
            show(f"{voice}, {room}", row)
        show("all", mean(list(rows.values())))
    for delay_ms in DELAYS_MS:
        rows = {(v, r): of(v, r, delay_ms) for v in fars for r in ("made", "am_ir0")}
        show(f"quiet, two rooms, {delay_ms} ms", mean(list(rows.values())))
    echo = echo_of(fars["recorded"], rooms["made"], 60)
    print(f"\n{cost_us(fars['recorded'], echo):.0f} us of processor time for 20 ms at 16 kHz")


if __name__ == "__main__":
    main()
