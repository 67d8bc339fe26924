"""What the user's words mean in their conversation: a pure fold over the history.

A mind is shared by all conversations and keeps nothing of them. What it asked, what it said last
and how fast it shall speak are worked out anew for each reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from voiceagent.events import Reading
from voiceagent.parts import HistoryItem, Said
from voiceagent.style import Style

from .actions import ACTIONS, Moment, Slots
from .argument import argument
from .book import OTHER, Skill
from .classifier import Guess
from .understanding import Understanding
from .words import WORD, language_of, plain

CHOICES = {"yes": 0, "first": 0, "second": 1}
NEVER_OFFERED = {"yes", "no", "first", "second", "stop"}
NO_ANSWERS = {"stop", "no", "again"}
"""To "which word?" these are no word."""
SHORT, SHORTER = 8, 2  # words of an answer; of one that is otherwise known as something else
LIKE_FROM = 0.15  # how like the text an example must be to be offered
OFFERED_FROM = 0.4  # of the probability at which the mind is sure
AS_LIKELY = 0.5  # a second guess of so much of the first one's probability is offered too
PACE, PITCH, ENERGY = (0.5, 2.0), (-6.0, 6.0), (-12.0, 12.0)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one turn of the user's is taken for."""

    text: str
    skill: Skill | None = None
    slots: Slots | None = None  # None: the skill lacks what it works on
    offered: tuple[Skill, ...] = ()  # did you mean ...?
    refused: bool = False  # ... no
    style: Style = Style()
    at_limit: bool = False  # no more of this style

    @property
    def is_open(self) -> bool:
        """Whether the mind asks about it."""
        asks = self.skill is not None and self.slots is None and self.skill.expects is not None
        return bool(self.offered) or asks


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads conversations. `sure`: the probability from which a guess is believed. `felt`: what was
    last read in the user's voice.
    """

    known: Understanding
    sure: float
    now: datetime
    felt: Reading | None = None

    def read(self, history: Sequence[HistoryItem]) -> Meaning | None:
        """The meaning of the user's last words; None if there are none."""
        meaning: Meaning | None = None
        said, heard, style = "", "", Style()
        for item in history:
            if not isinstance(item, Said) or not item.text.strip():
                continue
            if item.role == "assistant":
                heard = item.text
                if not (said and meaning and acknowledged(meaning)):
                    said = item.text
            elif item.role == "user":
                meaning = self._mean(item.text, said, meaning if heard else None, heard)
                meaning = styled(meaning, style)
                style, heard = meaning.style, ""
        return meaning

    def _mean(self, text: str, said: str, before: Meaning | None, heard: str) -> Meaning:
        """`before` is what the user got an answer to, `heard` is that answer."""
        guesses = self.known.guess(text)
        best = guesses[0]
        skill = self.known.book.skills.get(best.label)
        sure = skill is not None and best.probability >= self.sure
        if before and before.is_open and sure and skill and skill.action == "again":
            return self._do(skill, text, heard)  # the question
        if before and before.offered:
            if sure and skill and skill.action == "no":
                return Meaning(text, refused=True)
            if wanted := _picked(skill, sure, before.offered):
                chosen_by_name = wanted is skill and sure
                return self._do(wanted, text if chosen_by_name else before.text, said)
        if before and before.is_open and before.skill:
            meaning = self._answered(before.skill, text, skill if sure else None, said)
            if meaning:
                return meaning
        if sure and skill:
            return self._do(skill, text, said)
        return Meaning(text, offered=self._offers(text, guesses))

    def _answered(self, asks: Skill, text: str, sure: Skill | None, said: str) -> Meaning | None:
        """The skill that asked for it does its work with these words, if they are an answer."""
        if length(text) > (SHORTER if sure else SHORT) or (sure and sure.action in NO_ANSWERS):
            return None
        meaning = self._do(asks, text, said, text.strip(" ,.!?"))
        return meaning if meaning.slots is not None else None

    def _do(self, skill: Skill, text: str, said: str, answer: str = "") -> Meaning:
        if not skill.action:
            return Meaning(text, skill, {})
        action = ACTIONS[skill.action]
        words = answer or (argument(text, skill) if action.of_words else "")
        moment = Moment(text, words, language_of(text), self.now, said, self.felt)
        return Meaning(text, skill, action.run(moment))

    def _offers(self, text: str, guesses: Sequence[Guess]) -> tuple[Skill, ...]:
        """One or two skills that it may have been."""
        least = OFFERED_FROM * self.sure
        likely = [
            guess
            for guess in guesses[:2]
            if guess.probability >= max(least, AS_LIKELY * guesses[0].probability)
        ]
        skills = [self.known.book.skills[g.label] for g in likely if g.label != OTHER]
        if len(skills) < len(likely) or any(skill.action in NEVER_OFFERED for skill in skills):
            return ()
        language = language_of(text)
        alike = (self.known.nearest(text, skill, language).likeness for skill in skills)
        return tuple(skills) if all(near >= LIKE_FROM for near in alike) else ()


def _picked(skill: Skill | None, sure: bool, offered: tuple[Skill, ...]) -> Skill | None:
    """Which of the offered skills the user wants, if this is an answer to that."""
    if skill in offered:
        return skill
    if sure and skill and skill.action in CHOICES:
        return (*offered, None, None)[CHOICES[skill.action]]
    return None


def length(text: str) -> int:
    """In words, or Chinese characters."""
    return len(WORD.findall(plain(text)))


def acknowledged(meaning: Meaning) -> bool:
    """Whether the reply was only about what the user wants."""
    skill = meaning.skill
    if meaning.is_open:
        return True
    if skill is None or skill.action == "again":
        return False
    return bool(skill.style) or skill.action in ("usual", "stop")


def styled(meaning: Meaning, style: Style) -> Meaning:
    """The meaning with the style that holds from it on."""
    skill = meaning.skill
    if skill is None or not (skill.style or skill.action == "usual"):
        return replace(meaning, style=style)
    if skill.action == "usual":
        return replace(meaning, style=Style())
    pace = within(PACE, round(style.pace * skill.style.get("pace", 1.0), 3))
    pitch = within(PITCH, style.pitch + skill.style.get("pitch", 0.0))
    energy = within(ENERGY, style.energy + skill.style.get("energy", 0.0))
    texts = {key: skill.style[key] for key in ("emotion", "mode") if key in skill.style}
    changed = replace(style, pace=pace, pitch=pitch, energy=energy, **texts)
    return replace(meaning, style=changed, at_limit=changed == style)


def within(limits: tuple[float, float], value: float) -> float:
    return min(limits[1], max(limits[0], value))
