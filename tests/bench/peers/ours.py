"""voiceagent on the peers' benches: the same clips, the same definitions.

By default a session without a socket, in the bench's own process, as the peers are run; with
`--set socket=1` the protocol over a websocket to a server in a process of its own.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import numpy as np
from websockets.asyncio.client import connect

from tests.bench.peers.command import main
from tests.bench.peers.line import FRAME, now
from tests.bench.peers.modes import Peer, Setting
from tests.bench.serving import serving
from voiceagent.config import compose
from voiceagent.house import open_house
from voiceagent.server.realtime import Gone, Realtime, Terms

OUT_FRAME = FRAME * 3 // 2  # 24 kHz


class OurCall:
    """`silence`: server_vad's, in seconds; without it, graded patience, stretched by `scale`.

    `backchannels=0`: speech silences at once. `lead`: seconds that audio may be ahead.
    """

    def __init__(self, setting: Setting, reply_s: float) -> None:
        self.handed: deque[float] = deque(maxlen=4000)
        self.notes: deque[tuple[float, str, int]] = deque(maxlen=4000)  # when, what, audio ms
        self._setting = setting
        self._reply_s = reply_s
        self._inbox: asyncio.Queue[Any] = asyncio.Queue()
        self._stack = AsyncExitStack()
        self._last = 0
        self._send: Callable[[dict[str, Any]], Awaitable[None]] = self._put

    async def start(self) -> None:
        if self._setting.get("socket"):
            await self._dial()
        else:
            await self._move_in()
        if "silence" in self._setting:
            silence = round(self._setting["silence"] * 1000)
            detection = {"type": "server_vad", "silence_duration_ms": silence}
            audio = {"input": {"turn_detection": detection}}
            await self._send({"type": "session.update", "session": {"audio": audio}})
        private = {"voiceagent": {"events": ["hold"]}}
        await self._send({"type": "session.update", "session": private})

    async def hear(self, frame: bytes, voiced: bool) -> None:
        wide = binascii.b2a_base64(self._widened(frame), newline=False).decode()
        await self._send({"type": "input_audio_buffer.append", "audio": wide})

    async def cancel(self) -> None:
        """Make it stop talking."""
        await self._send({"type": "response.cancel"})

    async def close(self) -> None:
        await self._stack.aclose()

    async def _move_in(self) -> None:
        dotted = {key.replace("__", "."): value for key, value in self._overrides().items()}
        profile = compose("bench", {}, dotted)
        house = await self._stack.enter_async_context(open_house(profile))
        call = Realtime(house, Terms(lead_ms=profile.link.local_lead_ms))

        async def receive() -> Any:
            message = await self._inbox.get()
            if message is None:
                raise Gone
            return message

        async def send(message: dict[str, Any]) -> None:
            self._note(message)

        task = asyncio.create_task(call.converse(receive, send))

        async def end() -> None:
            self._inbox.put_nowait(None)
            await task

        self._stack.push_async_callback(end)

    async def _dial(self) -> None:
        server = self._stack.enter_context(serving(**self._overrides()))
        line = await self._stack.enter_async_context(connect(server.url, compression=None))

        async def listen() -> None:
            async for text in line:
                self._note(json.loads(text))

        async def send(message: dict[str, Any]) -> None:
            await line.send(json.dumps(message))

        reader = asyncio.create_task(listen())
        self._stack.callback(reader.cancel)
        self._send = send

    def _overrides(self) -> dict[str, Any]:
        setting = self._setting
        return {
            "turn__patience__scale": setting.get("scale", 1.0),
            "turn__overlap__backchannels": bool(setting.get("backchannels", 1)),
            "link__local_lead_ms": round(setting.get("lead", 0.06) * 1000),
            "voice__options": {"seconds": self._reply_s},
        }

    async def _put(self, message: dict[str, Any]) -> None:
        self._inbox.put_nowait(message)

    def _note(self, message: dict[str, Any]) -> None:
        ms = 0
        if message["type"] == "response.output_audio.delta":
            pcm = np.frombuffer(base64.b64decode(message["delta"]), np.int16)
            ms = len(pcm) // 24
            if np.abs(pcm).max(initial=0) > 100:
                self.handed.append(now())
        self.notes.append((now(), message["type"], ms))

    def _widened(self, frame: bytes) -> bytes:
        """The frame at 24 kHz by straight lines: no filter, so that nothing is late."""
        samples = np.concatenate([[self._last], np.frombuffer(frame, np.int16)])
        self._last = int(samples[-1])
        where = np.arange(1, OUT_FRAME + 1) * (FRAME / OUT_FRAME)
        return bytes(np.interp(where, np.arange(FRAME + 1), samples).astype(np.int16).tobytes())


SETTINGS = frozenset({"silence", "scale", "socket", "backchannels", "lead"})

if __name__ == "__main__":
    main(Peer("voiceagent", OurCall, SETTINGS))
