"""What was to be sung, and what a listener finds in the sound: pitches, onsets, held frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import anyio
import numpy as np
import numpy.typing as npt

from models.espeak.adapter import EspeakVoice
from models.espeak.song_layout import Line, Tone
from models.espeak.song_voice import SINGING
from tests.models.espeak.sound import Speech, say
from voiceagent.style import Style

Wave = npt.NDArray[np.float64]

HOP_MS = 5
_LOW_HZ, _HIGH_HZ = 65.0, 800.0
_A_NOTE_S = 0.3  # shorter ones have no part that is stable
_SETTLED_S = 0.12  # after its onset a pitch has arrived
_LAGS = 3  # periods over which the pitch is read


@dataclass(frozen=True)
class Performance:
    speech: Speech
    lines: Sequence[Line]

    @property
    def starts_s(self) -> float:
        """The time of the song when its sound begins."""
        return self.lines[0].begin / self.speech.rate

    @property
    def tones(self) -> list[Tone]:
        return [tone for line in self.lines for sung in line.sung for tone in sung.tones]

    @property
    def onsets(self) -> list[float]:
        """When vowels are due, in seconds of the sound."""
        return [sung.start - self.starts_s for line in self.lines for sung in line.sung]


def perform(voice: EspeakVoice, text: str, style: Style, name: str = "") -> Performance:
    """Sing it, and tell how it was meant."""
    who = voice._cast.find(name) or voice._default
    song = anyio.run(partial(voice._song, text, style, who))
    lines = song.plan(song.words(text))
    return Performance(say(voice, text, style=style, name=name), lines)


# --- pitch ----------------------------------------------------------------------------------------


def pitch_errors(performance: Performance) -> list[float]:
    """Cents by which each stable note is off, in the mean over whole turns of its vibrato."""
    found = []
    for tone in performance.tones:
        length = (tone.end - tone.start) * 0.55
        if tone.end - tone.start < _A_NOTE_S:
            continue
        start = tone.start - performance.starts_s + _SETTLED_S
        turn = 1 / SINGING.vibrato_hz
        long = max(0.1, length - _SETTLED_S)
        if long > 2 * turn:
            long = long // turn * turn
        track = pitches(performance.speech.wave, performance.speech.rate, start, start + long)
        if len(track) > 5:
            found.append(100 * (float(np.mean(track)) - tone.pitch))
    return found


def pitches(wave: Wave, rate: int, start_s: float, end_s: float) -> Wave:
    """Semitones over 1 Hz where there is a voice, every few milliseconds."""
    found = [pitch(wave, round(at * rate), rate) for at in np.arange(start_s, end_s, HOP_MS / 1000)]
    return np.array([12 * np.log2(hertz) for hertz in found if hertz])


def pitch(wave: Wave, middle: int, rate: int) -> float:
    """By the likeness of the sound to itself some periods later; 0 without a voice."""
    alike = _likeness(wave, middle, round(0.02 * rate), (int(rate / _LOW_HZ) + 4) * _LAGS)
    shortest, longest = int(rate / _HIGH_HZ), int(rate / _LOW_HZ)
    if not len(alike) or alike[shortest:longest].max() < 0.75:
        return 0.0
    good = np.flatnonzero(alike[shortest:longest] > 0.93 * alike[shortest:longest].max())
    first = shortest + int(good[0])
    while first < longest and alike[first + 1] > alike[first]:
        first += 1
    period = float(first)
    for many in range(1, _LAGS + 1):
        near = round(period * many)
        before, here, after = alike[near - 1 : near + 2]
        bend = before - 2 * here + after
        top = 0.5 * (before - after) / bend if bend < 0 else 0.0
        period = (near + float(np.clip(top, -1, 1))) / many
    return rate / period


def _likeness(wave: Wave, middle: int, half: int, most: int) -> Wave:
    """Of a window to those that lie 0 to `most` samples after it; nothing where it is silent."""
    start = middle - half - most // (2 * _LAGS)
    piece = wave[max(0, start) : start + 2 * half + most]
    if start < 0 or len(piece) < 2 * half + most or np.sqrt(np.mean(piece**2)) < 0.003:
        return np.zeros(0)
    others = np.lib.stride_tricks.sliding_window_view(piece, 2 * half)
    sums = np.concatenate([[0.0], np.cumsum(piece**2)])
    power = sums[2 * half :] - sums[: -2 * half]
    alike: Wave = others @ others[0] / np.sqrt(power * power[0] + 1e-12)
    return alike


# --- onsets ---------------------------------------------------------------------------------------

_BANDS_HZ = (120, 300, 450, 600, 800, 1000, 1300, 1700, 2200, 2800)
_STEP_S, _WINDOW_S = 0.0025, 0.02
NEAR_S = 0.1


def onset_offsets(performance: Performance, near_s: float = NEAR_S) -> list[float]:
    """By how many seconds each onset is late: where the vowel's bands rise most, near its time."""
    rise = _rise(performance.speech.wave, performance.speech.rate)
    found = []
    for due in performance.onsets:
        first = max(0, round((due - near_s) / _STEP_S))
        window = rise[first : round((due + near_s) / _STEP_S)]
        if len(window):
            found.append((first + int(np.argmax(window))) * _STEP_S - due)
    return found


def _rise(wave: Wave, rate: int) -> Wave:
    """How fast the voice's bands grow, at each step."""
    size, lag = round(_WINDOW_S * rate), 4
    starts = (np.arange(0, len(wave) / rate, _STEP_S) * rate).astype(int)
    frames = np.lib.stride_tricks.sliding_window_view(np.pad(wave, size // 2 + 1), size)[starts]
    spectra = np.abs(np.fft.rfft(frames * np.hanning(size), 1024)) ** 2
    hertz = np.fft.rfftfreq(1024, 1 / rate)
    bands = [
        spectra[:, (hertz >= low) & (hertz < high)].sum(axis=1) for low, high in pairwise(_BANDS_HZ)
    ]
    power = np.array(bands).T
    loud = np.log10(power + 1e-4 * power.max())
    ahead = np.pad(loud, ((lag, lag), (0, 0)), mode="edge")
    grown = ahead[2 * lag :] - ahead[: -2 * lag]
    rise: Wave = np.maximum(grown, 0).sum(axis=1)
    return rise


def spread(values: Sequence[float]) -> float:
    """The median distance from the median."""
    return float(np.median(np.abs(np.array(values) - np.median(values))))


# --- held frames ----------------------------------------------------------------------------------


def sustained(speech: Speech) -> float:
    """The share of voiced frames in whose 200 ms the pitch stays within 60 cents of its middle."""
    hop = HOP_MS / 1000 * 2
    times = np.arange(0.1, speech.seconds - 0.1, hop)
    track = np.array([pitch(speech.wave, round(at * speech.rate), speech.rate) for at in times])
    around = round(0.1 / hop)
    held = voiced = 0
    for at in range(around, len(track) - around):
        near = track[at - around : at + around + 1]
        if not track[at]:
            continue
        voiced += 1
        steady = near[near > 0]
        off = 1200 * np.abs(np.log2(steady / np.median(steady)))
        held += len(steady) == len(near) and bool(off.max() < 60)
    return held / max(1, voiced)
