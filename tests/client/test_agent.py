"""Agents in this program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anyio
import pytest

from voiceagent import Agent, ConfigError, MissingExtra
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
