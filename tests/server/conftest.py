"""One server for most tests; whoever sets limits or keys starts one of its own."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.fakes.chat_server import ChatServer, Stall
from tests.server.live import Live, bench, thinking


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


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
