"""The telephone's band is told from the wide one, and the acoustic model is moved to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.pocketsphinx.decode import Sphinx
from models.pocketsphinx.domain import make
from models.pocketsphinx.narrow import MAP, is_narrow
from models.pocketsphinx.phrases import find, key, texts
from tests.models.pocketsphinx.talk import ORDERS, clip
from voiceagent.audio import Resampler, decode_ulaw, encode_ulaw, resample_all

NAMES = sorted(path.stem for path in ORDERS.glob("*.wav"))


def over_telephone(pcm: bytes) -> bytes:
    line = Resampler(8_000, 16_000)
    low = decode_ulaw(encode_ulaw(resample_all(pcm, 16_000, 8_000)))
    return line.feed(low) + line.flush()


@pytest.mark.parametrize("name", NAMES)
def test_a_telephone_is_told_from_a_microphone(name: str) -> None:
    assert not is_narrow(clip(name))
    assert is_narrow(over_telephone(clip(name)))


def test_neither_silence_nor_noise_is_a_telephone() -> None:
    noise = np.random.default_rng(1).normal(0, 3_000, 32_000).astype(np.int16).tobytes()
    for pcm in (b"", b"\0", bytes(100), bytes(32_000), noise):
        assert not is_narrow(pcm)


def test_an_order_over_a_telephone_is_understood_with_the_map(tmp_path: Path) -> None:
    """And not without it, or it would be of no use."""
    sphinx = Sphinx(pytest.importorskip("pocketsphinx"))
    said = (find("coffee"), find("english")), (), (), ()
    domain = make(lambda: texts(*said), key(*said), sphinx.dictionary, tmp_path)
    wanted = "can i get a triple shot medium roast twelve ounce macchiato with a lot of almond milk"
    sound = over_telephone(clip("32208af4"))
    assert heard(sphinx.decoder(domain, mllr=str(MAP)), sound) == wanted
    assert heard(sphinx.decoder(domain), sound) != wanted


def heard(decoder: Any, sound: bytes) -> str:
    decoder.start_utt()
    decoder.process_raw(sound, full_utt=True)
    decoder.end_utt()
    return str(decoder.hyp().hypstr)
