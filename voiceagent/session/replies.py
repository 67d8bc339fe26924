"""The replies of one session: drafted, committed, played, cancelled; and those out of band."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from typing import Any, Literal, Protocol

from voiceagent import events as e
from voiceagent.conversation import history
from voiceagent.errors import Refused
from voiceagent.events import Cause, Event
from voiceagent.mind import brief
from voiceagent.parts import Asked, Expect, Manner, Said, ToolCall, Tune
from voiceagent.session.aside import Aside
from voiceagent.session.house import Ask, House
from voiceagent.session.link import Called, Ended, Link
from voiceagent.session.playback import Playback
from voiceagent.session.record import Record
from voiceagent.session.toolbox import Toolbox
from voiceagent.session.utterance import Utterance
from voiceagent.turn import Turn

MOST_ASKS = 64
Status = Literal["completed", "cancelled", "failed", "incomplete"]
REASONS = {"length": "max_output_tokens", "filter": "content_filter"}


class Chair(Protocol):
    """What the replies need of the session that they belong to."""

    house: House
    record: Record
    manner: Manner
    turn: Turn
    reading: e.Reading | None

    def now(self) -> int: ...
    def wall(self) -> int: ...
    def happen(self, event: Event) -> None: ...
    def tell_ears(self, cue: Tune | Expect) -> None: ...
    def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None: ...


class Replies:
    def __init__(self, chair: Chair, link: Link) -> None:
        self._chair = chair
        self._link = link
        self._living: dict[int, Utterance] = {}
        self._asides: dict[int, Aside] = {}
        self._aside_ids = itertools.count(-1, -1)
        self._asks: OrderedDict[int, Ask] = OrderedDict()
        self._refs = itertools.count(1)
        self.tools = Toolbox(chair.house.tools, self)

    def __getitem__(self, reply: int) -> Utterance:
        return self._living[reply]

    def __bool__(self) -> bool:
        """Whether a reply is being made or played, known to the client or not."""
        return bool(self._living or self._asides)

    def living(self, reply: int) -> bool:
        """Whether what it says may still leave."""
        return reply in self._living or reply in self._asides

    # --- what is asked for -------------------------------------------------------------------

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

    # --- what the engine decides -------------------------------------------------------------

    def draft(self, draft: e.Draft) -> None:
        answerer = self._chair.house.answerer
        utterance = Utterance(draft.reply, self._asked(draft), answerer, self, self._link)
        self._living[draft.reply] = utterance
        self._chair.start(utterance.run)

    def drop(self, reply: int) -> None:
        self._living.pop(reply).cancel()

    def commit(self, commit: e.Commit) -> None:
        self._chair.tell_ears(Expect())
        if commit.instead_of is not None:
            self.drop(commit.instead_of)
        self._link.show(commit)
        self._living[commit.reply].commit()

    def cancel(self, cancel: e.Cancel) -> None:
        utterance = self._living.pop(cancel.reply)
        utterance.cancel()
        heard = utterance.playback.said(self._chair.wall())
        self._chair.record.say(cancel.reply, heard, "incomplete")
        self._end(utterance, "cancelled", cancel.reason)

    def truncate(self, reply: int, playback: Playback, handed_ms: int) -> None:
        """The client says that the user heard no more of this reply."""
        playback.truncate(handed_ms)
        if reply in self._living:
            self._chair.happen(e.Truncated(self._chair.now(), reply))
        said = playback.said(self._chair.wall())
        whole = said == playback.timeline.text
        self._chair.record.say(reply, said, "completed" if whole else "incomplete")

    def _asked(self, draft: e.Draft) -> Asked:
        chair = self._chair
        ask = self._asks.get(draft.ref, Ask())
        items = chair.record.conversation.items if ask.items is None else ask.items
        told = history(items)
        if draft.cause is Cause.USER and chair.turn.speech is not None and draft.basis:
            told = (*told, Said("user", draft.basis, chair.reading))
        manner = brief(ask.manner or chair.manner, draft.cause, draft.basis, chair.reading)
        unsaid = ask.say or self._unsaid(draft)
        return Asked(draft.cause, told, manner, draft.basis, chair.reading, unsaid=unsaid)

    def _unsaid(self, draft: e.Draft) -> str:
        """Words that are known beforehand."""
        sentences = self._chair.house.sentences
        match draft.cause:
            case Cause.GREETING:
                return sentences.greeting
            case Cause.APOLOGY:
                return sentences.unheard
            case Cause.RESUME if draft.resumes is not None:
                playback = self._chair.record.playback_of(draft.resumes)
                return "" if playback is None else playback.rest(self._chair.wall())
            case _:
                return ""

    def _end(self, utterance: Utterance, status: Status, reason: str = "") -> None:
        making, handed = utterance.making, utterance.playback.handed
        usage, lacks = making.ended.usage, making.ended.lacks
        self._link.show(Ended(utterance.id, status, reason, making.error, usage, handed, lacks))

    # --- what an utterance tells -------------------------------------------------------------

    def wall(self) -> int:
        return self._chair.wall()

    def opens(self, utterance: Utterance) -> None:
        audio = utterance.making.asked.manner.modality == "audio"
        self._chair.record.open_reply(utterance.id, utterance.playback, audio)

    def audible(self, utterance: Utterance) -> None:
        self._chair.happen(e.ReplyAudible(self._chair.now(), utterance.id))

    def expects(self, expect: Expect) -> None:
        """The ears should know what the agent has asked for."""
        self._chair.tell_ears(expect)

    def says(self, utterance: Utterance) -> None:
        self._chair.record.say(utterance.id, utterance.said)

    def calls(self, utterance: Utterance, call: ToolCall) -> None:
        item = self._chair.record.call(call, own=False)
        self._link.show(Called(utterance.id, call, item.id))

    def finished(self, utterance: Utterance) -> None:
        if self._living.pop(utterance.id, None) is None:
            return
        making = utterance.making
        reason = REASONS.get(making.ended.reason, "")
        status: Status = "failed" if making.error else "incomplete" if reason else "completed"
        self._chair.record.say(utterance.id, utterance.said, "completed")
        self._end(utterance, status, reason)
        self._chair.happen(e.ReplyFinished(self._chair.now(), utterance.id))

    def making_failed(self, reply: int, error: str) -> None:
        self._chair.happen(e.ReplyFailed(self._chair.now(), reply, error))

    # --- tools of ours -----------------------------------------------------------------------

    def own_tool(self, name: str) -> bool:
        return name in self._chair.house.tools

    def tool_asked(self, reply: int, call: ToolCall) -> None:
        effects = self.tools.asked(reply, call)
        self._chair.happen(e.ToolAsked(self._chair.now(), reply, call.id, effects))

    def start_tool(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._chair.start(work)

    def tool_finished(self, reply: int, call: ToolCall, output: str) -> None:
        self._chair.record.call(call, own=True)
        self._chair.record.result(call.id, output)
        utterance = self._living.get(reply)
        told = utterance is not None and utterance.making.tool_finished(call.id, output)
        self._chair.happen(e.ToolFinished(self._chair.now(), call.id, told))

    # --- out of band -------------------------------------------------------------------------

    def ask_aside(self, ask: Ask) -> None:
        chair, most = self._chair, self._chair.house.most_asides
        if len(self._asides) >= most:
            message = f"At most {most} out-of-band responses run at once."
            raise Refused(message, "too_many_responses", "response.conversation")
        reply = next(self._aside_ids)
        items = chair.record.conversation.items if ask.items is None else ask.items
        manner = ask.manner or chair.manner
        asked = Asked(Cause.CLIENT, history(items), manner, unsaid=ask.say)
        aside = Aside(reply, asked, chair.house.answerer, self._link, self._asides.pop)
        self._asides[reply] = aside
        self._link.show(e.Draft(reply, Cause.CLIENT, ref=self.tag(ask)))
        self._link.show(e.Commit(reply))
        chair.start(aside.run)

    def cancel_aside(self, reply: int) -> bool:
        """Whether there was one to cancel."""
        aside = self._asides.get(reply)
        if aside is not None:
            aside.cancel()
        return aside is not None
