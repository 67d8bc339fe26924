"""What the voice costs, and what a recogniser understands of it. Prints; asserts nothing.

    python -m tests.models.espeak.measure [name ...]

The second table needs `pip install pocketsphinx`. Its general model is a poor listener: compare
the voices, not the figures with those of people.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import anyio

from models.espeak.adapter import EspeakVoice, Options, build
from models.espeak.script import parts
from models.espeak.voices import CHARACTERS
from tests.models.espeak.sound import phrases, say, speak, voicing
from voiceagent.audio import resample_all, silence
from voiceagent.config import PartSpec
from voiceagent.style import Style
from voiceagent.worker.messages import Loader
from voiceagent.worker.pool import Pool
from voiceagent.worker.remote import WorkerVoice

SENTENCES = (
    "good morning how can i help you today",
    "the weather is nice this afternoon",
    "please set a timer for ten minutes",
    "i would like a large coffee with milk",
    "turn on the lights in the kitchen",
    "what time is it in london",
    "she walked slowly along the river",
    "there are seven people waiting outside",
    "can you tell me about your family",
    "the train leaves at half past nine",
    "we are going to the market tomorrow",
    "he opened the door and looked around",
    "play some music in the living room",
    "they have been working here for many years",
)
MANDARIN = ("你好，我想要一杯大杯的拿铁。", "今天天气很好，我们一起去公园吧。")


def main() -> None:
    anyio.run(through_the_pipe)
    voice = build(Options())
    inside(voice)
    understood(voice, sys.argv[1:] or list(CHARACTERS))


def inside(voice: EspeakVoice) -> None:
    """CPU time of one part, in the worker's thread: all of it is the wait for the first audio."""
    for name, texts, language in (("english", SENTENCES, "en-us"), ("mandarin", MANDARIN, "cmn")):
        spent, audio = [], 0.0
        for text in texts * 10:
            (part,) = parts(text, (language, "en-us"))
            begun = time.thread_time()
            made = voice._say(part, Style(), CHARACTERS["ben"], threading.Event())
            spent.append((time.thread_time() - begun) * 1000)
            audio += made.samples / 22_050
        rtf = sum(spent) / 1000 / audio
        print(f"{name}: {show(spent)} CPU ms a sentence, RTF {rtf:.5f}")


async def through_the_pipe() -> None:
    loader = Loader("voiceagent.config:build_part", (PartSpec("espeak", worker=True),))
    pool = Pool("espeak", loader, size=1)
    voice = WorkerVoice(pool)
    begun = time.perf_counter()
    await pool.warm_up()
    print(f"start of the worker: {(time.perf_counter() - begun) * 1000:.0f} ms")
    memory(pool, "after the start")
    waits = []
    for text in SENTENCES * 5:
        begun = time.perf_counter()
        pieces = voice.speak(phrases([text], Style()))
        await anext(pieces)
        waits.append((time.perf_counter() - begun) * 1000)
        await pieces.aclose()
    print(f"through the pipe: {show(waits)} ms to the first piece")
    for tag in voice.styles().languages:
        await speak(voice, "1 2 3", style=Style(language=tag))
    memory(pool, "after every language")
    await pool.aclose()


def memory(pool: Pool, when: str) -> None:
    rollup = Path(f"/proc/{pool._seats[0].pid}/smaps_rollup")
    if rollup.exists():
        lines = (line.split() for line in rollup.read_text().splitlines()[1:])
        kb = {line[0]: int(line[1]) for line in lines}
        own = (kb["Private_Clean:"] + kb["Private_Dirty:"]) / 1024
        print(f"memory of the worker {when}: {own:.0f} MB its own, {kb['Rss:'] / 1024:.0f} in all")


def show(values: list[float]) -> str:
    ranked = sorted(values)
    return f"{statistics.median(ranked):.2f} (p95 {ranked[int(0.95 * len(ranked))]:.2f})"


def understood(voice: EspeakVoice, names: list[str]) -> None:
    try:
        hear = listener(import_module("pocketsphinx"))
    except ImportError:
        print("no pocketsphinx: nobody listens")
        return
    for name in names:
        wrong = words = 0
        pitches = []
        for text in SENTENCES:
            speech = say(voice, text, name=name)
            pitches.append(voicing(speech.wave, speech.rate)[0])
            pcm = b"".join(piece.pcm for piece in speech.pieces)
            wrong += distance(text.split(), hear(pcm).split())
            words += len(text.split())
        pitch = statistics.median(pitches)
        print(f"{name:10s} {100 * wrong / words:4.0f} % of the words wrong, {pitch:4.0f} Hz")


def listener(pocketsphinx: Any) -> Callable[[bytes], str]:
    decoder = pocketsphinx.Decoder(loglevel="FATAL")

    def hear(pcm: bytes) -> str:
        quiet = silence(250, 16_000)
        decoder.start_utt()
        decoder.process_raw(quiet + resample_all(pcm, 22_050, 16_000) + quiet, full_utt=True)
        decoder.end_utt()
        found = decoder.hyp()
        return str(found.hypstr) if found else ""

    return hear


def distance(said: list[str], heard: list[str]) -> int:
    """How many words must be changed, left out or put in."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        row = list(_next_row(row, i, word, heard))
    return row[-1]


def _next_row(above: list[int], first: int, word: str, heard: list[str]) -> Iterator[int]:
    left = first
    yield left
    for j, other in enumerate(heard, 1):
        left = min(left + 1, above[j] + 1, above[j - 1] + (word != other))
        yield left


if __name__ == "__main__":
    main()
