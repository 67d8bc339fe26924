"""One browser for what needs no voice; whoever speaks has one of its own."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.clients.speech import recorded
from tests.server.live import Live, bench
from tests.web.browser import Browser, installed, speaking
from voiceagent.audio import write_wav

RATE = 24_000


@pytest.fixture(scope="session")
def chromium() -> str:
    found = installed()
    if found is None:
        pytest.skip("no Chromium or Chrome is installed")
    return found


@pytest.fixture(scope="session")
def browser(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Generator[Browser]:
    """Its microphone hears nothing."""
    silence = tmp_path_factory.mktemp("silence") / "silence.wav"
    write_wav(silence, bytes(RATE), RATE)
    hosts = "--host-resolver-rules=MAP agent.test 127.0.0.1"
    with Browser(chromium, (*speaking(silence), hosts)) as found:
        yield found


@pytest.fixture(scope="session")
def server() -> Generator[Live]:
    """The profile `bench`, with a clip of a second."""
    with Live(bench(1.0)) as live:
        yield live


def says(folder: Path, *clips: str | int) -> Path:
    """A recording of these clips, and of so many milliseconds of silence between them."""
    parts = [
        bytes(clip * RATE // 500) if isinstance(clip, int) else recorded(clip) for clip in clips
    ]
    file = folder / "microphone.wav"
    write_wav(file, b"".join(parts), RATE)
    return file
