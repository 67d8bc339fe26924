"""One conversation: ears feed the turn engine, its actions move replies, one door lets everything
in.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict, deque
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
from anyio.abc import TaskGroup

from voiceagent import events as e
from voiceagent.audio import Framer
from voiceagent.conversation import Item, history
from voiceagent.errors import Refused
from voiceagent.events import Action, Cause, Event
from voiceagent.hearing import Ears
from voiceagent.mind import brief
from voiceagent.parts import (
    FRAME_BYTES,
    FRAME_MS,
    Answerer,
    Asked,
    Expect,
    Frame,
    Manner,
    Reset,
    Said,
    Tool,
    ToolCall,
    Tune,
    Voice,
)
from voiceagent.rules import Rules
from voiceagent.session.aside import Aside
from voiceagent.session.bell import Bell
from voiceagent.session.clock import Clock, Tape
from voiceagent.session.link import Called, Ended, Link
from voiceagent.session.playback import Playback
from voiceagent.session.record import Record
from voiceagent.session.toolbox import Toolbox
from voiceagent.session.utterance import Utterance
from voiceagent.turn import Turn, User, deadline, listen_until, step

Observer = Callable[[Event, Sequence[Action]], None]
MOST_ASKS = 64
MOST_LATE_MS = 120  # audio that is later than this is taken to be from now, while nobody speaks
REFILL_MS = 100  # how often silence is put in for audio that does not come
SILENCE = bytes(FRAME_BYTES)


@dataclass(frozen=True, slots=True)
class Sentences:
    """What the agent says when no mind can be asked."""

    failed: str = "Sorry, something went wrong on my side. Could you say that again?"
    unheard: str = "Sorry, I missed that. Could you say it again?"
    moment: str = "One moment, please."
    greeting: str = ""


@dataclass(frozen=True, slots=True)
class House:
    """What all conversations of a profile share."""

    answerer: Answerer
    open_ears: Callable[[Callable[[Event], None]], Ears]
    voice: Voice | None = None  # for speech outside a conversation
    rules: Rules = Rules()
    manner: Manner = Manner()
    tools: Mapping[str, Tool] = field(default_factory=dict)
    sentences: Sentences = Sentences()
    stall_ms: int = 400
    most_items: int = 5_000
    most_asides: int = 4


@dataclass(frozen=True, slots=True)
class Ask:
    """A reply that the client wants. `tag` comes back with what it leads to."""

    manner: Manner | None = None
    items: tuple[Item, ...] | None = None  # instead of the conversation
    tag: object = None
    aside: bool = False  # out of band: it leaves no trace in the conversation


class Session:
    """`run` it in a task of its own; `hear` audio; let everything else in through `happen`."""

    def __init__(self, house: House, link: Link, observe: Observer | None = None) -> None:
        self.house = house
        self.rules = house.rules
        self.manner = house.manner
        self.record = Record(house.most_items)
        self.turn = Turn()
        self.tape = Tape()
        self.reading: e.Reading | None = None
        self._link = link
        self._observe = observe or (lambda event, actions: None)
        self._clock = Clock()
        self._ears = house.open_ears(self._overheard)
        self._framer = Framer()
        self._door: deque[Event] = deque()
        self._acting = False
        self._refs = itertools.count(1)
        self._asks: OrderedDict[int, Ask] = OrderedDict()
        self._utterances: dict[int, Utterance] = {}
        self._asides: dict[int, Aside] = {}
        self._aside_ids = itertools.count(-1, -1)
        self._tools = Toolbox(house.tools, self)
        self._alarm = Bell()
        self._alarm_at: int | None = None
        self._fed_at: int | None = None  # session time at which audio, or silence for it, came last
        self._stalled = False
        self._tasks: TaskGroup | None = None
        self._over = anyio.Event()

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Until `close`. Whatever was going on ends with it."""
        try:
            async with anyio.create_task_group() as self._tasks:
                self._tasks.start_soon(self._ring_when_due)
                task_status.started()
                await self._over.wait()
                self._tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self._ears.aclose()

    def close(self) -> None:
        self._over.set()

    def greet(self) -> None:
        """Open the conversation, if the profile has words for that."""
        if self.house.sentences.greeting:
            self.happen(e.ReplyAsked(self.now(), cause=Cause.GREETING))

    # --- time ---------------------------------------------------------------------------------

    def now(self) -> int:
        return self._clock.now()

    def wall(self) -> int:
        return self._clock.wall()

    # --- hearing ------------------------------------------------------------------------------

    async def hear(self, pcm: bytes) -> None:
        """Audio of the user's, 16 kHz, in blocks of any size."""
        self._stalled, self._fed_at = False, self.now()
        late = self.house.stall_ms if self.turn.user is not User.QUIET else MOST_LATE_MS
        if self.tape.end + late < self.now():
            self._framer.flush()
            self.tape.jump(self.now() - len(pcm) * FRAME_MS // FRAME_BYTES)
        for near in self._framer.feed(pcm):
            await self._listen(near)

    async def _listen(self, near: bytes, appended: bool = True) -> None:
        frame = Frame(self.tape.end, near)
        self.tape.add(FRAME_MS, appended)
        self._clock.reach(self.tape.end)
        await self._ears.send(frame)
        due = listen_until(self.turn, self.rules)
        if due is not None and self._ears.listened >= due:
            self._tick()

    def _overheard(self, event: Event) -> None:
        """The ears have something to say, now or later."""
        if self._over.is_set():
            return
        if isinstance(event, e.Felt):
            self.reading = event.reading
        if isinstance(event, e.Felt | e.Judged | e.Scored | e.EarsFailed):
            self._link.show(event)
        if isinstance(event, e.SpeechStarted | e.SpeechStopped | e.Heard):
            self._tick()
        self.happen(replace(event, at=self.now()))

    def tell_ears(self, cue: Tune | Expect) -> None:
        self._ears.tell(cue)

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

    def change_rules(self, rules: Rules) -> None:
        self.rules = rules
        self.happen(e.RulesChanged(self.now(), rules))

    def _tick(self) -> None:
        self.happen(e.Tick(self.now(), self._ears.listened))

    def _act(self, action: Action) -> None:
        match action:
            case e.OpenTurn() | e.CloseTurn() | e.ForgetTurn() | e.Transcribe() | e.Settle():
                self._act_on_turn(action)
            case e.Draft():
                self._draft(action)
            case e.Drop(reply=reply):
                self._utterances.pop(reply).cancel()
            case e.Commit():
                self._commit(action)
            case e.Cancel():
                self._cancel(action)
            case e.Duck(reply=reply):
                self._utterances[reply].duck()
            case e.Hold(reply=reply):
                self._utterances[reply].hold()
            case e.Resume(reply=reply):
                self._utterances[reply].resume()
            case e.Apologise(reply=reply):
                self._utterances[reply].making.apologise(self.house.sentences.failed)
            case e.Fill(reply=reply):
                self._utterances[reply].making.outlive(self.house.sentences.moment)
            case e.RunTool(call=call):
                self._tools.run(call)
            case e.DropTool(call=call):
                self._tools.drop(call)
            case e.Refuse() | e.Idle():
                pass
        if not isinstance(action, e.Commit):
            self._link.show(action)

    def _act_on_turn(self, action: Action) -> None:
        match action:
            case e.OpenTurn(turn=turn):
                self.record.turn_item(turn)
            case e.CloseTurn(turn=turn):
                self.record.close_turn(turn, self.reading)
                self.reading = None
                self._ears.tell(Reset())
            case e.ForgetTurn(turn=turn):
                if turn is not None:
                    self.record.forget_turn(turn)
                self.reading = None
                self._ears.tell(Reset())
            case e.Transcribe(turn=turn, text=text):
                self.record.hear(turn, text)
            case e.Settle():
                self._ears.tell(action)

    # --- replies ------------------------------------------------------------------------------

    def ask(self, ask: Ask) -> None:
        """The client wants a reply."""
        if ask.aside:
            self._ask_aside(ask)
        else:
            self.happen(e.ReplyAsked(self.now(), self.tag(ask)))

    def tag(self, ask: Ask) -> int:
        """A number by which the engine can hand this request back."""
        ref = next(self._refs)
        self._asks[ref] = ask
        if len(self._asks) > MOST_ASKS:
            self._asks.popitem(last=False)
        return ref

    def tagged(self, ref: int) -> object:
        ask = self._asks.get(ref)
        return None if ask is None else ask.tag

    def living(self, reply: int) -> bool:
        """Whether what it says may still leave."""
        return reply in self._utterances or reply in self._asides

    def _ask_aside(self, ask: Ask) -> None:
        if len(self._asides) >= self.house.most_asides:
            message = f"At most {self.house.most_asides} out-of-band responses run at once."
            raise Refused(message, "too_many_responses", "response.conversation")
        reply = next(self._aside_ids)
        items = self.record.conversation.items if ask.items is None else ask.items
        asked = Asked(Cause.CLIENT, history(items), ask.manner or self.manner)
        aside = Aside(reply, asked, self.house.answerer, self._link, self._asides.pop)
        self._asides[reply] = aside
        self._link.show(e.Draft(reply, Cause.CLIENT, ref=self.tag(ask)))
        self._link.show(e.Commit(reply))
        assert self._tasks is not None
        self._tasks.start_soon(aside.run)

    def cancel_aside(self, reply: int) -> bool:
        """Whether there was one to cancel."""
        aside = self._asides.get(reply)
        if aside is not None:
            aside.cancel()
        return aside is not None

    @property
    def replying(self) -> bool:
        """Whether a reply is being made or played, known to the client or not."""
        return bool(self._utterances)

    def truncate(self, reply: int, playback: Playback, handed_ms: int) -> None:
        """The client says that the user heard no more of this reply."""
        playback.truncate(handed_ms)
        if reply in self._utterances:
            self.happen(e.Truncated(self.now(), reply))
        said = playback.said(self.wall())
        whole = said == playback.timeline.text
        self.record.say(reply, said, "completed" if whole else "incomplete")

    def _draft(self, draft: e.Draft) -> None:
        utterance = Utterance(
            draft.reply, self._asked(draft), self.house.answerer, self, self._link
        )
        self._utterances[draft.reply] = utterance
        assert self._tasks is not None
        self._tasks.start_soon(utterance.run)

    def _asked(self, draft: e.Draft) -> Asked:
        ask = self._asks.get(draft.ref, Ask())
        items = self.record.conversation.items if ask.items is None else ask.items
        told = history(items)
        if draft.cause is Cause.USER and self.turn.speech is not None and draft.basis:
            told = (*told, Said("user", draft.basis, self.reading))
        return Asked(
            draft.cause,
            told,
            brief(ask.manner or self.manner, draft.cause),
            draft.basis,
            self.reading,
            unsaid=self._unsaid(draft),
        )

    def _unsaid(self, draft: e.Draft) -> str:
        match draft.cause:
            case Cause.GREETING:
                return self.house.sentences.greeting
            case Cause.APOLOGY:
                return self.house.sentences.unheard
            case Cause.RESUME if draft.resumes is not None:
                playback = self.record.playback_of(draft.resumes)
                return "" if playback is None else playback.rest(self.wall())
            case _:
                return ""

    def _commit(self, commit: e.Commit) -> None:
        if commit.instead_of is not None:
            self._utterances.pop(commit.instead_of).cancel()
        self._link.show(commit)
        self._utterances[commit.reply].commit()

    def _cancel(self, cancel: e.Cancel) -> None:
        utterance = self._utterances.pop(cancel.reply)
        utterance.cancel()
        self.record.say(cancel.reply, utterance.playback.said(self.wall()), "incomplete")
        self._end(utterance, "cancelled", cancel.reason)

    def _end(self, utterance: Utterance, status: str, reason: str = "") -> None:
        making = utterance.making
        self._link.show(
            Ended(
                utterance.id,
                status,  # type: ignore[arg-type]
                reason,
                making.error,
                making.ended.usage,
                utterance.playback.handed,
            )
        )

    # --- what an utterance tells --------------------------------------------------------------

    def opens(self, utterance: Utterance) -> None:
        audio = utterance.making.asked.manner.modality == "audio"
        self.record.open_reply(utterance.id, utterance.playback, audio)

    def audible(self, utterance: Utterance) -> None:
        self.happen(e.ReplyAudible(self.now(), utterance.id))

    def says(self, utterance: Utterance) -> None:
        self.record.say(utterance.id, utterance.said)

    def calls(self, utterance: Utterance, call: ToolCall) -> None:
        item = self.record.call(call, own=False)
        self._link.show(Called(utterance.id, call, item.id))

    def finished(self, utterance: Utterance) -> None:
        if self._utterances.pop(utterance.id, None) is None:
            return
        ended = utterance.making.ended
        status = "failed" if utterance.making.error else "completed"
        reason = {"length": "max_output_tokens", "filter": "content_filter"}.get(ended.reason, "")
        if reason and status == "completed":
            status = "incomplete"
        self.record.say(utterance.id, utterance.said, "completed")
        self._end(utterance, status, reason)
        self.happen(e.ReplyFinished(self.now(), utterance.id))

    def making_failed(self, reply: int, error: str) -> None:
        self.happen(e.ReplyFailed(self.now(), reply, error))

    # --- tools of ours ------------------------------------------------------------------------

    def own_tool(self, name: str) -> bool:
        return name in self.house.tools

    def tool_asked(self, reply: int, call: ToolCall) -> None:
        effects = self._tools.asked(reply, call)
        self.happen(e.ToolAsked(self.now(), reply, call.id, effects))

    def start_tool(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        assert self._tasks is not None
        self._tasks.start_soon(work)

    def tool_finished(self, reply: int, call: ToolCall, output: str) -> None:
        utterance = self._utterances.get(reply)
        self.record.call(call, own=True)
        self.record.result(call.id, output)
        told = utterance is not None and utterance.making.tool_finished(call.id, output)
        self.happen(e.ToolFinished(self.now(), call.id, told))

    # --- the alarm ----------------------------------------------------------------------------

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
        if self.turn.user is User.QUIET or self._fed_at is None:
            return None
        return self._fed_at + (REFILL_MS if self._stalled else self.house.stall_ms)

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
        if not self._stalled:
            self._stalled = True
            self.happen(e.Stalled(self.now()))
        self._fed_at = self.now()
        while self.tape.end + FRAME_MS <= self._fed_at:
            await self._listen(SILENCE, appended=False)
