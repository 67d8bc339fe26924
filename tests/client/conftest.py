"""One server for the tests that need a socket."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from tests.server.live import Live, bench


@pytest.fixture(scope="session")
def live() -> Generator[Live]:
    """The profile `bench`, with a reply of 0.3 s."""
    with Live(bench()) as server:
        yield server
