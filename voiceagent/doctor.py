"""Looks whether this installation works: its libraries, a worker, an endpoint, a whole turn."""

from __future__ import annotations

import os
import platform
import re
import shlex
import sys
import tomllib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib import import_module, metadata
from typing import Any, Literal

import anyio
import httpx
import numpy as np
from numpy.typing import NDArray

from voiceagent import DEFAULT_PROFILE, bundle
from voiceagent.agent import Agent
from voiceagent.client.socket import is_local
from voiceagent.config import Profile, compose, parts_of, read_manifest, takes_on
from voiceagent.errors import MissingExtra, VoiceAgentError
from voiceagent.house import open_house
from voiceagent.microphone import devices
from voiceagent.parts import Phrase
from voiceagent.session import House
from voiceagent.worker.messages import Loader
from voiceagent.worker.pool import Pool

Verdict = Literal["ok", "note", "fault"]
PYTHONS = ((3, 11), (3, 13))
ENDPOINT_S = 5.0
WORKER_S = 30.0
QUESTION = "what time is it please"
SHOWN = 5  # models of an endpoint that are named


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found. A note is nothing that must be mended."""

    what: str
    verdict: Verdict
    told: str


@dataclass(frozen=True, slots=True)
class Need:
    """What a profile needs beyond the default install, and what of that is missing."""

    profile: str
    needs: str
    missing: tuple[str, ...] = ()
    fault: str = ""


async def examine(environ: Mapping[str, str] | None = None) -> AsyncGenerator[Finding, None]:
    """Every check, one after the other."""
    environ = os.environ if environ is None else environ
    yield python()
    for finding in libraries():
        yield finding
    yield loop()
    yield sound()
    for name, check in CHECKS.items():
        yield await guarded(name, check, environ)


async def guarded(name: str, check: Check, environ: Mapping[str, str]) -> Finding:
    try:
        return await check(environ)
    except (VoiceAgentError, OSError, TimeoutError) as problem:
        return Finding(name, "fault", str(problem) or type(problem).__name__)


# --- the installation ----------------------------------------------------------------------------


def python() -> Finding:
    told = f"{platform.python_version()} on {platform.system()} ({platform.machine()})"
    low, high = PYTHONS
    if low <= sys.version_info[:2] <= high:
        return Finding("python", "ok", told)
    wanted = "it is made for Python 3.11, 3.12 and 3.13"
    too_old = sys.version_info[:2] < low
    return Finding("python", "fault" if too_old else "note", f"{told}; {wanted}")


def libraries() -> Iterator[Finding]:
    """Everything that the default install brings."""
    for name, least in required():
        found = version_of(name)
        if found is None:
            yield Finding(name, "fault", f"is missing. Run: pip install '{name}>={least}'")
        elif numbers(found) < numbers(least):
            yield Finding(name, "fault", f"{found} is too old. Run: pip install '{name}>={least}'")
        else:
            yield Finding(name, "ok", found)


def required(extra: str = "") -> list[tuple[str, str]]:
    """The names and least versions of what voiceagent, or one of its extras, depends on."""
    mark = f'extra == "{extra}"'
    found = []
    for entry in requirements():
        spec, _, marker = entry.replace("'", '"').partition(";")
        named = re.match(r"\s*([\w.-]+)(?:\[.*\])?\s*(?:>=\s*([\w.]+))?", spec)
        wanted = mark in marker if extra else "extra ==" not in marker
        other_system = 'sys_platform != "win32"' in marker and sys.platform == "win32"
        if named and wanted and not other_system:
            found.append((named[1], named[2] or "0"))
    return found


def requirements() -> list[str]:
    """As the installed package says, or the checkout."""
    try:
        return metadata.requires("voiceagent") or []
    except metadata.PackageNotFoundError:
        project = tomllib.loads((bundle.root() / "pyproject.toml").read_text("utf-8"))["project"]
        extras = project.get("optional-dependencies", {})
        return [
            *project["dependencies"],
            *(f'{entry}; extra == "{name}"' for name, all in extras.items() for entry in all),
        ]


def version_of(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


def loop() -> Finding:
    if sys.platform == "win32":
        return Finding("event loop", "ok", "asyncio (uvloop is not for Windows)")
    try:
        import_module("uvloop")
    except ImportError:
        return Finding("event loop", "note", "asyncio; servers are faster with uvloop")
    return Finding("event loop", "ok", "uvloop for servers")


def sound() -> Finding:
    """Only `voiceagent talk` needs a microphone."""
    try:
        found = devices()
    except (MissingExtra, VoiceAgentError) as problem:
        return Finding(
            "microphone", "note", f"{str(problem).rstrip('.')}; only `voiceagent talk` needs it"
        )
    return Finding("microphone", "ok", found)


# --- what must run -------------------------------------------------------------------------------


class Echo:
    """What the worker that is tried out loads."""

    async def answer(self, word: str) -> AsyncGenerator[str, None]:
        yield word


async def worker(environ: Mapping[str, str]) -> Finding:
    """A worker process starts, answers and stops."""
    pool = Pool("doctor", Loader("voiceagent.doctor:Echo"), size=1)
    try:
        with anyio.fail_after(WORKER_S):
            answer = await pool.call("answer", "well")
    finally:
        await pool.aclose()
    right = answer == "well"
    told = "starts, answers and stops" if right else f"answers {answer!r}, not 'well'"
    return Finding("worker process", "ok" if right else "fault", told)


async def endpoint(environ: Mapping[str, str]) -> Finding:
    """The language model that the environment names."""
    url = environ.get("VOICEAGENT_LLM_URL", "").strip()
    if not url:
        return Finding(
            "language model", "ok", "that of the profile (VOICEAGENT_LLM_URL is not set)"
        )
    compose(DEFAULT_PROFILE, environ)
    key = environ.get("VOICEAGENT_LLM_KEY", "").strip()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        async with httpx.AsyncClient(
            timeout=ENDPOINT_S, headers=headers, trust_env=not is_local(url)
        ) as client:
            answer = await client.get(url.rstrip("/") + "/models")
            answer.raise_for_status()
            models = [str(entry["id"]) for entry in answer.json()["data"]]
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as problem:
        told = f"{url} does not list its models: {problem or type(problem).__name__}"
        return Finding("language model", "fault", told)
    wanted = environ.get("VOICEAGENT_LLM_MODEL", "").strip()
    if wanted and wanted not in models:
        return Finding("language model", "note", f"{url} answers, but does not list {wanted!r}")
    more = f" and {len(models) - SHOWN} more" if len(models) > SHOWN else ""
    return Finding("language model", "ok", f"{url} has {', '.join(models[:SHOWN])}{more}")


async def whole_turn(environ: Mapping[str, str]) -> Finding:
    """The agent's own voice asks a question; the agent hears it and answers."""
    name = f"a turn with {DEFAULT_PROFILE!r}"
    async with open_house(compose(DEFAULT_PROFILE, environ)) as house:
        question, rate = await spoken(house, QUESTION)
        async with Agent.in_house(house) as call:
            turn = await call.converse(question, rate)
    if not turn.heard:
        return Finding(name, "fault", f"nothing was heard of {QUESTION!r}, said by its own voice")
    told = f"heard {turn.heard!r}, said {turn.said!r} in {turn.audio.ms / 1000:.1f} s of audio"
    return Finding(name, "ok" if turn.status == "completed" and turn.audio.pcm else "fault", told)


