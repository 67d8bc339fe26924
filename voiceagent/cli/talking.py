"""`voiceagent talk`: a conversation with microphone and loudspeaker."""

from __future__ import annotations

import argparse
from functools import partial

from voiceagent.cli.options import Commands, add_agent, open_agent


def add_to(commands: Commands) -> None:
    talk = commands.add_parser(
        "talk",
        help="talk to an agent with a microphone and a loudspeaker, or headphones",
        description="The loudspeaker's sound is taken out of the microphone's, so that the agent"
        " does not hear itself and you can talk over it.",
    )
    add_agent(talk)
    talk.add_argument(
        "--device",
        metavar="NAME[,NAME]",
        help="the microphone and the loudspeaker, by name or number (python -m sounddevice)",
    )
    talk.add_argument(
        "--no-echo-cancelling",
        dest="cancel_echo",
        action="store_false",
        help="send the microphone's sound as it is: for headphones, or a device that does it",
    )
    talk.set_defaults(run=run)


def run(given: argparse.Namespace) -> int:
    import anyio

    anyio.run(hold, given)
    return 0


async def hold(given: argparse.Namespace) -> None:
    from voiceagent.microphone import open_headset, talk

    async with open_headset(devices_of(given.device)) as headset, open_agent(given) as call:
        print("Talk, and interrupt as you like. Ctrl-C ends it.", flush=True)
        await talk(call, headset, partial(print, flush=True), cancel_echo=given.cancel_echo)


def devices_of(text: str | None) -> tuple[int | str | None, int | str | None]:
    """`3`, `USB`, or `USB,HDMI`: one for both, or one for each way."""
    if text is None:
        return None, None
    first, _, second = text.partition(",")
    return device_of(first), device_of(second or first)


def device_of(text: str) -> int | str | None:
    text = text.strip()
    return int(text) if text.isdigit() else text or None
