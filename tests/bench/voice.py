"""How the embedded voice's emotions differ from its plain way, and what they cost.

    python -m tests.bench.voice [--name ben ...] [--words] [--intensity 0.5]

Everything is measured from the sound, against the same voice's plain sentences: 24 texts in
English, Mandarin and German. `--words` adds what pocketsphinx with its default model gets wrong of
30 English sentences (slow). Times are CPU times of this process.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from statistics import median

import anyio

from models.espeak.adapter import EspeakVoice, Options, build
from tests.models.espeak.acoustics import Measures, difference, measured
from tests.models.espeak.measure import SENTENCES, distance, listener
from tests.models.espeak.sound import Speech, phrases
from tests.models.espeak.texts import LANGUAGES
from voiceagent.parts import Spoken
from voiceagent.style import EMOTIONS, Style

MORE = (
    "the children are playing in the garden behind the house",
    "my sister bought a new car last month",
    "could you please close the window before you leave",
    "the meeting has been moved to thursday morning",
    "i think we should wait until the rain stops",
    "there is a good restaurant near the station",
    "he has never seen the ocean in his life",
    "remember to call your mother this evening",
    "the library is open until eight on friday",
    "do you want sugar in your tea",
    "our flight was delayed because of the snow",
    "she is reading a book about the history of music",
    "the doctor said that everything is fine",
    "they lost their keys somewhere in the park",
    "tell me what you think about this picture",
    "the old man sat under a tree and slept",
)
Hear = Callable[[bytes], str]


@dataclass(slots=True)
class Costs:
    """CPU seconds."""

    first: list[float]
    all: float = 0.0
    audio: float = 0.0


def main() -> None:
    options = arguments()
    hear = listener(import_module("pocketsphinx")) if options.words else None
    for name in options.name:
        table(name, options.intensity, hear)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--name", nargs="+", default=["ben"])
    parser.add_argument("--intensity", type=float, default=0.5)
    parser.add_argument("--words", action="store_true")
    return parser.parse_args()


def rows(intensity: float) -> Iterator[tuple[str, Style]]:
    for emotion in EMOTIONS:
        yield emotion, Style(emotion=emotion, intensity=intensity)
    yield "whisper", Style(mode="whisper")
    yield "shout", Style(mode="shout")
    for pace in (0.5, 0.75, 1.5, 2.0):
        yield f"pace {pace:g}", Style(pace=pace)
    yield "pitch +4", Style(pitch=4.0)
    yield "energy +6", Style(energy=6.0)


def table(name: str, intensity: float, hear: Hear | None) -> None:
    print(f"\n{name}, intensity {intensity:g}: against plain")
    print("| | F0 st | range st | log duration | level dB | tilt dB | voiced | ", end="")
    print("words wrong % | first ms (worst) | RTF | again |\n|" + "---|" * 11)
    plain: list[Measures] = []
    for label, style in rows(intensity):
        voice = build(Options(voice=name))
        costs, again = Costs([]), Costs([])
        found = measures(voice, style, costs)
        measures(voice, style, again)  # what was said lately is still analysed
        plain = plain or found
        errors = f"{wrong(voice, style, hear):.1f}" if hear else "-"
        print(line(label, difference(found, plain), errors, costs, again), flush=True)


def line(label: str, by: Measures, errors: str, costs: Costs, again: Costs) -> str:
    first = f"{1000 * median(costs.first):.0f} ({1000 * max(costs.first):.0f})"
    return (
        f"| {label} | {by.pitch:+.1f} | {by.spread:+.1f} | {by.seconds:+.2f} | {by.level:+.1f} "
        f"| {by.tilt:+.1f} | {by.voiced:+.2f} | {errors} | {first} "
        f"| {costs.all / costs.audio:.3f} | {again.all / again.audio:.3f} |"
    )


def measures(voice: EspeakVoice, style: Style, costs: Costs) -> list[Measures]:
    found = []
    for language, texts in LANGUAGES.items():
        for text in texts:
            spoken = speech(voice, text, style, language, costs)
            found.append(measured(spoken.wave, spoken.rate))
    return found


def speech(voice: EspeakVoice, text: str, style: Style, language: str, costs: Costs) -> Speech:
    async def listen() -> Speech:
        pieces: list[Spoken] = []
        begun = time.process_time()
        async for piece in voice.speak(phrases([text], replace(style, language=language))):
            if not pieces:
                costs.first.append(time.process_time() - begun)
            pieces.append(piece)
        costs.all += time.process_time() - begun
        return Speech(pieces)

    heard = anyio.run(listen)
    costs.audio += heard.seconds
    return heard


def wrong(voice: EspeakVoice, style: Style, hear: Hear) -> float:
    texts: Sequence[str] = SENTENCES + MORE
    errors = sum(distance(text.split(), hear(pcm_of(voice, text, style)).split()) for text in texts)
    return 100 * errors / sum(len(text.split()) for text in texts)


def pcm_of(voice: EspeakVoice, text: str, style: Style) -> bytes:
    spoken = speech(voice, text, style, "en-us", Costs([]))
    return b"".join(piece.pcm for piece in spoken.pieces)


if __name__ == "__main__":
    main()
