from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from voiceagent.errors import ConfigError
from voiceagent.shaping import shape


@dataclass(frozen=True)
class Inner:
    pause_ms: int = 1
    kind: Literal["a", "b", 3] = "a"


@dataclass(frozen=True)
class Outer:
    name: str
    share: float = 0.5
    on: bool = False
    size: int | None = None
    words: tuple[str, ...] = ()
    pairs: tuple[tuple[float, int], ...] = ()
    inner: Inner = field(default_factory=Inner)
    maybe: Inner | None = None
    either: str | Mapping[str, Any] = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    api_key: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.name == "nobody":
            raise ValueError("cannot be nobody")


def test_every_kind_of_field_is_filled() -> None:
    data = {
        "name": "n",
        "share": 1,
        "on": True,
        "size": 3,
        "words": ["a", "b"],
        "pairs": [[0, 10], [0.5, 5]],
        "inner": {"pause_ms": 7, "kind": 3},
        "maybe": {"kind": "b"},
        "either": {"model": "x"},
        "counts": {"x": 1},
    }
    assert shape(Outer, data, "x.yaml") == Outer(
        name="n",
        share=1.0,
        on=True,
        size=3,
        words=("a", "b"),
        pairs=((0.0, 10), (0.5, 5)),
        inner=Inner(7, 3),
        maybe=Inner(kind="b"),
        either={"model": "x"},
        counts={"x": 1},
    )


def test_what_is_left_out_has_its_default() -> None:
    assert shape(Outer, {"name": "n", "size": None, "maybe": None}, "x.yaml") == Outer("n")


WRONG: list[tuple[object, str]] = [
    ({}, "x.yaml: name is missing"),
    (None, "x.yaml: must be keys and values, not nothing"),
    ({"name": 1}, "x.yaml: name must be text, not 1"),
    ({"name": "nobody"}, "x.yaml: cannot be nobody"),
    ({"name": "n", "share": "half"}, "x.yaml: share must be a number, not 'half'"),
    ({"name": "n", "share": True}, "x.yaml: share must be a number, not true"),
    ({"name": "n", "share": float("nan")}, "x.yaml: share must be a finite number, not nan"),
    ({"name": "n", "size": 1.5}, "x.yaml: size must be a whole number, not 1.5"),
    ({"name": "n", "size": True}, "x.yaml: size must be a whole number, not true"),
    ({"name": "n", "on": 1}, "x.yaml: on must be true or false, not 1"),
    ({"name": "n", "words": "ab"}, "x.yaml: words must be a list, not 'ab'"),
    ({"name": "n", "words": ["a", 2]}, "x.yaml: words[1] must be text, not 2"),
    ({"name": "n", "pairs": [[1, 2, 3]]}, "x.yaml: pairs[0] must be a list of 2, not a list"),
    ({"name": "n", "pairs": [[0, "x"]]}, "x.yaml: pairs[0][1] must be a whole number, not 'x'"),
    ({"name": "n", "inner": 5}, "x.yaml: inner must be keys and values, not 5"),
    ({"name": "n", "inner": {"pause_ms": -1}}, "x.yaml: inner.pause_ms is -1; it must not be neg"),
    ({"name": "n", "inner": {"kind": "c"}}, "x.yaml: inner.kind must be one of: a, b, 3, not 'c'"),
    ({"name": "n", "maybe": {"kind": "c"}}, "x.yaml: maybe.kind must be one of: a, b, 3, not 'c'"),
    ({"name": "n", "either": 5}, "x.yaml: either must be text or keys and values, not 5"),
    ({"name": "n", "counts": {"x": "y"}}, "x.yaml: counts.x must be a whole number, not 'y'"),
    (
        {"name": "n", "inner": {"pauze_ms": 1}},
        "x.yaml: inner.pauze_ms is not known; did you mean 'pause_ms'? known: kind, pause_ms",
    ),
    ({"name": "n", "inner": {3: 1}}, "x.yaml: inner.3 is not known; known: kind, pause_ms"),
]


@pytest.mark.parametrize(("data", "message"), WRONG)
def test_what_does_not_fit_is_refused_by_its_full_name(data: object, message: str) -> None:
    with pytest.raises(ConfigError) as error:
        shape(Outer, data, "x.yaml")
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("wrong", [{"api_key": 12345}, {"headers": {"Authorization": 12345}}])
def test_no_message_shows_a_secret(wrong: Mapping[str, object]) -> None:
    with pytest.raises(ConfigError) as error:
        shape(Outer, {"name": "n", **wrong}, "x.yaml")
    assert "must be text" in str(error.value)
    assert "12345" not in str(error.value)
