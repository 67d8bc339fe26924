"""What the client is told: a session's notices as protocol events, a reply's pieces as deltas."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from voiceagent import events as e
from voiceagent.audio import FORMATS, Format
from voiceagent.conversation import Content, Item
from voiceagent.hearing.feelings.tracker import Whole
from voiceagent.parts import Voice
from voiceagent.server.outbox import Message, Outbox
from voiceagent.session import Called, Ended, Failed, Notice, Piece, Session
from voiceagent.speaking.styling import settled
from voiceagent.style import faster
from voiceagent.wire.items import show_item
from voiceagent.wire.response import Heading, Response, show_usage, status_details
from voiceagent.wire.settings import Settings
from voiceagent.wire.words import show_logprobs, show_words, wants_logprobs

TRANSCRIPTION = "conversation.item.input_audio_transcription"
MOST_ENDED = 64  # responses remembered after their end, for whoever asks about them


@dataclass(frozen=True, slots=True)
class Tag:
    """What a request of the client's wants back."""

    event_id: str | None = None
    settings: Settings | None = None
    metadata: dict[str, str] | None = None
    aside: bool = False


MESSAGES = {
    "response_cancel_not_active": "Cancellation failed: no active response found",
    "conversation_already_has_active_response": "Conversation already has an active response in "
    "progress. Wait until it is finished before creating a new one.",
    "input_audio_buffer_commit_empty": "Error committing input audio buffer: buffer too small. "
    "Expected at least 100ms of audio.",
}


