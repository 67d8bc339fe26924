"""livekit-agents under test: its session, local detector and local turn model, round null models.

No room and no server: audio comes from and goes to objects of this file.
"""

import asyncio
import logging
import os
import time
from collections import deque
from importlib.metadata import version
from typing import Any, Never

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from livekit import rtc
from livekit.agents import Agent, AgentSession, LanguageCode, UserStateChangedEvent, utils
from livekit.agents.llm import LLM, ChatChunk, ChoiceDelta, LLMStream
from livekit.agents.stt import (
    STT,
    RecognizeStream,
    SpeechData,
    SpeechEvent,
    SpeechEventType,
    STTCapabilities,
)
from livekit.agents.tts import TTS, AudioEmitter, SynthesizeStream, TTSCapabilities
from livekit.agents.types import DEFAULT_API_CONNECT_OPTIONS
from livekit.agents.voice.io import AudioInput, AudioOutput, AudioOutputCapabilities

from tests.bench.peers.command import main
from tests.bench.peers.line import FRAME, now
from tests.bench.peers.modes import Peer, Setting

IN_RATE, OUT_RATE = 16000, 24000
PIECE_S = 0.02
PIECE = int(OUT_RATE * PIECE_S) * 2


class Microphone(AudioInput):
    def __init__(self) -> None:
        super().__init__(label="bench")
        self.frames: utils.aio.Chan[rtc.AudioFrame] = utils.aio.Chan()

    async def __anext__(self) -> rtc.AudioFrame:
        return await self.frames.__anext__()


class Speaker(AudioOutput):
    """Plays 20 ms at a time when due; can be paused and emptied, as a room's output can."""

    def __init__(self, handed: deque[float]) -> None:
        can = AudioOutputCapabilities(pause=True)
        super().__init__(label="bench", sample_rate=OUT_RATE, capabilities=can)
        self._handed = handed
        self._free_to_play = asyncio.Event()
        self._free_to_play.set()
        self._player: asyncio.Task[None] | None = None
        self._clear()

    def _clear(self) -> None:
        self._waiting = bytearray()
        self._played_s = 0.0
        self._complete = False

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        self._waiting += frame.data
        if self._player is None or self._player.done():
            self._player = asyncio.create_task(self._play())

    async def _play(self) -> None:
        due = now()
        while self._waiting or not self._complete:
            if not self._free_to_play.is_set():
                await self._free_to_play.wait()
                due = now()
            if len(self._waiting) < PIECE and not self._complete:
                await asyncio.sleep(0.005)
                due = now()
                continue
            self._hand_out()
            due += PIECE_S
            await asyncio.sleep(max(0.0, due - now()))
        self._finish(interrupted=False)

    def _hand_out(self) -> None:
        if self._played_s == 0.0:
            self.on_playback_started(created_at=time.time())
        self._handed.append(now())
        self._played_s += len(self._waiting[:PIECE]) / 2 / OUT_RATE
        del self._waiting[:PIECE]

    def _finish(self, *, interrupted: bool) -> None:
        played = self._played_s
        self._clear()
        self.on_playback_finished(playback_position=played, interrupted=interrupted)

    def flush(self) -> None:
        super().flush()
        self._complete = bool(self._waiting) or self._played_s > 0

    def clear_buffer(self) -> None:
        if self._player is None or self._player.done():
            return
        self._player.cancel()
        self._player = None
        self._finish(interrupted=True)

    def pause(self) -> None:
        super().pause()
        self._free_to_play.clear()

    def resume(self) -> None:
        super().resume()
        self._free_to_play.set()


class NullHearing(STT[Any]):
    """Has the final text of a stretch of speech at the moment at which the stretch stops."""

    def __init__(self) -> None:
        can = STTCapabilities(streaming=True, interim_results=False)
        super().__init__(capabilities=can)
        self._live: NullHearingStream | None = None
        self._owed = False

    async def _recognize_impl(self, *args: object, **more: object) -> Never:
        raise NotImplementedError

    def stream(self, **more: Any) -> "NullHearingStream":
        self._live = NullHearingStream(stt=self, conn_options=DEFAULT_API_CONNECT_OPTIONS)
        return self._live

    def hear(self, voiced: bool) -> None:
        if voiced:
            self._owed = True
        else:
            self.settle()

    def settle(self) -> None:
        if self._owed and self._live:
            self._owed = False
            words = [SpeechData(text="some words", language=LanguageCode("en"))]
            event = SpeechEvent(SpeechEventType.FINAL_TRANSCRIPT, alternatives=words)
            self._live._event_ch.send_nowait(event)


