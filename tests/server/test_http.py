"""The addresses beside the websocket: speech, transcription, models, health, metrics, CORS."""

from __future__ import annotations

import re
from typing import Any

import anyio
import pytest

from tests.server.live import Live
from tests.server.voices import spoken, voiced
from voiceagent.audio import read_audio, wav_bytes
from voiceagent.server import sound

pytestmark = pytest.mark.anyio


# --- small ones ----------------------------------------------------------------------------------


async def test_health_says_how_full_it_is(server: Live) -> None:
    before = await server.health()
    assert before["status"] == "ok"
    assert before["profile"] == "bench"
    assert before["sessions_max"] == 100
    async with server.call():
        assert (await server.health())["sessions"] == before["sessions"] + 1
    await server.sessions(before["sessions"])


async def test_the_metrics_are_a_page_of_prometheus(server: Live) -> None:
    async with server.call() as call:
        await call.append(spoken())
        await call.done()
        async with server.http() as http:
            page = await http.get("/metrics")
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    found: dict[str, float] = {}
    types: dict[str, str] = {}
    for line in page.text.splitlines():
        if line.startswith("# TYPE "):
            _, _, name, kind = line.split()
            assert name not in types
            types[name] = kind
            continue
        sample = re.fullmatch(r'([a-z_]+(?:\{le="[^"]+"\})?) ([0-9.e+-]+)', line)
        assert sample, line
        found[sample[1]] = float(sample[2])
    assert found["voiceagent_sessions"] >= 1
    assert found["voiceagent_turns_total"] >= 1
    assert found["voiceagent_replies_total"] >= 1
    buckets = [
        value
        for name, value in found.items()
        if name.startswith("voiceagent_answering_seconds_bucket")
    ]
    assert buckets == sorted(buckets)
    assert buckets[-1] == found["voiceagent_answering_seconds_count"] >= 1
    assert types["voiceagent_answering_seconds"] == "histogram"


async def test_models_are_listed(server: Live) -> None:
    async with server.http() as http:
        listed = (await http.get("/v1/models")).json()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["voiceagent", "bench"]
    assert {model["object"] for model in listed["data"]} == {"model"}


async def test_pages_may_ask_across_origins_where_a_key_is_needed(server: Live) -> None:
    asks = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    async with server.http() as http:
        for path in ("/v1/realtime/client_secrets", "/v1/audio/speech"):
            answer = await http.options(path, headers=asks)
            assert answer.status_code == 200, answer.text
            assert answer.headers["access-control-allow-origin"] == "*"
            assert "POST" in answer.headers["access-control-allow-methods"]


# --- speech --------------------------------------------------------------------------------------


async def speak(server: Live, **body: Any) -> tuple[int, bytes, str]:
    async with server.http() as http:
        answer = await http.post("/v1/audio/speech", json=body)
        return answer.status_code, answer.content, answer.headers["content-type"]


