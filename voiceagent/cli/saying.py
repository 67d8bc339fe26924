"""`voiceagent say`: a text to sound, into a file or out of the loudspeaker."""

from __future__ import annotations

import argparse
import sys
from contextlib import AbstractContextManager, aclosing
from typing import TYPE_CHECKING

from voiceagent.cli.options import Commands, add_agent, open_sound
from voiceagent.errors import ConfigError

if TYPE_CHECKING:
    from voiceagent.cli.sinks import Sink
    from voiceagent.style import Style

PACES = (0.5, 2.0)


def add_to(commands: Commands) -> None:
    command = commands.add_parser("say", help="speak a text")
    command.add_argument("text", nargs="+", metavar="TEXT", help="'-' reads it from the input")
    command.add_argument("--pace", type=float, default=1.0, help="0.5 to 2; 1 is usual")
    add_manner(command)
    add_agent(command)
    command.set_defaults(run=run)


def add_manner(command: argparse.ArgumentParser) -> None:
    """Who says it, how, and where it goes."""
    command.add_argument("-o", "--output", metavar="FILE", help="write a wav instead of playing it")
    command.add_argument("--voice", default="", metavar="NAME", help="who speaks")
    command.add_argument("--language", metavar="TAG", help="such as en-GB; default: as the text")
    how = 'how to say it, in words: "sad, and a bit slower"'
    command.add_argument("--style", "--instructions", default="", metavar="WORDS", help=how)
    strict = "fail, rather than say it in another style than this"
    command.add_argument("--strict", action="store_true", help=strict)


def run(given: argparse.Namespace) -> int:
    utter(given, text_of(given.text), style_of(given))
    return 0


def utter(given: argparse.Namespace, text: str, style: Style) -> None:
    """Say it into the file, or out of the loudspeaker."""
    import anyio

    from voiceagent.waiting import speakable

    text = speakable(text)
    with sink_of(given.output) as sink:
        anyio.run(say, given, text, style, sink)


def text_of(words: list[str]) -> str:
    from voiceagent.waiting import MOST_TEXT

    if words != ["-"]:
        return " ".join(words)
    data = sys.stdin.buffer.read(4 * MOST_TEXT + 4)  # no letter has more bytes
    return data.decode("utf-8-sig", errors="replace")


def style_of(given: argparse.Namespace) -> Style:
    from voiceagent.style import read_style

    low, high = PACES
    if not low <= given.pace <= high:
        raise ConfigError(f"--pace is {given.pace:g}; it must be from {low:g} to {high:g}")
    fields = {"language": given.language, "pace": given.pace, "instructions": given.style}
    return read_style(fields, "style")


def sink_of(path: str | None) -> AbstractContextManager[Sink]:
    from voiceagent.cli.sinks import loudspeaker, wav_file

    return loudspeaker() if path is None else wav_file(path)


async def say(given: argparse.Namespace, text: str, style: Style, sink: Sink) -> None:
    from anyio import to_thread

    from voiceagent.waiting import silent

    lacks: list[str] = []
    spoken = False
    async with (
        open_sound(given) as desk,
        aclosing(desk.say(text, style, given.voice, lacks, given.strict)) as pieces,
    ):
        async for pcm in pieces:
            spoken = True
            await to_thread.run_sync(sink, pcm)
    if not spoken:
        raise silent()
    for lack in lacks:
        print(f"voiceagent: {lack}", file=sys.stderr)
