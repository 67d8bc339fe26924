from __future__ import annotations

from datetime import datetime

import pytest

from models.skills.adapter import Options, SkillsMind
from models.skills.book import read_book


@pytest.fixture(scope="session")
def mind() -> SkillsMind:
    options = Options()
    return SkillsMind(read_book(options.skills), options, lambda: datetime(2026, 11, 3, 15, 45))
