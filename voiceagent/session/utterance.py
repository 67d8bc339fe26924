"""One reply, from its draft to its last sample: made ahead, kept until committed, handed out at
real time.
"""

from __future__ import annotations

from typing import Protocol

import anyio

from voiceagent.audio import Gain
from voiceagent.parts import Answerer, Asked, Expect, ToolCall
from voiceagent.session.bell import Bell
from voiceagent.session.link import Link, Piece
from voiceagent.session.making import Making, Workshop
from voiceagent.session.playback import Playback
from voiceagent.session.track import Track

DUCKED_DB = -14.0
SILENT_DB = -120.0
DUCK_MS = 20
RISE_MS = 40
FADE_MS = 10  # the last sound before a hold
FIRST_MS = 20  # the first piece is short, so that it is heard soon
NEAR_MS, FAR_MS = 40, 100  # pieces after that, by how far ahead the link may be fed


class Host(Workshop, Protocol):
    """What an utterance tells the session that it belongs to."""

    def wall(self) -> int: ...
    def opens(self, utterance: Utterance) -> None: ...
    def audible(self, utterance: Utterance) -> None: ...
    def says(self, utterance: Utterance) -> None: ...
    def expects(self, expect: Expect) -> None: ...
    def calls(self, utterance: Utterance, call: ToolCall) -> None: ...
    def finished(self, utterance: Utterance) -> None: ...


class Utterance:
    """Nothing of it leaves before `commit`; `cancel` is the only way to stop it."""

    def __init__(self, id: int, asked: Asked, answerer: Answerer, host: Host, link: Link) -> None:
        self.id = id
        self.playback = Playback(link.delay_ms)
        self.said = ""  # the words that were handed out
        self.opened = False
        self.committed = False
        self.held = False
        self._bell = Bell()
        self.making = Making(id, asked, answerer, host, self._bell)
        self._host = host
        self._link = link
        self._track = Track(link.rate)
        self._gain = Gain(link.rate)
        self._audible = False
        self._faded = False  # the last sound before a hold was handed out
        self._scope = anyio.CancelScope()

    async def run(self) -> None:
        with self._scope:
            async with anyio.create_task_group() as group:
                group.start_soon(self.making.run)
                await self._hand_out()
            self._host.finished(self)

    # --- what the session does to it ---------------------------------------------------------

    def commit(self) -> None:
        self.committed = True
        self._bell.ring()

    def cancel(self) -> None:
        self._scope.cancel()

    def duck(self) -> None:
        self._gain.to(DUCKED_DB, DUCK_MS)

    def hold(self) -> None:
        self.held = True
        self._bell.ring()

    def resume(self) -> None:
        """Go on: at the start of the cut word, if one was cut. A hold that was taken back before
        anything fell silent cut none.
        """
        cut = self._faded or not self.playback.ahead(self._host.wall())
        if self.held and cut and self._anything_left():
            self.playback.rewind(self.playback.timeline.word_start(self.playback.track))
            self._gain.to(SILENT_DB, 0)
        self.held = self._faded = False
        self._gain.to(0.0, RISE_MS)
        self._bell.ring()

    # --- handing out -------------------------------------------------------------------------

    async def _hand_out(self) -> None:
        await self._bell.until(lambda: self.committed)
        while True:
            await self._bell.until(self._something_to_do)
            self._take()
            if self._ready():
                await self._hand_sound()
            elif words := self.playback.timeline.tell(self._last_told()):
                await self._hand(Piece(self.id, text=words), 0)
            elif self.making.done and self.making.empty:
                await self._play_out()
                if not self._ready():
                    return
            elif self._drained():
                self.making.outlive()

    def _something_to_do(self) -> bool:
        if self.held:
            return False
        made = not self.making.empty or self.making.done
        return made or self._ready() or self._drained()

    def _last_told(self) -> int | None:
        """Without audio left, words are due up to here; at the very end, all that are left."""
        over = self.making.done and self.making.empty
        return None if over else self.playback.track + 1

    def _ready(self) -> bool:
        ready = self._track.ready_ms(self.playback.track)
        return ready >= (1 if self.making.done and self.making.empty else FIRST_MS)

    def _anything_left(self) -> bool:
        more = not self.making.done or not self.making.empty
        return more or self._track.ready_ms(self.playback.track) > 0

    def _drained(self) -> bool:
        """Something was said, nothing is left, and a tool still works: leave the floor."""
        return self._audible and self.making.waits_for_tools and self.making.empty

    def _take(self) -> None:
        """Lay what was made on the track, until there is enough for a piece."""
        timeline = self.playback.timeline
        while self._track.ready_ms(self.playback.track) < FAR_MS:
            output = self.making.take()
            if output is None:
                break
            if isinstance(output, ToolCall):
                self._host.calls(self, output)
                self._heard_of()
            else:
                if output.expects is not None:
                    self._host.expects(output.expects)
                timeline.append(output)
                self._track.lay(output.pcm, output.rate)
        if self.making.done and self.making.empty:
            timeline.end()
            self._track.flush()

    async def _hand_sound(self) -> None:
        """Hand out the next piece when its time has come; at a hold, only its first moments,
        fading.
        """
        ms = min(self._piece_ms(), self._track.ready_ms(self.playback.track))
        early = self.playback.ahead(self._host.wall()) + ms - self._link.lead_ms
        if early > 0:
            await self._bell.until_or(lambda: self.held, early / 1000)
        if self.held:
            if not self._audible:
                return
            self._gain.to(SILENT_DB, FADE_MS)
            self._faded = True
            ms = min(ms, FADE_MS)
        track = self.playback.track
        pcm = self._gain.apply(self._track.cut(track, ms))
        await self._hand(Piece(self.id, pcm, self.playback.timeline.tell(track + ms)), ms)

    async def _hand(self, piece: Piece, ms: int) -> None:
        if not self.opened:
            self.opened = True
            self._host.opens(self)
        self.said += piece.text
        if not await self._link.play(piece):
            await anyio.sleep_forever()  # nobody wants it any more: it is about to be cancelled
        self.playback.hand_out(ms, self._host.wall())
        self._heard_of()
        if piece.text:
            self._host.says(self)

    def _heard_of(self) -> None:
        if not self._audible:
            self._audible = True
            self._host.audible(self)

    async def _play_out(self) -> None:
        """Wait until the user has heard it all, and longer while it is held."""
        while (left := self.playback.ends_at() - self._host.wall()) > 0:
            await self._bell.rung(left / 1000)
        await self._bell.until(lambda: not self.held)

    def _piece_ms(self) -> int:
        if not self._audible:
            return FIRST_MS
        return NEAR_MS if self._link.lead_ms < 2 * FAR_MS else FAR_MS
