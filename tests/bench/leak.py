"""Five hundred sessions opened and ended in every way: what is left of them?

    python -m tests.bench.leak [--sessions 500]

Every fourth session ends politely; the others' sockets are cut in mid-speech, mid-reply and
mid-tool.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import itertools
import json
import urllib.request
import wave
from collections.abc import Iterable
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from tests.bench.serving import ROOT, Server, serving

AT_ONCE = 20
ENDS = ("politely", "in mid-speech", "in mid-reply", "in mid-tool")
TOOL = {"type": "function", "name": "wait", "parameters": {}}


def speech() -> list[str]:
    """Three quarters of a second of a recorded order, then silence, as one message each 100 ms."""
    path = sorted((ROOT / "tests" / "data" / "orders").glob("*.wav"))[0]
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), np.int16)
    loud = int(np.abs(samples).argmax())
    cut = np.repeat(samples[max(0, loud - 6_000) : loud + 6_000], 3)[::2]  # 16 to 24 kHz, roughly
    whole = np.concatenate([cut, np.zeros(24_000, np.int16)])
    pieces = (whole[at : at + 2_400].tobytes() for at in range(0, len(whole), 2_400))
    return [append(piece) for piece in pieces]


def append(pcm: bytes) -> str:
    audio = base64.b64encode(pcm).decode()
    return json.dumps({"type": "input_audio_buffer.append", "audio": audio})


async def until(line: ClientConnection, kind: str) -> None:
    async for text in line:
        if json.loads(text)["type"] == kind:
            return


async def session(url: str, end: str, messages: Iterable[str]) -> None:
    line = await connect(url, compression=None)
    await until(line, "session.created")
    async with asyncio.timeout(30):
        if end == "in mid-tool":
            response = {"tools": [TOOL], "tool_choice": "required"}
            await line.send(json.dumps({"type": "response.create", "response": response}))
            await until(line, "response.function_call_arguments.done")
        for n, message in enumerate(messages):
            await line.send(message)
            if end == "in mid-speech" and n == 4:
                break
        if end in ("politely", "in mid-reply"):
            await until(line, "response.output_audio.delta")
    if end == "politely":
        await line.close()
    else:
        line.transport.abort()


def gauges(server: Server) -> dict[str, Any]:
    page = urllib.request.urlopen(f"http://127.0.0.1:{server.port}/metrics", timeout=5).read()
    found = dict(line.split() for line in page.decode().splitlines() if line[:1] not in "#")
    tasks = {"tasks": int(found["voiceagent_tasks"]), "open": int(found["voiceagent_sessions"])}
    return tasks | server.counts() | {"rss_mb": round(server.rss_mb(), 2)}


async def settled(server: Server) -> dict[str, Any]:
    """What is there when the last session is gone."""
    for _ in range(150):
        await asyncio.sleep(0.2)
        found = await asyncio.to_thread(gauges, server)
        if not found["open"]:
            break
    return found


async def bench(server: Server, sessions: int) -> None:
    messages, ends = speech(), itertools.cycle(ENDS)
    print(f"  before: {await settled(server)}")
    for done in range(0, sessions, 100):
        for _ in range(0, min(100, sessions - done), AT_ONCE):
            async with asyncio.TaskGroup() as group:
                for _ in range(AT_ONCE):
                    group.create_task(session(server.url, next(ends), messages))
        print(f"  after {done + 100}: {await settled(server)}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=500)
    with serving(serving__sessions=50) as server:
        asyncio.run(bench(server, parser.parse_args().sessions))


if __name__ == "__main__":
    main()
