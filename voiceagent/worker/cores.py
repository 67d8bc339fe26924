"""How many cores this process may use: fewer than the machine has, in many a container."""

from __future__ import annotations

import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")  # "<microseconds of CPU> <in so many>", or "max <...>"


def usable_cores(quota: Path = QUOTA) -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    cores = len(affinity(0)) if affinity is not None else os.cpu_count() or 1
    return max(1, min(cores, _granted(quota, cores)))


def _granted(quota: Path, cores: int) -> int:
    """The cores that a container was given, rounded up; all where nothing says so."""
    try:
        given, period = map(int, quota.read_text(encoding="ascii").split())
    except (OSError, ValueError):
        return cores
    return -(-given // period) if given > 0 and period > 0 else cores
