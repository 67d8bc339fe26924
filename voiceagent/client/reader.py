"""The server's messages as events, and what must be remembered between them. Pure."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from voiceagent.audio import FORMATS, Format, ms_of
from voiceagent.client.events import (
    AgentAudio,
    AgentFinished,
    AgentSaid,
    AgentStarted,
    CallEvent,
    Failed,
    Interrupted,
    Status,
    ToolCalled,
    UserFelt,
    UserSaid,
    UserSound,
    UserStartedSpeaking,
    UserStoppedSpeaking,
)
from voiceagent.client.playing import Playing
from voiceagent.client.transcript import Transcript, share_of, text_of
from voiceagent.errors import Refused
from voiceagent.events import Reading
from voiceagent.parts import Styles
from voiceagent.wire import checks
from voiceagent.wire.abilities import read_voice
from voiceagent.wire.words import read_words

Data = Mapping[str, Any]
Events = list[CallEvent]
MOST_REPLIES = 64
UNREADABLE = "unreadable_message"
TRANSCRIPTION = "conversation.item.input_audio_transcription."


@dataclass
class Reply:
    id: str
    beside: bool = False  # out of band: it is no part of the conversation
    item: str = ""
    text: str = ""
    over: bool = False
    stopped: bool = False  # nothing more of it shall be played
    playing: Playing = field(default_factory=Playing)


class Reader:
    def __init__(self) -> None:
        self.session: Data = {}
        self.voice: Styles | None = None  # told once, when the call begins
        self.senses: tuple[str, ...] = ()  # so too
        self.transcript = Transcript()
        self.started = 0  # replies of the conversation so far
        self.asides = 0  # replies out of band that were asked for and have not started
        self._replies: OrderedDict[str, Reply] = OrderedDict()
        self._heard: dict[str, str] = {}  # the words so far of turns that go on

    # --- what is known ------------------------------------------------------------------------

    @property
    def ours(self) -> bool:
        """Whether the server is a voiceagent, which can do more than the protocol asks for."""
        return "voiceagent" in self.session

    @property
    def active(self) -> Reply | None:
        """The reply of the conversation that goes on."""
        replies = reversed(self._replies.values())
        return next((r for r in replies if not r.beside and not r.over), None)

    @property
    def input_format(self) -> Format:
        return self._format("input")

    @property
    def detection(self) -> Data | None:
        """Who ends the user's turns; None: the application does."""
        found = self._audio("input").get("turn_detection")
        return found if isinstance(found, Mapping) else None

    @property
    def transcribes(self) -> bool:
        """Whether the user's words will be told."""
        return bool(self._audio("input").get("transcription"))

    def report(self, ms: int, reply: str | None = None) -> None:
        """The application has played so much of a reply, by default of the newest."""
        known = self._newest() if reply is None else self._replies.get(reply)
        if known is not None:
            known.playing.report(ms)

    def stop(self, now: int) -> Events:
        """The user shall hear no more of what is being said."""
        newest = self._newest()
        return [] if newest is None else self._stop(newest, now)

    # --- reading ------------------------------------------------------------------------------

    def read(self, message: Data, now: int) -> Events:
        """The events that a message means. One that means nothing here gives none."""
        kind = message.get("type", "")
        reads = READERS.get(kind)
        if reads is None:
            return []
        try:
            return reads(self, message, now)
        except (KeyError, TypeError, ValueError, AttributeError, Refused) as problem:
            told = f"the server sent a {kind} that cannot be read: {problem!r}"
            return [Failed(told, UNREADABLE)]

    def _settled(self, message: Data, now: int) -> Events:
        self.session = message["session"]
        if told := (message.get("voiceagent") or {}).get("voice"):
            self.voice = read_voice(told)
        if told := (message.get("voiceagent") or {}).get("senses"):
            self.senses = tuple(str(name) for name in checks.items(told, "senses", 1_000))
        return []

    def _error(self, message: Data, now: int) -> Events:
        error = message["error"]
        return [Failed(str(error.get("message", "")), str(error.get("code") or ""))]

    # --- the user -----------------------------------------------------------------------------

    def _user_started(self, message: Data, now: int) -> Events:
        started = UserStartedSpeaking(int(message["audio_start_ms"]), message["item_id"])
        detection = self.detection or {}
        interrupts = detection.get("interrupt_response") is not False
        return [started, *(self.stop(now) if interrupts else [])]

    def _user_stopped(self, message: Data, now: int) -> Events:
        return [UserStoppedSpeaking(int(message["audio_end_ms"]), message["item_id"])]

    def _user_said(self, message: Data, now: int) -> Events:
        item = message["item_id"]
        text = self._heard.get(item, "") + (message.get("delta") or "")
        self._heard[item] = text
        self.transcript.write(item, text)
        return [UserSaid(text, False, item)]

    def _user_done(self, message: Data, now: int) -> Events:
        item, text = message["item_id"], message.get("transcript") or ""
        self._heard.pop(item, None)
        self.transcript.write(item, text)
        ours = message.get("voiceagent") or {}
        words, others = read_words(ours.get("words") or ()), tuple(ours.get("others") or ())
        felt = ours.get("emotion")
        opted = "emotion" in (self.session.get("voiceagent") or {}).get("events", ())
        events: Events = [UserSaid(text, True, item, words, others)]
        return events if felt is None or opted else [*events, *self._felt(item, felt, True)]

    def _user_unheard(self, message: Data, now: int) -> Events:
        self._heard.pop(message["item_id"], None)
        error = message.get("error") or {}
        told = str(error.get("message") or "the words could not be made out")
        return [Failed(told, str(error.get("code") or "")), UserSaid("", True, message["item_id"])]

    def _user_felt(self, message: Data, now: int) -> Events:
        return self._felt(message["item_id"], message, bool(message.get("final")))

    def _felt(self, item: str, data: Data, final: bool) -> Events:
        reading = read_reading(data)
        self.transcript.feel(item, reading)
        return [UserFelt(reading, final, item, read_sounds(data))]

    # --- the conversation ---------------------------------------------------------------------

    def _item(self, message: Data, now: int) -> Events:
        item = message["item"]
        self.transcript.add(item, message.get("previous_item_id"))
        if (begun := self._heard.get(item.get("id"))) is not None:
            self.transcript.write(item["id"], begun)
        return []

    def _deleted(self, message: Data, now: int) -> Events:
        self.transcript.delete(message["item_id"])
        return []

    def _truncated(self, message: Data, now: int) -> Events:
        """Our own servers are asked for the words that are left; others would not know them."""
        reply = self._of_item(message["item_id"])
        if self.ours or reply is None:
            return []
        heard = share_of(reply.text, message["audio_end_ms"], reply.playing.received)
        return self._mend(reply, heard)

    def _retrieved(self, message: Data, now: int) -> Events:
        item = message["item"]
        text, reply = text_of(item), self._of_item(item.get("id", ""))
        if text is None or reply is None:
            return []
        return self._mend(reply, text)

    def _mend(self, reply: Reply, text: str) -> Events:
        """The user heard less than was said."""
        changed = self.transcript.write(reply.item, text, cut=True)
        return [AgentSaid(text, True, True, reply.id, reply.item)] if changed and reply.over else []

    # --- replies ------------------------------------------------------------------------------

    def _reply_started(self, message: Data, now: int) -> Events:
        response = message["response"]
        beside = self.asides > 0 and response.get("conversation_id", "") is None
        reply = Reply(response["id"], beside)
        self.asides -= beside
        self.started += not beside
        self._replies[reply.id] = reply
        while len(self._replies) > MOST_REPLIES:
            self._replies.popitem(last=False)
        return [AgentStarted(reply.id)]

    def _audio_came(self, message: Data, now: int) -> Events:
        reply = self._reply(message)
        if reply.stopped:
            return []
        coded = self._format("output")
        pcm = coded.decode(checks.audio(message["delta"], "delta"))
        reply.playing.add(ms_of(len(pcm), coded.rate), now)
        return [AgentAudio(pcm, coded.rate, reply.id)]

    def _words_came(self, message: Data, now: int) -> Events:
        reply = self._reply(message)
        reply.text += message["delta"]
        self.transcript.write(reply.item, reply.text)
        return [AgentSaid(reply.text, False, False, reply.id, reply.item)]

    def _item_done(self, message: Data, now: int) -> Events:
        item = message["item"]
        if item["type"] == "function_call":
            call = str(item.get("call_id") or item.get("id") or "")
            arguments = item.get("arguments") or "{}"
            return [ToolCalled(item["name"], arguments, call, message["response_id"])]
        reply, text = self._reply({**message, "item_id": item.get("id", "")}), text_of(item)
        cut = item.get("status") == "incomplete"
        text = reply.text if text is None else text
        self.transcript.write(reply.item, text, cut)
        return [AgentSaid(text, True, cut, reply.id, reply.item)]

    def _reply_done(self, message: Data, now: int) -> Events:
        response = message["response"]
        reply = self._replies.get(response["id"]) or Reply(response["id"])
        status, details = response.get("status"), response.get("status_details") or {}
        stopped = self._stop(reply, now) if status == "cancelled" else []
        reply.over = True
        failed = (details.get("error") or {}).get("message")
        reason = str(failed or details.get("reason") or "")
        lacks = (response.get("voiceagent") or {}).get("degraded") or ()
        degraded = tuple(str(lack) for lack in lacks)
        return [*stopped, AgentFinished(reply.id, cast(Status, status), reason, degraded)]

    # --- small things -------------------------------------------------------------------------

    def _stop(self, reply: Reply, now: int) -> Events:
        audible = reply.playing.received > 0 and not reply.beside
        if reply.stopped or not audible or (reply.over and not reply.playing.left(now)):
            return []
        reply.stopped = True
        return [Interrupted(reply.id, reply.playing.played(now), reply.item)]

    def _reply(self, message: Data) -> Reply:
        known = self._replies.get(message["response_id"])
        reply = known or Reply(message["response_id"], beside=True)
        item = message.get("item_id") or ""
        if item and item != reply.item:
            reply.item, reply.text = item, ""
        return reply

    def _newest(self) -> Reply | None:
        return next((r for r in reversed(self._replies.values()) if not r.beside), None)

    def _of_item(self, item: str) -> Reply | None:
        return next((r for r in self._replies.values() if item and r.item == item), None)

    def _audio(self, way: str) -> Data:
        found = (self.session.get("audio") or {}).get(way)
        return found if isinstance(found, Mapping) else {}

    def _format(self, way: str) -> Format:
        named = (self._audio(way).get("format") or {}).get("type", "audio/pcm")
        return FORMATS[named]