async def spoken(house: House, text: str) -> tuple[bytes, int]:
    """Words in the house's voice, as PCM with its rate; made up where it has none."""

    async def phrases() -> AsyncIterator[Phrase]:
        yield Phrase(text)

    pieces = [] if house.voice is None else [p async for p in house.voice.speak(phrases())]
    if not pieces:
        return phrase(), PHRASE_RATE
    return b"".join(piece.pcm for piece in pieces), pieces[0].rate


Check = Callable[[Mapping[str, str]], Awaitable[Finding]]
CHECKS: dict[str, Check] = {
    "worker process": worker,
    "language model": endpoint,
    f"a turn with {DEFAULT_PROFILE!r}": whole_turn,
}


# --- what each profile would need ----------------------------------------------------------------


def profiles_needs(environ: Mapping[str, str] | None = None) -> Iterator[Need]:
    for name in bundle.profiles():
        try:
            profile = compose(name, environ)
        except VoiceAgentError as problem:
            yield Need(name, "", fault=str(problem))
        else:
            needs = f"{profile.needs or 'nothing'}; takes on {takes_on(profile)}"
            yield Need(name, needs, tuple(missing_of(profile)))


def missing_of(profile: Profile) -> Iterator[str]:
    """The commands that would install what is not here."""
    for part in parts_of(profile):
        install = read_manifest(part.model).install
        if install and not all(version_of(name) for name in wanted_by(install)):
            yield install


def wanted_by(install: str) -> list[str]:
    """The packages that a command such as `pip install 'voiceagent[funasr]'` brings."""
    names = []
    for word in shlex.split(install)[2:]:
        if extra := re.fullmatch(r"voiceagent\[([\w,-]+)\]", word):
            names += [name for one in extra[1].split(",") for name, _ in required(one)]
        elif named := re.match(r"[A-Za-z0-9][\w.-]*", word):
            names.append(named[0])
    return names


# --- a phrase ------------------------------------------------------------------------------------

PHRASE_RATE = 24_000
PHRASE_S = 1.4
FORMANTS_HZ = ((700.0, 1220.0, 2600.0), (400.0, 2000.0, 2550.0), (570.0, 840.0, 2410.0))


def phrase(seconds: float = PHRASE_S, rate: int = PHRASE_RATE) -> bytes:
    """Something that a detector takes for speech: a voice with syllables, vowels and a melody."""
    time = np.arange(round(seconds * rate)) / rate
    pitch = 130 - 25 * time / seconds + 6 * np.sin(2 * np.pi * 2.5 * time)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    vowel = (time * 4).astype(int) % len(FORMANTS_HZ)
    wave = np.zeros_like(time)
    for harmonic in range(1, 28):
        wave += np.sin(harmonic * phase) * loudness(harmonic * pitch, vowel) / harmonic**0.5
    syllables = 0.08 + 0.92 * np.clip(np.sin(2 * np.pi * 4 * time), 0, 1) ** 0.5
    edge = np.minimum(1, np.minimum(time, time[::-1]) / 0.02)
    wave *= syllables * edge
    return bytes((wave / np.abs(wave).max() * 16_000).astype(np.int16).tobytes())


def loudness(hz: NDArray[Any], vowel: NDArray[Any]) -> NDArray[Any]:
    """How loud a harmonic is under the formants of the vowel of each moment."""
    tables = np.array(FORMANTS_HZ)[vowel]
    peaks = [np.exp(-(((hz - tables[:, n]) / 180.0) ** 2)) / (n + 1) for n in range(3)]
    loud: NDArray[Any] = np.asarray(peaks).sum(axis=0) + 0.02
    return loud
