from __future__ import annotations

import asyncio
import gc
import importlib.util
import json
import logging
import socket
import sys
import types
from collections.abc import Coroutine
from contextlib import aclosing
from pathlib import Path
from typing import Any

import anyio
import pytest

from models.openai_chat import adapter
from models.openai_chat.adapter import OpenAIChat, Options, Patience, build
from models.openai_chat.replies import Reply as Reading
from tests.fakes.chat_server import (
    Bill,
    Call,
    ChatServer,
    Cut,
    Delta,
    Finish,
    Raw,
    Reason,
    Refuse,
    Reply,
    Stall,
)
from voiceagent.errors import ConfigError, ModelError
from voiceagent.events import Cause
from voiceagent.parts import Asked, Ended, Manner, Phrase, Said, Thought, ToolCall, ToolSpec, Usage

KEY = "sk-very-secret-key"
USAGE = Usage(7, 3)


def scrap(text: str) -> Phrase:
    """What a model streams is no phrase yet."""
    return Phrase(text, goes_on=True)


def ask(words: str = "hello", manner: Manner | None = None) -> Asked:
    return Asked(Cause.USER, (Said("user", words),), manner or Manner())


async def think(mind: OpenAIChat, asked: Asked | None = None) -> list[Thought]:
    """Every thought, with the error as the last one if there is one."""
    thoughts: list[Any] = []
    try:
        async with aclosing(mind.think(asked or ask())) as stream:
            async for thought in stream:
                thoughts.append(thought)
    except ModelError as error:
        thoughts.append(error)
    return thoughts


def run(work: Coroutine[Any, Any, None]) -> None:
    asyncio.run(work)


def thoughts(server: ChatServer, asked: Asked | None = None, **options: Any) -> list[Thought]:
    async def main() -> None:
        mind = build(Options(**{"url": server.url, "model": "m", **options}))
        told.extend(await think(mind, asked))
        await mind.aclose()

    told: list[Thought] = []
    run(main())
    return told


def failure(*replies: Reply, **options: Any) -> str:
    """What the error says; nothing but errors may come."""
    with ChatServer(*replies) as server:
        told = thoughts(server, **options)
        assert len(told) == 1
        error = told[0]
        assert isinstance(error, ModelError)
        assert error.model == "openai_chat"
        assert server.url.removesuffix("/v1") in error.cause
        return error.cause


def test_a_reply_comes_piece_by_piece_with_its_usage() -> None:
    with ChatServer(["Hel", "lo. ", "How are you?"]) as server:
        words = [scrap("Hel"), scrap("lo. "), scrap("How are you?")]
        assert thoughts(server) == [*words, Ended("stop", USAGE)]


