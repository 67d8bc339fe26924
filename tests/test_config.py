from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from voiceagent import bundle
from voiceagent.config import (
    LinkRules,
    PartSpec,
    Profile,
    Serving,
    build_part,
    compose,
    read_manifest,
)
from voiceagent.errors import ConfigError, MissingExtra
from voiceagent.rules import Rules

URL = "VOICEAGENT_LLM_URL"
MODEL = "VOICEAGENT_LLM_MODEL"
KEY = "VOICEAGENT_LLM_KEY"
PLAIN = "about: p\nmind: echo\nvoice: {model: hum, pitch: 3}\n"
ADAPTER = """
from dataclasses import dataclass

@dataclass(frozen=True)
class Options:
    pitch: int = 0
    model: str = ""

def build(options: Options) -> Options:
    return options
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with small models of every role, and an endpoint."""
    (tmp_path / "configs/profiles").mkdir(parents=True)
    (tmp_path / "configs/endpoint.yaml").write_text("model: far")
    for name, role in [("echo", "mind"), ("far", "mind"), ("hum", "voice"), ("one", "answerer")]:
        write_model(tmp_path / "models" / name, f"role: {role}\nabout: a\nlicence: l\n")
    write_model(tmp_path / "models/gate", "role: ear\nabout: a\nlicence: l\nworker: true\n")
    monkeypatch.setattr(bundle, "root", lambda: tmp_path)
    return tmp_path


def write_model(folder: Path, manifest: str, adapter: str = ADAPTER) -> None:
    folder.mkdir(parents=True)
    (folder / "model.yaml").write_text(manifest)
    (folder / "adapter.py").write_text(adapter)


def write(house: Path, text: str, name: str = "p") -> str:
    (house / f"configs/profiles/{name}.yaml").write_text(text)
    return name


# --- what is shipped ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", bundle.profiles())
def test_every_shipped_profile_composes(name: str) -> None:
    profile = compose(name)
    assert profile.name == name
    assert profile.about


@pytest.mark.parametrize("model", bundle.names("models"))
def test_every_shipped_model_says_what_it_is_and_has_a_card(model: str) -> None:
    assert read_manifest(model).about
    folder = bundle.find("models", model)
    assert (folder / "adapter.py").is_file()
    assert (folder / "README.md").is_file()


def test_the_environment_s_endpoint_can_be_put_into_a_shipped_profile() -> None:
    profile = compose("bench", {URL: "http://127.0.0.1:8000/v1", MODEL: "m", KEY: "k"})
    assert profile.mind is not None
    options = {"url": "http://127.0.0.1:8000/v1", "model": "m", "key": "k"}
    assert profile.mind.options == options
    assert build_part(profile.mind)


# --- reading a profile ----------------------------------------------------------------------------


def test_a_profile_is_read(house: Path) -> None:
    name = write(
        house,
        PLAIN + "ears: [gate, {model: gate, worker: false, pitch: 1, options: {model: m}}]\n"
        "greeting: hello\nturn: {patience: {fixed_ms: 500, curve: [[0, 900], [1, 100]]}}\n"
        "link: {lead_ms: 120}\nserving: {sessions: 3}\n",
    )
    profile = compose(name)
    assert profile.ears == (
        PartSpec("gate", worker=True),
        PartSpec("gate", {"pitch": 1, "model": "m"}),
    )
    assert (profile.mind, profile.voice) == (PartSpec("echo"), PartSpec("hum", {"pitch": 3}))
    assert profile.greeting == "hello"
    assert profile.rules.patience.curve == ((0.0, 900), (1.0, 100))
    assert (profile.link.lead_ms, profile.serving.sessions) == (120, 3)


def test_what_a_profile_leaves_out_has_its_default(house: Path) -> None:
    expected = Profile(
        "p", about="p", mind=PartSpec("echo"), voice=PartSpec("hum", {"pitch": 3}), rules=Rules()
    )
    assert compose(write(house, PLAIN)) == expected
    assert (expected.link, expected.serving) == (LinkRules(), Serving())


