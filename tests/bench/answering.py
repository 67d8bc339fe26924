"""How soon the embedded profile answers real spoken orders, and how often it cuts in.

    python -m tests.bench.answering --data DIR [--orders N] [--sessions N] [--curve NAME ...]

Everything is real: detector, recogniser, mind, voice, their processes, and time. Each session says
orders one after the other, each with its own recorded tail and then faint noise, into a house in
this process. The end of speech is that of tests/bench/labels.py, by loudness alone; the answer is
there when its first audible frame is handed out. A cut-in: that was before the end of speech.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import defaultdict
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from tests.bench.patience import OTHERS as CURVES
from tests.bench.patience import PHRASES
from tests.bench.peers.clips import Clip, orders
from tests.bench.peers.line import Line, now
from tests.bench.peers.modes import connected
from tests.bench.peers.ours import OurCall
from voiceagent.config import compose
from voiceagent.events import (
    Action,
    Commit,
    Draft,
    Event,
    Heard,
    ReplyAudible,
    SpeechStopped,
)
from voiceagent.house import open_house
from voiceagent.parts import Asked, Mind, Phrase, Spoken, Styles, Thought, Voice
from voiceagent.server.realtime import Gone, Realtime, Terms
from voiceagent.session import House
from voiceagent.speaking.cascade import Cascade

PATIENCE_S = 4.0
STAGGER_S = 0.7
SHIPPED = "shipped"
PARTS = "notice", "words", "decision", "answer", "link"


# --- watching ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Watch:
    """When what happened in one session, by the wall clock: the latest of each kind."""

    at: dict[str, float] = field(default_factory=dict)

    def __call__(self, event: Event, actions: Sequence[Action]) -> None:
        match event:
            case SpeechStopped():
                self.at["stop"] = now()
            case Heard(final=True):
                self.at["heard"] = now()
            case ReplyAudible():
                self.at["audible"] = now()
        for action in actions:
            if isinstance(action, Draft):
                self.at["draft"] = now()
            elif isinstance(action, Commit):
                self.at["commit"] = now()

    def parts(self, end: float, answered: float) -> dict[str, float]:
        """How the time from the end of speech to the answer was spent."""
        at = self.at
        stop = min(at.get("stop", end), answered)
        words = max(stop, at.get("heard", stop))
        commit = max(words, at.get("commit", words))
        audible = max(commit, at.get("audible", commit))
        marks = end, stop, words, commit, audible, answered
        return {name: b - a for name, a, b in zip(PARTS, marks[:-1], marks[1:], strict=True)}


class TimedMind:
    """Notes how long a mind takes for its first phrase."""

    def __init__(self, mind: Mind, spent: list[float]) -> None:
        self._mind, self._spent = mind, spent

    async def think(self, asked: Asked) -> AsyncGenerator[Thought, None]:
        began, first = now(), True
        async with aclosing(self._mind.think(asked)) as thoughts:
            async for thought in thoughts:
                if first and isinstance(thought, Phrase):
                    self._spent.append(now() - began)
                    first = False
                yield thought


class TimedVoice:
    """Notes how long a voice takes from its first phrase to its first sound."""

    def __init__(self, voice: Voice, spent: list[float]) -> None:
        self._voice, self._spent = voice, spent

    def styles(self) -> Styles:
        return self._voice.styles()

    async def speak(
        self, phrases: AsyncIterator[Phrase], name: str = ""
    ) -> AsyncGenerator[Spoken, None]:
        began: list[float] = []

        async def noted() -> AsyncIterator[Phrase]:
            async for phrase in phrases:
                began.append(now())
                yield phrase

        told = False
        async with aclosing(self._voice.speak(noted(), name)) as pieces:
            async for piece in pieces:
                if piece.pcm and not told:
                    self._spent.append(now() - began[0])
                    told = True
                yield piece


def timed(house: House, minds: list[float], voices: list[float]) -> House:
    """The same house, whose mind and voice are timed."""
    cascade = house.answerer
    assert isinstance(cascade, Cascade)
    assert house.voice is not None
    voice = TimedVoice(house.voice, voices)
    return replace(house, answerer=Cascade(TimedMind(cascade._mind, minds), voice), voice=voice)


# --- a conversation ------------------------------------------------------------------------------


class Visit(OurCall):
    """A conversation with a house that others visit too."""

    def __init__(self, house: House, watch: Watch, lead_ms: int) -> None:
        super().__init__({}, 0.0)
        self._house = house
        self._terms = Terms(lead_ms=lead_ms, observe=watch)

    async def _move_in(self) -> None:
        call = Realtime(self._house, self._terms)

        async def receive() -> Any:
            message = await self._inbox.get()
            if message is None:
                raise Gone
            return message

        async def send(message: dict[str, Any]) -> None:
            self._note(message)

        task = asyncio.create_task(call.converse(receive, send))

        async def end() -> None:
            self._inbox.put_nowait(None)
            await task

        self._stack.push_async_callback(end)


@dataclass(frozen=True, slots=True)
class Row:
    """One order. `answer_ms`: None if none came."""

    clip: str
    cut: bool
    answer_ms: float | None
    parts: Mapping[str, float]


async def answered(line: Line, watch: Watch, clip: Clip) -> Row:
    """Say an order, wait for the answer, and silence it."""
    said = line.say(clip)
    await said.ended.wait()
    at = await line.reply(said.end, PATIENCE_S)
    cut = any(said.begin < handed <= said.end for handed in list(line.call.handed))
    if at is None:
        return Row(clip.name, cut, None, {})
    return Row(clip.name, cut, 1000 * (at - said.end), watch.parts(said.end, at))


async def converse(
    house: House, lead_ms: int, seed: int, clips: Iterator[Clip], rows: list[Row]
) -> None:
    """One session's orders, each into silence."""
    await asyncio.sleep(seed * STAGGER_S)
    watch = Watch()
    visit = Visit(house, watch, lead_ms)
    async with connected(visit, seed) as line:
        for clip in clips:
            rows.append(await answered(line, watch, clip))
            await visit.cancel()
            line.hush()
            await line.quiet(0.4)
            await asyncio.sleep(0.6)  # what the tail still says is not the next order


