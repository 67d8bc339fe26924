"""`voiceagent feel`: how somebody sounds in recordings, one after the other."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from voiceagent.cli.options import Commands

if TYPE_CHECKING:
    from voiceagent.hearing.feelings.recordings import Feeling

FOUR = ("angry", "happy", "neutral", "sad")
DIGITS = 4


def add_to(commands: Commands) -> None:
    from voiceagent import DEFAULT_PROFILE

    command = commands.add_parser("feel", help="tell how the speaker of recordings feels, and why")
    told = "a wav (others: soundfile); several are turns of one speaker, in this order"
    command.add_argument("recordings", nargs="+", metavar="FILE", help=told)
    command.add_argument("--json", action="store_true", help="print a list, one object a file")
    command.add_argument(
        "--profile",
        default=DEFAULT_PROFILE,
        help=f"whose ears listen: a profile's name or file (default: {DEFAULT_PROFILE})",
    )
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    import anyio

    return anyio.run(feel, given)


async def feel(given: argparse.Namespace) -> int:
    """The exit code is 1 if there is a recording in which nobody was heard."""
    from voiceagent.audio import read_audio
    from voiceagent.config import compose
    from voiceagent.hearing.feelings.recordings import readings
    from voiceagent.house import open_house
    from voiceagent.parts import EAR_RATE
    from voiceagent.waiting import MOST_AUDIO_S

    sounds = (read_audio(name, MOST_AUDIO_S).at(EAR_RATE).pcm for name in given.recordings)
    shown: list[Mapping[str, Any]] = []
    silent = 0
    async with (
        open_house(compose(given.profile, os.environ)) as house,
        aclosing(readings(house.open_ears, sounds)) as felt,
    ):
        names = iter(given.recordings)
        async for told in felt:
            name = next(names)
            shown.append(as_json(name, told))
            if not given.json:
                print(as_text(shown[-1]), flush=True)
            if not told.guess and told.reading.span == (0, 0):
                silent += 1
                print(f"voiceagent: nothing can be said of the voice in {name}", file=sys.stderr)
    if given.json:
        print(json.dumps(shown, ensure_ascii=False))
    return 1 if silent else 0


def as_json(name: str, told: Feeling) -> Mapping[str, Any]:
    """The four that every reader tells apart are always among the labels, claimed or not."""
    reading = told.reading
    none = 0.0 if told.guess else 1 / len(FOUR)
    labels = {label: told.guess.get(label, none) for label in FOUR} | dict(told.guess)
    return {
        "file": name,
        "label": told.label,
        "labels": {label: round(share, DIGITS) for label, share in labels.items()},
        "valence": round(reading.valence, DIGITS),
        "arousal": round(reading.arousal, DIGITS),
        "confidence": round(reading.confidence, DIGITS),
        "unknown": not reading.labels,
        "words": list(reading.words),
        "reasons": list(reading.reasons),
        "span": list(reading.span),
        "sounds": [
            {
                "kind": it.kind,
                "span": [it.begin, it.end],
                "confidence": round(it.confidence, DIGITS),
            }
            for it in told.sounds
        ],
    }


def as_text(shown: Mapping[str, Any]) -> str:
    why = f": {'; '.join(shown['reasons'])}" if shown["reasons"] else ""
    sure = "" if shown["unknown"] else f" ({shown['confidence']:.0%})"
    return f"{shown['file']}: {shown['label']}{sure}{why}"