class NullHearingStream(RecognizeStream):
    async def _run(self) -> None:
        async for _ in self._input_ch:
            pass


class NullMind(LLM[Any]):
    """Answers every turn with one word, at once."""

    def chat(self, *, chat_ctx: Any, tools: Any = None, **more: Any) -> "NullMindStream":
        options = DEFAULT_API_CONNECT_OPTIONS
        return NullMindStream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=options)


class NullMindStream(LLMStream):
    async def _run(self) -> None:
        words = ChoiceDelta(role="assistant", content="Fine.")
        self._event_ch.send_nowait(ChatChunk(id="null", delta=words))


class NullVoice(TTS[Any]):
    """Speaks a tone of the given length, all of it at once in pieces of 100 ms."""

    def __init__(self, seconds: float) -> None:
        can = TTSCapabilities(streaming=True)
        super().__init__(capabilities=can, sample_rate=OUT_RATE, num_channels=1)
        tone = 6000 * np.sin(np.arange(int(OUT_RATE * seconds)) * 2 * np.pi * 220 / OUT_RATE)
        self.pcm = tone.astype(np.int16).tobytes()

    def synthesize(self, *args: Any, **more: Any) -> Never:
        raise NotImplementedError

    def stream(self, **more: Any) -> "NullVoiceStream":
        return NullVoiceStream(tts=self, conn_options=DEFAULT_API_CONNECT_OPTIONS)


class NullVoiceStream(SynthesizeStream):
    async def _run(self, output_emitter: AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=utils.shortuuid(),
            sample_rate=OUT_RATE,
            num_channels=1,
            mime_type="audio/pcm",
            stream=True,
        )
        text = ""
        async for piece in self._input_ch:
            if isinstance(piece, str):
                text += piece
            elif text:
                text = ""
                self._speak(output_emitter)

    def _speak(self, emitter: AudioEmitter) -> None:
        self._mark_started()
        emitter.start_segment(segment_id=utils.shortuuid())
        assert isinstance(self._tts, NullVoice)
        pcm, size = self._tts.pcm, OUT_RATE // 10 * 2
        for start in range(0, len(pcm), size):
            emitter.push(pcm[start : start + size])
        emitter.flush()


class LivekitCall:
    def __init__(self, setting: Setting, reply_s: float) -> None:
        self.handed: deque[float] = deque(maxlen=4000)
        self._microphone = Microphone()
        self._hearing = NullHearing()
        more: dict[str, Any] = {}
        if setting:
            more["turn_handling"] = {"endpointing": dict(setting)}
        self._session: AgentSession[None] = AgentSession(
            stt=self._hearing,
            llm=NullMind(),
            tts=NullVoice(reply_s),
            user_away_timeout=None,
            **more,
        )
        self._session.input.audio = self._microphone
        self._session.output.audio = Speaker(self.handed)
        self._session.on("user_state_changed", self._user_state)

    def _user_state(self, event: UserStateChangedEvent) -> None:
        """Give the text also where the session's detector hears a pause that has no label."""
        if event.new_state == "listening":
            self._hearing.settle()

    async def start(self) -> None:
        await self._session.start(Agent(instructions="null"))

    async def hear(self, frame: bytes, voiced: bool) -> None:
        self._microphone.frames.send_nowait(rtc.AudioFrame(frame, IN_RATE, 1, FRAME))
        self._hearing.hear(voiced)

    async def close(self) -> None:
        await asyncio.wait_for(self._session.aclose(), 15)


if __name__ == "__main__":
    logging.basicConfig(level=logging.ERROR)
    name = f"livekit-agents {version('livekit-agents')}"
    main(Peer(name, LivekitCall, frozenset({"min_delay", "max_delay"})))
