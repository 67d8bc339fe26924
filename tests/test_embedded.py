"""The embedded agent with all its real parts: asked by voice, it understands and answers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import anyio
import numpy as np
import pytest

from voiceagent import Agent, AgentFinished
from voiceagent.audio import wav_bytes
from voiceagent.config import compose
from voiceagent.house import open_house
from voiceagent.parts import Phrase


async def spoken(text: str) -> bytes:
    """The question, said by the embedded voice."""

    async def phrases() -> AsyncIterator[Phrase]:
        yield Phrase(text)

    async with open_house(compose("embedded")) as house:
        assert house.voice is not None
        pieces = [piece async for piece in house.voice.speak(phrases(), "nora")]
    return wav_bytes(b"".join(piece.pcm for piece in pieces), pieces[0].rate)


@pytest.mark.slow
def test_it_is_asked_the_time_and_tells_it() -> None:
    async def talk() -> None:
        question = await spoken("what time is it please")
        async with Agent.from_profile("embedded") as call:
            turn = await call.converse(question)
        assert "time" in turn.heard
        assert turn.said.startswith("It is ")
        assert np.abs(np.frombuffer(turn.audio.pcm, np.int16)).max() > 3_000

    with anyio.from_thread.start_blocking_portal() as portal:
        portal.call(talk)


@pytest.mark.slow
def test_it_is_asked_to_sing_and_sings() -> None:
    async def talk() -> None:
        async with Agent.from_profile("embedded") as call:
            await call.send_text("sing happy birthday to Ada")
            async for event in call:
                if isinstance(event, AgentFinished):
                    assert (event.status, event.degraded) == ("completed", ())
                    break
            assert "dear Ada" in call.conversation[-1].text

    with anyio.from_thread.start_blocking_portal() as portal:
        portal.call(talk)
