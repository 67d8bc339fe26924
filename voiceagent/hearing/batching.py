"""When audio is worth a message to a worker: often while the user talks, seldom otherwise."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from voiceagent.events import Event, SpeechLikely, SpeechStarted, SpeechStopped

TALKING_MS = 100
PAUSING_MS = 40  # the end of the turn is being decided: the words must not wait
QUIET_MS = 500  # only the lead-in of the next speech matters
UNGATED_MS = 40  # nothing here tells speech from silence
LATELY_MS = 1000

NEVER = -LATELY_MS


@dataclass(frozen=True, slots=True)
class Gate:
    """What the ears of this process last said about speech, as positions in the audio."""

    talking: bool = False
    stirred: int = NEVER  # a gate opened
    stopped: int = NEVER


def gate_after(gate: Gate, at: int, events: Iterable[Event]) -> Gate:
    for event in events:
        match event:
            case SpeechStarted():
                gate = replace(gate, talking=True)
            case SpeechStopped():
                gate = replace(gate, talking=False, stopped=at)
            case SpeechLikely():
                gate = replace(gate, stirred=at)
    return gate


def batch_ms(gate: Gate | None, at: int) -> int:
    """How much audio makes a message. None: there is no gate."""
    if gate is None:
        return UNGATED_MS
    if gate.talking:
        return TALKING_MS
    if at - gate.stopped < LATELY_MS:
        return PAUSING_MS
    if at - gate.stirred < LATELY_MS:
        return TALKING_MS
    return QUIET_MS


def due(gate: Gate | None, at: int, held_ms: int, events: Iterable[Event]) -> bool:
    """Whether what is held must leave now: it is enough, or the gate has just moved."""
    moved = any(isinstance(event, SpeechLikely | SpeechStarted | SpeechStopped) for event in events)
    return moved or held_ms >= batch_ms(gate, at)
