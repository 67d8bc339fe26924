"""A server in a process of its own, watched from outside: what the benches measure."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Server:
    port: int
    process: psutil.Process

    @property
    def url(self) -> str:
        return f"ws://127.0.0.1:{self.port}/v1/realtime"

    def cpu_s(self) -> float:
        """CPU time of the server and its workers so far."""
        every = [self.process, *self.process.children(recursive=True)]
        return sum(p.cpu_times().user + p.cpu_times().system for p in every)

    def rss_mb(self) -> float:
        return float(self.process.memory_info().rss) / 2**20

    def counts(self) -> dict[str, int]:
        """What a leak would make grow."""
        tasks = self.process.num_fds() if hasattr(self.process, "num_fds") else 0
        children = len(self.process.children(recursive=True))
        return {"threads": self.process.num_threads(), "files": tasks, "processes": children}


@contextmanager
def serving(profile: str = "bench", **overrides: Any) -> Iterator[Server]:
    """Run the server; stop it, and see that it does stop. An override's dots are written `__`."""
    nested = {key.replace("__", "."): value for key, value in overrides.items()}
    arguments = [sys.executable, "-m", "tests.bench.serving", profile, json.dumps(nested)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield Server(int(process.stdout.readline()), psutil.Process(process.pid))
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def main() -> None:
    from voiceagent.config import compose
    from voiceagent.server.serving import Place, bind, server_of

    profile, overrides = sys.argv[1], json.loads(sys.argv[2])
    place = Place(port=0)
    bound = bind(place)
    print(bound.getsockname()[1], flush=True)
    server_of(compose(profile, {}, overrides), place).run(sockets=[bound])


if __name__ == "__main__":
    main()
