"""Recordings of other corpora are known by their names, and learnt from beside ours."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from models.affect.conditions import TRAINING_NOISES, TRAINING_ROOMS, Surroundings
from models.affect.corpora import LAYOUTS, Layout, more
from models.affect.train import heard
from models.affect.weights import FOUR

NAMES = {
    "CREMA-D": ("1001_DFA_HAP_XX", "1001", "happy"),
    "JL-Corpus": ("female1_sad_10a_1", "female1", "sad"),
    "SUBESCO": ("F_01_OISHI_S_1_FEAR_2", "F_01", "fearful"),
    "MESD": ("Anger_F_A_abajo", "F", "angry"),
}


def sound(path: Path, seconds: float = 1.2) -> None:
    """A buzz with some life in it."""
    t = np.arange(int(16_000 * seconds)) / 16_000
    pitch = 120 + 30 * np.sin(2 * np.pi * 0.7 * t)
    samples = sum(np.sin(2 * np.pi * k * np.cumsum(pitch) / 16_000) / k for k in range(1, 20))
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes((3_000 * samples * (1 + np.sin(20 * t))).astype("<i2").tobytes())


def plain_surroundings() -> Surroundings:
    """Rooms that change nothing, and a hiss."""
    hiss = np.random.default_rng(0).normal(0, 100, 40_000).astype(np.float32)
    return Surroundings(
        dict.fromkeys(TRAINING_NOISES, hiss),
        dict.fromkeys(TRAINING_ROOMS, np.ones(1, np.float32)),
    )


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda it: it.name)
def test_each_is_known_by_its_names(layout: Layout, tmp_path: Path) -> None:
    name, speaker, emotion = NAMES[layout.name]
    (tmp_path / "deep").mkdir()
    sound(tmp_path / "deep" / f"{name}.wav")
    sound(tmp_path / "a song.wav")
    licence, (clip,) = more(tmp_path)
    assert licence.startswith(layout.name)
    assert (clip.person, clip.emotion) == (f"{layout.name}/{speaker}", emotion)
    assert len(clip.sound) == 19_200


def test_a_labels_file_tells_of_any_other(tmp_path: Path) -> None:
    sound(tmp_path / "one.wav")
    (tmp_path / "labels.csv").write_text("file,speaker,emotion\none.wav,ann,Anger\n")
    _, (clip,) = more(tmp_path)
    assert (clip.person, clip.emotion) == ("ann", "angry")


def test_what_is_not_known_is_told_with_what_would_be(tmp_path: Path) -> None:
    sound(tmp_path / "song.wav")
    with pytest.raises(ValueError, match=r"CREMA-D.*labels\.csv.*file, speaker and emotion"):
        more(tmp_path)


def test_they_are_learnt_from_with_what_they_have(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("1001_DFA_ANG_XX", "1001_DFA_DIS_XX", "1002_DFA_SAD_XX"):
        sound(tmp_path / f"{name}.wav")
    (four,), (seven,) = heard([tmp_path], plain_surroundings())
    assert set(four.emotion) == {"angry", "sad"} <= set(FOUR)
    assert set(seven.emotion) == {"angry", "sad", "disgusted"}
    assert "3 recordings of 2 people; CREMA-D, ODbL" in capsys.readouterr().out
