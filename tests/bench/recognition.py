"""How well the embedded recogniser understands, and what that costs.

    python -m tests.bench.recognition --data DIR [--only PART] [--every N] [--domains NAME ...]

Orders are accepted if every slot is right and none is invented. None of the recordings' own texts
is in the language model: its sentences come from templates. Detector, listener and both decoders
are the real ones; times are CPU times of this process.
"""

from __future__ import annotations

import argparse
import csv
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from models.pocketsphinx import adapter
from models.webrtcvad import adapter as webrtcvad
from voiceagent import bundle
from voiceagent.audio import read_audio
from voiceagent.events import Heard, Scored, Settle, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_BYTES, FRAME_MS, Ear, Frame, ToolSpec, Tune
from voiceagent.wire.phrases import phrases_of

Samples = NDArray[np.float32]
UNCLEAR = "[unclear]"
TAIL_MS = 400
MIXED = "assistant", "coffee", "english"
DOMAINS = {"coffee": ("coffee",), "english": ("coffee", "english"), "assistant": MIXED}
"""Orders are heard with ever more that they might have been."""
SESSIONS = 20
ORDERING = (
    "i would like a coffee please",
    "can i get a large latte",
    "can i have a small americano with whole milk",
    "give me a double shot espresso",
    "i want a medium cappuccino with sugar",
    "make me a dark roast coffee with cream and sugar",
    "could i get a twelve ounce mocha with almond milk",
    "get me an iced coffee with brown sugar",
    "a large light roast house coffee with a lot of milk",
    "i'd like a triple shot latte with soy milk and sweetener",
    "order me a drip coffee please",
    "can you make me an iced mocha",
)
"""What somebody might write beside a tool for orders, without having heard any."""
ALLOWED: dict[str, tuple[str, ...]] = {
    "drink": (
        *("coffee", "house coffee", "drip coffee", "iced coffee", "americano", "espresso"),
        *("latte", "cappuccino", "mocha", "iced mocha"),
    ),
    "size": (
        *("small", "medium", "large"),
        *("eight ounce", "twelve ounce", "sixteen ounce", "twenty ounce"),
    ),
    "roast": ("light roast", "medium roast", "dark roast"),
    "shots": ("single shot", "double shot", "triple shot"),
    "milk": (
        *("milk", "whole milk", "skim milk", "soy milk", "almond milk", "cream"),
        *("some milk", "a bit of cream", "a lot of milk"),
    ),
    "sugar": (
        *("sugar", "brown sugar", "sweetener"),
        *("some sugar", "a lot of sugar", "a little bit of sugar"),
    ),
}

AMOUNT = r"(?:(?:some|a (?:little )?bit of|a lot of|lots of) )?"
SLOTS = {
    "coffeeDrink": "(?:house|drip|iced) coffee|iced mocha|americano|mocha|coffee|cappuccino"
    "|espresso|latte",
    "roast": "(?:light|medium|dark) roast",
    "size": "(?:eight|twelve|sixteen|twenty) ounce|large|small|medium(?! roast)",
    "numberOfShots": "(?:single|double|triple) shot",
    "milkAmount": AMOUNT + "(?:(?:almond|soy|skim|whole) )?(?:milk|cream)",
    "sugarAmount": AMOUNT + "(?:brown sugar|sugar|sweetener)",
}
PATTERNS = {slot: re.compile(rf"\b(?:{pattern})\b") for slot, pattern in SLOTS.items()}


def slots_of(text: str) -> dict[str, str]:
    found = {slot: pattern.search(text) for slot, pattern in PATTERNS.items()}
    return {slot: match[0] for slot, match in found.items() if match}


# --- hearing -------------------------------------------------------------------------------------


@dataclass(slots=True)
class Costs:
    """CPU seconds: of the final decodes, and of everything else that the listener did."""

    finals: list[float] = field(default_factory=list)
    live: float = 0.0
    audio_s: float = 0.0
    behind_ms: list[int] = field(default_factory=list)  # a word's end to when it was told


@dataclass(frozen=True, slots=True)
class Pause:
    """A stop of the detector, and how finished the turn seemed."""

    end: int
    text: str
    probability: float


