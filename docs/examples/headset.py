"""A conversation with microphone and loudspeaker, in a few lines: what `voiceagent talk` does."""

from __future__ import annotations

import anyio

import voiceagent
from voiceagent.microphone import open_headset, talk


async def main() -> None:
    async with open_headset() as headset, voiceagent.Agent.from_profile() as call:
        await talk(call, headset, print)


if __name__ == "__main__":
    anyio.run(main)
