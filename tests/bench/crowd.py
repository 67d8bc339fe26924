"""Many conversations at once through the real parts: what they cost, and who has to wait.

    python -m tests.bench.crowd --data DIR --sessions 1 5 10 20

Every session is a user of its own who sends 20 ms messages at real pace: an order, then silence
until the answer has been played, a pause, and the next order. The users run in processes of their
own and are not counted. The profile is `embedded`, the server a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import numpy as np
import psutil
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.bench.serving import ROOT

RATE = 24_000
FRAME = RATE // 50
LEAD_MS = 60
LEAD_IN_MS = 100
AUDIBLE = 50
PAUSE_S = (1.0, 2.0)  # of a user who has heard the answer
UNANSWERED_S = 8.0
WARM_S = 3.0
COUNTS = ("turns", "cut_ins", "unanswered", "lost")
Figures = dict[str, Any]

# --- a user ---------------------------------------------------------------------------------------


@dataclass
class Tally:
    """What the users of one process saw."""

    late_ms: list[float] = field(default_factory=list)
    answering_ms: list[float] = field(default_factory=list)
    turns: int = 0
    cut_ins: int = 0
    unanswered: int = 0
    lost: int = 0  # conversations that the server ended
    errors: list[str] = field(default_factory=list)


class Reply:
    """The schedule of one response's audio: it began with the first piece. Where audio comes so
    late that a player falls silent, the schedule moves.
    """

    def __init__(self, now: float) -> None:
        self.begun, self.handed_ms = now, 0.0

    def late_ms(self, now: float, ms: float) -> float:
        due = self.begun + max(0.0, self.handed_ms + ms - LEAD_MS) / 1000
        self.handed_ms += ms
        late = max(0.0, now - due)
        self.begun += max(0.0, late - LEAD_MS / 1000)
        return late * 1000

    @property
    def ends(self) -> float:
        return self.begun + self.handed_ms / 1000


class User:
    """Speaks one order after another, and waits for the answer to each."""

    def __init__(self, orders: Sequence[NDArray[np.int16]], tally: Tally, seed: int) -> None:
        self._orders, self._tally = orders, tally
        self._chance = random.Random(seed)
        self._noise = np.random.default_rng(seed)
        self._spoke: float | None = None  # the end of the order that has no answer yet
        self._talking = False
        self._reply: Reply | None = None
        self._free_at = 0.0  # when the next order begins

    async def talk(self, url: str, seconds: float) -> None:
        async with connect(url, compression=None, max_size=None, ping_interval=None) as line:
            reader = asyncio.create_task(self._read(line))
            begun = due = time.perf_counter()
            self._free_at = begun + self._chance.uniform(0.5, 3.0)
            try:
                for frame in self._sound():
                    due += 0.02
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                    await line.send(append(frame))
                    if due - begun > seconds:
                        break
            except ConnectionClosed as closed:
                self._tally.lost += 1
                self._tally.errors.append(f"hung up: {closed}")
            reader.cancel()

    def _sound(self) -> Iterator[NDArray[np.int16]]:
        """20 ms after 20 ms, for ever. Time passes between two of them."""
        while True:
            while time.perf_counter() < self._free_at:
                yield self._hush()
                self._give_up()
            order = self._orders[self._chance.randrange(len(self._orders))]
            self._tally.turns += 1
            self._talking = True
            yield from (order[at : at + FRAME] for at in range(0, len(order) - FRAME + 1, FRAME))
            self._talking = False
            self._spoke = time.perf_counter()
            self._free_at = self._spoke + 10 * UNANSWERED_S

    def _hush(self) -> NDArray[np.int16]:
        return self._noise.integers(-8, 8, FRAME, dtype=np.int16)

    def _give_up(self) -> None:
        if self._spoke is not None and time.perf_counter() - self._spoke > UNANSWERED_S:
            self._tally.unanswered += 1
            self._spoke, self._free_at = None, 0.0

    async def _read(self, line: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            await self._follow(line)

    async def _follow(self, line: ClientConnection) -> None:
        async for text in line:
            now = time.perf_counter()
            kind = str(text)[:60]
            if '"response.output_audio.delta"' in kind:
                self._hear(now, base64.b64decode(json.loads(text)["delta"]))
            elif '"response.done"' in kind:
                self._heard_out(now)
            elif '"error"' in kind:
                self._tally.errors.append(json.loads(text)["error"]["message"])

    def _hear(self, now: float, pcm: bytes) -> None:
        if self._talking:  # its schedule is no longer to be relied on
            self._tally.cut_ins += self._reply is None
            self._reply = self._reply or Reply(now)
            return
        self._reply = self._reply or Reply(now)
        self._tally.late_ms.append(self._reply.late_ms(now, len(pcm) / 48))
        loud = np.abs(np.frombuffer(pcm, np.int16).astype(int)).max(initial=0) > AUDIBLE
        if loud and self._spoke is not None:
            self._tally.answering_ms.append((now - self._spoke) * 1000)
            self._spoke = None

    def _heard_out(self, now: float) -> None:
        reply, self._reply = self._reply, None
        if reply is not None and self._spoke is None and not self._talking:
            self._free_at = max(now, reply.ends) + self._chance.uniform(*PAUSE_S)


def append(frame: NDArray[np.int16]) -> str:
    audio = base64.b64encode(frame.tobytes()).decode()
    return f'{{"type":"input_audio_buffer.append","audio":"{audio}"}}'


def orders(data: Path, most: int = 60) -> list[NDArray[np.int16]]:
    """Recorded orders, cut hard at the end of speech."""
    import soundfile
    import soxr

    from tests.bench.labels import speech_span

    found = []
    for clip in sorted((data / "speech" / "commands_en").glob("*.flac"))[:most]:
        samples, rate = soundfile.read(clip, dtype="int16")
        first, last = speech_span(samples, rate)
        cut = samples[max(0, first - LEAD_IN_MS) * rate // 1000 : last * rate // 1000]
        found.append(soxr.resample(cut, rate, RATE))
    return found


async def users(url: str, data: Path, count: int, seconds: float, seed: int) -> Tally:
    tally, every = Tally(), orders(data)
    async with asyncio.TaskGroup() as group:
        for n in range(count):
            group.create_task(User(every, tally, seed + n).talk(url, seconds))
    return tally


# --- the server -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Watched:
    """The server's process and its workers, from outside."""

    port: int
    process: psutil.Process

    def loaded(self) -> None:
        """Wait until it answers: its parts are loaded then."""
        with urlopen(f"http://127.0.0.1:{self.port}/health", timeout=60) as answer:
            assert answer.status == 200

    def parts(self) -> dict[str, list[psutil.Process]]:
        return {"server": [self.process], "workers": self.process.children(recursive=True)}

    def cpu_s(self) -> dict[str, float]:
        return {
            name: sum(p.cpu_times().user + p.cpu_times().system for p in every)
            for name, every in self.parts().items()
        }

    def rss_mb(self) -> dict[str, float]:
        return {
            name: sum(p.memory_info().rss for p in every) / 2**20
            for name, every in self.parts().items()
        }


