"""`voiceagent.sense`: read whole, or refused by the name of what is wrong."""

from __future__ import annotations

from typing import Any

import pytest

from voiceagent.errors import Refused
from voiceagent.parts import SENSES
from voiceagent.wire import requests as r
from voiceagent.wire.senses import MOST_SAMPLES, Measured, read_samples, show_sample

GOOD = {"name": "heart_rate", "value": 82, "quality": 0.9, "at": 12_340}
SAMPLE = Measured("heart_rate", 82.0, 0.9, 12_340)


def sense(*samples: Any) -> dict[str, Any]:
    return {"type": "voiceagent.sense", "samples": list(samples)}


def without(key: str) -> dict[str, Any]:
    return {name: value for name, value in GOOD.items() if name != key}


def test_samples_are_read_in_their_order() -> None:
    other = {"name": "gaze", "value": -1.5, "quality": None, "at": None}
    assert r.read(sense(GOOD, other)) == r.ReportSenses((SAMPLE, Measured("gaze", -1.5)))
    assert r.read(sense()) == r.ReportSenses(())


def test_quality_and_time_may_be_left_out() -> None:
    (found,) = read_samples([{"name": "smile", "value": 0}])
    assert (found.quality, found.at) == (1.0, None)


@pytest.mark.parametrize("name", SENSES)
def test_every_channel_can_be_told(name: str) -> None:
    assert read_samples([{**GOOD, "name": name}])[0].name == name


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ({**GOOD, "name": "shoe_size"}, "invalid_value", ".name"),
        ({**GOOD, "name": 5}, "invalid_value", ".name"),
        ({**GOOD, "name": "x" * 10_000}, "invalid_value", ".name"),
        (without("name"), "missing_required_parameter", ".name"),
        (without("value"), "missing_required_parameter", ".value"),
        ({**GOOD, "value": "82"}, "invalid_type", ".value"),
        ({**GOOD, "value": True}, "invalid_type", ".value"),
        ({**GOOD, "value": float("nan")}, "invalid_value", ".value"),
        ({**GOOD, "value": float("inf")}, "invalid_value", ".value"),
        ({**GOOD, "value": 1e300}, "invalid_value", ".value"),
        ({**GOOD, "quality": 1.01}, "invalid_value", ".quality"),
        ({**GOOD, "quality": -0.1}, "invalid_value", ".quality"),
        ({**GOOD, "quality": float("nan")}, "invalid_value", ".quality"),
        ({**GOOD, "quality": "good"}, "invalid_type", ".quality"),
        ({**GOOD, "at": -1}, "invalid_value", ".at"),
        ({**GOOD, "at": 1.5}, "invalid_type", ".at"),
        ({**GOOD, "qualty": 0.1}, "unknown_parameter", ""),
        ({**GOOD, "x" * 10_000: 0.1}, "unknown_parameter", ""),
        (82, "invalid_type", ""),
    ],
)
def test_one_bad_sample_refuses_the_message_by_its_place(wrong: Any, code: str, param: str) -> None:
    with pytest.raises(Refused) as refused:
        r.read(sense(GOOD, wrong))
    assert (refused.value.code, refused.value.param) == (code, f"samples[1]{param}")
    assert len(str(refused.value)) < 500


def test_an_unknown_channel_is_told_which_there_are() -> None:
    with pytest.raises(Refused, match="'heart_rate', 'skin_conductance'"):
        r.read(sense({**GOOD, "name": "pulse"}))


def test_a_quality_out_of_range_is_told_the_range() -> None:
    with pytest.raises(Refused, match=r"'samples\[0\].quality' is 9; it must be from 0 to 1"):
        r.read(sense({**GOOD, "quality": 9}))


@pytest.mark.parametrize("samples", [None, "x", {}, [GOOD] * (MOST_SAMPLES + 1)])
def test_samples_are_a_short_list(samples: Any) -> None:
    with pytest.raises(Refused) as refused:
        r.read({"type": "voiceagent.sense", "samples": samples})
    assert refused.value.param == "samples"


def test_what_is_shown_is_read_as_it_was() -> None:
    for sample in (SAMPLE, Measured("gaze", 0.5)):
        assert read_samples([show_sample(sample)]) == (sample,)


def test_a_value_shows_in_no_log() -> None:
    assert "82" not in repr(SAMPLE)
