"""A conversation under virtual time: scripted ears, a scripted mind, a tape as the far end."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import anyio

from voiceagent.events import Action, Event
from voiceagent.hearing import InlineEars
from voiceagent.parts import FRAME_BYTES, Mind, Tool, Voice
from voiceagent.rules import Patience, Rules
from voiceagent.session import House, Sentences, Session
from voiceagent.speaking.cascade import Cascade
from voiceagent.testing import LateEars, Monotone, Parrot, ScriptedEars, Tape, run_virtual

FIXED = Rules(patience=Patience(fixed_ms=500))
During = Callable[["Talk"], Coroutine[Any, Any, None]]


@dataclass
class Talk:
    """`hears`: what the ears will hear, and when. `run` feeds silence at real pace meanwhile."""

    hears: Sequence[Event] = ()
    mind: Mind = field(default_factory=Parrot)
    voice: Voice | None = field(default_factory=Monotone)
    rules: Rules = FIXED
    tape: Tape = field(default_factory=Tape)
    tools: dict[str, Tool] = field(default_factory=dict)
    greeting: str = ""
    late_ms: int = 0
    frame_ms: int = 20
    silent_from_ms: int = 1 << 40  # the microphone dies
    log: list[tuple[Event, list[Action]]] = field(default_factory=list)
    session: Session = field(init=False)

    def run(self, seconds: float, during: During | None = None) -> Talk:
        run_virtual(self._run, seconds, during)
        return self

    async def _run(self, seconds: float, during: During | None) -> None:
        ears = [ScriptedEars(self.hears)]
        house = House(
            Cascade(self.mind, self.voice),
            lambda on_event: LateEars(InlineEars(ears, on_event), self.late_ms),
            rules=self.rules,
            tools=self.tools,
            sentences=replace(Sentences(), greeting=self.greeting),
        )
        self.session = Session(house, self.tape, lambda event, acts: self._note(event, acts))
        self.tape.living = self.session.replies.living
        with anyio.fail_after(seconds + 60):
            async with anyio.create_task_group() as group:
                await group.start(self.session.run)
                self.session.greet()
                if during is not None:
                    group.start_soon(during, self)
                await self._feed(seconds)
                self.session.close()

    async def _feed(self, seconds: float) -> None:
        for at in range(0, round(seconds * 1000), self.frame_ms):
            await anyio.sleep(self.frame_ms / 1000)
            if at < self.silent_from_ms:
                await self.session.hear(bytes(FRAME_BYTES * self.frame_ms // 20))

    def _note(self, event: Event, actions: Sequence[Action]) -> None:
        self.log.append((event, list(actions)))

    def actions(self, *kinds: type) -> list[Action]:
        return [a for _, actions in self.log for a in actions if isinstance(a, kinds)]

    def heard(self) -> list[tuple[str, str, str]]:
        """The conversation: role, words, status."""
        items = self.session.record.conversation.items
        return [(item.role, item.text, item.status) for item in items if item.kind == "message"]
