"""Where speech goes: a wav that grows, or the loudspeaker."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from voiceagent.audio import Resampler, wav_header
from voiceagent.errors import ConfigError, MissingExtra
from voiceagent.microphone import RATES, sounddevice
from voiceagent.speaking.recital import RATE

Sink = Callable[[bytes], object]
INSTEAD = "Give -o FILE to write a wav instead."


@contextmanager
def wav_file(path: str) -> Generator[Sink]:
    """It is made with the first sound, and taken away again if the rest never comes."""
    file: BinaryIO | None = None
    size = 0

    def write(pcm: bytes) -> None:
        nonlocal file, size
        if file is None:
            file = Path(path).open("wb")  # noqa: SIM115 - closed below
            file.write(wav_header(RATE, 0))
        size += file.write(pcm)

    try:
        yield write
        if file is not None:
            file.seek(0)
            file.write(wav_header(RATE, size))
            file.close()
    except OSError as problem:
        discard(file, path)
        raise ConfigError(f"{path} cannot be written: {problem.strerror}") from problem
    except BaseException:  # Ctrl-C too leaves no half file
        discard(file, path)
        raise


def discard(file: BinaryIO | None, path: str) -> None:
    if file is not None:
        file.close()
        Path(path).unlink(missing_ok=True)


@contextmanager
def loudspeaker() -> Generator[Sink]:
    """The system's own. It is open before anything is loaded, so that a missing one is told."""
    rate, stream = open_output()
    resampler = Resampler(RATE, rate)
    try:
        stream.start()
        yield lambda pcm: stream.write(resampler.feed(pcm))
        stream.write(resampler.flush())
        stream.stop()  # when all was heard
    finally:
        stream.close()


def open_output() -> tuple[int, Any]:
    try:
        library = sounddevice()
    except MissingExtra as missing:
        told = f"A library to play sound with is not installed. Run: {missing.install}. {INSTEAD}"
        raise ConfigError(told) from missing
    problem: Exception | None = None
    for rate in RATES:
        try:
            return rate, library.RawOutputStream(samplerate=rate, channels=1, dtype="int16")
        except (library.PortAudioError, ValueError) as error:
            problem = error
    told = f"There is no loudspeaker that can be used: {problem}. {INSTEAD}"
    raise ConfigError(told) from problem
