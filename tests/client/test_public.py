"""`import voiceagent` is cheap, and what it promises is there."""

from __future__ import annotations

import subprocess
import sys
from typing import get_args

import pytest

import voiceagent
from voiceagent.client import events

LOOK = "import sys, voiceagent; print(*sorted(sys.modules))"


def test_importing_it_imports_nothing_else() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOOK], capture_output=True, text=True, check=True, timeout=60
    )
    loaded = {name for name in done.stdout.split() if name.startswith("voiceagent.")}
    assert not loaded
    assert not {"numpy", "anyio", "httpx", "starlette", "websockets"} & set(done.stdout.split())


@pytest.mark.parametrize("name", [*voiceagent.__all__, "__version__"])
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(voiceagent, name) is not None
    assert name in dir(voiceagent)


def test_no_other_name_is() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Agnet'"):
        voiceagent.Agnet  # noqa: B018


def test_every_event_is_a_public_name() -> None:
    assert {kind.__name__ for kind in get_args(events.CallEvent)} <= set(voiceagent.__all__)