def read_reading(data: Data) -> Reading:
    begin, end = data.get("span") or (0, 0)
    return Reading(
        dict(data.get("labels") or {}),
        float(data.get("valence") or 0),
        float(data.get("arousal") or 0),
        float(data.get("confidence") or 0),
        tuple(data.get("words") or ()),
        tuple(data.get("reasons") or ()),
        (int(begin), int(end)),
    )


def read_sounds(data: Data) -> tuple[UserSound, ...]:
    """None, from servers that do not listen for them."""
    return tuple(
        UserSound(
            str(it["kind"]), (int(it["span"][0]), int(it["span"][1])), float(it["confidence"])
        )
        for it in data.get("sounds") or ()
    )


READERS: dict[str, Callable[[Reader, Data, int], Events]] = {
    "session.created": Reader._settled,
    "session.updated": Reader._settled,
    "error": Reader._error,
    "input_audio_buffer.speech_started": Reader._user_started,
    "input_audio_buffer.speech_stopped": Reader._user_stopped,
    f"{TRANSCRIPTION}delta": Reader._user_said,
    f"{TRANSCRIPTION}completed": Reader._user_done,
    f"{TRANSCRIPTION}failed": Reader._user_unheard,
    "voiceagent.user_emotion": Reader._user_felt,
    "conversation.item.added": Reader._item,
    "conversation.item.created": Reader._item,
    "conversation.item.deleted": Reader._deleted,
    "conversation.item.truncated": Reader._truncated,
    "conversation.item.retrieved": Reader._retrieved,
    "response.created": Reader._reply_started,
    "response.output_audio.delta": Reader._audio_came,
    "response.output_audio_transcript.delta": Reader._words_came,
    "response.output_text.delta": Reader._words_came,
    "response.output_item.done": Reader._item_done,
    "response.done": Reader._reply_done,
}
