"""Pipecat's own service in its own pipeline: a typed turn, a tool, and speech over the reply."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

pytest.importorskip("pipecat")

from pipecat.frames.frames import (
    BotStartedSpeakingFrame,
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMRunFrame,
    OutputAudioRawFrame,
    StartFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
    TTSTextFrame,
)
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_input import BaseInputTransport
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner

from tests.clients.speech import Microphone
from tests.clients.watch import Watch

pytestmark = pytest.mark.clients

RATE = 24_000
RESULT = "coffee for one, and it will be with you soon"
SPOKEN = f'The result is "{RESULT}"'  # results travel as JSON
TRANSPORT = TransportParams(
    audio_in_enabled=True,
    audio_out_enabled=True,
    audio_in_sample_rate=RATE,
    audio_out_sample_rate=RATE,
)


class Input(BaseInputTransport):
    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def hear(self, sound: bytes) -> None:
        await self.push_audio_frame(InputAudioRawFrame(sound, RATE, 1))


class Output(BaseOutputTransport):
    """Takes a chunk when the one before it has been played."""

    async def start(self, frame: StartFrame) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        await asyncio.sleep(len(frame.audio) / 2 / RATE)
        return True


class Witness(BaseObserver):
    """Keeps every frame that is new, and audio as the service gives it."""

    def __init__(self, watch: Watch) -> None:
        super().__init__()
        self.frames: list[Frame] = []
        self._watch = watch

    async def on_push_frame(self, data: FramePushed) -> None:
        played = isinstance(data.frame, OutputAudioRawFrame)
        if data.first_push and (not played or isinstance(data.source, OpenAIRealtimeLLMService)):
            self.frames.append(data.frame)
            self._watch.ring()


@dataclass
class Talk:
    """What the pipeline saw, and what the application is left with."""

    frames: list[Frame]
    orders: list[str] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    items: list[Any] = field(default_factory=list)

    def all(self, kind: type[Frame], after: type[Frame] | None = None) -> list[Any]:
        start = 0 if after is None else self.places(after)[0]
        return [self.frames[place] for place in self.places(kind) if place >= start]

    def places(self, kind: type[Frame]) -> list[int]:
        return [n for n, frame in enumerate(self.frames) if isinstance(frame, kind)]

    def ended(self) -> bool:
        """Whether speech was answered: by one response that calls, and one that tells."""
        heard = self.all(TranscriptionFrame)
        return bool(heard) and len(self.all(LLMFullResponseEndFrame, TranscriptionFrame)) == 2


async def converse(server: str) -> Talk:
    """An order in writing; while its result is told, a spoken one."""
    watch = Watch()
    witness = Witness(watch)
    talk = Talk(witness.frames)
    llm = service(server)

    async def order(params: FunctionCallParams) -> None:
        """Order what the guest wants."""
        talk.orders.append(params.function_name)
        await params.result_callback(RESULT)

    async def keep(_: object, item_id: str, item: events.ConversationItem) -> None:
        talk.items.append(item)

    llm.add_event_handler("on_conversation_item_created", keep)
    context = LLMContext([{"role": "user", "content": "A coffee, please."}], tools=[order])
    user, assistant = LLMContextAggregatorPair(context)
    source, sink = Input(TRANSPORT), Output(TRANSPORT)
    worker = PipelineWorker(
        Pipeline([source, user, llm, sink, assistant]),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
        observers=[witness],
        cancel_on_idle_timeout=False,
        idle_timeout_secs=None,
        enable_rtvi=False,
    )
    started = asyncio.Event()
    worker.add_event_handler("on_pipeline_started", lambda *_: started.set())
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(worker)
    microphone = Microphone(source.hear)
    async with asyncio.TaskGroup() as group:
        running = group.create_task(runner.run())
        await started.wait()
        recording = group.create_task(microphone.run())
        await worker.queue_frame(LLMRunFrame())
        await watch.until(lambda: len(talk.all(TTSAudioRawFrame)) > 15, "the first reply")
        microphone.say("americano")
        await watch.until(talk.ended, "the end of the second reply")
        said = [item for item in talk.items if item.role == "assistant"]
        talk.items = [await llm.retrieve_conversation_item(item.id) for item in said]
        recording.cancel()
        await worker.cancel()
        await running
    talk.messages = list(context.get_messages())
    return talk


def service(server: str) -> OpenAIRealtimeLLMService:
    hearing = events.AudioInput(
        transcription=events.InputAudioTranscription(),
        turn_detection=events.SemanticTurnDetection(eagerness="high"),
    )
    session = events.SessionProperties(
        audio=events.AudioConfiguration(input=hearing), tool_choice="required"
    )
    return OpenAIRealtimeLLMService(
        api_key="any",
        base_url=f"{server.replace('http', 'ws')}/v1/realtime",
        settings=OpenAIRealtimeLLMService.Settings(session_properties=session),
    )


@pytest.fixture(scope="module")
def talk(server: str) -> Talk:
    return asyncio.run(converse(server))


def test_nothing_is_an_error_to_the_pipeline(talk: Talk) -> None:
    assert talk.all(ErrorFrame) == []


def test_the_function_runs_for_what_was_written_and_for_what_was_spoken(talk: Talk) -> None:
    assert talk.orders == ["order", "order"]


def test_speech_becomes_words_and_interrupts_the_reply(talk: Talk) -> None:
    assert [frame.text for frame in talk.all(TranscriptionFrame)] == ["hello there"]
    cut = talk.places(InterruptionFrame)[0]
    assert talk.places(BotStartedSpeakingFrame)[0] < cut < talk.places(TranscriptionFrame)[0]


def test_the_reply_to_speech_is_heard_whole_with_its_words(talk: Talk) -> None:
    sound = talk.all(TTSAudioRawFrame, after=TranscriptionFrame)
    assert sum(len(frame.audio) for frame in sound) == 2 * 48_000
    words = [frame.text for frame in talk.all(TTSTextFrame, after=TranscriptionFrame)]
    assert "".join(words) == SPOKEN


def test_the_context_has_every_message_in_order(talk: Talk) -> None:
    tools = [message for message in talk.messages if message["role"] == "tool"]
    assert [json.loads(message["content"]) for message in tools] == [RESULT, RESULT]
    told = [message for message in talk.messages if message not in tools and "content" in message]
    assert [message["role"] for message in told] == ["user", "assistant"] * 2
    asked, cut, heard, whole = [message["content"] for message in told]
    assert (asked, heard, whole) == ("A coffee, please.", "hello there", SPOKEN)
    assert SPOKEN.startswith(cut)
    assert len(cut) < len(SPOKEN)


def test_the_server_keeps_of_the_interrupted_reply_what_was_heard(talk: Talk) -> None:
    cut, whole = talk.items
    assert cut.status == "incomplete"
    assert SPOKEN.startswith(cut.content[0].transcript)
    assert len(cut.content[0].transcript) < len(SPOKEN)
    assert whole.content[0].transcript == SPOKEN
