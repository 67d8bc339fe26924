"""How well the embedded voice sings and raps: pitch, onsets and what is held, from the sound alone.

    python -m tests.bench.song [--name ben] [--tunes NAME ...]

A pitch tracker and an onset finder of the test's own look at what came out of the voice; the notes
that were meant are those of the plan. Times are CPU times of this process.
"""

# ruff: noqa: RUF001

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from statistics import median

import anyio
import numpy as np

from models.espeak.adapter import EspeakVoice, Options, build
from tests.models.espeak.melodies import onset_offsets, perform, pitch_errors, spread, sustained
from tests.models.espeak.sound import phrases, say
from voiceagent.style import Style

TUNES = (
    *("twinkle twinkle little star", "happy birthday", "are you sleeping", "amazing grace"),
    *("jingle bells", "mary had a little lamb", "london bridge", "ode to joy", "when the saints"),
    *("茉莉花", "两只老虎", "送别", "生日快乐", "小星星"),
)
RAPS = {
    "English": "I woke up in the morning with the city in my head,\n"
    "a kettle on the fire and a dog upon the bed,\n"
    "I walk along the river and I listen to the rain,\n"
    "and every little word I say comes back to me again.",
    "Mandarin": "今天早上天气真的很不错，\n"
    "我们一起唱歌一起来快乐，\n"
    "走在路上看见朋友打招呼，\n"
    "大家一起努力向前不认输。",
}
HEAD = """\
| | notes | pitch error, cents (95 %) | onsets: spread, late, ms; near % | held % |
|---|---|---|---|---|"""
MADE_UP = "The morning is golden, the river is wide, and somebody's singing on the other side."


def main() -> None:
    options = arguments()
    voice = build(Options(accompany=False))
    for name in options.name:
        print(f"\n{name}\n\n{HEAD}")
        for tune in options.tunes:
            line(voice, tune, "", Style(mode="sing", melody=tune), name)
        line(voice, "made up, happy", MADE_UP, Style(mode="sing", emotion="happy"), name)
        line(voice, "hummed: mary", "", Style(mode="hum", melody="mary"), name)
        for language, text in RAPS.items():
            line(voice, f"rap, {language}", text, Style(mode="rap"), name)
        spoken(voice, name)
        costs(voice, options.tunes, name)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--name", nargs="+", default=["ben"])
    parser.add_argument("--tunes", nargs="+", default=TUNES)
    return parser.parse_args()


def line(voice: EspeakVoice, label: str, text: str, style: Style, name: str) -> None:
    performance = perform(voice, text, style, name)
    errors = [abs(cents) for cents in pitch_errors(performance)]
    late = [1000 * seconds for seconds in onset_offsets(performance)]
    pitch = f"{median(errors):.1f} ({np.percentile(errors, 95):.0f})" if errors else ""
    pitch = "" if style.mode == "rap" else pitch
    near = np.mean([abs(ms - median(late)) < 50 for ms in late])
    onsets = f"{spread(late):.0f}, {median(late):+.0f}; {100 * near:.0f}"
    held = 100 * sustained(performance.speech)
    print(f"| {label} | {len(performance.tones)} | {pitch} | {onsets} | {held:.0f} |", flush=True)


def spoken(voice: EspeakVoice, name: str) -> None:
    for text in (MADE_UP, RAPS["Mandarin"]):
        print(f"| spoken | | | | {100 * sustained(say(voice, text, name=name)):.0f} |")


def costs(voice: EspeakVoice, tunes: Sequence[str], name: str) -> None:
    firsts, used, audio = [], 0.0, 0.0
    for tune in tunes:
        first, all_s, seconds = anyio.run(timed, voice, Style(mode="sing", melody=tune), name)
        firsts.append(first)
        used, audio = used + all_s, audio + seconds
    ms = 1000 * median(firsts), 1000 * max(firsts)
    print(f"\nfirst audio {ms[0]:.0f} ms of CPU (worst {ms[1]:.0f}), factor {used / audio:.4f}")


async def timed(voice: EspeakVoice, style: Style, name: str) -> tuple[float, float, float]:
    begin, first, samples, rate = time.process_time(), 0.0, 0, 22_050
    async for piece in voice.speak(phrases([""], style), name):
        first = first or time.process_time() - begin
        samples, rate = samples + len(piece.pcm) // 2, piece.rate
    return first, time.process_time() - begin, samples / rate


if __name__ == "__main__":
    main()
