"""Which ears listen for feelings, and what of it is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import anyio
import pytest

from voiceagent.audio import Clip
from voiceagent.config import compose
from voiceagent.doctor import PHRASE_RATE, phrase
from voiceagent.events import Event, Felt
from voiceagent.hearing.feelings import Whole
from voiceagent.hearing.recording import frames
from voiceagent.house import open_ears
from voiceagent.parts import EAR_RATE

READER = Path(__file__).parent / "server" / "parts" / "feeling"


def heard(tmp_path: Path, feels: bool = True, **overrides: bool) -> list[Event]:
    """What these ears say of a spoken phrase."""
    reader = tmp_path / "reader"
    shutil.copytree(READER, reader, dirs_exist_ok=True)
    if feels:
        with (reader / "model.yaml").open("a") as manifest:
            manifest.write("feels: true\n")
    path = tmp_path / "own.yaml"
    ears = f"[webrtcvad, {{model: '{reader.as_posix()}'}}]"
    path.write_text(f"about: Feels.\nears: {ears}\nmind: instant\nvoice: clip\n")
    seen: list[Event] = []

    async def listen() -> None:
        ears = open_ears(compose(str(path), {}, overrides), lambda part: part)(seen.append)
        for frame in frames(Clip(phrase(), PHRASE_RATE).at(EAR_RATE).pcm):
            await ears.send(frame)

    anyio.run(listen)
    return [event for event in seen if isinstance(event, Felt)]


def test_only_the_whole_is_told_where_an_ear_reads_feelings(tmp_path: Path) -> None:
    felt = heard(tmp_path)
    assert felt
    assert {type(event) for event in felt} == {Whole}


def test_an_ear_that_does_not_say_that_it_reads_feelings_is_left_alone(tmp_path: Path) -> None:
    assert {type(event) for event in heard(tmp_path, feels=False)} == {Felt}


def test_one_setting_turns_it_off(tmp_path: Path) -> None:
    assert heard(tmp_path, feelings=False) == []


@pytest.mark.parametrize("wrong", ["yes", 1])
def test_the_setting_is_true_or_false(tmp_path: Path, wrong: object) -> None:
    from voiceagent.errors import ConfigError

    with pytest.raises(ConfigError, match="feelings"):
        compose("bench", {}, {"feelings": wrong})
