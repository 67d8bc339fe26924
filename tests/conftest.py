"""How hard properties are tried: `HYPOTHESIS_PROFILE=deep` for a night, "every" for every run."""

import os

from hypothesis import settings

settings.register_profile("every", max_examples=60, deadline=None)
settings.register_profile("deep", max_examples=5_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "every"))