WRONG = [
    ("turn: {patience: {pauze_ms: 1}}", "p.yaml: turn.patience.pauze_ms is not known; "),
    ("turm: {}", "p.yaml: turm is not known; did you mean 'turn'?"),
    ("link: {lead_ms: -1}", "p.yaml: link.lead_ms is -1; it must not be negative"),
    ("serving: {sessions: many}", "p.yaml: serving.sessions must be a whole number, not 'many'"),
    ("turn: {patience: {curve: []}}", "p.yaml: turn.patience.curve must hold points"),
    ("turn: {patience: {curve: [[1, 9], [0, 9]]}}", "p.yaml: turn.patience.curve must hold points"),
    ("turn: {patience: {curve: [[0, 9], [0, 9]]}}", "p.yaml: turn.patience.curve must hold points"),
    ("turn: {patience: {curve: [[0, 9], [2, 9]]}}", "p.yaml: turn.patience.curve must hold points"),
    ("turn: {patience: {curve: [[0, -9]]}}", "p.yaml: turn.patience.curve must not hold negative"),
    ("turn: {patience: {curve: [0.1]}}", "p.yaml: turn.patience.curve[0] must be a list"),
    ("turn: {patience: {unscored: 2}}", "p.yaml: turn.patience.unscored must be a probability"),
    ("turn: {patience: {scale: 0}}", "p.yaml: turn.patience.scale must be greater than 0"),
    ("turn: {limits: {idle_times: -1}}", "p.yaml: turn.limits.idle_times must not be negative"),
    ("turn: {turns: off}", "p.yaml: turn.turns must be one of: auto, manual, not false"),
    ("ears: [nobody]", "p.yaml: ears[0].model cannot be used: 'nobody' is none of the models; "),
    ("ears: [{mode: 2}]", "p.yaml: ears[0].model is missing"),
    ("ears: [gate, hum]", "p.yaml: ears[1].model is 'hum', which is of the role voice, not ear"),
    ("ears: [{model: gate, worker: 1}]", "p.yaml: ears[0].worker must be true or false, not 1"),
    ("ears: gate", "p.yaml: ears must be a list, not 'gate'"),
    ("answerer: one", "p.yaml: must have a mind with its voice, or an answerer"),
]


@pytest.mark.parametrize(("text", "message"), WRONG)
def test_a_wrong_profile_is_refused_by_file_and_key(house: Path, text: str, message: str) -> None:
    name = write(house, PLAIN + text)
    with pytest.raises(ConfigError) as error:
        compose(name)
    assert str(error.value).startswith(message)


@pytest.mark.parametrize("text", ["voice: hum", "needs: nothing", "mind: ~"])
def test_a_profile_that_could_not_answer_is_refused(house: Path, text: str) -> None:
    name = write(house, f"about: p\n{text}")
    with pytest.raises(ConfigError, match="must have a mind with"):
        compose(name)


def test_a_profile_and_a_model_may_be_files_of_ones_own(house: Path, tmp_path: Path) -> None:
    own = tmp_path / "own"
    write_model(own / "mymodel", "role: mind\nabout: a\nlicence: l\n")
    (own / "mine.yaml").write_text("about: o\nmind: {model: ./mymodel, pitch: 4}\nvoice: hum\n")
    profile = compose(str(own / "mine.yaml"))
    assert profile.name == "mine"
    assert profile.mind == PartSpec(str(own / "mymodel"), {"pitch": 4})
    assert getattr(build_part(profile.mind), "pitch") == 4  # noqa: B009 - it is an object


def test_a_mind_may_do_without_a_voice(house: Path) -> None:
    assert compose(write(house, "about: p\nmind: echo")).voice is None


# --- laying over ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "overrides",
    [
        {"turn.patience.scale": 2.0, "voice.pitch": 5, "mind.pitch": 1},
        {"turn": {"patience": {"scale": 2.0}}, "voice": {"pitch": 5}, "mind": {"pitch": 1}},
    ],
)
def test_an_override_changes_what_it_names_and_nothing_else(
    house: Path, overrides: Mapping[str, Any]
) -> None:
    name = write(house, PLAIN + "turn: {patience: {unscored: 0.2}}")
    profile = compose(name, overrides=overrides)
    assert (profile.rules.patience.scale, profile.rules.patience.unscored) == (2.0, 0.2)
    assert profile.voice == PartSpec("hum", {"pitch": 5})
    assert profile.mind == PartSpec("echo", {"pitch": 1})


def test_an_override_that_names_a_model_replaces_the_part(house: Path) -> None:
    profile = compose(write(house, PLAIN), overrides={"voice": {"model": "hum"}})
    assert profile.voice == PartSpec("hum")


def test_a_wrong_override_is_refused(house: Path) -> None:
    with pytest.raises(ConfigError, match=r"turn\.patience\.scal is not known"):
        compose(write(house, PLAIN), overrides={"turn.patience.scal": 2})


# --- the environment ------------------------------------------------------------------------------


def test_an_endpoint_takes_the_place_of_the_mind(house: Path) -> None:
    name = write(house, PLAIN)
    assert compose(name, {URL: "https://h/v1"}).mind == PartSpec("far", {"url": "https://h/v1"})
    assert compose(name, {URL: " ", "HOME": "/"}).mind == PartSpec("echo")