def test_the_request_says_what_was_asked_and_set_and_no_more() -> None:
    with ChatServer() as server:
        thoughts(server)
        manner = Manner("Be kind.", (ToolSpec("now"),), "required", 50, parallel_tools=False)
        headers = {"X-Team": "voice"}
        options = {"key": KEY + "\n", "headers": headers, "temperature": 0.5, "max_tokens": 90}
        thoughts(server, ask("hi", manner), **options)
        plain, full = server.chats
    assert plain.path == "/v1/chat/completions"
    assert "authorization" not in plain.headers
    assert plain.body == {
        "model": "m",
        "messages": [{"role": "user", "content": "hello"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert full.headers["authorization"] == f"Bearer {KEY}"
    assert full.headers["x-team"] == "voice"
    system, user = full.body.pop("messages")
    assert (system["content"], user["content"]) == ("Be kind.", "hi")
    assert full.body.pop("tools")[0]["function"]["name"] == "now"
    assert full.body == {
        "model": "m",
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_tokens": 50,
        "tool_choice": "required",
        "parallel_tool_calls": False,
    }


def test_a_request_cannot_ask_for_more_tokens_than_the_profile_allows() -> None:
    with ChatServer() as server:
        thoughts(server, ask(manner=Manner(max_tokens=5000)), max_tokens=90)
        assert server.chats[0].body["max_tokens"] == 90


def test_the_query_of_a_url_is_kept() -> None:
    with ChatServer() as server:
        thoughts(server, url=server.url + "/?api-version=7")
        assert server.chats[0].path == "/v1/chat/completions?api-version=7"


def test_words_that_no_json_can_hold_are_still_sent() -> None:
    with ChatServer() as server:
        thoughts(server, ask("a\ud83d"))
        assert server.chats[0].body["messages"][0]["content"] == "a?"


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(
            [Call("f", '{"x": 1}', "a", 0, 3), Call("g", "{}", "b", 1)], id="pieces, by index"
        ),
        pytest.param([Call("f", '{"x": 1}', "a", 0), Call("g", "{}", "b", 0)], id="all numbered 0"),
        pytest.param([Call("f", '{"x": 1}', "a", None), Call("g", "{}", "b", None)], id="whole"),
    ],
)
def test_tool_calls_in_every_shape(reply: Reply) -> None:
    with ChatServer(["One moment.", *reply]) as server:
        calls = [ToolCall("a", "f", '{"x": 1}'), ToolCall("b", "g", "{}")]
        assert thoughts(server) == [scrap("One moment."), *calls, Ended("stop", USAGE)]


def test_thoughts_are_never_spoken() -> None:
    reply: Reply = [Reason("hm"), Reason("hm", "reasoning"), "<thi", "nk>hm</thin", "k>Yes."]
    with ChatServer(reply) as server:
        assert thoughts(server) == [scrap("Yes."), Ended("stop", USAGE)]


def test_a_reply_that_was_too_long_or_filtered_says_so() -> None:
    with ChatServer(["a", Finish("length")], ["b", Finish("content_filter")]) as server:
        assert thoughts(server)[-1] == Ended("length", USAGE)
        assert thoughts(server)[-1] == Ended("filter", USAGE)


# --- the model and the usage ---------------------------------------------------------------------


def test_without_a_model_the_first_one_is_taken_and_asked_for_once() -> None:
    async def main() -> None:
        with ChatServer(models=["first", "second"]) as server:
            mind = build(Options(server.url))
            await think(mind)
            await think(mind)
            await mind.aclose()
            assert [request.path for request in server.requests][:2] == [
                "/v1/models",
                "/v1/chat/completions",
            ]
            assert [chat.body["model"] for chat in server.chats] == ["first", "first"]
            assert len(server.requests) == 3

    run(main())


def test_an_endpoint_without_models_is_a_clear_error() -> None:
    with ChatServer(models=[]) as server:
        (error,) = thoughts(server, model="")
        assert "names no model" in str(error)


def test_a_model_that_is_gone_is_looked_up_again() -> None:
    async def main() -> None:
        with ChatServer([Refuse(404)], ["Hi."]) as server:
            mind = build(Options(server.url))
            assert "'scripted'" in str((await think(mind))[-1])
            assert (await think(mind))[0] == scrap("Hi.")
            await mind.aclose()
            assert [request.method for request in server.requests] == ["GET", "POST"] * 2

    run(main())


def test_an_endpoint_that_knows_no_usage_is_asked_once_more_and_remembered() -> None:
    async def main() -> None:
        with ChatServer(knows_usage=False) as server:
            mind = build(Options(server.url, "m"))
            together: list[list[Thought]] = []
            async with anyio.create_task_group() as group:
                for _ in range(2):

                    async def one() -> None:
                        together.append(await think(mind))

                    group.start_soon(one)
            assert together == [[scrap("Hello."), Ended()]] * 2
            asked = len(server.chats)
            assert await think(mind) == [scrap("Hello."), Ended()]
            assert len(server.chats) == asked + 1
            await mind.aclose()

    run(main())


def test_any_other_400_is_not_asked_again() -> None:
    with ChatServer([Refuse(400, "context is full")]) as server:
        (error,) = thoughts(server)
        assert "answers 400" in str(error)
        assert "context is full" in str(error)
        assert len(server.chats) == 1


# --- stopping, side by side, again ---------------------------------------------------------------


def test_the_server_sees_that_a_reply_was_stopped() -> None:
    async def main() -> None:
        with ChatServer(["Hel", Stall(), "lo"]) as server:
            mind = build(Options(server.url, "m"))
            stream = mind.think(ask())
            assert await anext(stream) == scrap("Hel")
            assert server.disconnects == 0
            await stream.aclose()
            await server.seen(lambda: server.disconnects == 1)
            assert await think(mind) == [scrap("Hello."), Ended("stop", USAGE)]
            await mind.aclose()

    run(main())


@pytest.mark.parametrize("reply", [[Stall()], ["Hel", Stall()]])
def test_the_server_sees_that_a_waiting_task_was_cancelled(reply: Reply) -> None:
    async def main() -> None:
        with ChatServer(reply) as server:
            mind = build(Options(server.url, "m"))
            async with anyio.create_task_group() as group:
                group.start_soon(think, mind)
                await server.seen(lambda: bool(server.stalled))
                group.cancel_scope.cancel()
            await server.seen(lambda: server.disconnects == 1)
            await mind.aclose()

    run(main())


def test_two_replies_stream_side_by_side() -> None:
    async def main() -> None:
        with ChatServer(["a1", Stall("a"), "a2"], ["b1", Stall("b"), "b2"]) as server:
            mind = build(Options(server.url, "m"))
            async with aclosing(mind.think(ask())) as a, aclosing(mind.think(ask())) as b:
                assert await anext(a) == scrap("a1")
                assert await anext(b) == scrap("b1")
                server.release("b")
                assert [thought async for thought in b] == [scrap("b2"), Ended("stop", USAGE)]
                server.release("a")
                assert [thought async for thought in a] == [scrap("a2"), Ended("stop", USAGE)]
            await mind.aclose()

    run(main())


def test_one_connection_serves_one_reply_after_the_other() -> None:
    async def main() -> None:
        with ChatServer([Refuse(500)], ["a"], [Call("f")]) as server:
            mind = build(Options(server.url))
            for _ in range(4):
                await think(mind)
            await mind.aclose()
            assert {request.connection for request in server.requests} == {1}

    run(main())


def test_a_mind_can_be_used_again_in_another_loop() -> None:
    with ChatServer() as server:
        mind = build(Options(server.url, "m"))

        async def once(close: bool) -> None:
            assert (await think(mind))[0] == scrap("Hello.")
            if close:
                await mind.aclose()

        run(once(close=True))
        run(once(close=True))


@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_loop_that_ended_without_closing_the_mind_does_not_spoil_it() -> None:
    with ChatServer() as server:
        mind = build(Options(server.url, "m"))
        told: list[Thought] = []

        async def once() -> None:
            told.append((await think(mind))[0])

        run(once())
        run(once())
        run(mind.aclose())
        assert told == [scrap("Hello.")] * 2
        gc.collect()


# --- what goes wrong -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (301, "has moved"),
        (401, "the key was refused: set VOICEAGENT_LLM_KEY"),
        (403, "the key was refused: set VOICEAGENT_LLM_KEY"),
        (404, "no such model 'm' or wrong path: the URL usually ends in /v1"),
        (422, "refused the request"),
        (429, "too many requests"),
        (500, "its own log"),
        (503, "its own log"),
    ],
)
def test_a_refusal_says_what_to_do(status: int, says: str) -> None:
    cause = failure([Refuse(status)])
    assert f"answers {status}" in cause
    assert says in cause