class Teller:
    """The session's Link on one side, the client's outbox on the other."""

    def __init__(
        self, settings: Settings, lead_ms: int, delay_ms: int = 0, voice: Voice | None = None
    ) -> None:
        self.settings = settings
        self.voice = voice
        self.outbox = Outbox()
        self.lead_ms = lead_ms
        self.delay_ms = delay_ms
        self.conversation_id = f"conv_{secrets.token_hex(10)}"
        self.session: Session | None = None
        self._responses: OrderedDict[int, Response] = OrderedDict()
        self._drafts: dict[int, tuple[int, Settings]] = {}  # what each was asked by and made under
        self._heard: dict[int, str] = {}  # what was told of a turn's words so far
        self._said: e.Heard | None = None  # final words, with when and how sure
        self._feeling = 0, e.Felt(0, e.NO_READING)  # the turn, and what was felt in it last
        self._events = 0
        self._prefix = secrets.token_hex(6)
        self._input_told = 0
        self.turns_over = 0  # turns closed or forgotten: the input buffer was used up

    @property
    def rate(self) -> int:
        return self.format.rate

    @property
    def format(self) -> Format:
        return FORMATS[self.settings.output.format]

    # --- sending ------------------------------------------------------------------------------

    def tell(self, *events: Message) -> None:
        for event in events:
            self.outbox.put(self._stamped(event))

    def error(
        self,
        message: str,
        code: str | None = None,
        param: str | None = None,
        event_id: str | None = None,
        type: str = "invalid_request_error",
    ) -> None:
        about = {"message": message, "code": code, "param": param, "event_id": event_id}
        self.tell({"type": "error", "error": {"type": type, **about}})

    def _stamped(self, event: Message) -> Message:
        self._events += 1
        return {**event, "event_id": f"event_{self._prefix}{self._events:06x}"}

    # --- the session's link ---------------------------------------------------------------------

    def show(self, notice: Notice) -> None:
        match notice:
            case e.OpenTurn() | e.CloseTurn() | e.Transcribe() | e.Idle() | e.EarsFailed():
                self._show_turn(notice)
            case e.ForgetTurn(turn=turn):
                self.turns_over += 1
                self._heard.pop(turn or 0, None)
            case e.Draft(reply=reply, ref=ref):
                self._drafts[reply] = ref, self._settings_of(ref)
            case e.Drop(reply=reply):
                self._drafts.pop(reply, None)
            case e.Commit():
                self._open(notice)
            case Called():
                self._call(notice)
            case Ended():
                self._end(notice)
            case e.Refuse(code=code, ref=ref):
                tag = self._tag(ref)
                self.error(MESSAGES.get(code, code), code, event_id=tag.event_id)
            case Failed(message=message, ref=ref):
                self.error(message, event_id=self._tag(ref).event_id, type="server_error")
            case e.Duck() | e.Hold() | e.Resume():
                self._private("hold", type(notice).__name__.lower(), self._about(notice.reply))
            case e.Scored(probability=probability):
                self._private("turn", "turn", {"end_probability": probability})
            case e.Judged(verdict=verdict, why=why):
                kind = "turn" if verdict == "interruption" else verdict
                self._private("turn", "turn", {"kind": kind, "why": why})
            case e.Felt():
                self._felt(notice)
            case e.Heard():
                self._said = notice
            case _:
                pass

    async def play(self, piece: Piece) -> bool:
        response = self._responses.get(piece.reply)
        if response is None:
            return False
        opening: list[Message] = []
        if response.item_id is None:
            item = self._message(piece.reply, response)
            opening = response.begin(item, self._previous(item.id))
        coded = FORMATS[response.heading.settings.output.format]
        sound = coded.encode(piece.pcm) if piece.pcm else b""
        messages = [self._stamped(m) for m in (*opening, *response.say(piece.text, sound))]
        session = self._session
        return await self.outbox.deliver(messages, lambda: session.replies.living(piece.reply))

    # --- turns ----------------------------------------------------------------------------------

    def _show_turn(self, notice: Notice) -> None:
        match notice:
            case e.OpenTurn(turn=turn, begin=begin):
                self._started(turn, begin)
            case e.CloseTurn(turn=turn, manual=manual):
                self._closed(turn, manual)
            case e.Transcribe():
                self._transcribe(notice)
            case e.Idle(since=since, until=until):
                self._idle(since, until)
            case e.EarsFailed(error=error):
                self._lost_words(error)

    def _started(self, turn: int, begin: int) -> None:
        session = self._session
        detection = self.settings.input.detection
        prefix = 0 if detection is None else detection.prefix_ms
        start = max(0, session.tape.appended_at(begin) - prefix)
        about = {"audio_start_ms": start, "item_id": session.record.turn_item(turn)}
        self.tell({"type": "input_audio_buffer.speech_started", **about})

    def _closed(self, turn: int, manual: bool) -> None:
        self.turns_over += 1
        if self._feeling[0] == turn:
            self._tell_feeling(final=True)
        session = self._session
        item_id = session.record.turn_item(turn)
        if not manual:
            end = session.tape.appended_at(session.turn.listened)
            about = {"audio_end_ms": end, "item_id": item_id}
            self.tell({"type": "input_audio_buffer.speech_stopped", **about})
        self._committed(item_id)

    def _committed(self, item_id: str) -> None:
        previous = self._previous(item_id)
        item = self._session.record.conversation.find(item_id)
        assert item is not None
        shown = show_item(item, transcript=False)
        about = {"item_id": item_id, "previous_item_id": previous}
        self.tell(
            {"type": "input_audio_buffer.committed", **about},
            {"type": "conversation.item.added", "previous_item_id": previous, "item": shown},
            {"type": "conversation.item.done", "previous_item_id": previous, "item": shown},
        )

    def _transcribe(self, notice: e.Transcribe) -> None:
        """Deltas only grow: a partial text that takes words back is told when it is final."""
        told = self._heard.get(notice.turn, "")
        if self.settings.input.transcription is None:
            return
        about = {"item_id": self._session.record.turn_item(notice.turn), "content_index": 0}
        if notice.text.startswith(told) and notice.text != told:
            self._heard[notice.turn] = notice.text
            self.tell(
                {"type": f"{TRANSCRIPTION}.delta", **about, "delta": notice.text[len(told) :]}
            )
        if notice.final:
            self._heard.pop(notice.turn, None)
            self.tell(self._completed(about, notice.text))

    def _completed(self, about: Message, text: str) -> Message:
        item = self._session.record.conversation.find(about["item_id"])
        event = completed(about, text, self._seconds_heard())
        said = self._said if self._said is not None and self._said.text == text else None
        ours = self._details(said) if said is not None else {}
        if item is not None and item.reading is not None:
            ours["emotion"] = show_reading(item.reading, self._session.tape.appended_at)
        if ours:
            event["voiceagent"] = ours
        if said is not None and said.words and wants_logprobs(self.settings.echoed.get("include")):
            event["logprobs"] = show_logprobs(said.words)
        return event

    def _details(self, said: e.Heard) -> Message:
        place = self._session.tape.appended_at
        words = {"words": show_words(said.words, place)} if said.words else {}
        return {**words, "others": list(said.others)} if said.others else words

    def _seconds_heard(self) -> float:
        """How much input was transcribed since the last time that somebody asked."""
        appended = self._session.tape.appended
        told, self._input_told = self._input_told, appended
        return round((appended - told) / 1000, 3)

    def _lost_words(self, error: str) -> None:
        turn = self._session.turn
        lost = turn.speech.turn if turn.speech is not None else None
        if lost is None and turn.closed is not None and not turn.closed.words.final:
            lost = turn.closed.turn
        if lost is None:
            return
        self._heard.pop(lost, None)
        self.not_transcribed(self._session.record.turn_item(lost), error)

    def transcribed(self, item_id: str, text: str, seconds: float) -> None:
        """The words of audio that came as an item."""
        if self.settings.input.transcription is not None:
            about = {"item_id": item_id, "content_index": 0}
            self.tell(completed(about, text, round(seconds, 3)))

    def not_transcribed(self, item_id: str, error: str) -> None:
        if self.settings.input.transcription is not None:
            about = {"item_id": item_id, "content_index": 0}
            told = {"type": "server_error", "code": "ears_failed", "message": error}
            self.tell({"type": f"{TRANSCRIPTION}.failed", **about, "error": told})

    def _idle(self, since: int, until: int) -> None:
        record = self._session.record
        item = Item(record.new_id(), content=(Content("input_audio", ""),))
        tape = self._session.tape
        record.conversation = record.conversation.add(item)
        about = {
            "audio_start_ms": tape.appended_at(since),
            "audio_end_ms": tape.appended_at(until),
            "item_id": item.id,
        }
        self.tell({"type": "input_audio_buffer.timeout_triggered", **about})
        self._committed(item.id)

    # --- replies --------------------------------------------------------------------------------

    def active(self) -> dict[str, int]:
        """The responses that go on, by id."""
        session = self._session
        return {
            response.heading.id: reply
            for reply, response in self._responses.items()
            if session.replies.living(reply)
        }

    def _open(self, commit: e.Commit) -> None:
        ref, settings = self._drafts.pop(commit.reply)
        if commit.instead_of is not None:
            self._responses[commit.reply] = self._responses.pop(commit.instead_of)
            return
        tag = self._tag(ref)
        heading = Heading(
            f"resp_{secrets.token_hex(10)}",
            None if tag.aside else self.conversation_id,
            settings,
            tag.metadata,
            self.lacks(settings),
        )
        response = Response(heading)
        self._responses[commit.reply] = response
        while len(self._responses) > MOST_ENDED:
            self._responses.popitem(last=False)
        self.tell(*response.created())
        self.warn(heading.degraded, heading.id)

    def _settings_of(self, ref: int) -> Settings:
        """What a reply that is drafted now is made under, whatever changes before it is heard."""
        now = self.settings
        asked = self._tag(ref).settings or now
        return replace(asked, output=replace(asked.output, format=now.output.format))

    def _message(self, reply: int, response: Response) -> Item:
        item = self._session.record.reply_item(reply)
        if item is not None:
            return item
        kind = "output_audio" if response.audio else "output_text"
        content = (Content(kind, ""),)  # type: ignore[arg-type]
        return Item(self._session.record.new_id(), role="assistant", content=content)

    def _call(self, called: Called) -> None:
        response, call = self._responses[called.reply], called.call
        item = Item(
            called.item_id or self._session.record.new_id(),
            "function_call",
            call_id=call.id,
            name=call.name,
            arguments=call.arguments,
        )
        self.tell(*response.call(item, call, self._previous(item.id)))

    def _end(self, ended: Ended) -> None:
        response = self._responses.pop(ended.reply, None)
        if response is None:
            return
        session = self._session
        item = session.record.reply_item(ended.reply)
        heard = response.text if item is None else item.text
        usage = show_usage(ended.usage, 0, ended.audio_ms)
        details = status_details(ended.status, ended.reason, ended.error)
        previous = None if response.item_id is None else self._previous(response.item_id)
        known = response.heading.degraded
        fresh = tuple(lack for lack in ended.lacks if lack not in known)
        self.warn(fresh, response.heading.id)
        self.tell(*response.end(ended.status, details, usage, heard, previous, fresh))

    # --- style ----------------------------------------------------------------------------------

    def lacks(self, settings: Settings) -> tuple[str, ...]:
        """What the voice will not do of the style that these settings ask for."""
        if self.voice is None or settings.modality == "text":
            return ()
        style = faster(settings.ours.style, settings.output.speed)
        return settled(style, self.voice.styles()).lacks

    def warn(self, lacks: tuple[str, ...], response: str | None = None) -> None:
        """Opt-in, as everything that is not the protocol's."""
        if lacks:
            fields = {"code": "style_degraded", "message": "; ".join(lacks)}
            about = {"response_id": response, **fields, "degraded": list(lacks)}
            self._private("style", "warning", about)

    # --- ours -----------------------------------------------------------------------------------

    def _private(self, opted: str, kind: str, fields: Message) -> None:
        if opted in self.settings.ours.events:
            self.tell({"type": f"voiceagent.{kind}", **fields})

    def _about(self, reply: int) -> Message:
        response = self._responses.get(reply)
        if response is None:
            return {}
        return {"response_id": response.heading.id, "item_id": response.item_id}

    def _felt(self, felt: e.Felt) -> None:
        """Speech that may still be nothing has no item yet: it is told of when it has."""
        turn = self._session.turn
        speech, closed = turn.speech, turn.closed
        if speech is not None:
            self._feeling = speech.turn, felt
            if speech.open:
                self._tell_feeling(final=False)
        elif closed is not None and closed.turn == turn.turns:
            self._feeling = closed.turn, felt
            self._tell_feeling(final=True)

    def _tell_feeling(self, final: bool) -> None:
        """At a pause all may be known that there is to know, but the turn may go on."""
        number, felt = self._feeling
        place = self._session.tape.appended_at
        about = {"item_id": self._session.record.turn_item(number), "content_index": 0}
        shown = show_reading(felt.reading, place)
        made = show_sounds(felt.sounds, place) if isinstance(felt, Whole) and felt.sounds else {}
        self._private("emotion", "user_emotion", {**about, "final": final, **shown, **made})

    # --- small things ---------------------------------------------------------------------------

    @property
    def _session(self) -> Session:
        assert self.session is not None
        return self.session

    def _tag(self, ref: int) -> Tag:
        tag = self._session.replies.tagged(ref)
        return tag if isinstance(tag, Tag) else Tag()

    def _previous(self, item_id: str) -> str | None:
        return self._session.record.conversation.previous(item_id)


def completed(about: Message, text: str, seconds: float) -> Message:
    usage = {"type": "duration", "seconds": seconds}
    return {"type": f"{TRANSCRIPTION}.completed", **about, "transcript": text, "usage": usage}


Place = Callable[[int], int]
"""Where a position of the session is in the audio that the client sent."""


def show_reading(reading: e.Reading, place: Place) -> dict[str, Any]:
    """What was felt, as the wire carries it. No labels: unknown."""
    label = max(reading.labels, key=lambda name: reading.labels[name], default=None)
    return {
        "label": label or "unknown",
        "unknown": label is None,
        "labels": dict(reading.labels),
        "confidence": reading.confidence,
        "valence": reading.valence,
        "arousal": reading.arousal,
        "words": list(reading.words),
        "reasons": list(reading.reasons),
        "span": [place(it) for it in reading.span],
    }


def show_sounds(sounds: Iterable[e.SoundMade], place: Place) -> dict[str, Any]:
    """What was heard that is no word."""
    kinds = ((it.kind, [place(it.begin), place(it.end)], it.confidence) for it in sounds)
    return {"sounds": [{"kind": it[0], "span": it[1], "confidence": it[2]} for it in kinds]}
