"""The agents SDK for Python, which validates every event: one spoken conversation with a tool."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

pytest.importorskip("agents.realtime")

from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession

from tests.clients.speech import Microphone
from tests.clients.watch import Watch

pytestmark = pytest.mark.clients

TURN_DETECTION: Any = {"type": "semantic_vad", "eagerness": "high", "interrupt_response": True}


@dataclass
class Told:
    """What the application was told, and what its tool was asked."""

    events: list[Any] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    history: list[Any] = field(default_factory=list)

    def kinds(self) -> list[str]:
        return [event.type for event in self.events]

    def all(self, kind: str) -> list[Any]:
        return [event for event in self.events if event.type == kind]

    def model_events(self, kind: str) -> list[Any]:
        raw = [event.data for event in self.all("raw_model_event")]
        return [event for event in raw if event.type == kind]


async def listen(session: RealtimeSession, told: Told, watch: Watch) -> None:
    async for event in session:
        told.events.append(event)
        if event.type == "history_updated":
            told.history = event.history
        watch.ring()


async def converse(server: str) -> Told:
    """An order; while its result is told, another one."""
    told = Told()

    @function_tool
    def order() -> str:
        """Order what the guest wants."""
        told.orders.append("coffee")
        return "coffee for one, and it will be with you soon"

    agent: RealtimeAgent[None] = RealtimeAgent(
        name="waiter", instructions="Take orders.", tools=[order]
    )
    session = await RealtimeRunner(agent).run(
        model_config={
            "url": f"{server.replace('http', 'ws')}/v1/realtime?model=gpt-realtime",
            "api_key": "any",
            "initial_model_settings": {
                "tool_choice": "required",
                "turn_detection": TURN_DETECTION,
            },
        }
    )
    async with session, asyncio.TaskGroup() as group:
        watch = Watch()
        microphone = Microphone(session.send_audio)
        listening = listen(session, told, watch)
        tasks = [group.create_task(listening), group.create_task(microphone.run())]
        microphone.say("espresso")
        await watch.until(lambda: len(told.model_events("audio")) > 20, "the first reply")
        microphone.say("americano")
        await watch.until(lambda: told.all("audio_interrupted"), "the interruption")
        ends = "the end of the second reply"
        await watch.until(lambda: len(told.model_events("turn_ended")) == 4, ends)
        for task in tasks:
            task.cancel()
    return told


@pytest.fixture(scope="module")
def told(server: str) -> Told:
    return asyncio.run(converse(server))


def test_nothing_is_an_error_to_the_application(told: Told) -> None:
    assert told.all("error") == []
    assert told.model_events("error") == []
    assert told.model_events("exception") == []


def test_the_function_runs_for_every_order(told: Told) -> None:
    assert told.orders == ["coffee", "coffee"]
    assert [event.tool.name for event in told.all("tool_end")] == ["order", "order"]


def test_the_result_of_the_function_is_spoken_with_its_words(told: Told) -> None:
    first = told.kinds().index("tool_end")
    assert "audio" in told.kinds()[first:]
    assert "audio" not in told.kinds()[:first]
    said = [item for item in told.history if item.type == "message" and item.role == "assistant"]
    spoken = said[-1]
    assert spoken.status == "completed"
    assert spoken.content[0].type == "audio"
    assert spoken.content[0].transcript == (
        "The result is coffee for one, and it will be with you soon"
    )


def test_speech_over_the_reply_interrupts_it_and_leaves_what_was_heard(told: Told) -> None:
    assert len(told.all("audio_interrupted")) == 1
    said = [item for item in told.history if item.type == "message" and item.role == "assistant"]
    cut, whole = said[0], said[-1]
    assert cut.item_id == told.all("audio_interrupted")[0].item_id
    assert cut.status == "incomplete"
    heard = cut.content[0].transcript
    assert whole.content[0].transcript.startswith(heard)
    assert len(heard) < len(whole.content[0].transcript)


def test_both_orders_are_in_the_history_by_their_words(told: Told) -> None:
    asked = [item for item in told.history if item.type == "message" and item.role == "user"]
    assert [item.content[0].transcript for item in asked] == ["hello there", "hello there"]
    kinds = [item.type if item.type != "message" else item.role for item in told.history]
    assert kinds == ["user", "function_call", "assistant"] * 2
