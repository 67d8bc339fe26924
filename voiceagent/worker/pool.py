"""Workers for one model: sessions are placed on the least busy one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any

import anyio

from voiceagent.errors import Busy, ModelError
from voiceagent.worker.channel import Channel, Receiver
from voiceagent.worker.cores import usable_cores
from voiceagent.worker.messages import LISTEN, Loader, Order
from voiceagent.worker.seat import Care, Seat, as_model_error
from voiceagent.worker.stream import Stream


class Pool:
    """Keeps `size` processes with the same model. They start when first needed, or at `warm_up`.
    `most`: channels open at once on all of them together; None: as many as each one takes.
    """

    def __init__(
        self,
        name: str,
        loader: Loader,
        size: int | None = None,
        care: Care | None = None,
        most: int | None = None,
    ) -> None:
        self.name = name
        self._most = most
        self._care = care or Care()
        self._seats = [Seat(name, loader, self._care) for _ in range(size or usable_cores())]

    @property
    def load(self) -> tuple[int, ...]:
        """How many channels are open on each worker."""
        return tuple(seat.load for seat in self._seats)

    @property
    def styles(self) -> Any:
        """What the model says of its styles, once one worker has loaded it."""
        return next((seat.styles for seat in self._seats if seat.styles is not None), None)

    def open(self, order: Order, receiver: Receiver) -> Channel:
        """Open a channel on the least busy worker.

        Raises ModelError where none can work, Busy where all are full.
        """
        seat = self._place(waits=order == LISTEN)
        full = self._most is not None and sum(self.load) >= self._most
        if full or seat.load >= self._care.channels:
            raise Busy(self.name)
        return seat.open(order, receiver)

    def _place(self, waits: bool) -> Seat:
        """Ears stay where they are put, so that balance is all; a sentence is not kept waiting."""
        usable = [seat for seat in self._seats if seat.broken is None]
        if not usable and (error := self._seats[0].broken) is not None:
            raise as_model_error(self.name, error)
        best = min(usable, key=lambda seat: (seat.resting, seat.load, not seat.ready))
        ready = [seat for seat in usable if seat.ready]
        if waits or best.ready or not ready:
            return best
        best.prepare()
        return min(ready, key=lambda seat: seat.load)

    async def warm_up(self) -> None:
        """Start every worker and wait until it is ready. Raises what keeps it from that."""
        await asyncio.gather(*(seat.warm_up() for seat in self._seats))

    async def call(self, method: str, *args: Any) -> Any:
        """Call a method of the model in a worker, and return what it returns."""
        async for result in self.iterate(Order(method, args)):
            return result
        raise ModelError(self.name, f"{method} returned nothing")

    async def iterate(
        self, order: Order, feed: AsyncIterable[Any] | None = None
    ) -> AsyncGenerator[Any, None]:
        """Run a generator of the model in a worker. Closing this one stops that one."""
        stream = Stream(lambda kind, body: channel.write(kind, body))
        channel = self.open(order, stream)
        feeder = None
        if feed is not None:
            feeder = asyncio.get_running_loop().create_task(stream.pour(feed))
            feeder.add_done_callback(lambda task: _pass_on(task, stream))
        try:
            async for item in stream:
                yield item
        finally:
            channel.close()
            if feeder is not None:
                feeder.cancel()
                with anyio.CancelScope(shield=True):  # no yield inside
                    await asyncio.wait([feeder], timeout=1.0)

    async def aclose(self) -> None:
        """Stop every worker: nothing of them is left afterwards."""
        with anyio.CancelScope(shield=True):  # bounded by each stop
            await asyncio.gather(*(seat.aclose() for seat in self._seats))


def _pass_on(feeder: asyncio.Task[None], stream: Stream) -> None:
    """What broke the phrases breaks the speech."""
    if not feeder.cancelled() and (error := feeder.exception()) is not None:
        stream.lost(error)
