"""`voiceagent sing`: words to a tune, to notes, to a MIDI file; or rapped to a beat."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from voiceagent.cli.options import Commands, add_agent
from voiceagent.cli.saying import add_manner, text_of, utter
from voiceagent.errors import ConfigError

if TYPE_CHECKING:
    from voiceagent.style import Style

HOW = "a list of [MIDI note or null, beats]"


def add_to(commands: Commands) -> None:
    command = commands.add_parser("sing", help="sing a text")
    command.add_argument("words", nargs="*", metavar="TEXT", help="'-' reads it from the input")
    command.add_argument("--lyrics", metavar="TEXT", help="the same, as an option")
    melody = command.add_mutually_exclusive_group()
    melody.add_argument("--tune", default="", metavar="NAME", help="such as twinkle")
    melody.add_argument("--notes", metavar="FILE", help=f"JSON: {HOW}")
    melody.add_argument("--midi", metavar="FILE", help="its highest notes are the melody")
    command.add_argument("--bpm", type=float, metavar="N", help="beats a minute, 20 to 300")
    way = command.add_mutually_exclusive_group()
    way.add_argument(
        "--rap", dest="mode", action="store_const", const="rap", help="speak to a beat"
    )
    way.add_argument("--hum", dest="mode", action="store_const", const="hum", help="without words")
    add_manner(command)
    add_agent(command)
    command.set_defaults(run=run, mode="sing")


def run(given: argparse.Namespace) -> int:
    utter(given, lyrics_of(given), style_of(given))
    return 0


def lyrics_of(given: argparse.Namespace) -> str:
    if given.words and given.lyrics is not None:
        raise ConfigError("give the words once: either as they are or as --lyrics")
    text = given.lyrics if given.lyrics is not None else text_of(given.words)
    if not text.strip():
        if not (given.tune or given.notes or given.midi):
            raise ConfigError('what shall be sung? Give words, as --lyrics "...", or a --tune')
        from voiceagent.waiting import WORDLESS

        return WORDLESS
    return text.replace("\\n", "\n")  # so that a shell can write lines


def style_of(given: argparse.Namespace) -> Style:
    from voiceagent.style import read_style
    from voiceagent.waiting import melody_of

    notes = None if given.notes is None else notes_of(given.notes)
    melody, bpm = melody_of(given.tune, notes, given.midi)
    fields: dict[str, Any] = {
        "mode": given.mode,
        "melody": melody,
        "bpm": bpm if given.bpm is None else given.bpm,
        "language": given.language,
        "instructions": given.style,
    }
    return read_style(fields, "style")


def notes_of(path: str) -> Any:
    from voiceagent.waiting import contents

    try:
        return json.loads(contents(path))
    except ValueError as problem:
        raise ConfigError(f"{path} is no JSON, which must be {HOW}: {problem}") from problem
