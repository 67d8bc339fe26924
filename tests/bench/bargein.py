"""Speech over a reply: when it is ducked, when it is silent, and what a stock client hears.

    python -m tests.bench.bargein --assets WAVS

Times count from the first audible sample of the user to the moment at which the server's message
was read, on loopback. A stock client plays what it has got, and stops at `speech_started`.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from pathlib import Path

from tests.bench.peers.clips import Clip, utterances
from tests.bench.peers.figures import spread
from tests.bench.peers.line import Line, fell_silent, now
from tests.bench.peers.modes import connected, prompt
from tests.bench.peers.ours import OurCall

Row = dict[str, float | None]
CASES = {
    "default, lead 60 ms": {},
    "no backchannels, lead 60 ms": {"backchannels": 0.0},
    "default, lead 200 ms (far clients)": {"lead": 0.2},
}


def first(call: OurCall, kind: str, after: float) -> float | None:
    return next((at for at, what, _ in call.notes if what == kind and at >= after), None)


def playback_ends(call: OurCall, begin: float, until: float) -> float:
    """When a client that plays at once falls silent of itself."""
    end = 0.0
    for at, _, ms in list(call.notes):
        if ms and at <= until:
            end = max(end, at) + ms / 1000
    return max(end, begin)


async def interrupt(line: Line, call: OurCall, clip: Clip) -> Row:
    said = line.say(clip)
    await said.ended.wait()
    await asyncio.sleep(0.3)
    begin = said.begin
    stop = fell_silent(call.handed, begin, now())
    started = first(call, "input_audio_buffer.speech_started", begin)
    silent = playback_ends(call, begin, stop or now())
    heard = min(silent, started) if started is not None else silent

    def ms(at: float | None) -> float | None:
        return None if at is None else round((at - begin) * 1000, 1)

    return {
        "duck or hold": ms(
            min(
                (
                    at
                    for kind in ("duck", "hold")
                    if (at := first(call, f"voiceagent.{kind}", begin))
                ),
                default=None,
            )
        ),
        "last audible frame": ms(stop),
        "speech_started": ms(started),
        "a stock client hears it for": ms(heard),
    }


async def bench(setting: dict[str, float], clips: Sequence[Clip]) -> list[Row]:
    rows = []
    call = OurCall({"socket": 1.0, **setting}, 9.0)
    async with connected(call, 1) as line:
        for clip in clips:
            await line.quiet(0.5)
            await prompt(line, clips[0])
            await asyncio.sleep(1.2)
            rows.append(await interrupt(line, call, clip))
            call.notes.clear()
            await line.reply(now(), 6.0)
            await call.cancel()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--assets", type=Path, required=True, help="wavs of moonshine-voice")
    parser.add_argument("--clips", type=int, default=20)
    chosen = parser.parse_args()
    clips = utterances(chosen.assets)[: chosen.clips]
    for name, setting in CASES.items():
        rows = asyncio.run(bench(setting, clips))
        print(f"\n{name} ({len(rows)} interruptions)")
        for key in rows[0]:
            figures = spread([row[key] for row in rows])
            known = [figures.get(name) for name in ("n", "least", "median", "p90", "worst")]
            print(f"  {key}: n, least / median / p90 / worst ms: {known}")


if __name__ == "__main__":
    main()
