from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from voiceagent import bundle
from voiceagent.errors import ConfigError

ADAPTER = """
from __future__ import annotations
from dataclasses import dataclass
from . import sums

@dataclass(frozen=True)
class Options:
    two: int = sums.TWO

def build(options: Options) -> Options:
    return options
"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root of our own, with one model in it."""
    for name in ("tools", "web", "configs/profiles"):
        (tmp_path / name).mkdir(parents=True)
    write_model(tmp_path / "models" / "adder")
    (tmp_path / "configs/profiles/plain.yaml").write_text("about: a plain one")
    monkeypatch.setattr(bundle, "root", lambda: tmp_path)
    return tmp_path


def write_model(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "model.yaml").write_text("role: mind\nabout: adds\nlicence: none\n")
    (folder / "adapter.py").write_text(ADAPTER)
    (folder / "sums.py").write_text("TWO = 2")


def test_the_checkout_is_found() -> None:
    assert bundle.folder("configs") / "profiles" / "bench.yaml" == bundle.profile_path("bench")
    assert "bench" in bundle.profiles()


def test_a_model_is_loaded_once_with_the_files_beside_it(house: Path) -> None:
    before = set(sys.modules)
    module = bundle.load("models", "adder")
    assert module.build(module.Options()).two == 2
    assert bundle.load("models", "adder") is module
    loaded = sys.modules.keys() - before
    assert all(name.startswith("_voiceagent_models_adder_") for name in loaded), "it is private"


def test_an_object_of_a_model_can_be_pickled(house: Path) -> None:
    options = bundle.load("models", "adder").Options(5)
    assert pickle.loads(pickle.dumps(options)) == options


def test_two_folders_of_one_name_are_two_models(house: Path, tmp_path: Path) -> None:
    own = tmp_path / "mine" / "adder"
    write_model(own)
    module = bundle.load("models", str(own))
    assert module is bundle.load("models", str(own))
    assert module is not bundle.load("models", "adder")


def test_a_folder_without_a_manifest_is_no_model(house: Path) -> None:
    (house / "models" / "halfway").mkdir()
    assert bundle.names("models") == ("adder",)


def test_a_manifest_is_read_without_running_the_model(house: Path) -> None:
    (house / "models/adder/adapter.py").write_text("1 / 0")
    assert bundle.manifest("models", "adder")["role"] == "mind"
    with pytest.raises(ZeroDivisionError):
        bundle.load("models", "adder")


@pytest.mark.parametrize("name", ["", "nobody", "ader"])
def test_a_missing_model_is_told_with_those_that_exist(house: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=f"^'{name}' is none of the models.* known: adder$"):
        bundle.load("models", name)


def test_a_mistyped_name_is_answered_with_the_likely_one(house: Path) -> None:
    with pytest.raises(ConfigError, match="did you mean 'adder'"):
        bundle.load("models", "ader")
    with pytest.raises(ConfigError, match="no profile; did you mean 'plain'"):
        bundle.profile_path("plane")


def test_a_missing_file_is_told_by_its_path(house: Path) -> None:
    with pytest.raises(ConfigError, match=r"There is no file mine/x\.yaml"):
        bundle.profile_path("mine/x.yaml")
    with pytest.raises(ConfigError, match=r"it has no model\.yaml"):
        bundle.load("models", "./nothing")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: [", "x.yaml: line 2: "),
        ("a: 1\nb: 2\na: 3", "x.yaml: line 3: 'a' again"),
        ("a: {b: 1, b: 2}", "x.yaml: line 1: 'b' again"),
        ("- a", "x.yaml: must hold keys and values"),
        ("", "x.yaml: must hold keys and values"),
        ("a: \x07", "x.yaml: cannot be read"),
        ("? [a]\n: 1", "x.yaml: line 1: "),
    ],
)
def test_wrong_yaml_names_file_and_line(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError) as error:
        bundle.read_yaml(path)
    assert str(error.value).startswith(message)


def test_an_error_about_yaml_quotes_nothing_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text('key: "sk-secret" "again')
    with pytest.raises(ConfigError) as error:
        bundle.read_yaml(path)
    assert "sk-secret" not in str(error.value)
