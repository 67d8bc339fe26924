"""Recordings as 16 bit mono: wav by ourselves, the rest through soundfile where it is installed."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from voiceagent.audio.codecs import decode_alaw, decode_ulaw, whole_samples
from voiceagent.audio.frames import SAMPLE_BYTES, ms_of
from voiceagent.audio.resample import resample_all
from voiceagent.errors import MissingExtra, Refused

MAX_S = 600.0
RATES = (1_000, 384_000)
MAX_CHANNELS = 32

INTEGERS, FLOATS, ALAW, ULAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE  # format tags of a wav
UNKNOWN_SIZE = 0xFFFFFFFF
SOUNDFILE = "pip install soundfile"

MPEG = (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2")
OTHERS = (b"fLaC", b"OggS", b"FORM", b"RF64", b"caff", *MPEG)


@dataclass(frozen=True, slots=True)
class Clip:
    """A recording: 16 bit mono at its own rate."""

    pcm: bytes
    rate: int

    @property
    def ms(self) -> int:
        return ms_of(len(self.pcm), self.rate)

    def at(self, rate: int) -> Clip:
        """The same recording at another rate."""
        return Clip(resample_all(self.pcm, self.rate, rate), rate)


def read_audio(source: bytes | str | Path, max_s: float = MAX_S, name: str = "") -> Clip:
    """Read a recording from a file, or from memory; `name` is what an error calls it.

    Several channels become one. A recording longer than `max_s` is refused before it is decoded.
    """
    if isinstance(source, bytes):
        return _read(BytesIO(source), max_s, name or "the audio")
    name = name or Path(source).name
    try:
        with Path(source).open("rb") as file:
            return _read(file, max_s, name)
    except OSError as error:
        raise Refused(f"{name} cannot be read: {error.strerror or error}.", param="file") from error


def write_wav(path: str | Path, pcm: bytes, rate: int) -> None:
    Path(path).write_bytes(wav_bytes(pcm, rate))


def wav_bytes(pcm: bytes, rate: int) -> bytes:
    """A whole wav in memory."""
    return wav_header(rate, len(whole_samples(pcm))) + pcm


def wav_header(rate: int, size: int | None = None) -> bytes:
    """What stands before `size` bytes of audio; None: a stream whose end is not known yet."""
    data = UNKNOWN_SIZE if size is None else size
    riff = UNKNOWN_SIZE if size is None else size + 36
    layout = (16, INTEGERS, 1, rate, rate * SAMPLE_BYTES, SAMPLE_BYTES, 16)
    return struct.pack("<4sI8sIHHIIHH4sI", b"RIFF", riff, b"WAVEfmt ", *layout, b"data", data)


# --- reading --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Layout:
    """The fmt chunk of a wav."""

    tag: int
    channels: int
    rate: int
    bits: int


def _read(file: BinaryIO, max_s: float, name: str) -> Clip:
    head = file.read(12)
    file.seek(0)
    if head[:4] == b"RIFF" and head[8:] == b"WAVE":
        return _read_wav(file, max_s, name)
    if head.startswith(OTHERS) or head[4:8] == b"ftyp":
        return _read_other(file, max_s, name)
    raise Refused(f"{name} is no audio that can be read here. Send a wav.", param="file")


def _read_wav(file: BinaryIO, max_s: float, name: str) -> Clip:
    layout, size = _find_data(file, name)
    samples = _SAMPLES.get((layout.tag, layout.bits))
    if samples is None:
        file.seek(0)
        return _read_other(file, max_s, name)
    frame = layout.channels * layout.bits // 8
    limit = int(max_s * layout.rate) * frame
    data = file.read(min(size, limit + frame))  # the header may lie about the size
    if len(data) > limit:
        raise _too_long(name, max_s)
    data = data[: len(data) // frame * frame]
    if layout == _Layout(INTEGERS, 1, layout.rate, 16):
        return Clip(data, layout.rate)
    return Clip(_mono(samples(data), layout.channels), layout.rate)


def _find_data(file: BinaryIO, name: str) -> tuple[_Layout, int]:
    """Walk the chunks up to the audio; return how it is laid out and how long it claims to be."""
    file.seek(12)
    layout: _Layout | None = None
    while len(head := file.read(8)) == 8:
        kind, size = struct.unpack("<4sI", head)
        if kind == b"data" and layout:
            return layout, size
        if kind == b"fmt ":
            layout = _layout(file.read(size + size % 2 if size < 4096 else 0), name)
        else:
            file.seek(size + size % 2, 1)
    raise Refused(f"{name} is a wav without audio in it, or it is cut off.", param="file")


def _layout(form: bytes, name: str) -> _Layout:
    if len(form) < 16:
        raise Refused(f"{name} is a wav with a broken header.", param="file")
    tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", form[:16])
    if tag == EXTENSIBLE and len(form) >= 26:
        (tag,) = struct.unpack("<H", form[24:26])
    _check(channels, rate, name)
    return _Layout(tag, channels, rate, bits)


def _read_other(file: BinaryIO, max_s: float, name: str) -> Clip:
    try:
        soundfile: Any = import_module("soundfile")
    except ImportError as error:
        raise MissingExtra(f"{name} is no plain wav: reading it", SOUNDFILE) from error
    try:
        with soundfile.SoundFile(file) as sound:
            channels, rate = int(sound.channels), int(sound.samplerate)
            _check(channels, rate, name)
            limit = int(max_s * rate)
            # as floats: soundfile does not scale a file of floats that is read as integers
            data = sound.read(limit + 1, dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, TypeError) as error:
        raise Refused(f"{name} cannot be decoded: {error}", param="file") from error
    if len(data) > limit:
        raise _too_long(name, max_s)
    return Clip(_mono(data.ravel() * 32_768.0, channels), rate)


def _check(channels: int, rate: int, name: str) -> None:
    if not RATES[0] <= rate <= RATES[1] or not 1 <= channels <= MAX_CHANNELS:
        raise Refused(f"{name} claims {channels} channels at {rate} Hz.", param="file")


def _too_long(name: str, max_s: float) -> Refused:
    return Refused(f"{name} is longer than {max_s:g} seconds, the most that is read.", param="file")


def _mono(samples: NDArray[Any], channels: int) -> bytes:
    """One channel of 16 bit from samples whose full scale is 32768."""
    mixed = samples.reshape(-1, channels).mean(axis=1, dtype=np.float32)
    mixed = np.nan_to_num(mixed, posinf=32_767, neginf=-32_768)
    return bytes(np.clip(np.rint(mixed), -32_768, 32_767).astype(np.int16).tobytes())


def _from_24(data: bytes) -> NDArray[Any]:
    wide = np.zeros((len(data) // 3, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
    return wide.view("<i4").ravel() / np.float32(65_536)


_SAMPLES: dict[tuple[int, int], Callable[[bytes], NDArray[Any]]] = {
    (INTEGERS, 8): lambda data: (np.frombuffer(data, np.uint8).astype(np.int16) - 128) * 256,
    (INTEGERS, 16): lambda data: np.frombuffer(data, "<i2"),
    (INTEGERS, 24): _from_24,
    (INTEGERS, 32): lambda data: np.frombuffer(data, "<i4") / np.float32(65_536),
    (FLOATS, 32): lambda data: np.frombuffer(data, "<f4") * np.float32(32_768),
    (FLOATS, 64): lambda data: np.frombuffer(data, "<f8") * 32_768,
    (ALAW, 8): lambda data: np.frombuffer(decode_alaw(data), np.int16),
    (ULAW, 8): lambda data: np.frombuffer(decode_ulaw(data), np.int16),
}
