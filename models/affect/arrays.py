"""Plain arrays in one file, with the names of the numbers that they were trained on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def save(path: Path, told: Mapping[str, Any]) -> None:
    arrays = {key: np.asarray(value) for key, value in told.items()}
    np.savez_compressed(path, allow_pickle=False, **arrays)


def load(path: Path, names: Sequence[str], trainer: str) -> dict[str, NDArray[Any]]:
    """Everything but the names, which must be these."""
    with np.load(path, allow_pickle=False) as file:
        told = {key: file[key] for key in file.files}
    if tuple(str(name) for name in told.pop("names")) != tuple(names):
        raise ValueError(f"{path.name} was trained on other numbers; run {trainer} again")
    return told
