"""Many conversations at once through the real parts: to each its own answer; workers that die."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from dataclasses import replace
from typing import Any

import anyio
import numpy as np
import pytest

from tests.server.live import Call, Live, Message, until
from tests.server.test_door import turned_away
from tests.server.voices import quiet
from voiceagent import house
from voiceagent.config import compose
from voiceagent.worker.pool import Pool

pytestmark = [pytest.mark.anyio, pytest.mark.slow]
ASKING = "ben"  # whom the recogniser understands
ANSWERING = ("ben", "otto")  # who say the same twice in the same way
AT_ONCE = 5  # questions whose answer has not begun: more would only test how fast the machine is
MISHEARD = 3  # at most: what is tested is whose words they are, not how good the recogniser is
WORDS = "conversation.item.input_audio_transcription"
LISTENING: Message = {"input": {"transcription": {"model": "voiceagent"}}}
BEGINNING = 24_000 * 3 // 10  # samples; pauses between phrases are not the same further on
LONG = "This is a very long story about nothing at all, and it does not want to end. " * 6
QUESTIONS = {  # and what is in the answer, where that is for sure
    "how do you spell rhythm": "R, H, Y, T, H, M",
    "how do you spell computer": "C, O, M, P, U, T, E, R",
    "how do you spell friend": "F, R, I, E, N, D",
    "how do you spell beautiful": "B, E, A, U, T, I, F, U, L",
    "how do you spell banana": "B, A, N, A, N, A",
    "how do you spell necessary": "N, E, C, E, S, S, A, R, Y",
    "say i like tea": "i like tea",
    "say good morning my friend": "good morning my friend",
    "say hello there": "hello there",
    "say the sky is blue": "the sky is blue",
    "count from two to six": "two, three, four, five, six",
    "count from one to five": "one, two, three, four, five",
    "what time is it": "It is",
    "what day is it": "Today is",
    "what can you do": "I can",
    "what is two plus three": "",
    "what is nine plus ten": "",
    "what is four plus seven": "",
    "set a timer for ten minutes": "",
    "set a timer for six minutes": "",
}


@pytest.fixture(scope="module")
def pools() -> Generator[dict[str, Pool]]:
    """The workers that a house has, by the names of their models."""
    found: dict[str, Pool] = {}

    class Noted(Pool):
        def __init__(self, name: str, *args: Any) -> None:
            super().__init__(name, *args)
            found[name] = self

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(house, "Pool", Noted)
        yield found


@pytest.fixture(scope="module")
def embedded(pools: dict[str, Pool]) -> Generator[Live]:
    profile = compose("embedded", {}, {"serving.sessions": len(QUESTIONS)})
    two = (replace(ear, workers=2) if ear.worker else ear for ear in profile.ears)
    with Live(replace(profile, ears=tuple(two))) as live:
        yield live


async def made(server: Live, text: str, voice: str) -> bytes:
    """This text in a voice of the product."""
    async with server.http() as http:
        asked = {"model": "voiceagent", "input": text, "voice": voice, "response_format": "pcm"}
        answer = await http.post("/v1/audio/speech", json=asked)
        assert answer.status_code == 200, answer.text
        return answer.content


async def question(server: Live, text: str) -> bytes:
    return quiet(300) + await made(server, text, ASKING) + quiet(1_200)


def spoken(done: Message) -> str:
    text: str = done["output"][0]["content"][0]["transcript"]
    return text


def heard(call: Call) -> list[str]:
    return [message["transcript"] for message in call.of(f"{WORDS}.completed")]


def alike(one: bytes, other: bytes) -> float:
    """How alike two recordings begin: near 1.0 for the same words in the same voice."""
    first, second = (np.frombuffer(pcm, np.int16)[:BEGINNING].astype(float) for pcm in (one, other))
    return float(np.corrcoef(first, second)[0, 1])


class Guest:
    """One of many: what it asked, and all that came of it."""

    def __init__(self, text: str, voice: str) -> None:
        self.text, self.voice = text, voice
        self.heard: list[str] = []
        self.said, self.sound = "", b""

    async def talk(self, server: Live, turn: anyio.Semaphore, all_in: anyio.Event) -> None:
        clip = await question(server, self.text)
        audio = {**LISTENING, "output": {"voice": self.voice}}
        async with server.call(audio=audio) as call:
            if (await server.health())["sessions"] == len(QUESTIONS):
                all_in.set()
            await all_in.wait()
            async with turn:
                await call.append(clip)
                await call.expect("response.output_audio.delta")
            done = await call.done()
            self.heard, self.said, self.sound = heard(call), spoken(done), call.sound()


# --- many ----------------------------------------------------------------------------------------


async def test_twenty_at_once_are_each_heard_and_answered_for_themselves(embedded: Live) -> None:
    voices = [ANSWERING[n % 2] for n in range(len(QUESTIONS))]
    guests = [Guest(text, voice) for text, voice in zip(QUESTIONS, voices, strict=True)]
    turn, all_in = anyio.Semaphore(AT_ONCE), anyio.Event()
    async with anyio.create_task_group() as group:
        for guest in guests:
            group.start_soon(guest.talk, embedded, turn, all_in)
        await all_in.wait()
        status, told, headers = await turned_away(embedded.ws)
        assert (status, told["code"], headers["Retry-After"]) == (503, "server_busy", "5")
    for guest in guests:
        assert not set(guest.heard) & (QUESTIONS.keys() - {guest.text}), "somebody else's words"
        own = await made(embedded, guest.said, guest.voice)
        assert alike(guest.sound, own) > 0.7, "somebody else's voice"
    right = [guest for guest in guests if guest.heard == [guest.text]]
    assert len(right) >= len(QUESTIONS) - MISHEARD, [(g.text, g.heard) for g in guests]
    assert [guest.said for guest in right if QUESTIONS[guest.text] not in guest.said] == []


# --- workers that die ----------------------------------------------------------------------------


def kill(pool: Pool, *seats: int) -> None:
    for seat in seats:
        pid = pool._seats[seat].pid
        assert pid is not None
        os.kill(pid, signal.SIGTERM)


async def all_ready(pool: Pool) -> None:
    async def are() -> bool:
        return all(seat.ready for seat in pool._seats)

    await until(are)


async def test_a_recogniser_that_dies_is_one_error_and_the_next_turn_is_heard(
    embedded: Live, pools: dict[str, Pool]
) -> None:
    pool = pools["pocketsphinx"]
    await all_ready(pool)
    asked = await question(embedded, "what day is it")
    async with embedded.call(audio=LISTENING) as call:
        mine = pool.load.index(1)
        async with embedded.call(audio=LISTENING) as other:
            assert pool.load == (1, 1)
            await call.append(asked[: len(asked) // 2])
            await call.expect("input_audio_buffer.speech_started")
            kill(pool, mine)
            lost = await call.expect(f"{WORDS}.failed")
            assert lost["error"]["code"] == "ears_failed"
            assert "its worker is gone" in lost["error"]["message"]
            assert spoken(await call.done()).startswith("Sorry, I missed that.")
            for each in (call, other):
                await each.append(asked)
                assert spoken(await each.done()).startswith("Today is")
                assert heard(each) == ["what day is it"]
            assert len(call.of(f"{WORDS}.failed")) == 1
            assert not other.of(f"{WORDS}.failed")


async def test_a_voice_that_dies_in_mid_reply_costs_that_reply_alone(
    embedded: Live, pools: dict[str, Pool]
) -> None:
    pool = pools["espeak"]
    await all_ready(pool)
    async with embedded.call() as call:
        await call.send("response.create", response={"voiceagent": {"say": LONG}})
        await call.expect("response.output_audio.delta")
        kill(pool, *range(len(pool.load)))
        done = await call.done()
        assert done["status"] == "failed"
        assert "espeak: its worker is gone" in done["status_details"]["error"]["message"]
        assert "Sorry, something went wrong on my side." in spoken(done)
        done = await call.ask(voiceagent={"say": "Here I am again."})
        assert (done["status"], spoken(done)) == ("completed", "Here I am again.")
        assert len(call.sound(done["id"])) > 24_000