async def test_words_become_a_wav_or_plain_pcm(server: Live) -> None:
    body = {"model": "tts-1", "voice": "alloy", "input": "Hello there."}
    status, wav, kind = await speak(server, **body)
    assert (status, kind) == (200, "audio/wav")
    clip = read_audio(wav)
    assert (clip.rate, clip.ms) == (24_000, 300)
    status, pcm, kind = await speak(server, **body, response_format="pcm", speed=0.5)
    assert (status, kind) == (200, "audio/pcm")
    assert len(pcm) == 48 * 600


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": ""}, "input"),
        ({"input": "  "}, "input"),
        ({"input": 5}, "input"),
        ({"input": "x" * 4_097}, "input"),
        ({"input": "x", "response_format": "mp3"}, "response_format"),
        ({"input": "x", "speed": 0.1}, "speed"),
        ({"input": "x", "speed": "fast"}, "speed"),
        ({"input": "x", "stream_format": "sse"}, "stream_format"),
        ({"input": "x", "voice": 5}, "voice"),
        (
            {"input": "x", "voiceagent": {"style": {"emotion": "hungry"}}},
            "voiceagent.style.emotion",
        ),
    ],
)
async def test_speech_that_cannot_be_made_is_refused(
    server: Live, body: dict[str, Any], param: str
) -> None:
    async with server.http() as http:
        answer = await http.post("/v1/audio/speech", json=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == param


async def test_what_the_voice_cannot_do_is_told_in_a_header(server: Live) -> None:
    style = {"emotion": "happy", "mode": "sing"}
    odd = {"speed": 0.25, "instructions": "like a pirate", "voiceagent": {"style": style}}
    async with server.http() as http:
        plain = await http.post("/v1/audio/speech", json={"input": "Hello."})
        answer = await http.post("/v1/audio/speech", json={"input": "Hello.", **odd})
    assert "x-voiceagent-degraded" not in plain.headers
    assert answer.status_code == 200
    assert answer.headers["x-voiceagent-degraded"] == (
        "instructions: not understood: 'pirate'; "
        "emotion 'happy' became 'neutral'; mode 'sing' became 'speak'"
    )


async def test_whoever_is_strict_gets_a_refusal_and_no_sound(server: Live) -> None:
    for ours, body in (({"style": {"mode": "sing"}}, {}), ({}, {"instructions": "sing it"})):
        asked = {"input": "Hello.", **body, "voiceagent": {**ours, "strict_style": True}}
        async with server.http() as http:
            answer = await http.post("/v1/audio/speech", json=asked)
            fine = {"input": "Hello.", "speed": 2, "voiceagent": {"strict_style": True}}
            done = await http.post("/v1/audio/speech", json=fine)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (400, "unsupported_style")
        assert "mode 'sing' became 'speak'" in error["message"]
        assert (done.status_code, "x-voiceagent-degraded" in done.headers) == (200, False)


async def test_the_speed_multiplies_the_pace_of_the_style(server: Live) -> None:
    slow = {"voiceagent": {"style": {"pace": 0.5}}}
    async with server.http() as http:
        for speed, ms in ((1.0, 600), (2.0, 300)):
            body = {"input": "Hello.", "speed": speed, **slow, "response_format": "pcm"}
            answer = await http.post("/v1/audio/speech", json=body)
            assert len(answer.content) // 48 == ms


def test_a_header_holds_whatever_was_asked_for() -> None:
    told = sound.told(("voice '\u5b57\\n' became another", "x" * 9_000))["x-voiceagent-degraded"]
    assert told.isascii()
    assert told.isprintable()
    assert len(told) <= 4_000


async def test_a_long_text_is_spoken_phrase_by_phrase(server: Live) -> None:
    status, wav, _ = await speak(server, input="This is a sentence. " * 10)
    assert status == 200
    assert read_audio(wav).ms == 10 * 300  # of the clip, for every phrase


@pytest.mark.parametrize("body", [b"", b"{", b"[" * 100_000, b"\xff\xfe", b"[]"])
async def test_a_body_that_is_no_object_is_refused(server: Live, body: bytes) -> None:
    async with server.http() as http:
        answer = await http.post("/v1/audio/speech", content=body)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


# --- transcription -------------------------------------------------------------------------------


def recording(rate: int = 24_000) -> dict[str, Any]:
    return {"file": ("clip.wav", wav_bytes(spoken(after=0), rate), "audio/wav")}


async def test_a_recording_becomes_words_in_every_shape(server: Live) -> None:
    async with server.http() as http:

        async def write(**data: str) -> Any:
            return await http.post("/v1/audio/transcriptions", files=recording(), data=data)

        told = (await write(model="whisper-1")).json()
        assert told["text"] == "hello there"
        assert told["usage"]["type"] == "duration"
        assert (await write(response_format="text")).text == "hello there\n"
        told = (await write(response_format="verbose_json", language="de")).json()
        assert (told["text"], told["language"], told["task"]) == ("hello there", "de", "transcribe")
        assert told["duration"] == pytest.approx(1.2, abs=0.01)


async def test_every_turn_of_a_recording_is_a_segment(server: Live) -> None:
    wav = wav_bytes(spoken() + spoken() + spoken(before=100, after=0), 24_000)
    data = {"response_format": "verbose_json", "timestamp_granularities[]": "word"}
    async with server.http() as http:
        files = {"file": ("clip.wav", wav, "audio/wav")}
        told = (await http.post("/v1/audio/transcriptions", files=files, data=data)).json()
    assert told["text"] == "hello there hello there hello there"
    assert [segment["text"] for segment in told["segments"]] == ["hello there"] * 3
    edges = [segment[edge] for segment in told["segments"] for edge in ("start", "end")]
    assert edges == pytest.approx([0.4, 1.2, 3.1, 3.9, 5.5, 6.3], abs=0.15)
    assert told["words"] == []  # of ears that do not know when they were said


@pytest.mark.parametrize(
    ("files", "data", "param"),
    [
        ({"file": ("a.wav", b"not audio at all", "audio/wav")}, {}, "file"),
        ({"file": ("a.wav", b"", "audio/wav")}, {}, "file"),
        ({"other": ("a.wav", b"x", "audio/wav")}, {}, "file"),
        (None, {"file": "words"}, "file"),
        (recording(), {"response_format": "srt"}, "response_format"),
        (recording(), {"stream": "true"}, "stream"),
        ({"file": ("a.wav", wav_bytes(bytes(1_000), 24_000), "audio/wav")}, {}, "file"),
        (recording(), {"include[]": "all"}, "include"),
    ],
)
async def test_what_cannot_be_transcribed_is_refused(
    server: Live, files: Any, data: dict[str, str], param: str
) -> None:
    async with server.http() as http:
        answer = await http.post("/v1/audio/transcriptions", files=files, data=data)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["param"] == param


async def test_a_form_that_is_none_is_refused_in_the_same_shape(server: Live) -> None:
    async with server.http() as http:
        answer = await http.post(
            "/v1/audio/transcriptions",
            content=b"--x\r\nbroken",
            headers={"Content-Type": "multipart/form-data"},
        )
    assert answer.status_code == 400
    assert answer.json()["error"]["message"]


async def test_a_recording_that_is_too_large_is_refused_and_the_server_lives(server: Live) -> None:
    large = {"file": ("clip.wav", wav_bytes(bytes(27_000_000), 24_000), "audio/wav")}
    async with server.http() as http:
        answer = await http.post("/v1/audio/transcriptions", files=large)
        assert answer.status_code == 413
        assert answer.json()["error"]["code"] == "request_too_large"
        answer = await http.post("/v1/audio/transcriptions", files=recording())
        assert answer.json()["text"] == "hello there"


async def test_a_long_recording_does_not_hold_up_a_conversation(server: Live) -> None:
    """Order and content only: both are done, and neither has broken the other."""
    pcm = voiced(10_000) * 20
    long = {"file": ("clip.wav", wav_bytes(pcm, 48_000), "audio/wav")}
    async with server.call() as call, server.http() as http, anyio.create_task_group() as group:

        async def write() -> None:
            answer = await http.post("/v1/audio/transcriptions", files=long)
            assert answer.json()["text"] == "hello there"

        group.start_soon(write)
        for _ in range(2):
            assert (await call.ask())["status"] == "completed"
