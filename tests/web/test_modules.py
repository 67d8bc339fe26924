"""The page's own modules in Node: what each asserts is in the file of its name."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
TSC = ROOT / "tests/clients/js/node_modules/typescript/bin/tsc"
PATIENCE_S = 120


@pytest.fixture(scope="module")
def node() -> str:
    found = shutil.which("node")
    if found is None:
        pytest.skip("node is not installed")
    return found


def run(*command: str | Path) -> None:
    env = {key: value for key, value in os.environ.items() if not key.startswith("NODE_")}
    told = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=PATIENCE_S
    )
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.mjs")), ids=lambda file: file.stem)
def test_a_module_of_the_page_does_what_its_tests_say(node: str, file: Path) -> None:
    run(node, "--test", file)


def test_the_types_that_the_page_names_hold(node: str) -> None:
    if not TSC.is_file():
        pytest.skip("typescript is not installed: npm ci --prefix tests/clients/js")
    run(node, TSC, "--project", HERE / "tsconfig.json")
