"""The page's files: of the right kind, with a policy, and nothing but them."""

from __future__ import annotations

import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.testclient import TestClient
from starlette.types import ASGIApp, Message

from tests.server.live import Live, bench
from voiceagent.server.pages import KINDS, pages, policy
from voiceagent.server.serving import Place

pytestmark = pytest.mark.anyio
WEB = Path(__file__).parent.parent.parent / "web"


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    """A folder with a page, with what must stay in it, and with a secret beside it."""
    web = tmp_path / "web"
    (web / "inside").mkdir(parents=True)
    for name in ("index.html", "app.js", ".hidden", "package.json", "inside/index.html"):
        (web / name).write_text("public" if name in ("index.html", "app.js") else "private")
    (tmp_path / "secret.js").write_text("secret")
    if sys.platform != "win32":
        (web / "link.js").symlink_to(tmp_path / "secret.js")
    return TestClient(Starlette(routes=pages(web)), base_url="http://agent.test:8765")


async def test_every_file_of_the_page_is_served_as_what_it_is(server: Live) -> None:
    async with server.http() as http:
        assert (await http.get("/")).headers["content-type"] == "text/html; charset=utf-8"
        for file in sorted(WEB.iterdir()):
            answer = await http.get(f"/{file.name}")
            if file.suffix not in KINDS:
                assert answer.status_code == 404, file.name
                continue
            assert answer.status_code == 200, file.name
            assert answer.headers["content-type"] == KINDS[file.suffix]
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.content == file.read_bytes()


async def test_a_page_that_has_not_changed_is_not_sent_again(server: Live) -> None:
    async with server.http() as http:
        first = await http.get("/")
        assert first.headers["cache-control"] == "no-cache"
        again = await http.get("/", headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert "content-security-policy" in again.headers


async def test_the_page_is_served_without_the_key_that_it_asks_for() -> None:
    with Live(bench(), Place(port=0, keys=("sesame",))) as locked:
        async with locked.http() as http:
            assert (await http.get("/")).status_code == 200
            assert (await http.get("/v1/models")).status_code == 401


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.js",
        "/%2e%2e/secret.js",
        "/..%2fsecret.js",
        "/..%5csecret.js",
        "//secret.js",
        "/inside/../../secret.js",
        "/link.js",
        "/.hidden",
        "/package.json",
        "/inside",
        "/inside/",
        "/nothing.js",
        "/app.js%00.html",
    ],
)
async def test_nothing_else_is_served(client: TestClient, path: str) -> None:
    status, text = await answered(client.app, path)
    assert status in (400, 404)
    assert text.decode() not in ("secret", "private", "public")


async def answered(app: ASGIApp, path: str) -> tuple[int, bytes]:
    """To exactly this path: a client would tidy it first."""
    told: list[Message] = []

    async def send(message: Message) -> None:
        told.append(message)

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    plain, raw = unquote(path), path.encode()
    about = {"method": "GET", "scheme": "http", "http_version": "1.1", "headers": []}
    where = {"path": plain, "raw_path": raw, "root_path": "", "query_string": b""}
    await app({"type": "http", **about, **where}, receive, send)
    return told[0]["status"], b"".join(message.get("body", b"") for message in told[1:])


def test_only_reading_is_possible(client: TestClient) -> None:
    assert client.head("/").status_code == 200
    assert client.post("/").status_code == 405


def test_the_policy_allows_this_servers_own_and_no_more(client: TestClient) -> None:
    told = client.get("/").headers["content-security-policy"]
    assert "default-src 'none'; script-src 'self'; style-src 'self'" in told
    assert "connect-src 'self' ws://agent.test:8765 wss://agent.test:8765;" in told
    assert "unsafe" not in told
    assert "*" not in told


@pytest.mark.parametrize("host", ["", "a b", "x; script-src *", "a,b", "*", "[::1", "a:b"])
def test_a_strange_host_does_not_get_into_the_policy(host: str) -> None:
    assert policy(host) == policy("")


@pytest.mark.parametrize("host", ["127.0.0.1:8765", "[::1]:8765", "agent.example"])
def test_a_plain_host_does(host: str) -> None:
    assert f"ws://{host} wss://{host};" in policy(host)


def test_no_page_is_no_fault(tmp_path: Path) -> None:
    assert pages(tmp_path / "nothing") == []
    assert TestClient(Starlette(routes=[Route("/x", lambda _: None)])).get("/").status_code == 404
