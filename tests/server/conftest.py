"""One server for most tests; whoever sets limits or keys starts one of its own."""

from __future__ import annotations

import logging
from collections.abc import Generator

import pytest

from tests.fakes.chat_server import ChatServer, Stall
from tests.server.live import Live, bench, thinking


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def nothing_broke(caplog: pytest.LogCaptureFixture) -> Generator[None]:
    """Whatever a client does, it is never an exception of the server's."""
    yield
    errors = (record for record in caplog.get_records("call") if record.levelno >= logging.ERROR)
    told = [record.getMessage() for record in errors]
    # of bytes that are no text uvicorn itself tells, and closes the connection as it should
    assert not [text for text in told if "UTF-8" not in text]


@pytest.fixture(scope="session")
def server() -> Generator[Live]:
    """The profile `bench`, with a clip of 0.3 s."""
    with Live(bench()) as live:
        yield live


@pytest.fixture(scope="session")
def talkative() -> Generator[Live]:
    """The same with a clip of 4 s: time enough to interrupt it."""
    with Live(bench(4.0)) as live:
        yield live


@pytest.fixture(scope="session")
def slow_mind() -> Generator[Live]:
    """A mind that says nothing until it is stopped."""
    with ChatServer(otherwise=[Stall()]) as endpoint, Live(thinking(endpoint)) as live:
        yield live
