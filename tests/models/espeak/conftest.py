from __future__ import annotations

import pytest

pytest.importorskip("espeakng_loader", reason="pip install espeakng-loader")

from models.espeak.adapter import EspeakVoice, Options, build


@pytest.fixture(scope="session")
def voice() -> EspeakVoice:
    return build(Options())
