"""The doctor: what it finds on a well installation, and what it says of a sick one."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib import metadata
from pathlib import Path
from typing import Any

import anyio
import pytest

from tests.test_microphone import FakeLibrary
from voiceagent import bundle, doctor
from voiceagent.cli import main
from voiceagent.config import compose
from voiceagent.doctor import PHRASE_RATE, Finding, phrase
from voiceagent.house import open_house, transcribe

LISTED = {"data": [{"id": "small"}, {"id": "large"}]}


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> FakeLibrary:
    fake = FakeLibrary()
    monkeypatch.setitem(sys.modules, "sounddevice", fake)
    return fake


@pytest.fixture(autouse=True)
def versions(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Versions that the test claims; those of sounddevice are not asked of this machine."""
    claimed = {"sounddevice": "0.5.5"}
    real = doctor.version_of

    def version_of(name: str) -> str | None:
        return claimed[name] if name in claimed else real(name)

    monkeypatch.setattr(doctor, "version_of", version_of)
    return claimed


class Models(BaseHTTPRequestHandler):
    """An endpoint that lists two models, to whoever has the key."""

    def do_GET(self) -> None:
        right = self.path == "/v1/models" and self.headers["Authorization"] == "Bearer key"
        body = json.dumps(LISTED).encode()
        self.send_response(200 if right else 401)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None: ...


@pytest.fixture
def models() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Models) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


def endpoint(**environ: str) -> Finding:
    named = {f"VOICEAGENT_LLM_{name}": value for name, value in environ.items()}
    return anyio.run(doctor.guarded, "language model", doctor.endpoint, named)


# --- all of it -----------------------------------------------------------------------------------


def test_a_well_installation_works(
    library: FakeLibrary, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("VOICEAGENT_LLM_URL", raising=False)
    assert main(["doctor"]) == 0
    told = capsys.readouterr().out
    assert "FAULT" not in told
    assert "Mic / Phones" in told
    assert "starts, answers and stops" in told
    assert "a turn with 'embedded' heard 'what time is it please', said 'It is " in told
    assert all(name in told for name in bundle.profiles())
    assert told.endswith("everything works\n")


def test_a_fault_is_counted_and_the_exit_code_says_so(
    library: FakeLibrary,
    versions: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    versions["soxr"] = "0.0.1"
    monkeypatch.setattr(doctor, "CHECKS", {})
    assert main(["doctor"]) == 1
    told = capsys.readouterr().out
    assert "0.0.1 is too old. Run: pip install 'soxr>=" in told
    assert told.endswith("1 fault(s) found\n")


# --- the installation ----------------------------------------------------------------------------


def test_what_the_default_install_brings_is_known_and_no_extra_is() -> None:
    names = [name for name, _ in doctor.required()]
    assert {"anyio", "numpy", "websockets", "sounddevice"} <= set(names)
    assert not {"torch", "pytest", "vllm"} & set(names)
    assert dict(doctor.required("funasr")).keys() >= {"funasr", "torch"}


def test_a_checkout_that_was_not_installed_is_read_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "requires", missing)
    assert "anyio" in dict(doctor.required())


def test_a_missing_library_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "requirements", lambda: ["nobody-has-this>=3.2"])
    (finding,) = doctor.libraries()
    assert finding == Finding(
        "nobody-has-this", "fault", "is missing. Run: pip install 'nobody-has-this>=3.2'"
    )


@pytest.mark.parametrize(
    ("version", "verdict"), [((3, 10), "fault"), ((3, 12), "ok"), ((3, 15), "note")]
)
def test_the_python_must_be_one_of_ours(
    version: tuple[int, int], verdict: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "version_info", version)
    assert doctor.python().verdict == verdict


def test_no_microphone_is_no_fault(library: FakeLibrary) -> None:
    library.names["input"] = []
    finding = doctor.sound()
    assert finding.verdict == "note"
    assert "there is no microphone" in finding.told


# --- what must run -------------------------------------------------------------------------------


def test_a_check_that_breaks_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(environ: object) -> Finding:
        raise TimeoutError

    finding = anyio.run(doctor.guarded, "worker process", broken, {})
    assert finding == Finding("worker process", "fault", "TimeoutError")


def test_the_endpoint_is_asked_for_its_models(models: str) -> None:
    assert endpoint(URL=models, KEY="key").told.endswith("has small, large")
    assert endpoint(URL=models, KEY="key", MODEL="large").verdict == "ok"
    unknown = endpoint(URL=models, KEY="key", MODEL="huge")
    assert (unknown.verdict, "does not list 'huge'" in unknown.told) == ("note", True)


def test_an_endpoint_that_does_not_answer_is_a_fault_and_no_key_is_told(models: str) -> None:
    refused = endpoint(URL=models, KEY="sk-secret")
    assert (refused.verdict, "401" in refused.told) == ("fault", True)
    assert "sk-secret" not in refused.told
    assert endpoint(URL="http://127.0.0.1:1/v1").verdict == "fault"
    assert endpoint(URL="nonsense").verdict == "fault"
    assert endpoint().verdict == "ok"


def test_the_phrase_is_taken_for_speech_at_every_rate() -> None:
    async def words(rate: int) -> str:
        async with open_house(compose("bench")) as house:
            from voiceagent.audio import resample_all

            return await transcribe(house, resample_all(phrase(rate=rate), rate, 16_000))

    assert [anyio.run(words, rate) for rate in (8_000, 16_000, PHRASE_RATE)] == ["hello there"] * 3


# --- profiles ------------------------------------------------------------------------------------


def test_each_profile_says_what_it_needs() -> None:
    needs = {need.profile: need for need in doctor.profiles_needs({})}
    assert needs.keys() == set(bundle.profiles())
    assert needs["bench"].missing == ()


def test_what_a_profile_lacks_is_the_command_that_installs_it(tmp_path: Path) -> None:
    odd = tmp_path / "odd"
    odd.mkdir()
    (odd / "model.yaml").write_text(
        "role: ear\nabout: Odd.\nlicence: none\ninstall: pip install nobody-has-this\n"
    )
    profile = tmp_path / "odd.yaml"
    profile.write_text("about: Odd.\nears: [./odd]\nmind: instant\nvoice: clip\n")
    assert list(doctor.missing_of(compose(str(profile)))) == ["pip install nobody-has-this"]


@pytest.mark.parametrize(
    ("install", "wanted"),
    [
        ("pip install webrtcvad-wheels", ["webrtcvad-wheels"]),
        ("pip install 'one>=2' two", ["one", "two"]),
        ("pip install 'voiceagent[funasr]'", ["funasr", "torch", "torchaudio"]),
    ],
)
def test_a_command_names_the_packages_that_it_brings(install: str, wanted: list[str]) -> None:
    assert doctor.wanted_by(install) == wanted


def test_a_profile_that_cannot_be_read_is_told_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "profiles", lambda: ("nowhere",))
    (need,) = doctor.profiles_needs({})
    assert "'nowhere' is no profile" in need.fault