def test_the_endpoints_own_words_are_told_shortly() -> None:
    assert "It says: too long" in failure([Refuse(400, "too\n long")])
    assert len(failure([Refuse(400, "x" * 9000)])) <= 400
    assert "html" not in failure([Refuse(502, body=b"<html>Bad gateway</html>")])
    detail = json.dumps({"detail": "no such route"}).encode()
    assert "no such route" in failure([Refuse(404, body=detail)])


def test_the_key_is_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    header = "another-secret"
    secrets: dict[str, Any] = {"key": KEY, "headers": {"X-Key": header}}
    echo = f"wrong key {KEY} or {header}"
    error = json.dumps({"error": {"message": echo}}).encode()
    causes = [
        failure([Refuse(401, echo)], **secrets),
        failure([Refuse(500, echo)], **secrets),
        failure([Raw(b"data: " + error + b"\n\n")], **secrets),
        failure([Raw(b"data: " + echo.encode() + b"\n\n")], **secrets),
    ]
    options = Options(**secrets)
    for text in [*causes, repr(options), repr(build(options)), caplog.text]:
        assert KEY not in text
        assert header not in text
    assert "***" in causes[1]


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

    async def main() -> None:
        (error,) = await think(build(Options(f"http://127.0.0.1:{port}/v1", "m")))
        assert f"nothing answers at http://127.0.0.1:{port}: is it running?" in str(error)

    run(main())


def test_no_first_token_in_time() -> None:
    assert "no first token within 0.2 s" in failure([Stall()], first_token_s=0.2)


def test_signs_of_life_are_no_token() -> None:
    reply: Reply = [Raw(b": alive\n\n"), Delta({}), "", Stall()]
    assert "no first token within 0.2 s" in failure(reply, first_token_s=0.2)


def test_only_tokens_renew_the_patience_and_the_end_of_the_words_shortens_it() -> None:
    async def main() -> None:
        reply, patience = Reading(), Patience(Options(first_token_s=10, timeout_s=1000))
        first = patience.until
        for event in ('{"choices": [{"delta": {"role": "assistant", "content": ""}}]}', "{}"):
            assert not list(reply.read(event))
            patience.renew(reply)
            assert patience.until == first
        list(reply.read('{"choices": [{"delta": {"reasoning": "hm"}}]}'))
        patience.renew(reply)
        gap = patience.until
        assert gap > first + 900
        list(reply.read("{}"))
        patience.renew(reply)
        assert patience.until == gap
        list(reply.read('{"choices": [{"delta": {}, "finish_reason": "stop"}]}'))
        patience.renew(reply)
        assert (end := patience.until) < first
        list(reply.read('{"choices": [{"delta": {"reasoning": "hm"}}]}'))
        patience.renew(reply)
        assert patience.until == end

    run(main())


