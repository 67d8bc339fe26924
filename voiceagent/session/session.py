"""One conversation: ears feed the turn engine, which moves replies; one door for everything."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import anyio
from anyio.abc import TaskGroup, TaskStatus

from voiceagent import events as e
from voiceagent.events import Action, Cause, Event
from voiceagent.parts import Expect, Reset, Sample, Sense, Tune
from voiceagent.rules import Rules
from voiceagent.session.bell import Bell
from voiceagent.session.clock import Clock, Tape
from voiceagent.session.house import Ask, House, Observer
from voiceagent.session.link import Link
from voiceagent.session.listening import SILENCE, Listening
from voiceagent.session.loudspeaker import Loudspeaker
from voiceagent.session.record import Record
from voiceagent.session.replies import Replies
from voiceagent.turn import Turn, User, deadline, listen_until, step


class Session:
    """`run` it in a task of its own; `hear` audio; let everything else in through `happen`."""

    def __init__(self, house: House, link: Link, observe: Observer | None = None) -> None:
        self.house = house
        self.rules = house.rules
        self.manner = house.manner
        self.record = Record(house.most_items)
        self.turn = Turn()
        self.reading: e.Reading | None = None
        self.feels = True  # whether readings are kept and told
        self._clock = Clock()
        loudspeaker = Loudspeaker(link, self._clock)
        self.replies = Replies(self, loudspeaker)
        self._link = link
        self._observe = observe or (lambda event, actions: None)
        ears = house.open_ears(self._overheard)
        self._listening = Listening(ears, self._clock, house.stall_ms, loudspeaker.at)
        self._door: deque[Event] = deque()
        self._acting = False
        self._alarm = Bell()
        self._alarm_at: int | None = None
        self._tasks: TaskGroup | None = None
        self._over = anyio.Event()

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Until `close`. Whatever was going on ends with it."""
        try:
            async with anyio.create_task_group() as self._tasks:
                self._tasks.start_soon(self._ring_when_due)
                task_status.started()
                await self._over.wait()
                self._tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self._listening.ears.aclose()

    def close(self) -> None:
        self._over.set()

    def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run something until it or the session ends."""
        assert self._tasks is not None
        self._tasks.start_soon(work)

    # --- time ---------------------------------------------------------------------------------

    def now(self) -> int:
        return self._clock.now()

    def wall(self) -> int:
        return self._clock.wall()

    @property
    def tape(self) -> Tape:
        return self._listening.tape

    # --- hearing ------------------------------------------------------------------------------

    async def hear(self, pcm: bytes) -> None:
        """Audio of the user's, 16 kHz, in blocks of any size."""
        for near in self._listening.take(pcm, self.turn.user is not User.QUIET):
            await self._listen(near)

    def tell_ears(self, cue: Tune | Expect) -> None:
        self._listening.ears.tell(cue)

    def sense(self, samples: tuple[Sample, ...]) -> None:
        """What was measured of the user. Where nobody reads feelings it goes no further."""
        if samples and self.feels and self.house.senses:
            self._listening.ears.tell(Sense(samples))

    async def _listen(self, near: bytes, appended: bool = True) -> None:
        await self._listening.listen(near, appended)
        due = listen_until(self.turn, self.rules)
        if due is not None and self._listening.ears.listened >= due:
            self._tick()

    def _overheard(self, event: Event) -> None:
        """The ears have something to say, now or later."""
        if self._over.is_set():
            return
        if isinstance(event, e.Felt):
            if not self.feels:
                return
            self._feel(event.reading)
        if isinstance(event, e.Felt | e.Judged | e.Scored | e.EarsFailed):
            self._link.show(event)
        if isinstance(event, e.Heard) and (event.words or event.others):
            self._link.show(event)
        if isinstance(event, e.SpeechStarted | e.SpeechStopped | e.Heard):
            self._tick()
        self.happen(replace(event, at=self.now()))

    def _feel(self, reading: e.Reading) -> None:
        """Of the turn that goes on; or, told a moment late, of the one that is over."""
        if self.turn.speech is not None:
            self.reading = reading
        else:
            self.record.feel(self.turn.turns, reading)

    # --- the door -----------------------------------------------------------------------------

    def happen(self, event: Event) -> None:
        """Let an event in: step, act, never wait. What acting brings about queues behind it."""
        self._door.append(event)
        if self._acting:
            return
        self._acting = True
        try:
            while self._door:
                event = self._door.popleft()
                self.turn, actions = step(self.turn, event, self.rules)
                self._observe(event, actions)
                for action in actions:
                    self._act(action)
        finally:
            self._acting = False
        self._set_alarm()

    def greet(self) -> None:
        """Open the conversation, if the profile has words for that."""
        if self.house.sentences.greeting:
            self.happen(e.ReplyAsked(self.now(), cause=Cause.GREETING))

    def ask(self, ask: Ask) -> None:
        """The client wants a reply."""
        if ask.aside:
            self.replies.ask_aside(ask)
        else:
            self.happen(e.ReplyAsked(self.now(), self.replies.tag(ask)))

    def change_rules(self, rules: Rules) -> None:
        self.rules = rules
        self.happen(e.RulesChanged(self.now(), rules))

    # --- acting -------------------------------------------------------------------------------

    def _act(self, action: Action) -> None:
        match action:
            case e.OpenTurn() | e.CloseTurn() | e.ForgetTurn() | e.Transcribe() | e.Settle():
                self._act_on_turn(action)
            case e.RunTool(call=call):
                self.replies.tools.run(call)
            case e.DropTool(call=call):
                self.replies.tools.drop(call)
            case e.Refuse() | e.Idle():
                pass
            case _:
                self._act_on_reply(action)
        if not isinstance(action, e.Commit):
            self._link.show(action)

    def _act_on_turn(self, action: Action) -> None:
        ears, record = self._listening.ears, self.record
        match action:
            case e.OpenTurn(turn=turn):
                record.turn_item(turn)
            case e.Transcribe(turn=turn, text=text):
                record.hear(turn, text)
            case e.Settle():
                ears.tell(action)
            case e.CloseTurn(turn=turn):
                record.close_turn(turn, self.reading)
                self.reading = None
                ears.tell(Reset())
            case e.ForgetTurn(turn=turn):
                record.forget_turn(turn)
                self.reading = None
                ears.tell(Reset())

    def _act_on_reply(self, action: Action) -> None:
        replies, sentences = self.replies, self.house.sentences
        match action:
            case e.Draft():
                replies.draft(action)
            case e.Drop(reply=reply):
                replies.drop(reply)
            case e.Commit():
                replies.commit(action)
            case e.Cancel():
                replies.cancel(action)
            case e.Duck(reply=reply):
                replies[reply].duck()
            case e.Hold(reply=reply):
                replies[reply].hold()
            case e.Resume(reply=reply):
                replies[reply].resume()
            case e.Apologise(reply=reply):
                replies[reply].making.apologise(sentences.failed)
            case e.Fill(reply=reply):
                replies[reply].making.outlive(sentences.moment)

    # --- the alarm ----------------------------------------------------------------------------

    def _tick(self) -> None:
        self.happen(e.Tick(self.now(), self._listening.ears.listened))

    def _set_alarm(self) -> None:
        """Wake the alarm if it would ring too late."""
        due = self._due()
        if due is not None and (self._alarm_at is None or due < self._alarm_at):
            self._alarm.ring()

    def _due(self) -> int | None:
        """The next session time at which something must be looked at."""
        dues = (deadline(self.turn, self.rules), self._stall_due())
        return min((due for due in dues if due is not None), default=None)

    def _stall_due(self) -> int | None:
        return None if self.turn.user is User.QUIET else self._listening.stall_due()

    async def _ring_when_due(self) -> None:
        while True:
            due = self._alarm_at = self._due()
            wait = None if due is None else max(1, due - self.now()) / 1000
            await self._alarm.rung(wait)
            if due is None or self.now() < due:
                continue
            if (stall := self._stall_due()) is not None and stall <= self.now():
                await self._fill_in()
            self._tick()

    async def _fill_in(self) -> None:
        """No audio comes while the user has the floor: silence is put in its place."""
        if not self._listening.stalled:
            self.happen(e.Stalled(self.now()))
        for _ in range(self._listening.missing()):
            await self._listen(SILENCE, appended=False)
