"""Ask several recordings one after the other in one conversation, and keep the answers.

python many_questions.py ws://127.0.0.1:8765 one.wav two.wav
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import anyio

import voiceagent
from voiceagent.audio import write_wav


async def main(url: str, recordings: Sequence[str]) -> None:
    async with voiceagent.connect(url) as call:
        for recording in recordings:
            turn = await call.converse(recording)
            print(f"{recording}: {turn.heard!r} -> {turn.said!r}")
            answer = Path(recording).with_suffix(".answer.wav")
            write_wav(answer, turn.audio.pcm, turn.audio.rate)


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], sys.argv[2:])