# --- a run ---------------------------------------------------------------------------------------


def overrides(curve: str) -> dict[str, Any]:
    """The shipped profile, told of coffee, with another curve if that is asked for."""
    ears = [
        {
            "model": spec.model,
            "worker": spec.worker,
            "options": {**spec.options, **({"phrases": PHRASES} if spec.worker else {})},
        }
        for spec in compose("embedded", {}, {}).ears
    ]
    return {"ears": ears} | ({} if curve == SHIPPED else {"turn.patience.curve": CURVES[curve]})


async def run(asked: argparse.Namespace, curve: str) -> None:
    clips = orders(asked.data, asked.orders, asked.seed)
    profile = compose("embedded", {}, overrides(curve))
    rows: list[Row] = []
    minds: list[float] = []
    voices: list[float] = []
    async with open_house(profile) as house:
        home = timed(house, minds, voices)
        waiting = iter(clips)
        psutil.cpu_percent()
        before = cpu_s()
        began = now()
        async with asyncio.TaskGroup() as group:
            for seed in range(asked.sessions):
                group.create_task(converse(home, profile.link.local_lead_ms, seed, waiting, rows))
        busy, spent = psutil.cpu_percent(), cpu_s() - before
        lasted = now() - began
    print(f"\n{curve}: {profile.rules.patience.curve}")
    ours = 100 * spent / lasted
    print(f"{asked.sessions} sessions, machine {busy:.0f} % busy, ours {ours:.0f} % of a core")
    report(rows, minds, voices)


def cpu_s() -> float:
    me = psutil.Process()
    every = [me, *me.children(recursive=True)]
    return sum(p.cpu_times().user + p.cpu_times().system for p in every)


def report(rows: Sequence[Row], minds: Sequence[float], voices: Sequence[float]) -> None:
    """Answering times count where nobody was cut off: a cut-in is no fast answer."""
    whole = [row for row in rows if not row.cut]
    times = [row.answer_ms for row in whole if row.answer_ms is not None]
    cut = len(rows) - len(whole)
    print(f"  {len(rows)} orders, cut-ins {cut} ({100 * cut / len(rows):.1f} %), ", end="")
    print(f"unanswered {len(whole) - len(times)}")
    print(f"  answer, ms     {spread(times)}")
    parts: dict[str, list[float]] = defaultdict(list)
    for row in whole:
        for name, seconds in row.parts.items():
            parts[name].append(1000 * seconds)
    for name in PARTS:
        print(f"    {name:10}   {spread(parts[name])}")
    print(f"  mind alone     {spread([1000 * s for s in minds])}")
    print(f"  voice alone    {spread([1000 * s for s in voices])}")


def spread(values: Sequence[float]) -> str:
    if not values:
        return "none"
    shown = (*np.percentile(values, (50, 90, 95)), max(values))
    return "median {:4.0f}  p90 {:4.0f}  p95 {:4.0f}  worst {:4.0f}".format(*shown)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--orders", type=int, default=60)
    parser.add_argument("--sessions", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--curve", nargs="+", default=[SHIPPED], choices=[SHIPPED, *CURVES])
    asked = parser.parse_args()
    for curve in asked.curve:
        asyncio.run(run(asked, curve))


if __name__ == "__main__":
    main()
