"""The contract of readers: those that are shipped keep it, and breaking it is noticed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pytest

from tests.contracts import reader
from voiceagent import bundle
from voiceagent.events import Event, Felt, Reading, SpeechStarted, SpeechStopped
from voiceagent.parts import FRAME_MS, Cue, Frame, Listener
from voiceagent.shaping import shape

LABELS = {"angry": 0.1, "happy": 0.2, "neutral": 0.6, "sad": 0.1}
GOOD = Reading(LABELS, 0.1, 0.2, 0.6, ("plain",), ("nothing stands out",))
SHIPPED = [
    name
    for name in bundle.names("models")
    if name == "affect" or bundle.manifest("models", name).get("feels")
]


@dataclass
class Toy:
    """Feels the same in every turn that is long enough."""

    reading: Reading = GOOD
    least_ms: int = 500
    often: bool = False
    final: bool = True
    begin: int = 0
    told: int = 0

    def listen(self) -> Listener:
        return replace(self)

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        at, felt = frame.at + FRAME_MS, []
        for event in seen:
            if isinstance(event, SpeechStarted):
                self.begin = event.begin
            if isinstance(event, SpeechStopped) and event.end - self.begin >= self.least_ms:
                felt.append(
                    Felt(at, replace(self.reading, span=(self.begin, event.end)), self.final)
                )
        return felt or ([Felt(at, self.reading)] if self.often else [])

    def tell(self, cue: Cue) -> Iterable[Event]:
        return ()


def test_a_good_reader_passes() -> None:
    reader.check(Toy())


@pytest.mark.parametrize(
    ("broken", "why"),
    [
        (Toy(replace(GOOD, labels={**LABELS, "grumpy": 0.0})), "grumpy"),
        (Toy(replace(GOOD, labels={"angry": 1.0})), "four"),
        (Toy(replace(GOOD, labels={**LABELS, "sad": 0.9})), "make one"),
        (Toy(replace(GOOD, labels={**LABELS, "sad": -0.1, "happy": 0.4})), "negative"),
        (Toy(replace(GOOD, valence=float("nan"))), "finite"),
        (Toy(replace(GOOD, arousal=1.5)), "arousal"),
        (Toy(replace(GOOD, confidence=2.0)), "confidence"),
        (Toy(replace(GOOD, reasons=("",))), "short texts"),
        (Toy(least_ms=100), "half a second"),
        (Toy(least_ms=9_000), "not even that"),
        (Toy(final=False), "final"),
        (Toy(often=True), "too many"),
    ],
)
def test_what_breaks_the_contract_is_told(broken: Toy, why: str) -> None:
    with pytest.raises(AssertionError, match=why):
        reader.check(broken)


def test_a_reader_that_mixes_sessions_is_told() -> None:
    class Leaking(Toy):
        def listen(self) -> Listener:
            self.told += 1
            return Toy(replace(GOOD, valence=self.told / 1000))

    with pytest.raises(AssertionError, match="leak"):
        reader.check(Leaking())


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_readers_keep_it(name: str) -> None:
    module = bundle.load("models", name)
    reader.check(module.build(shape(module.Options, {}, name)))
