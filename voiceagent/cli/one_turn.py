"""`voiceagent ask`: one turn with a recording, without audio hardware."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from voiceagent.cli.options import Commands, add_agent, open_agent
from voiceagent.errors import ConfigError

if TYPE_CHECKING:
    from voiceagent.client import Turn


def add_to(commands: Commands) -> None:
    ask = commands.add_parser("ask", help="say a recording to an agent, and keep its answer")
    ask.add_argument("recording", help="a wav (other kinds need soundfile)")
    ask.add_argument("-o", "--output", metavar="FILE", help="write the answer's audio as a wav")
    ask.add_argument("--json", action="store_true", help="print one object for programs")
    ask.add_argument("--real-time", action="store_true", help="send it as fast as it was spoken")
    add_agent(ask)
    ask.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    import anyio

    turn = anyio.run(ask, given)
    if given.output and turn.audio.pcm:
        keep(turn, given.output)
    print(as_json(turn) if given.json else as_text(turn))
    if turn.status == "completed":
        return 0
    print(f"voiceagent: {complaint(turn)}", file=sys.stderr)
    return 1


async def ask(given: argparse.Namespace) -> Turn:
    from voiceagent.client.turn import read_clip

    clip = read_clip(Path(given.recording), 0)
    async with open_agent(given) as call:
        return await call.converse(clip.pcm, clip.rate, real_time=given.real_time)


def keep(turn: Turn, path: str) -> None:
    from voiceagent.audio import write_wav

    try:
        write_wav(path, turn.audio.pcm, turn.audio.rate)
    except OSError as problem:
        raise ConfigError(f"{path} cannot be written: {problem.strerror}") from problem


def as_text(turn: Turn) -> str:
    return f"heard: {turn.heard}\nsaid:  {turn.said}"


def as_json(turn: Turn) -> str:
    about = {"heard": turn.heard, "said": turn.said, "status": turn.status}
    return json.dumps({**about, "audio_ms": turn.audio.ms}, ensure_ascii=False)


def complaint(turn: Turn) -> str:
    if not turn.status:
        return "no speech was found in the recording"
    return f"the reply ended as {turn.status!r}"
