"""Silero's network, forwards only: 32 ms of sound in, the probability of speech out.

The sound's spectrum (four windows, whose shape is part of the weights) goes through four
convolutions and a long short-term memory (LSTM) of 128 units. Everything but the LSTM is without
memory and takes many chunks at once for half the price each. A session keeps the LSTM's two
vectors, 1 KB.

The matrices are tiny: a second thread of BLAS gains nothing and takes a core from somebody else.
Set OPENBLAS_NUM_THREADS=1.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from voiceagent.errors import ModelError

from .weights import Floats

RATE = 16_000
CHUNK = 512
CONTEXT = 64
BEFORE = CONTEXT + CHUNK  # samples that one look needs: the chunk and what came before it
WINDOW, HOP, WINDOWS = 256, 128, 4
BINS = WINDOW // 2 + 1
UNITS = 128
PLACES = np.minimum(
    _straight := HOP * np.arange(WINDOWS)[:, None] + np.arange(WINDOW), 2 * (BEFORE - 1) - _straight
)
"""Where in BEFORE samples the windows lie: the last one hangs over, and sees the end mirrored."""
BY_ONE = BINS * np.arange(WINDOWS)[:, None] + np.arange(3 * BINS)
BY_TWO = 2 * UNITS * np.arange(2)[:, None] + np.arange(3 * UNITS)
"""Which numbers a convolution over three neighbours multiplies, for each of its steps."""
FULL_SCALE = 32_767.0  # as the package has it


@dataclass(frozen=True, slots=True)
class State:
    """What the network remembers. Never changed in place, so it may be kept and gone back to."""

    hidden: Floats
    cell: Floats


FRESH = State(np.zeros(UNITS, np.float32), np.zeros(UNITS, np.float32))


class Network:
    """The weights in the order in which they are used. Holds no session's state."""

    def __init__(self, weights: Mapping[str, Floats]) -> None:
        self._window = _window(weights["_model.stft.forward_basis_buffer"][:, 0])
        first, second, third, fourth = (
            weights[f"_model.encoder.{i}.reparam_conv.weight"] for i in range(4)
        )
        self._biases = tuple(weights[f"_model.encoder.{i}.reparam_conv.bias"] for i in range(4))
        self._first = _taps(first)
        self._second = _taps(second)
        # of two windows and then of one: the other taps only ever see the zeros at the edges
        self._third = _taps(third[:, :, 1:])
        self._fourth = _taps(fourth[:, :, 1:2])
        order = _gate_order(UNITS)
        self._inward = np.ascontiguousarray(weights["_model.decoder.rnn.weight_ih"][order].T)
        self._round = np.ascontiguousarray(weights["_model.decoder.rnn.weight_hh"][order].T)
        bias = weights["_model.decoder.rnn.bias_ih"] + weights["_model.decoder.rnn.bias_hh"]
        self._gate_bias = bias[order]
        self._out = weights["_model.decoder.decoder.2.weight"]
        self._out_bias = float(weights["_model.decoder.decoder.2.bias"])

    def hear(self, sound: Floats, state: State) -> tuple[float, State]:
        """Take one chunk with its context: BEFORE samples between -1 and 1."""
        return self._remember(self._see(sound[None])[0], state)

    def hear_all(self, sounds: Floats, state: State) -> tuple[list[float], State]:
        """Take the chunks of one session, one a row, in their order."""
        told: list[float] = []
        for seen in self._see(sounds):
            probability, state = self._remember(seen, state)
            told.append(probability)
        return told, state

    def _see(self, sounds: Floats) -> Floats:
        """The part without memory: a row of UNITS numbers for each chunk."""
        count = len(sounds)
        x = np.zeros((count, WINDOWS + 2, BINS), np.float32)  # zeros before and after the windows
        np.abs(np.fft.rfft(sounds.take(PLACES, axis=1) * self._window), out=x[:, 1:-1])
        y = np.zeros((count, WINDOWS + 1, UNITS), np.float32)  # zeros before them
        seen = x.reshape(count, -1).take(BY_ONE, axis=1).reshape(-1, 3 * BINS).dot(self._first)
        y[:, 1:] = _relu(seen, self._biases[0]).reshape(count, WINDOWS, UNITS)
        seen = y.reshape(count, -1).take(BY_TWO, axis=1).reshape(-1, 3 * UNITS).dot(self._second)
        z = _relu(seen, self._biases[1]).reshape(count, -1)
        z = _relu(z.dot(self._third), self._biases[2])
        return _relu(z.dot(self._fourth), self._biases[3])

    def _remember(self, seen: Floats, state: State) -> tuple[float, State]:
        gates = seen.dot(self._inward) + state.hidden.dot(self._round) + self._gate_bias
        keep, new, show = _sigmoid(gates[: 3 * UNITS]).reshape(3, UNITS)
        cell = keep * state.cell + new * np.tanh(gates[3 * UNITS :])
        hidden = show * np.tanh(cell)
        score = float(np.maximum(hidden, 0.0).dot(self._out)) + self._out_bias
        return 1.0 / (1.0 + math.exp(-score)), State(hidden, cell)


def _window(basis: Floats) -> Floats:
    """A basis of windowed waves is a Fourier transform, and that is twice as fast."""
    window: Floats = basis[0]  # the wave of no frequency, a one
    waves = np.fft.fft(np.eye(WINDOW))[:BINS] * window
    if not np.allclose(basis, np.concatenate((waves.real, waves.imag)), atol=1e-3):
        raise ModelError("silero", "the spectrum's basis is no Fourier transform")
    return window


def _taps(weight: Floats) -> Floats:
    """A convolution's weights as a matrix: for a row that holds its inputs, tap after tap."""
    matrix: Floats = weight.transpose(2, 1, 0).reshape(-1, weight.shape[0])
    return np.ascontiguousarray(matrix)


def _relu(x: Floats, bias: Floats) -> Floats:
    x += bias
    np.maximum(x, 0.0, out=x)
    return x


def _sigmoid(x: Floats) -> Floats:
    """By way of tanh, which overflows nowhere."""
    half: Floats = np.tanh(x * np.float32(0.5))
    half += 1.0
    half *= 0.5
    return half


def _gate_order(units: int) -> list[int]:
    """From input, forget, candidate, output to forget, input, output, candidate."""
    blocks = [range(i * units, (i + 1) * units) for i in range(4)]
    return [row for i in (1, 0, 3, 2) for row in blocks[i]]