def test_an_endpoint_leaves_an_answerer_alone(house: Path) -> None:
    profile = compose(write(house, "about: p\nanswerer: one"), {URL: "https://h/v1"})
    assert (profile.mind, profile.answerer) == (None, PartSpec("one"))


def test_an_override_goes_over_the_environment(house: Path) -> None:
    profile = compose(write(house, PLAIN), {URL: "https://h/v1"}, {"mind": {"model": "echo"}})
    assert profile.mind == PartSpec("echo")


@pytest.mark.parametrize(
    ("environ", "message"),
    [
        ({MODEL: "m"}, f"{MODEL} is of no use without {URL}; set {URL}=http://"),
        ({KEY: "sk-1"}, f"{KEY} is of no use without {URL}; "),
        ({KEY: "sk-1", MODEL: "m"}, f"{MODEL} and {KEY} is of no use"),
        ({URL: "sk-1"}, f"{URL} must be an address such as http://"),
        ({URL: "127.0.0.1:8000"}, f"{URL} must be an address"),
        ({URL: "ws://h/v1"}, f"{URL} must be an address"),
        ({URL: "http://h:port/"}, f"{URL} must be an address"),
        ({URL: "http://[::1/"}, f"{URL} must be an address"),
        ({URL: "http:///v1"}, f"{URL} must be an address"),
        ({URL: "http://me:sk-1@h/v1"}, f"{URL} must be an address"),
        ({URL: "http://h/v1", KEY: "sk-1 sk-1"}, f"{KEY} must be plain characters"),
        ({URL: "http://h/v1", KEY: "sk-1\u00e9"}, f"{KEY} must be plain characters"),
    ],
)
def test_a_half_set_endpoint_is_refused_with_the_cure(
    house: Path, environ: Mapping[str, str], message: str
) -> None:
    with pytest.raises(ConfigError) as error:
        compose(write(house, PLAIN), environ)
    assert str(error.value).startswith(message)
    assert "sk-1" not in str(error.value)


def test_the_key_is_in_no_repr_and_no_message(house: Path) -> None:
    profile = compose(write(house, PLAIN), {URL: "http://h/v1", KEY: "sk-1"})
    assert "sk-1" not in repr(profile)
    assert profile.mind
    with pytest.raises(ConfigError) as error:  # this model knows neither url nor key
        build_part(profile.mind)
    assert "sk-1" not in str(error.value)


# --- building -------------------------------------------------------------------------------------


def test_a_part_can_be_sent_to_a_worker(house: Path) -> None:
    spec = compose(write(house, PLAIN)).voice
    assert pickle.loads(pickle.dumps(spec)) == spec


def test_a_wrong_option_is_refused_by_the_profile_s_own_key(house: Path) -> None:
    voice = compose(write(house, PLAIN), overrides={"voice.pitch": "high"}).voice
    assert voice
    with pytest.raises(ConfigError, match=r"^p\.yaml: voice\.pitch must be a whole number"):
        build_part(voice)


def test_a_model_without_options_takes_none(house: Path) -> None:
    write_model(house / "models/bare", "role: mind\nabout: a\nlicence: l", "build = dict")
    assert build_part(PartSpec("bare")) == {}
    with pytest.raises(ConfigError, match="bare takes none"):
        build_part(PartSpec("bare", {"pitch": 1}))


def test_a_missing_library_is_told_with_the_command_that_installs_it(house: Path) -> None:
    manifest = "role: ear\nabout: a\nlicence: l\ninstall: pip install 'voiceagent[funasr]'\n"
    write_model(house / "models/heavy", manifest, "import no_such_library")
    with pytest.raises(MissingExtra, match=r"heavy needs .* pip install 'voiceagent\[funasr\]'"):
        build_part(PartSpec("heavy"))


def test_a_mistake_in_a_model_is_not_taken_for_a_missing_library(house: Path) -> None:
    write_model(house / "models/light", "role: ear\nabout: a\nlicence: l", "import no_such")
    manifest = "role: ear\nabout: a\nlicence: l\ninstall: pip install x\n"
    write_model(house / "models/buggy", manifest, "from . import no_such")
    write_model(house / "models/bugged", manifest, "import voiceagent.no_such")
    for name in ("light", "bugged", "buggy"):
        with pytest.raises(ImportError):
            build_part(PartSpec(name))


def test_a_server_that_lets_nobody_in_is_a_mistake() -> None:
    with pytest.raises(ConfigError, match="at least 0"):
        compose("bench", {}, {"serving.sessions": -1})
