"""pipecat under test: its own transports, Silero, Smart Turn and queues, round null models."""

import asyncio
import os
import sys
from collections import deque
from collections.abc import AsyncGenerator
from importlib.metadata import version
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from loguru import logger
from pipecat.audio.turn.smart_turn.base_smart_turn import SmartTurnParams
from pipecat.audio.turn.smart_turn.local_smart_turn_v3 import LocalSmartTurnAnalyzerV3
from pipecat.audio.vad.silero import SileroVADAnalyzer
from pipecat.audio.vad.vad_analyzer import VADParams
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMContextFrame,
    LLMFullResponseEndFrame,
    LLMFullResponseStartFrame,
    OutputAudioRawFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    VADUserStoppedSpeakingFrame,
)
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import (
    LLMContextAggregatorPair,
    LLMUserAggregatorParams,
)
from pipecat.processors.frame_processor import FrameDirection
from pipecat.services.llm_service import LLMService
from pipecat.services.settings import LLMSettings, STTSettings, TTSSettings
from pipecat.services.stt_service import STTService
from pipecat.services.tts_service import TTSService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.turns.user_stop import (
    BaseUserTurnStopStrategy,
    SpeechTimeoutUserTurnStopStrategy,
    TurnAnalyzerUserTurnStopStrategy,
)
from pipecat.turns.user_turn_strategies import UserTurnStrategies
from pipecat.utils.time import time_now_iso8601
from pipecat.workers.runner import WorkerRunner

from tests.bench.peers.command import main
from tests.bench.peers.line import now
from tests.bench.peers.modes import Peer, Setting

IN_RATE, OUT_RATE = 16000, 24000


class Microphone(BaseInputTransport):
    def __init__(self, params: TransportParams) -> None:
        super().__init__(params)
        self.ready = asyncio.Event()

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)
        self.ready.set()


class Speaker(BaseOutputTransport):
    """Takes a chunk when the one before it has been played, as the websocket transports do."""

    def __init__(self, params: TransportParams, handed: deque[float]) -> None:
        super().__init__(params)
        self._handed = handed
        self._free = 0.0

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InterruptionFrame):
            self._free = 0.0

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        at = now()
        self._handed.append(at)
        await asyncio.sleep(max(0.0, self._free - at))
        self._free = max(self._free, at) + len(frame.audio) / 2 / OUT_RATE
        return True


class NullHearing(STTService):
    """Has the final text at the moment at which the detector reports the end of speech."""

    def __init__(self) -> None:
        settings = STTSettings(model="null", language=None)
        super().__init__(settings=settings, ttfs_p99_latency=0.35)

    async def run_stt(self, audio: bytes) -> AsyncGenerator[Frame | None, None]:
        yield None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, VADUserStoppedSpeakingFrame):
            at = time_now_iso8601()
            await self.push_frame(TranscriptionFrame("some words", "", at, finalized=True))


class NullMind(LLMService):
    """Answers every turn with one word, at once."""

    def __init__(self) -> None:
        settings: dict[str, Any] = dict.fromkeys(
            (
                "system_instruction",
                "temperature",
                "max_tokens",
                "top_p",
                "top_k",
                "frequency_penalty",
                "presence_penalty",
                "seed",
                "user_turn_completion_config",
            )
        )
        settings |= {"model": "null", "filter_incomplete_user_turns": False}
        super().__init__(settings=LLMSettings(**settings))

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if not isinstance(frame, LLMContextFrame):
            await self.push_frame(frame, direction)
            return
        await self.push_frame(LLMFullResponseStartFrame())
        await self._push_llm_text("Fine. ")
        await self.push_frame(LLMFullResponseEndFrame())


class NullVoice(TTSService):
    """Speaks a tone of the given length, all of it at once in pieces of 100 ms."""

    def __init__(self, seconds: float) -> None:
        settings = TTSSettings(model="null", voice="null", language=None)
        super().__init__(
            settings=settings, push_start_frame=True, push_stop_frames=True, sample_rate=OUT_RATE
        )
        tone = 6000 * np.sin(np.arange(int(OUT_RATE * seconds)) * 2 * np.pi * 220 / OUT_RATE)
        self._pcm = tone.astype(np.int16).tobytes()

    async def run_tts(self, text: str, context_id: str) -> AsyncGenerator[Frame | None, None]:
        size = OUT_RATE // 10 * 2
        for start in range(0, len(self._pcm), size):
            yield TTSAudioRawFrame(
                self._pcm[start : start + size], OUT_RATE, 1, context_id=context_id
            )


def turn_end(setting: Setting) -> BaseUserTurnStopStrategy:
    """Return the library's default, Smart Turn, unless a fixed pause is asked for."""
    if "pause" in setting:
        return SpeechTimeoutUserTurnStopStrategy(user_speech_timeout=setting["pause"])
    if "smart_stop" in setting:
        params = SmartTurnParams(stop_secs=setting["smart_stop"])
        analyzer = LocalSmartTurnAnalyzerV3(params=params)
    else:
        analyzer = LocalSmartTurnAnalyzerV3()
    return TurnAnalyzerUserTurnStopStrategy(turn_analyzer=analyzer)


class PipecatCall:
    def __init__(self, setting: Setting, reply_s: float) -> None:
        self.handed: deque[float] = deque(maxlen=4000)
        transport = TransportParams(
            audio_in_enabled=True,
            audio_out_enabled=True,
            audio_in_sample_rate=IN_RATE,
            audio_out_sample_rate=OUT_RATE,
        )
        self._microphone = Microphone(transport)
        detector = VADParams(stop_secs=setting["vad_stop"]) if "vad_stop" in setting else None
        user, assistant = LLMContextAggregatorPair(
            LLMContext(),
            user_params=LLMUserAggregatorParams(
                vad_analyzer=SileroVADAnalyzer(params=detector),
                user_turn_strategies=UserTurnStrategies(stop=[turn_end(setting)]),
            ),
        )
        speaker = Speaker(transport, self.handed)
        self._worker = PipelineWorker(
            Pipeline(
                [
                    self._microphone,
                    NullHearing(),
                    user,
                    NullMind(),
                    NullVoice(reply_s),
                    speaker,
                    assistant,
                ]
            ),
            params=PipelineParams(
                audio_in_sample_rate=IN_RATE, audio_out_sample_rate=OUT_RATE, enable_metrics=False
            ),
            cancel_on_idle_timeout=False,
            idle_timeout_secs=None,
            enable_rtvi=False,
        )

    async def start(self) -> None:
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(self._worker)
        self._running = asyncio.create_task(runner.run())
        await self._microphone.ready.wait()

    async def hear(self, frame: bytes, voiced: bool) -> None:
        await self._microphone.push_audio_frame(InputAudioRawFrame(frame, IN_RATE, 1))

    async def close(self) -> None:
        await self._worker.cancel()
        await asyncio.wait([self._running], timeout=10)


if __name__ == "__main__":
    logger.remove()
    logger.add(sys.stderr, level="ERROR")
    name = f"pipecat {version('pipecat-ai')}"
    main(Peer(name, PipecatCall, frozenset({"vad_stop", "smart_stop", "pause"})))
