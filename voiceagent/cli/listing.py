"""`voiceagent voices`: what can be asked of the voice of each profile, or of a server."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from voiceagent.cli.options import KEY, Commands, add_agent
from voiceagent.errors import VoiceAgentError

if TYPE_CHECKING:
    from voiceagent.parts import Styles


def add_to(commands: Commands) -> None:
    command = commands.add_parser("voices", help="what the voices can do")
    command.add_argument("--json", action="store_true", help="one object for each, by its profile")
    add_agent(command)
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    shown: dict[str, Any] = {}
    for name, found in each(given):
        shown[name] = {"error": str(found)} if isinstance(found, VoiceAgentError) else told(found)
        if not given.json:
            print("\n".join(lines(name, shown[name])))
    if given.json:
        json.dump(shown, sys.stdout, ensure_ascii=False, indent=1)
        print()
    return 0


def each(given: argparse.Namespace) -> Iterator[tuple[str, Styles | VoiceAgentError]]:
    """By profile, or by the server's address. A profile without a voice is no reason to stop."""
    from voiceagent import bundle
    from voiceagent.waiting import voices

    if given.url is not None:
        yield given.url, voices(url=given.url, key=given.key or os.environ.get(KEY) or None)
        return
    if given.profile is not None:
        yield given.profile, voices(profile=given.profile)
        return
    for name in bundle.profiles():
        try:
            yield name, voices(profile=name)
        except VoiceAgentError as problem:
            yield name, problem


def told(can: Styles) -> dict[str, Any]:
    from voiceagent.wire.abilities import show_voice

    return show_voice(can)


def lines(name: str, shown: dict[str, Any]) -> list[str]:
    if "error" in shown:
        return [f"{name}: {shown['error']}"]
    found = [f"{name}:"]
    for key in ("names", "emotions", "modes", "sounds", "tunes"):
        if shown[key]:
            found.append(f"  {key}: {', '.join(shown[key])}")
    found.append(f"  languages: {len(shown['languages']) or 'any'}")
    for key, unit in (("pace", ""), ("pitch", " semitones"), ("energy", " dB")):
        low, high = shown[key]
        found.append(f"  {key}: {low:g} to {high:g}{unit}")
    how = "by the voice itself" if shown["instructions"] else "those that a style can say"
    return [*found, f"  free words: {how}"]
