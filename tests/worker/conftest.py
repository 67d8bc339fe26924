"""Workers are tested in real time, on the loops that servers really use."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from voiceagent.worker.messages import Loader
from voiceagent.worker.pool import Pool
from voiceagent.worker.seat import Care

QUICK = Care(patience_s=0.4, load_s=30, stop_s=5, backoff_s=0.01, rest_s=30)
"""Impatient where a test waits for the end of patience, generous elsewhere."""

LOOPS = [
    pytest.param(("asyncio", {"use_uvloop": False}), id="asyncio"),
    pytest.param(("asyncio", {"use_uvloop": True}), id="uvloop"),
]


@pytest.fixture(params=LOOPS)
def anyio_backend(request: pytest.FixtureRequest) -> Any:
    if request.param[1]["use_uvloop"]:
        pytest.importorskip("uvloop")
    return request.param


@pytest.fixture
async def hire(anyio_backend: Any) -> AsyncIterator[Callable[..., Pool]]:
    """Make a pool of fakes: `hire("Typist")`. All are closed at the end."""
    pools = []

    def make(
        fake: str,
        *args: Any,
        size: int = 1,
        care: Care | None = None,
        most: int | None = None,
    ) -> Pool:
        loader = Loader(f"tests.worker.fakes:{fake}", args)
        pools.append(Pool(fake, loader, size, care or Care(backoff_s=0.01), most))
        return pools[-1]

    yield make
    for pool in pools:
        await pool.aclose()


@pytest.fixture
def quick() -> Care:
    return QUICK
