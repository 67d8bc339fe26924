"""What the documentation shows is run as it stands, against a server in here."""

from __future__ import annotations

import importlib.util
import re
import sys
from functools import partial
from html import unescape
from pathlib import Path
from types import ModuleType

import anyio
import pytest

from tests.server.live import Live
from tests.test_microphone import FakeLibrary
from voiceagent.agent import Agent
from voiceagent.audio import read_audio, write_wav
from voiceagent.doctor import PHRASE_RATE, phrase
from voiceagent.testing import run_virtual

ROOT = Path(__file__).parent.parent.parent
BLOCKS = re.findall(
    r"^```python\n(.*?)^```", (ROOT / "docs/sdk.md").read_text("utf-8"), re.M | re.S
)
PAGE = re.search(r"<pre>\n(import.*?)</pre>", (ROOT / "web/index.html").read_text("utf-8"), re.S)
SAID = {
    "call.converse": "hello there -> Thank you, I heard you, and this is my answer.",
    "Agent.from_profile": "text='Good morning!'",
    "voiceagent.ask": "(300 ms of audio)\nhello there",
    "call.say": "Welcome to the museum.",
    "call.sense": "it can be told of: nothing",
    "call.tool": "21 C in Oslo\nThe result is 21 C in Oslo",
    "call.update": "session.audio.output.speed is wrong",
    "run_virtual": "",
}


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a recording in it, where the examples run."""
    write_wav(tmp_path / "question.wav", phrase(), PHRASE_RATE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: str(BLOCKS.index(block)))
def test_a_block_of_the_page_runs_and_says_what_it_should(
    block: str, live: Live, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (told,) = [told for sign, told in SAID.items() if f"{sign}(" in block or f"@{sign}\n" in block]
    run(block, live)
    assert told in capsys.readouterr().out


def test_the_example_on_the_servers_page_runs(
    live: Live, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert PAGE is not None
    run(unescape(PAGE[1]), live)
    assert "hello there ->" in capsys.readouterr().out


def run(code: str, live: Live) -> None:
    code = code.replace("ws://127.0.0.1:8765", live.url)
    exec(compile(code, "an example", "exec"), {"__name__": "example"})


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"docs/examples/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_many_questions_are_answered_and_kept(
    live: Live, desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    anyio.run(load("many_questions").main, live.url, ["question.wav", "question.wav"])
    assert capsys.readouterr().out.count("question.wav: 'hello there' -> 'Thank you") == 2
    assert read_audio(desk / "question.answer.wav").ms == 300


def test_the_headset_example_holds_a_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    inline = partial(Agent.from_profile, "bench")  # workers know no jumping clock
    monkeypatch.setattr(Agent, "from_profile", inline)
    library = FakeLibrary()
    monkeypatch.setitem(sys.modules, "sounddevice", library)

    async def a_second() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(load("headset").main)
            for _ in range(50):
                await anyio.sleep(0.02)
                library.streams[0].turn()
            tasks.cancel_scope.cancel()

    run_virtual(a_second)
    assert library.streams[0].closed
