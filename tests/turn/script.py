"""Play a script of events through the turn engine, ticking where `deadline` says or every
millisecond.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from voiceagent.events import Action, Event, RulesChanged, Tick
from voiceagent.rules import Rules
from voiceagent.turn import Turn, deadline, step

Stamped = tuple[int, Action]
END_MS = 10_000  # a script is followed for so long after its last event


@dataclass
class Player:
    """`lag`: how far the ears are behind the clock."""

    rules: Rules = field(default_factory=Rules)
    lag: int = 0
    every_ms: bool = False
    turn: Turn = field(default_factory=Turn)
    done: list[Stamped] = field(default_factory=list)
    log: list[Event | Action] = field(default_factory=list)

    def play(self, *events: Event, until: int | None = None) -> list[Stamped]:
        for event in sorted(events, key=lambda e: e.at):
            self._wait(event.at)
            self._do(event)
        last = max((e.at for e in events), default=self.turn.at)
        self._wait(last + END_MS if until is None else until)
        return self.done

    def _wait(self, at: int) -> None:
        while (due := self._next()) is not None and due <= at:
            self._do(Tick(due, due - self.lag))
        self._do(Tick(at, at - self.lag))

    def _next(self) -> int | None:
        if self.every_ms:
            return self.turn.at + 1
        due = deadline(self.turn, self.rules)
        return None if due is None else max(due, self.turn.at + 1)

    def _do(self, event: Event) -> None:
        if isinstance(event, RulesChanged):
            self.rules = event.rules
        self.turn, actions = step(self.turn, event, self.rules)
        self.done += [(self.turn.at, action) for action in actions]
        self.log += [event, *actions]


def play(*events: Event, rules: Rules | None = None, lag: int = 0) -> list[Stamped]:
    return Player(rules or Rules(), lag).play(*events)


def of(done: Iterable[Stamped], *kinds: type) -> list[Stamped]:
    return [stamped for stamped in done if isinstance(stamped[1], kinds)]
