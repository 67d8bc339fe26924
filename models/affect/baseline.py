"""What is usual for this speaker: a running mean over the turns of one session, and no other."""

from __future__ import annotations

import numpy as np

from .describe import Description
from .frames import Floats

MOST_TURNS = 20.0  # older turns fade: people and rooms change
CLEAR_DB = 8.0  # a turn nearer to its background says little about the speaker
LEAST_S = 0.8  # so does a shorter one
SURE_TURNS = 3.0  # before that nothing is known to be extreme
MOST_FROZEN = 3  # so many extreme turns in a row are what is usual now


class Baseline:
    """People in general count as `prior` turns, so that the first turn is not taken for usual.

    Whoever is angry all day is not usually like that: of each turn, what its feeling makes of a
    voice is taken off before it counts for `usual`, which models go by. `own` is as it was heard.
    """

    def __init__(self, people: Floats, own_spread: Floats, prior: Floats, extreme: float) -> None:
        self.turns = 0.0
        self._people, self._own_spread, self._prior = people, own_spread, prior
        self._extreme = extreme
        self._sum = np.zeros_like(people)
        self._unmoved = np.zeros_like(people)
        self._level_sum = 0.0
        self._frozen = 0

    @property
    def own(self) -> Floats | None:
        """The mean of this speaker's turns, whatever was felt in them."""
        return np.asarray(self._sum / self.turns, np.float32) if self.turns else None

    @property
    def usual(self) -> Floats:
        """Where the speaker is taken to be, feelings aside: at first at people's mean."""
        whole = self._prior * self._people + self._unmoved
        return np.asarray(whole / (self._prior + self.turns), np.float32)

    @property
    def level_db(self) -> float | None:
        return self._level_sum / self.turns if self.turns else None

    def learn(self, description: Description, moved: Floats | float = 0.0) -> None:
        """Take a whole turn in, unless it says little about what is usual.

        `moved`: how far its feeling takes a voice from where it usually is.
        """
        if description.clear_db < CLEAR_DB or description.speech_s < LEAST_S:
            return
        if self._is_extreme(description) and self._frozen < MOST_FROZEN:
            self._frozen += 1
            return
        self._frozen = 0
        kept = min(1.0, (MOST_TURNS - 1) / self.turns) if self.turns else 1.0
        self.turns = kept * self.turns + 1
        self._sum = kept * self._sum + description.numbers
        self._unmoved = kept * self._unmoved + (description.numbers - moved)
        self._level_sum = kept * self._level_sum + description.level_db

    def _is_extreme(self, description: Description) -> bool:
        """Against this speaker's own mean: whoever is unlike other people is not extreme."""
        if self.own is None or self.turns < SURE_TURNS:
            return False
        away = (description.numbers - self.own) / self._own_spread
        return float(np.sqrt(np.mean(np.clip(away, -4, 4) ** 2))) > self._extreme