def test_silence_in_mid_reply() -> None:
    with ChatServer(["Hel<th", Stall()]) as server:
        *words, error = thoughts(server, timeout_s=0.2)
        assert words == [scrap("Hel"), scrap("<th")]
        assert "fell silent for 0.2 s in the middle of a reply" in str(error)
        server.wait(lambda: server.disconnects == 1)


@pytest.mark.parametrize("tidy", [True, False])
def test_a_reply_that_is_cut_says_first_what_came(tidy: bool) -> None:
    with ChatServer(["Hel", Call("f", '{"x": 1}', pieces=2), Cut(tidy)]) as server:
        words, error = thoughts(server)
        assert words == scrap("Hel")
        assert "closed the connection in the middle of a reply" in str(error)


def test_an_endpoint_that_hangs_up_at_once() -> None:
    assert "closed the connection" in failure([Cut()])


def test_an_event_that_is_cut_is_a_failure() -> None:
    with ChatServer(["Hel", Raw(b'data: {"choices": [{"del'), Cut(tidy=True)]) as server:
        words, error = thoughts(server)
        assert words == scrap("Hel")
        assert isinstance(error, ModelError)


def test_an_error_within_the_stream() -> None:
    event = b'data: {"error": {"message": "out of memory", "code": 500}}\n\n'
    with ChatServer(["Hel", Raw(event)]) as server:
        words, error = thoughts(server)
        assert words == scrap("Hel")
        assert "out of memory" in str(error)


def test_a_stream_of_something_else() -> None:
    assert "no chat stream: '<xml/>'" in failure([Raw(b"data: <xml/>\n\n")])
    assert "sent no reply" in failure([Refuse(200, body=b"<html></html>")])
    assert "more than 1 MiB" in failure([Raw(b"data: " + b"x" * (1 << 20))])


def test_an_endpoint_that_does_not_stream_is_understood() -> None:
    message = {"content": "Hi.", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}
    usage = {"prompt_tokens": 7, "completion_tokens": 3}
    body = {"choices": [{"message": message, "finish_reason": "stop"}], "usage": usage}
    with ChatServer([Refuse(200, body=json.dumps(body).encode())]) as server:
        words, call, ended = thoughts(server)
        assert (words, ended) == (scrap("Hi."), Ended("stop", USAGE))
        assert isinstance(call, ToolCall)


@pytest.mark.parametrize("end", [Cut(), Cut(tidy=True), Raw(b"data: garbage\n\n"), Stall()])
def test_once_the_words_are_complete_nothing_is_a_failure(
    end: Cut | Raw | Stall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "TRAILER_S", 0.5)
    with ChatServer(["Hi.", Finish("length"), Bill(5, 6, 4), end]) as server:
        assert thoughts(server) == [scrap("Hi."), Ended("length", Usage(5, 6, 4))]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"url": "127.0.0.1:8000"}, "openai_chat.url"),
        ({"url": "ftp://host/v1"}, "openai_chat.url"),
        ({"url": "http://"}, "openai_chat.url"),
        ({"url": "http://host:port/v1"}, "openai_chat.url"),
        ({"url": f"http://me:{KEY}@host/v1"}, "holds a password"),
        ({"key": f"{KEY}\n{KEY}"}, "openai_chat.key"),
        ({"key": f"{KEY}é"}, "openai_chat.key"),
        ({"headers": {"X-Key": f"{KEY}\r\n"}}, None),
        ({"headers": {"X-Key": f"{KEY}\r\nX: y"}}, "openai_chat.headers.X-Key"),
        ({"headers": {"X Key": KEY}}, "openai_chat.headers"),
    ],
)
def test_options_that_cannot_work_are_refused_by_name(
    options: dict[str, Any], says: str | None
) -> None:
    if says is None:
        build(Options(**options))
        return
    with pytest.raises(ConfigError, match=says) as caught:
        build(Options(**options))
    assert KEY not in str(caught.value)


def test_the_folder_loads_under_any_name(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(adapter.__file__).parent
    package = types.ModuleType("plugged")
    package.__path__ = [str(folder)]
    monkeypatch.setitem(sys.modules, "plugged", package)
    spec = importlib.util.spec_from_file_location("plugged.adapter", folder / "adapter.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "plugged.adapter", module)
    spec.loader.exec_module(module)
    assert module.build(module.Options())
