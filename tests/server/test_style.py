"""A style that the voice cannot do is told to whoever wants to know, or refused by name."""

from __future__ import annotations

import pytest

from tests.server.live import Live, Message, bench, dial
from tests.server.test_door import KEY, mint
from voiceagent.server.serving import Place

pytestmark = pytest.mark.anyio
SING = {"mode": "sing", "melody": "twinkle"}
LACKS = ["mode 'sing' became 'speak'", "melody was left out: nothing is sung"]


async def test_a_session_begins_with_what_the_voice_can_do(server: Live) -> None:
    async with server.call() as call:
        (created,) = call.of("session.created")
        voice = created["voiceagent"]["voice"]
        assert (voice["modes"], voice["pace"]) == (["speak"], [0.25, 4.0])
        assert "voice" not in created["session"]["voiceagent"]


async def test_what_is_done_otherwise_is_told_with_the_response(server: Live) -> None:
    async with server.call() as call:
        done = await call.ask(voiceagent={"style": SING})
        assert done["voiceagent"] == {"degraded": LACKS}
        assert "voiceagent" not in await call.ask()
        assert not call.of("voiceagent.warning")


async def test_whoever_opts_in_is_warned_at_once(server: Live) -> None:
    async with server.call(voiceagent={"events": ["style"]}) as call:
        await call.send("session.update", session={"voiceagent": {"style": SING}})
        warning = await call.expect("voiceagent.warning")
        assert (warning["code"], warning["degraded"]) == ("style_degraded", LACKS)
        assert warning["response_id"] is None
        await call.send("response.create")
        response = (await call.expect("response.created"))["response"]
        assert (await call.expect("voiceagent.warning"))["response_id"] == response["id"]
        await call.done()


async def test_free_words_that_nobody_understands_are_told(server: Live) -> None:
    async with server.call() as call:
        style = {"instructions": "slowly, like a pirate"}
        done = await call.ask(voiceagent={"style": style})
        assert done["voiceagent"]["degraded"] == ["instructions: not understood: 'pirate'"]


@pytest.mark.parametrize("style", [SING, {"pitch": 3}, {"instructions": "like a pirate"}])
async def test_a_strict_session_refuses_the_style_and_stays_as_it_was(
    server: Live, style: Message
) -> None:
    async with server.call() as call:
        ours = {"style": style, "strict_style": True}
        await call.send("session.update", session={"type": "realtime", "voiceagent": ours})
        error = (await call.expect("error"))["error"]
        assert (error["code"], error["param"]) == (
            "unsupported_style",
            "session.voiceagent.style",
        )
        await call.send("session.update", session={"type": "realtime"})
        shown = (await call.expect("session.updated"))["session"]["voiceagent"]
        assert shown["strict_style"] is False
        assert shown["style"]["mode"] == "speak"


async def test_a_strict_response_is_refused_before_anything_is_said(server: Live) -> None:
    async with server.call() as call:
        ours = {"style": SING, "strict_style": True, "say": "Hello."}
        await call.send("response.create", response={"voiceagent": ours})
        error = (await call.expect("error"))["error"]
        assert (error["code"], error["param"]) == (
            "unsupported_style",
            "response.voiceagent.style",
        )
        assert not call.of("response.created")
        assert "voiceagent" not in await call.ask(voiceagent={"strict_style": True})


async def test_what_is_only_written_has_no_voice_to_lack_anything(server: Live) -> None:
    async with server.call() as call:
        ours = {"style": SING, "strict_style": True}
        done = await call.ask(output_modalities=["text"], voiceagent=ours)
        assert (done["status"], "voiceagent" in done) == ("completed", False)


async def test_a_secret_with_a_style_that_cannot_be_opens_a_plain_session() -> None:
    session = {"type": "realtime", "voiceagent": {"style": SING, "strict_style": True}}
    with Live(bench(), Place(port=0, keys=(KEY,))) as server:
        secret = (await mint(server, session=session))["value"]
        async with dial(server.ws, headers={"Authorization": f"Bearer {secret}"}) as call:
            created = await call.expect("session.created")
            assert created["session"]["voiceagent"]["style"]["mode"] == "speak"
            assert (await call.expect("error"))["error"]["code"] == "unsupported_style"
            assert (await call.ask())["status"] == "completed"
