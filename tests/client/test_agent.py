"""Agents in this program."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import anyio
import pytest

from voiceagent import Agent, ConfigError, MissingExtra, ModelError, RemoteLinkError
from voiceagent.agent import Memory, serve
from voiceagent.client import events as ev


def test_a_profile_is_opened_with_what_is_laid_over_it() -> None:
    async def run() -> None:
        over: dict[str, Any] = {"turn.limits.idle_ms": 60_000}
        agent = Agent.from_profile(
            "bench", voice={"seconds": 0.1}, greeting="Hello!", instructions="Be brief.", **over
        )
        async with agent as call:
            assert call.session["instructions"] == "Be brief."
            async for event in call:
                if isinstance(event, ev.AgentFinished):
                    break
            assert [said.text for said in call.conversation] == ["Hello!"]

    anyio.run(run)


def test_a_profile_of_ones_own_and_its_mistakes_come_at_once(tmp_path: Path) -> None:
    profile = tmp_path / "mine.yaml"
    profile.write_text("about: Mine.\nmind: instant\nvoice: {model: clip, seconds: 0.1}\n")

    async def run() -> None:
        async with Agent.from_profile(str(profile)) as call:
            await call.say("Well.")

    anyio.run(run)
    with pytest.raises(ConfigError, match=r"mine\.yaml: turn\.pauze_ms is not known"):
        Agent.from_profile(str(profile), turn={"pauze_ms": 3})


def test_the_environment_names_the_mind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEAGENT_LLM_URL", "nonsense")
    with pytest.raises(ConfigError, match="VOICEAGENT_LLM_URL must be an address"):
        Agent.from_profile()


def test_a_part_that_lacks_its_library_says_which_command_helps(tmp_path: Path) -> None:
    model = tmp_path / "odd"
    model.mkdir()
    (model / "model.yaml").write_text(
        "role: voice\nabout: Odd.\nlicence: none\ninstall: pip install odd\n"
    )
    (model / "adapter.py").write_text("import a_library_that_nobody_has\n")
    profile = tmp_path / "odd.yaml"
    profile.write_text("about: Odd.\nmind: instant\nvoice: ./odd\n")

    async def run() -> None:
        async with Agent.from_profile(str(profile)):
            raise AssertionError("it cannot open")

    with pytest.raises(MissingExtra, match="pip install odd"):
        anyio.run(run)


class Breaks:
    """An agent's end that fails as soon as it has begun."""

    async def converse(self, receive: Any, send: Any) -> None:
        await send({"type": "session.created", "session": {}})
        raise ModelError("mind", "went away")


def test_why_an_agent_ended_the_call_is_told() -> None:
    async def run() -> None:
        up, from_caller = anyio.create_memory_object_stream[Any](8)
        to_caller, down = anyio.create_memory_object_stream[Any](8)
        memory = Memory(up, down)
        with up, down:
            await serve(Breaks(), from_caller, to_caller, memory)  # type: ignore[arg-type]
            assert (await memory.receive())["type"] == "session.created"
            for use in (memory.receive, partial(memory.send, {})):
                with pytest.raises(RemoteLinkError, match="mind: went away"):
                    await use()

    anyio.run(run)
