"""Calls over a real socket, to the real server and to things that are none."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import anyio
import pytest

import voiceagent
from tests.server.live import Live, bench
from voiceagent.audio import write_wav
from voiceagent.client import Call, connect
from voiceagent.client import events as ev
from voiceagent.client.socket import address_of, http_of
from voiceagent.doctor import PHRASE_RATE, phrase
from voiceagent.errors import Busy, ConfigError, Refused, RemoteLinkError
from voiceagent.server.serving import Place

ANSWER = "Thank you, I heard you, and this is my answer."
Talk = Callable[[Call], Awaitable[None]]


def talk_to(url: str, talk: Talk, *args: Any, **fields: Any) -> None:
    async def run() -> None:
        with anyio.fail_after(60):
            async with connect(url, *args, **fields) as call:
                await talk(call)

    anyio.run(run)


async def nothing(call: Call) -> None: ...


async def finished(call: Call) -> list[ev.CallEvent]:
    seen = []
    async for event in call:
        seen.append(event)
        if isinstance(event, ev.AgentFinished):
            break
    return seen


# --- a call --------------------------------------------------------------------------------------


def test_a_recording_is_answered_over_a_socket(live: Live) -> None:
    async def talk(call: Call) -> None:
        turn = await call.converse(phrase(), PHRASE_RATE)
        assert (turn.heard, turn.said, turn.status) == ("hello there", ANSWER, "completed")
        assert turn.audio.ms == 300
        said = [(said.role, said.text) for said in call.conversation]
        assert said == [("user", "hello there"), ("assistant", ANSWER)]

    talk_to(live.url, talk)


def test_a_function_is_called_over_a_socket(live: Live) -> None:
    def clock() -> str:
        """The time of day."""
        return "noon"

    async def talk(call: Call) -> None:
        await call.reply(tool_choice="required")
        await finished(call)
        seen = await finished(call)
        assert [event.text for event in seen if isinstance(event, ev.AgentSaid)][-1] == (
            "The result is noon"
        )

    talk_to(live.url, talk, tools=[clock])


def test_exact_words_and_interruption_over_a_socket() -> None:
    async def talk(call: Call) -> None:
        await call.say("One two three four five six seven eight nine ten.")
        async for event in call:
            if isinstance(event, ev.AgentSaid) and event.text.endswith("three"):
                await call.interrupt()
                break
        seen = await finished(call)
        assert any(isinstance(event, ev.Interrupted) for event in seen)
        said = call.conversation[-1]
        assert said.cut
        assert "One two three four five".startswith(said.text)

    with Live(bench(4.0)) as server:
        talk_to(server.url, talk)


def test_settings_that_are_refused_at_the_start_end_the_call(live: Live) -> None:
    with pytest.raises(Refused, match="speed"):
        talk_to(live.url, nothing, speed=100)


def test_the_model_of_the_address_and_a_key_that_nobody_asks_for(live: Live) -> None:
    async def talk(call: Call) -> None:
        assert call.session["model"] == "mine/x y"

    talk_to(live.url, talk, "any-key", model="mine/x y")


# --- refusals ------------------------------------------------------------------------------------


def test_a_wrong_key_is_named(live: Live) -> None:
    with Live(bench(), Place(port=0, keys=("right",))) as server:
        talk_to(server.url, nothing, "right")
        with pytest.raises(RemoteLinkError, match="refuses the key that was given"):
            talk_to(server.url, nothing, "wrong")
        with pytest.raises(RemoteLinkError, match="refuses a call without a key"):
            talk_to(server.url, nothing)


def test_a_full_server_is_busy_and_says_when_to_come_back() -> None:
    async def another(call: Call) -> None:
        with pytest.raises(Busy) as busy:
            async with connect(server.url):
                raise AssertionError("there is no room")
        assert busy.value.retry_after_s == 7

    with Live(bench(serving__sessions=1, serving__retry_after_s=7)) as server:
        talk_to(server.url, another)


def test_other_refusals_say_what_the_server_said(live: Live) -> None:
    with pytest.raises(RemoteLinkError, match="Transcription-only sessions are not supported"):
        talk_to(live.url + "/v1/realtime?intent=transcription", nothing)


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(RemoteLinkError, match="nobody answers"):
        talk_to(f"127.0.0.1:{port}", nothing)


class Page(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = json.dumps({"hello": "I am a web page"}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def page() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Page) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_web_page_is_no_realtime_server(page: str) -> None:
    with pytest.raises(RemoteLinkError, match="no Realtime server"):
        talk_to(page, nothing)


@contextmanager
def mute() -> Generator[str]:
    """Something that takes a connection and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            taken, _ = server.accept()
            taken.recv(10)
            taken.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield f"ws://127.0.0.1:{server.getsockname()[1]}"
        thread.join()


