"""What is measured of the user beside the sound, as it goes over the wire: `voiceagent.sense`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from voiceagent.parts import SENSES
from voiceagent.wire import checks

MOST_SAMPLES = 64  # in a message
MOST_VALUE = 1_000_000
MOST_MS = 1_000_000_000
FIELDS = ("name", "value", "quality", "at")


@dataclass(frozen=True, slots=True)
class Measured:
    """One sample. `quality`: 0 is of no use, 1 is certain. `at`: milliseconds of the audio that
    was sent, as `audio_start_ms` counts them; None: now.
    """

    name: str
    value: float = field(repr=False)
    quality: float = 1.0
    at: int | None = None


def read_samples(
    value: Any, path: str = "samples", names: Sequence[str] = SENSES
) -> tuple[Measured, ...]:
    given = checks.items(value, path, MOST_SAMPLES)
    return tuple(read_sample(sample, f"{path}[{n}]", names) for n, sample in enumerate(given))


def read_sample(value: Any, path: str, names: Sequence[str]) -> Measured:
    """A field that is misspelt is refused: a quality that is not read would count as certain."""
    data = checks.mapping(value, path)
    for key in data:
        if key not in FIELDS:
            message = f"'{path}' has no field {checks.quoted(key)}; it has {', '.join(FIELDS)}."
            raise checks.refuse(path, message, "unknown_parameter")
    found = checks.required(data, "value", path)
    quality, at = data.get("quality"), data.get("at")
    return Measured(
        checks.choice(checks.required(data, "name", path), f"{path}.name", names),
        float(checks.number(found, f"{path}.value", -MOST_VALUE, MOST_VALUE)),
        1.0 if quality is None else float(checks.number(quality, f"{path}.quality", 0, 1)),
        None if at is None else checks.integer(at, f"{path}.at", 0, MOST_MS),
    )


def show_sample(sample: Measured) -> dict[str, Any]:
    about = {"name": sample.name, "value": sample.value, "quality": sample.quality}
    return about if sample.at is None else {**about, "at": sample.at}
