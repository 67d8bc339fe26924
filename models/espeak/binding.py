"""espeak-ng's C interface: one text in, its audio with the times of words and phonemes out.

The library keeps everything in globals and dies if two threads are in it, so that one lock guards
it. It is GPL-3: only the process of a worker loads it.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from voiceagent.errors import ModelError

SYNCHRONOUS = 2  # espeak_Synth returns when all is made, and no sound card is touched
BUFFER_MS = 60  # how often the callback is asked whether to go on
PHONEME_EVENTS, IN_IPA, NEVER_EXIT = 1, 2, 0x8000
BY_CHARACTER, UTF8 = 1, 1
RATE, VOLUME, PITCH, RANGE = 1, 2, 3, 4  # espeak_PARAMETER
LIST_END, WORD, END, PHONEME = 0, 1, 5, 7  # espeak_EVENT_TYPE
LONGEST_PATH = 150  # espeak cuts longer ones off, and then finds nothing
STOP, GO_ON = 1, 0


@dataclass(frozen=True, slots=True)
class Tone:
    """How a text is said, in espeak's own numbers."""

    voice: str  # a file under espeak's lang/, with a variant: "gmw/en-US+edward"
    words_per_minute: int = 175  # 80..900
    volume: int = 100  # per cent
    pitch: int = 50  # 0..99
    range: int = 50  # 0..100


@dataclass(frozen=True, slots=True)
class Mark:
    """The word at this place in the text begins at this sample."""

    place: int
    sample: int


@dataclass(frozen=True, slots=True)
class Phoneme:
    """In IPA, stress included; a pause has no name."""

    name: str
    start: int  # samples
    end: int


@dataclass(frozen=True, slots=True)
class Sound:
    pcm: bytes = b""
    words: tuple[Mark, ...] = ()
    phonemes: tuple[Phoneme, ...] = ()


@dataclass(frozen=True, slots=True)
class Native:
    """A language as espeak lists it."""

    tags: tuple[tuple[str, int], ...]  # lower case, each with its rank: 1 fits best
    name: str
    file: str


class _Id(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("text", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("text_id", ctypes.c_uint),
        ("place", ctypes.c_int),
        ("length", ctypes.c_int),
        ("ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _Id),
    )


class _Voice(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("file", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("spare_byte", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)

_lock = threading.Lock()


class Library:
    """The one espeak of this process."""

    def __init__(self, library: str, data: str) -> None:
        try:
            self._c: Any = ctypes.CDLL(library)
        except OSError as error:
            raise ModelError("espeak", f"{library} cannot be loaded: {error}") from error
        with _lock:
            options = PHONEME_EVENTS | IN_IPA | NEVER_EXIT
            path = _short(data).encode()
            rate = self._c.espeak_Initialize(SYNCHRONOUS, BUFFER_MS, path, options)
            if rate <= 0:
                raise ModelError("espeak", f"finds no voices in {data}")
            self._c.espeak_Synth.argtypes = (
                *(ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint, ctypes.c_int),
                *(ctypes.c_uint, ctypes.c_uint, ctypes.c_void_p, ctypes.c_void_p),
            )
            self._c.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
            self.languages = tuple(self._list())
        self.rate = int(rate)
        variants = Path(data) / "voices" / "!v"
        self.variants = tuple(sorted(file.name for file in variants.iterdir() if file.is_file()))

    def say(self, text: str, tone: Tone, stop: threading.Event | None = None) -> Sound:
        """Say a text that was cleaned before. Once `stop` is set, there is no more than a stump."""
        making = _Making(stop.is_set if stop is not None else bool)
        callback = _Callback(making.take)
        utf8 = text.encode()
        with _lock:
            self._set(tone)
            self._c.espeak_SetSynthCallback(callback)
            failed = self._c.espeak_Synth(utf8, len(utf8) + 1, 0, BY_CHARACTER, 0, UTF8, None, None)
        if failed:
            raise ModelError("espeak", f"refused a text of {len(text)} characters ({failed})")
        return making.sound()

    def _set(self, tone: Tone) -> None:
        if self._c.espeak_SetVoiceByName(tone.voice.encode()):
            raise ModelError("espeak", f"has no voice {tone.voice}")
        self._c.espeak_SetParameter(RATE, tone.words_per_minute, 0)
        self._c.espeak_SetParameter(VOLUME, tone.volume, 0)
        self._c.espeak_SetParameter(PITCH, tone.pitch, 0)
        self._c.espeak_SetParameter(RANGE, tone.range, 0)

    def _list(self) -> Iterator[Native]:
        found = self._c.espeak_ListVoices(None)
        number = 0
        while found[number]:
            voice = found[number].contents
            file = voice.file.decode().replace("\\", "/")
            yield Native(tuple(_tags(voice.languages)), voice.name.decode().strip(), file)
            number += 1


class _Making:
    """What the callback has got so far of one text."""

    def __init__(self, stopped: Callable[[], bool]) -> None:
        self._stopped = stopped
        self._pcm: list[bytes] = []
        self._words: list[Mark] = []
        self._phonemes: list[tuple[str, int]] = []
        self._end = 0

    def take(self, wave: Any, samples: int, events: Any) -> int:
        if wave and samples > 0:
            self._pcm.append(ctypes.string_at(wave, 2 * samples))
        number = 0
        while events[number].type != LIST_END:
            self._note(events[number])
            number += 1
        return STOP if self._stopped() else GO_ON

    def _note(self, event: Any) -> None:
        if event.type == WORD:
            self._words.append(Mark(max(0, event.place - 1), event.sample))
        elif event.type == PHONEME:
            name = event.id.text.decode(errors="ignore")
            if not name.startswith("("):  # it changes over to another language
                self._phonemes.append((name.strip("_: "), event.sample))
        elif event.type == END:
            self._end = event.sample

    def sound(self) -> Sound:
        pcm = b"".join(self._pcm)
        samples = len(pcm) // 2
        # Above 450 words a minute the audio is shortened afterwards, and the events are not.
        factor = samples / self._end if self._end > samples else 1.0
        starts = [round(sample * factor) for _, sample in self._phonemes]
        names = [name for name, _ in self._phonemes]
        ends = [*starts[1:], samples]
        return Sound(
            pcm,
            tuple(Mark(word.place, round(word.sample * factor)) for word in self._words),
            tuple(Phoneme(*phoneme) for phoneme in zip(names, starts, ends, strict=True)),
        )


def _tags(address: int) -> Iterator[tuple[str, int]]:
    """Read espeak's list of languages: a byte of priority and a text each, until a zero byte."""
    while rank := ctypes.string_at(address, 1)[0]:
        tag = ctypes.string_at(address + 1)
        yield tag.decode().lower(), rank
        address += len(tag) + 2


def _short(path: str) -> str:
    """The same folder by a path that is short enough for espeak."""
    if len(os.fsencode(path)) <= LONGEST_PATH:
        return path
    link = Path(tempfile.mkdtemp(prefix="espeak")) / "espeak-ng-data"
    link.symlink_to(path, target_is_directory=True)
    return str(link)
