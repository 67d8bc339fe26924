"""What sessions cost: CPU and memory of the server, lateness of its audio, the one too many.

    python -m tests.bench.load --data DIR --sessions 1 10 50 100

The pattern: every session sends 20 ms messages at real pace, 40 % of them speech, and is answered
after each utterance with a reply of two seconds. The clients run in processes of their own and are
not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import websockets
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.serving import ROOT, Server, serving

RATE = 24_000
FRAME = RATE // 50
CYCLE_S = 6.0  # 40 % of it is speech
LEAD_MS = 60
DETECTION = {"type": "server_vad", "silence_duration_ms": 500, "interrupt_response": False}


def messages(data: Path) -> list[str]:
    """One cycle of appends: an utterance of 2.4 s, then silence."""
    import soundfile
    import soxr

    from tests.bench.labels import speech_span

    clip = sorted((data / "speech" / "commands_en").glob("*.flac"))[0]
    samples, rate = soundfile.read(clip, dtype="int16")
    first, _ = speech_span(samples, rate)
    speech = soxr.resample(samples[first * rate // 1000 :], rate, RATE)[: int(2.4 * RATE)]
    cycle = np.zeros(int(CYCLE_S * RATE), np.int16)
    cycle[: len(speech)] = speech
    cycle += np.random.default_rng(1).integers(-8, 8, len(cycle), dtype=np.int16)
    return [
        json.dumps(
            {
                "type": "input_audio_buffer.append",
                "audio": base64.b64encode(cycle[at : at + FRAME].tobytes()).decode(),
            }
        )
        for at in range(0, len(cycle), FRAME)
    ]


@dataclass
class Tally:
    """What one client process saw."""

    late_ms: list[float] = field(default_factory=list)
    replies: int = 0
    refused: int = 0
    errors: int = 0


async def read(line: ClientConnection, tally: Tally) -> None:
    """Note how late each piece of audio is, against the schedule that its reply began."""
    begun, handed = 0.0, 0.0
    async for text in line:
        now = time.perf_counter()
        kind = str(text)[:60]
        if '"response.output_audio.delta"' in kind:
            event = json.loads(text)
            ms = len(event["delta"]) * 3 // 4 / 48
            if handed == 0.0:
                begun = now
            due = begun + max(0.0, handed + ms - LEAD_MS) / 1000
            tally.late_ms.append(max(0.0, now - due) * 1000)
            handed += ms
        elif '"response.done"' in kind:
            tally.replies += 1
            handed = 0.0
        elif '"error"' in kind:
            tally.errors += 1


async def talk(url: str, cycle: list[str], seconds: float, offset: int, tally: Tally) -> None:
    async with connect(url, compression=None, max_size=None) as line:
        update = {"type": "realtime", "audio": {"input": {"turn_detection": DETECTION}}}
        await line.send(json.dumps({"type": "session.update", "session": update}))
        reader = asyncio.create_task(read(line, tally))
        due = time.perf_counter()
        for n in range(int(seconds * 50)):
            due += 0.02
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await line.send(cycle[(n + offset) % len(cycle)])
        reader.cancel()


async def client(url: str, data: Path, sessions: int, seconds: float) -> Tally:
    cycle, tally = messages(data), Tally()
    async with asyncio.TaskGroup() as group:
        for n in range(sessions):
            offset = n * 37 % len(cycle)
            group.create_task(talk(url, cycle, seconds, offset, tally))
            await asyncio.sleep(0.01)
    return tally


async def one_too_many(url: str) -> str:
    try:
        async with connect(url):
            return "let in"
    except websockets.InvalidStatus as refused:
        after = refused.response.headers.get("Retry-After")
        return f"{refused.response.status_code}, Retry-After {after}"


def run(server: Server, data: Path, sessions: int, seconds: float, limit: bool) -> dict[str, Any]:
    """Load the server with so many sessions, from two processes."""
    idle = server.rss_mb()
    shares = [sessions // 2, sessions - sessions // 2]
    started = [start(server.url, data, share, seconds) for share in shares if share]
    time.sleep(3.0 + sessions * 0.02)
    cpu, clock = server.cpu_s(), time.perf_counter()
    time.sleep(max(5.0, seconds - 8.0))
    spent, elapsed = server.cpu_s() - cpu, time.perf_counter() - clock
    rss = server.rss_mb()
    beyond = asyncio.run(one_too_many(server.url)) if limit else ""
    told = [json.loads(process.communicate()[0]) for process in started]
    late = np.array([ms for tally in told for ms in tally["late_ms"]] or [0.0])
    return {
        "sessions": sessions,
        "cpu_s_per_session_minute": round(spent / sessions / elapsed * 60, 3),
        "core_percent": round(spent / elapsed * 100, 1),
        "rss_mb": round(rss, 1),
        "rss_mb_idle": round(idle, 1),
        "late_ms_p99": round(float(np.percentile(late, 99)), 1),
        "late_ms_max": round(float(late.max()), 1),
        "late_over_20_ms": int((late > 20).sum()),
        "pieces": len(late),
        "replies": sum(tally["replies"] for tally in told),
        "errors": sum(tally["errors"] for tally in told),
        "beyond_the_limit": beyond,
    }


def start(url: str, data: Path, sessions: int, seconds: float) -> subprocess.Popen[str]:
    arguments = ["--client", url, "--data", str(data), "--sessions", str(sessions)]
    command = [sys.executable, "-m", "tests.bench.load", *arguments, "--seconds", str(seconds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 10, 50, 100])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--client", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.client:
        tally = asyncio.run(client(chosen.client, chosen.data, chosen.sessions[0], chosen.seconds))
        print(json.dumps(vars(tally)))
        return
    for sessions in chosen.sessions:
        with serving(serving__sessions=sessions) as server:
            print(json.dumps(run(server, chosen.data, sessions, chosen.seconds, True)), flush=True)


if __name__ == "__main__":
    main()
