"""A real server on a real socket, for other people's clients."""

from __future__ import annotations

import importlib
import os
import threading
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import pytest

from voiceagent.config import compose
from voiceagent.server.serving import Place, address, bind, server_of

KEY = "sk-the-key-of-the-house"
PATIENCE_S = 20.0
Report = TypeVar("Report", pytest.CollectReport, pytest.TestReport)

with warnings.catch_warnings(), suppress(ModuleNotFoundError):
    # Pipecat imports it, and Python 3.11 and 3.12 warn of it at its first import.
    warnings.simplefilter("ignore", DeprecationWarning)
    importlib.import_module("audioop")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """A server that asks for no key, at `http://127.0.0.1:port`."""
    with serving(Place(port=0)) as url:
        yield url


@pytest.fixture(scope="session")
def locked_server() -> Iterator[str]:
    """A server that opens to `KEY` alone, and to secrets minted with it."""
    with serving(Place(port=0, keys=(KEY,))) as url:
        yield url


@contextmanager
def serving(place: Place) -> Iterator[str]:
    listening = bind(place)
    server = server_of(compose("bench"), place)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
            assert thread.is_alive(), "the server did not start"
        yield address(place, listening)
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        assert not thread.is_alive(), "the server did not stop"


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """On the build machine every client must be there: a skipped file is a failed one."""
    report = yield
    return not_skipped(report)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    return not_skipped(report)


def not_skipped(report: Report) -> Report:
    if report.skipped and os.environ.get("CI") == "true":
        report.outcome = "failed"
    return report
