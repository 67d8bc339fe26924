"""The four benches that every peer runs.

v2v and orders measure answering time and cut-ins, bargein the time to silence, load the cost.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import psutil

from tests.bench.peers.clips import Clip
from tests.bench.peers.figures import Row, answers, lateness, milliseconds, spread
from tests.bench.peers.line import Call, Line, fell_silent, now

Setting = dict[str, float]  # what differs from the peer's defaults
Open = Callable[[Setting, float], Call]  # a call whose replies last so many seconds

PATIENCE_S = 6.0
REPLY_S = {"v2v": 1.0, "orders": 1.0, "bargein": 9.0, "load": 1.5}
WARM_S = 4.0
STAGGER_S = 0.2


@dataclass(frozen=True, slots=True)
class Peer:
    """A system under test: its name with version, how to call it, which settings it knows."""

    name: str
    open: Open
    settings: frozenset[str]


@asynccontextmanager
async def connected(call: Call, seed: int) -> AsyncIterator[Line]:
    """Start a call and feed it, until the block is left. A feeder that dies ends the block."""
    await call.start()
    line = Line(call, seed)
    feeding, here = asyncio.create_task(line.feed()), asyncio.current_task()
    assert here is not None
    feeding.add_done_callback(lambda task: None if task.cancelled() else here.cancel())
    await asyncio.sleep(0.5)
    try:
        yield line
    finally:
        feeding.cancel()
        await asyncio.wait([feeding])
        await call.close()


async def answered(line: Line, clip: Clip) -> Row:
    """Say a clip and wait for the answer to it."""
    said = line.say(clip)
    await said.ended.wait()
    answer = await line.reply(said.end, PATIENCE_S)
    early = [at for at in list(line.call.handed) if said.begin < at <= said.end]
    return {
        "clip": clip.name,
        "speech_ms": clip.end_ms - clip.begin_ms,
        "longest_pause_ms": clip.longest_pause_ms,
        "answer_ms": None if answer is None else milliseconds(answer - said.end),
        "cut_in_ms": milliseconds(said.end - early[0]) if early else None,
    }


async def converse(line: Line, clips: Iterator[Clip], rows: list[Row]) -> None:
    """Say clips until none is left, each into silence."""
    for clip in clips:
        rows.append(await answered(line, clip))
        await line.quiet(0.5)
        line.hush()
        await asyncio.sleep(0.3)


async def answering(bench: "Bench", clips: Sequence[Clip]) -> tuple[list[Row], Row]:
    """Share the clips among some conversations; summarise how fast and how rashly was answered."""
    rows: list[Row] = []
    waiting = iter(clips)

    async def one(seed: int) -> list[float]:
        await asyncio.sleep(seed * 0.7)
        async with connected(bench.call(), seed) as line:
            await converse(line, waiting, rows)
            return line.late

    late = await asyncio.gather(*(one(seed) for seed in range(bench.conversations)))
    return rows, answers(rows) | lateness(late)


async def bargein(bench: "Bench", clips: Sequence[Clip]) -> tuple[list[Row], Row]:
    """Talk over every reply. The first one plays for 3.5 s, past any warm-up that a peer has."""
    rows: list[Row] = []
    async with connected(bench.call(), bench.seed) as line:
        await prompt(line, clips[-1])
        await asyncio.sleep(2.3)
        for clip in clips:
            if now() - line.last_audio() > 0.1:
                await prompt(line, clips[-1])
            await asyncio.sleep(1.2)
            rows.append(await interrupted(line, clip))
            if rows[-1]["talks_again_ms"] is None:
                await line.quiet(0.5)
        late = [line.late]
    stops = [row["stop_ms"] for row in rows]
    summary: Row = {"barge_ins": len(rows), "stop_ms": spread(stops)}
    return rows, summary | {"not_stopped": stops.count(None)} | lateness(late)


async def prompt(line: Line, clip: Clip) -> None:
    """Make the bot talk."""
    said = line.say(clip)
    await said.ended.wait()
    if await line.reply(said.end, PATIENCE_S) is None:
        raise TimeoutError("the peer did not answer")


async def interrupted(line: Line, clip: Clip) -> Row:
    """Say a clip over the bot and wait until it talks again."""
    said = line.say(clip)
    await said.ended.wait()
    await asyncio.sleep(0.3)
    stop = fell_silent(line.call.handed, said.begin, now())
    row: Row = {
        "clip": clip.name,
        "speech_ms": clip.end_ms,
        "stop_ms": None if stop is None else milliseconds(stop - said.begin),
        "talks_again_ms": None,
    }
    if stop is not None and (again := await line.reply(said.end, PATIENCE_S)) is not None:
        row["talks_again_ms"] = milliseconds(again - said.end)
    return row


@dataclass(frozen=True, slots=True)
class Crowd:
    """What the sessions of a load run share."""

    rows: list[Row] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    stop: asyncio.Event = field(default_factory=asyncio.Event)


async def load(bench: "Bench", clips: Sequence[Clip]) -> tuple[list[Row], Row]:
    """Let every session talk without pause in one process; measure processor time and memory."""
    empty, crowd = _resident_mb(), Crowd()
    async with asyncio.TaskGroup() as group:
        for seed in range(bench.sessions):
            group.create_task(talk(bench, seed, clips, crowd))
        await asyncio.sleep(WARM_S + STAGGER_S * bench.sessions)
        crowd.rows.clear()
        for line in crowd.lines:
            line.late.clear()
        spent, began = time.process_time(), now()
        await asyncio.sleep(bench.seconds)
        spent, lasted = time.process_time() - spent, now() - began
        rows, late = list(crowd.rows), lateness([line.late for line in crowd.lines])
        full = _resident_mb()
        crowd.stop.set()
    return rows, {
        "sessions": bench.sessions,
        "cpu_s_per_session_minute": round(spent * 60 / lasted / bench.sessions, 2),
        "core_percent": round(100 * spent / lasted, 1),
        "rss_mb": round(full),
        "rss_mb_per_session": round((full - empty) / bench.sessions, 1),
        **answers(rows),
        **late,
    }


async def talk(bench: "Bench", seed: int, clips: Sequence[Clip], crowd: Crowd) -> None:
    """Say clip after clip until the run stops, each one 0.7 s after the answer to the last."""
    await asyncio.sleep(STAGGER_S * seed)
    async with connected(bench.call(), seed) as line:
        crowd.lines.append(line)
        turn = 3 * seed
        while not crowd.stop.is_set():
            crowd.rows.append(await answered(line, clips[turn % len(clips)]))
            await line.quiet(0.3)
            await asyncio.sleep(0.4)
            turn += 1


def _resident_mb() -> float:
    return float(psutil.Process().memory_info().rss / 1e6)


Mode = Callable[["Bench", Sequence[Clip]], Coroutine[None, None, tuple[list[Row], Row]]]
MODES: dict[str, Mode] = {
    "v2v": answering,
    "orders": answering,
    "bargein": bargein,
    "load": load,
}


@dataclass(frozen=True, slots=True)
class Bench:
    """One run: a peer in one setting."""

    peer: Peer
    mode: str
    setting: Setting
    sessions: int
    conversations: int
    seconds: float
    seed: int

    def call(self) -> Call:
        return self.peer.open(self.setting, REPLY_S[self.mode])