def test_something_else_that_listens_is_no_realtime_server() -> None:
    with mute() as url, pytest.raises(RemoteLinkError, match=r"no Realtime server|nobody answers"):
        talk_to(url, nothing)


def test_a_server_that_goes_away_closes_the_call() -> None:
    with Live(bench(serving__session_s=1)) as server:

        async def talk(call: Call) -> None:
            events = [event async for event in call]
            assert isinstance(events[-2], ev.Failed)
            assert events[-2].code == "session_expired"
            assert events[-1] == ev.Closed("the server ended the call")
            with pytest.raises(RemoteLinkError, match="the call is over"):
                await call.send_text("hello")

        talk_to(server.url, talk)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("ws://h:1/v1/realtime", "ws://h:1/v1/realtime"),
        ("http://h:1", "ws://h:1/v1/realtime"),
        ("https://h/", "wss://h/v1/realtime"),
        ("https://h/v1", "wss://h/v1/realtime"),
        ("h:1", "ws://h:1/v1/realtime"),
        ("wss://h/other?a=b", "wss://h/other?a=b"),
    ],
)
def test_an_address_may_be_short(given: str, meant: str) -> None:
    assert address_of(given) == meant


def test_a_model_goes_into_the_address_and_plain_requests_to_its_host() -> None:
    assert address_of("ws://h/v1/realtime?a=b", "x/y z") == "ws://h/v1/realtime?a=b&model=x%2Fy%20z"
    assert http_of("wss://h:1/v1/realtime") == "https://h:1"


@pytest.mark.parametrize("given", ["", "ftp://h", "ws://", "://"])
def test_what_is_no_address_is_a_mistake(given: str) -> None:
    with pytest.raises(ConfigError, match="no address of a server"):
        address_of(given)


# --- without async -------------------------------------------------------------------------------


@pytest.fixture
def wav(tmp_path: Path) -> Path:
    write_wav(tmp_path / "question.wav", phrase(), PHRASE_RATE)
    return tmp_path / "question.wav"


def test_one_question_without_async(live: Live, wav: Path) -> None:
    turn = voiceagent.ask(wav, url=live.url, instructions="Be brief.")
    assert (turn.heard, turn.said) == ("hello there", ANSWER)
    assert voiceagent.ask(wav.read_bytes(), profile="bench").said == ANSWER, (
        "a whole file, to an agent in here"
    )


def test_the_words_of_a_recording_without_async(live: Live, wav: Path) -> None:
    assert voiceagent.transcribe(wav, url=live.url) == "hello there"
    assert voiceagent.transcribe(phrase(rate=16_000), rate=16_000, profile="bench") == "hello there"


def test_inside_async_code_the_helpers_refuse_and_say_what_to_use() -> None:
    async def run() -> None:
        with pytest.raises(RuntimeError, match=r"call\.converse"):
            voiceagent.ask(b"")
        with pytest.raises(RuntimeError, match="thread"):
            voiceagent.transcribe(b"")

    anyio.run(run)


def test_an_agent_is_here_or_there() -> None:
    with pytest.raises(ConfigError, match="not both"):
        voiceagent.ask(b"", profile="bench", url="ws://127.0.0.1:1")
    with pytest.raises(ConfigError, match="not both"):
        voiceagent.transcribe(b"", profile="bench", url="ws://127.0.0.1:1")


def test_a_server_that_gives_no_transcript_is_an_error(page: str, wav: Path) -> None:
    with pytest.raises(RemoteLinkError, match="gave no transcript"):
        voiceagent.transcribe(wav, url=page)
