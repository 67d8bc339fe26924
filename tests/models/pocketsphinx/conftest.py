"""The ear with a small domain, made once: loading it takes half a second."""

from __future__ import annotations

import pytest

from models.pocketsphinx.adapter import Options, PocketSphinx, build


@pytest.fixture(scope="session")
def options(tmp_path_factory: pytest.TempPathFactory) -> Options:
    return Options(phrases=("coffee", "english"), cache=str(tmp_path_factory.mktemp("models")))


@pytest.fixture(scope="session")
def ear(options: Options) -> PocketSphinx:
    pytest.importorskip("pocketsphinx")
    return build(options)
