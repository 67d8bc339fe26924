"""Who gets in: keys, secrets, origins, busy, TLS; and how a session that is too long ends."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from tests.server.live import Live, bench, dial, plain_tls
from voiceagent.server import app
from voiceagent.server.keys import Keys, is_ours
from voiceagent.server.serving import Place

pytestmark = pytest.mark.anyio
KEY = "sk-first-of-two"
BEARER = {"Authorization": f"Bearer {KEY}"}


@pytest.fixture(scope="module")
def locked() -> Generator[Live]:
    with Live(bench(), Place(port=0, keys=(KEY, "sk-second"))) as live:
        yield live


async def turned_away(url: str, **options: Any) -> tuple[int, dict[str, Any], Any]:
    """Status, error and headers of a refusal before the upgrade."""
    with pytest.raises(InvalidStatus) as caught:
        async with dial(url, **options):
            pass
    response = caught.value.response
    return response.status_code, json.loads(response.body or b"{}")["error"], response.headers


# --- keys ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        BEARER,
        {"Authorization": "bearer sk-second"},
        {**BEARER, "Origin": "https://elsewhere.example"},
    ],
)
async def test_a_key_in_the_header_opens_the_door(locked: Live, headers: dict[str, str]) -> None:
    async with dial(locked.ws, headers) as call:
        await call.expect("session.created")


async def test_a_key_among_the_subprotocols_opens_the_door_and_is_not_said_back(
    locked: Live,
) -> None:
    offered = ["realtime", f"openai-insecure-api-key.{KEY}", "openai-agents-sdk.0.20.0"]
    async with dial(locked.ws, subprotocols=offered) as call:
        assert call.socket.subprotocol == "realtime"
        assert call.socket.response is not None
        assert KEY not in str(call.socket.response.headers)
        await call.expect("session.created")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"headers": {"Authorization": "Bearer wrong"}},
        {"headers": {"Authorization": KEY}},
        {"headers": {"Authorization": "Bearer "}},
        {"headers": {"Authorization": "Bearer ek_invented"}},
        {"headers": {"Authorization": "Bearer sk-ü".encode().decode("latin-1")}},
        {"subprotocols": ["realtime", "openai-insecure-api-key.wrong"]},
        {"subprotocols": ["realtime"]},
    ],
)
async def test_without_a_key_the_door_stays_shut_before_the_upgrade(
    locked: Live, options: dict[str, Any]
) -> None:
    status, told, _ = await turned_away(locked.ws, **options)
    assert (status, told["code"]) == (401, "invalid_api_key")
    assert (await locked.health())["sessions"] == 0


async def test_the_other_addresses_ask_for_the_key_too(locked: Live) -> None:
    async with locked.http() as http:
        for method, path in (
            ("GET", "/v1/models"),
            ("POST", "/v1/audio/speech"),
            ("POST", "/v1/audio/transcriptions"),
            ("POST", "/v1/realtime/client_secrets"),
            ("POST", "/v1/realtime/calls"),
        ):
            assert (await http.request(method, path)).status_code == 401, path
        for path in ("/health", "/metrics"):
            assert (await http.get(path)).status_code == 200, path
        assert (await http.get("/v1/models", headers=BEARER)).status_code == 200


# --- secrets -------------------------------------------------------------------------------------


async def mint(server: Live, **body: Any) -> dict[str, Any]:
    async with server.http(headers=BEARER) as http:
        answer = await http.post("/v1/realtime/client_secrets", json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


async def test_a_secret_opens_sessions_with_the_settings_it_was_made_with(locked: Live) -> None:
    session = {"type": "realtime", "instructions": "Whisper.", "output_modalities": ["text"]}
    secret = await mint(locked, session=session)
    assert secret["value"].startswith("ek_")
    assert secret["session"].items() >= session.items()
    assert secret["session"]["object"] == "realtime.session"
    for options in (
        {"headers": {"Authorization": f"Bearer {secret['value']}"}},
        {"subprotocols": ["realtime", f"openai-insecure-api-key.{secret['value']}"]},
    ):
        async with dial(locked.ws, **options) as call:
            created = await call.expect("session.created")
            assert created["session"]["instructions"] == "Whisper."
            done = await call.ask()
            assert done["output_modalities"] == ["text"]


async def test_a_secret_cannot_make_secrets(locked: Live) -> None:
    secret = (await mint(locked))["value"]
    async with locked.http(headers={"Authorization": f"Bearer {secret}"}) as http:
        assert (await http.post("/v1/realtime/client_secrets", json={})).status_code == 401


async def test_a_secret_lasts_as_long_as_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1_000_000.0]
    monkeypatch.setattr(app, "Keys", lambda keys, names: Keys(keys, lambda: now[0], names))
    with Live(bench(), Place(port=0, keys=(KEY,))) as server:
        secret = await mint(server, expires_after={"anchor": "created_at", "seconds": 10})
        assert secret["expires_at"] == 1_000_010
        headers = {"Authorization": f"Bearer {secret['value']}"}
        async with dial(server.ws, headers) as call:
            now[0] += 20
            assert (await turned_away(server.ws, headers=headers))[0] == 401
            await call.expect("session.created")
            await call.say("Hello.")  # who is in stays in


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"expires_after": {"seconds": 5}}, "expires_after.seconds"),
        ({"expires_after": {"seconds": 9_000}}, "expires_after.seconds"),
        ({"expires_after": 60}, "expires_after"),
        ({"session": {"type": "transcription"}}, "session.type"),
        ({"session": {"output_modalities": []}}, "session.output_modalities"),
        ([1], "body"),
    ],
)
async def test_a_secret_with_wrong_settings_is_refused(locked: Live, body: Any, param: str) -> None:
    async with locked.http(headers=BEARER) as http:
        answer = await http.post("/v1/realtime/client_secrets", json=body)
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == param


async def test_a_secret_may_be_asked_for_with_an_empty_body(locked: Live) -> None:
    async with locked.http(headers=BEARER) as http:
        assert (await http.post("/v1/realtime/client_secrets")).status_code == 200


# --- origins -------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://127.0.0.1", None])
async def test_without_keys_pages_of_this_machine_may_come_in(
    server: Live, origin: str | None
) -> None:
    headers = {"Origin": origin} if origin else {}
    async with dial(server.ws, headers) as call:
        await call.expect("session.created")


@pytest.mark.parametrize(
    ("name", "ours"),
    [
        *[(name, True) for name in ("127.0.0.1", "::1", "192.168.1.7", "localhost", "a.localhost")],
        *[(name, True) for name in ("kitchen", "pi.local", "pi.lan", "voice.example.org")],
        *[(name, False) for name in ("", "evil.example", "local.evil.example")],
        ("voice.example.org.evil.example", False),
    ],
)
def test_of_public_names_only_those_that_were_given_are_ours(name: str, ours: bool) -> None:
    """Whoever owns a name may point it here after their page was loaded."""
    assert is_ours(name, ("voice.example.org",)) is ours


async def test_a_page_whose_name_was_pointed_here_may_not_come_in(server: Live) -> None:
    there = {"Origin": "http://evil.example:1234", "Host": "evil.example:1234"}
    async with server.http(headers=there) as http:
        refused = await http.post("/v1/audio/speech", json={"input": "hello"})
        assert refused.status_code == 401
        assert "--name" in refused.json()["error"]["message"]
    home = {"Origin": "http://pi.local:1234", "Host": "pi.local:1234"}
    async with server.http(headers=home) as http:
        assert (await http.post("/v1/audio/speech", json={"input": "hello"})).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://[", "file://"])
async def test_without_keys_pages_from_elsewhere_may_not(server: Live, origin: str) -> None:
    status, _, _ = await turned_away(server.ws, headers={"Origin": origin})
    assert status == 401
    async with server.http(headers={"Origin": origin}) as http:
        assert (await http.get("/v1/models")).status_code == 401


# --- busy, refused, over -------------------------------------------------------------------------


async def test_one_session_too_many_is_told_when_to_come_again_and_then_gets_in() -> None:
    with Live(bench(serving__sessions=2, serving__retry_after_s=7)) as server:
        async with server.call():
            async with server.call():
                status, told, headers = await turned_away(server.ws)
                assert (status, told["code"], headers["Retry-After"]) == (503, "server_busy", "7")
            await server.sessions(1)
            async with server.call() as call:
                await call.say("Hello.")


@pytest.mark.parametrize("query", ["?intent=transcription", "?model=x&intent=transcription"])
async def test_sessions_for_transcription_alone_are_refused(server: Live, query: str) -> None:
    status, told, _ = await turned_away(server.ws + query)
    assert (status, told["code"]) == (400, "unsupported_intent")


async def test_webrtc_is_refused_by_name(server: Live) -> None:
    async with server.http() as http:
        answer = await http.post("/v1/realtime/calls", content=b"v=0")
        assert answer.status_code == 501
        assert "WebRTC" in answer.json()["error"]["message"]


async def test_a_session_that_is_too_long_says_so_and_is_closed() -> None:
    with Live(bench(5.0, serving__session_s=1)) as server:
        async with dial(server.ws) as call:
            created = await call.expect("session.created")
            assert created["session"]["expires_at"] > 0
            await call.send("response.create")
            told = await call.error()
            assert told["code"] == "session_expired"
            assert await call.closed() == 1000
            (done,) = call.of("response.done")
            assert done["response"]["status"] == "cancelled"
            assert done["response"]["status_details"] == {"type": "cancelled"}
        await server.sessions(0)


# --- TLS -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> Generator[tuple[Live, str]]:
    """A server with a certificate of its own, and that certificate."""
    place = tmp_path_factory.mktemp("tls")
    key, certificate = str(place / "key.pem"), str(place / "cert.pem")
    made = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
        f"-addext subjectAltName=DNS:localhost,IP:127.0.0.1 -keyout {key} -out {certificate}"
    )
    subprocess.run(made.split(), check=True, capture_output=True)
    with Live(bench(), Place(port=0, certificate=certificate, private_key=key)) as live:
        yield live, certificate


async def test_it_speaks_tls(tls: tuple[Live, str]) -> None:
    server, certificate = tls
    assert server.url.startswith("https://")
    async with dial(server.ws, ssl=plain_tls(certificate)) as call:
        await call.expect("session.created")
        assert (await call.ask())["status"] == "completed"
