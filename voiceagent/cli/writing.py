"""`voiceagent transcribe`: recordings to words."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import aclosing
from typing import TYPE_CHECKING

from voiceagent.cli.options import Commands, add_agent, open_sound
from voiceagent.errors import VoiceAgentError

if TYPE_CHECKING:
    from voiceagent.audio import Clip
    from voiceagent.events import HeardWord
    from voiceagent.hearing.recording import Passage
    from voiceagent.parts import Tune
    from voiceagent.waiting import Desk


def add_to(commands: Commands) -> None:
    command = commands.add_parser("transcribe", help="write down what is said in recordings")
    command.add_argument("recordings", nargs="+", metavar="FILE", help="a wav (others: soundfile)")
    command.add_argument("--json", action="store_true", help="print one object for each recording")
    command.add_argument("--prompt", default="", help="words and sentences that are likely in it")
    command.add_argument("--language", metavar="TAG", help="what is spoken, such as en")
    add_agent(command)
    command.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    import anyio

    return anyio.run(transcribe, given)


async def transcribe(given: argparse.Namespace) -> int:
    """One after the other; the exit code is that of the worst."""
    from voiceagent.cli import code_of
    from voiceagent.parts import Tune

    worst = 0
    tune = Tune(language=given.language, prompt=given.prompt)
    async with open_sound(given) as desk:
        for name in given.recordings:
            try:
                worst = max(worst, await write(desk, name, tune, given))
            except VoiceAgentError as problem:
                if len(given.recordings) == 1:
                    raise
                complain(str(problem))
                worst = max(worst, code_of(problem))
    return worst


async def write(desk: Desk, name: str, tune: Tune, given: argparse.Namespace) -> int:
    """Print the words of one recording; as text they come turn by turn."""
    from voiceagent.audio import read_audio
    from voiceagent.waiting import MOST_AUDIO_S

    clip = read_audio(name, MOST_AUDIO_S)
    said: list[Passage] = []
    async with aclosing(desk.transcribe(clip, tune)) as heard:
        async for passage in heard:
            if not given.json:
                before = " " if said else f"{name}: " if len(given.recordings) > 1 else ""
                print(before + passage.text, end="", flush=True)
            said.append(passage)
    if given.json:
        print(as_json(name, clip, said))
    elif said:
        print()
    return verdict(name, said)


def verdict(name: str, said: list[Passage]) -> int:
    """The exit code, and on stderr what is not right about these words."""
    from voiceagent.parts import UNCLEAR

    if not said:
        complain(f"no speech was found in {name}")
        return 1
    unclear = sum(UNCLEAR in passage.text for passage in said)
    if unclear:
        where = "" if len(said) == 1 else f" in {unclear} of {len(said)} places"
        complain(f"{name}: somebody speaks{where} whose words were not understood")
    return 0


def complain(what: str) -> None:
    print(f"voiceagent: {what}", file=sys.stderr)


def as_json(name: str, clip: Clip, said: list[Passage]) -> str:
    """`others` is what the whole may have been instead; of several turns each has its own."""
    about = {
        "file": name,
        "text": " ".join(passage.text for passage in said),
        "duration_s": clip.ms / 1000,
        "words": [shown(word) for passage in said for word in passage.words],
        "others": list(said[0].others) if len(said) == 1 else [],
        "turns": [turn(passage) for passage in said],
    }
    return json.dumps(about, ensure_ascii=False)


def turn(passage: Passage) -> dict[str, object]:
    span = {"start_s": passage.begin / 1000, "end_s": passage.end / 1000}
    return {"text": passage.text, **span, "others": list(passage.others)}


def shown(word: HeardWord) -> dict[str, object]:
    span = {"start_s": word.begin / 1000, "end_s": word.end / 1000}
    return {"text": word.text, **span, "confidence": round(word.confidence, 3)}
