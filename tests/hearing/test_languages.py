"""A language that the ears do not know is refused by name, and nothing else is."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.server.live import Live, bench
from tests.server.voices import voiced
from voiceagent.audio import wav_bytes
from voiceagent.errors import Refused
from voiceagent.hearing.languages import refuse_foreign

pytestmark = pytest.mark.anyio
KNOWN = Path(__file__).parents[2] / "models" / "known"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Live]:
    """Its ears say that they know English."""
    part = tmp_path_factory.mktemp("parts") / "english"
    shutil.copytree(KNOWN, part)
    with (part / "model.yaml").open("a") as manifest:
        manifest.write("hears: [en]\n")
    with Live(bench(ears=["webrtcvad", str(part)])) as live:
        yield live


@pytest.mark.parametrize("language", [None, "", "en", "EN", "en-GB", "en_us", "english"])
def test_what_is_known_and_what_is_left_open_passes(language: str | None) -> None:
    refuse_foreign(language, ("en",), "language")


def test_ears_that_know_any_language_are_asked_for_any() -> None:
    refuse_foreign("de", (), "language")


@pytest.mark.parametrize("language", ["de", "zh-CN", "german", "klingon"])
def test_others_are_refused_with_what_is_known(language: str) -> None:
    with pytest.raises(
        Refused, match=rf"'language' is '{language}', but this agent hears en"
    ) as no:
        refuse_foreign(language, ("en",), "language")
    assert no.value.param == "language"


def spoken_in(language: str) -> dict[str, Any]:
    transcription = {"model": "any", "language": language}
    return {"type": "realtime", "audio": {"input": {"transcription": transcription}}}


async def test_a_session_refuses_it_and_goes_on(server: Live) -> None:
    async with server.call() as call:
        refusal = await call.refused("session.update", session=spoken_in("de"))
        assert refusal["code"] == "unsupported_language"
        assert refusal["param"] == "session.audio.input.transcription.language"
        await call.send("session.update", session=spoken_in("en-US"))
        await call.expect("session.updated")


async def test_a_recording_in_it_is_refused(server: Live) -> None:
    files = {"file": ("a.wav", wav_bytes(voiced(500), 24_000))}
    async with server.http() as http:
        answer = await http.post("/v1/audio/transcriptions", files=files, data={"language": "de"})
    assert answer.status_code == 400
    assert answer.json()["error"]["param"] == "language"
