"""How many processes, how many conversations: from the cores, the manifests and the profile."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from voiceagent import config
from voiceagent.config import Manifest, Profile, compose, takes_on
from voiceagent.errors import ConfigError
from voiceagent.house import workers_of
from voiceagent.shaping import shape
from voiceagent.worker.cores import usable_cores
from voiceagent.worker.staffing import sessions_on, workers_for


@pytest.mark.parametrize(
    ("hears", "sessions", "per_core", "cores", "workers"),
    [
        (True, 20, 10, 2, 2),
        (True, 20, 10, 64, 2),  # more would have nothing to do
        (True, 21, 10, 64, 3),
        (True, 500, 10, 4, 4),
        (True, 0, 10, 4, 1),
        (True, 20, 0, 64, 8),
        (False, 20, 0, 64, 2),
        (False, 20, 0, 1, 1),
        (False, 100, 25, 64, 4),
    ],
)
def test_workers_are_as_many_as_their_conversations_keep_busy(
    hears: bool, sessions: int, per_core: int, cores: int, workers: int
) -> None:
    assert workers_for(hears, sessions, per_core, cores) == workers


def test_the_heaviest_part_says_how_many_conversations_there_can_be() -> None:
    assert sessions_on(2, [0, 10, 0], 100) == 20
    assert sessions_on(4, [10, 3], 100) == 12
    assert sessions_on(64, [10], 100) == 100
    assert sessions_on(2, [0, 0], 100) == 100


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("150000 100000", 2), ("50000 100000", 1), ("max 100000", 8), ("nonsense", 8), (None, 8)],
)
def test_a_container_has_the_cores_that_it_was_given(
    quota: str | None, cores: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)
    file = tmp_path / "cpu.max"
    if quota is not None:
        file.write_text(quota, encoding="ascii")
    assert usable_cores(file) == cores


# --- in a profile --------------------------------------------------------------------------------


def composed(tmp_path: Path, serving: str = "", ear: str = "pocketsphinx") -> Profile:
    lines = [f"about: p\nears:\n  - silero\n  - {ear}\nmind: skills\nvoice: espeak\n", serving]
    path = tmp_path / "p.yaml"
    path.write_text("".join(lines), encoding="utf-8")
    return compose(str(path), {})


@pytest.mark.parametrize(("cores", "sessions"), [(1, 10), (2, 20), (64, 100)])
def test_a_profile_takes_on_what_its_ears_can_on_these_cores(
    cores: int, sessions: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "usable_cores", lambda: cores)
    profile = composed(tmp_path)
    assert profile.serving.sessions == sessions
    assert takes_on(profile).startswith(f"{sessions} conversations at once on {cores} core")


def test_a_profile_or_a_command_that_says_how_many_has_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(config, "usable_cores", lambda: 1)
    assert composed(tmp_path, "serving: {sessions: 33}\n").serving.sessions == 33
    assert compose("embedded", {}, {"serving.sessions": 44}).serving.sessions == 44
    assert composed(tmp_path, "serving: {items: 7}\n").serving.sessions == 10


def test_a_profile_can_say_how_many_processes_a_part_has(tmp_path: Path) -> None:
    profile = composed(tmp_path, ear="{model: pocketsphinx, workers: 5}")
    assert workers_of(profile.ears[1], 1) == 5
    assert "workers" not in profile.ears[1].options


@pytest.mark.parametrize(
    ("ear", "told"),
    [
        ("{model: pocketsphinx, workers: 0}", r"ears\[1\]\.workers must be at least 1, not 0"),
        ("{model: pocketsphinx, workers: many}", r"ears\[1\]\.workers must be a whole number"),
        ("{model: webrtcvad, workers: 2}", r"ears\[1\]\.workers is of no use.*worker: true"),
    ],
)
def test_a_wrong_number_of_processes_is_refused_by_name(
    ear: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match=told):
        composed(tmp_path, ear=ear)


def test_a_manifest_cannot_promise_less_than_nothing() -> None:
    data: dict[str, Any] = {"role": "ear", "about": "a", "licence": "l", "sessions_per_core": -1}
    with pytest.raises(ConfigError, match="sessions_per_core must not be negative"):
        shape(Manifest, data, "m/model.yaml")
