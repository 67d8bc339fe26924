"""LiveKit's plug-in in an agent session of its own: a typed turn, a tool, speech over the reply."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

pytest.importorskip("livekit.plugins.openai")

from livekit import rtc
from livekit.agents import Agent, AgentSession, TurnHandlingOptions, function_tool, utils
from livekit.agents.llm import ChatMessage
from livekit.agents.voice.io import AudioInput, AudioOutput, AudioOutputCapabilities
from livekit.plugins.openai.realtime import RealtimeModel
from livekit.plugins.openai.realtime.realtime_model import RealtimeSession
from openai.types.realtime.realtime_audio_input_turn_detection import SemanticVad

from tests.clients.speech import Microphone
from tests.clients.watch import Watch

pytestmark = pytest.mark.clients

RATE = 24_000
RESULT = "coffee for one, and it will be with you soon"
SPOKEN = f"The result is {RESULT}"
BY_THE_SERVER: TurnHandlingOptions = {
    "turn_detection": "realtime_llm",
    "interruption": {"resume_false_interruption": False},
}


class Input(AudioInput):
    def __init__(self) -> None:
        super().__init__(label="recording")
        self.frames: utils.aio.Chan[rtc.AudioFrame] = utils.aio.Chan()

    async def __anext__(self) -> rtc.AudioFrame:
        return await self.frames.__anext__()

    async def hear(self, sound: bytes) -> None:
        self.frames.send_nowait(rtc.AudioFrame(sound, RATE, 1, len(sound) // 2))


class Output(AudioOutput):
    """Plays at the pace of a loudspeaker, and can be silenced."""

    def __init__(self) -> None:
        can = AudioOutputCapabilities(pause=False)
        super().__init__(label="loudspeaker", sample_rate=RATE, capabilities=can)
        self._given_s = 0.0
        self._began = 0.0
        self._playing: asyncio.Task[None] | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if self._given_s == 0.0:
            self._began = time.monotonic()
            self.on_playback_started(created_at=time.time())
        self._given_s += frame.duration

    def flush(self) -> None:
        super().flush()
        if self._given_s and self._playing is None:
            self._playing = asyncio.create_task(self._play_out())

    async def _play_out(self) -> None:
        await asyncio.sleep(max(0.0, self._began + self._given_s - time.monotonic()))
        self._finish(self._given_s, interrupted=False)

    def clear_buffer(self) -> None:
        if self._given_s:
            if self._playing is not None:
                self._playing.cancel()
            played = min(self._given_s, time.monotonic() - self._began)
            self._finish(played, interrupted=True)

    def _finish(self, played_s: float, *, interrupted: bool) -> None:
        self._given_s, self._playing = 0.0, None
        self.on_playback_finished(playback_position=played_s, interrupted=interrupted)


@dataclass
class Talk:
    """What the application was told, and what came over the wire below it."""

    told: list[Any] = field(default_factory=list)
    wire: list[dict[str, Any]] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    history: list[Any] = field(default_factory=list)

    def all(self, kind: str) -> list[Any]:
        return [event for event in self.told if event.type == kind]

    def on_the_wire(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.wire if event["type"] == kind]

    def messages(self, role: str) -> list[ChatMessage]:
        added = [event.item for event in self.all("conversation_item_added")]
        return [item for item in added if isinstance(item, ChatMessage) and item.role == role]


async def converse(server: str) -> Talk:
    """An order in writing; while its result is told, a spoken one."""
    talk, watch = Talk(), Watch()

    @function_tool
    async def order() -> str:
        """Order what the guest wants."""
        talk.orders.append("coffee")
        return RESULT

    def tell(event: Any) -> None:
        talk.told.append(event)
        watch.ring()

    def overhear(event: dict[str, Any]) -> None:
        talk.wire.append(event)
        watch.ring()

    model = RealtimeModel(
        base_url=f"{server}/v1",
        api_key="any",
        tool_choice="required",
        turn_detection=SemanticVad(
            type="semantic_vad", eagerness="high", create_response=True, interrupt_response=True
        ),
    )
    session: AgentSession[None] = AgentSession(
        llm=model, aec_warmup_duration=None, user_away_timeout=None, turn_handling=BY_THE_SERVER
    )
    session.on("conversation_item_added", tell)
    session.on("user_input_transcribed", tell)
    session.on("error", tell)
    source = Input()
    session.input.audio, session.output.audio = source, Output()
    agent = Agent(instructions="Take orders.", tools=[order])
    await session.start(agent)
    line = agent.realtime_llm_session
    assert isinstance(line, RealtimeSession)
    line.on("openai_server_event_received", overhear)
    microphone = Microphone(source.hear)
    async with asyncio.TaskGroup() as group:
        recording = group.create_task(microphone.run())
        session.generate_reply(user_input="A coffee, please.")
        pieces = "response.output_audio.delta"
        await watch.until(lambda: len(talk.on_the_wire(pieces)) > 15, "the first reply")
        microphone.say("americano")
        await watch.until(lambda: len(talk.messages("assistant")) == 2, "the second reply")
        for message in talk.messages("assistant"):
            line.send_event({"type": "conversation.item.retrieve", "item_id": message.id})
        kept = "conversation.item.retrieved"
        await watch.until(lambda: len(talk.on_the_wire(kept)) == 2, "what the server kept")
        talk.history = list(session.history.items)
        recording.cancel()
    await session.aclose()
    await model.aclose()
    return talk


@pytest.fixture(scope="module")
def talk(server: str) -> Talk:
    return asyncio.run(converse(server))


def test_nothing_is_an_error_to_the_application(talk: Talk) -> None:
    assert talk.all("error") == []
    harmless = {"response_cancel_not_active"}  # it cancels what speech has cancelled already
    assert {event["error"]["code"] for event in talk.on_the_wire("error")} <= harmless


def test_the_function_runs_for_what_was_written_and_for_what_was_spoken(talk: Talk) -> None:
    assert talk.orders == ["coffee", "coffee"]


def test_speech_becomes_words(talk: Talk) -> None:
    final = [event.transcript for event in talk.all("user_input_transcribed") if event.is_final]
    assert final == ["hello there"]
    assert [message.text_content for message in talk.messages("user")] == [
        "A coffee, please.",
        "hello there",
    ]


def test_speech_over_the_reply_interrupts_it(talk: Talk) -> None:
    cut, whole = talk.messages("assistant")
    assert cut.interrupted
    assert not whole.interrupted
    assert whole.text_content == SPOKEN
    assert cut.text_content is not None
    assert SPOKEN.startswith(cut.text_content)


def test_the_history_has_everything_in_order(talk: Talk) -> None:
    kinds = [getattr(item, "role", item.type) for item in talk.history]
    one = ["user", "function_call", "function_call_output", "assistant"]
    assert [kind for kind in kinds if kind in one] == one * 2


def test_the_client_truncates_and_the_server_keeps_what_was_heard(talk: Talk) -> None:
    cut, whole = talk.messages("assistant")
    truncated = talk.on_the_wire("conversation.item.truncated")
    assert [event["item_id"] for event in truncated] == [cut.id]
    kept = [event["item"] for event in talk.on_the_wire("conversation.item.retrieved")]
    assert [item["id"] for item in kept] == [cut.id, whole.id]
    words = [item["content"][0]["transcript"] for item in kept]
    assert words[1] == SPOKEN
    assert SPOKEN.startswith(words[0])
    assert len(words[0]) < len(SPOKEN)
