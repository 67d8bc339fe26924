"""A profile's parts, loaded once for all conversations: what a server or a program keeps open."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import anyio

from voiceagent.config import PartSpec, Profile, build_part, read_manifest
from voiceagent.errors import ConfigError
from voiceagent.events import Event
from voiceagent.hearing import InlineEars
from voiceagent.hearing.echo import EchoEar
from voiceagent.hearing.feelings import whole_only
from voiceagent.hearing.recording import OpenEars, passages
from voiceagent.hearing.remote import WorkerEars
from voiceagent.parts import (
    SENSES,
    Answerer,
    Closable,
    Ear,
    Manner,
    Mind,
    Tune,
    Voice,
)
from voiceagent.session import House, Sentences
from voiceagent.speaking.cascade import Cascade
from voiceagent.worker.cores import usable_cores
from voiceagent.worker.messages import Loader
from voiceagent.worker.pool import Pool
from voiceagent.worker.remote import WorkerMind, WorkerVoice
from voiceagent.worker.seat import Care
from voiceagent.worker.staffing import workers_for


@asynccontextmanager
async def open_house(profile: Profile) -> AsyncGenerator[House]:
    """Load the profile's parts; close them, and their workers, at the end."""
    closables: list[Closable] = []

    def keep(part: object) -> Any:
        if isinstance(part, Closable):
            closables.append(part)
        return part

    try:
        answerer, voice, expected = open_answerer(profile, keep)
        ears = open_ears(profile, keep, expected)
        await warm_up([part for part in closables if isinstance(part, Pool)])
        yield House(
            answerer=answerer,
            voice=voice,
            open_ears=ears,
            rules=profile.rules,
            manner=Manner(instructions=profile.instructions),
            sentences=Sentences(greeting=profile.greeting),
            stall_ms=profile.link.stall_ms,
            most_items=profile.serving.items,
            most_asides=profile.serving.out_of_band,
            hears=languages_of(profile),
            senses=SENSES if reads_feelings(profile) else (),
        )
    finally:
        with anyio.CancelScope(shield=True):
            for part in reversed(closables):
                await part.aclose()


Keep = Callable[[object], Any]


async def warm_up(pools: list[Pool]) -> None:
    """Start every worker now: no caller waits for that, and a broken part is told at once."""
    async with anyio.create_task_group() as group:
        for pool in pools:
            group.start_soon(pool.warm_up)


def open_answerer(profile: Profile, keep: Keep) -> tuple[Answerer, Voice | None, tuple[str, ...]]:
    """The answerer, its voice, and the sentences that its mind expects to hear."""
    if profile.answerer is not None:
        return cast(Answerer, keep(build_part(profile.answerer))), None, ()
    if profile.mind is None:
        raise ConfigError(f"{profile.name}: a profile needs a mind, or an answerer")
    sessions = profile.serving.sessions
    mind: Mind = open_part(profile.mind, keep, WorkerMind, sessions)
    voice: Voice | None = None
    if profile.voice is not None:
        voice = open_part(profile.voice, keep, WorkerVoice, sessions)
    phrases = getattr(mind, "phrases", None)
    return Cascade(mind, voice), voice, tuple(phrases()) if callable(phrases) else ()


def open_part(spec: PartSpec, keep: Keep, remote: Callable[[Pool], Any], sessions: int = 1) -> Any:
    """Here, or in worker processes, enough for so many sessions, if it blocks or may crash."""
    if not spec.worker:
        return keep(build_part(spec))
    loader = Loader("voiceagent.config:build_part", (spec,))
    return remote(keep(Pool(Path(spec.model).name, loader, workers_of(spec, sessions))))


def workers_of(spec: PartSpec, sessions: int) -> int:
    manifest = read_manifest(spec.model)
    hears = manifest.role == "ear"
    return spec.workers or workers_for(hears, sessions, manifest.sessions_per_core, usable_cores())


def expecting(spec: PartSpec, sentences: tuple[str, ...]) -> PartSpec:
    """An ear that can be told what to expect is told."""
    if not sentences or not read_manifest(spec.model).phrases:
        return spec
    extra = (*spec.options.get("extra", ()), *sentences)
    return replace(spec, options={**spec.options, "extra": extra})


def languages_of(profile: Profile) -> tuple[str, ...]:
    """What the ears say that they know."""
    known = (read_manifest(spec.model).hears for spec in profile.ears)
    return tuple(dict.fromkeys(language for hears in known for language in hears))


def reads_feelings(profile: Profile) -> bool:
    return profile.feelings and any(read_manifest(spec.model).feels for spec in profile.ears)


def open_ears(profile: Profile, keep: Keep, expected: tuple[str, ...] = ()) -> OpenEars:
    """The chain of ears: cheap ones here, and from the first heavy one on in a worker."""
    cheap: list[Ear] = []
    specs = [expecting(spec, expected) for spec in profile.ears]
    feel = [spec for spec in specs if read_manifest(spec.model).feels]
    if not profile.feelings:
        specs = [spec for spec in specs if spec not in feel]
    whole = whole_only if profile.feelings and feel else unchanged
    last = [OVERLAP, FEELINGS] if profile.feelings and feel else [OVERLAP]
    while specs and not specs[0].worker:
        cheap.append(keep(build_part(specs.pop(0))))
    if cheap:
        cheap.append(EchoEar())
    if not specs:
        ears = [*cheap, *(loader.load() for loader in last)]
        return lambda on_event: InlineEars(ears, whole(on_event))
    heavy = [Loader("voiceagent.config:build_part", (spec,)) for spec in specs]
    loader = Loader("voiceagent.worker.messages:load_chain", (*heavy, *last))
    sessions = profile.serving.sessions
    size = max(spec.workers or 0 for spec in specs) or max(
        workers_of(spec, sessions) for spec in specs
    )
    most = sessions + size  # recordings are heard beside the conversations
    pool = keep(Pool(Path(specs[0].model).name, loader, size, Care(channels=max(64, most)), most))
    return lambda on_event: WorkerEars(cheap, pool, whole(on_event))


OVERLAP = Loader("voiceagent.hearing.overlap:OverlapEar")
FEELINGS = Loader("voiceagent.hearing.feelings:FeelingsEar")


def unchanged(on_event: Callable[[Event], None]) -> Callable[[Event], None]:
    return on_event


async def transcribe(house: House, pcm: bytes, tune: Tune | None = None) -> str:
    """The words of a whole clip of 16 kHz audio."""
    async with aclosing(passages(house.open_ears, pcm, tune)) as heard:
        return " ".join([passage.text async for passage in heard])
