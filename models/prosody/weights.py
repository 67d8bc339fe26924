"""A logistic regression over the numbers of a pause, kept as JSON."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from .features import NAMES, Floats


@dataclass(frozen=True, slots=True)
class Weights:
    names: tuple[str, ...]
    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weight: tuple[float, ...]
    bias: float

    def probability(self, numbers: Floats) -> float:
        """How likely the turn is over. Never quite 0 or 1: a voice alone does not say so much."""
        z = self.bias
        for x, mean, scale, weight in zip(
            numbers.tolist(), self.mean, self.scale, self.weight, strict=True
        ):
            z += weight * min(3.0, max(-3.0, (x - mean) / scale))
        return min(0.98, max(0.02, 1 / (1 + math.exp(-min(30.0, max(-30.0, z))))))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> Weights:
    told = json.loads(path.read_text(encoding="utf-8"))
    weights = Weights(bias=told.pop("bias"), **{key: tuple(value) for key, value in told.items()})
    if weights.names != NAMES:
        raise ValueError(f"{path.name} was trained on other numbers; run train.py again")
    return weights
