"""What is said over a reply: how often it is taken for what it is, and how soon.

    python -m tests.bench.overlap --data DIR [--half tune|report] [--only ROW ...] [--most N]

The embedded profile's ears hear it: its detector, its recogniser (coffee, assistant and English),
and the ears of the house. DIR holds speech/overlap_ami, speech/commands_en, emotion/emogator_55,
noise and rir. Every second clip was for tuning, the others are reported.
"""

from __future__ import annotations

import argparse
import asyncio
import random
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from models.espeak import adapter as espeak
from models.pocketsphinx import adapter as pocketsphinx
from models.silero import adapter as silero
from tests.bench.duplex import NO_ECHO, Course, Replay, Samples, Scene, converse
from tests.bench.labels import speech_span
from tests.bench.recognition import rows, samples_of
from voiceagent import events as e
from voiceagent.audio import resample_all
from voiceagent.hearing.echo import EchoEar
from voiceagent.hearing.overlap import OverlapEar
from voiceagent.parts import EAR_RATE, Ear, Phrase, Spoken

LONGEST_S = 3  # of what is said over the reply
USER_DB = -26.0  # the loud part of the user's own turns
REPLY = (
    "There are three trains to the airport this afternoon. The first one leaves at ten past two, "
    "and you would have to change once. The second one is slower but you can stay in your seat. "
    "The last of them is at half past four, and it takes a little less than an hour."
)
WATCHED: Samples = np.zeros(6 * EAR_RATE, np.float32)  # nobody says anything for so long
T = TypeVar("T")


# --- sounds --------------------------------------------------------------------------------------


