"""When audio leaves for the worker."""

from __future__ import annotations

from voiceagent.events import Event, Heard, SpeechLikely, SpeechStarted, SpeechStopped
from voiceagent.hearing import batching as b

QUIET = b.Gate()
TALKING = b.Gate(talking=True)


def test_batches_are_short_while_it_matters_and_long_while_nobody_talks() -> None:
    assert b.batch_ms(QUIET, 0) == b.QUIET_MS
    assert b.batch_ms(TALKING, 5000) == b.TALKING_MS
    assert b.batch_ms(b.Gate(stopped=5000), 5980) == b.PAUSING_MS
    assert b.batch_ms(b.Gate(stopped=5000), 6000) == b.QUIET_MS
    assert b.batch_ms(b.Gate(stirred=5000), 5980) == b.TALKING_MS
    assert b.batch_ms(None, 0) == b.UNGATED_MS


def test_audio_leaves_at_once_when_the_gate_moves() -> None:
    moves: list[Event] = [SpeechLikely(0), SpeechStarted(0, 0), SpeechStopped(0, 0)]
    assert all(b.due(QUIET, 0, 20, [move]) for move in moves)
    assert not b.due(QUIET, 0, 20, [Heard(0, "", 0)])
    assert not b.due(QUIET, 0, b.QUIET_MS - 20, [])
    assert b.due(QUIET, 0, b.QUIET_MS, [])


def test_the_gate_follows_the_speech() -> None:
    gate = b.gate_after(QUIET, 20, [SpeechLikely(20)])
    assert gate == b.Gate(stirred=20)
    gate = b.gate_after(gate, 40, [SpeechStarted(40, 20)])
    assert gate.talking
    assert b.gate_after(gate, 60, [SpeechStopped(60, 50)]) == b.Gate(stirred=20, stopped=60)
