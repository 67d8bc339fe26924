"""Tells the agent's own voice in the microphone from the user's: echo that a far end left in.

It cancels nothing. Where the microphone follows what is played, some time behind, the way of the
echo is learnt: how late, and how much of each band. Speech that this explains is noise; speech that
it does not is somebody talking over the echo, and begins there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voiceagent.events import Event, Judged, SpeechStarted, SpeechStopped
from voiceagent.parts import EAR_RATE, FRAME_MS, Cue, Frame, Listener

Bands = NDArray[np.float32]

SIZE = EAR_RATE * FRAME_MS // 1000
BANDS = 16
QUIET_DB = -70.0  # nothing below this counts, in a band
LAGS = 24  # frames that an echo may come behind
TAIL_MS = 600  # an echo may last so long after what it is of
LOST_MS = 100  # frames that are missing for so long break the sound
FADE_DB = 3.0  # how fast a room dies away, in a frame
SLOW, MEAN = 0.99, 0.98  # what is kept of the past in a frame: 2 s, 1 s
HANN = np.hanning(SIZE).astype(np.float32)


def _edges() -> NDArray[np.int64]:
    """The first bin of each band and the end of the last, from 150 to 6500 Hz."""
    return np.round(np.geomspace(150, 6_500, BANDS + 1) / (EAR_RATE / SIZE)).astype(np.int64)


def _mixing() -> Bands:
    edges = _edges()
    bins = np.arange(SIZE // 2 + 1)[:, None]
    inside = (bins >= edges[:-1]) & (bins < np.maximum(edges[1:], edges[:-1] + 1))
    return np.asarray(inside * (2 / (SIZE * 32_768.0)) ** 2, np.float32)


MIXING = _mixing()
SILENT = np.full(BANDS, QUIET_DB, np.float32)


def bands_of(pcm: bytes) -> Bands:
    """The level of each band in dB, never below QUIET_DB."""
    spectrum = np.fft.rfft(np.frombuffer(pcm, np.int16) * HANN)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32) @ MIXING
    return np.asarray(np.maximum(10 * np.log10(power + 1e-9), QUIET_DB), np.float32)


@dataclass(frozen=True, slots=True)
class Finding:
    """When there is an echo at all."""

    evidence_ms: int = 450  # of sound played, before one is known of
    follows: float = 0.5  # the correlation that makes one
    strays: float = 0.25  # and that ends it
    more_db: float = 6.0  # what is that much above it is not explained by it


@dataclass(frozen=True, slots=True)
class Bounds:
    """When speech is one."""

    finding: Finding = Finding()
    echo_share: float = 0.3  # so little unexplained is an echo,
    still_share: float = 0.4  # and so little still is
    voice_share: float = 0.5  # so much is somebody's voice ...
    voice_ms: int = 80  # ... if it stays so
    over_ms: int = 240  # and it is over when so long nothing but echo was heard
    begun_ms: int = 120  # a voice is known so long after it began
    again_ms: int = 300  # an echo is told again while it goes on


class Following:
    """How well the microphone follows what was played, at each lag, over the last two seconds."""

    def __init__(self) -> None:
        self._near_mean = self._far_mean = SILENT
        self._fresh = True
        self._far = np.zeros((LAGS, BANDS), np.float32)  # the newest first
        self._common = np.zeros(LAGS, np.float32)
        self._powers = np.full(LAGS, 1e-3, np.float32)
        self._power = 1e-3
        self.lag, self.degree = 0, 0.0

    def hear(self, near: Bands, far: Bands) -> None:
        if self._fresh:  # that it is heard from now on makes it no follower
            self._near_mean, self._fresh = near, False
        x, y = near - self._near_mean, far - self._far_mean
        self._near_mean = self._near_mean + (1 - MEAN) * x
        self._far_mean = self._far_mean + (1 - MEAN) * y
        self._far[1:] = self._far[:-1]
        self._far[0] = y
        self._common = SLOW * self._common + self._far @ x
        self._powers = SLOW * self._powers + np.einsum("ij,ij->i", self._far, self._far)
        self._power = SLOW * self._power + float(x @ x)
        degrees = self._common / np.sqrt(self._powers * self._power)
        self.lag = int(degrees.argmax())
        self.degree = float(degrees[self.lag])


class Way:
    """The way of the echo, and what of the last moments it does not explain."""

    WINDOW = 8  # frames
    LEAST = 30.0  # dB over all bands: less sound than this needs no explanation
    HURRIED = 50  # frames in which the gains are found, before they are only followed

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._following = Following()
        self._far = np.full((LAGS + 2, BANDS), QUIET_DB, np.float32)
        self._gain = np.full(BANDS, -10.0, np.float32)
        self._floor: Bands | None = None  # the background
        self._parts = np.zeros((self.WINDOW, 2))
        self._lag, self._found_ms, self._played_ms = 0, 0, 0
        self.known = False

    def break_off(self) -> None:
        """The microphone was not heard for a while."""
        self._following = Following()
        self._found_ms, self.known = 0, False

    @property
    def lag_ms(self) -> int:
        return self._lag * FRAME_MS

    @property
    def unexplained(self) -> float:
        """The share of the last 160 ms that is no echo."""
        stray, whole = self._parts.sum(0)
        return float(stray / (whole + self.LEAST))

    def hear(self, near: Bands, far: Bands) -> None:
        far = np.maximum(far, self._far[0] - FADE_DB)
        self._far[1:] = self._far[:-1]
        self._far[0] = far
        self._floor = near if self._floor is None else np.minimum(self._floor + 0.1, near)
        self._following.hear(near, far)
        if far.max() > QUIET_DB + 20:
            self._played_ms += FRAME_MS
        self._find()
        lag = self._lag
        behind = self._far[max(0, lag - 1) : lag + 2].max(0)
        self._explain(near, behind)
        self._learn(near, behind)

    def _find(self) -> None:
        finding, degree = self._bounds.finding, self._following.degree
        if degree >= finding.follows and abs(self._following.lag - self._lag) > 1:
            self._lag, self._found_ms = self._following.lag, 0
        enough = min(self._played_ms, self._found_ms) >= finding.evidence_ms
        self.known = enough and degree >= (finding.strays if self.known else finding.follows)

    def _explain(self, near: Bands, behind: Bands) -> None:
        assert self._floor is not None
        sound = np.maximum(near - self._floor - 10, 0)
        stray = near > np.maximum(behind + self._gain, self._floor) + self._bounds.finding.more_db
        self._parts[1:] = self._parts[:-1]
        self._parts[0] = float(sound @ stray), float(sound.sum())

    def _learn(self, near: Bands, behind: Bands) -> None:
        """The gain of each band is the median, so that a voice now and then does not spoil it."""
        played = behind > QUIET_DB + 20
        if not played.any() or self._following.degree < self._bounds.finding.follows:
            return
        self._found_ms += FRAME_MS
        step = 1.5 if self._found_ms < self.HURRIED * FRAME_MS else 0.4
        if self.known and self.unexplained > self._bounds.still_share:
            step *= 0.1
        self._gain += np.where(played, step * np.sign(near - behind - self._gain), 0)


class EchoEar:
    """Needs a detector before it in the chain. Without a reference it is deaf, and free."""

    def __init__(self, bounds: Bounds | None = None) -> None:
        self._bounds = bounds or Bounds()

    def listen(self) -> Listener:
        return EchoListener(self._bounds)


class EchoListener:
    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._way = Way(bounds)
        self._played_at = -TAIL_MS - 1
        self._next = 0
        self._talking = False
        self._told_at: int | None = None  # an echo, in the speech that is going on
        self._voice_ms = 0
        self._voice_at: int | None = None  # somebody's voice over the echo

    def feed(self, frame: Frame, seen: Sequence[Event]) -> Iterable[Event]:
        for event in seen:
            if isinstance(event, SpeechStarted | SpeechStopped):
                self._talking = isinstance(event, SpeechStarted)
                self._told_at, self._voice_ms, self._voice_at = None, 0, None
        if frame.at - self._next >= LOST_MS:
            self._way.break_off()
        self._next = frame.at + FRAME_MS
        if frame.reference is not None:
            self._played_at = frame.at
        elif frame.at - self._played_at > TAIL_MS:
            return ()
        far = SILENT if frame.reference is None else bands_of(frame.reference)
        self._way.hear(bands_of(frame.near), far)
        if not self._talking or not self._way.known:
            return ()
        return self._judge(frame.at + FRAME_MS)

    def tell(self, cue: Cue) -> Iterable[Event]:
        return ()

    def _judge(self, now: int) -> Iterable[Event]:
        bounds, share = self._bounds, self._way.unexplained
        self._voice_ms = self._voice_ms + FRAME_MS if share >= bounds.voice_share else 0
        if self._told_at is not None and self._voice_ms >= bounds.voice_ms:
            self._told_at, self._voice_at = None, now
            return [SpeechStarted(now, now - bounds.begun_ms)]
        if share > (bounds.echo_share if self._told_at is None else bounds.still_share):
            self._voice_at = now if self._voice_at is not None else None
            return ()
        if self._voice_at is not None and now - self._voice_at < bounds.over_ms:
            return ()
        if self._told_at is not None and now - self._told_at < bounds.again_ms:
            return ()
        self._told_at, self._voice_at = now, None
        why = f"an echo of what is being said ({self._way.lag_ms} ms behind, {share:.0%} is not)"
        return [Judged(now, "noise", why)]