@contextmanager
def serving(overrides: Figures, words_ms: list[int]) -> Iterator[Watched]:
    """Run the server; `words_ms` is filled when it ends."""
    command = [sys.executable, "-m", "tests.bench.crowd", "--serve", json.dumps(overrides)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield Watched(int(process.stdout.readline()), psutil.Process(process.pid))
        finally:
            process.terminate()
            words_ms += json.loads(process.stdout.readline() or "[]")


def serve(overrides: Figures) -> None:
    """The server as it is, but every session notes how long its words took after each pause."""
    from voiceagent.config import compose
    from voiceagent.metrics import Metrics
    from voiceagent.server.serving import Place, bind, server_of

    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn sends it to us again at its end
    taken_ms: list[int] = []
    watch = Metrics.watch
    Metrics.watch = lambda self: noting(watch(self), taken_ms)  # type: ignore[method-assign]
    bound = bind(Place(port=0))
    print(bound.getsockname()[1], flush=True)
    try:
        server_of(compose("embedded", {}, overrides), Place(port=0)).run(sockets=[bound])
    finally:
        print(json.dumps(taken_ms), flush=True)


def noting(observe: Any, taken_ms: list[int]) -> Any:
    """From the moment at which the words of a pause are asked for until they are here."""
    from voiceagent.events import Heard, Settle

    asked: dict[int, int] = {}

    def watch(event: Any, actions: Sequence[Any]) -> None:
        observe(event, actions)
        if isinstance(event, Heard) and event.final and event.until in asked:
            taken_ms.append(event.at - asked.pop(event.until))
        asked.update({a.until: event.at for a in actions if isinstance(a, Settle)})

    return watch


# --- the bench ------------------------------------------------------------------------------------


def run(data: Path, sessions: int, seconds: float, overrides: Figures) -> Figures:
    words_ms: list[int] = []
    with serving(overrides, words_ms) as server:
        server.loaded()
        idle = server.rss_mb()
        shares = [sessions // 2, sessions - sessions // 2]
        crowd = [start(server.port, data, n, seconds, 100 * i) for i, n in enumerate(shares) if n]
        time.sleep(WARM_S)
        cpu, clock, machine = server.cpu_s(), time.perf_counter(), busy_s()
        time.sleep(seconds - 2 * WARM_S)
        elapsed = time.perf_counter() - clock
        spent = {name: (now - cpu[name]) / elapsed for name, now in server.cpu_s().items()}
        others = (busy_s() - machine) / elapsed - sum(spent.values())
        full = server.rss_mb()
        told = [json.loads(process.communicate()[0]) for process in crowd]
    every = {key: [x for tally in told for x in tally[key]] for key in ("late_ms", "answering_ms")}
    return {
        "sessions": sessions,
        "cpu_s_per_session_minute": {k: round(60 * s / sessions, 2) for k, s in spent.items()},
        "cores": {**{k: round(s, 2) for k, s in spent.items()}, "others": round(others, 2)},
        "rss_mb": {k: round(mb) for k, mb in full.items()},
        "rss_mb_per_session": {k: round((full[k] - idle[k]) / sessions, 1) for k in full},
        "late_ms": spread(every["late_ms"]),
        "late_over_20_ms": sum(ms > 20 for ms in every["late_ms"]),
        "answering_ms": spread(every["answering_ms"]),
        "words_ms": spread(words_ms),
        **{key: sum(tally[key] for tally in told) for key in COUNTS},
        "errors": sorted({error for tally in told for error in tally["errors"]}),
    }


def spread(values: Sequence[float]) -> Figures:
    if not values:
        return {"count": 0}
    median, p95, p99 = np.percentile(values, (50, 95, 99)).round(1)
    worst = round(float(max(values)), 1)
    return {"count": len(values), "median": median, "p95": p95, "p99": p99, "worst": worst}


def busy_s() -> float:
    """CPU time that the whole machine has spent, the users of this bench included."""
    times = psutil.cpu_times()
    return float(times.user + times.system + times.nice)


def start(port: int, data: Path, count: int, seconds: float, seed: int) -> subprocess.Popen[str]:
    url = f"ws://127.0.0.1:{port}/v1/realtime"
    what = ["--users", url, "--data", str(data), "--sessions", str(count), "--seed", str(seed)]
    command = [sys.executable, "-m", "tests.bench.crowd", *what, "--seconds", str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 5, 10, 20])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--set", type=json.loads, default={}, metavar="JSON", help="overrides")
    parser.add_argument("--serve", type=json.loads, help=argparse.SUPPRESS)
    parser.add_argument("--users", help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.serve is not None:
        serve(chosen.serve)
        return
    if chosen.data is None:
        parser.error("--data is needed: the folder that holds speech/commands_en")
    if chosen.users:
        spoken = users(chosen.users, chosen.data, chosen.sessions[0], chosen.seconds, chosen.seed)
        print(json.dumps(vars(asyncio.run(spoken))))
        return
    for sessions in chosen.sessions:
        overrides = {"serving.sessions": sessions, **chosen.set}
        print(json.dumps(run(chosen.data, sessions, chosen.seconds, overrides)), flush=True)


if __name__ == "__main__":
    main()