def loud_db(samples: Samples) -> float:
    """The level of its loud quarter."""
    steps = samples[: max(320, len(samples) // 320 * 320)]
    power = np.sort((steps[: len(steps) // 320 * 320].reshape(-1, 320) ** 2).mean(1))
    return 10 * float(np.log10(power[-max(1, len(power) // 4) :].mean() / 32_768**2 + 1e-10))


def at_level(samples: Samples, db: float) -> Samples:
    return amplified(samples, db - loud_db(samples))


def amplified(samples: Samples, db: float) -> Samples:
    return np.asarray(samples * 10 ** (db / 20), np.float32)


def spoken_part(samples: Samples) -> Samples:
    quiet = np.zeros(EAR_RATE, np.float32)
    whole = np.concatenate((quiet, samples, quiet))
    begin, end = speech_span(whole.astype(np.int16), EAR_RATE)
    return whole[begin * 16 : end * 16]


async def say(voice: espeak.EspeakVoice, text: str, name: str = "") -> list[Spoken]:
    async def phrases() -> AsyncIterator[Phrase]:
        yield Phrase(text)

    return [piece async for piece in voice.speak(phrases(), name)]


def sound_of(pieces: Sequence[Spoken]) -> Samples:
    pcm = resample_all(b"".join(piece.pcm for piece in pieces), pieces[0].rate, EAR_RATE)
    return np.frombuffer(pcm, np.int16).astype(np.float32)


# --- recordings ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Said:
    """A speaker's turn in a meeting."""

    recording: str
    begin: float
    end: float
    speaker: str
    shared: float  # the share of it in which others speak too

    @property
    def seconds(self) -> float:
        return self.end - self.begin


def meetings(folder: Path) -> list[Said]:
    turns = []
    for path in sorted(folder.glob("*.rttm")):
        for line in path.read_text(encoding="utf-8").splitlines():
            part = line.split()
            begin = float(part[3])
            turns.append((part[1], begin, begin + float(part[4]), part[7]))
    turns = [turn for turn in turns if (folder / f"{turn[0]}.flac").is_file()]
    return [Said(*turn, shared(turn, turns)) for turn in turns]


Turn = tuple[str, float, float, str]


def shared(turn: Turn, turns: Sequence[Turn]) -> float:
    name, begin, end, who = turn
    steps = np.arange(begin, end, 0.01)
    others = [t for t in turns if t[0] == name and t[3] != who]
    return float(np.mean([any(b <= x < c for _, b, c, _ in others) for x in steps]))


class Recordings:
    """The clips of one half, as scenes."""

    def __init__(self, data: Path, half: str, most: int) -> None:
        self._data = data
        self._half, self._most = half, most
        self._folder = data / "speech" / "overlap_ami"
        self._turns = meetings(self._folder)
        self._voice = espeak.build(espeak.Options())
        self._random = random.Random(7)
        orders = data / "speech" / "commands_en"
        self._orders = [orders / row["file"] for row in rows(orders)[:120]]
        self.reply = asyncio.run(say(self._voice, REPLY))

    def half(self, clips: Sequence[T]) -> Sequence[T]:
        chosen = {"tune": clips[::2], "report": clips[1::2], "all": clips}[self._half]
        return chosen[: self._most]

    def room(self, db: float, name: str = "am_ir0") -> Samples:
        """A response that makes the reply so loud, against the user, in the microphone."""
        response = samples_of(self._data / "rir" / f"{name}.flac")[: EAR_RATE // 2]
        reply = sound_of(self.reply)
        wet = np.convolve(reply, response)[: len(reply)].astype(np.float32)
        return amplified(response, USER_DB + db - loud_db(wet))

    # --- backchannels ------------------------------------------------------------------------

    def backchannels(self, alone: bool) -> Iterator[Scene]:
        """Turns of 0.3 to 0.8 s. `alone`: less than 15 % of it is under somebody else's speech."""
        found = [t for t in self._turns if 0.3 <= t.seconds <= 0.8 and t.recording != "trn00"]
        for turn in self.half([t for t in found if (t.shared < 0.15) == alone]):
            yield self._in_meeting(turn)

    def _in_meeting(self, turn: Said) -> Scene:
        """The speaker's longest other turn comes before the reply, if one is clear enough."""
        whole = samples_of(self._folder / f"{turn.recording}.flac")
        others = [
            t
            for t in self._turns
            if (t.recording, t.speaker) == (turn.recording, turn.speaker)
            and t is not turn
            and t.shared < 0.4
            and t.seconds > 0.9
        ]
        over = cut(whole, turn.begin, min(turn.end, turn.begin + LONGEST_S))
        if not others:
            return Scene(at_level(over, USER_DB - 3))
        first = max(others, key=lambda t: t.seconds * (1 - t.shared))
        before = cut(whole, first.begin, min(first.end, first.begin + 2))
        gain = USER_DB - loud_db(before)
        return Scene(amplified(over, gain), amplified(before, gain))

    def bursts(self) -> Iterator[Scene]:
        """Vocal sounds without words, of 0.25 to 0.8 s, a little softer than speech."""
        folder = self._data / "emotion" / "emogator_55"
        kinds = {"Interest", "Realization", "Contentment", "Neutral", "Confusion"}
        found = []
        for row in rows(folder):
            if row["emotion"] in kinds and float(row["dur"]) < 2.0:
                sound = spoken_part(samples_of(folder / row["file"]))
                if 0.25 <= len(sound) / EAR_RATE <= 0.8:
                    found.append(sound)
            if len(found) >= 60:
                break
        for sound in self.half(found):
            yield Scene(at_level(sound, USER_DB - 4), self._order())

    def said(self, texts: str) -> Iterator[Scene]:
        names = ("en-us+f3", "en-us+edward", "ben", "nora")
        for i, text in enumerate(self.half(texts.split(", "))):
            sound = sound_of(asyncio.run(say(self._voice, text, names[i % len(names)])))
            yield Scene(at_level(spoken_part(sound), USER_DB - 2), self._order())

    # --- interruptions -----------------------------------------------------------------------

    def _order(self) -> Samples:
        path = self._orders[self._random.randrange(len(self._orders))]
        return at_level(spoken_part(samples_of(path)), USER_DB)[: 2 * EAR_RATE]

    def orders(self, db: float = 0.0) -> Iterator[Scene]:
        """Orders, said within 3 dB of how loud the same person had been before."""
        for path in self.half(self._orders):
            sound = spoken_part(samples_of(path))
            gain = db or self._random.uniform(-3, 3)
            over = at_level(sound, USER_DB + gain)[: LONGEST_S * EAR_RATE]
            yield Scene(over, at_level(sound, USER_DB)[: 2 * EAR_RATE])

    def meeting(self) -> Iterator[Scene]:
        """Turns of 1 s and more that begin while somebody else speaks."""
        found = [t for t in self._turns if t.seconds >= 1.0 and t.shared > 0.1]
        for turn in self.half(found):
            yield self._in_meeting(turn)

    # --- nothing -----------------------------------------------------------------------------

    def echo_alone(self) -> Iterator[Scene]:
        for name in ("am_ir0", "dfn_sim_rt079", "sb_rir1", "sb_rir2"):
            for db in (0.0, -6.0, -12.0, -20.0):
                yield Scene(WATCHED, self._order(), self.room(db, name), after_ms=0)

    def kitchen(self) -> Iterator[Scene]:
        noise = samples_of(self._data / "noise" / "pv_kitchen.flac")
        for i in range(min(10, self._most)):
            piece = np.roll(noise, -i * 3 * EAR_RATE)
            first = self._order()
            yield Scene(WATCHED, first, background=at_level(piece, USER_DB - 10))


def cut(whole: Samples, begin: float, end: float) -> Samples:
    return whole[round(begin * EAR_RATE) : round(end * EAR_RATE)]


BACKCHANNELS = (
    "yeah, okay, right, mm-hm, uh-huh, sure, I see, great, really, yes, of course, okay great, "
    "oh, exactly, all right, got it"
)
STOPS = "stop, wait, no, hold on, no wait, excuse me, hang on, stop it, wait a moment, no no"

# --- the figures ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    scenes: Callable[[Recordings], Iterator[Scene]]
    interrupts: bool


ROWS = {
    "backchannels of meetings": Row(lambda r: r.backchannels(alone=True), False),
    "the same where others speak too": Row(lambda r: r.backchannels(alone=False), False),
    "vocal sounds": Row(lambda r: r.bursts(), False),
    "backchannels, synthetic": Row(lambda r: r.said(BACKCHANNELS), False),
    "orders": Row(lambda r: r.orders(), True),
    "overlaps of meetings": Row(lambda r: r.meeting(), True),
    "stop and wait, synthetic": Row(lambda r: r.said(STOPS), True),
    "side talk, 15 dB lower": Row(lambda r: r.orders(-15.0), False),
    "kitchen noise": Row(lambda r: r.kitchen(), False),
}
ECHOES = {"no echo": None, "echo -6 dB": -6.0, "echo -15 dB": -15.0}


def middle(values: Sequence[float]) -> str:
    if not values:
        return "-"
    return f"{np.percentile(values, 50):.0f} / {np.percentile(values, 95):.0f}"


def told(name: str, courses: Sequence[Course]) -> str:
    cut = [c.cancelled - c.began for c in courses if c.cancelled is not None]
    held = [c.held_ms for c in courses if c.cancelled is None and c.held_ms]
    ducked = sum(bool(c.times(e.Duck) or c.times(e.Hold)) for c in courses)
    last = [c.last_sound - c.began for c in courses if c.last_sound is not None]
    share = 100 * len(cut) / len(courses)
    return (
        f"{name:44} {len(courses):3} | cancelled {len(cut):3} = {share:3.0f} %"
        f" after {middle(cut)} ms, last sound {middle(last)} ms"
        f" | not: ducked {ducked - len(cut)}, held {len(held)} for {middle(held)} ms"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--half", choices=["tune", "report", "all"], default="report")
    parser.add_argument("--only", nargs="+", default=[*ROWS, "echo alone"])
    parser.add_argument("--echoes", nargs="+", default=[*ECHOES])
    parser.add_argument("--most", type=int, default=40)
    parser.add_argument("--show", action="store_true", help="every verdict, with its why")
    asked = parser.parse_args()
    made = Recordings(asked.data, asked.half, asked.most)
    words = pocketsphinx.Options(phrases=("coffee", "assistant", "english"))
    cheap: list[Ear] = [silero.build(silero.Options()), EchoEar()]
    heavy: list[Ear] = [pocketsphinx.build(words), OverlapEar()]
    voice = Replay(made.reply)
    for name in asked.only:
        if name == "echo alone":
            report(name, cheap, heavy, voice, made.echo_alone(), asked.show)
            continue
        for echo in asked.echoes:
            db = ECHOES[echo]
            response = NO_ECHO if db is None else made.room(db)
            scenes = (
                Scene(s.over, s.first, response, s.after_ms, s.background)
                for s in ROWS[name].scenes(made)
            )
            report(f"{name}, {echo}", cheap, heavy, voice, scenes, asked.show)


def report(
    name: str,
    cheap: Sequence[Ear],
    heavy: Sequence[Ear],
    voice: Replay,
    scenes: Iterator[Scene],
    show: bool,
) -> None:
    courses = []
    for scene in scenes:
        course = converse(cheap, heavy, voice, scene)
        courses.append(course)
        if show:
            reveal(course)
    if courses:
        print(told(name, courses), flush=True)


def reveal(course: Course) -> None:
    cancelled = course.cancelled and course.cancelled - course.began
    length = course.ended - course.began
    print(f"   {length} ms: cancelled {cancelled}, held {course.held_ms}", course.verdicts)
    heard = [event for event, _ in course.log if isinstance(event, e.Heard)]
    print("       ", [(h.at - course.began, h.text) for h in heard if h.at > course.began])


if __name__ == "__main__":
    main()
