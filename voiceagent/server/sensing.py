"""What a client measures of the user, on its way to the ears: how much of it, and from when.

Nothing of it is kept or logged here.
"""

from __future__ import annotations

from collections.abc import Sequence

import anyio

from voiceagent.errors import Refused
from voiceagent.hearing.feelings.senses import ALIGN_MS
from voiceagent.parts import Sample
from voiceagent.session import Session
from voiceagent.session.clock import Tape
from voiceagent.wire.senses import Measured

SAMPLES_PER_S = 100
MOST_SAVED = 1_000  # may come at once from a device that was out of reach for a while


class Sensing:
    """One session's samples."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._spare = float(MOST_SAVED)
        self._at = anyio.current_time()

    def take(self, samples: Sequence[Measured]) -> None:
        """All of them; or none, where one is refused."""
        tape = self._session.tape
        refuse_ahead(samples, tape.appended)
        self._spend(len(samples))
        self._session.sense(tuple(placed(sample, tape) for sample in samples))

    def _spend(self, count: int) -> None:
        now = anyio.current_time()
        self._spare = min(MOST_SAVED, self._spare + (now - self._at) * SAMPLES_PER_S)
        self._at = now
        if count > self._spare:
            message = (
                f"These are more than {SAMPLES_PER_S} samples a second. "
                "None of them was taken: send means over longer times."
            )
            raise Refused(message, "too_many_samples", "samples")
        self._spare -= count


def refuse_ahead(samples: Sequence[Measured], appended: int) -> None:
    """A sample may run a little ahead of the audio that it belongs to, and no more."""
    for number, sample in enumerate(samples):
        if sample.at is not None and sample.at > appended + ALIGN_MS:
            path = f"samples[{number}].at"
            message = (
                f"'{path}' is {sample.at}, but only {appended} ms of audio have come; "
                f"at most {ALIGN_MS} ms more are possible. Leave it out to mean now."
            )
            raise Refused(message, "invalid_value", path)


def placed(sample: Measured, tape: Tape) -> Sample:
    """On session time, by which the ears go."""
    at = tape.end if sample.at is None else tape.position_of(sample.at)
    return Sample(at, sample.name, sample.value, sample.quality)
