"""How many worker processes a part gets, and how many conversations they can serve."""

from __future__ import annotations

from math import ceil

MOST_EARS = 8  # processes of ears that do not say how many conversations a core can take
MOST_OTHERS = 2  # a sentence is made faster than it is spoken; one must not wait for another


def workers_for(hears: bool, sessions: int, per_core: int, cores: int) -> int:
    """No more than there are cores, and no more than so many conversations keep busy."""
    if per_core:
        return max(1, min(cores, ceil(sessions / per_core)))
    return min(cores, MOST_EARS if hears else MOST_OTHERS)


def sessions_on(cores: int, per_core: list[int], most: int) -> int:
    """What the heaviest part can take. 0: a part does not say."""
    return min([most, *(cores * each for each in per_core if each)])
