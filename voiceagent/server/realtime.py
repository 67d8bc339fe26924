"""One client's conversation: its requests, in the order in which they come, done or refused."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
from anyio.lowlevel import checkpoint

from voiceagent import events as e
from voiceagent.audio import FORMATS, Format, Resampler, resample_all
from voiceagent.conversation import Item, worded
from voiceagent.errors import Refused, VoiceAgentError
from voiceagent.hearing.languages import refuse_foreign
from voiceagent.parts import EAR_RATE, Styles, Tune
from voiceagent.server.outbox import Send
from voiceagent.server.sensing import Sensing
from voiceagent.server.teller import Tag, Teller
from voiceagent.session import Ask, House, Observer, Session
from voiceagent.speaking.ability import UNFIT, refuse, unknown_voice
from voiceagent.style import Style
from voiceagent.wire import checks
from voiceagent.wire import requests as r
from voiceagent.wire.abilities import show_voice
from voiceagent.wire.items import read_item, show_item
from voiceagent.wire.settings import (
    Settings,
    manner_of,
    read_modality,
    read_sound,
    read_thinking,
    refuse_beta,
    rules_of,
    show,
    tune_of,
    update,
)

log = logging.getLogger("voiceagent.server")
OVER_REPORT_MS = 2_000  # clients count by the wall clock, and count on while a reply is held
MOST_SAY = 20_000  # characters
SPOKEN = "session.audio.input.transcription.language"
SLICE_MS = 500  # of a long append at once, so that others get their turn
Receive = Callable[[], Awaitable[Any]]


class Gone(Exception):
    """The client went away."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for one connection."""

    settings: Settings = field(default_factory=Settings)
    session_s: float = 3_600
    lead_ms: int = 200
    delay_ms: int = 0
    observe: Observer | None = None
    transcribe: Callable[[bytes], Awaitable[str]] | None = None