def frames(samples: Samples) -> Iterator[Frame]:
    pcm = samples.clip(-32_768, 32_767).astype(np.int16).tobytes() + bytes(TAIL_MS * 32)
    for i in range(len(pcm) // FRAME_BYTES):
        yield Frame(i * FRAME_MS, pcm[i * FRAME_BYTES : (i + 1) * FRAME_BYTES])


def hear(ear: Ear, detector: Ear, samples: Samples, costs: Costs | None = None) -> list[Pause]:
    """One recording is one turn: what was heard at each of its pauses, the last one last."""
    costs = costs or Costs()
    listener, watcher = ear.listen(), detector.listen()
    pauses: list[Pause] = []
    costs.audio_s += len(samples) / EAR_RATE
    for frame in frames(samples):
        seen = list(watcher.feed(frame, ()))
        began = time.process_time()
        told = list(listener.feed(frame, seen))
        costs.live += time.process_time() - began
        costs.behind_ms += [e.at - e.until for e in told if isinstance(e, Heard)]
        for stop in (event for event in seen if isinstance(event, SpeechStopped)):
            began = time.process_time()
            answer = list(listener.tell(Settle(stop.end)))
            costs.finals.append(time.process_time() - began)
            pauses.append(pause_of(stop.end, answer))
    return pauses


def pause_of(end: int, answer: Iterable[object]) -> Pause:
    text, probability = "", 0.5
    for event in answer:
        if isinstance(event, Heard):
            text = event.text
        elif isinstance(event, Scored):
            probability = event.probability
    return Pause(end, text, probability)


def final_text(ear: Ear, detector: Ear, samples: Samples, tune: Tune | None = None) -> str:
    """Only the last words: nothing is decoded at the pauses before."""
    listener, watcher = ear.listen(), detector.listen()
    if tune is not None:
        listener.tell(tune)
    end = 0
    for frame in frames(samples):
        seen = list(watcher.feed(frame, ()))
        end = max([end, *(e.end for e in seen if isinstance(e, SpeechStopped))])
        listener.feed(frame, seen)
    return pause_of(end, listener.tell(Settle(end))).text


class Plain:
    """The library as it comes: its dictionary and its general language model, one block."""

    def __init__(self, detector: Ear) -> None:
        library: Any = import_module("pocketsphinx")
        self._decoder = library.Decoder(loglevel="FATAL")
        self._detector = detector

    def text(self, samples: Samples) -> str:
        watcher, begin, end = self._detector.listen(), len(samples) // 16, 0
        for frame in frames(samples):
            for event in watcher.feed(frame, ()):
                if isinstance(event, SpeechStarted):
                    begin = min(begin, event.begin)
                elif isinstance(event, SpeechStopped):
                    end = event.end
        piece = samples[max(0, begin - 250) * 16 : (end + 250) * 16]
        self._decoder.start_utt()
        self._decoder.process_raw(piece.astype(np.int16).tobytes(), full_utt=True)
        self._decoder.end_utt()
        best = self._decoder.hyp()
        return best.hypstr if best else ""


# --- recordings ----------------------------------------------------------------------------------


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def samples_of(path: Path) -> Samples:
    return np.frombuffer(read_audio(path).at(EAR_RATE).pcm, np.int16).astype(np.float32)


def noisy(clean: Samples, noise: Samples, snr_db: float) -> Samples:
    """The noise goes on for the whole recording; the ratio is that of the loud half to it."""
    around = np.resize(noise, len(clean))
    power = np.sort((clean[: len(clean) // 160 * 160].reshape(-1, 160) ** 2).mean(1))
    speech = power[-max(1, len(power) // 4) :].mean()
    gain = np.sqrt(speech / 10 ** (snr_db / 10) / max(1.0, float((around**2).mean())))
    return np.asarray(clean + gain * around, np.float32)


def in_room(clean: Samples, response: Samples) -> Samples:
    size = 1 << (len(clean) + len(response)).bit_length()
    spectrum = np.fft.rfft(clean, size) * np.fft.rfft(response, size)
    wet = np.fft.irfft(spectrum, size)[: len(clean)]
    return np.asarray(wet * np.abs(clean).max() / max(1.0, np.abs(wet).max()), np.float32)


Change = Callable[[Samples], Samples]


def conditions(data: Path) -> dict[str, Change]:
    kitchen = samples_of(data / "noise" / "pv_kitchen.flac")
    changes: dict[str, Change] = {"clean": lambda clean: clean}
    for snr in (20, 10, 5):
        changes[f"kitchen {snr} dB"] = lambda clean, snr=snr: noisy(clean, kitchen, snr)  # type: ignore[misc]
    for name in ("am_ir0", "dfn_sim_rt079"):  # 0.4 s near, 0.5 s far; halls are hopeless
        room = samples_of(data / "rir" / f"{name}.flac")
        changes[f"room {name}"] = lambda clean, room=room: in_room(clean, room)  # type: ignore[misc]
    return changes


# --- the figures ---------------------------------------------------------------------------------


def orders(data: Path, every: int, detector: Ear, chosen: Sequence[str]) -> None:
    folder = data / "speech" / "commands_en"
    asked = [
        (
            samples_of(folder / row["file"]),
            {k: v.strip() for k, v in json.loads(row["text"]).items()},
        )
        for row in rows(folder)[::every]
    ]
    wanted = [slots for _, slots in asked]
    print(f"\naccepted orders of {len(asked)}, % (wrong, said to be unclear)")
    for phrases in (DOMAINS[name] for name in chosen if name in DOMAINS):
        ear = adapter.build(adapter.Options(phrases=phrases))
        for condition, change in conditions(data).items():
            texts = [final_text(ear, detector, change(clean)) for clean, _ in asked]
            print(f"  {' + '.join(phrases):28} {condition:16} {shares(texts, wanted)}", flush=True)
    if "library" in chosen:
        library = Plain(detector)
        texts = [library.text(clean) for clean, _ in asked]
        print(f"  {'the library as it comes':28} {'clean':16} {shares(texts, wanted)}")


def declared(data: Path, every: int, detector: Ear) -> None:
    """Orders heard by an assistant that knows them from a client's tool alone."""
    folder = data / "speech" / "commands_en"
    kept = rows(folder)[::every]
    clips = [samples_of(folder / row["file"]) for row in kept]
    wanted = [{k: v.strip() for k, v in json.loads(row["text"]).items()} for row in kept]
    schema = {"properties": {name: {"enum": list(values)} for name, values in ALLOWED.items()}}
    tools = {
        "no tool": (),
        "a tool with its values": (ToolSpec("order_drink", parameters=schema),),
        "a tool with 12 phrases": (ToolSpec("order_drink", phrases=ORDERING),),
        "both": (ToolSpec("order_drink", parameters=schema, phrases=ORDERING),),
    }
    ear = adapter.build(adapter.Options())
    print(f"\naccepted orders of {len(clips)} by what a client's tool declares, %")
    for name, declared_tools in tools.items():
        tune = Tune(phrases=phrases_of(declared_tools, ""))
        texts = [final_text(ear, detector, clip, tune) for clip in clips]
        print(f"  {name:28} {len(tune.phrases):3} phrases {shares(texts, wanted)}", flush=True)


def shares(texts: Sequence[str], wanted: Sequence[dict[str, str]]) -> str:
    right = sum(slots_of(text) == slots for text, slots in zip(texts, wanted, strict=True))
    unclear = sum(UNCLEAR in text or not text for text in texts)
    each = 100 / len(texts)
    return (
        f"{right * each:5.1f} ({(len(texts) - right - unclear) * each:.1f}, {unclear * each:.1f})"
    )


def errors(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words that are wrong, missing or too many."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def words(text: str) -> list[str]:
    return re.sub(r"[^a-z' ]+", " ", text.lower()).split()


def english(data: Path) -> list[dict[str, str]]:
    return [row for row in rows(data / "speech" / "misc") if row["language"] == "en"]


def word_errors(data: Path, detector: Ear) -> None:
    """The few recordings with a text. Prose is outside the domain: only the library may know it."""
    own = adapter.build(adapter.Options(reject_below=0.0))
    library = Plain(detector)
    print("\nword errors on speech/misc, %: own domain, the library's model")
    for row in english(data):
        said = words(row["text"])
        if not said or "conversation" in row["text"] or "speakers" in row["text"]:
            continue
        clip = samples_of(data / "speech" / "misc" / row["file"])
        texts = final_text(own, detector, clip), library.text(clip)
        ours, theirs = (100 * errors(said, words(text)) / len(said) for text in texts)
        print(f"  {row['file'][:46]:46} {ours:5.0f} {theirs:5.0f}   {texts[0][:60]}")


def pieces(
    detector: Ear, samples: Samples, gap_ms: int = 600, most_ms: int = 8_000
) -> list[Samples]:
    """Speech cut at its pauses, as turns would be."""
    watcher, spans, begin = detector.listen(), list[list[int]](), 0
    for frame in frames(samples):
        for event in watcher.feed(frame, ()):
            if isinstance(event, SpeechStarted):
                begin = event.begin
            elif isinstance(event, SpeechStopped):
                if spans and begin - spans[-1][1] < gap_ms and event.end - spans[-1][0] < most_ms:
                    spans[-1][1] = event.end
                else:
                    spans.append([begin, event.end])
    return [samples[max(0, b - 400) * 16 : (e + 400) * 16] for b, e in spans if e - b >= 300]


def false_acceptance(data: Path, detector: Ear) -> None:
    print("\nspeech outside the domain: turns, of them believed %, not even unclear %")
    outside: dict[str, list[Path]] = {
        "misc, English prose": [
            data / "speech" / "misc" / row["file"]
            for row in english(data)
            if "weather" not in row["file"]
        ],
        "AMI meetings": sorted((data / "speech" / "overlap_ami").glob("*.flac")),
        "EmoDB, German": sorted((data / "emotion" / "emodb4").glob("*.flac"))[1::6],
        "Mandarin words": sorted((data / "speech" / "mandarin_words").glob("*.flac"))[1::3],
    }
    for phrases in (("assistant", "english"), MIXED):
        ear = adapter.build(adapter.Options(phrases=phrases))
        print(f"  {' + '.join(phrases)}")
        for name, paths in outside.items():
            turns = [turn for path in paths for turn in pieces(detector, samples_of(path))]
            texts = [final_text(ear, detector, turn) for turn in turns]
            believed = [text for text in texts if text and UNCLEAR not in text]
            each = 100 / max(1, len(texts))
            silent = each * sum(not text for text in texts)
            print(
                f"    {name:22} {len(texts):4} {each * len(believed):5.1f} {silent:5.1f}"
                f"   {'; '.join(believed)[:90]}",
                flush=True,
            )


def costs(data: Path, count: int, detector: Ear) -> None:
    folder = data / "speech" / "commands_en"
    clips = [samples_of(folder / row["file"]) for row in rows(folder)[:count]]
    for phrases in (("coffee", "english"), MIXED):
        ear, spent = adapter.build(adapter.Options(phrases=phrases)), Costs()
        for clip in clips:
            hear(ear, detector, clip, spent)
        finals, behind = np.array(spent.finals) * 1000, np.array(spent.behind_ms)
        print(f"\n{' + '.join(phrases)}: {len(clips)} orders, {len(finals)} pauses")
        print("  final decode, ms: median {:.0f}, p95 {:.0f}".format(*spread(finals, 95)))
        ago = "median {:.0f}, p90 {:.0f}".format(*spread(behind, 90))
        print(f"  a partial's last word ended so many ms ago: {ago}")
        print(f"  live: real-time factor {spent.live / spent.audio_s:.3f} of all audio")


def spread(values: NDArray[Any], high: float) -> tuple[float, float]:
    return float(np.median(values)), float(np.percentile(values, high))


def memory() -> None:
    process = psutil.Process()
    empty = process.memory_info().rss
    began = time.process_time()
    ear = adapter.build(adapter.Options(phrases=MIXED))
    built, loaded = time.process_time() - began, process.memory_info().rss
    began = time.process_time()
    listeners = [ear.listen() for _ in range(SESSIONS)]
    each = (process.memory_info().rss - loaded) / len(listeners) / 2**20
    ms = (time.process_time() - began) / SESSIONS * 1000
    print(f"\nloading {built:.2f} s, {(loaded - empty) / 2**20:.0f} MB")
    print(f"a session {ms:.0f} ms, {each:.1f} MB")


def detector_of(name: str) -> Ear:
    if name == "webrtcvad":
        return webrtcvad.build(webrtcvad.Options())
    module: Any = bundle.load("models", name)
    ear: Ear = module.build(module.Options())
    return ear


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--orders", type=int, default=250, help="for the costs, 100 at most")
    parser.add_argument("--every", type=int, default=1, help="take every so many-th order")
    parser.add_argument("--detector", default="silero")
    parser.add_argument(
        "--only", choices=["memory", "orders", "errors", "outside", "costs", "tools"]
    )
    parser.add_argument("--domains", nargs="+", default=[*DOMAINS, "library"])
    asked = parser.parse_args()
    detector = detector_of(asked.detector)
    parts: dict[str, Callable[[], None]] = {
        "memory": memory,
        "costs": lambda: costs(asked.data, min(100, asked.orders), detector),
        "outside": lambda: false_acceptance(asked.data, detector),
        "errors": lambda: word_errors(asked.data, detector),
        "orders": lambda: orders(asked.data, asked.every, detector, asked.domains),
        "tools": lambda: declared(asked.data, asked.every, detector),
    }
    for name, part in parts.items():
        if asked.only in (None, name):
            part()


if __name__ == "__main__":
    main()
