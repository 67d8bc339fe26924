"""What a person gets who installs a wheel, or the checkout: the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = ("voiceagent", "models", "tools", "configs", "web")
LEFT_OUT = (
    "models/webrtcvad/__pycache__/adapter.cpython-311.pyc",  # git ignores it
    "web/node_modules/other/index.js",
    "models/webrtcvad/build/made.py",
    "models/webrtcvad/weights.bin",  # no kind of file that we ship
    "configs/profiles/bench.yaml.swp",
)
LOOK = """
import voiceagent
from voiceagent import bundle
print(bundle.root())
print(*bundle.names("models"))
bundle.load("models", "webrtcvad")
print(bundle.profile_path("bench").read_text() != "")
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this checkout, with things in it that must not travel."""
    copy = tmp_path_factory.mktemp("checkout")
    for name in FOLDERS:
        skip = shutil.ignore_patterns("__pycache__", "node_modules")
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=skip)
    for name in ("pyproject.toml", "hatch_build.py", "LICENSE", "README.md", ".gitignore"):
        if (ROOT / name).is_file():
            shutil.copy(ROOT / name, copy)
    for name in LEFT_OUT:
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        (copy / name).write_text("no")
    return copy


@pytest.fixture(scope="module")
def wheel(checkout: Path) -> Path:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    run([*build, "--outdir", str(checkout / "out"), str(checkout)], checkout)
    (wheel,) = (checkout / "out").glob("*.whl")
    return wheel


def run(command: list[str], where: Path) -> str:
    env = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run(
        command, cwd=where, env=env, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def install(place: Path, *what: str) -> Path:
    """Install into a fresh environment that sees the libraries of this one; return its programs."""
    venv.create(place / "venv", with_pip=False)
    names = {"base": str(place / "venv"), "platbase": str(place / "venv")}
    programs, site = (
        Path(sysconfig.get_path(kind, "venv", names)) for kind in ("scripts", "purelib")
    )
    (site / "libraries.pth").write_text(sysconfig.get_path("purelib"))
    pip = [sys.executable, "-m", "pip", "--python", str(programs / "python"), "install", "--quiet"]
    run([*pip, "--no-deps", "--no-index", "--no-build-isolation", *what], place)
    ours = {path.name for path in site.iterdir() if path.is_dir()} - {"voiceagent-0.1.0.dist-info"}
    assert ours <= {"voiceagent"}
    return programs


def look(programs: Path, where: Path) -> list[str]:
    """See what an installed voiceagent finds, from outside of the checkout."""
    assert "usage" in run([str(programs / "voiceagent"), "--help"], where).lower()
    return run([str(programs / "python"), "-c", LOOK], where).splitlines()


def shipped() -> str:
    return " ".join(sorted(path.parent.name for path in (ROOT / "models").glob("*/model.yaml")))


def test_the_wheel_holds_one_package_with_everything_in_it(wheel: Path) -> None:
    files = set(zipfile.ZipFile(wheel).namelist())
    assert {name.split("/")[0] for name in files} == {"voiceagent", "voiceagent-0.1.0.dist-info"}
    bundled = "voiceagent/_bundled"
    assert f"{bundled}/configs/profiles/bench.yaml" in files
    assert {"voiceagent/py.typed", "voiceagent-0.1.0.dist-info/licenses/LICENSE"} <= files
    page = {f"{bundled}/web/{file.name}" for file in (ROOT / "web").iterdir()}
    assert page <= files
    models = {name for name in files if name.startswith(f"{bundled}/models/")}
    assert {f"{bundled}/models/{name}/adapter.py" for name in shipped().split()} <= models
    assert not {f"{bundled}/{name}" for name in LEFT_OUT} & files
    assert not [name for name in files if "__pycache__" in name or "node_modules" in name]


def test_an_installed_wheel_finds_its_models_anywhere(wheel: Path, tmp_path: Path) -> None:
    root, models, profile = look(install(tmp_path, str(wheel)), tmp_path)
    assert Path(root).parts[-2:] == ("voiceagent", "_bundled")
    assert Path(root).is_relative_to(tmp_path.resolve())
    assert (models, profile) == (shipped(), "True")


def test_an_editable_install_finds_those_of_the_checkout(checkout: Path, tmp_path: Path) -> None:
    root, models, profile = look(install(tmp_path, "--editable", str(checkout)), tmp_path)
    assert Path(root) == checkout.resolve()
    assert (models, profile) == (shipped(), "True")
    assert not (checkout / "voiceagent/_bundled").exists()