class Realtime:
    """Speaks the protocol over any transport that moves dictionaries."""

    def __init__(self, house: House, terms: Terms) -> None:
        self.id = f"sess_{secrets.token_hex(10)}"
        self.teller = Teller(terms.settings, terms.lead_ms, terms.delay_ms, house.voice)
        self.session = Session(house, self.teller, terms.observe)
        self.teller.session = self.session
        self._sensing = Sensing(self.session)
        self._terms = terms
        self._expires = int(time.time() + terms.session_s)
        self._house = house
        self._buffered_ms = 0.0  # appended since the buffer was used up last
        self._turns_over = 0
        self._input = self._open_input(terms.settings)
        self._tune: Tune | None = None  # what the ears were told last

    async def converse(self, receive: Receive, send: Send) -> None:
        """Until the client goes, is lost, or its time is up. `receive` raises Gone, or Refused."""
        try:
            async with anyio.create_task_group() as group:
                await group.start(self.session.run)
                group.start_soon(self._write, send, group.cancel_scope)
                self._greet()
                self.session.greet()
                with anyio.move_on_after(self._terms.session_s) as limit:
                    await self._serve(receive)
                if limit.cancelled_caught:
                    self._say_expired()
                self.session.happen(e.LinkLost(self.session.now()))
                self.session.close()
                self.teller.outbox.close()
        finally:
            self.session.close()

    async def _write(self, send: Send, scope: anyio.CancelScope) -> None:
        """Nobody listens any more when the writer ends."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._watch_lost, scope)
            try:
                await self.teller.outbox.run(send)
            except Gone:
                scope.cancel()
            group.cancel_scope.cancel()

    async def _watch_lost(self, scope: anyio.CancelScope) -> None:
        await self.teller.outbox.lost.wait()
        scope.cancel()

    async def _serve(self, receive: Receive) -> None:
        while True:
            try:
                data = await receive()
                await self._handle(data)
                await self.teller.outbox.room()
                await checkpoint()  # many requests may lie ready: others get their turn
            except Gone:
                return

    async def _handle(self, data: Any) -> None:
        if isinstance(data, Refused):
            self._refuse(data, None)
            return
        try:
            await self._do(r.read(data), r.event_id(data))
        except Refused as refusal:
            self._refuse(refusal, r.event_id(data))

    def _refuse(self, refusal: Refused, event_id: str | None) -> None:
        self.teller.error(str(refusal), refusal.code, refusal.param, event_id)

    def _say_expired(self) -> None:
        minutes = self._terms.session_s / 60
        message = f"Your session hit the maximum duration of {minutes:g} minutes."
        self.teller.error(message, "session_expired")

    async def _do(self, request: r.Request, event_id: str | None) -> None:
        match request:
            case r.AppendAudio(audio=audio):
                await self._append(audio)
            case r.UpdateSession(session=session):
                settings = update(self.teller.settings, session)
                refuse_foreign(tune_of(settings).language, self._house.hears, SPOKEN)
                self._apply(settings)
            case r.CommitAudio():
                self._commit(event_id)
            case r.ClearAudio():
                self._clear()
            case r.CreateItem():
                await self._create_item(request)
            case r.RetrieveItem(id=item_id):
                item = self._find(item_id, "item_retrieve_invalid_item_id")
                self.teller.tell({"type": "conversation.item.retrieved", "item": show_item(item)})
            case r.DeleteItem(id=item_id):
                self._find(item_id, "item_delete_invalid_item_id")
                self.session.record.delete(item_id)
                self.teller.tell({"type": "conversation.item.deleted", "item_id": item_id})
            case r.TruncateItem():
                self._truncate(request)
            case r.CreateResponse(response=response):
                await self._create_response(response, event_id)
            case r.CancelResponse(id=response_id):
                self._cancel(response_id, event_id)
            case r.ClearOutput():
                self._clear_output(event_id)
            case r.ReportPlayback(id=item_id, played_ms=played):
                self._report(item_id, played)
            case r.ReportSenses(samples=samples):
                self._sensing.take(samples)

    # --- the session --------------------------------------------------------------------------

    def _greet(self) -> None:
        """The settings that a client secret was made with may be more than the voice can do."""
        try:
            self._apply(self.teller.settings, greet=True)
        except Refused as refusal:
            plain = replace(self.teller.settings.ours, style=Style())
            self._apply(replace(self.teller.settings, ours=plain), greet=True)
            self._refuse(refusal, None)

    def _apply(self, settings: Settings, greet: bool = False) -> None:
        session, old = self.session, self.teller.settings
        if settings.output.format != old.output.format and bool(session.replies):
            message = "The output format cannot change while a response is being made."
            raise checks.refuse("session.audio.output.format", message)
        lacks = self._lacks(settings, "session")
        self.teller.settings = settings
        shown = {"session": show(settings, self.id, self._expires)}
        if greet:
            shown["voiceagent"] = self._abilities()
        self.teller.tell({"type": "session.created" if greet else "session.updated", **shown})
        if greet or settings.ours.style != old.ours.style:
            self.teller.warn(lacks)
        if settings.input.format != old.input.format:
            self._input = self._open_input(settings)
        session.manner = manner_of(settings, self._house.manner)
        session.feels = settings.ours.emotion
        own = (tool for tool in self._house.manner.tools if tool.own)
        if (tune := tune_of(settings, own)) != self._tune:
            self._tune = tune
            session.tell_ears(tune)
        if greet or settings.input != old.input:
            rules = rules_of(settings, self._house.rules)
            if rules != session.rules:
                session.change_rules(rules)

    def _abilities(self) -> dict[str, Any]:
        """What nobody can set: what the voice can do, and what may be told of the user."""
        voice, senses = self._house.voice, list(self._house.senses)
        can = {} if voice is None else {"voice": show_voice(voice.styles())}
        return {**can, "senses": senses}

    def _lacks(self, settings: Settings, where: str) -> tuple[str, ...]:
        """What the voice will not do of what these settings ask; refused, if they say so."""
        lacks = self.teller.lacks(settings)
        if settings.ours.strict and self._house.voice is not None and settings.modality == "audio":
            refuse(lacks, f"{where}.voiceagent.style")
            refuse_stranger(settings.output.voice, self._house.voice.styles(), where)
        return lacks

    def _open_input(self, settings: Settings) -> tuple[Format, Resampler]:
        coded = FORMATS[settings.input.format]
        return coded, Resampler(coded.rate, EAR_RATE)

    # --- the input buffer -----------------------------------------------------------------------

    async def _append(self, audio: bytes) -> None:
        coded, resampler = self._input
        self._use_up()
        self._buffered_ms += len(audio) / coded.bytes_per_ms
        step = SLICE_MS * coded.rate // 1000 * coded.sample_bytes
        for start in range(0, len(audio), step):
            pcm = coded.decode(audio[start : start + step])
            await self.session.hear(resampler.feed(pcm))

    def _use_up(self) -> None:
        """Turns that were closed since have taken the buffer with them."""
        if self.teller.turns_over != self._turns_over:
            self._turns_over = self.teller.turns_over
            self._buffered_ms = 0.0

    def _commit(self, event_id: str | None) -> None:
        self._use_up()
        session = self.session
        ref = session.replies.tag(Ask(tag=Tag(event_id)))
        session.happen(e.TurnHandedOver(session.now(), int(self._buffered_ms), ref))

    def _clear(self) -> None:
        self._buffered_ms = 0.0
        self.session.happen(e.TurnCleared(self.session.now()))
        self.teller.tell({"type": "input_audio_buffer.cleared"})

    # --- items ----------------------------------------------------------------------------------

    def _find(self, item_id: str, code: str) -> Item:
        item = self.session.record.conversation.find(item_id)
        if item is None or item.own:
            raise Refused(f"Item with item_id {item_id!r} does not exist.", code, "item_id")
        return item

    async def _create_item(self, request: r.CreateItem) -> None:
        record = self.session.record
        item, sound = self._read_item(request.item, "item")
        record.add(item, request.after)
        previous = record.conversation.previous(item.id)
        shown = show_item(item)
        self.teller.tell(
            {"type": "conversation.item.added", "previous_item_id": previous, "item": shown},
            {"type": "conversation.item.done", "previous_item_id": previous, "item": shown},
        )
        if sound:
            await self._transcribe_item(item, sound)

    def _read_item(self, value: Any, path: str) -> tuple[Item, bytes]:
        """An item of the client's, and its audio at the rate of the ears."""
        item, sounds = read_item(value, path, self.session.record.new_id())
        coded = FORMATS[self.teller.settings.input.format]
        pcm = b"".join(coded.decode(sound) for sound in sounds)
        return item, resample_all(pcm, coded.rate, EAR_RATE)

    async def _transcribe_item(self, item: Item, pcm: bytes) -> None:
        """Audio that came as an item: its words are needed before anybody may answer it."""
        try:
            text = await self._words(pcm)
        except VoiceAgentError as failed:
            log.warning("the audio of an item was not understood: %s", failed)
            self.teller.not_transcribed(item.id, str(failed))
            return
        self.session.record.put(worded(item, text))
        self.teller.transcribed(item.id, text, len(pcm) / 2 / EAR_RATE)

    async def _words(self, pcm: bytes) -> str:
        return "" if self._terms.transcribe is None else await self._terms.transcribe(pcm)

    def _truncate(self, request: r.TruncateItem) -> None:
        session = self.session
        item = self._find(request.id, "item_truncate_invalid_item_id")
        known = session.record.playback(item.id)
        spoken = item.role == "assistant" and item.content[:1] and item.kind == "message"
        if not spoken or item.content[0].type != "output_audio" or known is None:
            raise Refused("Only model output audio messages can be truncated", None, "item_id")
        if request.content_index >= len(item.content):
            raise Refused("There is no such content part.", "invalid_value", "content_index")
        reply, playback = known
        length, wanted = playback.handed, request.audio_end_ms
        if wanted > length + OVER_REPORT_MS:
            message = f"Audio content of {length}ms is already shorter than {wanted}ms"
            raise Refused(message, "invalid_value", "audio_end_ms")
        session.replies.truncate(reply, playback, min(wanted, length))
        self.teller.tell(
            {
                "type": "conversation.item.truncated",
                "item_id": item.id,
                "content_index": request.content_index,
                "audio_end_ms": wanted,
            }
        )

    def _report(self, item_id: str, played_ms: int) -> None:
        known = self.session.record.playback(item_id)
        if known is not None:
            known[1].reported = played_ms

    # --- responses ------------------------------------------------------------------------------

    async def _create_response(self, data: Mapping[str, Any], event_id: str | None) -> None:
        aside = checks.choice(
            data.get("conversation") or "auto", "response.conversation", ("auto", "none")
        )
        settings = self._response_settings(data)
        self._lacks(settings, "response")
        tag = Tag(event_id, settings, r.read_metadata(data), aside == "none")
        manner = manner_of(settings, self._house.manner)
        say = words_to_say(data)
        items = await self._input_items(data)
        self.session.ask(Ask(manner, items, tag, aside == "none", say))

    def _response_settings(self, data: Mapping[str, Any]) -> Settings:
        """The session's settings with this response's own laid over them."""
        settings, path = self.teller.settings, "response"
        refuse_beta(data, path)
        thinking = read_thinking(settings.thinking, data, path)
        settings = replace(settings, thinking=thinking)
        if data.get("output_modalities") is not None:
            settings = replace(settings, modality=read_modality(data, path))
        audio = checks.mapping(data.get("audio") or {}, f"{path}.audio")
        output = read_sound(settings.output, audio.get("output"), f"{path}.audio.output")
        if output.format != settings.output.format:
            message = "The format of one response cannot differ from the session's."
            raise checks.refuse(f"{path}.audio.output.format", message)
        ours = update(settings, {"voiceagent": data.get("voiceagent")}, path).ours
        return replace(settings, output=output, ours=ours)

    async def _input_items(self, data: Mapping[str, Any]) -> tuple[Item, ...] | None:
        given = data.get("input")
        if given is None:
            return None
        found: list[tuple[Item, bytes]] = []
        for n, value in enumerate(checks.items(given, "response.input", 1_000)):
            path = f"response.input[{n}]"
            entry = checks.mapping(value, path)
            if entry.get("type") == "item_reference":
                item_id = checks.text(checks.required(entry, "id", path), f"{path}.id", 512)
                found.append((self._find(item_id, "item_reference_invalid_item_id"), b""))
            else:
                found.append(self._read_item(entry, path))
        return tuple([await self._in_words(item, pcm) for item, pcm in found])

    async def _in_words(self, item: Item, pcm: bytes) -> Item:
        """The item as a mind can read it; one that was not understood has no words."""
        if not pcm:
            return item
        try:
            return worded(item, await self._words(pcm))
        except VoiceAgentError as failed:
            log.warning("the audio of an item was not understood: %s", failed)
            return item

    def _cancel(self, response_id: str | None, event_id: str | None) -> None:
        session = self.session
        if response_id is not None:
            reply = self.teller.active().get(response_id)
            if reply is not None and session.replies.cancel_aside(reply):
                return
            if reply is None:
                message = f"Cancellation failed: no active response {response_id!r} found"
                raise Refused(message, "response_cancel_not_active", "response_id")
        ref = session.replies.tag(Ask(tag=Tag(event_id)))
        session.happen(e.CancelAsked(session.now(), ref))

    def _clear_output(self, event_id: str | None) -> None:
        """What was not played yet is not played any more: here the server paces the audio."""
        active = [name for name, reply in self.teller.active().items() if reply > 0]
        if active:
            self._cancel(None, event_id)
            self.teller.tell({"type": "output_audio_buffer.cleared", "response_id": active[-1]})


def refuse_stranger(name: str, can: Styles, where: str) -> None:
    if unknown_voice(name, can):
        told = f"There is no voice {name!r}; there are: {', '.join(can.voices)}."
        raise Refused(told, UNFIT, f"{where}.audio.output.voice")


def words_to_say(data: Mapping[str, Any]) -> str:
    """Our own: `voiceagent: {say: ...}`, the words that a response shall consist of."""
    ours = checks.mapping(data.get("voiceagent") or {}, "response.voiceagent")
    return checks.text(ours.get("say") or "", "response.voiceagent.say", MOST_SAY)
